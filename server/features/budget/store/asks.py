"""Requests for more. Those that write are called inside a unit of work."""

from collections.abc import Sequence
from typing import Any, get_args
from uuid import UUID

from tortoise.expressions import Q

from schema.tables.budget import BudgetAskRow
from schema.wire.money import Period
from server.features.budget.periods import Periods
from server.features.budget.scopes import Purse


async def ask_by_id(ask: UUID) -> BudgetAskRow | None:
    """Return a request with its person, whoever's it is, or None."""
    return await BudgetAskRow.get_or_none(id=ask).prefetch_related("user")


async def open_ask_exists(user: UUID, purse: str, period: str, start: int) -> bool:
    """Whether the person waits for an answer in this period already."""
    return await BudgetAskRow.exists(
        user_id=user, purse=purse, period=period, start=start, state="open"
    )


async def add_ask(row: dict[str, Any]) -> None:
    """Insert a request."""
    await BudgetAskRow.create(**row)


async def save_answer(row: BudgetAskRow) -> None:
    """Keep what became of a request."""
    await row.save(update_fields=["state", "granted_nano_eur", "answered_at", "answered_by"])


async def newest_asks(user: UUID | None, limit: int) -> Sequence[BudgetAskRow]:
    """Return the newest requests with their people: of one person, or of everybody (None)."""
    query = BudgetAskRow.all() if user is None else BudgetAskRow.filter(user_id=user)
    return await query.order_by("-created_at", "-id").limit(limit).prefetch_related("user")


async def open_asks(user: UUID | None, purse: Purse, periods: Periods) -> int:
    """Return how many wait for an answer: a person's, or everybody's (None).

    A request of a period that is over does not wait any more: nothing can be granted in it.
    """
    query = BudgetAskRow.filter(state="open", purse=purse)
    if user is not None:
        query = query.filter(user_id=user)
    running = (Q(period=period, start=periods.start(period)) for period in get_args(Period))
    return await query.filter(Q(*running, join_type="OR")).count()
