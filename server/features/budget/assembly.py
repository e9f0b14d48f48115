"""Everything of this slice, put together: built, opened and closed in order."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from schema.wire.frames import ChangeBase
from server.core.clock import Clock
from server.core.tasks import background, end
from server.settings.model import BudgetSettings
from server.store import Database

from .alerts import Alerts
from .asks import Asks
from .bound import Count
from .broadcast import Broadcast
from .holding import Holding, HoldingParts, HoldingSettings
from .inbox import Inbox
from .ledger import Ledger
from .letter import Letterhead
from .mailer import Mailer, MailPort
from .members import Membership
from .meter import Meter
from .periods import PeriodBook
from .price_file import read_prices
from .prices import PriceBook
from .pricing import Pricing
from .rates import RateBook
from .reconcile import Reconciler, ReportPort
from .report import Reports
from .scopes import purse_of
from .service import Monitor, UseCases
from .spending import Spending
from .status import Status, StatusParts, Usual
from .switch import Switch
from .tags import Tagged, TagParts, Tags
from .trail import Trail
from .verify import Verifier


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked of Claude by default, and whether it is the simulator that answers."""

    model: str
    max_tokens: int
    simulated: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Outside:
    """What the slice works with that is not its own.

    `prices` is the built-in list; `present` are the people who are connected. Without `mail` no
    e-mail is sent, without `report` nothing is compared.
    """

    database: Database
    clock: Clock
    prices: Path
    tell: Callable[[UUID, ChangeBase], None]
    present: Callable[[], Iterable[UUID]]
    count: Count
    letterhead: Letterhead
    mail: MailPort | None
    report: ReportPort | None


class Money:
    """The slice: `holding` is for turns, `monitor` for people. `cut` stops running answers."""

    def __init__(
        self, settings: BudgetSettings, lease_seconds: float, asked: Asked, outside: Outside
    ) -> None:
        database, clock = outside.database, outside.clock
        purse = purse_of(simulated=asked.simulated)
        periods = PeriodBook(settings.time_zone)
        self.ledger = Ledger(periods=periods, clock=clock)
        self.meter = Meter(database.path.parent)
        self.switch = Switch(database=database, clock=clock)
        self.verifier = Verifier(
            database=database,
            clock=clock,
            ledger=self.ledger,
            meter=self.meter,
            switch=self.switch,
        )
        book = PriceBook(read_prices(settings.prices_file or outside.prices))
        rates = RateBook(settings.rates_file)
        self.holding = Holding(
            HoldingParts(
                database=database,
                ledger=self.ledger,
                prices=book,
                rates=rates,
                switch=self.switch,
                meter=self.meter,
                settings=_holding_settings(settings, lease_seconds),
                clock=clock,
                count=outside.count,
            )
        )
        self.mailer = Mailer(
            database=database, mail=outside.mail, head=outside.letterhead, clock=clock
        )
        self.alerts = Alerts(
            database=database,
            clock=clock,
            periods=periods,
            purse=purse,
            tell=outside.tell,
            mailer=self.mailer,
        )
        inbox = Inbox(
            database=database,
            clock=clock,
            tell=outside.tell,
            mailer=self.mailer,
            alerts=self.alerts,
        )
        self.reconciler = Reconciler(
            database=database,
            clock=clock,
            ledger=self.ledger,
            report=outside.report,
            rate=lambda at: rates.rate(at).usd_per_eur_micro,
            on_corrected=self.holding.added,
        )
        tag_parts = TagParts(
            clock=clock, book=book, rates=rates, answers=self.holding.answers, periods=periods
        )
        self.tags = Tags(tag_parts, Tagged(asked.model, asked.max_tokens, asked.simulated))
        self.pricing = Pricing(
            database=database, clock=clock, book=book, rates=rates, tags=self.tags
        )
        status = Status(
            StatusParts(
                clock=clock,
                ledger=self.ledger,
                meter=self.meter,
                switch=self.switch,
                verifier=self.verifier,
                prices=book,
                rates=rates,
                usual=Usual(asked.model, settings.useful_tokens, asked.simulated),
            )
        )
        self.spending = Spending(database=database, clock=clock)
        self.asks = Asks(database=database, clock=clock, ledger=self.ledger, purse=purse)
        self.monitor = Monitor(
            UseCases(
                status=status,
                switch=self.switch,
                spending=self.spending,
                membership=Membership(ledger=self.ledger, purse=purse),
                reports=Reports(ledger=self.ledger, time_zone=settings.time_zone, purse=purse),
                asks=self.asks,
                pricing=self.pricing,
                inbox=inbox,
                reconciler=self.reconciler,
                trail=Trail(),
            )
        )
        self._broadcast = Broadcast(status=status, present=outside.present, tell=outside.tell)
        self._database = database
        self._tasks: list[asyncio.Task[None]] = []
        self._connect()

    def _connect(self) -> None:
        """Who is told by whom."""
        told = self._broadcast.changed
        self.holding.on_spent = self.alerts.note
        self.holding.on_settled = told
        self.switch.on_changed = self._wake
        self.switch.on_switched = self.alerts.switched
        self.spending.on_limits = self.alerts.limits_changed
        self.spending.on_changed = self._wake
        self.asks.on_asked = self.alerts.asked
        self.asks.on_answered = self.alerts.answered
        self.asks.on_changed = self._wake
        self.pricing.on_changed = told

    def _wake(self, *_: object) -> None:
        """Limits are others now, or the switch: who waits for a hold looks again."""
        self.holding.limits_changed()
        self._broadcast.changed()

    def cut_with(self, cut: Callable[[str], Awaitable[None]]) -> None:
        """Have the red button cut running answers."""
        self.switch.on_cut = cut

    async def trusted(self) -> None:
        """Raise Refusal `ledger` while the ledger cannot be trusted, for `/readyz`."""
        self.switch.require_trust()

    async def open(self) -> None:
        """Open the ledger and look whether it can be trusted. Raises StartError."""
        async with AsyncExitStack() as undo:
            undo.push_async_callback(self.meter.close)
            with self._database.starting():
                await self.switch.open()
                await self.holding.open()
                undo.push_async_callback(self.holding.close)
                await self.pricing.open()
                await self.verifier.open()
            undo.pop_all()

    async def start(self) -> None:
        """Begin what runs beside the turns, once those that a crash cut off are recovered."""
        with self._database.starting():
            await self.holding.close_orphans()
        self.verifier.watch()
        self.mailer.start()
        self.reconciler.start()
        self._tasks = [background(self.alerts.run()), background(self._broadcast.run())]

    async def close(self) -> None:
        """End everything; what is queued is sent after the next start."""
        await self.holding.close()
        await self.reconciler.close()
        await self.mailer.close()
        await self.verifier.close()
        await end(*self._tasks)
        await self.meter.close()


def _holding_settings(settings: BudgetSettings, lease_seconds: float) -> HoldingSettings:
    return HoldingSettings(
        starting_daily_cents=settings.starting_daily_cents,
        starting_monthly_cents=settings.starting_monthly_cents,
        answer_tokens=settings.answer_tokens,
        useful_tokens=settings.useful_tokens,
        wait_seconds=settings.wait_seconds,
        stop_allowance_tokens=settings.stop_allowance_tokens,
        lease_seconds=lease_seconds,
    )
