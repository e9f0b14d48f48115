"""The base: the upstream's own HTTP, read with nothing in between."""

import asyncio
import json
from collections.abc import Iterable
from time import monotonic_ns
from typing import Any, cast

from .script import Script
from .streams import Stream

END = b"0\r\n\r\n"


class Call(asyncio.Protocol):
    """One connection to the upstream, and one question on it."""

    def __init__(self) -> None:
        self.stream = Stream(0)
        self.ended = asyncio.get_running_loop().create_future()
        self._transport: asyncio.WriteTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep it to write to."""
        self._transport = cast("asyncio.WriteTransport", transport)  # uvloop's do not say so

    def data_received(self, data: bytes) -> None:
        """Keep it with its moment."""
        now = monotonic_ns()
        self.stream.pieces.append((now, data))
        if data.endswith(END):
            self.stream.ended_ns = now
            self.ended.set_result(None)

    def connection_lost(self, exc: Exception | None) -> None:
        """Fail if the answer was not whole."""
        if not self.ended.done():
            self.ended.set_exception(exc or EOFError("the upstream hung up"))

    def ask(self, script: Script) -> None:
        """Send the question."""
        body = json.dumps(
            {
                "model": "claude-sonnet-5-5",
                "max_tokens": 8192,
                "messages": [{"role": "user", "content": script.question()}],
                "stream": True,
            }
        ).encode()
        head = (
            f"POST /v1/messages HTTP/1.1\r\nhost: upstream\r\ncontent-length: {len(body)}\r\n\r\n"
        )
        self.stream.asked_ns = monotonic_ns()
        if self._transport is not None:
            self._transport.write(head.encode() + body)

    def close(self) -> None:
        """Hang up."""
        if self._transport is not None:
            self._transport.close()


async def ask_directly(port: int, scripts: list[Script], seconds: float) -> list[Stream]:
    """Ask all at once, each on its own open connection; returns when every answer is whole."""
    loop = asyncio.get_running_loop()
    opened = [await loop.create_connection(Call, "127.0.0.1", port) for _ in scripts]
    calls = [call for _, call in opened]
    for call, script in zip(calls, scripts, strict=True):
        call.ask(script)
    async with asyncio.timeout(seconds):
        await asyncio.gather(*(call.ended for call in calls))
    for call in calls:
        call.close()
    return [call.stream for call in calls]


def text_of(stream: Stream) -> str:
    """The text that came, put together."""
    body = _dechunked(b"".join(piece for _, piece in stream.pieces))
    return "".join(
        event["delta"]["text"] for event in _events(body) if event["type"] == "content_block_delta"
    )


def _events(body: bytes) -> Iterable[dict[str, Any]]:
    return (json.loads(line[5:]) for line in body.splitlines() if line.startswith(b"data:"))


def _dechunked(data: bytes) -> bytes:
    at = data.index(b"\r\n\r\n") + 4
    body = bytearray()
    while True:
        line_end = data.index(b"\r\n", at)
        length = int(data[at:line_end], 16)
        if length == 0:
            return bytes(body)
        body += data[line_end + 2 : line_end + 2 + length]
        at = line_end + 2 + length + 2
