"""Clients that send a command and vanish, at once or while the answer comes, with a reset."""

import asyncio
import json
import random
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from .devices import Json, reset

LONGEST_STAY_SECONDS: Final = 0.12
PATIENCE_SECONDS: Final = 2.0
UPGRADE: Final = (
    "upgrade: websocket",
    "connection: upgrade",
    "sec-websocket-version: 13",
    "sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==",
    "sec-websocket-protocol: claude-rasp.v1",
)


@dataclass(frozen=True)
class Errand:
    """Bytes to send, and the bytes of the answer that promise that it was done.

    `opening` is sent before, and answered before the rest is sent.
    """

    sent: bytes
    promise: bytes
    opening: bytes = b""


def request(method: str, path: str, token: str, body: Json, promise: str, **headers: str) -> Errand:
    """Make an HTTP request of this path below /api/v1."""
    content = json.dumps(body).encode()
    fields = {
        "host": "127.0.0.1",
        "authorization": f"Bearer {token}",
        "content-type": "application/json",
        "content-length": str(len(content)),
        **headers,
    }
    lines = [f"{method} /api/v1{path} HTTP/1.1", *(f"{k}: {v}" for k, v in fields.items())]
    return Errand("\r\n".join([*lines, "", ""]).encode() + content, promise.encode())


def frame(token: str, command: Json, promise: str) -> Errand:
    """Make a frame on the chat socket, after its handshake."""
    text = json.dumps(command).encode()
    assert 126 <= len(text) < 1 << 16
    head = b"\x81" + bytes([0x80 | 126]) + len(text).to_bytes(2, "big")
    mask = bytes(4)  # leaves the text as it is
    lines = [
        "GET /api/v1/chat HTTP/1.1",
        "host: 127.0.0.1",
        f"authorization: Bearer {token}",
        *UPGRADE,
    ]
    opening = "\r\n".join([*lines, "", ""]).encode()
    return Errand(head + mask + text, promise.encode(), opening)


async def run(errand: Errand, url: str, chance: random.Random) -> bool:
    """Send it, stay a moment, vanish; return whether it was promised by then.

    One in ten vanishes before all is sent, and one in ten stays until it is promised.
    """
    longest = LONGEST_STAY_SECONDS if chance.random() < 0.9 else PATIENCE_SECONDS
    place = urlsplit(url)
    reader, writer = await asyncio.open_connection(place.hostname, place.port)
    try:
        if errand.opening:
            writer.write(errand.opening)
            if not await _hears(reader, b"\r\n\r\n", _stay(chance, longest)):
                return False
        whole = chance.random() < 0.9
        writer.write(errand.sent if whole else errand.sent[: chance.randrange(len(errand.sent))])
        return await _hears(reader, errand.promise, _stay(chance, longest))
    finally:
        reset(writer.get_extra_info("socket"))
        writer.transport.abort()


def _stay(chance: random.Random, longest: float) -> float:
    return longest if longest == PATIENCE_SECONDS else chance.uniform(0, longest)


async def _hears(reader: asyncio.StreamReader, wanted: bytes, seconds: float) -> bool:
    heard = b""
    try:
        async with asyncio.timeout(seconds):
            while wanted not in heard and (piece := await reader.read(65_536)):
                heard += piece
    except TimeoutError:
        pass
    return wanted in heard
