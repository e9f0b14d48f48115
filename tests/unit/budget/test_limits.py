"""Whose limits count, what was granted on top, and how far along each is."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from tortoise.connection import get_connection

from server.features.budget.limits import Standing, standings, tightest
from server.features.budget.scopes import keys_of
from server.features.budget.store import balances

from .bank import ALICE, BOB, TOKEN, Bank, banking

pytestmark = pytest.mark.asyncio


@pytest_asyncio.fixture
async def bank(tmp_path: Path) -> AsyncIterator[Bank]:
    """Open a new instance."""
    async with banking(tmp_path) as bank:
        yield bank


async def standing(bank: Bank, scope: str, period: str) -> Standing:
    """Return where Bob stands, or the instance."""
    found = await standings("real", BOB, bank.periods.of(bank.clock()))
    return next(
        each for each in found.scopes if (each.limit.scope, each.limit.period) == (scope, period)
    )


async def limit(bank: Bank, scope: str, period: str) -> int | None:
    """Return a limit in tokens."""
    amount = (await standing(bank, scope, period)).limit.limit_nano_eur
    return None if amount is None else amount // TOKEN


async def test_a_new_instance_has_limits(bank: Bank) -> None:
    """Those of the settings, armed; a person has none of their own."""
    found = await standings("real", BOB, bank.periods.of(bank.clock()))
    limits = [
        (each.limit.scope, each.limit.period, each.limit.limit_nano_eur) for each in found.scopes
    ]
    assert found.armed
    assert limits == [
        ("instance", "day", 2_000_000_000),
        ("instance", "month", 20_000_000_000),
        ("user", "day", None),
        ("user", "week", None),
        ("user", "month", None),
        ("user", "total", None),
    ]


async def test_limits_that_were_set_outlive_a_start(tmp_path: Path) -> None:
    """The settings say only what a new instance begins with."""
    async with banking(tmp_path) as bank:
        await bank.limit(daily_nano_eur=7)
    async with banking(tmp_path) as bank:
        assert await limit(bank, "instance", "day") == 7


async def test_an_instance_without_limits_spends_nothing(bank: Bank) -> None:
    """A row that is gone is no licence."""
    await get_connection("default").execute_query("DELETE FROM spending_limit")
    assert await limit(bank, "instance", "day") == 0
    assert await limit(bank, "instance", "month") == 0


@pytest.mark.parametrize(
    ("allowed", "own", "counts"), [(50, 30, 30), (30, 50, 30), (None, 30, 30), (30, None, 30)]
)
async def test_the_lower_one_counts(
    bank: Bank, allowed: int | None, own: int | None, counts: int
) -> None:
    """Of what the administrator allows and what a person allows themselves."""
    await bank.limit(
        BOB,
        daily_nano_eur=allowed,
        own_daily_nano_eur=own,
        monthly_nano_eur=allowed,
        own_monthly_nano_eur=own,
        weekly_nano_eur=70,
        total_nano_eur=90,
    )
    found = {period: await limit(bank, "user", period) for period in ("day", "week", "month")}
    assert found == {"day": counts, "week": 70, "month": counts}
    assert await limit(bank, "user", "total") == 90


async def test_what_was_granted_on_top_counts_in_its_period(bank: Bank) -> None:
    """Not in the next one, nor for anybody else; without a limit there is nothing to be above."""
    await bank.limit(BOB, daily_nano_eur=50)
    key = keys_of("real", BOB, bank.periods.of(bank.clock()))[2]
    await balances.add_extra(key, 5 * TOKEN)
    await balances.add_extra(key, 5 * TOKEN)
    today = await standing(bank, "user", "day")
    assert (today.limit.limit_nano_eur, today.limit.extra_nano_eur) == (60 * TOKEN, 10 * TOKEN)
    assert await limit(bank, "user", "month") is None
    bank.clock.pass_time(days=1)
    assert await limit(bank, "user", "day") == 50


async def test_left_and_free_are_told_apart(bank: Bank) -> None:
    """What is held is not free, but left; without a limit there is neither."""
    await bank.limit(daily_nano_eur=100)
    held = await bank.hold(30)
    await bank.settle(held, 10)
    await bank.hold(20)
    day = await standing(bank, "instance", "day")
    assert (day.left_nano_eur, day.free_nano_eur) == (90 * TOKEN, 70 * TOKEN)
    total = await standing(bank, "user", "total")
    assert (total.left_nano_eur, total.free_nano_eur) == (None, None)
    assert total.spent_nano_eur == 10 * TOKEN


async def test_the_tightest_limit_is_the_one_of_which_most_is_spent(bank: Bank) -> None:
    """By its fraction, not by the amount; a limit of nothing is used up."""
    await bank.limit(daily_nano_eur=100, monthly_nano_eur=1_000)
    await bank.limit(BOB, weekly_nano_eur=40)
    await bank.settle(await bank.hold(30), 10)
    found = await standings("real", BOB, bank.periods.of(bank.clock()))
    gauge = tightest(found.scopes, bank.periods)
    assert gauge is not None
    assert (gauge.scope, gauge.period, gauge.fraction) == ("user", "week", 0.25)
    assert str(gauge.resets_at) == "2026-11-23 00:00:00+01:00"

    alice = await standings("real", ALICE, bank.periods.of(bank.clock()))
    assert [each.spent_nano_eur for each in alice.scopes[2:]] == [0, 0, 0, 0]
    await bank.limit(BOB, weekly_nano_eur=0)
    found = await standings("real", BOB, bank.periods.of(bank.clock()))
    gauge = tightest(found.scopes, bank.periods)
    assert gauge is not None
    assert gauge.fraction == 1.0
