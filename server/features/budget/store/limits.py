"""What each scope may spend, as it was set."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from tortoise.connection import get_connection

from schema.tables.budget import SpendingLimitRow
from server.features.budget.scopes import INSTANCE_ID

_RULES: Final = """
SELECT scope, daily_nano_eur, weekly_nano_eur, monthly_nano_eur, total_nano_eur,
    own_daily_nano_eur, own_monthly_nano_eur, armed, revision
FROM spending_limit
WHERE (scope = 'instance' AND scope_id = '') OR (scope = 'user' AND scope_id = ?)
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """What a scope may spend; None is no limit. `own_…` are a person's lower ones."""

    daily_nano_eur: int | None = None
    weekly_nano_eur: int | None = None
    monthly_nano_eur: int | None = None
    total_nano_eur: int | None = None
    own_daily_nano_eur: int | None = None
    own_monthly_nano_eur: int | None = None
    armed: bool = True
    revision: int = 0


UNLIMITED: Final = Rule()
"""Of a person for whom nothing was set."""


CLOSED: Final = Rule(daily_nano_eur=0, monthly_nano_eur=0)
"""Of an instance whose row is gone: nothing may be spent until it has limits again."""


async def rules(user: UUID) -> tuple[Rule, Rule]:
    """Return the rule of the instance, and that of a person."""
    found: dict[str, Rule] = {}
    for row in await get_connection("default").execute_query_dict(_RULES, [str(user)]):
        scope = row.pop("scope")
        found[scope] = Rule(**{**row, "armed": bool(row["armed"])})
    return found.get("instance", CLOSED), found.get("user", UNLIMITED)


async def put_instance_if_none(changes: Mapping[str, Any], now: datetime) -> None:
    """Give a new instance its limits; one that has some keeps them."""
    await SpendingLimitRow.get_or_create(
        scope="instance", scope_id=INSTANCE_ID, defaults={"updated_at": now, **changes}
    )
