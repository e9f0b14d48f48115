"""The real server as a process of its own: started, awaited by what it says, stopped or killed.

    with serving(folder) as server:
        httpx.get(f"{server.url}/healthz")

It runs in an empty folder with a clean environment, so that no setting of this machine counts.
"""

import json
import os
import queue
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, Literal

import httpx

ROOT: Final = Path(__file__).parents[1]
START_SECONDS: Final = 30.0
STOP_SECONDS: Final = 20.0

ONE_REQUEST: Final = httpx.Limits(max_keepalive_connections=0)
"""A connection for each request, as a client needs that does not ask again by itself.

A server may close a connection behind an answer that came before the whole request had: hypercorn
does, without saying so in the answer.
"""

ServerKind = Literal["sanic", "hypercorn"]
SERVERS: Final[tuple[ServerKind, ...]] = ("sanic", "hypercorn")
COMMANDS: Final[dict[ServerKind, list[str]]] = {
    "sanic": ["-m", "server", "serve"],
    # An idle connection is kept longer than any test: one that closes as it is used is no claim.
    "hypercorn": [
        *("-m", "hypercorn", "--bind", "127.0.0.1:0", "--keep-alive", "120"),
        "server.asgi:app",
    ],
}
READY: Final[dict[ServerKind, re.Pattern[str]]] = {
    "sanic": re.compile(r"claude-rasp \S+ (?:is ready|est prêt)\s?: (http://\S+)"),
    "hypercorn": re.compile(r"Running on (http://\S+)"),
}


class StartRefused(Exception):
    """The process ended before it was ready: its exit code and all that it said."""

    def __init__(self, code: int, said: str) -> None:
        super().__init__(f"exit code {code}: {said}")
        self.code = code
        self.said = said


class LiveServer:
    """A server that is ready."""

    def __init__(self, data: Path, kind: ServerKind, settings: dict[str, str]) -> None:
        self.data = data
        self.kind: ServerKind = kind
        self.said: list[str] = []
        self._lines: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        self.process = subprocess.Popen(
            [sys.executable, *COMMANDS[kind]],
            cwd=data.parent,
            env=environment(data, settings),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self._listener = threading.Thread(target=self._listen, daemon=True)
        self._listener.start()
        try:
            self.url = self.await_line(READY[kind])
        except queue.Empty:
            self.kill()
            raise

    def _listen(self) -> None:
        if self.process.stdout is not None:
            with self.process.stdout as lines:
                for line in lines:
                    self._lines.put(line.rstrip("\n"))
        self._lines.put(None)

    def await_line(self, pattern: re.Pattern[str]) -> str:
        """Wait for a line that holds `pattern` and return its first group.

        Raises StartRefused when the process ends before, queue.Empty when it says nothing more.
        """
        for said in self.said:
            if found := pattern.search(said):
                return found[1]
        while (line := self._lines.get(timeout=START_SECONDS)) is not None:
            self.said.append(line)
            if found := pattern.search(line):
                return found[1]
        raise StartRefused(self._wait(), "\n".join(self.said))

    @property
    def websocket_url(self) -> str:
        """The address of the chat socket."""
        return f"ws{self.url.removeprefix('http')}/api/v1/chat"

    def log(self) -> list[dict[str, Any]]:
        """What the log file holds by now."""
        return [json.loads(line) for line in self.log_text().splitlines()]

    def log_text(self) -> str:
        """The log file as it is."""
        return (self.data / "logs" / "claude-rasp.log").read_text(encoding="utf-8")

    def stop(self) -> int:
        """End it as systemd does and return the exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self._wait()

    def kill(self) -> None:
        """End it as a power cut does."""
        self.process.kill()
        self._wait()

    def _wait(self) -> int:
        try:
            return self.process.wait(STOP_SECONDS)
        finally:
            self.process.kill()  # one that does not end fails its test, and is not left behind
            self._listener.join(STOP_SECONDS)


@contextmanager
def serving(folder: Path, kind: ServerKind = "sanic", /, **settings: str) -> Iterator[LiveServer]:
    """Serve from `folder`/data until the end of the block.

    `settings` are environment variables. The same folder can be served again.
    """
    server = LiveServer(folder / "data", kind, settings)
    try:
        yield server
    finally:
        if server.process.poll() is None:
            server.stop()


def refused_start(folder: Path, kind: ServerKind = "sanic", /, **settings: str) -> StartRefused:
    """Start where that must fail, and return how it failed."""
    try:
        with serving(folder, kind, **settings):
            pass
    except StartRefused as refusal:
        return refusal
    raise AssertionError("it started")


def environment(data: Path, settings: dict[str, str]) -> dict[str, str]:
    """Return the whole environment of a server on this folder, with these settings."""
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(data.parent),
        "PYTHONPATH": str(ROOT),
        "PYTHONUNBUFFERED": "1",
        "CLAUDE_RASP_PORT": "0",
        "CLAUDE_RASP_RATE_PER_MINUTE": "0",
        "CLAUDE_RASP_BUDGET_STARTING_DAILY_CENTS": "100000000",
        "CLAUDE_RASP_BUDGET_STARTING_MONTHLY_CENTS": "100000000",
        "CLAUDE_RASP_DATA": str(data),
        "CLAUDE_RASP_SERVER_LANGUAGE": "en",
        **settings,
    }
