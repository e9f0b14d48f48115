"""The queries of alerts: who is told, what is queued, what was seen and sent."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from tortoise.expressions import Q

from schema.tables.budget import AlertRow, SpendingLimitRow
from schema.tables.identity import UserRow


@dataclass(frozen=True, slots=True)
class Switches:
    """Which alerts a person wants; 100 % is always told in the app."""

    alert_70: bool = True
    alert_90: bool = True
    alert_mail: bool = True


@dataclass(frozen=True, slots=True)
class Recipient:
    """Somebody who may be told, and how."""

    id: UUID
    username: str
    language: str
    email: str | None
    administrator: bool
    switches: Switches


async def recipients(*people: UUID) -> list[Recipient]:
    """Return all administrators, and these people."""
    users = await UserRow.filter(Q(role="admin") | Q(id__in=people)).order_by("id")
    switches = await _switches_of(user.id for user in users)
    return [_recipient(user, switches) for user in users]


async def recipient(user: UUID) -> Recipient | None:
    """Return one person."""
    row = await UserRow.get_or_none(id=user)
    return None if row is None else _recipient(row, await _switches_of([user]))


def _recipient(user: UserRow, switches: Mapping[str, Switches]) -> Recipient:
    return Recipient(
        id=user.id,
        username=user.username,
        language=user.language,
        email=user.email,
        administrator=user.role == "admin",
        switches=switches.get(str(user.id), Switches()),
    )


async def _switches_of(users: Iterable[UUID]) -> dict[str, Switches]:
    rows = await SpendingLimitRow.filter(
        scope="user", scope_id__in=[str(user) for user in users]
    ).values_list("scope_id", "alert_70", "alert_90", "alert_mail")
    return {scope_id: Switches(*wanted) for scope_id, *wanted in rows}


async def set_switches(user: UUID, changes: Mapping[str, bool], now: datetime) -> None:
    """Keep what a person wants to be told. In a unit of work."""
    row, _ = await SpendingLimitRow.get_or_create(
        scope="user", scope_id=str(user), defaults={"updated_at": now}
    )
    await row.update_from_dict(dict(changes)).save(update_fields=list(changes))


# ── in the app ──────────────────────────────────────────────────────────────────────────────────


async def queue(rows: Sequence[AlertRow]) -> None:
    """Add what is not there yet: one event is told once to a person over a channel."""
    await AlertRow.bulk_create(rows, ignore_conflicts=True)


async def those_stored(alerts: Sequence[UUID]) -> list[AlertRow]:
    """Return the ones among these that are stored, each with its person."""
    return await AlertRow.filter(id__in=alerts).order_by("created_at", "id").select_related("user")


async def newest(user: UUID, limit: int) -> list[AlertRow]:
    """Return a person's newest alerts in the app, newest first."""
    mine = AlertRow.filter(user_id=user, channel="app")
    return await mine.order_by("-created_at", "-id").limit(limit)


async def unseen(user: UUID) -> int:
    """Count what a person has not seen."""
    return await AlertRow.filter(user_id=user, channel="app").exclude(state="seen").count()


async def alert_of(user: UUID, alert: UUID) -> AlertRow | None:
    """Return an alert if it is this person's, in the app."""
    return await AlertRow.get_or_none(id=alert, user_id=user, channel="app")


async def mark_seen(user: UUID, alert: UUID, now: datetime) -> None:
    """Say that a person has seen an alert; the first time counts."""
    unseen = AlertRow.filter(id=alert, user_id=user, channel="app").exclude(state="seen")
    await unseen.update(state="seen", ended_at=now)


# ── by e-mail ───────────────────────────────────────────────────────────────────────────────────


def _queued() -> Any:  # noqa: ANN401 - Tortoise's QuerySet, generic over what it cannot name
    return AlertRow.filter(channel="mail", state="queued")


async def due(now: datetime, limit: int) -> list[AlertRow]:
    """Return the oldest that are to be sent now, each with its person."""
    rows: list[AlertRow] = (
        await _queued().filter(next_at__lte=now).order_by("next_at", "id").limit(limit)
        .select_related("user")
    )  # fmt: skip
    return rows


async def next_due() -> datetime | None:
    """Return when the next one is to be sent; None if none waits."""
    row = await _queued().order_by("next_at").first()
    return None if row is None else row.next_at


async def mark_sent(alerts: Sequence[UUID], now: datetime) -> None:
    """The server has taken them."""
    await AlertRow.filter(id__in=alerts).update(state="sent", ended_at=now, error="")


async def mark_failed(alert: UUID, error: str, now: datetime) -> None:
    """It is never sent."""
    await AlertRow.filter(id=alert).update(state="failed", ended_at=now, error=error)


async def postpone(alert: UUID, attempts: int, next_at: datetime, error: str) -> None:
    """It was tried in vain, so many times by now, and is tried again at `next_at`."""
    await AlertRow.filter(id=alert).update(attempts=attempts, next_at=next_at, error=error)
