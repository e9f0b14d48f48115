"""The built web app: every file of it is a route of its own, so no path can lead elsewhere."""

import asyncio
import gzip
import hashlib
import mimetypes
from collections.abc import Callable, Coroutine, Iterator
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Any, Final

from sanic import HTTPResponse, Request
from sanic.exceptions import NotFound

from .problems import answer_exception
from .request import App

Handler = Callable[..., Coroutine[Any, Any, HTTPResponse]]

APP_ROUTES: Final = (
    "/",
    "/setup",
    "/setup/limits",
    "/signin",
    "/settings",
    "/money",
    "/c/<rest:path>",
)
"""The addresses that the app itself understands: each answers with its one page."""

IMMUTABLE: Final = "public, max-age=31536000, immutable"
REVALIDATE: Final = "no-cache"
_TYPES: Final = {
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".json": "application/json",
    ".webmanifest": "application/manifest+json",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
    ".woff2": "font/woff2",
}
_COMPRESSED_ALREADY: Final = frozenset({".png", ".jpg", ".webp", ".woff2", ".ico"})
_NOT_BUILT: Final = """<!doctype html>
<html lang="fr"><meta charset="utf-8"><title>claude-rasp</title>
<p>L’application web n’est pas construite\u00a0: lancez <code>ops/run</code>, qui la construit.</p>
<p lang="en">The web app is not built: start <code>ops/run</code>, which builds it.</p></html>
"""


@dataclass(frozen=True, slots=True)
class Loaded:
    """A file's bytes, plain and gzipped (None where that is no gain), and the hash of its bytes."""

    plain: bytes
    gzipped: bytes | None
    etag: str


class Asset:
    """A file of the build, read at its first request and then kept."""

    def __init__(self, path: Path, *, immutable: bool) -> None:
        self._path = path
        self._cache_control = IMMUTABLE if immutable else REVALIDATE
        self._type = _TYPES.get(path.suffix) or mimetypes.guess_type(path.name)[0]
        self._loaded: Loaded | None = None

    async def answer(self, request: Request, **_: str) -> HTTPResponse:
        """The file, or 304 where the browser has it; the address's own parts are the app's care."""
        if self._loaded is None:
            self._loaded = await asyncio.to_thread(_load, self._path)
        loaded = self._loaded
        headers = {
            "Cache-Control": self._cache_control,
            "ETag": loaded.etag,
            "Vary": "Accept-Encoding",
        }
        if loaded.etag in request.headers.get("if-none-match", ""):
            return HTTPResponse(status=304, headers=headers)
        packed = loaded.gzipped if "gzip" in request.headers.get("accept-encoding", "") else None
        if packed:
            headers["Content-Encoding"] = "gzip"
        body = packed or loaded.plain
        headers["Content-Length"] = str(len(body))  # an ASGI server would send it in chunks
        return HTTPResponse(body, headers=headers, content_type=self._type)


def _load(path: Path) -> Loaded:
    plain = path.read_bytes()
    gzipped = None
    if path.suffix not in _COMPRESSED_ALREADY:
        packed = path.with_name(f"{path.name}.gz")
        gzipped = packed.read_bytes() if packed.exists() else gzip.compress(plain, mtime=0)
    if gzipped and len(gzipped) >= len(plain):
        gzipped = None
    return Loaded(plain, gzipped, f'W/"{hashlib.sha256(plain).hexdigest()[:32]}"')


def install(app: App, build: Path) -> None:
    """Mount the build that lies in `build`: the app and the page of the API's documentation.

    Without a build, their addresses answer with a page that says so.
    """
    for path in _files(build):
        address = path.relative_to(build).as_posix()
        asset = Asset(path, immutable=address.startswith("assets/"))
        app.add_route(asset.answer, f"/{address}", methods=("GET", "HEAD"), name=f"file_{address}")
    for number, address in enumerate(APP_ROUTES):
        _add_page(app, address, build / "index.html", f"page_{number}")
    _add_page(app, "/api/docs", build / "docs" / "index.html", "page_docs")
    app.error_handler.add(NotFound, _answer_lost(_page(build / "index.html")))


def _add_page(app: App, address: str, page: Path, name: str) -> None:
    app.add_route(_page(page), address, methods=("GET", "HEAD"), name=name)


def _page(page: Path) -> Handler:
    return Asset(page, immutable=False).answer if page.exists() else _not_built


def _answer_lost(page: Handler) -> Handler:
    """Somebody who opens an address that is not there sees the app say so, still as a 404."""

    async def answer_lost(request: Request, exception: Exception) -> HTTPResponse:
        opened = "text/html" in request.headers.get("accept", "")
        if not opened or request.path.startswith("/api/"):
            return answer_exception(request, exception)
        response = await page(request)
        response.status = HTTPStatus.NOT_FOUND
        return response

    return answer_lost


def _files(build: Path) -> Iterator[Path]:
    for path in sorted(build.rglob("*")):
        if path.is_file() and path.suffix not in (".gz", ".br"):
            yield path


async def _not_built(_: Request, **__: str) -> HTTPResponse:
    return HTTPResponse(_NOT_BUILT, 503, content_type="text/html; charset=utf-8")
