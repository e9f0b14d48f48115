"""A real SQLite file, a clock that stands still, and everything identity is made of."""

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from uuid import UUID

import pytest_asyncio
from argon2 import PasswordHasher

from server.adapters.keys import ServerKey
from server.adapters.passwords import Passwords
from server.edge.attempts import Attempts
from server.features.identity.service import About, Identity, Tools
from server.features.identity.sessions import Device
from server.store import Database
from tests.clock import FakeClock
from tests.people import IDENTITY_SETTINGS, MIGRATIONS

HOME = Device(address="192.0.2.10", network="192.0.2.10", agent="Kitchen tablet")
AWAY = Device(address="198.51.100.7", network="198.51.100.7", agent="Somebody else's phone")


class WatchedPasswords(Passwords):
    """Real hashing at its cheapest, that can be watched, held up and made to want more."""

    def __init__(self) -> None:
        super().__init__(time_cost=1, memory_kib=8)
        self.verified: list[bool] = []
        """For each verification, whether there was a hash to compare with."""
        self._held: tuple[asyncio.Event, asyncio.Event] | None = None

    async def verify(self, stored: str | None, password: str) -> bool:
        self.verified.append(stored is not None)
        right = await super().verify(stored, password)
        if self._held is not None:
            (verified, go_on), self._held = self._held, None
            verified.set()
            await asyncio.wait_for(go_on.wait(), 5)
        return right

    def hold_next_verification(self) -> tuple[asyncio.Event, asyncio.Event]:
        """Return an event that says that the next one is done, and one that lets it return."""
        self._held = (asyncio.Event(), asyncio.Event())
        return self._held

    def renew_parameters(self) -> None:
        """Behave as a newer version that hashes more dearly."""
        self.__dict__["_argon2"] = PasswordHasher(2, 16, 1)


class House:
    """An instance without its HTTP edge."""

    def __init__(self, folder: Path) -> None:
        self.clock = FakeClock()
        self.passwords = WatchedPasswords()
        self.key = ServerKey(folder)
        self.closed: list[UUID] = []
        self.on_closed: Callable[[], None] = lambda: None
        self.database = Database(folder, MIGRATIONS)
        tools = Tools(self.key, self.passwords, Attempts(self.clock.seconds), self.clock)
        about = About(name="Test", language="en", simulator=True)
        self.identity = Identity(self.database, IDENTITY_SETTINGS, about, tools, self.close_sockets)

    async def close_sockets(self, session: UUID) -> None:
        """Stand for the hub."""
        self.closed.append(session)
        self.on_closed()


@pytest_asyncio.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    """Open an instance nobody has set up yet."""
    house = House(tmp_path)
    await house.database.open()
    await house.identity.open()
    yield house
    house.identity.close()
    await house.database.close()
