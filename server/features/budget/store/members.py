"""The people, as far as money knows them."""

from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from tortoise.expressions import Q

from schema.tables.budget import BalanceRow
from schema.tables.identity import UserRow
from server.features.budget.periods import Periods
from server.features.budget.scopes import Purse


@dataclass(frozen=True, slots=True)
class Account:
    """Somebody who has an account."""

    id: UUID
    username: str
    role: str


async def names(users: Collection[UUID]) -> dict[UUID, str]:
    """Return the names of those of them who (still) have an account."""
    return dict(await UserRow.filter(id__in=users).values_list("id", "username"))


async def account_exists(user: UUID) -> bool:
    """Whether there is such an account."""
    return await UserRow.exists(id=user)


async def accounts() -> list[Account]:
    """Return everybody, by name."""
    rows = UserRow.all().order_by("username_folded")
    return [Account(*row) for row in await rows.values_list("id", "username", "role")]


async def spent(purse: Purse, periods: Periods) -> dict[tuple[UUID, str], int]:
    """Return what each person spent in these periods, by person and period ("day", "week" …)."""
    named = [("day", periods.day), ("week", periods.week), ("month", periods.month)]
    any_of = Q(*(Q(period=period, start=start) for period, start in named), join_type="OR")
    rows = BalanceRow.filter(any_of, purse=purse, scope="user")
    return {
        (UUID(scope_id), period): amount
        for scope_id, period, amount in await rows.values_list(
            "scope_id", "period", "spent_nano_eur"
        )
    }
