"""Accounts and sessions in flight."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from .base import Answer, Ask, Timestamp

Language = Literal["fr", "en"]
Theme = Literal["system", "light", "dark"]
Role = Literal["admin", "standard", "guest"]

Username = Annotated[
    str,
    Field(
        min_length=2,
        max_length=64,
        pattern=r"^[^\s\x00-\x1f\x7f](?:[^\x00-\x1f\x7f]*[^\s\x00-\x1f\x7f])?$",
    ),
]
_HOST_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"

Email = Annotated[
    str,
    Field(
        min_length=3,
        max_length=254,
        pattern=rf"^[A-Za-z0-9.!#$%&'*+/=?^_`{{|}}~-]{{1,64}}@{_HOST_LABEL}(?:\.{_HOST_LABEL})*$",
    ),
]
"""What browsers take for an e-mail address (WHATWG HTML): nothing in it can end a header."""

Password = Annotated[str, Field(min_length=10, max_length=256)]
"""A new password. Length is what protects it; no rule about characters."""


class Instance(Answer):
    """What anybody may know of this instance before signing in."""

    name: str
    version: str
    protocol: int
    setup_needed: bool
    simulator: bool
    language: Language


class SetupAsk(Ask):
    """The first administrator, opened by the one-time token printed in the terminal."""

    token: Annotated[str, Field(max_length=256)]
    username: Username
    password: Password
    language: Language = "fr"


class LoginAsk(Ask):
    """A sign-in. Lengths are bounded only; what is wrong is told as `bad_credentials`."""

    username: Annotated[str, Field(max_length=256)]
    password: Annotated[str, Field(max_length=1024)]


class PasswordChange(Ask):
    """A change of one's own password."""

    current_password: Annotated[str, Field(max_length=1024)]
    new_password: Password


class MeChange(Ask):
    """A change of one's own preferences; what is absent stays. An empty `email` takes it away."""

    language: Language | None = None
    theme: Theme | None = None
    email: Email | Literal[""] | None = None


class User(Answer):
    """A person, as that person's own devices see them."""

    id: UUID
    username: str
    role: Role
    language: Language
    theme: Theme
    email: str | None
    created_at: Timestamp


class Me(Answer):
    """The signed-in person, and the CSRF token for writes made with cookies."""

    user: User
    csrf: str


class Session(Me):
    """A sign-in that worked: `token` is the access token for scripts (Bearer)."""

    token: str
