"""Limits that change under way: who waits goes on, and who comes next meets the new ones."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import pytest
import pytest_asyncio

from schema.tables.identity import UserRow
from schema.wire.money import LimitsAsk, MoreAnswer, MoreAsk, UserLimitsAsk
from server.core.ids import new_id
from server.core.problems import Refusal
from server.edge.principal import Principal
from server.features.budget.asks import Asks
from server.features.budget.hold import Granted
from server.features.budget.spending import Spending
from tests.people import furnish

from .bank import PATIENCE_SECONDS, TOKEN, Bank, banking, refusal_of

pytestmark = pytest.mark.asyncio

ROOMY = 1_000_000 * TOKEN


@dataclass
class Office:
    """A bank, and what sets its limits."""

    bank: Bank
    spending: Spending
    asks: Asks
    alice: Principal
    bob: UUID

    async def allow_bob(self, tokens: int) -> None:
        """Set what Bob may spend in a week."""
        ask = UserLimitsAsk(weekly_nano_eur=tokens * TOKEN)
        await self.spending.set_user(self.alice.user, self.bob, ask)

    async def allow_all(self, nano_eur: int) -> None:
        """Set what the instance may spend in a day."""
        ask = LimitsAsk(daily_nano_eur=nano_eur, monthly_nano_eur=None)
        await self.spending.set_limits(self.alice, ask)

    async def waiting_hold(self, tokens: int) -> "asyncio.Task[Granted]":
        """Have Bob ask for a hold that has to wait for another one; return once it waits."""
        waits = asyncio.Event()
        ask = self.bank.ask(tokens, self.bob)
        held = asyncio.create_task(self.bank.holding.hold(ask, lambda _: waits.set()))
        await asyncio.wait_for(waits.wait(), PATIENCE_SECONDS)
        return held


@pytest_asyncio.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    """Open an instance with Alice, Bob and Charlie, roomy but for what a test sets."""
    await furnish(tmp_path)
    async with banking(tmp_path) as bank:
        ids = {row.username: row.id for row in await UserRow.all()}
        alice = Principal(
            user=ids["Alice"],
            session=new_id(),
            role="admin",
            language="fr",
            via="cookie",
            expires_at=datetime(2027, 1, 1, tzinfo=UTC),
        )
        database, clock = bank.database, bank.clock
        spending = Spending(database=database, clock=clock)
        asks = Asks(database=database, clock=clock, ledger=bank.ledger, purse="real")
        office = Office(bank, spending, asks, alice, ids["Bob"])
        office.spending.on_changed = lambda _: bank.holding.limits_changed()
        office.asks.on_changed = lambda _: bank.holding.limits_changed()
        await office.allow_all(ROOMY)
        yield office


async def granted(held: "asyncio.Task[Granted]") -> int:
    """Return how many tokens a hold that waited was given."""
    return (await asyncio.wait_for(held, PATIENCE_SECONDS)).max_tokens


async def test_who_waits_goes_on_when_their_limit_is_raised(office: Office) -> None:
    """Nobody has to ask again, and nothing that is held has to end first."""
    await office.allow_bob(1_000)
    await office.bank.hold(800, office.bob)
    held = await office.waiting_hold(500)
    await office.allow_bob(1_300)
    assert await granted(held) == 500


async def test_who_waits_goes_on_when_the_instance_is_given_more(office: Office) -> None:
    """The same for the limit of all."""
    await office.allow_all(1_000 * TOKEN)
    await office.bank.hold(800, office.alice.user)
    held = await office.waiting_hold(500)
    await office.allow_all(1_300 * TOKEN)
    assert await granted(held) == 500


async def test_who_waits_goes_on_when_more_is_granted(office: Office) -> None:
    """What was asked for is there at once."""
    await office.allow_bob(1_000)
    await office.bank.hold(800, office.bob)
    held = await office.waiting_hold(500)
    ask = MoreAsk(period="week", amount_nano_eur=1_000 * TOKEN)
    more = await office.asks.ask(office.bob, ask)
    assert not held.done()
    await office.asks.answer(office.alice.user, more.id, MoreAnswer(granted=True))
    assert await granted(held) == 500


async def test_a_lowered_limit_stops_the_next_hold(office: Office) -> None:
    """What is spent counts against the new limit; what runs goes on."""
    await office.allow_bob(1_000)
    running = await office.bank.hold(800, office.bob)
    await office.bank.settle(await office.bank.hold(200, office.bob), 200)
    await office.allow_bob(200)
    refusal = await refusal_of(office.bank.hold(500, office.bob))
    assert refusal is not None
    assert (refusal.code, refusal.facts["limit_nano_eur"]) == ("budget", 200 * TOKEN)
    assert (await office.bank.settle(running, 700)).cost_nano_eur == 700 * TOKEN


async def test_of_two_requests_at_once_one_is_open(office: Office) -> None:
    """Two devices ask at the same time: one request, and one refusal."""
    await office.allow_bob(1_000)
    ask = MoreAsk(period="week", amount_nano_eur=1_000 * TOKEN)
    both = await asyncio.gather(
        *(office.asks.ask(office.bob, ask) for _ in range(2)), return_exceptions=True
    )
    assert sorted(getattr(each, "code", "asked") for each in both) == ["ask_open", "asked"]


async def test_of_two_answers_at_once_one_counts(office: Office) -> None:
    """Two administrators tap at the same time: it is granted once."""
    await office.allow_bob(1_000)
    ask = MoreAsk(period="week", amount_nano_eur=1_000 * TOKEN)
    more = await office.asks.ask(office.bob, ask)
    yes = MoreAnswer(granted=True)
    both = await asyncio.gather(
        *(office.asks.answer(office.alice.user, more.id, yes) for _ in range(2)),
        return_exceptions=True,
    )
    assert [each.code for each in both if isinstance(each, Refusal)] == ["ask_answered"]
    assert await refusal_of(office.bank.hold(2_000, office.bob)) is None
    assert (await office.waiting_hold(100)).cancel()
