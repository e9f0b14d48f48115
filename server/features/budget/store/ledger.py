"""The entries of the ledger, where it stands, and the sums by day that are kept beside it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal
from uuid import UUID

from server.features.budget.scopes import Purse
from server.store import Found, Statement, trip

EntryKind = Literal["hold", "post", "void", "correction"]
Value = str | int | None
"""A column as it lies in the database."""

STATE_ROW: Final = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One line; the fields are the columns of `LedgerEntryRow`, in their order."""

    seq: int
    kind: EntryKind
    closes: int | None = None
    corrects: int | None = None
    purse: Purse
    user_id: UUID
    turn_id: UUID | None
    conversation_id: UUID | None
    model: str
    at: datetime
    day: int
    week: int
    month: int
    amount_nano_eur: int
    cost_pico_usd: int = 0
    usd_per_eur_micro: int
    input_tokens: int = 0
    output_tokens: int = 0
    cache_read_tokens: int = 0
    cache_write_tokens: int = 0
    web_searches: int = 0
    cache_saved_nano_eur: int = 0
    estimated: bool = False
    reason: str
    chain: str = ""


CHAINED_COLUMNS: Final = tuple(name for name in Entry.__dataclass_fields__ if name != "chain")
"""The columns that the chain is made of, in its order."""

_COLUMNS: Final = ", ".join(Entry.__dataclass_fields__)

_ADD: Final = f"""
INSERT INTO ledger_entry ({_COLUMNS})
VALUES ({", ".join("?" for _ in Entry.__dataclass_fields__)})
"""  # noqa: S608 - the columns are this file's

_FIND: Final = f"SELECT {_COLUMNS} FROM ledger_entry WHERE "  # noqa: S608 - the same

_SUMMED: Final = (
    "requests",
    "input_tokens",
    "output_tokens",
    "cache_read_tokens",
    "cache_write_tokens",
    "web_searches",
    "cost_nano_eur",
    "estimated_nano_eur",
    "cache_saved_nano_eur",
)

_COUNT: Final = f"""
INSERT INTO usage_day (purse, day, user_id, model, {", ".join(_SUMMED)})
VALUES (?, ?, ?, ?, {", ".join("?" for _ in _SUMMED)})
ON CONFLICT (purse, day, user_id, model) DO UPDATE SET
{", ".join(f"{name} = usage_day.{name} + excluded.{name}" for name in _SUMMED)}
"""  # noqa: S608 - the same

_MOVE: Final = """
UPDATE ledger_state SET last_seq = ?, last_at = ?, chain = ? WHERE id = ? AND last_seq = ?
"""

_NEWEST: Final = """
SELECT model, output_tokens FROM ledger_entry
WHERE kind = 'post' AND reason = 'whole' ORDER BY seq DESC LIMIT ?
"""


@dataclass(frozen=True, slots=True)
class State:
    """Where the ledger stands: its newest entry."""

    last_seq: int
    last_at: datetime | None
    chain: str


async def open_state() -> None:
    """Have the row that says where the ledger stands; a missing one is read off the entries."""
    sql = (
        "INSERT OR IGNORE INTO ledger_state "
        "(id, last_seq, last_at, chain, tripped, trip_reason) "
        # One maximum to a query: two in one would read all entries.
        "SELECT ?, coalesce((SELECT max(seq) FROM ledger_entry), 0), "
        "(SELECT max(at) FROM ledger_entry), coalesce("
        "(SELECT chain FROM ledger_entry ORDER BY seq DESC LIMIT 1), ''), '', ''"
    )
    await trip((sql, [STATE_ROW]))


STATE: Final[Statement] = (
    "SELECT last_seq, last_at, chain FROM ledger_state WHERE id = ?",
    [STATE_ROW],
)
"""What reads where the ledger stands."""


def state_of(found: Found) -> State:
    """Return where the ledger stands. Raises LookupError if nobody knows."""
    if not found.rows:
        raise LookupError("The row that says where the ledger stands is gone.")
    last_seq, last_at, chain = found.rows[0]
    return State(last_seq, None if last_at is None else datetime.fromisoformat(last_at), chain)


async def state() -> State:
    """Return where the ledger stands. Raises LookupError if nobody knows."""
    (found,) = await trip(STATE)
    return state_of(found)


def adding(entry: Entry) -> tuple[Statement, Statement]:
    """Return what adds the entry that comes next, and what says that the ledger stands there."""
    return (
        (_ADD, [*chained_values(entry), entry.chain]),
        (_MOVE, [entry.seq, _moment(entry.at), entry.chain, STATE_ROW, entry.seq - 1]),
    )


async def add(entry: Entry, *more: Statement) -> list[Found]:
    """Add the entry that comes next, then do more; return what that found.

    Raises IntegrityError if its hold is closed already, LookupError if another entry is next.
    """
    _, moved, *found = await trip(*adding(entry), *more)
    if moved.changed != 1:
        raise LookupError(f"The ledger does not stand at entry {entry.seq - 1}.")
    return found


async def entry(seq: int) -> Entry | None:
    """Return an entry by its number, or None."""
    return await _one("seq = ?", seq)


async def closing(hold: int) -> Entry | None:
    """Return the post or void that closed a hold, or None."""
    return await _one("closes = ?", hold)


async def is_corrected(seq: int) -> bool:
    """Whether an entry has been corrected before."""
    return await _one("corrects = ?", seq) is not None


async def chain_of(seq: int) -> str | None:
    """Return the chain of an entry, None if it is not there."""
    found = await entry(seq)
    return None if found is None else found.chain


def counting(entry: Entry, *, requests: int, estimated_nano_eur: int) -> Statement:
    """Return what adds an entry to the sums of its day, person and model."""
    sums = [
        requests,
        entry.input_tokens,
        entry.output_tokens,
        entry.cache_read_tokens,
        entry.cache_write_tokens,
        entry.web_searches,
        entry.amount_nano_eur,
        estimated_nano_eur,
        entry.cache_saved_nano_eur,
    ]
    return _COUNT, [entry.purse, entry.day, str(entry.user_id), entry.model, *sums]


async def newest_answers(limit: int) -> Sequence[tuple[str, int]]:
    """Return model and output tokens of the newest whole answers, newest first."""
    (found,) = await trip((_NEWEST, [limit]))
    return [(row["model"], row["output_tokens"]) for row in found.rows]


def chained_values(entry: Entry) -> list[Value]:
    """Return what lies in `CHAINED_COLUMNS` of an entry, exactly as the database keeps it."""
    return [_value(getattr(entry, name)) for name in CHAINED_COLUMNS]


async def _one(where: str, value: int) -> Entry | None:
    (found,) = await trip((f"{_FIND}{where} LIMIT 1", [value]))
    return _entry(dict(found.rows[0])) if found.rows else None


def _entry(row: Mapping[str, Any]) -> Entry:
    turn, conversation = row["turn_id"], row["conversation_id"]
    return Entry(
        **{
            **row,
            "user_id": UUID(row["user_id"]),
            "turn_id": None if turn is None else UUID(turn),
            "conversation_id": None if conversation is None else UUID(conversation),
            "at": datetime.fromisoformat(row["at"]),
            "estimated": bool(row["estimated"]),
        }
    )


def _value(value: UUID | datetime | str | int | None) -> Value:
    match value:
        case UUID():
            return str(value)
        case datetime():
            return _moment(value)
        case bool():
            return int(value)
        case _:
            return value


def _moment(at: datetime) -> str:
    """Return a moment as Tortoise writes it."""
    return at.isoformat(" ")
