"""A server where Bob lives, for the length of a test module."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from server.core.ids import new_id
from tests.live import serving
from tests.people import BOB, furnish, script

from .devices import Device


@dataclass
class Home:
    """A server at `url` that serves `folder`/data, and Bob as a script of it."""

    url: str
    folder: Path
    client: httpx.AsyncClient
    token: str

    @property
    def file(self) -> Path:
        """The database."""
        return database(self.folder)

    async def conversation(self) -> str:
        """Make a conversation of Bob's."""
        conversation = str(new_id())
        made = await self.client.post("/api/v1/conversations", json={"id": conversation})
        made.raise_for_status()
        return conversation

    async def join(self) -> Device:
        """Connect a device of Bob's."""
        return await Device.join(self.url, self.token)


@asynccontextmanager
async def bob(url: str, folder: Path) -> AsyncIterator[Home]:
    """Sign Bob in on a server that serves `folder`/data, where he has an account."""
    async with script(url, BOB) as client:
        token = client.headers["authorization"].removeprefix("Bearer ")
        yield Home(url, folder, client, token)


@asynccontextmanager
async def home(folder: Path, **settings: str) -> AsyncIterator[Home]:
    """Serve from `folder`, with these environment variables, until the end of the block."""
    await furnish(folder / "data", BOB)
    live = serving(folder, **settings)
    server = await asyncio.to_thread(live.__enter__)
    try:
        async with bob(server.url, folder) as served:
            yield served
    finally:
        await asyncio.to_thread(live.__exit__, None, None, None)


def database(folder: Path) -> Path:
    """Return the database file of a server on this folder."""
    return folder / "data" / "claude-rasp.db"
