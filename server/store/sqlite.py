"""Tortoise's SQLite client, with transactions that take the write lock when they begin.

Tortoise begins deferred: a transaction that reads and then writes fails at once with "database is
locked" when another process writes meanwhile, whatever the busy time-out says.
"""

import sqlite3

from tortoise.backends.base.client import TransactionalDBClient, TransactionContext
from tortoise.backends.sqlite.client import (
    SqliteClient,
    SqliteTransactionContext,
    SqliteTransactionWrapper,
)
from tortoise.connection import get_connections
from tortoise.exceptions import TransactionManagementError


class ImmediateTransaction(SqliteTransactionWrapper):
    """A transaction that waits for another process's write, at most the busy time-out."""

    async def begin(self) -> None:
        """Begin, with the write lock; raises TransactionManagementError if it stays taken."""
        try:
            if self._connection.in_transaction:
                await self._connection.commit()
            await self._connection.execute("BEGIN IMMEDIATE")
        except sqlite3.Error as error:
            raise TransactionManagementError(error) from error

    async def commit(self) -> None:
        """Commit, or roll back: what stays open would be committed by the next unit.

        Raises TransactionManagementError where it had to roll back.
        """
        try:
            await super().commit()
        except sqlite3.Error as error:
            await self._connection.rollback()
            raise TransactionManagementError(error) from error


class Transaction(SqliteTransactionContext):
    """Holds the connection; Tortoise's own would hold it for good where it cannot begin."""

    async def __aenter__(self) -> TransactionalDBClient:
        await self._trxlock.acquire()
        try:
            await self.ensure_connection()
            await self.connection.begin()
        except BaseException:
            self._trxlock.release()
            raise
        self.token = get_connections().set(self.connection_name, self.connection)
        return self.connection  # type: ignore[no-any-return]  # Tortoise types it loosely


class Client(SqliteClient):
    """The client of this module, found by Tortoise under `client_class`."""

    def _in_transaction(self) -> TransactionContext:
        return Transaction(ImmediateTransaction(self), self._lock)


client_class = Client
