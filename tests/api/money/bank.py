"""Everything of an instance that has to do with money, on a clock that a test moves."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import httpx

from schema.tables.budget import UsageDayRow
from server.features.budget.alerts import Alerts
from server.features.budget.answers import Answers
from server.features.budget.asks import Asks
from server.features.budget.ledger import Ledger
from server.features.budget.letter import Letterhead
from server.features.budget.limits import Standing, give_starting_limits, standings
from server.features.budget.mailer import Mailer
from server.features.budget.members import Membership
from server.features.budget.meter import Meter
from server.features.budget.periods import PeriodBook
from server.features.budget.price_file import read_prices
from server.features.budget.prices import PriceBook
from server.features.budget.pricing import Pricing
from server.features.budget.rates import RateBook
from server.features.budget.reconcile import Reconciler
from server.features.budget.report import Reports
from server.features.budget.scopes import ScopeKey
from server.features.budget.service import Monitor, UseCases
from server.features.budget.spending import Spending
from server.features.budget.status import Status, StatusParts, Usual
from server.features.budget.store import balances
from server.features.budget.switch import Switch
from server.features.budget.tags import Tagged, TagParts, Tags
from server.features.budget.trail import Trail
from server.features.budget.verify import Verifier
from server.resources import resource
from server.store import Database
from tests.people import Person

NOON: Final = datetime(2026, 11, 21, 11, tzinfo=UTC)
"""A Saturday, noon in Paris; its week began on the 16th."""

MODEL: Final = "claude-sonnet-5-5"


class FakeClock:
    """Stands still until it is told to move."""

    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> datetime:
        return self.now

    def pass_time(self, **amount: float) -> None:
        """Move on, or back."""
        self.now += timedelta(**amount)


class Bank:
    """The instance, and a client of each of its people once they are signed in."""

    def __init__(self, folder: Path, database: Database) -> None:
        self.database = database
        self.clock = FakeClock()
        self.clients: dict[str, httpx.AsyncClient] = {}
        self.ids: dict[str, UUID] = {}
        self.woken: list[object] = []
        """What those who wait for a hold were told of: limits of a person (None: of all), asks."""
        self.cut: list[str] = []
        """Why running answers were cut."""
        self.ledger = Ledger(periods=PeriodBook("Europe/Paris"), clock=self.clock)
        self.meter = Meter(folder)
        self.prices = PriceBook(read_prices(resource("config/prices.yaml")))
        self.rates = RateBook()
        self.switch = Switch(database=database, clock=self.clock)
        self.spending = Spending(database=database, clock=self.clock)
        self.asks = Asks(database=database, clock=self.clock, ledger=self.ledger, purse="real")
        self.alerts = self._make_alerts()
        self.monitor = Monitor(self._use_cases())
        self._connect()

    async def open(self) -> None:
        """Have a ledger, and 2 € a day and 20 € a month; the database is open."""
        await self.database.write(self.ledger.open)
        await self.database.write(lambda: give_starting_limits(200, 2000, NOON))
        await self.switch.open()

    async def get(self, person: Person, path: str, **query: str) -> httpx.Response:
        """Have a person read."""
        return await self.clients[person.username].get(f"/api/v1{path}", params=query)

    async def put(self, person: Person, path: str, body: object) -> httpx.Response:
        """Have a person set something."""
        return await self.clients[person.username].put(f"/api/v1{path}", json=body)

    async def post(self, person: Person, path: str, body: object = None) -> httpx.Response:
        """Have a person do something."""
        return await self.clients[person.username].post(f"/api/v1{path}", json=body)

    async def stands(self, person: Person) -> dict[tuple[str, str], Standing]:
        """Return where a person's limits stand for the next hold, by scope and period."""
        periods = (await self.ledger.stand()).periods
        found = await standings("real", self.ids[person.username], periods)
        return {(each.limit.scope, each.limit.period): each for each in found.scopes}

    async def spend(self, person: Person, nano_eur: int) -> None:
        """Have a person spend, as it is counted in their balances and in the rollup."""
        user = self.ids[person.username]
        periods = (await self.ledger.stand()).periods
        keys = [
            ScopeKey("real", "user", str(user), "day", periods.day),
            ScopeKey("real", "user", str(user), "week", periods.week),
            ScopeKey("real", "user", str(user), "month", periods.month),
        ]
        row = UsageDayRow(
            purse="real",
            day=periods.day,
            user_id=user,
            model="claude-x",
            requests=1,
            cost_nano_eur=nano_eur,
        )

        async def unit() -> None:
            await balances.ready(keys)
            await balances.add(keys, spent=nano_eur, held=0)
            await row.save()

        await self.database.write(unit)

    def _make_alerts(self) -> Alerts:
        head = Letterhead("Test", "test@example.org", None)
        return Alerts(
            database=self.database,
            clock=self.clock,
            periods=self.ledger.periods,
            purse="real",
            tell=lambda _user, _change: None,
            mailer=Mailer(database=self.database, mail=None, head=head, clock=self.clock),
        )

    def _use_cases(self) -> UseCases:
        return UseCases(
            status=self._status(),
            switch=self.switch,
            spending=self.spending,
            membership=Membership(ledger=self.ledger, purse="real"),
            reports=Reports(ledger=self.ledger, time_zone="Europe/Paris", purse="real"),
            asks=self.asks,
            pricing=self._pricing(),
            alerts=self.alerts,
            reconciler=self._reconciler(),
            trail=Trail(),
        )

    def _status(self) -> Status:
        verifier = Verifier(
            database=self.database,
            clock=self.clock,
            ledger=self.ledger,
            meter=self.meter,
            switch=self.switch,
        )
        return Status(
            StatusParts(
                clock=self.clock,
                ledger=self.ledger,
                meter=self.meter,
                switch=self.switch,
                verifier=verifier,
                prices=self.prices,
                rates=self.rates,
                usual=Usual(MODEL, useful_tokens=256, simulated=False),
            )
        )

    def _pricing(self) -> Pricing:
        parts = TagParts(
            clock=self.clock,
            book=self.prices,
            rates=self.rates,
            answers=Answers(),
            periods=self.ledger.periods,
        )
        return Pricing(
            database=self.database,
            clock=self.clock,
            book=self.prices,
            rates=self.rates,
            tags=Tags(parts, Tagged(MODEL, max_tokens=8192, simulated=False)),
        )

    def _reconciler(self) -> Reconciler:
        return Reconciler(
            database=self.database,
            clock=self.clock,
            ledger=self.ledger,
            report=None,
            rate=lambda at: self.rates.rate(at).usd_per_eur_micro,
            on_corrected=lambda _: None,
        )

    def _connect(self) -> None:
        self.spending.on_limits = self.alerts.limits_changed
        self.spending.on_changed = self.woken.append
        self.asks.on_asked, self.asks.on_answered = self.alerts.asked, self.alerts.answered
        self.asks.on_changed = self.woken.append
        self.switch.on_cut = self._note_cut

    async def _note_cut(self, reason: str) -> None:
        self.cut.append(reason)


def refused(response: httpx.Response) -> tuple[int, str]:
    """Return the status and the code of a refusal."""
    body: dict[str, Any] = response.json()
    return response.status_code, body["code"]
