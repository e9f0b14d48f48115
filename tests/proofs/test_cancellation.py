"""Whoever leaves while something is written: the database goes on, and what was promised is there.

Sanic cancels a handler when its client leaves, so any unit of work may be left by its caller.
"""

import asyncio
import random
import sqlite3
from collections.abc import AsyncIterator, Callable
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import pytest
import pytest_asyncio
from tortoise.connection import get_connection

from schema.tables.chat import ConversationRow
from schema.tables.identity import UserRow
from server.core.clock import system_clock
from server.core.ids import new_id
from server.core.problems import Refusal
from server.store import Database, DatabaseError
from tests.people import BOB, MIGRATIONS, furnish

from . import stored
from .rival import rival

UNITS: Final = 2_000
AT_ONCE: Final = 16
LONGEST_STAY_SECONDS: Final = 0.03
ANSWER_SECONDS: Final = 5.0


@dataclass
class Book:
    """What the test itself remembers: what was promised, and what the commits announced."""

    user: UUID
    counter: UUID = field(default_factory=new_id)
    promised: set[UUID] = field(default_factory=set)
    announced: list[UUID] = field(default_factory=list)
    left: int = 0


@pytest_asyncio.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    """Open a database in which Bob has an account."""
    await furnish(tmp_path, BOB)
    database = Database(tmp_path, MIGRATIONS)
    await database.open()
    yield database
    async with asyncio.timeout(ANSWER_SECONDS):
        await database.close()


@pytest_asyncio.fixture
async def book(database: Database) -> Book:
    """Begin a book for Bob, with a conversation whose `next_position` counts the others."""
    book = Book((await UserRow.get()).id)
    await database.write(lambda: add_conversation(book.user, book.counter))
    return book


async def add_conversation(user: UUID, conversation: UUID) -> None:
    """Insert a row; called in a unit of work."""
    now = system_clock()
    await ConversationRow.create(
        id=conversation, user_id=user, next_position=0, created_at=now, updated_at=now
    )


async def write_or_leave(database: Database, book: Book, chance: random.Random) -> None:
    """Write a row and count it, reading before; the caller leaves at a random moment, or stays.

    One unit in ten fails half-way.
    """
    new = new_id()
    fails = chance.random() < 0.1

    async def unit() -> UUID:
        row = await ConversationRow.get(id=book.counter)
        await add_conversation(book.user, new)
        if fails:
            raise Refusal("invalid", fields="by chance")
        await ConversationRow.filter(id=book.counter).update(next_position=row.next_position + 1)
        return new

    writing = asyncio.create_task(database.write(unit, book.announced.append))
    await leave_after_a_while(writing, chance)
    if writing.cancelled():
        book.left += 1
    elif fails:
        assert isinstance(writing.exception(), Refusal)
    else:
        book.promised.add(writing.result())


async def read_or_leave(book: Book, chance: random.Random) -> None:
    """Read, and leave at a random moment, or stay."""
    reading = asyncio.ensure_future(ConversationRow.filter(user_id=book.user).limit(20))
    await leave_after_a_while(reading, chance)


async def leave_after_a_while(task: asyncio.Future[Any], chance: random.Random) -> None:
    """Cancel a task after some steps of the loop, or some time, unless it ends before."""
    for _ in range(chance.randrange(12)):
        await asyncio.sleep(0)
    if chance.random() < 0.75:
        await asyncio.wait({task}, timeout=chance.uniform(0, LONGEST_STAY_SECONDS))
        task.cancel()
    await asyncio.wait({task})


async def answers(database: Database, book: Book) -> bool:
    """Whether the database takes a write and a read in reasonable time."""
    async with asyncio.timeout(ANSWER_SECONDS):
        now = system_clock()
        await database.write(lambda: ConversationRow.filter(id=book.counter).update(updated_at=now))
        return (await ConversationRow.get(id=book.counter)).updated_at == now


@pytest.mark.asyncio
async def test_a_rival_that_keeps_the_lock_is_an_error_once_and_no_frozen_database(
    database: Database, book: Book
) -> None:
    """A unit that cannot get the write lock in time fails, and the next one works."""
    await get_connection("default").execute_query("PRAGMA busy_timeout = 50")
    with closing(sqlite3.connect(database.path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        for _ in range(3):
            with pytest.raises(DatabaseError):
                async with asyncio.timeout(ANSWER_SECONDS):
                    await database.write(lambda: add_conversation(book.user, new_id()))
        other.execute("ROLLBACK")
    assert await answers(database, book)


@pytest.mark.asyncio
async def test_a_commit_that_fails_leaves_nothing_behind(database: Database, book: Book) -> None:
    """What a failed commit held is neither there nor committed by the next unit."""
    orphan = new_id()

    async def unit() -> None:
        await get_connection("default").execute_query("PRAGMA defer_foreign_keys = ON")
        await add_conversation(new_id(), orphan)

    with pytest.raises(DatabaseError):
        await database.write(unit)
    assert await answers(database, book)
    assert await ConversationRow.get_or_none(id=orphan) is None


@pytest.mark.asyncio
async def test_callers_who_leave_lose_nothing_and_freeze_nothing(
    database: Database, book: Book, chance: random.Random, tell: Callable[[str], None]
) -> None:
    """2,000 units are each done wholly once or not at all, however their callers leave."""
    left_to_do = iter(range(UNITS))

    async def worker() -> None:
        for _ in left_to_do:
            await write_or_leave(database, book, chance)
            await read_or_leave(book, chance)

    with rival(database.path, chance, 0.02) as end_rival:
        async with asyncio.timeout(120):
            await asyncio.gather(*(worker() for _ in range(AT_ONCE)))
        rivals_commits = end_rival()
    assert await answers(database, book)

    rows = {row.id: row for row in await ConversationRow.all()}
    kept = set(rows) - {book.counter}
    assert rows[book.counter].next_position == len(kept)
    assert sorted(book.announced) == sorted(kept)
    assert book.promised <= kept
    assert (await get_connection("default").execute_query("SELECT * FROM rival"))[
        0
    ] == rivals_commits
    assert stored.whole(database.path)
    tell(
        f"{UNITS} units, {book.left} left by their callers, {len(kept)} committed; "
        f"a second process committed {rivals_commits} beside"
    )
