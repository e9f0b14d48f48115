"""A real Chromium, driven over its DevTools protocol."""

import asyncio
import json
import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import count
from tempfile import TemporaryDirectory
from typing import Any, Final

from websockets.asyncio.client import ClientConnection, connect

NAMES: Final = ("chromium", "chromium-browser", "google-chrome")
LISTENING: Final = b"DevTools listening on "
START_SECONDS: Final = 30.0
QUIET: Final = (
    "--headless=new",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--remote-debugging-port=0",
)

Event = dict[str, Any]


def find_chromium() -> str | None:
    """The program, if there is one."""
    return next((path for name in NAMES if (path := shutil.which(name))), None)


class Page:
    """A page of its own; `events` is all that it has reported."""

    def __init__(self, line: ClientConnection) -> None:
        self._line = line
        self._numbers = count(1)
        self._answers: dict[int, asyncio.Future[Any]] = {}
        self._changed = asyncio.Event()
        self._session: str | None = None
        self.events: list[Event] = []
        self._reader = asyncio.create_task(self._read())

    async def open(self) -> None:
        """Make the page."""
        target = await self.call("Target.createTarget", url="about:blank")
        wanted = {"targetId": target["targetId"], "flatten": True}
        self._session = (await self.call("Target.attachToTarget", **wanted))["sessionId"]

    async def call(self, method: str, **parameters: object) -> Any:  # noqa: ANN401 - any JSON
        """Call a method and return its result; raises RuntimeError where Chromium refuses."""
        number = next(self._numbers)
        message: Event = {"id": number, "method": method, "params": parameters}
        if self._session is not None:
            message["sessionId"] = self._session
        self._answers[number] = asyncio.get_running_loop().create_future()
        await self._line.send(json.dumps(message))
        return await self._answers[number]

    def of(self, method: str) -> list[Event]:
        """The parameters of every event of this kind so far."""
        return [each["params"] for each in self.events if each["method"] == method]

    async def wait_for(self, method: str, **fields: object) -> None:
        """Return once there has been an event of this kind with these fields."""
        while not any(fields.items() <= each.items() for each in self.of(method)):
            self._changed.clear()
            await self._changed.wait()

    def close(self) -> None:
        """Listen no more."""
        self._reader.cancel()

    async def _read(self) -> None:
        async for text in self._line:
            message = json.loads(text)
            if "id" not in message:
                self.events.append(message)
                self._changed.set()
            elif "error" in message:
                error = RuntimeError(message["error"]["message"])
                self._answers.pop(message["id"]).set_exception(error)
            else:
                self._answers.pop(message["id"]).set_result(message["result"])


@asynccontextmanager
async def browsing(program: str) -> AsyncIterator[Page]:
    """Start a Chromium that has never seen anything, and give a page of it."""
    sandbox = ("--no-sandbox",) if os.geteuid() == 0 else ()
    with TemporaryDirectory(prefix="chromium-", ignore_cleanup_errors=True) as profile:
        process = await asyncio.create_subprocess_exec(
            program,
            *QUIET,
            *sandbox,
            f"--user-data-dir={profile}",
            stderr=asyncio.subprocess.PIPE,
        )
        try:
            async with connect(await _address(process), max_size=None, proxy=None) as line:
                page = Page(line)
                await page.open()
                yield page
                page.close()
        finally:
            process.terminate()
            await process.communicate()


async def _address(process: asyncio.subprocess.Process) -> str:
    """Where it listens, as it says itself."""
    if process.stderr is None:
        raise RuntimeError("Chromium has no standard error.")
    async with asyncio.timeout(START_SECONDS):
        async for line in process.stderr:
            if line.startswith(LISTENING):
                return line.removeprefix(LISTENING).decode().strip()
    raise RuntimeError("Chromium did not start.")
