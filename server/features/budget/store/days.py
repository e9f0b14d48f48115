"""The sums by day that reports are made of, held against the entries they were added up from."""

import sqlite3
from typing import Final, NamedTuple

from server.store import trip

_COLUMNS: Final = (
    "purse, day, user_id, model, requests, input_tokens, output_tokens, cache_read_tokens, "
    "cache_write_tokens, web_searches, cost_nano_eur, estimated_nano_eur, cache_saved_nano_eur"
)

_ADDED_UP: Final = """
SELECT e.purse, e.day, e.user_id, e.model, sum(e.kind = 'post'), sum(e.input_tokens),
    sum(e.output_tokens), sum(e.cache_read_tokens), sum(e.cache_write_tokens),
    sum(e.web_searches), sum(e.amount_nano_eur),
    sum(CASE WHEN e.estimated
        AND NOT EXISTS (SELECT 1 FROM ledger_entry c WHERE c.corrects = e.seq)
        THEN e.amount_nano_eur ELSE 0 END),
    sum(e.cache_saved_nano_eur)
FROM ledger_entry e WHERE e.kind IN ('post', 'correction') {where}
GROUP BY e.purse, e.day, e.user_id, e.model
"""

_ONE: Final = "AND e.purse = ? AND e.user_id = ? AND e.month = ? AND e.day = ? AND e.model = ?"


class DayKey(NamedTuple):
    """One sum: what a person used of a model on a day."""

    purse: str
    day: int
    user_id: str
    model: str


def wrong_days(connection: sqlite3.Connection) -> list[DayKey]:
    """Return the sums that are not what the entries add up to, those that are missing included."""
    connection.execute("BEGIN")  # both reads see the same moment
    try:
        added_up = set(connection.execute(_ADDED_UP.format(where="")))
        kept = set(connection.execute(f"SELECT {_COLUMNS} FROM usage_day"))  # noqa: S608 - this file's
    finally:
        connection.execute("COMMIT")
    return sorted({DayKey(*row[:4]) for row in added_up ^ kept})


async def count_again(key: DayKey) -> None:
    """Add one sum up from the entries as they are now, in the caller's unit of work."""
    purse, day, user, model = key
    removed = "DELETE FROM usage_day WHERE purse = ? AND day = ? AND user_id = ? AND model = ?"
    added = f"INSERT INTO usage_day ({_COLUMNS}) {_ADDED_UP.format(where=_ONE)}"
    await trip((removed, [*key]), (added, [purse, user, day // 100, day, model]))
