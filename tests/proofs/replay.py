"""A stand-in for the Claude API that says exactly the bytes it is told to.

A question `replay KEY` is answered with the next of the bodies planned under that key.
"""

import asyncio
import json
import re
import socket
import struct
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Final, Literal

QUESTION: Final = re.compile(r"^replay (\S+)$")
BURST: Final = 512
"""Slices after which the client gets the chance to read."""

End = Literal["polite", "close", "reset"]


@dataclass(frozen=True)
class Body:
    """An answer: `slice_bytes` says how it is cut into HTTP chunks, `end` how it stops."""

    data: bytes
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    slice_bytes: int = 1 << 30
    end: End = "polite"

    def slices(self) -> Iterator[bytes]:
        """Return the data cut into pieces."""
        size = self.slice_bytes
        return (self.data[at : at + size] for at in range(0, len(self.data), size))


COUNTED: Final = Body(b'{"input_tokens": 1000}', headers={"content-type": "application/json"})
"""What is answered where tokens are counted before a request."""


class Replay:
    """What is planned, and what was asked."""

    def __init__(self) -> None:
        self.url = ""
        self._planned: dict[str, list[Body]] = {}
        self.asked: dict[str, list[dict[str, Any]]] = {}

    def plan(self, key: str, *bodies: Body) -> str:
        """Answer the question that is returned with these bodies, one after the other."""
        self._planned[key] = list(bodies)
        self.asked[key] = []
        return f"replay {key}"

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer the requests of one connection."""
        try:
            while asked := await _request(reader):
                path, request = asked
                body = COUNTED if path.endswith(b"/count_tokens") else self._body_for(request)
                await _answer(writer, body)
                if body.end != "polite":
                    break
        except ConnectionError:  # the server has left, which is its right
            pass
        finally:
            writer.close()

    def _body_for(self, request: dict[str, Any]) -> Body:
        questions = [
            found[1]
            for message in request["messages"]
            for block in message["content"]
            if block["type"] == "text" and (found := QUESTION.match(block["text"]))
        ]
        self.asked[questions[-1]].append(request)
        return self._planned[questions[-1]].pop(0)


@asynccontextmanager
async def replaying() -> AsyncIterator[Replay]:
    """Serve until the end of the block."""
    replay = Replay()
    server = await asyncio.start_server(replay.serve, "127.0.0.1", 0)
    host, port = server.sockets[0].getsockname()
    replay.url = f"http://{host}:{port}"
    try:
        yield replay
    finally:
        server.close()
        await server.wait_closed()


async def _request(reader: asyncio.StreamReader) -> tuple[bytes, dict[str, Any]] | None:
    try:
        head = await reader.readuntil(b"\r\n\r\n")
    except asyncio.IncompleteReadError:
        return None
    length = re.search(rb"\r\ncontent-length: *(\d+)", head, re.IGNORECASE)
    assert length is not None
    request: dict[str, Any] = json.loads(await reader.readexactly(int(length[1])))
    return head.split(b" ", 2)[1], request


async def _answer(writer: asyncio.StreamWriter, body: Body) -> None:
    kind = "application/json" if body.status != 200 else "text/event-stream; charset=utf-8"
    headers = {"content-type": kind, "transfer-encoding": "chunked", **body.headers}
    lines = [f"HTTP/1.1 {body.status} X", *(f"{name}: {value}" for name, value in headers.items())]
    writer.write("\r\n".join([*lines, "", ""]).encode())
    for number, piece in enumerate(body.slices()):
        writer.write(b"%x\r\n%b\r\n" % (len(piece), piece))
        if number % BURST == 0:
            await writer.drain()
            await asyncio.sleep(0)
    if body.end == "polite":
        writer.write(b"0\r\n\r\n")
    await writer.drain()
    if body.end == "reset":
        linger = struct.pack("ii", 1, 0)
        writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
