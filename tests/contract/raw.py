"""A socket that speaks the WebSocket protocol by hand, and reads only when it wants to."""

import base64
import json
import os
import socket
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, BinaryIO, Final

from schema.wire.frames import SUBPROTOCOL
from tests.live import LiveServer

TEXT: Final = 0x1
CLOSE: Final = 0x8
LONG, LONGER = 126, 127
SMALL_WINDOW_BYTES: Final = 65_536
PATIENCE_SECONDS: Final = 15.0


class RawSocket:
    """One connection; nothing is read but on demand, so that the server's buffers fill."""

    def __init__(self, connection: socket.socket, reader: BinaryIO) -> None:
        self._connection = connection
        self._reader = reader

    def say(self, kind: str, **fields: object) -> None:
        """Send a frame."""
        payload = json.dumps({"kind": kind, **fields}).encode()
        length = len(payload)
        head = bytes([0x80 | TEXT, 0x80 | min(length, LONG)])
        head += struct.pack("!H", length) if length >= LONG else b""
        self._connection.sendall(head + bytes(4) + payload)  # masked with zeros

    def frames(self) -> Iterator[tuple[int, bytes]]:
        """Read opcode and payload of each frame, to the end of the connection."""
        while head := self._reader.read(2):
            length = head[1]
            if length == LONG:
                (length,) = struct.unpack("!H", self._reader.read(2))
            elif length == LONGER:
                (length,) = struct.unpack("!Q", self._reader.read(8))
            yield head[0] & 0xF, self._reader.read(length)

    def heard(self) -> Iterator[dict[str, Any]]:
        """Read the frames that carry JSON."""
        for opcode, payload in self.frames():
            if opcode == TEXT:
                yield json.loads(payload)
            elif opcode == CLOSE:
                yield {"kind": "closed", "code": struct.unpack("!H", payload[:2])[0]}


@contextmanager
def raw_socket(server: LiveServer, token: str) -> Iterator[RawSocket]:
    """Connect with a small window, and upgrade."""
    host, port = server.url.removeprefix("http://").split(":")
    with socket.socket() as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, SMALL_WINDOW_BYTES)
        connection.settimeout(PATIENCE_SECONDS)
        connection.connect((host, int(port)))
        lines = [
            "GET /api/v1/chat HTTP/1.1",
            f"Host: {host}:{port}",
            f"Authorization: Bearer {token}",
            "Connection: Upgrade",
            "Upgrade: websocket",
            "Sec-WebSocket-Version: 13",
            f"Sec-WebSocket-Key: {base64.b64encode(os.urandom(16)).decode()}",
            f"Sec-WebSocket-Protocol: {SUBPROTOCOL}",
        ]
        connection.sendall("\r\n".join([*lines, "", ""]).encode())
        with connection.makefile("rb") as reader:
            assert reader.readline().startswith(b"HTTP/1.1 101")
            while reader.readline() != b"\r\n":
                pass
            yield RawSocket(connection, reader)
