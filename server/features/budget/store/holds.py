"""The holds that are neither posted nor voided yet."""

import json
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from server.features.budget.periods import Periods
from server.features.budget.scopes import Purse
from server.store import Found, Statement, trip

_COLUMNS: Final = (
    "seq, purse, user_id, turn_id, conversation_id, model, at, day, week, month, "
    "amount_nano_eur, usd_per_eur_micro, request"
)

_ADD: Final = f"""
INSERT INTO pending_hold ({_COLUMNS}, owner, lease_until)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
"""  # noqa: S608 - the columns are this file's

_TAKE: Final = f"DELETE FROM pending_hold WHERE seq = ? RETURNING {_COLUMNS}"  # noqa: S608 - the same


@dataclass(frozen=True, slots=True, kw_only=True)
class PendingHold:
    """One of them; `request` keeps what its settlement needs."""

    seq: int
    purse: Purse
    user_id: UUID
    turn_id: UUID
    conversation_id: UUID
    model: str
    at: datetime
    periods: Periods
    amount_nano_eur: int
    usd_per_eur_micro: int
    request: Mapping[str, Any]


def adding(hold: PendingHold, owner: str, lease_until: datetime) -> Statement:
    """Return what adds a hold that this process will close."""
    periods = hold.periods
    return _ADD, [
        hold.seq,
        hold.purse,
        str(hold.user_id),
        str(hold.turn_id),
        str(hold.conversation_id),
        hold.model,
        hold.at.isoformat(" "),
        periods.day,
        periods.week,
        periods.month,
        hold.amount_nano_eur,
        hold.usd_per_eur_micro,
        json.dumps(hold.request),
        owner,
        lease_until.isoformat(" "),
    ]


def taking(seq: int) -> Statement:
    """Return what removes a hold that is being closed, and reads it."""
    return _TAKE, [seq]


def hold_of(found: Found) -> PendingHold | None:
    """Return the hold that was removed; None if it is closed already."""
    return _hold(found.rows[0]) if found.rows else None


async def of_turn(turn: UUID) -> Sequence[int]:
    """Return the holds of a turn, oldest first."""
    return await _numbers("turn_id = ?", str(turn))


async def of_others(owner: str) -> Sequence[int]:
    """Return the holds of other processes: on SQLite, of dead ones. Oldest first."""
    return await _numbers("owner <> ?", owner)


async def renew_leases(owner: str, until: datetime) -> None:
    """Say that this process is still there to close its holds."""
    sql = "UPDATE pending_hold SET lease_until = ? WHERE owner = ?"
    await trip((sql, [until.isoformat(" "), owner]))


async def _numbers(where: str, value: str) -> Sequence[int]:
    sql = f"SELECT seq FROM pending_hold WHERE {where} ORDER BY seq"  # noqa: S608 - the same
    (found,) = await trip((sql, [value]))
    return [row["seq"] for row in found.rows]


def _hold(row: sqlite3.Row) -> PendingHold:
    return PendingHold(
        seq=row["seq"],
        purse=row["purse"],
        user_id=UUID(row["user_id"]),
        turn_id=UUID(row["turn_id"]),
        conversation_id=UUID(row["conversation_id"]),
        model=row["model"],
        at=datetime.fromisoformat(row["at"]),
        periods=Periods(row["day"], row["week"], row["month"]),
        amount_nano_eur=row["amount_nano_eur"],
        usd_per_eur_micro=row["usd_per_eur_micro"],
        request=json.loads(row["request"]),
    )
