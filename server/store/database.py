"""The open database and its units of work."""

import asyncio
import logging
import sqlite3
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from contextvars import Context, copy_context
from pathlib import Path
from typing import TypeVar

from tortoise import Tortoise
from tortoise.connection import get_connection
from tortoise.exceptions import BaseORMException, OperationalError, TransactionManagementError
from tortoise.transactions import in_transaction

from server.core.errors import StartError

from .config import tortoise_config
from .folder import DataFolder
from .migrate import migrate

__all__ = ["Database", "DatabaseError", "StorageErrors"]

log = logging.getLogger(__name__)

T = TypeVar("T")

FILE_NAME = "claude-rasp.db"

DatabaseError = (BaseORMException, sqlite3.Error)
"""Whatever the database raises; Tortoise translates some of the engine's errors only."""

StorageErrors = (OperationalError, TransactionManagementError)
"""What a disk that is full, broken or read-only raises, among the database's errors."""

FileIdentity = tuple[int, int]
"""Device and inode."""


class Database:
    """One SQLite file in a data folder that this process alone serves.

    A unit of work is one transaction in a task of its own. Whoever waits for it may be cancelled
    (Sanic cancels a handler when its client leaves); the unit still ends, with a commit or a
    rollback, and gives the connection back. Nothing slow may be awaited in one: no network, no
    hashing, no file.
    """

    def __init__(self, folder: Path, migrations: Path) -> None:
        self.folder = DataFolder(folder)
        self.path = folder / FILE_NAME
        self._migrations = migrations
        self._units: set[asyncio.Task[object]] = set()
        self._context: Context | None = None
        self._opened: FileIdentity | None = None

    async def open(self) -> None:
        """Take the data folder, migrate, connect. Raises StartError with what to do."""
        self.folder.hold()
        await migrate(self.path, self._migrations)
        # Handlers run in contexts that were made before this one: they need the global fallback.
        await Tortoise.init(config=tortoise_config(self.path), _enable_global_fallback=True)
        self._context = copy_context()
        self._opened = _identity(self.path)
        await self.check()

    @contextmanager
    def starting(self) -> Iterator[None]:
        """What the database cannot do while the server starts is a StartError with what to do."""
        try:
            yield
        except DatabaseError as error:
            raise StartError(
                f"The database {self.path} cannot be used ({error}). Restore a backup, or move it "
                "away to begin anew."
            ) from error

    async def close(self) -> None:
        """End after the running units; then give the data folder back."""
        if self._units:
            await asyncio.wait(self._units)
        await Tortoise.close_connections()
        self._context = None
        self.folder.release()

    async def check(self) -> None:
        """Ask the database something trivial; raises what it raises."""
        await get_connection("default").execute_query("SELECT 1")
        self._require_file()

    async def write(
        self, work: Callable[[], Awaitable[T]], then: Callable[[T], object] | None = None
    ) -> T:
        """Run `work` in one transaction and return its result once that is committed.

        `then` is called with the result at once after the commit, also when the caller has gone.
        If `work` raises, everything is rolled back and the error comes here.
        """
        if self._context is None:
            raise RuntimeError("The database is not open.")
        # A clean context: a unit that begins within another must not join its transaction.
        task = asyncio.get_running_loop().create_task(
            self._unit(work, then), context=self._context.copy()
        )
        self._units.add(task)
        task.add_done_callback(self._ended)
        return await asyncio.shield(task)

    async def _unit(
        self, work: Callable[[], Awaitable[T]], then: Callable[[T], object] | None
    ) -> T:
        async with in_transaction():
            result = await work()
            self._require_file()
        if then is not None:
            then(result)
        return result

    def _require_file(self) -> None:
        """Raise OperationalError if what is written would be lost: its file is not there any more.

        SQLite itself goes on writing to a file that was deleted, moved or replaced.
        """
        if _identity(self.path) != self._opened:
            raise OperationalError(f"{self.path} is no longer the file that was opened")

    def _ended(self, task: asyncio.Task[object]) -> None:
        """See the failure of a unit whose caller has gone; a waiting caller sees it as well."""
        self._units.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.debug("unit of work failed", exc_info=error)


def _identity(path: Path) -> FileIdentity | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino
