"""The one row that says where the ledger stands and whether calls are stopped."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from schema.tables.budget import LedgerEntryRow, LedgerStateRow

ROW = 1


@dataclass(frozen=True, slots=True)
class Stop:
    """Whether calls are stopped: by what ("" is by nothing), why, since when, and by whom."""

    by: str = ""
    reason: str = ""
    at: datetime | None = None
    user: UUID | None = None


async def read() -> LedgerStateRow:
    """Return the row; a new instance is given one, in the caller's unit of work.

    One that somebody deleted comes back empty: it is not where the entries are, which is noticed.
    """
    row, _ = await LedgerStateRow.get_or_create(id=ROW)
    return row


async def put_stop(stop: Stop) -> None:
    """Write down whether calls are stopped, in the caller's unit of work."""
    await read()
    await LedgerStateRow.filter(id=ROW).update(
        tripped=stop.by, trip_reason=stop.reason, tripped_at=stop.at, tripped_by=stop.user
    )


async def put_position_of_entries() -> None:
    """Have the ledger stand at its newest entry, in the caller's unit; its time never goes back."""
    newest = await LedgerEntryRow.all().order_by("-seq").first()
    row = await read()
    row.last_seq, row.chain = (newest.seq, newest.chain) if newest else (0, "")
    if newest is not None:
        row.last_at = max(newest.at, row.last_at or newest.at)
    await row.save(update_fields=["last_seq", "chain", "last_at"])


def stop_of(row: LedgerStateRow) -> Stop:
    """Return what the row says of a stop."""
    return Stop(row.tripped, row.trip_reason, row.tripped_at, row.tripped_by)
