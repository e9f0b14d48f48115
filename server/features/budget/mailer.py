"""Sends queued alerts by e-mail, each once: a worker over the table, which is its only memory.

It sleeps until an alert is written or the next one is due again, so that a test's clock can drive
it. What the mail server has taken is noted before anything else; only a death between its 250 and
that note sends an alert twice, with the same Message-ID.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime, timedelta
from email.message import EmailMessage
from typing import Any, Final, Protocol
from uuid import UUID

from schema.tables.budget import AlertRow
from schema.wire.money import AlertTest
from server.adapters.mail import MailFailed
from server.core.clock import Clock
from server.core.ids import new_id
from server.core.tasks import background, end
from server.store import Database, DatabaseError

from .alert_texts import alert_text, mail_text
from .letter import Letter, Letterhead, compose
from .store import alerts as store
from .store.alerts import Recipient

log = logging.getLogger(__name__)

FIRST_PAUSE: Final = timedelta(minutes=1)
LONGEST_PAUSE: Final = timedelta(hours=1)
PATIENCE: Final = timedelta(days=3)
"""How old an alert may be and still be worth sending."""

IDLE: Final = timedelta(days=1)
AT_ONCE: Final = 20
CLOSE_SECONDS: Final = 5.0
"""How long a message that is being handed over may take when the server stops."""

Pause = Callable[[float], Awaitable[None]]


class MailPort(Protocol):
    """A mail server; `server.adapters.mail` is the one in use."""

    def delivered(self, message: EmailMessage, recipient: str) -> AbstractAsyncContextManager[None]:
        """Enter once it has taken the message; raises MailFailed."""
        ...


class Mailer:
    """The worker. Without a mail server nothing is sent, and `ready` is False."""

    def __init__(
        self,
        *,
        database: Database,
        mail: MailPort | None,
        head: Letterhead,
        clock: Clock,
        pause: Pause = asyncio.sleep,
    ) -> None:
        self._database = database
        self._mail = mail
        self._head = head
        self._clock = clock
        self._pause = pause
        self._wanted = asyncio.Event()
        self._closing = False
        self._taken: set[UUID] = set()
        self._task: asyncio.Task[None] | None = None

    @property
    def ready(self) -> bool:
        """Whether this instance can send e-mail."""
        return self._mail is not None

    def start(self) -> None:
        """Go on with what was queued when the server stopped, and then with what comes."""
        if self._mail is not None:
            self._task = background(self._run(self._mail))

    def wake(self) -> None:
        """Say that there is something to send."""
        self._wanted.set()

    async def close(self) -> None:
        """End; a message that is being handed over may get to its end."""
        self._closing = True
        self.wake()
        if self._task is not None:
            await asyncio.wait({self._task}, timeout=CLOSE_SECONDS)
            await end(self._task)

    async def try_out(self, person: Recipient) -> AlertTest:
        """Send a test alert at once, and return what came of it in the person's language."""
        if self._mail is None:
            return AlertTest(ok=False, detail=mail_text("off", person.language))
        if person.email is None:
            return AlertTest(ok=False, detail=mail_text("nowhere", person.language))
        said = alert_text("test", {}, person.language)
        letter = Letter(new_id(), said, person.language, person.email, self._clock())
        try:
            async with self._mail.delivered(compose(self._head, letter), person.email):
                detail = mail_text("sent", person.language, email=person.email)
        except MailFailed as failure:
            return AlertTest(ok=False, detail=failure.words)
        return AlertTest(ok=True, detail=detail)

    # ── the worker ──────────────────────────────────────────────────────────────────────────────

    async def _run(self, mail: MailPort) -> None:
        while not self._closing:
            self._wanted.clear()
            await self._sleep_until(await self._round(mail))

    async def _round(self, mail: MailPort) -> datetime:
        """Send what is due; return when to look again if nothing is written before."""
        try:
            await self._note_taken()
            due = await store.due(self._clock(), AT_ONCE)
            await self._send_all(mail, due)
            return await store.next_due() or self._clock() + IDLE
        except DatabaseError:
            log.exception("mail queue not readable or writable")
            return self._clock() + FIRST_PAUSE

    async def _sleep_until(self, moment: datetime) -> None:
        """Wait for `wake`, at most until the moment."""
        seconds = max(0.0, (moment - self._clock()).total_seconds())
        waits: set[asyncio.Future[Any]] = {
            asyncio.ensure_future(self._wanted.wait()),
            asyncio.ensure_future(self._pause(seconds)),
        }
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for each in waits:
                each.cancel()

    async def _send_all(self, mail: MailPort, due: Sequence[AlertRow]) -> None:
        """Send one after the other; a server that cannot be used is not asked again for each."""
        down: str | None = None
        for row in due:
            if self._closing:
                return
            if down is not None:
                await self._put_off(row, down)
            elif (why_not := self._pointless(row)) is not None:
                await self._give_up(row, why_not)
            else:
                down = await self._send(mail, row)

    def _pointless(self, row: AlertRow) -> str | None:
        if row.user.email is None:
            return "no address"
        late = self._clock() - row.created_at > PATIENCE
        return (row.error or "too late") if late else None

    async def _send(self, mail: MailPort, row: AlertRow) -> str | None:
        """Send one; return what is wrong with the server, if that was what kept it back."""
        person = row.user
        said = alert_text(row.kind, row.facts, person.language)
        letter = Letter(row.id, said, person.language, person.email or "", row.created_at)
        try:
            async with mail.delivered(compose(self._head, letter), letter.recipient):
                self._taken.add(row.id)
                await self._note_taken()
        except MailFailed as failure:
            log.warning("alert not mailed", extra={"alert": str(row.id), "why": failure.words})
            if failure.permanent:
                await self._give_up(row, failure.words)
                return None
            await self._put_off(row, failure.words)
            return failure.words
        return None

    async def _note_taken(self) -> None:
        """Store what was sent; what cannot be stored now is tried again, and not sent again."""
        if self._taken:
            taken, now = list(self._taken), self._clock()
            await self._database.write(lambda: store.mark_sent(taken, now))
            self._taken.difference_update(taken)

    async def _put_off(self, row: AlertRow, words: str) -> None:
        attempts = row.attempts + 1
        pause = min(FIRST_PAUSE * 2 ** min(row.attempts, 10), LONGEST_PAUSE)
        next_at = self._clock() + pause
        await self._database.write(lambda: store.postpone(row.id, attempts, next_at, words))

    async def _give_up(self, row: AlertRow, words: str) -> None:
        now = self._clock()
        log.warning("alert never mailed", extra={"alert": str(row.id), "why": words})
        await self._database.write(lambda: store.mark_failed(row.id, words, now))
