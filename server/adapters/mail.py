"""A mail server, through aiosmtplib: one connection for each message, encrypted and checked.

With "starttls" and "tls" nothing is said in clear, neither the password nor the message: a server
that offers no encryption, or whose certificate is not valid for its name, is not used. (The
authorities are the system's; OpenSSL's SSL_CERT_FILE names others.)
"""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from email.message import EmailMessage
from typing import TYPE_CHECKING, Final, Literal

from pydantic import TypeAdapter, ValidationError

from schema.wire.identity import Email
from server.core.errors import StartError
from server.settings.model import MailSettings

if TYPE_CHECKING:
    import aiosmtplib

STEP_SECONDS: Final = 20.0
"""How long the server may take for one step of the conversation."""

LETTER_SECONDS: Final = 60.0
"""How long the whole conversation may take."""

GOODBYE_SECONDS: Final = 2.0
WORDS_MAX: Final = 300
FINAL: Final = range(500, 600)
"""SMTP's codes for "no, and do not try again"."""

_address: Final[TypeAdapter[str]] = TypeAdapter(Email)


class MailFailed(Exception):
    """A message was not taken. `words` are the server's own, or say what is wrong with the line.

    `permanent`: it refuses this recipient or this message for good. Otherwise later may be better.
    """

    def __init__(self, words: str, *, permanent: bool = False) -> None:
        self.words = " ".join(words.split())[:WORDS_MAX]
        self.permanent = permanent
        super().__init__(self.words)


@dataclass(frozen=True, slots=True)
class MailServer:
    """Where and how messages are handed over. `sender` is the address they come from."""

    host: str
    port: int
    security: Literal["starttls", "tls", "none"]
    username: str | None
    password: str | None
    sender: str


def mail_server(settings: MailSettings) -> MailServer | None:
    """Return the server of the settings; None if there is none.

    Raises StartError if there is no address that messages could come from.
    """
    if settings.host is None:
        return None
    sender = settings.sender or settings.username or ""
    try:
        _address.validate_python(sender)
    except ValidationError:
        raise StartError(
            "mail.sender must be an e-mail address, such as claude@example.org, where mail.host "
            "is set."
        ) from None
    return MailServer(
        host=settings.host,
        port=settings.port,
        security=settings.security,
        username=settings.username,
        password=None if settings.password is None else settings.password.get_secret_value(),
        sender=sender,
    )


class Mail:
    """Hands messages to a mail server. `name` is how we introduce ourselves to it (a host name)."""

    def __init__(self, server: MailServer, name: str) -> None:
        self.sender = server.sender
        self._server = server
        self._name = name
        self._tls: ssl.SSLContext | None = None

    @asynccontextmanager
    async def delivered(self, message: EmailMessage, recipient: str) -> AsyncIterator[None]:
        """Enter once the server has taken the message, and take leave of it afterwards.

        So what must be noted of it is noted before anything else can go wrong. Raises MailFailed
        where it was not taken.
        """
        client = await self._hand_over(message, recipient)
        try:
            yield
        finally:
            await _take_leave(client)

    async def _hand_over(self, message: EmailMessage, recipient: str) -> "aiosmtplib.SMTP":
        import aiosmtplib  # noqa: PLC0415 - most instances of an evening send nothing

        client = self._client(aiosmtplib.SMTP)
        try:
            async with asyncio.timeout(LETTER_SECONDS):
                await client.connect()
                await client.send_message(message, sender=self.sender, recipients=[recipient])
        except BaseException as error:
            client.close()
            if isinstance(error, (aiosmtplib.SMTPException, OSError)):  # time-outs are OSErrors
                raise _failure(error) from error
            raise
        return client

    def _client(self, smtp: "type[aiosmtplib.SMTP]") -> "aiosmtplib.SMTP":
        server = self._server
        if self._tls is None:
            self._tls = ssl.create_default_context()
        return smtp(
            hostname=server.host,
            port=server.port,
            username=server.username,
            password=server.password,
            local_hostname=self._name,
            timeout=STEP_SECONDS,
            use_tls=server.security == "tls",
            start_tls=server.security == "starttls",
            tls_context=self._tls,
        )


async def _take_leave(client: "aiosmtplib.SMTP") -> None:
    """Say goodbye; whatever comes back, the message has been taken."""
    import aiosmtplib  # noqa: PLC0415 - loaded by now

    with suppress(aiosmtplib.SMTPException, OSError):
        await client.quit(timeout=GOODBYE_SECONDS)
    client.close()


def _failure(error: Exception) -> MailFailed:
    import aiosmtplib  # noqa: PLC0415 - loaded by now

    if isinstance(error, aiosmtplib.SMTPRecipientsRefused):
        error = error.recipients[0]
    if not isinstance(error, aiosmtplib.SMTPResponseException):
        return MailFailed(str(error) or type(error).__name__)
    about_us = isinstance(error, (aiosmtplib.SMTPRecipientRefused, aiosmtplib.SMTPDataError))
    return MailFailed(f"{error.code} {error.message}", permanent=about_us and error.code in FINAL)
