"""The headers that go with every answer."""

from typing import Final

from sanic import Request
from sanic.response import BaseHTTPResponse

from .request import App
from .visitor import Visitors

POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; "
    "font-src 'self'; connect-src 'self'; manifest-src 'self'; worker-src 'self'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'; trusted-types vue"
)
"""Nothing from another host, nothing inline; only Vue may turn its own templates into HTML."""

COMMON: Final = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}
ONE_YEAR_SECONDS: Final = 31_536_000


def install(app: App, visitors: Visitors) -> None:
    """Add them to every answer; a header that the handler set stays."""

    async def add(request: Request, response: BaseHTTPResponse) -> None:
        for name, value in COMMON.items():
            response.headers.setdefault(name, value)
        response.headers.setdefault("Content-Security-Policy", POLICY)
        response.headers.setdefault("Cache-Control", "no-store")
        response.headers["X-Request-Id"] = str(request.id)
        if visitors.of(request).scheme == "https":
            response.headers["Strict-Transport-Security"] = f"max-age={ONE_YEAR_SECONDS}"

    app.register_middleware(add, "response")
