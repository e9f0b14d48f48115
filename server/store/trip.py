"""Several statements in one trip to the database's thread.

A trip costs more than most statements do: what every request waits for makes few of them.
"""

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from tortoise.connection import get_connection
from tortoise.exceptions import IntegrityError, OperationalError

__all__ = ["Found", "Statement", "trip"]

Statement = tuple[str, Sequence[Any]]
"""SQL and its values."""


@dataclass(frozen=True, slots=True)
class Found:
    """What a statement returned, and how many rows it changed (-1 if it only reads)."""

    rows: list[sqlite3.Row]
    changed: int


async def trip(*statements: Statement) -> list[Found]:
    """Execute them in order, in the transaction that is open here, and return what each found.

    Raises OperationalError or IntegrityError; what came before it is not undone, so that the unit
    of work must fail.
    """
    client: Any = get_connection("default")
    async with client.acquire_connection() as connection:
        try:
            found: list[Found] = await connection._execute(_all, connection._conn, statements)  # noqa: SLF001 - aiosqlite has no other way
        except sqlite3.IntegrityError as error:
            raise IntegrityError(error) from error
        except sqlite3.OperationalError as error:
            raise OperationalError(error) from error
    return found


def _all(connection: sqlite3.Connection, statements: Sequence[Statement]) -> list[Found]:
    return [_one(connection, *statement) for statement in statements]


def _one(connection: sqlite3.Connection, sql: str, values: Sequence[Any]) -> Found:
    cursor = connection.execute(sql, values)
    try:
        rows = cursor.fetchall()
        return Found(rows, cursor.rowcount)
    finally:
        cursor.close()
