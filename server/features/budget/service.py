"""The use cases of money that people meet: each is decided by the module it is handed on to."""

from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from schema.wire.money import (
    AlertChoices,
    Alerts,
    AlertSettings,
    AlertTest,
    Audit,
    KillSwitchAsk,
    Limits,
    LimitsAsk,
    Members,
    ModelPrice,
    MonitorStatus,
    More,
    MoreAnswer,
    MoreAsk,
    MoreList,
    PriceAsk,
    PriceList,
    PriceTag,
    RateAsk,
    Reconciliation,
    UsageReport,
    UserLimits,
    UserLimitsAsk,
)
from server.edge.principal import Principal

from .asks import Asks
from .inbox import Inbox
from .members import Membership
from .pricing import Pricing
from .reconcile import Reconciler
from .report import Reports
from .spending import Spending
from .status import Status
from .switch import Switch
from .trail import Trail


@dataclass(frozen=True, slots=True, kw_only=True)
class UseCases:
    """Who decides what."""

    status: Status
    switch: Switch
    spending: Spending
    membership: Membership
    reports: Reports
    asks: Asks
    pricing: Pricing
    inbox: Inbox
    reconciler: Reconciler
    trail: Trail


class Monitor:
    """Everything below /monitor. Who may call what is said by the routes (`admin=True`)."""

    def __init__(self, use: UseCases) -> None:
        self._use = use

    # ── limits and where they stand ─────────────────────────────────────────────────────────────

    async def status(self, who: Principal) -> MonitorStatus:
        """Return where the limits of this person and of the instance stand."""
        return await self._use.status.of(who.user)

    async def limits(self, who: Principal) -> Limits:
        """Return the instance's limits to an administrator, to others their own lower ones."""
        return await self._use.spending.limits(who)

    async def set_limits(self, who: Principal, ask: LimitsAsk) -> Limits:
        """Set them. Raises Refusal `forbidden`."""
        return await self._use.spending.set_limits(who, ask)

    async def my_limits(self, who: Principal) -> UserLimits:
        """Return a person's limits, their own lower ones included."""
        return await self._use.spending.limits_of(who.user)

    async def set_my_limits(self, who: Principal, ask: LimitsAsk) -> UserLimits:
        """Set one's own lower limits. Raises Refusal `forbidden`."""
        return await self._use.spending.set_own(who.user, ask)

    async def set_user_limits(self, who: Principal, user: UUID, ask: UserLimitsAsk) -> UserLimits:
        """Set what a person may spend. Raises Refusal `not_found`."""
        return await self._use.spending.set_user(who.user, user, ask)

    async def members(self) -> Members:
        """Return everybody's spending and limits."""
        return await self._use.membership.everybody()

    # ── what was spent ──────────────────────────────────────────────────────────────────────────

    async def daily(self, who: Principal, first: str | None, last: str | None) -> UsageReport:
        """Return what was spent on these days. Raises Refusal `invalid`."""
        return await self._use.reports.daily(who, first, last)

    async def monthly(self, who: Principal, month: str | None) -> UsageReport:
        """Return what was spent in a month. Raises Refusal `invalid`."""
        return await self._use.reports.monthly(who, month)

    async def as_csv(self, who: Principal, report: UsageReport) -> bytes:
        """Return the days of a report as a file: a row per day, person and model."""
        return await self._use.reports.csv(who, report)

    async def reconciliation(self, who: Principal) -> Reconciliation:
        """Return the provider's bill of past days beside the ledger."""
        return await self._use.reconciler.report(who.language)

    async def reconcile(self, who: Principal) -> Reconciliation:
        """Read the provider's report now."""
        return await self._use.reconciler.run(who.language)

    # ── prices ──────────────────────────────────────────────────────────────────────────────────

    async def prices(self) -> PriceList:
        """Return every price, and the exchange rate."""
        return await self._use.pricing.price_list()

    async def set_price(self, who: Principal, model: str, ask: PriceAsk) -> ModelPrice:
        """Set a model's price from now on. Raises Refusal `invalid`."""
        return await self._use.pricing.set_price(who.user, model, ask)

    async def set_rate(self, who: Principal, ask: RateAsk) -> PriceList:
        """Set the exchange rate from now on. Raises Refusal `invalid`."""
        return await self._use.pricing.set_rate(who.user, ask)

    async def price(self, who: Principal, conversation: UUID | None, model: str | None) -> PriceTag:
        """Return what the next question will cost. Raises Refusal `not_found`, `model_unpriced`."""
        return await self._use.pricing.tag(who.user, conversation, model)

    # ── the red button ──────────────────────────────────────────────────────────────────────────

    async def switch(self, who: Principal, ask: KillSwitchAsk) -> MonitorStatus:
        """Pull it, or lift the stop; return where that leaves us."""
        if ask.pulled:
            await self._use.switch.pull(who.user, ask.reason)
        else:
            await self._use.switch.lift(who.user, ask.reason)
        return await self.status(who)

    async def audit(self, limit: int) -> Audit:
        """Return the newest entries of the audit log."""
        return await self._use.trail.newest(limit)

    # ── alerts and asks ─────────────────────────────────────────────────────────────────────────

    async def alerts(self, who: Principal, limit: int) -> Alerts:
        """Return one's newest alerts."""
        return await self._use.inbox.newest(who.user, limit)

    async def seen(self, who: Principal, alert: UUID) -> None:
        """Mark an alert as seen. Raises Refusal `not_found`."""
        await self._use.inbox.seen(who.user, alert)

    async def alert_settings(self, who: Principal) -> AlertSettings:
        """Return which alerts one gets."""
        return await self._use.inbox.settings(who.user)

    async def choose_alerts(self, who: Principal, choices: AlertChoices) -> AlertSettings:
        """Choose them."""
        return await self._use.inbox.choose(who.user, choices)

    async def test_alert(self, who: Principal, channel: Literal["app", "mail"]) -> AlertTest:
        """Send oneself an alert."""
        return await self._use.inbox.test(who.user, channel)

    async def asks(self, who: Principal, limit: int) -> MoreList:
        """Return requests for more: one's own, or everybody's for an administrator."""
        return await self._use.asks.newest(who, limit)

    async def ask(self, who: Principal, ask: MoreAsk) -> More:
        """Ask for more. Raises Refusal `invalid`, `id_conflict` or `ask_open`."""
        return await self._use.asks.ask(who.user, ask)

    async def answer_ask(self, who: Principal, ask: UUID, answer: MoreAnswer) -> More:
        """Grant or decline it.

        Raises Refusal `not_found`, `invalid`, `ask_answered` or `ask_over`.
        """
        return await self._use.asks.answer(who.user, ask, answer)
