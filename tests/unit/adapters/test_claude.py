"""The Claude API as it fails: what each way means for the bill, and whether a request has left."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any, Final

import pytest

from server.adapters.claude import Claude, Upstream
from server.core.upstream import UpstreamRefusal
from server.simulator.serve import Simulator

pytestmark = pytest.mark.asyncio

REQUEST: Final[dict[str, Any]] = {
    "model": "claude-sonnet-5-5",
    "max_tokens": 100,
    "messages": [{"role": "user", "content": [{"type": "text", "text": "Tell me !sim fast"}]}],
}
OWN: Final = json.dumps({"type": "error", "error": {"type": "api_error", "message": "Oh"}})
SILENCE_SECONDS: Final = 0.2
PATIENCE_SECONDS: Final = 10.0

Answering = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


def events(*kinds: str) -> str:
    """Return the head of a stream, with events of these kinds."""
    data = "".join(f'data: {{"type": "{kind}", "error": {{}}}}\n\n' for kind in kinds)
    return f"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n{data}"


def status(code: int, body: str) -> str:
    """Return an answer that is no stream."""
    kind = "application/json" if body.startswith("{") else "text/html"
    return f"HTTP/1.1 {code} X\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n\r\n{body}"


@asynccontextmanager
async def upstream(answer: str, *, hold: bool = False) -> AsyncIterator[str]:
    """Answer every request with this text, then close, or fall silent; the address."""
    over = asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        await reader.read(1 << 16)
        writer.write(answer.encode())
        await writer.drain()
        if hold:
            await over.wait()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    host, port = server.sockets[0].getsockname()
    yield f"http://{host}:{port}"
    over.set()
    server.close()
    await server.wait_closed()


@asynccontextmanager
async def claude(base_url: str) -> AsyncIterator[Claude]:
    """Open the adapter on this address."""
    adapter = Claude(Upstream(base_url, "any", PATIENCE_SECONDS, SILENCE_SECONDS))
    yield adapter
    await adapter.close()


async def heard(base_url: str, left: list[str]) -> list[dict[str, Any]]:
    """Ask, and return the events; `left` gets an entry when the request leaves."""
    async with (
        claude(base_url) as adapter,
        adapter.stream(REQUEST, lambda: left.append("left")) as portions,
    ):
        return [event async for events in portions for event in events]


async def refusal_of(base_url: str, left: list[str]) -> UpstreamRefusal:
    """Ask where that must fail."""
    with pytest.raises(UpstreamRefusal) as refused:
        await heard(base_url, left)
    return refused.value


@pytest.mark.parametrize(
    ("answer", "code", "billing"),
    [
        (status(400, OWN), "upstream_rejected", "not_billed"),
        (status(401, OWN), "upstream_key", "not_billed"),
        (status(429, OWN), "upstream_rate_limited", "not_billed"),
        (status(500, OWN), "upstream_failed", "not_billed"),
        (status(503, OWN), "upstream_failed", "not_billed"),
        (status(529, OWN), "upstream_overloaded", "not_billed"),
        (status(404, "<h1>Not here</h1>"), "upstream_rejected", "not_billed"),
        (status(302, ""), "upstream_failed", "not_billed"),
        (status(408, OWN), "upstream_rejected", "unknown"),
        (status(502, OWN), "upstream_failed", "unknown"),
        (status(504, OWN), "upstream_failed", "unknown"),
        (status(500, "<h1>Proxy</h1>"), "upstream_failed", "unknown"),
        (status(503, '{"error": "busy"}'), "upstream_failed", "unknown"),
        (events("ping", "error"), "upstream_failed", "broken"),
        (events("ping") + "data: no json\n\n", "upstream_cut", "unknown"),
        ("", "upstream_unreachable", "unknown"),
    ],
)
async def test_what_a_failure_means_for_the_bill(answer: str, code: str, billing: str) -> None:
    """The provider's own refusals cost nothing; of what stands in between nobody can say."""
    left: list[str] = []
    async with upstream(answer) as base_url:
        refusal = await refusal_of(base_url, left)
    assert (refusal.code, refusal.billing, left) == (code, billing, ["left"])


@pytest.mark.parametrize("answer", ["", events("ping")])
async def test_silence_says_nothing_of_the_bill(answer: str) -> None:
    """Before the first byte and after it: Claude may have gone on."""
    async with upstream(answer, hold=True) as base_url:
        refusal = await refusal_of(base_url, [])
    assert refusal.billing == "unknown"


async def test_what_cannot_connect_has_not_left() -> None:
    """Nobody is told that the request leaves, so that nobody pays for it."""
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        left: list[str] = []
        refusal = await refusal_of(f"http://127.0.0.1:{closed.getsockname()[1]}", left)
    assert (refusal.code, left) == ("upstream_unreachable", [])


async def test_tokens_are_counted_by_the_provider() -> None:
    """Of the prompt alone, for nothing; that is no request that leaves to be answered."""
    simulator = Simulator(pace=0)
    async with claude(await simulator.start()) as adapter:
        tokens = await adapter.count_tokens({**REQUEST, "stream": True})
        started, *_ = await heard(simulator.base_url, [])
    usage = started["message"]["usage"]
    assert tokens == usage["input_tokens"] > 0
    assert len(simulator.requests) == 1
    await simulator.stop()


@pytest.mark.parametrize("answer", [status(529, OWN), status(500, "<h1>Proxy</h1>"), ""])
async def test_tokens_that_cannot_be_counted(answer: str) -> None:
    """It is refused as any failure of the provider's is."""
    async with upstream(answer) as base_url, claude(base_url) as adapter:
        with pytest.raises(UpstreamRefusal):
            await adapter.count_tokens(REQUEST)
