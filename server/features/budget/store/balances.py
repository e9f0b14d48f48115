"""What each scope has spent and holds in each period. The entries are the truth behind it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from server.features.budget.periods import date_of, periods_of
from server.features.budget.scopes import ScopeKey
from server.store import Found, Statement, trip

_ONE: Final = "(scope = ? AND scope_id = ? AND period = ? AND start = ?)"

_COLUMNS: Final = (
    "id, purse, scope, scope_id, period, start, spent_nano_eur, held_nano_eur, extra_nano_eur"
)

_ADD: Final = f"""
INSERT INTO balance (purse, scope, scope_id, period, start,
    spent_nano_eur, held_nano_eur, extra_nano_eur)
VALUES (?, ?, ?, ?, ?, ?, ?, 0)
RETURNING {_COLUMNS}
"""  # noqa: S608 - the columns are this file's

_TAKE: Final = """
UPDATE balance SET held_nano_eur = held_nano_eur + ?
WHERE id IN ({ids})
AND coalesce(spent_nano_eur + held_nano_eur + ? <= CASE id {ceilings} END, TRUE)
"""

_ADD_TO: Final = """
UPDATE balance SET spent_nano_eur = spent_nano_eur + ?, held_nano_eur = held_nano_eur + ?
"""

_SPENT: Final = """
SELECT coalesce(sum(amount_nano_eur), 0) AS amount FROM ledger_entry
WHERE kind IN ('post', 'correction') AND """

_HELD: Final = """
SELECT coalesce(sum(amount_nano_eur), 0) AS amount FROM ledger_entry
WHERE kind = 'hold'
AND NOT EXISTS (SELECT 1 FROM ledger_entry c WHERE c.closes = ledger_entry.seq) AND """


@dataclass(frozen=True, slots=True)
class Balance:
    """One row: amounts in nano-euros."""

    id: int
    key: ScopeKey
    spent_nano_eur: int
    held_nano_eur: int
    extra_nano_eur: int


def reading(keys: Sequence[ScopeKey]) -> Statement:
    """Return what reads the rows there are of these keys, which are of one purse."""
    where, values = _which(keys)
    return f"SELECT {_COLUMNS} FROM balance WHERE {where}", values  # noqa: S608 - no value is in it


def adding(keys: Sequence[ScopeKey], *, spent: int, held: int) -> Statement:
    """Return what adds to spent and held (takes off, if negative), and reads the rows after it."""
    where, values = _which(keys)
    return f"{_ADD_TO} WHERE {where} RETURNING {_COLUMNS}", [spent, held, *values]


def rows_of(found: Found) -> dict[ScopeKey, Balance]:
    """Return what was read, by its keys."""
    rows = {}
    for row in found.rows:
        key = ScopeKey(row["purse"], row["scope"], row["scope_id"], row["period"], row["start"])
        rows[key] = Balance(
            row["id"], key, row["spent_nano_eur"], row["held_nano_eur"], row["extra_nano_eur"]
        )
    return rows


async def complete(keys: Sequence[ScopeKey], rows: dict[ScopeKey, Balance]) -> None:
    """Put in the rows that are missing, added up from the entries as they are now."""
    for key in keys:
        if key not in rows:
            rows[key] = await _add(key)


async def read(keys: Sequence[ScopeKey]) -> dict[ScopeKey, Balance]:
    """Return the rows there are of these keys, which are of one purse."""
    (found,) = await trip(reading(keys))
    return rows_of(found)


async def take(rows: Sequence[Balance], amount: int, ceilings: Mapping[ScopeKey, int]) -> bool:
    """Hold an amount in all these rows, if it fits below the ceiling of each that has one.

    False: it did not fit in one of them, and the unit of work must be rolled back.
    """
    ids = [row.id for row in rows]
    values = [value for row in rows for value in (row.id, ceilings.get(row.key))]
    sql = _TAKE.format(
        ids=", ".join("?" for _ in rows), ceilings=" ".join("WHEN ? THEN ?" for _ in rows)
    )
    (found,) = await trip((sql, [amount, *ids, amount, *values]))
    return found.changed == len(rows)


async def add_extra(key: ScopeKey, amount: int) -> Balance:
    """Grant an amount on top of the limit, in this period only."""
    rows = await read([key])
    await complete([key], rows)
    sql = "UPDATE balance SET extra_nano_eur = extra_nano_eur + ? WHERE id = ?"
    await trip((sql, [amount, rows[key].id]))
    return (await read([key]))[key]


async def sums(key: ScopeKey) -> tuple[int, int]:
    """Add up from the entries what is spent and held under a key."""
    where, values = _entries_of(key)
    spent, held = await trip((_SPENT + where, values), (_HELD + where, values))
    return spent.rows[0]["amount"], held.rows[0]["amount"]


async def _add(key: ScopeKey) -> Balance:
    spent, held = await sums(key)
    (found,) = await trip((_ADD, [*key, spent, held]))
    return rows_of(found)[key]


def _which(keys: Sequence[ScopeKey]) -> tuple[str, list[Any]]:
    """Return the condition for these keys, and its values."""
    any_of = " OR ".join(_ONE for _ in keys)
    return f"purse = ? AND ({any_of})", [keys[0].purse, *(part for key in keys for part in key[1:])]


def _entries_of(key: ScopeKey) -> tuple[str, list[Any]]:
    """Return the condition for the entries that count under a key, by an index, and its values."""
    where = "purse = ?"
    values: list[Any] = [key.purse]
    if key.scope == "user":
        where, values = f"{where} AND user_id = ?", [*values, key.scope_id]
    match key.period:
        case "day":
            return f"{where} AND month = ? AND day = ?", [*values, key.start // 100, key.start]
        case "month":
            return f"{where} AND month = ?", [*values, key.start]
        case "week":
            sunday = periods_of(date_of(key.start) + timedelta(days=6))
            return (
                f"{where} AND month BETWEEN ? AND ? AND day BETWEEN ? AND ?",
                [*values, key.start // 100, sunday.month, key.start, sunday.day],
            )
        case "total":
            return where, values
