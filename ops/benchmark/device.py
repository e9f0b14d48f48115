"""A device of a person on the chat socket, as lean as the direct reader.

It speaks just the WebSocket that this needs: whole text frames both ways, and pongs. Frames are
kept with their moment and read once the turns have ended.
"""

import asyncio
import base64
import json
import os
import struct
from time import monotonic_ns
from typing import Final, cast
from urllib.parse import urlsplit
from uuid import UUID

from schema.wire.frames import SUBPROTOCOL
from server.core.ids import new_id

from .script import Script
from .streams import Stream

TEXT: Final = 0x1
CLOSE: Final = 0x8
PING: Final = 0x9
PONG: Final = 0xA
FINISHED: Final = b'"kind":"turn.finished"'
BAD: Final = (b'"kind":"turn.failed"', b'"kind":"refused"')
HEAD_BYTES: Final = 160
"""The kind of a frame stands within this many bytes."""


class Device(asyncio.Protocol):
    """A socket; `frames` is all that came, in order."""

    def __init__(self) -> None:
        loop = asyncio.get_running_loop()
        self.frames: list[tuple[int, bytes]] = []
        self.open: asyncio.Future[None] = loop.create_future()
        self.ended: asyncio.Future[None] = loop.create_future()
        self._waiting = 0
        self._asked: dict[UUID, int] = {}
        self._buffer = bytearray()
        self._transport: asyncio.WriteTransport | None = None

    @classmethod
    async def connect(cls, url: str, token: str) -> "Device":
        """Open the chat socket of who holds `token`."""
        host, _, port = urlsplit(url).netloc.partition(":")
        loop = asyncio.get_running_loop()
        _, device = await loop.create_connection(cls, host, int(port))
        device.upgrade(f"{host}:{port}", token)
        async with asyncio.timeout(10):
            await device.open
        return device

    def upgrade(self, host: str, token: str) -> None:
        """Ask for the socket."""
        key = base64.b64encode(os.urandom(16)).decode()
        request = (
            f"GET /api/v1/chat HTTP/1.1\r\nHost: {host}\r\nUpgrade: websocket\r\n"
            f"Connection: Upgrade\r\nSec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n"
            f"Sec-WebSocket-Protocol: {SUBPROTOCOL}\r\nAuthorization: Bearer {token}\r\n\r\n"
        )
        self._write(request.encode())

    def expect(self, turns: int) -> None:
        """Forget what came; `ended` is done after so many turns."""
        self.frames.clear()
        self._asked.clear()
        self._waiting = turns
        self.ended = asyncio.get_running_loop().create_future()
        if turns == 0:
            self.ended.set_result(None)

    def ask(self, conversation: UUID, script: Script) -> None:
        """Send a question."""
        command = new_id()
        frame = {
            "kind": "send",
            "id": str(command),
            "conversation": str(conversation),
            "content": script.question(),
        }
        self._asked[command] = monotonic_ns()
        self._send(TEXT, json.dumps(frame).encode())

    def streams(self) -> list[Stream]:
        """The answers to what was asked, in that order: from the first delta to the end."""
        turns: dict[str, Stream] = {}
        for at, frame in self.frames:
            fields = json.loads(frame)
            if fields["kind"] == "accepted":
                turns[fields["turn"]] = Stream(self._asked[UUID(fields["id"])])
            elif fields["kind"] == "text.delta":
                turns[fields["turn"]].pieces.append((at, frame))
            elif fields["kind"] == "turn.finished":
                turns[fields["turn"]].ended_ns = at
        return list(turns.values())

    def close(self) -> None:
        """Hang up."""
        if self._transport is not None:
            self._transport.close()

    # the protocol

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep it to write to."""
        self._transport = cast("asyncio.WriteTransport", transport)  # uvloop's do not say so

    def connection_lost(self, exc: Exception | None) -> None:
        """Fail who waits."""
        for waiting in (self.open, self.ended):
            if not waiting.done():
                waiting.set_exception(exc or EOFError("the server hung up"))

    def data_received(self, data: bytes) -> None:
        """Take the upgrade's answer, then frames."""
        now = monotonic_ns()
        self._buffer += data
        if not self.open.done():
            self._take_upgrade()
        while (frame := self._next_frame()) is not None:
            self._take(now, *frame)

    def _take_upgrade(self) -> None:
        head, found, rest = bytes(self._buffer).partition(b"\r\n\r\n")
        if not found:
            return
        if not head.startswith(b"HTTP/1.1 101"):
            self.open.set_exception(ConnectionError(head.decode()))
            return
        self._buffer[:] = rest
        self.open.set_result(None)

    def _next_frame(self) -> tuple[int, bytes] | None:
        """Cut one whole frame off the buffer; a server's frames are not masked."""
        buffer = self._buffer
        if not self.open.done() or len(buffer) < 2:  # noqa: PLR2004 - the shortest frame
            return None
        length, start = buffer[1], 2
        if length >= 126:  # noqa: PLR2004 - then the length follows, in 2 or 8 bytes
            start = 4 if length == 126 else 10  # noqa: PLR2004
            if len(buffer) < start:
                return None
            length = int.from_bytes(buffer[2:start], "big")
        if len(buffer) < start + length:
            return None
        opcode = buffer[0] & 0xF
        payload = bytes(buffer[start : start + length])
        del buffer[: start + length]
        return opcode, payload

    def _take(self, at: int, opcode: int, payload: bytes) -> None:
        if opcode == PING:
            self._send(PONG, payload)
        elif opcode == TEXT:
            self.frames.append((at, payload))
            self._look(payload[:HEAD_BYTES])

    def _look(self, head: bytes) -> None:
        if FINISHED in head:
            self._waiting -= 1
            if self._waiting == 0:
                self.ended.set_result(None)
        elif any(kind in head for kind in BAD) and not self.ended.done():
            self.ended.set_exception(RuntimeError(head.decode(errors="replace")))

    def _send(self, opcode: int, payload: bytes) -> None:
        """Send a frame; a mask of zeros leaves the payload as it is."""
        length = len(payload)
        short = length < 126  # noqa: PLR2004 - else in 8 bytes
        head = bytes([0x80 | opcode, 0x80 | (length if short else 127)])
        self._write(head + (b"" if short else struct.pack("!Q", length)) + bytes(4) + payload)

    def _write(self, data: bytes) -> None:
        if self._transport is not None:
            self._transport.write(data)


async def ask_all(
    devices: list[Device], asks: list[tuple[UUID, Script]], seconds: float
) -> list[Stream]:
    """Ask all at once, spread over the devices; returns when every answer has ended."""
    shares = [asks[number :: len(devices)] for number in range(len(devices))]
    for device, share in zip(devices, shares, strict=True):
        device.expect(len(share))
    for device, share in zip(devices, shares, strict=True):
        for conversation, script in share:
            device.ask(conversation, script)
    async with asyncio.timeout(seconds):
        await asyncio.gather(*(device.ended for device in devices))
    return [stream for device in devices for stream in device.streams()]


def text_of(stream: Stream) -> str:
    """The text of the deltas, put together."""
    return "".join(json.loads(piece)["text"] for _, piece in stream.pieces)
