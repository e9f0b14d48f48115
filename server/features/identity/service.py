"""The use cases of identity: set-up, sign-in, sign-out, one's own account."""

from dataclasses import dataclass

from schema.tables.identity import SessionRow, UserRow
from schema.wire.frames import PROTOCOL
from schema.wire.identity import (
    Instance,
    Language,
    LoginAsk,
    Me,
    MeChange,
    PasswordChange,
    Role,
    SetupAsk,
    User,
)
from server import __version__
from server.adapters.keys import ServerKey
from server.adapters.passwords import Passwords
from server.core.clock import Clock
from server.core.errors import StartError
from server.core.ids import new_id
from server.core.problems import Refusal
from server.edge.attempts import Attempt, Attempts
from server.edge.principal import Principal
from server.settings.model import IdentitySettings
from server.store import Database

from . import store
from .events import security_event
from .rules import FOLDED_LENGTH_MAX, fold, fold_new
from .sessions import Device, Ended, Grant, OnRevoked, Sessions
from .setup import SetupToken, check_settings

SETUP_ACCOUNT = ""
"""The account that attempts at set-up are counted for: no name is empty."""


@dataclass(frozen=True, slots=True)
class About:
    """What an instance says of itself. `simulator`: no real Claude is called."""

    name: str
    language: Language
    simulator: bool


@dataclass(frozen=True, slots=True)
class Tools:
    """What the use cases work with; tests put their own in place."""

    key: ServerKey
    passwords: Passwords
    attempts: Attempts
    clock: Clock


class Identity:
    """Who is who. `open` before anything else, `close` at the end."""

    def __init__(
        self,
        database: Database,
        settings: IdentitySettings,
        about: About,
        tools: Tools,
        on_revoked: OnRevoked,
    ) -> None:
        self.sessions = Sessions(database, settings, tools.key, tools.clock, on_revoked)
        self._database = database
        self._settings = settings
        self._about = about
        self._key = tools.key
        self._passwords = tools.passwords
        self._attempts = tools.attempts
        self._clock = tools.clock
        self._setup = SetupToken()

    # ── starting and stopping ───────────────────────────────────────────────────────────────────

    async def open(self) -> None:
        """Load the key; make the administrator of the settings, or else a set-up token, if needed.

        The database must be open. Raises StartError.
        """
        self._key.load()
        user, password = self._settings.admin_user, self._settings.admin_password
        if (user is None) != (password is None):
            raise StartError("Set both CLAUDE_RASP_ADMIN_USER and _ADMIN_PASSWORD, or neither.")
        if user is not None and password is not None:
            await self.ensure_first_administrator(user, password.get_secret_value())
        if not await store.administrator_exists():
            self._setup.make()

    def close(self) -> None:
        """Give the hashing threads back."""
        self._passwords.close()

    async def ensure_first_administrator(self, username: str, password: str) -> None:
        """Make this administrator if there is none. Raises StartError for a name or password."""
        check_settings(username, password)
        if await store.administrator_exists():
            return
        await self.add_user(username, password, "admin", self._about.language)
        self._setup.use_up()

    @property
    def setup_token(self) -> str | None:
        """What opens set-up, for the terminal; None if there is an administrator."""
        return self._setup.text

    def instance(self) -> Instance:
        """Return what anybody may know."""
        return Instance(
            name=self._about.name,
            version=__version__,
            protocol=PROTOCOL,
            setup_needed=self._setup.text is not None,
            simulator=self._about.simulator,
            language=self._about.language,
        )

    # ── coming in ───────────────────────────────────────────────────────────────────────────────

    async def setup(self, ask: SetupAsk, device: Device) -> Grant:
        """Make the first administrator and sign them in; of two at once, one succeeds.

        Raises Refusal `setup_token`, `already_set_up`, `too_many_attempts` or `invalid`.
        """
        # Nobody can be locked out of set-up from elsewhere: every address counts as familiar.
        attempt = self._attempts.begin(SETUP_ACCOUNT, device.network, familiar=True)
        self._setup.require(ask.token)
        attempt.succeeded()
        user = await self._new_user(ask.username, ask.password, "admin", ask.language)

        async def unit() -> SessionRow:
            if await store.administrator_exists():
                raise Refusal("already_set_up")
            await store.save_user(user)
            return await self.sessions.begin(user, device)

        row = await self._database.write(unit)
        self._setup.use_up()
        security_event("set_up", user=user.id, session=row.id, address=device.address)
        return self.sessions.grant(user, row)

    async def login(self, ask: LoginAsk, device: Device) -> Grant:
        """Sign in. Raises Refusal `bad_credentials` or `too_many_attempts`."""
        account = fold(ask.username)
        # A longer name is nobody's, and the database refuses to look for it.
        user = await store.user_named(account) if len(account) <= FOLDED_LENGTH_MAX else None
        attempt = await self._begin_attempt(account, user, device)
        user = await self._verified(user, ask.password, device)

        async def unit() -> SessionRow:
            if not await store.password_unchanged(user):
                raise Refusal("bad_credentials")
            return await self.sessions.begin(user, device)

        row = await self._database.write(unit)
        attempt.succeeded()
        await self._renew_hash(user, ask.password)
        security_event("signed_in", user=user.id, session=row.id, address=device.address)
        return self.sessions.grant(user, row)

    async def logout(self, principal: Principal, device: Device) -> None:
        """End this session at once, and its sockets."""
        await self.sessions.revoke(principal.session)
        who = {"user": principal.user, "session": principal.session}
        security_event("signed_out", address=device.address, **who)

    # ── one's own account ───────────────────────────────────────────────────────────────────────

    async def me(self, principal: Principal) -> Me:
        """Return the person and what their page needs to write."""
        user = await self._user(principal)
        return Me(
            user=User.model_validate(user, from_attributes=True),
            csrf=self.sessions.csrf(principal.session),
        )

    async def change_me(self, principal: Principal, ask: MeChange) -> Me:
        """Change one's preferences; what is absent stays, an empty address goes."""
        changes = ask.model_dump(exclude_none=True)
        if changes.get("email") == "":
            changes["email"] = None
        await self._database.write(lambda: store.set_preferences(principal.user, changes))
        return await self.me(principal)

    async def change_password(
        self, principal: Principal, ask: PasswordChange, device: Device
    ) -> Grant:
        """Change one's password, end all of one's sessions, and begin a new one here.

        Raises Refusal `bad_credentials` or `too_many_attempts`.
        """
        user = await self._user(principal)
        account = user.username_folded
        attempt = self._attempts.begin(account, device.network, familiar=True)
        await self._verified(user, ask.current_password, device)
        attempt.succeeded()
        password_hash = await self._passwords.hash(ask.new_password)

        async def unit() -> Ended[SessionRow]:
            now = self._clock()
            if not await store.set_password(user, password_hash, now):
                raise Refusal("bad_credentials")
            ended = await store.revoke_sessions_of(user.id, now)
            return await self.sessions.begin(user, device), ended

        row = await self.sessions.ending(unit)
        security_event("password_changed", user=user.id, session=row.id, address=device.address)
        return self.sessions.grant(user, row)

    async def add_user(self, username: str, password: str, role: Role, language: Language) -> User:
        """Add an account. Raises Refusal `name_taken` or `invalid`."""
        row = await self._new_user(username, password, role, language)

        async def unit() -> None:
            if await store.user_named(row.username_folded) is not None:
                raise Refusal("name_taken")
            await store.save_user(row)

        await self._database.write(unit)
        return User.model_validate(row, from_attributes=True)

    # ── shared steps ────────────────────────────────────────────────────────────────────────────

    async def _begin_attempt(self, account: str, user: UserRow | None, device: Device) -> Attempt:
        familiar = (
            user is not None
            and self._attempts.crowded(account)
            and await store.has_signed_in_from(user.id, device.network)
        )
        return self._attempts.begin(account, device.network, familiar=familiar)

    async def _verified(self, user: UserRow | None, password: str, device: Device) -> UserRow:
        """Return the user if the password is theirs; it takes as long if there is no such user."""
        stored = None if user is None else user.password_hash
        right = await self._passwords.verify(stored, password)
        if user is None or not right:
            known = None if user is None else user.id
            security_event("sign_in_failed", user=known, address=device.address)
            raise Refusal("bad_credentials")
        return user

    async def _renew_hash(self, user: UserRow, password: str) -> None:
        """Hash with today's parameters what was hashed with older ones."""
        if not self._passwords.outdated(user.password_hash):
            return
        password_hash = await self._passwords.hash(password)
        await self._database.write(lambda: store.replace_hash(user, password_hash))

    async def _user(self, principal: Principal) -> UserRow:
        user = await store.user_by_id(principal.user)
        if user is None:
            raise Refusal("signed_out")
        return user

    async def _new_user(
        self, username: str, password: str, role: Role, language: Language
    ) -> UserRow:
        now = self._clock()
        return UserRow(
            id=new_id(),
            username=username,
            username_folded=fold_new(username),
            password_hash=await self._passwords.hash(password),
            password_set_at=now,
            role=role,
            language=language,
            created_at=now,
        )
