"""What each scope has spent and holds in each period. The entries are the truth behind it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from tortoise.connection import get_connection

from server.features.budget.periods import date_of, periods_of
from server.features.budget.scopes import ScopeKey

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


async def read(keys: Sequence[ScopeKey]) -> dict[ScopeKey, Balance]:
    """Return the rows there are of these keys, which are of one purse."""
    where, values = _which(keys)
    rows = await get_connection("default").execute_query_dict(
        f"SELECT {_COLUMNS} FROM balance WHERE {where}",  # noqa: S608 - no value is in it
        values,
    )
    return _by_key(rows)


async def ready(keys: Sequence[ScopeKey]) -> dict[ScopeKey, Balance]:
    """Return a row for each key; one that is missing is added up from the entries."""
    found = await read(keys)
    for key in keys:
        if key not in found:
            found.update(await _add(key))
    return found


async def take(rows: Sequence[Balance], amount: int, ceilings: Mapping[ScopeKey, int]) -> bool:
    """Hold an amount in all these rows, if it fits below the ceiling of each that has one.

    False: it did not fit in one of them, and the unit of work must be rolled back.
    """
    ids = [row.id for row in rows]
    values = [value for row in rows for value in (row.id, ceilings.get(row.key))]
    changed, _ = await get_connection("default").execute_query(
        _TAKE.format(
            ids=", ".join("?" for _ in rows), ceilings=" ".join("WHEN ? THEN ?" for _ in rows)
        ),
        [amount, *ids, amount, *values],
    )
    return changed == len(rows)


async def add(keys: Sequence[ScopeKey], *, spent: int, held: int) -> dict[ScopeKey, Balance]:
    """Add to what is spent and held (less, if negative), and return the rows as they are then.

    Called after the entry is written: a row that is missing is added up from the entries.
    """
    where, values = _which(keys)
    _, rows = await get_connection("default").execute_query(
        "UPDATE balance SET spent_nano_eur = spent_nano_eur + ?, held_nano_eur = held_nano_eur + ? "  # noqa: S608 - no value is in it
        f"WHERE {where} RETURNING {_COLUMNS}",
        [spent, held, *values],
    )
    found = _by_key(map(dict, rows))
    for key in keys:
        if key not in found:
            found.update(await _add(key))
    return found


async def add_extra(key: ScopeKey, amount: int) -> Balance:
    """Grant an amount on top of the limit, in this period only."""
    row = (await ready([key]))[key]
    await get_connection("default").execute_query(
        "UPDATE balance SET extra_nano_eur = extra_nano_eur + ? WHERE id = ?", [amount, row.id]
    )
    return (await read([key]))[key]


async def sums(key: ScopeKey) -> tuple[int, int]:
    """Add up from the entries what is spent and held under a key."""
    where, values = _entries_of(key)
    connection = get_connection("default")
    spent = await connection.execute_query_dict(_SPENT + where, values)
    held = await connection.execute_query_dict(_HELD + where, values)
    return spent[0]["amount"], held[0]["amount"]


async def _add(key: ScopeKey) -> dict[ScopeKey, Balance]:
    spent, held = await sums(key)
    _, rows = await get_connection("default").execute_query(_ADD, [*key, spent, held])
    return _by_key(map(dict, rows))


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


def _by_key(rows: Iterable[Mapping[str, Any]]) -> dict[ScopeKey, Balance]:
    found = {}
    for row in rows:
        key = ScopeKey(row["purse"], row["scope"], row["scope_id"], row["period"], row["start"])
        found[key] = Balance(
            row["id"], key, row["spent_nano_eur"], row["held_nano_eur"], row["extra_nano_eur"]
        )
    return found
