"""The processes that are measured, and what the kernel says of them."""

import asyncio
import json
import os
import subprocess
import sys
import urllib.request
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic, sleep
from typing import Any, Final, TypeVar
from uuid import UUID

import uvloop

from server.core.ids import new_id

T = TypeVar("T")

ROOT: Final = Path(__file__).resolve().parents[2]
PERSON: Final = {"username": "Alice", "password": "alice-measures-things"}
READY: Final = "claude-rasp "
STOP_SECONDS: Final = 20
SETTLE_SECONDS: Final = 30
SETTLED_KB: Final = 128
PASSED_ON: Final = ("PATH", "LANG", "MALLOC_ARENA_MAX")


class Server:
    """The app, serving from a data folder on a free port; `ready_seconds` is how long it took."""

    def __init__(self, data: Path, settings: dict[str, str]) -> None:
        began = monotonic()
        self.process = subprocess.Popen(
            [sys.executable, "-m", "server", "serve"],
            cwd=data.parent,
            env=_environment(data, settings),
            stdout=subprocess.PIPE,
            text=True,
        )
        self.url = self._await_address()
        self.get("/readyz")
        self.ready_seconds = monotonic() - began

    def _await_address(self) -> str:
        line = self.process.stdout.readline() if self.process.stdout is not None else ""
        if not line.startswith(READY):
            _stop(self.process)
            raise RuntimeError(f"the server did not start: {line}")
        return line.split()[-1]

    def get(self, path: str, token: str | None = None) -> Any:  # noqa: ANN401 - any JSON
        """Return what GET answers; raises on any status but 200."""
        return self._request(urllib.request.Request(self.url + path), token)  # noqa: S310 - ours

    def post(self, path: str, body: object, token: str | None = None) -> Any:  # noqa: ANN401
        """Return what POST answers; raises on a status that is an error."""
        request = urllib.request.Request(  # noqa: S310 - our own server
            self.url + path,
            json.dumps(body).encode(),
            {"content-type": "application/json"},
            method="POST",
        )
        return self._request(request, token)

    def _request(self, request: urllib.request.Request, token: str | None) -> Any:  # noqa: ANN401
        if token is not None:
            request.add_header("authorization", f"Bearer {token}")
        with urllib.request.urlopen(request, timeout=30) as response:  # noqa: S310 - as above
            return json.loads(response.read())

    def sign_in(self) -> str:
        """Return an access token of the administrator."""
        token: str = self.post("/api/v1/auth/login", PERSON)["token"]
        return token

    def new_conversation(self, token: str) -> UUID:
        """Make an empty conversation and return its id."""
        wanted = new_id()
        self.post("/api/v1/conversations", {"id": str(wanted)}, token)
        return wanted

    @property
    def cpu_seconds(self) -> float:
        """What it has used so far, in user and kernel mode."""
        fields = self._proc("stat").rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    @property
    def written_bytes(self) -> int:
        """What it has sent to the disk so far (nothing is counted on a RAM disk)."""
        return int(self._proc("io").partition("\nwrite_bytes: ")[2].split()[0])

    @property
    def pss_kb(self) -> int:
        """Its memory: pages of its own, and its share of those it shares."""
        return int(self._proc("smaps_rollup").partition("\nPss:")[2].split()[0])

    def settled_pss_kb(self) -> int:
        """Its memory once three readings in a row agree."""
        readings = [self.pss_kb]
        end = monotonic() + SETTLE_SECONDS
        while len(readings) < 3 or max(readings[-3:]) - min(readings[-3:]) > SETTLED_KB:  # noqa: PLR2004
            if monotonic() > end:
                raise TimeoutError(f"the memory does not settle: {readings[-3:]} kB")
            sleep(0.5)
            readings.append(self.pss_kb)
        return readings[-1]

    def _proc(self, name: str) -> str:
        return Path(f"/proc/{self.process.pid}/{name}").read_text(encoding="ascii")


def _environment(data: Path, settings: dict[str, str]) -> dict[str, str]:
    return {
        **{name: os.environ[name] for name in PASSED_ON if name in os.environ},
        "HOME": str(data.parent),
        "PYTHONPATH": str(ROOT),
        "CLAUDE_RASP_DATA": str(data),
        "CLAUDE_RASP_PORT": "0",
        "CLAUDE_RASP_SERVER_LANGUAGE": "en",
        "CLAUDE_RASP_RATE_PER_MINUTE": "0",  # one person asks for many here
        "CLAUDE_RASP_BUDGET_STARTING_DAILY_CENTS": "100000000",  # and long answers
        "CLAUDE_RASP_BUDGET_STARTING_MONTHLY_CENTS": "100000000",
        "CLAUDE_RASP_ADMIN_USER": PERSON["username"],
        "CLAUDE_RASP_ADMIN_PASSWORD": PERSON["password"],
        **settings,
    }


def _stop(process: "subprocess.Popen[str]") -> None:
    process.terminate()
    process.wait(STOP_SECONDS)
    if process.stdout is not None:
        process.stdout.close()


@contextmanager
def serving(data: Path, **settings: str) -> Iterator[Server]:
    """Serve until the end of the block; settings are environment variables."""
    server = Server(data, settings)
    try:
        yield server
    finally:
        _stop(server.process)


@contextmanager
def upstream() -> Iterator[int]:
    """Run the upstream until the end of the block; gives its port."""
    process = subprocess.Popen(
        [sys.executable, "-m", "ops.benchmark.upstream"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        yield int(process.stdout.readline() if process.stdout is not None else "")
    finally:
        _stop(process)


def asking(port: int) -> dict[str, str]:
    """The settings with which the app asks the upstream on this port."""
    return {"ANTHROPIC_BASE_URL": f"http://127.0.0.1:{port}", "ANTHROPIC_API_KEY": "bench"}


def in_loop(work: Coroutine[Any, Any, T]) -> T:
    """Run it to its end in an event loop as fast as the server's own."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(work)
