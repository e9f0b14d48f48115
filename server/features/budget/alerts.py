"""Alerts: who is told what about money, in the app and by e-mail, each event once.

An alert is written in the unit of work of what it tells of: both are there, or neither. Telling the
devices and the mailer comes afterwards, from what is stored: `run` reads it once that unit is over
(a reader waits for the unit that is writing). A settlement that crosses no threshold costs nothing.
"""

import asyncio
import logging
from collections.abc import Callable, Sequence
from typing import Any, Final, Literal
from uuid import UUID

from schema.tables.budget import AlertRow
from schema.wire.frames import AlertChanged
from schema.wire.money import Alert, More
from server.core.clock import Clock
from server.core.ids import new_id
from server.store import Database, DatabaseError

from .alert_texts import Facts, alert_text
from .limits import ScopeSpent, Standing, standings
from .mailer import Mailer
from .periods import PeriodBook
from .scopes import Purse
from .store import alerts as store
from .store.alerts import Recipient

log = logging.getLogger(__name__)

Channel = Literal["app", "mail"]
"""Where an alert can go; a further channel is a further name, and a worker over its rows."""

THRESHOLDS: Final = (100, 90, 70)
"""Per cent of a limit, the highest first."""

WHOLE: Final = 100

Tell = Callable[[UUID, AlertChanged], None]


class Alerts:
    """Writes alerts, and tells of them. `run` is a task that lives as long as the server."""

    def __init__(
        self,
        *,
        database: Database,
        clock: Clock,
        periods: PeriodBook,
        purse: Purse,
        tell: Tell,
        mailer: Mailer,
    ) -> None:
        self._database = database
        self._clock = clock
        self._periods = periods
        self._purse = purse
        self._tell = tell
        self._mailer = mailer
        self._fresh: list[UUID] = []
        self._written = asyncio.Event()

    # ── events; each is called in the unit of work that makes it happen ─────────────────────────

    async def note(self, changes: Sequence[ScopeSpent]) -> None:
        """Tell of each limit of which these settlements crossed a threshold.

        Of several thresholds crossed at once a person is told the highest they want to know of.
        """
        for change in changes:
            crossed = _crossed(change, change.spent_before)
            if crossed:
                await self._note(change, crossed)

    async def limits_changed(self, user: UUID | None, by: UUID | None = None) -> None:
        """Tell of each limit of a person (None: of the instance) that is at a threshold now.

        Who lowers their own limit (`by`) tells themselves, and not the administrators each time.
        """
        administrators = await store.recipients()
        whoever = user or next((each.id for each in administrators), None)
        if whoever is None:
            return
        now = self._periods.of(self._clock())
        for standing in (await standings(self._purse, whoever, now)).scopes:
            if (standing.limit.scope == "user") == (user is not None):
                change = _as_spent(standing)
                crossed = _crossed(change, -1)
                if crossed:
                    await self._note(change, crossed, only_owner=by is not None and by == user)

    async def switched(self, stop: str, reason: str, by: UUID | None) -> None:
        """Tell the administrators that calls are stopped ("hand", "ledger"), or made again ("")."""
        kind, facts = "lifted", {"reason": reason}
        if stop:
            kind, facts = "tripped", facts | {"trip": stop}
        people = await store.recipients(*([] if by is None else [by]))
        name = next((each.username for each in people if each.id == by), None)
        if name is not None:
            facts = facts | {"username": name}
        told = [(each, facts) for each in people if each.administrator]
        await self._write(kind, f"{kind}:{new_id()}", told)

    async def asked(self, ask: More) -> None:
        """Tell the administrators that somebody asks for more."""
        facts = {"username": ask.username, **_facts_of(ask)}
        people = [each for each in await store.recipients() if each.id != ask.user]
        await self._write("ask", f"ask:{ask.id}", [(each, facts) for each in people])

    async def answered(self, ask: More) -> None:
        """Tell who asked for more what became of it."""
        person = await store.recipient(ask.user)
        if person is not None:
            await self._write("answer", f"answer:{ask.id}", [(person, _facts_of(ask))])

    async def tried_out(self, person: Recipient) -> None:
        """Alert somebody who wants to see that it works, in the app."""
        await self._write("test", f"test:{new_id()}", [(person, {})], ("app",))

    # ── telling what was written ────────────────────────────────────────────────────────────────

    async def run(self) -> None:
        """Tell devices and mailer of what is written, until cancelled."""
        while True:
            await self._written.wait()
            self._written.clear()
            fresh, self._fresh = self._fresh, []
            try:
                self._announce(await store.those_stored(fresh))
            except DatabaseError:
                # They are stored all the same: shown with the next list, mailed in the next round.
                log.exception("alerts not told")

    def _announce(self, rows: Sequence[AlertRow]) -> None:
        for row in rows:
            if row.channel == "app":
                self._tell(row.user_id, changed(in_words(row, row.user.language)))
        if any(row.channel == "mail" for row in rows):
            self._mailer.wake()

    # ── shared steps ────────────────────────────────────────────────────────────────────────────

    async def _note(
        self, change: ScopeSpent, crossed: Sequence[int], *, only_owner: bool = False
    ) -> None:
        owner = UUID(change.scope_id) if change.scope == "user" else None
        people = await store.recipients(*([] if owner is None else [owner]))
        if only_owner:
            people = [each for each in people if each.id == owner]
        named = [("username", each.username) for each in people if each.id == owner]
        for percent in crossed:
            facts = self._threshold(change, percent)
            told = [
                (each, facts if each.id == owner else facts | dict(named))
                for each in people
                if _highest_wanted(each, crossed) == percent
            ]
            await self._write("threshold", _key(change, percent), told)

    def _threshold(self, change: ScopeSpent, percent: int) -> dict[str, Any]:
        resets_at = self._periods.resets_at(change.period, change.start)
        return {
            "percent": percent,
            "purse": change.purse,
            "scope": change.scope,
            "period": change.period,
            "spent_nano_eur": change.spent_after,
            "limit_nano_eur": change.limit_nano_eur,
            "resets_at": None if resets_at is None else resets_at.isoformat(),
        }

    async def _write(
        self,
        kind: str,
        key: str,
        told: Sequence[tuple[Recipient, Facts]],
        channels: tuple[Channel, ...] = ("app", "mail"),
    ) -> None:
        now = self._clock()
        rows = [
            AlertRow(
                id=new_id(),
                user_id=person.id,
                channel=channel,
                kind=kind,
                key=key,
                facts=dict(facts),
                state="sent" if channel == "app" else "queued",
                created_at=now,
                next_at=now,
            )
            for person, facts in told
            for channel in channels
            if channel == "app" or self._mails(person)
        ]
        if rows:
            await store.queue(rows)
            self._fresh += [row.id for row in rows]
            self._written.set()

    def _mails(self, person: Recipient) -> bool:
        return self._mailer.ready and person.email is not None and person.switches.alert_mail


def _crossed(change: ScopeSpent, before: int) -> list[int]:
    """Return the thresholds between what was spent before and what is spent now."""
    limit = change.limit_nano_eur
    if limit is None or limit <= 0:
        return []
    return [
        percent
        for percent in THRESHOLDS
        if before * WHOLE < percent * limit <= change.spent_after * WHOLE
    ]


def _highest_wanted(person: Recipient, crossed: Sequence[int]) -> int | None:
    wanted = {100: True, 90: person.switches.alert_90, 70: person.switches.alert_70}
    return next((percent for percent in crossed if wanted[percent]), None)


def _key(change: ScopeSpent, percent: int) -> str:
    """Name the event. What was granted on top of a limit makes another limit of it."""
    where = f"{change.purse}:{change.scope}:{change.scope_id}:{change.period}:{change.start}"
    return f"threshold:{percent}:{where}:{change.revision}:{change.limit_nano_eur}"


def _as_spent(standing: Standing) -> ScopeSpent:
    limit, spent = standing.limit, standing.spent_nano_eur
    return ScopeSpent(
        *limit.key,
        spent_before=spent,
        spent_after=spent,
        limit_nano_eur=limit.limit_nano_eur,
        revision=limit.revision,
    )


def _facts_of(ask: More) -> dict[str, Any]:
    return {
        "ask": str(ask.id),
        "period": ask.period,
        "amount_nano_eur": ask.amount_nano_eur,
        "granted_nano_eur": ask.granted_nano_eur,
        "granted": ask.state == "granted",
        "note": ask.note if ask.state == "open" else "",
    }


def in_words(row: AlertRow, language: str) -> Alert:
    """Return an alert as it is shown to who reads this language."""
    said = alert_text(row.kind, row.facts, language)
    ask = row.facts.get("ask")
    return Alert(
        id=row.id,
        kind=row.kind,
        title=said.title,
        text=said.text,
        facts=row.facts,
        ask=None if ask is None else UUID(ask),
        seen=row.state == "seen",
        created_at=row.created_at,
    )


def changed(alert: Alert) -> AlertChanged:
    """Return the frame that tells devices of it."""
    return AlertChanged(op="put", id=alert.id, row=alert)
