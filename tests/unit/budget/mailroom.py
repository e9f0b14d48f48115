"""A real mail server to send to, and an instance that sends: what the tests of e-mail share."""

import asyncio
import ssl
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from schema.tables.budget import AlertRow
from schema.tables.identity import UserRow
from schema.wire.frames import AlertChanged
from server.adapters.mail import Mail, MailServer
from server.features.budget.alerts import Alerts
from server.features.budget.inbox import Inbox
from server.features.budget.letter import Letterhead
from server.features.budget.limits import ScopeSpent
from server.features.budget.mailer import Mailer
from server.features.budget.periods import PeriodBook
from server.store import Database
from tests.people import EVERYBODY, MIGRATIONS, furnish

PATIENCE_SECONDS: Final = 10.0
ACCOUNT: Final = "claude@example.org"
PASSWORD: Final = "the-post-office-password"
NAME: Final = "subjectAltName=IP:127.0.0.1"
ADDRESSES: Final = {person: f"{person.username.lower()}@example.org" for person in EVERYBODY}


class Certificate:
    """A certificate of our own making for 127.0.0.1, valid from now on."""

    def __init__(self, folder: Path) -> None:
        self.path, key = folder / "certificate.pem", folder / "key.pem"
        new = (
            "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=x"
        )
        subprocess.run(
            ["openssl", *new.split(), "-addext", NAME, "-keyout", key, "-out", self.path],
            check=True,
            capture_output=True,
        )
        self.server_side = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.server_side.load_cert_chain(self.path, key)


@dataclass
class Received:
    """A message as it lay in the letter box, and how it came in."""

    message: EmailMessage
    sender: str
    recipients: list[str]
    encrypted: bool
    signed_in: bool


@dataclass
class PostOffice:
    """A mail server (aiosmtpd) that can be closed and opened again on its port.

    `says` has what it answers in place of taking a recipient or a message, such as "550 No".
    """

    certificate: Certificate
    security: str = "starttls"
    port: int = 0
    says: dict[str, str] = field(default_factory=dict)
    received: "asyncio.Queue[Received]" = field(default_factory=asyncio.Queue)
    calls: int = 0
    _server: asyncio.Server | None = None

    async def open(self) -> None:
        tls = self.certificate.server_side if self.security == "tls" else None
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(self._line, "127.0.0.1", self.port, ssl=tls)
        self.port = self._server.sockets[0].getsockname()[1]

    async def close(self) -> None:
        if self._server is not None:
            self._server.close()
            await self._server.wait_closed()

    def _line(self) -> SMTP:
        self.calls += 1
        tls = self.certificate.server_side if self.security == "starttls" else None
        return SMTP(
            self,
            hostname="mail.example.org",
            tls_context=tls,
            require_starttls=tls is not None,
            auth_require_tls=tls is not None,
            authenticator=self._sign_in,
        )

    def _sign_in(self, *args: Any) -> AuthResult:  # noqa: ANN401 - aiosmtpd's call
        given = args[-1]
        right = LoginPassword(ACCOUNT.encode(), PASSWORD.encode())
        return AuthResult(success=given == right, handled=False)

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's call
        self, _: SMTP, __: Session, envelope: Envelope, address: str, ___: list[str]
    ) -> str:
        if "RCPT" in self.says:
            return self.says["RCPT"]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        if "DATA" in self.says:
            return self.says["DATA"]
        assert isinstance(envelope.content, bytes)
        message = message_from_bytes(envelope.content, policy=default)
        assert isinstance(message, EmailMessage)
        recipients = [str(each) for each in envelope.rcpt_tos]
        encrypted = session.ssl is not None or self.security == "tls"
        sender = str(envelope.mail_from)
        self.received.put_nowait(
            Received(message, sender, recipients, encrypted, bool(session.authenticated))
        )
        return "250 OK"

    async def delivery(self) -> Received:
        """Wait for the next message."""
        return await asyncio.wait_for(self.received.get(), PATIENCE_SECONDS)

    def where(self, **other: Any) -> MailServer:  # noqa: ANN401 - any field
        """Return how it is reached."""
        server = MailServer("127.0.0.1", self.port, "starttls", ACCOUNT, PASSWORD, ACCOUNT)
        return replace(server, **other)


def mail(server: MailServer) -> Mail:
    """Return an adapter to this server."""
    return Mail(server, "claude.home.arpa")


class FakeTime:
    """A clock that moves when it is told to, and wakes who sleeps by it."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
        self._sleepers: list[tuple[datetime, asyncio.Event]] = []
        self._asleep = asyncio.Event()

    def __call__(self) -> datetime:
        return self.now

    async def pause(self, seconds: float) -> None:
        over = asyncio.Event()
        self._sleepers.append((self.now + timedelta(seconds=seconds), over))
        self._asleep.set()
        await over.wait()

    async def somebody_sleeps(self) -> None:
        """Wait until somebody has gone to sleep."""
        await asyncio.wait_for(self._asleep.wait(), PATIENCE_SECONDS)

    def nobody_sleeps(self) -> None:
        """Forget who sleeps: `somebody_sleeps` waits for the next one."""
        self._asleep.clear()

    async def pass_time(self, **amount: float) -> None:
        """Let time pass; who has slept long enough wakes, and sleeps again afterwards."""
        self.nobody_sleeps()
        self.now += timedelta(**amount)
        for until, over in self._sleepers:
            if until <= self.now:
                over.set()
        self._sleepers = [each for each in self._sleepers if each[0] > self.now]
        await self.somebody_sleeps()


@dataclass
class Household:
    """An instance with Alice, Bob and Charlie, who all have an e-mail address."""

    database: Database
    time: FakeTime
    mailer: Mailer
    alerts: Alerts
    inbox: Inbox
    ids: dict[str, UUID]
    told: list[tuple[UUID, AlertChanged]]
    heard: asyncio.Event

    async def is_told(self, times: int) -> None:
        """Wait until devices were told so many times."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while len(self.told) < times:
                self.heard.clear()
                await self.heard.wait()

    async def start(self) -> None:
        """Start the mailer, and wait until it has sent what was there."""
        self.mailer.start()
        await self.time.somebody_sleeps()

    async def happens(self, *changes: ScopeSpent) -> None:
        """Settle, as the budget does: in a unit of work. The mailer has had its turn afterwards."""
        self.time.nobody_sleeps()
        await self.database.write(lambda: self.alerts.note(changes))
        await self.time.somebody_sleeps()

    async def mails(self) -> set[str]:
        """Return the states of all mails."""
        return {row.state for row in await self.rows(channel="mail")}

    async def rows(self, **wanted: object) -> list[AlertRow]:
        """Return the stored alerts."""
        return await AlertRow.filter(**wanted).order_by("id")


@asynccontextmanager
async def household(data: Path, mail: Mail | None) -> AsyncIterator[Household]:
    """Open the instance in this folder (made the first time), its mailer not started yet."""
    if not data.exists():  # noqa: ASYNC240 - a test's own folder
        await furnish(data)
    database, time = Database(data, MIGRATIONS), FakeTime()
    await database.open()
    users = {user.username: user for user in await UserRow.all()}
    for person, address in ADDRESSES.items():
        row = UserRow.filter(id=users[person.username].id)
        await row.update(email=address, language=person.language)
    head = Letterhead("Chez nous", ACCOUNT, "https://claude.home.arpa")
    mailer = Mailer(database=database, mail=mail, head=head, clock=time, pause=time.pause)
    told: list[tuple[UUID, AlertChanged]] = []
    heard = asyncio.Event()

    def tell(user: UUID, change: AlertChanged) -> None:
        told.append((user, change))
        heard.set()

    alerts = Alerts(
        database=database,
        clock=time,
        periods=PeriodBook("Europe/Paris"),
        purse="real",
        tell=tell,
        mailer=mailer,
    )
    inbox = Inbox(database=database, clock=time, tell=tell, mailer=mailer, alerts=alerts)
    ids = {name: user.id for name, user in users.items()}
    telling = asyncio.create_task(alerts.run())
    try:
        yield Household(database, time, mailer, alerts, inbox, ids, told, heard)
    finally:
        telling.cancel()
        await mailer.close()
        await database.close()
