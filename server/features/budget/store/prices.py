"""The queries of prices and rates that administrators set, and of how long answers usually are."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from schema.tables.budget import LedgerEntryRow, PriceRow, RateRow

LOOKED_AT: Final = 1000
"""Newest entries of the ledger among which answers of a model are looked for: no index has them."""


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


async def newest_outputs(purse: str, model: str) -> list[int]:
    """Return how many tokens the newest answers of a model were, newest first."""
    newest = (
        await LedgerEntryRow.all()
        .order_by("-seq")
        .limit(LOOKED_AT)
        .values_list("kind", "purse", "model", "estimated", "output_tokens")
    )
    return [
        output
        for kind, its_purse, its_model, estimated, output in newest
        if (kind, its_purse, its_model, estimated) == ("post", purse, model, False)
    ]
