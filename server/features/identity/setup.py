"""The first administrator: opened by a one-time token, or named in the settings."""

import hmac
import secrets
from typing import Final

from pydantic import TypeAdapter, ValidationError

from schema.wire.identity import Password, Username
from server.core.errors import StartError
from server.core.problems import Refusal

from .rules import fold_new

TOKEN_BYTES: Final = 24

_username: Final[TypeAdapter[str]] = TypeAdapter(Username)
_password: Final[TypeAdapter[str]] = TypeAdapter(Password)


class SetupToken:
    """The token that opens set-up, in memory only; None once it was used or was never needed."""

    def __init__(self) -> None:
        self.text: str | None = None

    def make(self) -> None:
        """Make a new one, of 192 random bits."""
        self.text = secrets.token_urlsafe(TOKEN_BYTES)

    def use_up(self) -> None:
        """Let it open nothing any more."""
        self.text = None

    def require(self, given: str) -> None:
        """Raise Refusal `already_set_up` if there is none, `setup_token` if it is another."""
        if self.text is None:
            raise Refusal("already_set_up")
        if not hmac.compare_digest(self.text.encode(), given.encode()):
            raise Refusal("setup_token")


def check_settings(username: str, password: str) -> None:
    """Raise StartError if the settings name an administrator who could not be made."""
    try:
        _username.validate_python(username)
        fold_new(username)
    except (ValidationError, Refusal):
        raise StartError(
            "CLAUDE_RASP_ADMIN_USER is not a possible name: 2 to 64 visible characters, not "
            "beginning or ending with a blank."
        ) from None
    try:
        _password.validate_python(password)
    except ValidationError:
        raise StartError(
            f"CLAUDE_RASP_ADMIN_PASSWORD has {len(password)} characters: 10 to 256 are allowed."
        ) from None
