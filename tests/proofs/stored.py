"""What lies in the database file, read with nothing but SQLite."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

Json = dict[str, Any]


def rows(file: Path, query: str, *values: str) -> list[Json]:
    """Return the rows of a query, with JSON columns read."""
    with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as connection:
        connection.row_factory = sqlite3.Row
        found = [dict(row) for row in connection.execute(query, values)]
    for row in found:
        for name in {"content", "requests", "usage", "problem"} & row.keys():
            row[name] = json.loads(row[name]) if row[name] is not None else None
    return found


def answer_of(file: Path, turn: str) -> Json:
    """Return the one answer of a turn."""
    (answer,) = rows(file, "SELECT * FROM message WHERE turn_id = ?", turn)
    return answer


def whole(file: Path) -> bool:
    """Whether SQLite finds its file intact."""
    with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as connection:
        return connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
