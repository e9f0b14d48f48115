"""Long JSON answers leave compressed: a phone far from home pays for every kilobyte.

Answers of `/auth` are left alone: they hold tokens, and the length of a compressed text tells
something of what is in it.
"""

import asyncio
import gzip
from typing import Final

from sanic import HTTPResponse, Request
from sanic.response import BaseHTTPResponse

from .request import App

WORTH_BYTES: Final = 1400
"""What fits into one packet is not worth the work."""

LEVEL: Final = 5
PRIVATE: Final = "/api/v1/auth/"


def install(app: App) -> None:
    """Compress what is worth it, for clients that take it."""

    async def compress(request: Request, response: BaseHTTPResponse) -> None:
        if not isinstance(response, HTTPResponse) or not _worth_it(request, response):
            return
        # In a thread: a megabyte takes long enough to hold up every stream.
        response.body = await asyncio.to_thread(gzip.compress, response.body or b"", LEVEL, mtime=0)
        response.headers["Content-Encoding"] = "gzip"
        response.headers["Vary"] = "Accept-Encoding"

    app.register_middleware(compress, "response")


def _worth_it(request: Request, response: HTTPResponse) -> bool:
    return (
        response.content_type == "application/json"
        and len(response.body or b"") >= WORTH_BYTES
        and "gzip" in request.headers.get("accept-encoding", "")
        and "content-encoding" not in response.headers
        and not request.path.startswith(PRIVATE)
    )
