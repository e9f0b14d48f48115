"""The two tokens of a session: a short access token, and the refresh token that renews it."""

import hmac
import re
from base64 import urlsafe_b64encode
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final
from uuid import UUID

from server.core.clock import Clock
from server.core.problems import Refusal

from .keys import ServerKey

ALGORITHM: Final = "HS256"
CLAIMS: Final = ("sub", "sid", "iat", "exp")


@dataclass(frozen=True, slots=True)
class Access:
    """What an access token says: who, on which session."""

    user: UUID
    session: UUID


class AccessTokens:
    """Signed JSON Web Tokens, valid for `lifetime_seconds`. PyJWT is loaded with the first."""

    def __init__(self, key: ServerKey, lifetime_seconds: int, clock: Clock) -> None:
        self._server_key = key
        self._lifetime_seconds = lifetime_seconds
        self._clock = clock

    @cached_property
    def _key(self) -> bytes:
        return self._server_key.derive("access")

    def issue(self, access: Access) -> str:
        """Return a JWT for this session, from now on."""
        import jwt  # noqa: PLC0415 - 30 ms and 3 MB that a start has no use for

        now = int(self._clock().timestamp())
        claims = {
            "sub": str(access.user),
            "sid": str(access.session),
            "iat": now,
            "exp": now + self._lifetime_seconds,
        }
        return jwt.encode(claims, self._key, algorithm=ALGORITHM)

    def read(self, token: str) -> Access:
        """Return what an authentic token says.

        Raises Refusal `token_expired` if it is ours but too old, `signed_out` for any other reason.
        """
        claims = self._claims(token)
        try:
            access = Access(UUID(claims["sub"]), UUID(claims["sid"]))
            expires = float(claims["exp"])
        except (ValueError, TypeError, AttributeError) as error:
            raise Refusal("signed_out") from error
        if expires <= self._clock().timestamp():
            raise Refusal("token_expired")
        return access

    def _claims(self, token: str) -> dict[str, Any]:
        import jwt  # noqa: PLC0415 - as above

        # Its time is compared with our own clock, above.
        options: Any = {"require": CLAIMS, "verify_exp": False, "verify_iat": False}
        try:
            return jwt.decode(token, self._key, algorithms=[ALGORITHM], options=options)
        except jwt.InvalidTokenError as error:
            raise Refusal("signed_out") from error


@dataclass(frozen=True, slots=True)
class Refresh:
    """What a refresh token says, before it is known to be authentic."""

    session: UUID
    generation: int
    mac: str


class RefreshTokens:
    """`<session>.<generation>.<mac>`, derived and never stored.

    The mac needs both the key (a file) and the session's seed (a row), so neither alone opens a
    session, and an answer that got lost can be given again.
    """

    _FORM = re.compile(r"([0-9a-f]{32})\.(0|[1-9][0-9]{0,8})\.([\w-]{43})", re.ASCII)

    def __init__(self, key: ServerKey) -> None:
        self._server_key = key

    @cached_property
    def _key(self) -> bytes:
        return self._server_key.derive("refresh")

    def issue(self, session: UUID, generation: int, seed: bytes) -> str:
        """Return the token of this generation: the same every time."""
        return f"{session.hex}.{generation}.{self._mac(session, generation, seed)}"

    def read(self, token: str) -> Refresh | None:
        """Take a token apart; None if it does not have the form of one."""
        if (match := self._FORM.fullmatch(token)) is None:
            return None
        session, generation, mac = match.groups()
        return Refresh(UUID(session), int(generation), mac)

    def authentic(self, token: Refresh, seed: bytes) -> bool:
        """Tell whether we made this token for the session with this seed."""
        return hmac.compare_digest(token.mac, self._mac(token.session, token.generation, seed))

    def _mac(self, session: UUID, generation: int, seed: bytes) -> str:
        text = b"refresh" + session.bytes + generation.to_bytes(8, "big") + seed
        return urlsafe_b64encode(hmac.digest(self._key, text, "sha256")).decode().rstrip("=")
