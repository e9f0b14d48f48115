"""Signed-in devices: begun, asked about, refreshed, revoked."""

import asyncio
import secrets
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from typing import Final, TypeVar
from uuid import UUID

from schema.tables.identity import SessionRow, UserRow
from schema.wire.identity import Session, User
from server.adapters.keys import ServerKey
from server.adapters.tokens import Access, AccessTokens, RefreshTokens
from server.core.clock import Clock
from server.core.ids import new_id
from server.core.problems import Refusal
from server.edge.csrf import csrf_token
from server.edge.principal import Principal, Via
from server.settings.model import IdentitySettings
from server.store import Database

from . import store
from .events import security_event
from .rules import worth

SEED_BYTES: Final = 16
DEVICE_LENGTH_MAX: Final = 200

T = TypeVar("T")

Ended = tuple[T, Sequence[UUID]]
"""What a unit of work returns, and the sessions it ended."""

OnRevoked = Callable[[UUID], Awaitable[None]]
"""Told of each session that was revoked; closes that session's sockets."""


@dataclass(frozen=True, slots=True)
class Device:
    """Where somebody signs in from: address and network (see `Visitor`), and their User-Agent."""

    address: str
    network: str
    agent: str


@dataclass(frozen=True, slots=True)
class Grant:
    """What a device gets: the answer with the access token, and the refresh token for its cookie.

    The session lasts `lifetime_seconds` if it is not refreshed before.
    """

    session: Session
    refresh_token: str
    lifetime_seconds: int


class Sessions:
    """The sessions of everybody. Satisfies what the guard needs (`SignedIn`)."""

    def __init__(
        self,
        database: Database,
        settings: IdentitySettings,
        key: ServerKey,
        clock: Clock,
        on_revoked: OnRevoked,
    ) -> None:
        self._database = database
        self._idle = timedelta(days=settings.session_days)
        self._longest = timedelta(days=settings.session_max_days)
        self._access = AccessTokens(key, settings.access_token_seconds, clock)
        self._refresh = RefreshTokens(key)
        self._key = key
        self._clock = clock
        self._on_revoked = on_revoked
        self._endings: set[asyncio.Task[object]] = set()

    @cached_property
    def _csrf_key(self) -> bytes:
        return self._key.derive("csrf")

    def csrf(self, session: UUID) -> str:
        """Return the token that a session's page sends with every write."""
        return csrf_token(self._csrf_key, session)

    async def principal(self, access_token: str, via: Via) -> Principal:
        """Return who holds this token, as the session's row says now.

        Raises Refusal `token_expired` if the token is too old, `signed_out` if it is not ours or
        the session has ended.
        """
        access = self._access.read(access_token)
        holder = await store.holder_of(access.session)
        if holder is None or holder.user != access.user or self._ended(holder):
            raise Refusal("signed_out")
        return Principal(
            user=holder.user,
            session=access.session,
            role=holder.role,
            language=holder.language,
            via=via,
            expires_at=holder.expires_at,
        )

    async def begin(self, user: UserRow, device: Device) -> SessionRow:
        """Store a new session. Called inside a unit of work."""
        now = self._clock()
        row = SessionRow(
            id=new_id(),
            user_id=user.id,
            seed=secrets.token_bytes(SEED_BYTES),
            address=device.network,
            device=device.agent[:DEVICE_LENGTH_MAX],
            created_at=now,
            seen_at=now,
            expires_at=now + min(self._idle, self._longest),
        )
        await store.add_session(row)
        return row

    def grant(self, user: UserRow, row: SessionRow) -> Grant:
        """Return the tokens of a session as it is now."""
        session = Session(
            user=User.model_validate(user, from_attributes=True),
            csrf=self.csrf(row.id),
            token=self._access.issue(Access(user.id, row.id)),
        )
        return Grant(
            session=session,
            refresh_token=self._refresh.issue(row.id, row.generation, row.seed),
            lifetime_seconds=round((row.expires_at - self._clock()).total_seconds()),
        )

    async def refresh(self, refresh_token: str, device: Device) -> Grant:
        """Exchange a refresh token for its successor and a new access token.

        Raises Refusal `signed_out` if it is not authentic or its session has ended. An authentic
        one that comes back after its successor was used revokes the session.
        """
        token = self._refresh.read(refresh_token)
        if token is None:
            raise Refusal("signed_out")

        async def unit() -> Ended[SessionRow | None]:
            row = await store.session_to_refresh(token.session)
            if row is None or self._ended(row) or not self._refresh.authentic(token, row.seed):
                return None, []
            match worth(token.generation, row.generation):
                case "stolen":
                    await self._revoke_stolen(row, device)
                    return None, [row.id]
                case "next":
                    await self._advance(row, token.generation + 1)
            return row, []

        row = await self.ending(unit)
        if row is None:
            raise Refusal("signed_out")
        return self.grant(row.user, row)

    async def revoke(self, session: UUID) -> None:
        """End a session at once, and its sockets."""

        async def unit() -> Ended[None]:
            await store.revoke_session(session, self._clock())
            return None, [session]

        await self.ending(unit)

    async def ending(self, unit: Callable[[], Awaitable[Ended[T]]]) -> T:
        """Run a unit of work that ends sessions, then have their sockets closed.

        The second happens whenever the first did, also if whoever asked for it has gone.
        """
        task = asyncio.get_running_loop().create_task(self._end(unit))
        self._endings.add(task)
        task.add_done_callback(self._endings.discard)
        return await asyncio.shield(task)

    async def _end(self, unit: Callable[[], Awaitable[Ended[T]]]) -> T:
        result, ended = await self._database.write(unit)
        await asyncio.gather(*(self._on_revoked(session) for session in ended))
        return result

    async def _revoke_stolen(self, row: SessionRow, device: Device) -> None:
        await store.revoke_session(row.id, self._clock())
        facts = {"user": row.user_id, "session": row.id}
        security_event("refresh_token_reused", address=device.address, **facts)

    async def _advance(self, row: SessionRow, generation: int) -> None:
        now = self._clock()
        row.generation = generation
        row.seen_at = now
        row.expires_at = min(now + self._idle, row.created_at + self._longest)
        await store.save_refresh(row)

    def _ended(self, session: SessionRow | store.Holder) -> bool:
        return session.revoked_at is not None or session.expires_at <= self._clock()
