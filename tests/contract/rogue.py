"""An upstream that breaks the rules: what it answers is raw bytes, picked by the question."""

import json
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

HEAD: Final = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n"
HOLD: Final = b"(hold)"
"""An answer that ends so is not followed by the end of the connection."""
HOLD_SECONDS: Final = 30.0

Event = dict[str, Any]


def stream(*events: Event) -> bytes:
    """Return these events as a stream."""
    return HEAD + b"".join(b"data: %s\n\n" % json.dumps(event).encode() for event in events)


def failure(status: int, body: bytes, *headers: bytes) -> bytes:
    """Return an answer with another status."""
    lines = [b"HTTP/1.1 %d Failure" % status, b"Connection: close", *headers]
    return b"\r\n".join([*lines, b"Content-Length: %d" % len(body), b"", body])


class Rogue(socketserver.ThreadingTCPServer):
    """Answers each question with the bytes `answers` has for it."""

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, answers: dict[str, bytes]) -> None:
        super().__init__(("127.0.0.1", 0), _Answering)
        self.answers = answers
        self.requests: list[bytes] = []
        self.over = threading.Event()

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.server_address[1]}"


class _Answering(socketserver.StreamRequestHandler):
    server: Rogue

    def handle(self) -> None:
        head, length = b"", 0
        while (line := self.rfile.readline()).strip():
            head += line
            name, _, value = line.partition(b":")
            length = int(value) if name.lower() == b"content-length" else length
        self.server.requests.append(head)
        asked = json.loads(self.rfile.read(length))["messages"][-1]["content"]
        question = asked if isinstance(asked, str) else asked[-1]["text"]
        answer = self.server.answers.get(question, b"")
        self.wfile.write(answer.removesuffix(HOLD))
        if answer.endswith(HOLD):
            self.server.over.wait(HOLD_SECONDS)


@contextmanager
def rogue(answers: dict[str, bytes]) -> Iterator[Rogue]:
    """Listen until the end of the block."""
    with Rogue(answers) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield server
        finally:
            server.over.set()
            server.shutdown()
            thread.join()
