"""Several statements in one trip: in order, in the open transaction, failing as one would."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Final

import pytest
import pytest_asyncio
from tortoise.exceptions import IntegrityError, OperationalError

from server.store import Database, Statement, trip
from tests.people import MIGRATIONS

pytestmark = pytest.mark.asyncio

ADD: Final[Statement] = (
    """INSERT INTO ledger_state (id, last_seq, chain, tripped, trip_reason)
    VALUES (?, 1, '', '', '') RETURNING last_seq""",
    [7],
)
RAISE: Final[Statement] = ("UPDATE ledger_state SET last_seq = last_seq + 1", [])
READ: Final[Statement] = ("SELECT last_seq FROM ledger_state WHERE id = ?", [7])


@pytest_asyncio.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    """Open an empty database."""
    database = Database(tmp_path, MIGRATIONS)
    await database.open()
    yield database
    await database.close()


async def test_each_statement_finds_what_the_one_before_left(database: Database) -> None:
    """Rows and the number of changed ones, in the order of the statements."""
    added, raised, read = await database.write(lambda: trip(ADD, RAISE, READ))
    assert [tuple(row) for row in (*added.rows, *read.rows)] == [(1,), (2,)]
    assert (raised.rows, raised.changed) == ([], 1)


async def test_a_unit_of_work_whose_trip_fails_leaves_nothing(database: Database) -> None:
    """What came before the failure is rolled back with it."""
    with pytest.raises(IntegrityError):
        await database.write(lambda: trip(ADD, RAISE, ADD))
    with pytest.raises(OperationalError):
        await database.write(lambda: trip(ADD, ("SELECT nonsense", [])))
    (read,) = await trip(READ)
    assert read.rows == []
