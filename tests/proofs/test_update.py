"""The power goes during an update: the database is the old one or the new one, whole."""

import asyncio
import random
import shutil
import sqlite3
import sys
from contextlib import closing
from pathlib import Path
from typing import Final

import pytest

from server.store.config import APP
from tests.live import ROOT
from tests.people import BOB, MIGRATIONS, furnish

from . import stored

ROUNDS: Final = 6
STEPS: Final = 60
KILL_SECONDS: Final = (0.3, 1.0)
END_SECONDS: Final = 30.0
OURS: Final = len(list((MIGRATIONS / APP).glob("[0-9]*_*.py")))
UPDATE: Final = "91_20270101000000_update.py"
RUN: Final = """
import asyncio, sys
from pathlib import Path
from server.store.migrate import migrate
asyncio.run(migrate(Path(sys.argv[1]), Path(sys.argv[2])))
"""
TABLES: Final = "SELECT name FROM sqlite_master WHERE name LIKE 'step%'"
APPLIED: Final = "SELECT version FROM aerich ORDER BY id"
PEOPLE: Final = 'SELECT username FROM "user"'


@pytest.fixture
def migrations(tmp_path: Path) -> Path:
    """Add to our migrations one of many steps."""
    folder = tmp_path / "migrations"
    shutil.copytree(MIGRATIONS, folder, ignore=shutil.ignore_patterns("__pycache__"))
    state = next((folder / APP).glob("1_*.py")).read_text().partition("MODELS_STATE = ")[2]
    steps = "".join(f"CREATE TABLE step{number} (x);" for number in range(STEPS))
    (folder / APP / UPDATE).write_text(
        f"RUN_IN_TRANSACTION = True\nasync def upgrade(db):\n    return {steps!r}\n"
        f"async def downgrade(db):\n    return ''\nMODELS_STATE = {state}"
    )
    return folder


async def update(database: Path, migrations: Path, kill_after: float | None) -> int:
    """Migrate in a process of its own, killed after so many seconds; return its exit code."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", RUN, str(database), str(migrations), cwd=ROOT
    )
    ending = asyncio.ensure_future(process.wait())
    await asyncio.wait({ending}, timeout=END_SECONDS if kill_after is None else kill_after)
    if process.returncode is None:
        process.kill()
    return await ending


@pytest.mark.asyncio
async def test_an_update_killed_anywhere_is_done_or_not_begun(
    tmp_path: Path, migrations: Path, chance: random.Random
) -> None:
    """Updates are killed at random moments; each time the next start makes it whole."""
    await furnish(tmp_path, BOB)
    original = tmp_path / "claude-rasp.db"
    for number in range(ROUNDS):
        folder = tmp_path / str(number)
        folder.mkdir()
        database = folder / original.name
        shutil.copyfile(original, database)
        await update(database, migrations, chance.uniform(*KILL_SECONDS))
        steps = len(stored.rows(database, TABLES))
        versions = [row["version"] for row in stored.rows(database, APPLIED)]
        assert (steps, versions[OURS:]) in ((0, []), (STEPS, [UPDATE]))
        assert await update(database, migrations, None) == 0
        assert len(stored.rows(database, TABLES)) == STEPS
        assert stored.rows(database, PEOPLE) == [{"username": BOB.username}]
        assert stored.whole(database)
        assert stored.rows(folder / f"claude-rasp-before-{Path(UPDATE).stem}.db", TABLES) == []
        assert [file.name for file in folder.glob("*-migrating*")] == []
        with closing(sqlite3.connect(database)) as connection:
            connection.execute('UPDATE "user" SET theme = ?', ("dark",))  # it takes a write
            connection.commit()
