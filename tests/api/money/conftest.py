"""An instance's money over its real routes, on a clock that a test moves."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import httpx
import pytest_asyncio

from schema.tables.budget import UsageDayRow
from schema.wire.money import AlertTest, MonitorStatus
from server.adapters.keys import ServerKey
from server.core.clock import system_clock
from server.edge import problems
from server.edge.attempts import Attempts
from server.edge.guard import Guard
from server.edge.visitor import Visitors
from server.features.budget import routes
from server.features.budget.alerts import Alerts
from server.features.budget.answers import Answers
from server.features.budget.asks import Asks
from server.features.budget.ledger import Ledger
from server.features.budget.letter import Letterhead
from server.features.budget.limits import Standing, give_starting_limits, standings
from server.features.budget.mailer import Mailer
from server.features.budget.members import Membership
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
from server.features.budget.store import balances
from server.features.budget.store.alerts import Reader
from server.features.budget.switch import Switch
from server.features.budget.tags import Tagged, TagParts, Tags
from server.features.budget.trail import Trail
from server.features.identity import routes as identity_routes
from server.features.identity.service import About, Identity, Tools
from server.resources import resource
from server.settings import load_settings
from server.store import Database
from tests.inside import bare_app, inside
from tests.people import (
    ALICE,
    BOB,
    CHARLIE,
    IDENTITY_SETTINGS,
    MIGRATIONS,
    Person,
    cheap_passwords,
    move_in,
    script,
)

SITE: Final = "http://localhost"
NOON: Final = datetime(2026, 11, 21, 11, tzinfo=UTC)
"""A Saturday, noon in Paris; its week began on the 16th."""


class FakeClock:
    """Stands still until it is told to move."""

    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> datetime:
        return self.now

    def pass_time(self, **amount: float) -> None:
        self.now += timedelta(**amount)


class NoStatus:
    """Stands for what tells where the limits stand."""

    async def of(self, user: UUID) -> MonitorStatus:
        raise NotImplementedError(user)


@dataclass
class Bank:
    """Everything of an instance that has to do with money, and its people's clients."""

    database: Database
    clock: FakeClock
    ledger: Ledger
    spending: Spending
    asks: Asks
    switch: Switch
    alerts: Alerts
    clients: dict[str, httpx.AsyncClient] = field(default_factory=dict)
    ids: dict[str, UUID] = field(default_factory=dict)
    woken: list[object] = field(default_factory=list)
    """What was told to those who wait for a hold: whose limits changed, which ask was answered."""

    async def get(self, person: Person, path: str, **query: str) -> httpx.Response:
        """Have a person read."""
        return await self.clients[person.username].get(f"/api/v1{path}", params=query)

    async def put(self, person: Person, path: str, body: object) -> httpx.Response:
        """Have a person set something."""
        return await self.clients[person.username].put(f"/api/v1{path}", json=body)

    async def post(self, person: Person, path: str, body: object) -> httpx.Response:
        """Have a person do something."""
        return await self.clients[person.username].post(f"/api/v1{path}", json=body)

    async def stands(self, person: Person) -> dict[tuple[str, str], Standing]:
        """Return where a person's limits stand for the next hold, by scope and period."""
        periods = (await self.ledger.stand()).periods
        found = await standings("real", self.ids[person.username], periods)
        return {(each.limit.scope, each.limit.period): each for each in found.scopes}

    async def spend(self, person: Person, amount: int) -> None:
        """Have a person spend, as the ledger writes it down in balances and rollup."""
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
            cost_nano_eur=amount,
        )

        async def unit() -> None:
            await balances.ready(keys)
            await balances.add(keys, spent=amount, held=0)
            await row.save()

        await self.database.write(unit)


@pytest_asyncio.fixture
async def bank(tmp_path: Path) -> AsyncIterator[Bank]:
    """Open an instance of real money, 2 € a day and 20 € a month, with Alice, Bob and Charlie."""
    async with AsyncExitStack() as stack:
        database = Database(tmp_path, MIGRATIONS)
        await database.open()
        stack.push_async_callback(database.close)
        tools = Tools(ServerKey(tmp_path), cheap_passwords(), Attempts(), system_clock)
        about = About(name="Test", language="fr", simulator=False)
        identity = Identity(database, IDENTITY_SETTINGS, about, tools, _no_sockets)
        stack.callback(identity.close)
        await identity.open()
        await move_in(identity)
        bank = await _open(database)
        app = bare_app(f"bank-{id(bank)}")
        problems.install(app)
        app.ctx.settings = load_settings({}, tmp_path)
        app.ctx.guard = Guard(identity.sessions, Visitors(()))
        app.blueprint(identity_routes.blueprint(identity))
        app.blueprint(routes.blueprint(_monitor(bank)))
        await stack.enter_async_context(inside(app))
        for person in (ALICE, BOB, CHARLIE):
            transport = httpx.ASGITransport(app)
            client = await stack.enter_async_context(script(SITE, person, transport))
            bank.clients[person.username] = client
            bank.ids[person.username] = UUID(
                (await client.get("/api/v1/auth/me")).json()["user"]["id"]
            )
        yield bank


async def _open(database: Database) -> Bank:
    clock, periods = FakeClock(), PeriodBook("Europe/Paris")
    ledger = Ledger(periods=periods, clock=clock)
    await database.write(ledger.open)
    await database.write(lambda: give_starting_limits(200, 2000, NOON))
    alerts = Alerts(
        database=database,
        clock=clock,
        periods=periods,
        purse="real",
        tell=lambda _user, _change: None,
        mailer=Mailer(
            database=database,
            mail=None,
            head=Letterhead("Test", "test@example.org", None),
            clock=clock,
        ),
    )
    bank = Bank(
        database=database,
        clock=clock,
        ledger=ledger,
        spending=Spending(database=database, clock=clock),
        asks=Asks(database=database, clock=clock, ledger=ledger, purse="real"),
        switch=Switch(database=database, clock=clock),
        alerts=alerts,
    )
    bank.spending.on_limits = alerts.limits_changed
    bank.spending.on_changed = bank.woken.append
    bank.asks.on_asked, bank.asks.on_answered = alerts.asked, alerts.answered
    bank.asks.on_changed = bank.woken.append
    await bank.switch.open()
    return bank


def _monitor(bank: Bank) -> Monitor:
    book, rates, clock = (
        PriceBook(read_prices(resource("config/prices.yaml"))),
        RateBook(),
        bank.clock,
    )
    parts = TagParts(
        clock=clock, book=book, rates=rates, answers=Answers(), periods=bank.ledger.periods
    )
    tags = Tags(parts, Tagged(model="claude-sonnet-5-5", max_tokens=8192, simulated=False))
    pricing = Pricing(database=bank.database, clock=clock, book=book, rates=rates, tags=tags)
    reconciler = Reconciler(
        database=bank.database,
        clock=clock,
        ledger=bank.ledger,
        report=None,
        rate=lambda at: rates.rate(at).usd_per_eur_micro,
        on_corrected=lambda _: None,
    )
    return Monitor(
        UseCases(
            status=NoStatus(),
            switch=bank.switch,
            spending=bank.spending,
            membership=Membership(ledger=bank.ledger, purse="real"),
            reports=Reports(ledger=bank.ledger, time_zone="Europe/Paris", purse="real"),
            asks=bank.asks,
            pricing=pricing,
            alerts=bank.alerts,
            reconciler=reconciler,
            trail=Trail(),
        )
    )


async def _no_sockets(_: UUID) -> None:
    """Nobody is connected."""


async def _no_mail(_: Reader) -> AlertTest:
    return AlertTest(ok=False, detail="no mail server")


def refused(response: httpx.Response) -> tuple[int, str]:
    """Return the status and the code of a refusal."""
    body: dict[str, Any] = response.json()
    return response.status_code, body["code"]
