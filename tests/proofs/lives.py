"""Processes of ours that may be killed at any moment, also before they are ready."""

import asyncio
import re
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Final

from tests.live import COMMANDS, READY, environment

SECONDS: Final = 30.0
"""How long a start or a stop may take."""
SIMULATOR: Final = re.compile(r"^(http://\S+)")


class EndedTooSoon(Exception):
    """A process ended before it was ready; this is what it said."""


class Life:
    """One process, from its birth to its end."""

    def __init__(self, process: asyncio.subprocess.Process, ready: re.Pattern[str]) -> None:
        self._process = process
        self._ready = ready
        self._url: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self._said: list[str] = []
        self._listening = asyncio.create_task(self._listen())

    async def url(self) -> str:
        """Return its address once it is ready. Raises EndedTooSoon."""
        async with asyncio.timeout(SECONDS):
            return await asyncio.shield(self._url)

    async def kill(self) -> None:
        """End it as a power cut does; one that has ended may be killed as well."""
        with suppress(ProcessLookupError):
            self._process.kill()
        await self._end()

    async def stop(self) -> int:
        """End it politely and return its exit code."""
        self._process.terminate()
        return await self._end()

    async def _end(self) -> int:
        async with asyncio.timeout(SECONDS):
            await asyncio.wait({self._listening})
            return await self._process.wait()

    async def _listen(self) -> None:
        assert self._process.stdout is not None
        async for line in self._process.stdout:
            self._said.append(line.decode().rstrip())
            if not self._url.done() and (found := self._ready.search(self._said[-1])):
                self._url.set_result(found[1])
        if not self._url.done():
            self._url.set_exception(EndedTooSoon("\n".join(self._said)))
            self._url.exception()  # seen: nobody waits for one that is killed this early


@asynccontextmanager
async def server(folder: Path, **settings: str) -> AsyncIterator[Life]:
    """Start a server on `folder`/data with these environment variables; killed at the end."""
    async with _process(folder, COMMANDS["sanic"], READY["sanic"], settings) as life:
        yield life


@asynccontextmanager
async def simulator(folder: Path) -> AsyncIterator[str]:
    """Run the simulator until the end of the block and yield its address."""
    command = ["-m", "server.simulator", "--port", "0"]
    async with _process(folder, command, SIMULATOR, {}) as life:
        yield await life.url()


@asynccontextmanager
async def _process(
    folder: Path, command: list[str], ready: re.Pattern[str], settings: dict[str, str]
) -> AsyncIterator[Life]:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *command,
        cwd=folder,
        env=environment(folder / "data", settings),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    life = Life(process, ready)
    try:
        yield life
    finally:
        await life.kill()
