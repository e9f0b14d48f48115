"""The one row that says where the ledger stands and whether calls are stopped."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from schema.tables.budget import LedgerStateRow

ROW = 1


@dataclass(frozen=True, slots=True)
class Stop:
    """Whether calls are stopped: by what ("" is by nothing), why, since when, and by whom."""

    by: str = ""
    reason: str = ""
    at: datetime | None = None
    user: UUID | None = None


async def read() -> LedgerStateRow:
    """Return the row; a new instance is given one, in the caller's unit of work."""
    row, _ = await LedgerStateRow.get_or_create(id=ROW)
    return row


async def put_stop(stop: Stop) -> None:
    """Write down whether calls are stopped, in the caller's unit of work."""
    await read()
    await LedgerStateRow.filter(id=ROW).update(
        tripped=stop.by, trip_reason=stop.reason, tripped_at=stop.at, tripped_by=stop.user
    )


async def put_position(last_seq: int, chain: str) -> None:
    """Say where the ledger stands, in the caller's unit of work; its time stays."""
    await LedgerStateRow.filter(id=ROW).update(last_seq=last_seq, chain=chain)


def stop_of(row: LedgerStateRow) -> Stop:
    """Return what the row says of a stop."""
    return Stop(row.tripped, row.trip_reason, row.tripped_at, row.tripped_by)
