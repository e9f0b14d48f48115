"""Who did what with money, and why: only ever added."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from schema.tables.budget import AuditRow


async def add(at: datetime, user: UUID | None, event: str, facts: Mapping[str, Any]) -> None:
    """Write it down, in the caller's unit of work. `user` is None for the server itself."""
    await AuditRow.create(at=at, user_id=user, event=event, facts=dict(facts))


async def newest(limit: int) -> list[AuditRow]:
    """Return the newest entries, newest first."""
    return await AuditRow.all().order_by("-id").limit(limit)


async def all_of(event: str) -> list[AuditRow]:
    """Return every entry of one kind, oldest first."""
    return await AuditRow.filter(event=event).order_by("id")
