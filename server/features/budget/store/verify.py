"""Reading the ledger to see whether it is whole.

What reads much does so in a thread, over a read-only connection of its own, a little at a time.
"""

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from tortoise.connection import get_connection

from schema.tables.budget import BalanceRow, LedgerEntryRow
from server.features.budget.meter_file import Base, MeterLine
from server.features.budget.recovery import Known
from server.features.budget.scopes import INSTANCE_ID, ScopeKey

from . import balances, ledger
from .ledger import CHAINED_COLUMNS, Entry, Value

BUSY_SECONDS: Final = 5.0

COUNTED_KINDS: Final = ("post", "correction")
"""Entries whose amounts are spent."""

_STANDING: Final = """
SELECT coalesce((SELECT last_seq FROM ledger_state WHERE id = 1), 0) AS state_seq,
    coalesce((SELECT chain FROM ledger_state WHERE id = 1), '') AS state_chain,
    coalesce((SELECT max(seq) FROM ledger_entry), 0) AS last_seq,
    coalesce((SELECT chain FROM ledger_entry ORDER BY seq DESC LIMIT 1), '') AS last_chain,
    (SELECT count(*) FROM ledger_entry) AS entries
"""

_NEXT: Final = f"""
SELECT {", ".join(CHAINED_COLUMNS)}, chain FROM ledger_entry WHERE seq > ? ORDER BY seq LIMIT ?
"""  # noqa: S608 - the columns are the ledger's

_LEAKED: Final = """
SELECT e.seq FROM ledger_entry e WHERE e.kind = 'hold'
AND NOT EXISTS (SELECT 1 FROM ledger_entry c WHERE c.closes = e.seq)
AND NOT EXISTS (SELECT 1 FROM pending_hold p WHERE p.seq = e.seq)
"""

_SUMS: Final = """
SELECT e.purse, e.user_id, e.day, e.week, e.month,
    sum(CASE WHEN e.kind IN ('post', 'correction') THEN e.amount_nano_eur ELSE 0 END) AS spent,
    sum(CASE WHEN e.kind = 'hold' AND c.seq IS NULL THEN e.amount_nano_eur ELSE 0 END) AS held
FROM ledger_entry e LEFT JOIN ledger_entry c ON e.kind = 'hold' AND c.closes = e.seq
WHERE e.purse IN ('real', 'simulated') AND e.month >= ?
GROUP BY e.purse, e.user_id, e.day, e.week, e.month
"""


@dataclass(frozen=True, slots=True)
class Standing:
    """Where the ledger says it stands, and where its entries do."""

    state_seq: int
    state_chain: str
    last_seq: int
    last_chain: str
    entries: int


def connect(path: Path) -> sqlite3.Connection:
    """Open the database for reading only, for use in one thread."""
    return sqlite3.connect(
        f"file:{quote(str(path))}?mode=ro", uri=True, timeout=BUSY_SECONDS, isolation_level=None
    )


def standing(connection: sqlite3.Connection) -> Standing:
    """Return where the ledger stands, all of it at one moment."""
    return Standing(*connection.execute(_STANDING).fetchone())


def entries_after(
    connection: sqlite3.Connection, seq: int, limit: int
) -> list[tuple[list[Value], str]]:
    """Return the next entries, in their order: what the chain is made of, and the chain."""
    rows = connection.execute(_NEXT, (seq, limit))
    return [([*row[:-1]], row[-1]) for row in rows]


def any_hold_leaked(connection: sqlite3.Connection) -> bool:
    """Whether a hold is neither closed nor still being settled."""
    return connection.execute(f"{_LEAKED} LIMIT 1").fetchone() is not None


def wrong_balances(connection: sqlite3.Connection, first_month: int) -> list[ScopeKey]:
    """Return the balances from a month on (0: all of them) that are not what the entries add up to.

    Totals, and days and weeks that began before, are looked at only where that is all.
    """
    connection.execute("BEGIN")  # both reads see the same moment
    try:
        sums = _sums(connection, first_month)
        rows = connection.execute(
            "SELECT purse, scope, scope_id, period, start, spent_nano_eur, held_nano_eur "
            "FROM balance"
        ).fetchall()
    finally:
        connection.execute("COMMIT")
    found = {ScopeKey(*row[:5]): (row[5], row[6]) for row in rows}
    return [
        key
        for key, amounts in found.items()
        if _counted(key, first_month) and amounts != sums.get(key, (0, 0))
    ]


def _sums(connection: sqlite3.Connection, first_month: int) -> dict[ScopeKey, tuple[int, int]]:
    sums: dict[ScopeKey, tuple[int, int]] = {}
    for purse, user, day, week, month, spent, held in connection.execute(_SUMS, (first_month,)):
        for key in _keys(purse, user, {"day": day, "week": week, "month": month, "total": 0}):
            before = sums.get(key, (0, 0))
            sums[key] = (before[0] + spent, before[1] + held)
    return sums


def _keys(purse: Any, user: str, starts: dict[Any, int]) -> Iterator[ScopeKey]:  # noqa: ANN401 - a row's
    for period, start in starts.items():
        yield ScopeKey(purse, "instance", INSTANCE_ID, period, start)
        yield ScopeKey(purse, "user", user, period, start)


def _counted(key: ScopeKey, first_month: int) -> bool:
    if key.period == "month":
        return key.start >= first_month
    if key.period == "total":
        return first_month == 0
    return key.start // 100 >= first_month


async def last_seq() -> int:
    """Return the number of the newest entry, 0 if there is none."""
    rows = await _rows("SELECT coalesce(max(seq), 0) AS seq FROM ledger_entry")
    newest: int = rows[0]["seq"]
    return newest


async def count() -> int:
    """Return how many entries there are."""
    return await LedgerEntryRow.all().count()


async def known(first_seq: int) -> Known:
    """Return what the ledger has of what concerns the entries from `first_seq` on."""
    entries = await LedgerEntryRow.filter(seq__gte=first_seq).values_list(
        "seq", "chain", "kind", "amount_nano_eur"
    )
    chains = {seq: chain for seq, chain, _, _ in entries}
    amounts = {seq: amount for seq, _, kind, amount in entries if kind in COUNTED_KINDS}
    closed = await _rows("SELECT closes AS seq FROM ledger_entry WHERE closes >= ?", first_seq)
    pending = await _rows("SELECT seq FROM pending_hold WHERE seq >= ?", first_seq)
    return Known(chains, _numbers(closed), _numbers(pending), amounts)


async def leaked_holds() -> list[Entry]:
    """Return the holds that are neither closed nor still being settled."""
    found = [await ledger.entry(row["seq"]) for row in await _rows(_LEAKED)]
    return [entry for entry in found if entry is not None]


async def newest_lines(limit: int) -> tuple[Base, list[MeterLine]]:
    """Return the newest entries as the meter keeps them, and where they begin."""
    rows = (await LedgerEntryRow.all().order_by("-seq").limit(limit + 1))[::-1]
    if len(rows) <= limit:
        return Base(0, ""), [_line(row) for row in rows]
    return Base(rows[0].seq, rows[0].chain), [_line(row) for row in rows[1:]]


async def set_right(key: ScopeKey) -> dict[str, int] | None:
    """Add a balance up from the entries, in the caller's unit.

    Return what it was and is; None if it was right, or is not there.
    """
    before = (await balances.read([key])).get(key)
    spent, held = await balances.sums(key)
    if before is None or (before.spent_nano_eur, before.held_nano_eur) == (spent, held):
        return None
    await BalanceRow.filter(id=before.id).update(spent_nano_eur=spent, held_nano_eur=held)
    return {
        "spent_before_nano_eur": before.spent_nano_eur,
        "spent_nano_eur": spent,
        "held_before_nano_eur": before.held_nano_eur,
        "held_nano_eur": held,
    }


async def _rows(query: str, *values: int) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = await get_connection("default").execute_query_dict(
        query, list(values)
    )
    return rows


def _numbers(rows: list[dict[str, Any]]) -> frozenset[int]:
    return frozenset(row["seq"] for row in rows)


def _line(row: LedgerEntryRow) -> MeterLine:
    return MeterLine(
        seq=row.seq,
        chain=row.chain,
        kind=row.kind,
        purse=row.purse,
        user=row.user_id,
        day=row.day,
        month=row.month,
        nano_eur=row.amount_nano_eur,
        closes=row.closes,
    )
