"""The holds that are neither posted nor voided yet."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from tortoise.connection import get_connection

from server.features.budget.periods import Periods
from server.features.budget.scopes import Purse

_COLUMNS: Final = (
    "seq, purse, user_id, turn_id, conversation_id, model, at, day, week, month, "
    "amount_nano_eur, usd_per_eur_micro, request"
)


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


async def add(hold: PendingHold, owner: str, lease_until: datetime) -> None:
    """Add a hold that this process will close."""
    periods = hold.periods
    await get_connection("default").execute_query(
        f"INSERT INTO pending_hold ({_COLUMNS}, owner, lease_until) "  # noqa: S608 - the columns are this file's
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [
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
        ],
    )


async def take(seq: int) -> PendingHold | None:
    """Remove a hold that is being closed, and return it; None if it is closed already."""
    _, rows = await get_connection("default").execute_query(
        f"DELETE FROM pending_hold WHERE seq = ? RETURNING {_COLUMNS}",  # noqa: S608 - the same
        [seq],
    )
    return _hold(dict(rows[0])) if rows else None


async def of_turn(turn: UUID) -> Sequence[int]:
    """Return the holds of a turn, oldest first."""
    return await _numbers("turn_id = ?", str(turn))


async def of_others(owner: str) -> Sequence[int]:
    """Return the holds of other processes: on SQLite, of dead ones. Oldest first."""
    return await _numbers("owner <> ?", owner)


async def renew_leases(owner: str, until: datetime) -> None:
    """Say that this process is still there to close its holds."""
    await get_connection("default").execute_query(
        "UPDATE pending_hold SET lease_until = ? WHERE owner = ?", [until.isoformat(" "), owner]
    )


async def _numbers(where: str, value: str) -> Sequence[int]:
    rows = await get_connection("default").execute_query_dict(
        f"SELECT seq FROM pending_hold WHERE {where} ORDER BY seq",  # noqa: S608 - the same
        [value],
    )
    return [row["seq"] for row in rows]


def _hold(row: dict[str, Any]) -> PendingHold:
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
