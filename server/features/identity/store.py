"""The queries of accounts and sessions. What writes is called inside `Database.write`."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from tortoise.expressions import Q

from schema.tables.identity import SessionRow, UserRow
from schema.wire.identity import Language, Role

ENDED_KEPT: Final = timedelta(days=180)
"""How long an ended session still says that an address is familiar."""


@dataclass(frozen=True, slots=True)
class Holder:
    """A session with what a request needs to know of its person."""

    user: UUID
    role: Role
    language: Language
    expires_at: datetime
    revoked_at: datetime | None


async def administrator_exists() -> bool:
    """Tell whether the instance has been set up."""
    return await UserRow.filter(role="admin").exists()


async def user_named(folded: str) -> UserRow | None:
    """Return the account with this folded name."""
    return await UserRow.get_or_none(username_folded=folded)


async def user_by_id(user: UUID) -> UserRow | None:
    """Return the account with this id."""
    return await UserRow.get_or_none(id=user)


async def holder_of(session: UUID) -> Holder | None:
    """Return who holds the session, in one query over both keys; None if there is none."""
    rows = await SessionRow.filter(id=session).values_list(
        "user_id", "user__role", "user__language", "expires_at", "revoked_at"
    )
    return Holder(*rows[0]) if rows else None


async def has_signed_in_from(user: UUID, network: str) -> bool:
    """Tell whether the person has had a session from this network."""
    return await SessionRow.filter(user_id=user, address=network).exists()


async def save_user(row: UserRow) -> None:
    """Add an account."""
    await row.save(force_create=True)


async def set_preferences(user: UUID, changes: dict[str, str | None]) -> None:
    """Change language, theme and e-mail address (None: none)."""
    if changes:
        await UserRow.filter(id=user).update(**changes)


async def replace_hash(user: UserRow, password_hash: str) -> None:
    """Keep the same password under another hash, unless it was changed meanwhile."""
    unchanged = UserRow.filter(id=user.id, password_set_at=user.password_set_at)
    await unchanged.update(password_hash=password_hash)


async def set_password(user: UserRow, password_hash: str, now: datetime) -> bool:
    """Change the password, unless it is no longer the one that was checked (False)."""
    unchanged = UserRow.filter(id=user.id, password_set_at=user.password_set_at)
    return bool(await unchanged.update(password_hash=password_hash, password_set_at=now))


async def password_unchanged(user: UserRow) -> bool:
    """Tell whether the password is still the one that was checked."""
    return await UserRow.filter(id=user.id, password_set_at=user.password_set_at).exists()


async def add_session(row: SessionRow) -> None:
    """Add a session, and let go of the person's long ended ones."""
    long_ago = row.created_at - ENDED_KEPT
    ended = Q(expires_at__lt=long_ago) | Q(revoked_at__lt=long_ago)
    await SessionRow.filter(ended, user_id=row.user_id).delete()
    await row.save(force_create=True)


async def session_to_refresh(session: UUID) -> SessionRow | None:
    """Return the session with its person, held until the unit of work ends."""
    rows = await SessionRow.filter(id=session).select_for_update().prefetch_related("user")
    return rows[0] if rows else None


async def save_refresh(row: SessionRow) -> None:
    """Keep the new generation of a session."""
    await row.save(update_fields=["generation", "seen_at", "expires_at"])


async def revoke_session(session: UUID, now: datetime) -> None:
    """End one session; one that has ended stays as it is."""
    await SessionRow.filter(id=session, revoked_at=None).update(revoked_at=now)


async def revoke_sessions_of(user: UUID, now: datetime) -> Sequence[UUID]:
    """End all sessions of a person and return which."""
    open_ones = SessionRow.filter(user_id=user, revoked_at=None)
    ids = await open_ones.values_list("id", flat=True)
    await open_ones.update(revoked_at=now)
    return [UUID(str(each)) for each in ids]
