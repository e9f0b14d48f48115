"""A second process that writes to the database now and then and keeps the write lock a while."""

import random
import select
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Final

HOLD_SECONDS: Final = 0.03
END_SECONDS: Final = 10.0


@contextmanager
def rival(file: Path, chance: random.Random, pause_seconds: float) -> Iterator[Callable[[], int]]:
    """Have it write into a table of its own, with pauses of at most so long in between.

    What is yielded ends it and counts its commits.
    """
    process = subprocess.Popen(
        [sys.executable, __file__, str(file), str(chance.random()), str(pause_seconds)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        yield lambda: int(process.communicate(timeout=END_SECONDS)[0])
    finally:
        process.kill()
        process.communicate()


def main(file: str, seed: str, pause_seconds: str) -> None:
    """Take the lock, write, hold, commit; again after a pause, until standard input ends."""
    chance = random.Random(seed)  # noqa: S311 - it guards no secret
    committed = 0
    with closing(sqlite3.connect(file, timeout=30, isolation_level=None)) as database:
        database.execute("CREATE TABLE rival (number INTEGER PRIMARY KEY)")
        while not told_to_stop(chance.uniform(0, float(pause_seconds))):
            database.execute("BEGIN IMMEDIATE")
            database.execute("INSERT INTO rival VALUES (?)", (committed,))
            told_to_stop(chance.uniform(0, HOLD_SECONDS))
            database.execute("COMMIT")
            committed += 1
    sys.stdout.write(f"{committed}\n")


def told_to_stop(seconds: float) -> bool:
    """Whether the standard input ends within that time."""
    return bool(select.select([sys.stdin], [], [], seconds)[0])


if __name__ == "__main__":
    main(*sys.argv[1:])
