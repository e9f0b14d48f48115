"""Server-sent events: the same events as over the socket, for clients that cannot open one."""

import asyncio
import logging
from collections.abc import AsyncIterator
from typing import Any, Final, Protocol

from sanic import Request

from server.core.problems import Refusal

HEARTBEAT_SECONDS: Final = 15.0
"""A comment after this long without an event keeps proxies from closing the connection."""

SEND_SECONDS: Final = 30.0
"""How long one event may take to leave; a client that reads no faster is let go, and resumes."""

log = logging.getLogger(__name__)


class Numbered(Protocol):
    """An event as a stream needs it."""

    @property
    def seq(self) -> int:
        """Its number, which a client gives back as Last-Event-ID."""

    @property
    def kind(self) -> str:
        """Its name."""

    @property
    def json(self) -> str:
        """Its data."""


def wants_events(request: Request) -> bool:
    """Whether the client asks for a stream."""
    return "text/event-stream" in request.headers.get("accept", "")


def last_event_id(request: Request) -> int:
    """Return the number after which to go on; 0 without one. Raises Refusal if it is no number."""
    text = request.headers.get("last-event-id", "") or "0"
    if not (text.isascii() and text.isdigit() and len(text) <= 9):  # noqa: PLR2004 - below 2^31
        raise Refusal("invalid", fields="Last-Event-ID: must be the number of an event")
    return int(text)


async def stream_events(
    request: Request, events: AsyncIterator[Numbered], over: asyncio.Future[None] | None = None
) -> None:
    """Send every event as it comes, and a comment when none does, to the last one or till `over`.

    A stream that ends without the turn's end is resumed; whoever may not is told then.
    """
    response = await request.respond(
        content_type="text/event-stream; charset=utf-8",
        headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
    )
    if response is None:
        return
    coming = asyncio.ensure_future(anext(events, None))
    last: set[asyncio.Future[Any]] = set() if over is None else {over}
    try:
        while True:
            done, _ = await asyncio.wait(
                {coming, *last},
                timeout=HEARTBEAT_SECONDS,
                return_when=asyncio.FIRST_COMPLETED,
            )
            if last & done:
                break
            if not done:
                await _send(response, ": still here\n\n")
                continue
            event = coming.result()
            if event is None:
                break
            await _send(response, f"id: {event.seq}\nevent: {event.kind}\ndata: {event.json}\n\n")
            coming = asyncio.ensure_future(anext(events, None))
    except TimeoutError:
        log.info("slow reader let go")
        return
    finally:
        coming.cancel()
    await response.eof()


async def _send(response: object, text: str) -> None:
    async with asyncio.timeout(SEND_SECONDS):
        await response.send(text)  # type: ignore[attr-defined]  # Sanic types it loosely
