"""HTTP/1.1 for the simulator: one asyncio protocol per connection, one handler for all.

httptools is what Sanic itself parses with, so nothing is loaded that the server does not hold in
memory already; a second Sanic application would add its router, signals and registry to the
process, and h11 some 20 ms of import and several times the CPU per request. A bare protocol also
hears at once when a client leaves, which is the one thing this server must never miss.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import cast
from urllib.parse import parse_qsl, urlsplit

from httptools import HttpParserError, HttpRequestParser

MAX_BODY_BYTES = 32 * 1024 * 1024
MAX_HEAD_BYTES = 64 * 1024
DRAIN_SECONDS = 60


@dataclass
class Request:
    """A whole request: names of headers in lower case, query as the last value of each name."""

    method: str = ""
    target: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    too_large: bool = False
    keep_alive: bool = True

    @property
    def path(self) -> str:
        """The path without its query."""
        return urlsplit(self.target).path

    @property
    def query(self) -> dict[str, str]:
        """The query parameters."""
        return dict(parse_qsl(urlsplit(self.target).query))


class Connection(asyncio.Protocol):
    """One client: requests are answered one after the other, each by a task of its own.

    The task is cancelled the moment the client is gone. Only one request may be under way: a client
    that pipelines is cut off.
    """

    def __init__(
        self,
        handle: Callable[[Request, "Connection"], Awaitable[None]],
        live: set["Connection"],
    ) -> None:
        self._handle = handle
        self._live = live
        self._parser = HttpRequestParser(self)
        self._request = Request()
        self._head_bytes = 0
        self._body_bytes = 0
        self._chunks: list[bytes] = []
        self._writable = asyncio.Event()
        self._writable.set()
        self._chunked = False
        self._answered = True
        self.task: asyncio.Task[None] | None = None

    # ── what asyncio calls ───────────────────────────────────────────────────────────────────

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """A client came."""
        self._transport = cast(asyncio.Transport, transport)
        self._live.add(self)

    def data_received(self, data: bytes) -> None:
        """Bytes came; what is not HTTP ends the connection."""
        try:
            self._parser.feed_data(data)
        except HttpParserError:
            self.drop()

    def eof_received(self) -> None:
        """The client will send no more: it has left."""
        self._leave()

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncio's signature
        """The client is gone; whatever was being made for it stops."""
        self._live.discard(self)
        self._leave()

    def pause_writing(self) -> None:
        """The client reads too slowly."""
        self._writable.clear()

    def resume_writing(self) -> None:
        """The client has caught up."""
        self._writable.set()

    # ── what the parser calls ────────────────────────────────────────────────────────────────

    def on_message_begin(self) -> None:
        """A request begins."""
        self._request = Request()
        self._head_bytes = 0
        self._body_bytes = 0
        self._chunks = []

    def on_url(self, url: bytes) -> None:
        """A part of the target."""
        self._count_head(url)
        self._request.target += url.decode("latin-1")

    def on_header(self, name: bytes, value: bytes) -> None:
        """A header."""
        self._count_head(name + value)
        self._request.headers[name.decode("latin-1").lower()] = value.decode("latin-1")

    def on_body(self, body: bytes) -> None:
        """A part of the body; one that is too large is not kept."""
        self._body_bytes += len(body)
        if self._body_bytes <= MAX_BODY_BYTES:
            self._chunks.append(body)
        else:
            self._request.too_large = True

    def on_message_complete(self) -> None:
        """A request is whole: it is answered, if none is being answered already."""
        if not self._answered:
            self.drop()
            return
        self._request.keep_alive = self._parser.should_keep_alive()
        self._request.method = self._parser.get_method().decode("latin-1")
        self._request.body = b"".join(self._chunks)
        self._chunks = []
        self._answered = False
        self.task = asyncio.get_running_loop().create_task(self._run(self._request))

    # ── what the handler calls ───────────────────────────────────────────────────────────────

    async def reply(self, status: int, headers: Mapping[str, str], body: bytes) -> None:
        """A whole answer at once."""
        self._chunked = False
        self._transport.write(_head(status, {**headers, "content-length": str(len(body))}) + body)
        await self._drained()
        self._answered = True

    async def start(self, status: int, headers: Mapping[str, str]) -> None:
        """The head of an answer whose body follows by `write` and `end`."""
        self._chunked = True
        self._transport.write(_head(status, {**headers, "transfer-encoding": "chunked"}))
        await self._drained()

    async def write(self, data: bytes) -> None:
        """A piece of the body; waits while the client reads too slowly."""
        self._transport.write(b"%x\r\n%b\r\n" % (len(data), data))
        await self._drained()

    async def end(self) -> None:
        """The polite end of the body."""
        self._transport.write(b"0\r\n\r\n")
        await self._drained()
        self._answered = True

    def drop(self) -> None:
        """Breaks the connection, after what was already written."""
        self._transport.close()

    # ── inside ───────────────────────────────────────────────────────────────────────────────

    async def _run(self, request: Request) -> None:
        try:
            await self._handle(request, self)
        finally:
            # A handler that failed or gave up leaves no client waiting for the rest.
            if not self._answered or not request.keep_alive:
                self._transport.close()

    async def _drained(self) -> None:
        if not self._writable.is_set():
            async with asyncio.timeout(DRAIN_SECONDS):
                await self._writable.wait()

    def _leave(self) -> None:
        self._writable.set()
        if self.task is not None:
            self.task.cancel()

    def _count_head(self, part: bytes) -> None:
        self._head_bytes += len(part)
        if self._head_bytes > MAX_HEAD_BYTES:
            raise HttpParserError("header too large")


def _head(status: int, headers: Mapping[str, str]) -> bytes:
    try:
        phrase = HTTPStatus(status).phrase
    except ValueError:  # 529 is Anthropic's own
        phrase = "Overloaded"
    lines = [
        f"HTTP/1.1 {status} {phrase}",
        *(f"{name}: {value}" for name, value in headers.items()),
    ]
    return "\r\n".join([*lines, "", ""]).encode("latin-1")
