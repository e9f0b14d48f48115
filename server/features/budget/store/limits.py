"""What each scope may spend, as it was set."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, NamedTuple
from uuid import UUID

from schema.tables.budget import SpendingLimitRow
from server.features.budget.scopes import INSTANCE_ID
from server.store import Found, Statement

_LIMITS: Final = (
    "daily_nano_eur",
    "weekly_nano_eur",
    "monthly_nano_eur",
    "total_nano_eur",
    "own_daily_nano_eur",
    "own_monthly_nano_eur",
)

_RULES: Final = f"""
SELECT scope, {", ".join(_LIMITS)}, armed, revision,
(SELECT role FROM user WHERE id = ?) = 'admin' AS by_administrator
FROM spending_limit
WHERE (scope = 'instance' AND scope_id = '') OR (scope = 'user' AND scope_id = ?)
"""  # noqa: S608 - the columns are this file's


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


class Rules(NamedTuple):
    """The rules of the instance, and of a person, who may be an administrator."""

    instance: Rule
    user: Rule
    administrator: bool


UNLIMITED: Final = Rule()
"""Of a person for whom nothing was set."""


CLOSED: Final = Rule(daily_nano_eur=0, monthly_nano_eur=0)
"""Of an instance whose row is gone: nothing may be spent until it has limits again."""


def reading(user: UUID) -> Statement:
    """Return what reads the rules of the instance and of a person."""
    return _RULES, [str(user), str(user)]


def rules_of(found: Found) -> Rules:
    """Return what was read: of a person for whom nothing was set, no limits."""
    rules = {
        row["scope"]: Rule(
            **{name: row[name] for name in _LIMITS},
            armed=bool(row["armed"]),
            revision=row["revision"],
        )
        for row in found.rows
    }
    administrator = any(row["by_administrator"] for row in found.rows)
    return Rules(rules.get("instance", CLOSED), rules.get("user", UNLIMITED), administrator)


async def put_instance_if_none(changes: Mapping[str, Any], now: datetime) -> None:
    """Give a new instance its limits; one that has some keeps them."""
    await SpendingLimitRow.get_or_create(
        scope="instance", scope_id=INSTANCE_ID, defaults={"updated_at": now, **changes}
    )
