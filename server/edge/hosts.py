"""The names under which the server answers.

A page of a stranger can point a name of its own at this machine (DNS rebinding); the browser then
takes it for the same site. So any name that is not ours is refused, for every request, also the
one that opens a socket.
"""

from collections.abc import Iterable
from typing import Final
from urllib.parse import urlsplit

from sanic import Request

from server.core.problems import Refusal

from .request import App

LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "::1"})
NO_REQUEST: Final = "NONE"
"""The method Sanic gives to a request whose head it could not read."""


def install(app: App, allowed: Iterable[str], public_url: str | None) -> None:
    """Refuse requests for any host but loopback's, `allowed` and that of `public_url`."""
    own = urlsplit(public_url).hostname if public_url else None
    names = LOOPBACK | {name.lower() for name in allowed} | ({own} if own else set())

    async def check(request: Request) -> None:
        if request.method == NO_REQUEST:
            return
        sent = request.headers.getall("host", [])
        if len(sent) != 1 or host_name(sent[0]) not in names:
            raise Refusal("wrong_host")

    app.register_middleware(check, "request", priority=100)


def host_name(host: str) -> str | None:
    """The lower-case name in a Host header, without port and brackets; None if it is malformed."""
    try:
        parts = urlsplit(f"//{host}")
        _ = parts.port  # raises ValueError when it is no number
    except ValueError:
        return None
    return parts.hostname if parts.netloc == host and "@" not in host else None
