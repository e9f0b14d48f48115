"""Setting what may be spent. Those that write are called inside a unit of work."""

from collections.abc import Mapping
from dataclasses import fields
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from schema.tables.budget import SpendingLimitRow
from schema.wire.money import Scope
from server.features.budget.scopes import INSTANCE_ID

from .limits import Rule

_FIELDS: Final = tuple(each.name for each in fields(Rule))


async def rule_of(user: UUID | None) -> Rule:
    """Return what is set for a person, or for the instance (None); nothing may be."""
    scope, scope_id = _scope(user)
    row = await SpendingLimitRow.get_or_none(scope=scope, scope_id=scope_id)
    return Rule() if row is None else _rule(row)


async def rules_of_people() -> dict[UUID, Rule]:
    """Return the rules of all for whom something is set."""
    rows = await SpendingLimitRow.filter(scope="user")
    return {UUID(row.scope_id): _rule(row) for row in rows}


async def change(user: UUID | None, changes: Mapping[str, Any], by: UUID, now: datetime) -> None:
    """Change fields of a rule, as its next revision; without one it is made."""
    scope, scope_id = _scope(user)
    row, _ = await SpendingLimitRow.get_or_create(
        scope=scope, scope_id=scope_id, defaults={"updated_at": now}
    )
    row.update_from_dict(
        {**changes, "revision": row.revision + 1, "updated_at": now, "updated_by": by}
    )
    await row.save()


def _scope(user: UUID | None) -> tuple[Scope, str]:
    return ("instance", INSTANCE_ID) if user is None else ("user", str(user))


def _rule(row: SpendingLimitRow) -> Rule:
    return Rule(**{name: getattr(row, name) for name in _FIELDS})
