"""Bringing a database to the shape this program knows, without losing a row.

What is due is found with one query, so that a start with nothing to do never imports aerich. SQLite
commits a script statement by statement, so a migration could be cut in half; therefore it is done
on a draft beside the database, which then takes its place in one step. If a migration fails, or
leaves a reference to nothing, or the power goes, the database is as it was.
"""

import asyncio
import logging
import os
import sqlite3
from contextlib import closing
from contextvars import Context
from pathlib import Path

from server.core.errors import StartError

from .config import APP, tortoise_config

log = logging.getLogger(__name__)


async def migrate(path: Path, migrations: Path) -> None:
    """Apply every migration of `migrations` that the database at `path` has not had.

    What was there before stays beside it, under the name of the first migration applied. Raises
    StartError if the database is newer than this program, is not one of ours, or could not be
    migrated; it is then as it was before.
    """
    known = sorted((file.name for file in (migrations / APP).glob("[0-9]*_*.py")), key=_number)
    applied = await asyncio.to_thread(_applied, path)
    if newer := applied - set(known):
        raise StartError(
            f"The database {path} was written by a newer claude-rasp (it has {min(newer)}). "
            "Update this program; nothing was changed."
        )
    due = [name for name in known if name not in applied]
    if not due:
        return
    draft = path.with_name(f"{path.stem}-migrating.db")
    earlier = path.with_name(f"{path.stem}-before-{Path(due[0]).stem}.db") if applied else None
    try:
        await asyncio.to_thread(_begin, draft, path if applied else None)
        # In a context of its own, so that Tortoise meets nothing there of an earlier database.
        await asyncio.create_task(_apply(draft, migrations), context=Context())
        await asyncio.to_thread(_check, draft)
        await asyncio.to_thread(_take_place, draft, path, earlier)
    except _migration_errors() as error:
        await asyncio.to_thread(_remove, draft)
        raise StartError(
            f"The database {path} could not be migrated ({error}). It is as it was before; please "
            "report this, with the log."
        ) from error
    log.info("migrated", extra={"applied": due, "copy": str(earlier) if earlier else None})


def _number(name: str) -> int:
    return int(name.split("_", 1)[0])


def _migration_errors() -> tuple[type[Exception], ...]:
    from tortoise.exceptions import BaseORMException  # noqa: PLC0415 - known by now

    return (BaseORMException, sqlite3.Error, OSError)


def _applied(path: Path) -> set[str]:
    """Return the names of the migrations the database has had; none if it does not exist."""
    if not path.exists() or path.stat().st_size == 0:
        return set()
    try:
        with closing(sqlite3.connect(path)) as connection:
            tables = {row[0] for row in connection.execute("SELECT name FROM sqlite_master")}
            if not tables:
                return set()
            if "aerich" not in tables:
                raise StartError(f"{path} is not a database of claude-rasp. Move it away first.")
            rows = connection.execute("SELECT version FROM aerich WHERE app = ?", (APP,))
            return {row[0] for row in rows}
    except sqlite3.Error as error:
        raise StartError(
            f"The database {path} cannot be read ({error}). Restore a backup, or move it away to "
            "begin anew."
        ) from error


def _begin(draft: Path, source: Path | None) -> None:
    """Make the draft from what is there, if anything is."""
    _remove(draft)  # one that a power cut left behind
    if source is not None:
        with closing(sqlite3.connect(source)) as connection:
            connection.execute("VACUUM INTO ?", (str(draft),))


def _remove(path: Path) -> None:
    for suffix in ("", "-wal", "-shm"):
        Path(f"{path}{suffix}").unlink(missing_ok=True)


async def _apply(path: Path, migrations: Path) -> None:
    from aerich import Command  # noqa: PLC0415 - slow to import, and needed once a release

    config = tortoise_config(path, foreign_keys=False, aerich=True)
    async with Command(config, app=APP, location=str(migrations)) as command:
        await command.upgrade(run_in_transaction=True)


def _check(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        broken = connection.execute("PRAGMA foreign_key_check").fetchall()
        if broken:
            raise sqlite3.IntegrityError(f"{len(broken)} rows point to nothing")


def _take_place(draft: Path, path: Path, earlier: Path | None) -> None:
    """Put the draft in the database's place; what was there goes on under its other name."""
    _gather(draft)
    if earlier is not None:
        _gather(path)
        earlier.unlink(missing_ok=True)
        earlier.hardlink_to(path)
    for suffix in ("-wal", "-shm"):  # empty by now; they must not meet the other file
        Path(f"{path}{suffix}").unlink(missing_ok=True)
    draft.replace(path)
    _sync(path.parent)


def _gather(path: Path) -> None:
    """Have everything of a database in its one file, on the disk."""
    with closing(sqlite3.connect(path)) as connection:
        busy = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
    if busy:
        raise sqlite3.OperationalError("another program has it open")
    _sync(path)


def _sync(path: Path) -> None:
    file = os.open(path, os.O_RDONLY)
    try:
        os.fsync(file)
    finally:
        os.close(file)
