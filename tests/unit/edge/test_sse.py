"""Server-sent events: each as it comes, a sign of life in between, and nobody waits for ever."""

import asyncio
from collections.abc import AsyncIterator
from types import SimpleNamespace
from typing import Any, NamedTuple, cast

import pytest
from sanic import Request

from server.core.problems import Refusal
from server.edge import sse
from server.edge.sse import last_event_id, stream_events, wants_events

pytestmark = pytest.mark.asyncio


class Event(NamedTuple):
    """An event as a stream needs it."""

    seq: int
    kind: str
    json: str


class Response:
    """Keeps what is sent; stuck, it takes nothing."""

    def __init__(self, *, stuck: bool = False) -> None:
        self.sent: list[str] = []
        self.ended = False
        self._stuck = stuck
        self._changed = asyncio.Event()

    async def send(self, text: str) -> None:
        if self._stuck:
            await asyncio.Event().wait()
        self.sent.append(text)
        self._changed.set()

    async def has(self, count: int) -> None:
        """Return when so much has been sent."""
        while len(self.sent) < count:
            self._changed.clear()
            await self._changed.wait()

    async def eof(self) -> None:
        self.ended = True


def request(response: Response | None = None, **headers: str) -> Request:
    """Return a request with these headers, answered by that response."""

    async def respond(**_: object) -> Any:  # noqa: ANN401 - a stand-in for Sanic's
        return response

    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    return cast("Request", SimpleNamespace(headers=sent, respond=respond))


async def some(*events: Event) -> AsyncIterator[Event]:
    """Yield these events."""
    for event in events:
        yield event


@pytest.mark.parametrize(
    ("accept", "wanted"),
    [
        ("text/event-stream", True),
        ("application/json, text/event-stream;q=0.5", True),
        ("application/json", False),
        ("", False),
    ],
)
async def test_who_wants_events_says_so(accept: str, *, wanted: bool) -> None:
    """In Accept."""
    assert wants_events(request(accept=accept)) is wanted
    assert not wants_events(request())


@pytest.mark.parametrize(
    ("sent", "number"), [("", 0), ("0", 0), ("17", 17), ("999999999", 999_999_999)]
)
async def test_a_last_event(sent: str, number: int) -> None:
    """Its number; without one the beginning is meant."""
    assert last_event_id(request(last_event_id=sent)) == number
    assert last_event_id(request()) == 0


@pytest.mark.parametrize("sent", ["-1", "1.0", "x", "1 ", "\uff11", "9999999999"])
async def test_a_last_event_that_is_none(sent: str) -> None:
    """Only what we could have sent is taken."""
    with pytest.raises(Refusal, match="invalid"):
        last_event_id(request(last_event_id=sent))


async def test_every_event_is_sent_and_the_stream_ends() -> None:
    """With its number, its name and its data."""
    response = Response()
    await stream_events(request(response), some(Event(4, "a", "{}"), Event(5, "b", "[1]")))
    assert response.sent == [
        "id: 4\nevent: a\ndata: {}\n\n",
        "id: 5\nevent: b\ndata: [1]\n\n",
    ]
    assert response.ended


async def test_a_silent_stream_shows_that_it_lives(monkeypatch: pytest.MonkeyPatch) -> None:
    """A comment now and then, and no event is lost by it."""
    monkeypatch.setattr(sse, "HEARTBEAT_SECONDS", 0.01)
    response = Response()

    async def late() -> AsyncIterator[Event]:
        await response.has(3)
        yield Event(1, "a", "{}")

    await asyncio.wait_for(stream_events(request(response), late()), 5)
    assert response.sent[:3] == [": still here\n\n"] * 3
    assert response.sent[-1] == "id: 1\nevent: a\ndata: {}\n\n"
    assert response.ended


async def test_a_reader_that_takes_nothing_is_let_go(monkeypatch: pytest.MonkeyPatch) -> None:
    """After the time that one event may take; the source is closed."""
    monkeypatch.setattr(sse, "SEND_SECONDS", 0.01)
    response = Response(stuck=True)
    await asyncio.wait_for(stream_events(request(response), some(Event(1, "a", "{}"))), 5)
    assert not response.ended


async def test_who_leaves_cancels_the_wait_for_the_next_event() -> None:
    """Nothing goes on waiting for a client that is gone."""
    waiting, left = asyncio.Event(), asyncio.Event()

    async def endless() -> AsyncIterator[Event]:
        try:
            waiting.set()
            await asyncio.Event().wait()
            yield Event(1, "a", "{}")
        finally:
            left.set()

    streaming = asyncio.create_task(stream_events(request(Response()), endless()))
    await waiting.wait()
    streaming.cancel()
    await asyncio.wait({streaming})
    await asyncio.wait_for(left.wait(), 5)


async def test_a_client_that_is_gone_at_once() -> None:
    """There is nothing to answer to."""
    await stream_events(request(None), some(Event(1, "a", "{}")))
