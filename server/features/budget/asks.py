"""Asking for more: a person asks in a period, an administrator answers with one tap.

What is granted is added to the person's limit of that period only. It never lifts the limit of the
instance.
"""

from collections.abc import Awaitable, Callable
from typing import cast
from uuid import UUID

from schema.tables.budget import BudgetAskRow
from schema.wire.money import More, MoreAnswer, MoreAsk, MoreList, Period
from server.core.clock import Clock
from server.core.ids import new_id
from server.core.problems import Refusal
from server.edge.principal import Principal
from server.store import Database

from .ledger import Ledger
from .scopes import Purse, ScopeKey
from .store import asks as store
from .store import audit, balances, spending
from .store.limits import Rule


async def _nobody(_: More) -> None:
    """Nobody is alerted."""


class Asks:
    """Requests for more, in the purse in use."""

    def __init__(self, *, database: Database, clock: Clock, ledger: Ledger, purse: Purse) -> None:
        self._database = database
        self._clock = clock
        self._ledger = ledger
        self._purse = purse
        self.on_asked: Callable[[More], Awaitable[None]] = _nobody
        """Alerts the administrators, in the unit of work of the request."""
        self.on_answered: Callable[[More], Awaitable[None]] = _nobody
        """Alerts the person, in the unit of work of the answer."""
        self.on_changed: Callable[[More], None] = lambda _: None
        """Wakes who waits for a hold and tells the devices, once it is on disk."""

    async def newest(self, who: Principal, limit: int) -> MoreList:
        """Return the newest requests: one's own, or everybody's for an administrator."""
        rows = await store.newest_asks(None if who.role == "admin" else who.user, limit)
        return MoreList(asks=[_more(row) for row in rows])

    async def ask(self, user: UUID, ask: MoreAsk) -> More:
        """Ask for more in a running period; the same id again gives the same request.

        Raises Refusal `invalid` for a period in which the administrator set no limit, `ask_open`
        while another request in it waits, `id_conflict` if the id stands for something else.
        """
        ask_id = ask.id or new_id()

        async def unit() -> tuple[More, bool]:
            known = await store.ask_by_id(ask_id)
            if known is not None:
                return _same(known, user, ask), False
            await self._add(ask_id, user, ask)
            more = await self._read(ask_id)
            await self.on_asked(more)
            return more, True

        more, _ = await self._database.write(unit, self._told)
        return more

    async def answer(self, by: UUID, ask: UUID, answer: MoreAnswer) -> More:
        """Grant a request, with the amount asked for or another one, or decline it.

        Raises Refusal `not_found`, `ask_answered`, `ask_over` for granting in a period that is
        over, `invalid` for declining with an amount.
        """
        if not answer.granted and answer.amount_nano_eur is not None:
            raise Refusal("invalid", fields="amount_nano_eur: only with granted")

        async def unit() -> tuple[More, bool]:
            row = await store.ask_by_id(ask)
            if row is None:
                raise Refusal("not_found")
            if row.state != "open":
                raise Refusal("ask_answered")
            await self._answer(row, by, answer)
            more = _more(row)
            await self.on_answered(more)
            return more, True

        more, _ = await self._database.write(unit, self._told)
        return more

    async def _add(self, ask_id: UUID, user: UUID, ask: MoreAsk) -> None:
        start = (await self._ledger.stand()).periods.start(ask.period)
        if _allowance(await spending.rule_of(user), ask.period) is None:
            raise Refusal("invalid", fields=f"period: no {ask.period} limit was set for you")
        if await store.open_ask_exists(user, self._purse, ask.period, start):
            raise Refusal("ask_open")
        await store.add_ask(
            {
                "id": ask_id,
                "user_id": user,
                "purse": self._purse,
                "period": ask.period,
                "start": start,
                "amount_nano_eur": ask.amount_nano_eur,
                "note": ask.note,
                "state": "open",
                "created_at": self._clock(),
            }
        )

    async def _answer(self, row: BudgetAskRow, by: UUID, answer: MoreAnswer) -> None:
        now = self._clock()
        row.state, row.answered_at, row.answered_by = "declined", now, by
        if answer.granted:
            key = _key(row)
            if key.start != (await self._ledger.stand()).periods.start(key.period):
                raise Refusal("ask_over")
            row.state = "granted"
            row.granted_nano_eur = answer.amount_nano_eur or row.amount_nano_eur
            await balances.add_extra(key, row.granted_nano_eur)
        await store.save_answer(row)
        facts = {
            "ask": str(row.id),
            "user": str(row.user_id),
            "period": row.period,
            "granted_nano_eur": row.granted_nano_eur,
        }
        await audit.add(now, by, f"ask_{row.state}", facts)

    async def _read(self, ask_id: UUID) -> More:
        row = await store.ask_by_id(ask_id)
        if row is None:
            raise Refusal("not_found")
        return _more(row)

    def _told(self, result: tuple[More, bool]) -> None:
        more, changed = result
        if changed:
            self.on_changed(more)


def _same(row: BudgetAskRow, user: UUID, ask: MoreAsk) -> More:
    """Return the request that the id stands for. Raises Refusal `id_conflict` for another one."""
    asked = (user, ask.period, ask.amount_nano_eur, ask.note)
    if (row.user_id, row.period, row.amount_nano_eur, row.note) != asked:
        raise Refusal("id_conflict")
    return _more(row)


def _allowance(rule: Rule, period: Period) -> int | None:
    """Return what the administrator allows a person in such a period; None is no limit."""
    return {
        "day": rule.daily_nano_eur,
        "week": rule.weekly_nano_eur,
        "month": rule.monthly_nano_eur,
        "total": rule.total_nano_eur,
    }[period]


def _key(row: BudgetAskRow) -> ScopeKey:
    """Return the balance that a request is about."""
    purse, period = cast("Purse", row.purse), cast("Period", row.period)
    return ScopeKey(purse, "user", str(row.user_id), period, row.start)


def _more(row: BudgetAskRow) -> More:
    return More(
        id=row.id,
        user=row.user_id,
        username=row.user.username,
        period=row.period,
        amount_nano_eur=row.amount_nano_eur,
        note=row.note,
        state=row.state,
        granted_nano_eur=row.granted_nano_eur,
        created_at=row.created_at,
        answered_at=row.answered_at,
    )
