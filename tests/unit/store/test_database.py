"""Units of work: whole or not at all, for themselves, and to their end whoever leaves."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import pytest
import pytest_asyncio
from tortoise.connection import get_connection

from schema.tables.chat import ConversationRow
from schema.tables.identity import UserRow
from server.core.errors import StartError
from server.core.ids import new_id
from server.store import Database, DatabaseError
from tests.people import BOB, MIGRATIONS, furnish

pytestmark = pytest.mark.asyncio

NOW = datetime(2026, 11, 20, 12, 34, 56, 789_012, tzinfo=UTC)


@pytest_asyncio.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    """Open a database in which Bob has an account."""
    await furnish(tmp_path, BOB)
    database = Database(tmp_path, MIGRATIONS)
    await database.open()
    yield database
    await database.close()


async def add(title: str) -> UUID:
    """Insert a conversation of Bob's."""
    bob = await UserRow.get(username=BOB.username)
    row = await ConversationRow.create(
        id=new_id(), user_id=bob.id, title=title, created_at=NOW, updated_at=NOW
    )
    return row.id


async def titles() -> set[str | None]:
    """Return what is committed."""
    return {row.title for row in await ConversationRow.all()}


async def test_a_unit_is_committed_and_returned(database: Database) -> None:
    """What it made is there for another connection, to the microsecond."""
    made = await database.write(lambda: add("one"))
    with closing(sqlite3.connect(database.path)) as other:
        found = other.execute("SELECT id, updated_at FROM conversation").fetchall()
    assert found == [(str(made), "2026-11-20 12:34:56.789012+00:00")]
    assert (await ConversationRow.get(id=made)).updated_at == NOW


async def test_a_unit_that_fails_leaves_nothing(database: Database) -> None:
    """Neither its rows nor its lock; the error comes to the caller, `then` is not called."""
    told: list[object] = []

    async def unit() -> None:
        await add("lost")
        raise LookupError

    with pytest.raises(LookupError):
        await database.write(unit, told.append)
    assert (await titles(), told) == (set(), [])
    await database.write(lambda: add("kept"))
    assert await titles() == {"kept"}


async def test_a_unit_within_a_unit_is_its_own(database: Database) -> None:
    """It is done after the outer one and stays, though the outer one is rolled back."""
    inner: list[asyncio.Task[UUID]] = []

    async def outer() -> None:
        await add("outer")
        inner.append(asyncio.create_task(database.write(lambda: add("inner"))))
        await asyncio.wait(inner, timeout=0.1)
        raise LookupError

    with pytest.raises(LookupError):
        await database.write(outer)
    await inner[0]
    assert await titles() == {"inner"}


async def test_a_unit_goes_on_when_its_caller_leaves(database: Database) -> None:
    """It is committed, and `then` is told, though nobody waits any more."""
    begun, may_end = asyncio.Event(), asyncio.Event()
    told: asyncio.Queue[UUID] = asyncio.Queue()

    async def unit() -> UUID:
        made = await add("kept")
        begun.set()
        await may_end.wait()
        return made

    caller = asyncio.create_task(database.write(unit, told.put_nowait))
    await begun.wait()
    caller.cancel()
    await asyncio.wait({caller})
    assert caller.cancelled()
    may_end.set()
    made = await asyncio.wait_for(told.get(), 5)
    assert (await ConversationRow.get(id=made)).title == "kept"


async def test_units_do_not_mix(database: Database) -> None:
    """Many at once, each reading before it writes: none is lost."""
    counter = await database.write(lambda: add("counter"))

    async def count() -> None:
        row = await ConversationRow.get(id=counter)
        await asyncio.sleep(0)
        await ConversationRow.filter(id=counter).update(next_position=row.next_position + 1)

    await asyncio.gather(*(database.write(count) for _ in range(50)))
    assert (await ConversationRow.get(id=counter)).next_position == 51


async def test_another_process_that_writes_is_waited_for(database: Database) -> None:
    """Reading and then writing works though somebody else holds the lock at first."""
    may_commit = asyncio.Event()
    with closing(sqlite3.connect(database.path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        unit = asyncio.create_task(database.write(lambda: add("waited")))
        done, _ = await asyncio.wait({unit}, timeout=0.1)
        assert not done
        may_commit.set()
        other.execute("COMMIT")
        await asyncio.wait_for(unit, 5)
    assert await titles() == {"waited"}


async def test_a_lock_that_is_never_given_back_is_an_error(database: Database) -> None:
    """One that the caller can tell; the next unit works again."""
    await get_connection("default").execute_query("PRAGMA busy_timeout = 20")
    with closing(sqlite3.connect(database.path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(DatabaseError):
            await database.write(lambda: add("refused"))
        other.execute("ROLLBACK")
    await database.write(lambda: add("kept"))
    assert await titles() == {"kept"}


@pytest.mark.usefixtures("database")
async def test_the_database_is_safe_against_power_cuts() -> None:
    """WAL, every commit on the disk, and rows that point to something."""
    found = {}
    for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout"):
        _, rows = await get_connection("default").execute_query(f"PRAGMA {name}")
        found[name] = rows[0][0]
    assert found == {
        "journal_mode": "wal",
        "synchronous": 2,
        "foreign_keys": 1,
        "busy_timeout": 5_000,
    }


async def test_closing_waits_for_what_is_being_written(tmp_path: Path) -> None:
    """A unit that has begun is committed before the database closes."""
    await furnish(tmp_path, BOB)
    database = Database(tmp_path, MIGRATIONS)
    await database.open()
    writing = asyncio.create_task(database.write(lambda: add("last")))
    await asyncio.sleep(0)
    await database.close()
    await writing
    with closing(sqlite3.connect(database.path)) as other:
        assert other.execute("SELECT title FROM conversation").fetchall() == [("last",)]


async def test_what_is_not_open_is_not_written(tmp_path: Path) -> None:
    """A defect is told as one."""
    with pytest.raises(RuntimeError, match="not open"):
        await Database(tmp_path, MIGRATIONS).write(lambda: add("x"))


async def test_a_second_database_on_the_folder_is_refused(database: Database) -> None:
    """The first one goes on."""
    second = Database(database.folder.path, MIGRATIONS)
    with pytest.raises(StartError, match="already running"):
        await second.open()
    await database.write(lambda: add("first"))
    assert await titles() == {"first"}
