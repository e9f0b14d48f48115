"""The slice on a real database, with a Claude that says what a test tells it to."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import pytest_asyncio

from schema.tables.identity import UserRow
from schema.wire.chat import Place
from schema.wire.frames import ChangeBase
from server.core.clock import system_clock
from server.core.ids import new_id
from server.features.chat.commands import Question
from server.features.chat.ports import ChatSettings, Person, TurnParts
from server.features.chat.service import ChatService
from server.store import Database
from tests.people import BOB, MIGRATIONS, furnish

from . import stream as api
from .stream import Event

SETTINGS: Final = ChatSettings(
    model="claude-x",
    max_tokens=100,
    simulated=True,
    message_max_bytes=10_000,
    turns_at_once=10,
    rate_per_minute=0,
    journal_interval_seconds=0.01,
    lease_seconds=30,
    deleted_kept_days=30,
)
PATIENCE_SECONDS: Final = 10.0


class Claude:
    """Says the beginning of an answer, and the rest when it is let go on."""

    def __init__(self) -> None:
        self.asked: list[dict[str, Any]] = []
        self.may_end = asyncio.Event()
        self.may_end.set()

    @asynccontextmanager
    async def stream(self, request: dict[str, Any]) -> AsyncIterator[AsyncIterator[list[Event]]]:
        self.asked.append(request)
        yield self._answer()

    async def _answer(self) -> AsyncIterator[list[Event]]:
        yield [api.start(input_tokens=1), api.begin(0), api.text(0, "Begun")]
        await self.may_end.wait()
        yield [api.text(0, ", ended."), api.end(0), api.finish(output_tokens=2), api.STOP]


@dataclass
class Study:
    """Bob's conversation, and the service that answers in it."""

    service: ChatService
    database: Database
    claude: Claude
    bob: Person
    conversation: UUID = field(default_factory=new_id)
    told: list[ChangeBase] = field(default_factory=list)

    async def ask(self, parent: Place = "newest") -> tuple[UUID, UUID]:
        """Ask a question; return its id and that of its turn."""
        question = Question(new_id(), self.conversation, "A question", parent, {})
        return question.id, (await self.service.send(self.bob, question)).id

    async def ends(self, turn: UUID) -> list[str]:
        """Watch a turn to its end; return the kinds of its events."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            events = await self.service.follow(self.bob, turn, 0)
            return [event.kind async for event in events]


@asynccontextmanager
async def studying(folder: Path) -> AsyncIterator[Study]:
    """Open the slice on this folder, in which Bob has an account."""
    database = Database(folder, MIGRATIONS)
    await database.open()
    claude = Claude()
    told: list[ChangeBase] = []
    parts = TurnParts(
        database=database,
        claude=claude,
        budget=None,
        tell=lambda _, change: told.append(change),
        settings=SETTINGS,
        clock=system_clock,
    )
    service = ChatService(parts)
    await service.start()
    bob = Person((await UserRow.get(username=BOB.username)).id, "en")
    yield Study(service, database, claude, bob, told=told)
    async with asyncio.timeout(PATIENCE_SECONDS):
        await service.close()
        await database.close()


@pytest_asyncio.fixture
async def study(tmp_path: Path) -> AsyncIterator[Study]:
    """Open Bob's conversation."""
    await furnish(tmp_path, BOB)
    async with studying(tmp_path) as study:
        await study.service.create(study.bob, study.conversation, None)
        yield study
