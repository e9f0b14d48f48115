"""The queries of prices and rates that administrators set."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from schema.tables.budget import PriceRow, RateRow


async def prices() -> list[PriceRow]:
    """Return every price that was set, oldest first."""
    return await PriceRow.all().order_by("id")


async def rates() -> list[RateRow]:
    """Return every rate that was set, oldest first."""
    return await RateRow.all().order_by("id")


async def add_price(model: str, entry: Mapping[str, Any], at: datetime, by: UUID) -> None:
    """Keep a price that counts after `at`, in the caller's unit of work."""
    source = str(entry["source"])
    await PriceRow.create(model=model, price=dict(entry), source=source, at=at, set_by=by)


async def add_rate(row: RateRow) -> None:
    """Keep a rate that counts after its `at`, in the caller's unit of work."""
    await row.save(force_create=True)
