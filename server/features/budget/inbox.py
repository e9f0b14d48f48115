"""A person's own alerts: what they were told and have seen, and what they want to be told."""

from typing import Final
from uuid import UUID

from schema.wire.money import Alert, AlertChoices, Alerts, AlertSettings, AlertTest
from server.core.clock import Clock
from server.core.problems import Refusal
from server.store import Database

from .alert_texts import mail_text
from .alerts import Alerts as Alerting
from .alerts import Channel, Tell, changed, in_words
from .mailer import Mailer
from .pace import Pace
from .store import alerts as store
from .store.alerts import Recipient

TESTS: Final = 5
TESTS_SECONDS: Final = 600.0
"""How often a person may try a channel out: it sends an e-mail to whatever address they gave."""


class Inbox:
    """Everybody's alerts, to each their own. Without an account all raise Refusal `signed_out`."""

    def __init__(
        self, *, database: Database, clock: Clock, tell: Tell, mailer: Mailer, alerts: Alerting
    ) -> None:
        self._database = database
        self._clock = clock
        self._tell = tell
        self._mailer = mailer
        self._alerts = alerts
        self._tests = Pace(TESTS, TESTS_SECONDS)

    async def newest(self, user: UUID, limit: int) -> Alerts:
        """Return a person's newest alerts, and how many of all they have not seen."""
        language = (await self._person(user)).language
        rows = await store.newest(user, limit)
        return Alerts(
            alerts=[in_words(row, language) for row in rows], unseen=await store.unseen(user)
        )

    async def seen(self, user: UUID, alert: UUID) -> None:
        """Mark an alert as seen, on all of the person's devices. Raises Refusal `not_found`."""
        language = (await self._person(user)).language

        async def unit() -> Alert:
            await store.mark_seen(user, alert, self._clock())
            row = await store.alert_of(user, alert)
            if row is None:
                raise Refusal("not_found")
            return in_words(row, language)

        await self._database.write(unit, lambda row: self._tell(user, changed(row)))

    async def settings(self, user: UUID) -> AlertSettings:
        """Return which alerts a person gets."""
        person = await self._person(user)
        return AlertSettings(
            alert_70=person.switches.alert_70,
            alert_90=person.switches.alert_90,
            alert_mail=person.switches.alert_mail,
            mail_ready=self._mailer.ready,
            email=person.email,
        )

    async def choose(self, user: UUID, choices: AlertChoices) -> AlertSettings:
        """Choose them; what is absent stays."""
        changes: dict[str, bool] = choices.model_dump(exclude_none=True)
        if changes:
            await self._database.write(lambda: store.set_switches(user, changes, self._clock()))
        return await self.settings(user)

    async def test(self, user: UUID, channel: Channel) -> AlertTest:
        """Try a channel out; e-mail is sent at once, and what the server said is the answer.

        Raises Refusal `too_many_requests`.
        """
        person = await self._person(user)
        self._tests.take(user)
        if channel == "mail":
            return await self._mailer.try_out(person)
        await self._database.write(lambda: self._alerts.tried_out(person))
        return AlertTest(ok=True, detail=mail_text("taken", person.language))

    async def _person(self, user: UUID) -> Recipient:
        person = await store.recipient(user)
        if person is None:
            raise Refusal("signed_out")
        return person
