"""Migrations: rows are never lost, a failure changes nothing, and a newer database is refused."""

import asyncio
import hashlib
import json
import shutil
import sqlite3
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from server.core.errors import StartError
from server.store.config import APP
from server.store.migrate import migrate
from tests.live import ROOT
from tests.people import BOB, MIGRATIONS, furnish

pytestmark = pytest.mark.asyncio

REBUILD = """
    PRAGMA foreign_keys;
    CREATE TABLE "user_new" AS SELECT * FROM "user";
    DROP TABLE "user";
    CREATE TABLE "user" (
        "id" CHAR(36) NOT NULL PRIMARY KEY, "username" TEXT NOT NULL,
        "username_folded" VARCHAR(128) NOT NULL UNIQUE, "password_hash" VARCHAR(255) NOT NULL,
        "password_set_at" TIMESTAMP NOT NULL, "role" VARCHAR(16) NOT NULL,
        "language" VARCHAR(2) NOT NULL, "theme" VARCHAR(8) NOT NULL,
        "created_at" TIMESTAMP NOT NULL, "email" VARCHAR(254)
    );
    INSERT INTO "user" SELECT * FROM "user_new";
    DROP TABLE "user_new";
"""
"""What changing a column's type takes on SQLite."""

BROKEN = 'ALTER TABLE "user" ADD "half" TEXT; CREATE TABLE nonsense ('
START = """
import asyncio, json, sys
from pathlib import Path
from server.store.migrate import migrate
asyncio.run(migrate(Path(sys.argv[1]), Path(sys.argv[2])))
print(json.dumps([name for name in sys.modules if name.startswith("aerich")]))
"""
OURS = len(list((MIGRATIONS / APP).glob("[0-9]*_*.py")))
"""Migrations that a new database has had."""

ORPHANING = 'DELETE FROM "user";'


@pytest.fixture
def migrations(tmp_path: Path) -> Path:
    """Copy ours, to add to them."""
    copy = tmp_path / "migrations"
    shutil.copytree(MIGRATIONS, copy, ignore=shutil.ignore_patterns("__pycache__"))
    return copy


@pytest_asyncio.fixture
async def database(tmp_path: Path) -> Path:
    """Fill a database: Bob has an account, a session and a conversation."""
    await furnish(tmp_path, BOB)
    path = tmp_path / "claude-rasp.db"
    with closing(sqlite3.connect(path)) as connection:
        (bob,) = connection.execute('SELECT id FROM "user"').fetchone()
        at = "2026-11-20 12:00:00+00:00"
        connection.execute(
            "INSERT INTO session VALUES ('s', x'00', 0, '', '', ?, ?, ?, NULL, ?)",
            (at, at, at, bob),
        )
        connection.execute(
            "INSERT INTO conversation (id, title, next_position, last_words, created_at, "
            "updated_at, user_id) VALUES ('c', 'Kept', 1, '', ?, ?, ?)",
            (at, at, bob),
        )
        connection.commit()
    return path


def add(migrations: Path, name: str, sql: str) -> str:
    """Write a migration; the models stay as they are."""
    ours = next((migrations / APP).glob("1_*.py")).read_text()
    state = ours.partition("MODELS_STATE = ")[2]
    (migrations / APP / name).write_text(
        "RUN_IN_TRANSACTION = True\n"
        f"async def upgrade(db):\n    return {sql!r}\n"
        "async def downgrade(db):\n    return ''\n"
        f"MODELS_STATE = {state}"
    )
    return name


def content(path: Path) -> dict[str, list[tuple[Any, ...]]]:
    """Return every row of every table of ours."""
    with closing(sqlite3.connect(path)) as connection:
        names = [
            name
            for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
            if name != "aerich" and not name.startswith("sqlite_")
        ]
        return {name: connection.execute(f'SELECT * FROM "{name}"').fetchall() for name in names}  # noqa: S608 - our own names


def applied(path: Path) -> list[str]:
    """Return the names of the migrations the database has had."""
    with closing(sqlite3.connect(path)) as connection:
        return [name for (name,) in connection.execute("SELECT version FROM aerich ORDER BY id")]


def copies(folder: Path) -> list[Path]:
    """Return the copies made before migrations."""
    return list(folder.glob("*-before-*"))


def digest(path: Path) -> str:
    """Return what changes when the file does."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


async def test_a_new_database_has_every_table(tmp_path: Path) -> None:
    """From nothing, and from a file that is empty."""
    for name in ("new.db", "empty.db"):
        path = tmp_path / name
        if name == "empty.db":
            path.touch()
        await migrate(path, MIGRATIONS)
        assert {"user", "session", "conversation", "message", "turn", "turn_journal"} <= set(
            content(path)
        )
        assert applied(path) == sorted(file.name for file in (MIGRATIONS / APP).glob("[0-9]*_*.py"))
    assert copies(tmp_path) == []


async def test_rebuilding_a_table_keeps_its_rows_and_theirs(
    database: Path, migrations: Path
) -> None:
    """What points to a row that is moved stays: sessions and conversations of every person."""
    before = content(database)
    assert len(before["user"]) == len(before["session"]) == len(before["conversation"]) == 1
    name = add(migrations, "91_20270101000000_rebuild.py", REBUILD)
    await migrate(database, migrations)
    assert content(database) == before
    assert applied(database)[-1] == name
    copy = database.with_name("claude-rasp-before-91_20270101000000_rebuild.db")
    assert content(copy) == before


async def test_migrations_come_in_the_order_of_their_numbers(
    database: Path, migrations: Path
) -> None:
    """A hundred is after ninety-nine."""
    names = [
        add(migrations, f"{n}_2027010100{n:04}_x.py", f"CREATE TABLE t{n} (x);")
        for n in range(95, 106)
    ]
    await migrate(database, migrations)
    assert applied(database)[OURS:] == names
    assert [copy.stem for copy in copies(database.parent)] == [
        f"claude-rasp-before-{names[0].removesuffix('.py')}"
    ]


@pytest.mark.parametrize("sql", [BROKEN, ORPHANING])
async def test_a_migration_that_fails_changes_nothing(
    database: Path, migrations: Path, sql: str
) -> None:
    """Wrong SQL, or rows left pointing to nothing: the database is as it was, and says so."""
    before = content(database)
    add(migrations, "91_20270101000000_fine.py", 'ALTER TABLE "user" ADD "more" TEXT;')
    add(migrations, "92_20270101000000_wrong.py", sql)
    with pytest.raises(StartError, match="as it was before") as refused:
        await migrate(database, migrations)
    assert "\n" not in str(refused.value)
    assert content(database) == before
    assert len(applied(database)) == OURS
    (migrations / APP / "92_20270101000000_wrong.py").unlink()
    await migrate(database, migrations)
    assert len(applied(database)) == OURS + 1


async def test_a_newer_database_is_refused(database: Path, migrations: Path) -> None:
    """In one line that names what it has, and it is not touched."""
    name = add(migrations, "91_20270101000000_newer.py", 'ALTER TABLE "user" ADD "more" TEXT;')
    await migrate(database, migrations)
    before = digest(database)
    with pytest.raises(StartError, match="newer claude-rasp") as refused:
        await migrate(database, MIGRATIONS)
    assert name in str(refused.value)
    assert "\n" not in str(refused.value)
    assert digest(database) == before


async def test_a_database_of_somebody_else_is_refused(tmp_path: Path) -> None:
    """It is not ours to change."""
    path = tmp_path / "other.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE recipes (x)")
    before = digest(path)
    with pytest.raises(StartError, match="not a database of claude-rasp") as refused:
        await migrate(path, MIGRATIONS)
    assert "\n" not in str(refused.value)
    assert digest(path) == before


@pytest.mark.parametrize("beginning", [b"no database at all", b"SQLite format 3\0"])
async def test_a_file_that_is_no_database_is_refused(tmp_path: Path, beginning: bytes) -> None:
    """One line, and the file stays for whoever can read it."""
    path = tmp_path / "broken.db"
    path.write_bytes(beginning + b"x" * 500)
    before = digest(path)
    with pytest.raises(StartError, match="cannot be read") as refused:
        await migrate(path, MIGRATIONS)
    assert "\n" not in str(refused.value)
    assert digest(path) == before


async def test_a_start_with_nothing_to_do_does_nothing(database: Path) -> None:
    """It writes nothing, copies nothing, and never imports what only migrations need."""
    before = digest(database)
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-c", START, str(database), str(MIGRATIONS)),
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
    )
    said, _ = await asyncio.wait_for(process.communicate(), 30)
    assert (process.returncode, json.loads(said)) == (0, [])
    assert digest(database) == before
    assert copies(database.parent) == []
