"""Holds: never beyond a limit, cut by what is spent alone, given back by whoever leaves."""

import asyncio
from collections import Counter as Counts
from collections.abc import AsyncIterator, Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import pytest
import pytest_asyncio
from tortoise.connection import get_connection
from tortoise.exceptions import OperationalError

from schema.tables.budget import PendingHoldRow
from server.core.ids import new_id
from server.core.problems import Refusal
from server.features.budget.hold import Granted, HoldAsk, Outcome, Settled
from server.features.budget.limits import ScopeSpent
from server.features.budget.store import holds

from .bank import (
    ALICE,
    BOB,
    CHARLIE,
    QUILL,
    SETTINGS,
    TOKEN,
    Bank,
    appoint,
    banking,
    quill_book,
    refusal_of,
    whole,
)

pytestmark = pytest.mark.asyncio


@pytest_asyncio.fixture
async def bank(tmp_path: Path) -> AsyncIterator[Bank]:
    """Open an instance that may spend 1,000 tokens a day."""
    async with banking(tmp_path) as bank:
        await bank.limit(daily_nano_eur=1_000)
        yield bank


# ── what is granted ─────────────────────────────────────────────────────────────────────────────


async def test_the_worst_case_is_held_and_the_bill_is_posted(bank: Bank) -> None:
    """Ledger and meter have the hold when it is given out, and the post after it."""
    granted = await bank.hold(400)
    assert (granted.max_tokens, bank.waits) == (400, [])
    assert await bank.balance() == (0, 400)
    assert [(line.kind, line.nano_eur) for line in bank.meter.lines] == [("hold", 400 * TOKEN)]
    settled = await bank.settle(granted, 150)
    assert (settled.cost_nano_eur, settled.estimated) == (150 * TOKEN, False)
    assert await bank.balance() == (150, 0)
    assert [(line.kind, line.closes) for line in bank.meter.lines[1:]] == [("post", granted.hold)]
    assert await bank.is_clean()


async def test_the_gauge_is_that_of_the_tightest_limit(bank: Bank) -> None:
    """As it stands after the settlement; of the instance, if the person may know that."""
    assert (await bank.settle(await bank.hold(400), 0)).gauge is None
    await appoint(BOB)
    settled = await bank.settle(await bank.hold(400), 150)
    assert settled.gauge is not None
    assert (settled.gauge.period, settled.gauge.spent_nano_eur) == ("day", 150 * TOKEN)
    assert settled.gauge.fraction == 0.15


async def test_room_is_cut_by_what_is_spent(bank: Bank) -> None:
    """To exactly what is left, and not a token beyond."""
    await bank.settle(await bank.hold(1_000), 700)
    granted = await bank.hold(400)
    assert (granted.max_tokens, await bank.balance()) == (300, (700, 300))


async def test_room_is_not_cut_by_what_others_hold(bank: Bank) -> None:
    """For that one waits, is told how long at most, and gets all one wanted."""
    first = await bank.hold(700, ALICE)
    second = bank.hold_soon(400)
    await bank.quiet()
    assert (second.done(), bank.waits) == (False, [bank.clock() + timedelta(seconds=60)])
    await bank.settle(first, 100)
    assert (await second).max_tokens == 400
    assert await bank.balance() == (100, 400)


async def test_who_waits_is_cut_when_money_is_really_spent(bank: Bank) -> None:
    """What was merely held has become a bill."""
    first = await bank.hold(700, ALICE)
    second = bank.hold_soon(400)
    await bank.quiet()
    await bank.settle(first, 700)
    assert (await second).max_tokens == 300


async def test_too_little_for_a_useful_answer_is_refused(bank: Bank) -> None:
    """With the scope, what is left of it, and when it starts again, in Paris."""
    await appoint(BOB)
    await bank.settle(await bank.hold(1_000), 901)
    refusal = await refusal_of(bank.hold(400))
    assert refusal is not None
    assert (refusal.code, refusal.facts) == (
        "budget",
        {
            "scope": "instance",
            "period": "day",
            "left_nano_eur": 99 * TOKEN,
            "limit_nano_eur": 1_000 * TOKEN,
            "resets_at": "2026-11-22T00:00:00+01:00",
            "cause": "spent",
        },
    )
    assert "22 November at 00:00" in refusal.problem("en").message
    assert await bank.balance() == (901, 0)


async def test_a_short_answer_that_was_asked_for_is_useful(bank: Bank) -> None:
    """Who asks for ten tokens gets ten."""
    await bank.settle(await bank.hold(1_000), 950)
    assert (await bank.hold(10)).max_tokens == 10


async def test_what_is_thought_has_to_fit_too(bank: Bank) -> None:
    """Room that is all thought away is of no use."""
    await bank.settle(await bank.hold(1_000), 500)
    thinking = {"type": "enabled", "budget_tokens": 450}
    refusal = await refusal_of(bank.hold(1_000, thinking=thinking))
    assert refusal is not None
    assert refusal.facts["cause"] == "spent"
    assert (await bank.hold(1_000)).max_tokens == 500


async def test_the_tightest_scope_is_told(bank: Bank) -> None:
    """A total does not start again."""
    await bank.limit(BOB, total_nano_eur=50)
    refusal = await refusal_of(bank.hold(400))
    assert refusal is not None
    told = (refusal.facts["scope"], refusal.facts["period"], refusal.facts["resets_at"])
    assert told == ("user", "total", None)
    assert (await bank.hold(400, ALICE)).max_tokens == 400


async def test_every_limit_is_checked(bank: Bank) -> None:
    """Those of the instance and of the person, each alone."""
    for name in ("daily", "weekly", "monthly", "total", "own_daily", "own_monthly"):
        await bank.limit(BOB, **{f"{name}_nano_eur": 200})
        assert (await bank.hold(400)).max_tokens == 200
        await bank.holding.settle_lost(new_id())
        pending = await PendingHoldRow.get()
        await bank.end(pending.seq, Outcome("not_billed"))
        await bank.limit(BOB, **{f"{name}_nano_eur": None})
    await bank.limit(monthly_nano_eur=150)
    assert (await bank.hold(400)).max_tokens == 150


async def test_simulated_money_is_its_own(bank: Bank) -> None:
    """The same limits count for it, and neither fills the other's."""
    await bank.settle(await bank.hold(1_000), 1_000)
    assert (await bank.hold(600, simulated=True)).max_tokens == 600
    assert await bank.balance() == (1_000, 0)
    assert await bank.balance(purse="simulated") == (0, 600)
    assert (await refusal_of(bank.hold(400))) is not None


async def test_disarmed_limits_only_warn(bank: Bank) -> None:
    """Everything is granted, and held and posted all the same."""
    await bank.limit(armed=False)
    first = await bank.hold(5_000)
    second = await bank.hold(5_000)
    assert (first.max_tokens, second.max_tokens, await bank.balance()) == (
        5_000,
        5_000,
        (0, 10_000),
    )
    await bank.settle(first, 3_000)
    await bank.settle(second, 1)
    assert await bank.balance() == (3_001, 0)


async def test_a_model_without_a_price_is_not_called(tmp_path: Path) -> None:
    """Nothing is held for it."""
    async with banking(tmp_path, prices=quill_book(model="another")) as bank:
        refusal = await refusal_of(bank.hold())
        assert refusal is not None
        assert (refusal.code, refusal.facts) == ("model_unpriced", {"model": QUILL})
        assert await bank.entries() == []


async def test_what_has_no_bound_is_not_sent(bank: Bank) -> None:
    """A feature nobody has priced."""
    refusal = await refusal_of(bank.hold(container="new"))
    assert refusal is not None
    assert refusal.code == "invalid"


async def test_likely_answers_are_learnt_from_the_newest(tmp_path: Path) -> None:
    """Who does not say how long it may be is given room by what answers were like."""
    async with banking(tmp_path) as bank:
        for _ in range(10):
            await bank.settle(await bank.hold(3_000), 2_000)
    async with banking(tmp_path) as bank:
        ask = replace(bank.ask(50_000), wants=False)
        granted = await bank.holding.hold(ask, bank.waits.append)
        assert granted.max_tokens == 4_000


class Counter:
    """Counts tokens as the provider does, until it fails."""

    def __init__(self) -> None:
        self.asked = 0
        self.fails = False

    async def __call__(self, _: Mapping[str, Any]) -> int:
        self.asked += 1
        await asyncio.sleep(0)
        if self.fails:
            raise Refusal("upstream_unreachable")
        return 100


LONG: Final = [{"role": "user", "content": "x" * 3_000}]


async def test_tokens_are_counted_before_somebody_is_cut(tmp_path: Path) -> None:
    """Else their bytes bound them well enough; where counting fails that bound stays."""
    counter, prices = Counter(), quill_book(input_pico=TOKEN * 1_000)
    async with banking(tmp_path, prices=prices, count=counter) as bank:
        await bank.limit(daily_nano_eur=5_000)
        await bank.settle(await bank.hold(1_000, messages=LONG), 990)
        assert (counter.asked, await bank.balance()) == (0, (1_000, 0))
        granted = await bank.hold(1_000, messages=LONG)
        assert (counter.asked, granted.max_tokens) == (1, 1_000)
        assert await bank.balance() == (1_000, 1_605)  # 100 tokens, 5 % and 500 above
        await bank.end(granted.hold, Outcome("not_billed"))
        counter.fails = True
        assert (await bank.hold(1_000, messages=LONG)).max_tokens < 500


async def test_what_is_no_text_is_counted(tmp_path: Path) -> None:
    """Its bytes say nothing; where nobody counts it is not sent."""
    picture = [{"role": "user", "content": [{"type": "image", "source": {}}]}]
    counter = Counter()
    async with banking(tmp_path, count=counter) as bank:
        await bank.hold(1_000, messages=picture)
        counter.fails = True
        refusal = await refusal_of(bank.hold(1_000, messages=picture))
        assert refusal is not None
        assert (counter.asked, refusal.code) == (2, "upstream_unreachable")
    async with banking(tmp_path) as bank:
        refusal = await refusal_of(bank.hold(1_000, messages=picture))
        assert refusal is not None
        assert refusal.code == "invalid"


# ── who waits ───────────────────────────────────────────────────────────────────────────────────


async def test_a_burst_is_served_as_far_as_the_money_goes(bank: Bank) -> None:
    """Of a hundred at once, with money for ten, ten are served whole, and no limit is passed."""

    async def one(number: int) -> str:
        user = (ALICE, BOB, CHARLIE)[number % 3]
        try:
            granted = await bank.hold(450, user)
        except Refusal as refusal:
            return str(refusal.facts["cause"])
        spent, held = await bank.balance()
        await bank.settle(granted, min(100, granted.max_tokens))
        return "passed" if spent + held > 1_000 else f"served {granted.max_tokens >= 100}"

    ends = Counts(await asyncio.gather(*(one(number) for number in range(100))))
    assert ends == {"served True": 10, "spent": 90}
    assert await bank.balance() == (1_000, 0)
    assert await bank.is_clean()


async def test_who_is_blocked_by_their_own_limit_is_in_nobodys_way(bank: Bank) -> None:
    """Bob waits for Bob; Alice is served."""
    await bank.limit(BOB, daily_nano_eur=300)
    first = await bank.hold(200)
    second = bank.hold_soon(200)
    await bank.quiet()
    assert (await bank.hold(200, ALICE)).max_tokens == 200
    assert not second.done()
    await bank.settle(first, 10)
    assert (await second).max_tokens == 200


async def test_a_wait_ends(tmp_path: Path) -> None:
    """After so long it is said that others hold it."""
    async with banking(tmp_path, settings=replace(SETTINGS, wait_seconds=0.05)) as bank:
        await appoint(BOB)
        await bank.limit(daily_nano_eur=1_000)
        await bank.hold(800)
        refusal = await refusal_of(bank.hold(300))
        assert refusal is not None
        assert (refusal.facts["cause"], refusal.facts["left_nano_eur"]) == ("held", 200 * TOKEN)
        assert await bank.balance() == (0, 800)


async def test_a_limit_that_is_raised_lets_who_waits_through(bank: Bank) -> None:
    """At once."""
    await bank.hold(800)
    waiting = bank.hold_soon(300)
    await bank.quiet()
    await bank.limit(daily_nano_eur=1_100)
    assert (await waiting).max_tokens == 300


async def test_a_limit_that_is_lowered_refuses_who_waits(bank: Bank) -> None:
    """At once; what is held already is still settled."""
    await appoint(BOB)
    held = await bank.hold(800)
    await bank.settle(await bank.hold(200), 200)
    waiting = bank.hold_soon(300)
    await bank.quiet()
    await bank.limit(daily_nano_eur=250)
    refusal = await refusal_of(waiting)
    assert refusal is not None
    assert (refusal.facts["cause"], refusal.facts["left_nano_eur"]) == ("spent", 50 * TOKEN)
    await bank.settle(held, 800)
    assert await bank.balance() == (1_000, 0)
    refusal = await refusal_of(bank.hold(300))
    assert refusal is not None
    assert refusal.facts["left_nano_eur"] == 0


async def test_a_limit_that_is_disarmed_lets_who_waits_through(bank: Bank) -> None:
    """At once."""
    await bank.hold(800)
    waiting = bank.hold_soon(300)
    await bank.quiet()
    await bank.limit(armed=False)
    assert (await waiting).max_tokens == 300


async def test_a_new_day_lets_who_waits_through(bank: Bank) -> None:
    """What is held is held in the day before."""
    bank.clock.now = datetime(2026, 11, 21, 22, 59, 59, 950_000, tzinfo=UTC)
    await bank.hold(800)
    waiting = bank.hold_soon(300)
    await bank.quiet()
    assert len(bank.waits) == 1
    bank.clock.pass_time(seconds=1)
    assert (await waiting).max_tokens == 300


async def test_the_switch_sends_away_who_waits(bank: Bank) -> None:
    """At once, and who comes."""
    await bank.hold(800)
    waiting = [bank.hold_soon(300), bank.hold_soon(300, ALICE)]
    await bank.quiet()
    bank.button.pulled = True
    bank.holding.limits_changed()
    for each in (*waiting, bank.hold()):
        refusal = await refusal_of(each)
        assert refusal is not None
        assert refusal.code == "kill_switch"
    assert await bank.balance() == (0, 800)


async def test_a_switch_that_is_pulled_during_the_last_step_counts(bank: Bank) -> None:
    """The hold is on disk, the meter is being written: it is not given out any more."""
    bank.meter.may_write.clear()
    holding = bank.hold_soon(300)
    await bank.quiet()
    bank.button.pulled = True
    bank.meter.may_write.set()
    refusal = await refusal_of(holding)
    assert refusal is not None
    assert refusal.code == "kill_switch"
    await bank.quiet()
    assert await bank.is_clean()


async def test_closing_sends_away_who_waits(tmp_path: Path) -> None:
    """Nothing is held by them."""
    async with banking(tmp_path) as bank:
        await bank.limit(daily_nano_eur=1_000)
        await bank.hold(800)
        waiting = bank.hold_soon(300)
        await bank.quiet()
        await bank.holding.close()
        refusal = await refusal_of(waiting)
        assert refusal is not None
        assert refusal.code == "shutting_down"
        assert await bank.balance() == (0, 800)


# ── who leaves, and what fails ──────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("waits", [False, True])
async def test_whoever_leaves_leaves_nothing_held(bank: Bank, waits: bool) -> None:  # noqa: FBT001 - a case
    """Cancelled at any tick: before, during and after the unit of work, the meter, and the wait."""
    given = ticks = 0
    while given < 3:
        others = [bank.settle(await bank.hold(800, ALICE), 0)] if waits else []
        leaving = bank.hold_soon(300)
        if others:
            await bank.quiet()
        settling = [asyncio.create_task(settled) for settled in others]
        for _ in range(ticks):
            await asyncio.sleep(0)
        leaving.cancel()
        with suppress(asyncio.CancelledError):
            await bank.end((await leaving).hold, Outcome("not_billed"))
            given += 1
        await asyncio.gather(*settling)
        await bank.quiet()
        assert await bank.is_clean(), ticks
        ticks = ticks + 1 if ticks < 60 else ticks * 2
    assert ticks > 10


@pytest.mark.parametrize("step", ["plan", "unit", "meter", "metered"])
async def test_whoever_leaves_at_a_step_leaves_nothing_held(
    bank: Bank, step: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Exactly there."""
    leaving: asyncio.Task[Granted]
    at = bank.prices.at
    record = bank.meter.record
    looked_up = 0

    def at_then_leave(moment: datetime) -> Any:  # noqa: ANN401 - as the real one
        nonlocal looked_up
        looked_up += 1
        if looked_up == {"plan": 1, "unit": 2}[step]:
            leaving.cancel()
        return at(moment)

    async def record_then_leave(line: Any) -> None:  # noqa: ANN401 - as the real one
        if step == "meter":
            leaving.cancel()
        await asyncio.sleep(0)
        await record(line)
        if step == "metered":
            leaving.cancel()

    if step in ("plan", "unit"):
        monkeypatch.setattr(bank.prices, "at", at_then_leave)
    else:
        monkeypatch.setattr(bank.meter, "record", record_then_leave)
    leaving = bank.hold_soon(300)
    await asyncio.wait({leaving})
    assert leaving.cancelled()
    await bank.quiet()
    assert await bank.is_clean()
    assert len(await bank.entries()) == (0 if step == "plan" else 2)


async def test_what_was_given_back_is_there_for_who_waits(bank: Bank) -> None:
    """A void is an event."""
    bank.meter.may_write.clear()
    leaving = bank.hold_soon(800)
    await bank.quiet()
    waiting = bank.hold_soon(300)
    await bank.quiet()
    leaving.cancel()
    bank.meter.may_write.set()
    assert (await waiting).max_tokens == 300


async def test_a_hold_the_meter_does_not_take_is_given_back(bank: Bank) -> None:
    """Nothing is asked that is not counted twice."""
    bank.meter.full = True
    refusal = await refusal_of(bank.hold(300))
    assert refusal is not None
    assert refusal.code == "storage"
    await bank.quiet()
    assert await bank.is_clean()
    assert [entry.reason for entry in await bank.entries()] == ["request", "unused"]
    bank.meter.full = False
    assert (await bank.hold(300)).max_tokens == 300


async def test_a_database_that_cannot_be_written_refuses(bank: Bank) -> None:
    """Nothing is asked; once it can be written again, what could not be voided is."""
    await get_connection("default").execute_query("PRAGMA query_only = ON")
    refusal = await refusal_of(bank.hold(300))
    assert refusal is not None
    assert refusal.code == "storage"
    await get_connection("default").execute_query("PRAGMA query_only = OFF")

    bank.meter.may_write.clear()
    holding = bank.hold_soon(300)
    await bank.quiet()
    await get_connection("default").execute_query("PRAGMA query_only = ON")
    bank.meter.full = True
    bank.meter.may_write.set()
    assert await refusal_of(holding) is not None
    await bank.quiet()
    await get_connection("default").execute_query("PRAGMA query_only = OFF")
    assert await bank.balance() == (0, 300)
    await bank.holding.close()
    assert await bank.is_clean()


# ── how it ends ─────────────────────────────────────────────────────────────────────────────────


async def test_a_settlement_that_is_rolled_back_can_be_tried_again(bank: Bank) -> None:
    """It then has the same outcome, once."""
    granted = await bank.hold(400)

    async def unit() -> Settled:
        await bank.holding.settle(granted.hold, whole(100))
        raise LookupError

    with pytest.raises(LookupError):
        await bank.database.write(unit)
    assert await bank.balance() == (0, 400)
    assert (await bank.settle(granted, 100)).cost_nano_eur == 100 * TOKEN
    assert await bank.balance() == (100, 0)
    assert [line.kind for line in bank.meter.lines] == ["hold", "post"]


async def test_a_hold_that_is_settled_stays_so(bank: Bank) -> None:
    """A second settlement tells what was posted, whatever it says itself."""
    granted = await bank.hold(400)
    await bank.settle(granted, 100)
    again = await bank.settle(granted, 300)
    assert (again.cost_nano_eur, await bank.balance()) == (100 * TOKEN, (100, 0))
    assert [line.kind for line in bank.meter.lines] == ["hold", "post"]
    with pytest.raises(LookupError):
        await bank.end(999, whole(1))


@pytest.mark.parametrize(
    ("outcome", "kind", "tokens", "estimated"),
    [
        (whole(100), "post", 100, False),
        (Outcome("not_billed"), "void", 0, False),
        (Outcome("stopped", None, QUILL, produced_bytes=60), "post", 110, True),
        (Outcome("broken", None, QUILL, produced_bytes=9_999), "post", 400, True),
        (Outcome("stopped", None, QUILL, unseen=True), "post", 400, True),
        (Outcome("unknown"), "post", 400, True),
    ],
)
async def test_each_end_is_posted_by_its_rule(
    bank: Bank, outcome: Outcome, kind: str, tokens: int, *, estimated: bool
) -> None:
    """And nothing is held any more."""
    granted = await bank.hold(400)
    settled = await bank.end(granted.hold, outcome)
    assert (settled.cost_nano_eur, settled.estimated) == (tokens * TOKEN, estimated)
    assert [entry.kind for entry in await bank.entries()] == ["hold", kind]
    assert await bank.balance() == (tokens, 0)


async def test_alerts_and_devices_are_told(bank: Bank) -> None:
    """Alerts in the unit of work, of every scope; devices when it is on disk."""
    told: list[ScopeSpent] = []
    users: list[Any] = []

    async def on_spent(changes: Any) -> None:  # noqa: ANN401 - as the real one
        told.extend(changes)

    bank.holding.on_spent = on_spent
    bank.holding.on_settled = users.append
    await bank.settle(await bank.hold(400), 100)
    first = await bank.hold(400)

    async def unit() -> None:
        await bank.holding.settle(first.hold, whole(50))

    await bank.database.write(unit)
    assert users == [BOB]
    assert [(each.scope, each.period) for each in told[6:]] == [
        ("instance", "day"),
        ("instance", "month"),
        ("user", "day"),
        ("user", "week"),
        ("user", "month"),
        ("user", "total"),
    ]
    assert {(each.spent_before, each.spent_after) for each in told[6:]} == {
        (100 * TOKEN, 150 * TOKEN)
    }
    assert (told[0].limit_nano_eur, told[0].revision) == (1_000 * TOKEN, 1)


async def test_the_running_cost_is_told(bank: Bank) -> None:
    """While it is held; nothing is known of others."""
    granted = await bank.hold(400)
    usage = {"input_tokens": 1, "output_tokens": 70}
    assert bank.holding.running_cost(granted.hold, usage, QUILL) == 70 * TOKEN
    assert bank.holding.running_cost(99, usage, QUILL) is None
    await bank.settle(granted, 100)
    assert bank.holding.running_cost(granted.hold, usage, QUILL) is None


async def test_the_price_and_the_rate_are_those_of_the_hold(tmp_path: Path) -> None:
    """After a restart with another price list even the hold's own worst case can be told."""
    async with banking(tmp_path) as bank:
        await bank.hold(400)
    async with banking(tmp_path, prices=quill_book(model="another")) as bank:
        await bank.holding.close_orphans()
        assert await bank.balance() == (400, 0)
        assert (await bank.entries())[-1].reason == "unpriced"


# ── after a crash ───────────────────────────────────────────────────────────────────────────────


async def test_what_a_crash_left_is_posted_at_its_worst_case(tmp_path: Path) -> None:
    """With its turn where that is recovered, else by itself; each once."""
    async with banking(tmp_path) as bank:
        asks: list[HoldAsk] = [bank.ask(400), bank.ask(300), bank.ask(200, ALICE)]
        for ask in asks:
            await bank.holding.hold(ask, bank.waits.append)
    async with banking(tmp_path) as bank:

        def then(settled: list[Settled]) -> None:
            for each in settled:
                bank.holding.committed(each)

        turn = asks[0].turn
        settled = await bank.database.write(lambda: bank.holding.settle_lost(turn), then)
        assert [(each.cost_nano_eur, each.estimated) for each in settled] == [(400 * TOKEN, True)]
        assert await bank.database.write(lambda: bank.holding.settle_lost(turn), then) == []
        assert len(await bank.holding.close_orphans()) == 2
        assert await bank.holding.close_orphans() == []
        assert await bank.balance() == (900, 0)
        assert await bank.is_clean()
        assert {entry.reason for entry in await bank.entries()} == {"request", "lost"}
        assert [line.kind for line in bank.meter.lines] == ["post"] * 3


async def test_ones_own_holds_are_no_orphans(bank: Bank) -> None:
    """They are still going to be settled."""
    await bank.hold(400)
    assert await bank.holding.close_orphans() == []


async def test_what_a_crash_left_counts_until_it_is_closed(tmp_path: Path) -> None:
    """A limit holds over a restart."""
    async with banking(tmp_path) as bank:
        await bank.limit(daily_nano_eur=1_000)
        await bank.hold(800)
    async with banking(tmp_path) as bank:
        waiting = bank.hold_soon(300)
        await bank.quiet()
        assert not waiting.done()
        await bank.holding.close_orphans()
        assert (await waiting).max_tokens == 200


async def test_leases_are_renewed_while_something_is_held(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """A database that fails meanwhile is no reason to stop."""
    renew, renewed = holds.renew_leases, asyncio.Event()
    failures = [OperationalError("disk I/O error")]

    async def renew_leases(owner: str, until: datetime) -> None:
        if failures:
            raise failures.pop()
        await renew(owner, until)
        renewed.set()

    monkeypatch.setattr(holds, "renew_leases", renew_leases)
    async with banking(tmp_path, settings=replace(SETTINGS, lease_seconds=0.03)) as bank:
        await bank.hold(400)
        before = (await PendingHoldRow.get()).lease_until
        bank.clock.pass_time(seconds=10)
        await asyncio.wait_for(renewed.wait(), 5)
        await bank.quiet()
        assert (await PendingHoldRow.get()).lease_until > before
    assert "leases of holds not renewed" in caplog.text
