"""The slice on a real database, with a Claude that says what a test tells it to."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
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
from .purse import Purse
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
    """Says the beginning of an answer, and the rest when it is let go on.

    `pauses` is how many answers end with a pause first, `failure` what the next ones break off
    with after their beginning; `is_there` false: the request does not get away from here.
    """

    def __init__(self) -> None:
        self.asked: list[dict[str, Any]] = []
        self.is_there = asyncio.Event()
        self.is_there.set()
        self.may_end = asyncio.Event()
        self.may_end.set()
        self.pauses = 0
        self.failure: Exception | None = None

    @asynccontextmanager
    async def stream(
        self, request: dict[str, Any], leaving: Callable[[], None]
    ) -> AsyncIterator[AsyncIterator[list[Event]]]:
        self.asked.append(request)
        await self.is_there.wait()
        leaving()
        yield self._answer(request["model"])

    async def _answer(self, model: str) -> AsyncIterator[list[Event]]:
        yield [api.start(model, input_tokens=1), api.begin(0), api.text(0, "Begun")]
        await self.may_end.wait()
        if self.failure is not None:
            raise self.failure
        reason, self.pauses = ("pause_turn" if self.pauses else "end_turn"), max(self.pauses - 1, 0)
        yield [api.text(0, ", ended."), api.end(0), api.finish(reason, output_tokens=2), api.STOP]


@dataclass
class Study:
    """Bob's conversation, and the service that answers in it."""

    service: ChatService
    database: Database
    claude: Claude
    purse: Purse
    bob: Person
    conversation: UUID = field(default_factory=new_id)
    told: list[ChangeBase] = field(default_factory=list)

    async def ask(self, parent: Place = "newest", **options: Any) -> tuple[UUID, UUID]:  # noqa: ANN401 - as a client sends them
        """Ask a question; return its id and that of its turn."""
        question = Question(new_id(), self.conversation, "A question", parent, options)
        return question.id, (await self.service.send(self.bob, question)).id

    async def events(self, turn: UUID) -> list[dict[str, Any]]:
        """Watch a turn to its end; return its events."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            events = await self.service.follow(self.bob, turn, 0)
            return [json.loads(event.json) async for event in events]

    async def ends(self, turn: UUID) -> list[str]:
        """Watch a turn to its end; return the kinds of its events."""
        return [event["kind"] for event in await self.events(turn)]


@asynccontextmanager
async def studying(folder: Path, purse: Purse | None = None) -> AsyncIterator[Study]:
    """Open the slice on this folder, in which Bob has an account, with his purse."""
    database = Database(folder, MIGRATIONS)
    await database.open()
    claude, purse = Claude(), Purse() if purse is None else purse
    told: list[ChangeBase] = []
    parts = TurnParts(
        database=database,
        claude=claude,
        budget=purse,
        tell=lambda _, change: told.append(change),
        settings=SETTINGS,
        clock=system_clock,
    )
    service = ChatService(parts)
    await service.start()
    bob = Person((await UserRow.get(username=BOB.username)).id, "en")
    yield Study(service, database, claude, purse, bob, told=told)
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
