"""Thousands of turns in virtual time: the limits hold, and every cent is accounted for.

Turns run side by side with prices, sizes, stops and faults drawn from one seed; the process dies at
any await, dozens of times, and is started again. The seed is in the name of the failure's first
line; `CLAUDE_RASP_SEED` replays it, `CLAUDE_RASP_TURNS` says how many turns are run.
"""

import asyncio
import os
import random
import sqlite3
from collections import Counter
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import pytest
from tortoise.connection import get_connection

import server.store.database
from server.core.ids import new_id
from server.core.problems import Refusal
from server.features.budget.bound import input_bound
from server.features.budget.hold import Granted, HoldAsk, Outcome, Settled
from server.features.budget.holding import Holding, HoldingParts, HoldingSettings
from server.features.budget.ledger import Ledger
from server.features.budget.meter_file import MeterLine
from server.features.budget.periods import PeriodBook
from server.features.budget.prices import PriceBook, PriceFile
from server.features.budget.rates import Rate
from server.features.budget.store import balances
from server.store import Database
from tests.people import MIGRATIONS, furnish

from .luck import SEED, branch, seeded
from .provider import Provider, Tariff
from .virtual import Died, World, speak_inline

TURNS: Final = int(os.environ.get("CLAUDE_RASP_TURNS", "5000"))
TURNS_OF_A_LIFE: Final = max(500, TURNS // 40)
PEOPLE: Final = 6
AT_ONCE: Final = 12
BEGAN: Final = datetime(2026, 10, 20, 6, tzinfo=UTC)
CENT: Final = 10_000_000
HOUR: Final = 3600.0
USD_PER_EUR_MICRO: Final = 1_083_300
"""No round figure, so that costs have something to be rounded."""

SETTINGS: Final = HoldingSettings(
    starting_daily_cents=600,
    starting_monthly_cents=13_000,
    answer_tokens=4096,
    useful_tokens=256,
    wait_seconds=120,
    stop_allowance_tokens=500,
    lease_seconds=30,
)


class PaperMeter:
    """A second meter on paper: as slow as any, sometimes full, and no death destroys it."""

    def __init__(self, chance: random.Random) -> None:
        self.world: World | None = None
        self.newest = 0
        self._chance = chance

    async def record(self, line: MeterLine) -> None:
        assert self.world is not None
        await self.world.step()
        if self._chance.random() < 0.002:
            raise OSError("no room left on the paper")
        self.newest = max(self.newest, line.seq)

    def record_soon(self, line: MeterLine) -> None:
        self.newest = max(self.newest, line.seq)


class OpenSwitch:
    """Nobody pulls it."""

    def check(self) -> None:
        pass


class OneRate:
    """The exchange rate never changes."""

    def rate(self, at: datetime) -> Rate:
        return Rate(USD_PER_EUR_MICRO, at.date(), "drawn", stand_in=False)


@dataclass
class Story:
    """What outlives every process: the folder, the provider, the meter, and what was seen."""

    folder: Path
    chance: random.Random
    people: list[UUID] = field(default_factory=lambda: [new_id() for _ in range(PEOPLE)])
    tariffs: list[Tariff] = field(default_factory=list)
    seconds: float = 0.0
    begun: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    waited: int = 0
    deaths: int = 0
    checks: int = 0
    most_nano_eur: int = 0

    def __post_init__(self) -> None:
        self.provider = Provider(branch(self.chance), SETTINGS.stop_allowance_tokens)
        self.meter = PaperMeter(branch(self.chance))
        self.tariffs = [Tariff.drawn(f"model-{n}", self.chance) for n in range(4)]


class Life:
    """One process, from its start to its end or its death."""

    def __init__(self, story: Story, world: World) -> None:
        self.story = story
        self.world = world
        self.chance = branch(story.chance)
        story.provider.world = story.meter.world = world
        self.database = Database(story.folder, MIGRATIONS)
        prices = {tariff.model: (tariff.price(),) for tariff in story.tariffs}
        self.holding = Holding(
            HoldingParts(
                database=self.database,
                ledger=Ledger(periods=PeriodBook("Europe/Paris"), clock=self.now),
                prices=PriceBook(PriceFile(prices, {}, BEGAN.date(), "drawn")),
                rates=OneRate(),
                switch=OpenSwitch(),
                meter=story.meter,
                settings=SETTINGS,
                clock=self.now,
            )
        )

    def now(self) -> datetime:
        """The virtual moment."""
        return BEGAN + timedelta(seconds=self.world.loop.time())

    async def live(self, turns: int) -> None:
        """Start as the server does, run turns, and stop."""
        await self.database.open()
        await get_connection("default").execute_query("PRAGMA synchronous=OFF")
        await self.holding.open()
        await self._recover()
        await asyncio.gather(*(self._ask_on(turns // AT_ONCE) for _ in range(AT_ONCE)))
        await self.holding.close()
        await self.database.close()

    async def _recover(self) -> None:
        """Close what the process before left, one unit of work per turn, as chat does."""
        rows = await get_connection("default").execute_query_dict(
            "SELECT turn_id FROM pending_hold GROUP BY turn_id ORDER BY min(seq)"
        )
        for row in rows[: len(rows) // 2]:
            turn = UUID(row["turn_id"])

            async def unit(turn: UUID = turn) -> list[Settled]:
                return await self.holding.settle_lost(turn)

            await self.database.write(unit, self._all_committed)
        await self.holding.close_orphans()

    def _all_committed(self, settled: list[Settled]) -> None:
        for each in settled:
            self.holding.committed(each)

    async def _ask_on(self, turns: int) -> None:
        for _ in range(turns):
            await asyncio.sleep(self._until_next_meeting())
            self.story.begun += 1
            turn = asyncio.create_task(self._turn())
            if self.chance.random() < 0.15:
                self.world.loop.call_later(self.chance.random() * 12, turn.cancel)
            await asyncio.wait({turn})
            if not turn.cancelled() and (error := turn.exception()) is not None:
                raise error
            if self.chance.random() < 0.02:
                await self._look()

    def _until_next_meeting(self) -> float:
        """Everybody comes at about the same time, once an hour."""
        return HOUR - self.world.loop.time() % HOUR + self.chance.random() * 15

    async def _turn(self) -> None:
        """Up to three requests, each held and settled, as a turn does it."""
        person = self.chance.choice(self.story.people)
        turn, conversation = new_id(), new_id()
        for _ in range(self.chance.choice((1, 1, 1, 2, 3))):
            ask = self._ask(turn, conversation, person)
            try:
                granted = await self.holding.hold(ask, self._waiting)
            except Refusal as refusal:
                self.story.refused[refusal.code] += 1
                return
            await self._have_answered(ask, granted)

    async def _have_answered(self, ask: HoldAsk, granted: Granted) -> None:
        tariff = next(t for t in self.story.tariffs if t.model == ask.request["model"])
        bound = input_bound(ask)
        assert bound is not None
        answering = asyncio.ensure_future(
            self.story.provider.answer(
                granted.hold,
                tariff,
                bound,
                granted.max_tokens,
                hidden=self.chance.random() < 0.1,
            )
        )
        stopped = False
        try:
            await asyncio.wait({answering})
        except asyncio.CancelledError:
            stopped = True
            answering.cancel()
            await asyncio.wait({answering})
        await self._settle(granted.hold, answering.result())
        if stopped:
            raise asyncio.CancelledError

    async def _settle(self, hold: int, outcome: Outcome) -> None:
        async def unit() -> Settled:
            await self.world.step()
            settled = await self.holding.settle(hold, outcome)
            await self.world.step()
            return settled

        await asyncio.shield(asyncio.ensure_future(self._written(unit)))

    async def _written(self, unit: Any) -> None:  # noqa: ANN401 - a unit of work
        await self.database.write(unit, self.holding.committed)

    def _ask(self, turn: UUID, conversation: UUID, person: UUID) -> HoldAsk:
        chance = self.chance
        words = "x" * int(200_000 ** chance.random())
        wants = chance.random() < 0.2
        request = {
            "model": chance.choice(self.story.tariffs).model,
            "max_tokens": chance.randrange(1, 20_000) if wants else 8_192,
            "messages": [{"role": "user", "content": [{"type": "text", "text": words}]}],
            "cache_control": {"type": "ephemeral", "ttl": "1h"},
        }
        known = chance.choice((0, 0, chance.randrange(1, 50_000)))
        return HoldAsk(
            turn, person, conversation, request, known, 0, words[:80], wants, simulated=False
        )

    def _waiting(self, until: datetime) -> None:
        assert until <= self.now() + timedelta(seconds=SETTINGS.wait_seconds + 1)
        self.story.waited += 1

    async def _look(self) -> None:
        """Look at the limits in the middle of it all, in one read."""
        rows = await get_connection("default").execute_query_dict(
            "SELECT b.*, l.daily_nano_eur AS d, l.monthly_nano_eur AS m FROM balance b "
            "JOIN spending_limit l ON l.scope = b.scope AND l.scope_id = b.scope_id"
        )
        self.story.checks += 1
        for row in rows:
            limit = {"day": row["d"], "month": row["m"]}.get(row["period"])
            total = row["spent_nano_eur"] + row["held_nano_eur"]
            assert limit is None or total <= limit, (row, self.story.begun)


def read(folder: Path, query: str, *values: object) -> list[sqlite3.Row]:
    """Read the file as it was left."""
    with closing(sqlite3.connect(folder / "claude-rasp.db")) as connection:
        connection.row_factory = sqlite3.Row
        return connection.execute(query, values).fetchall()


def check_limits(story: Story) -> None:
    """Spent plus held, added up from the entries alone, is within every limit."""
    for scope, who in (("instance", "''"), ("user", "e.user_id")):
        for period in ("day", "month"):
            rows = read(
                story.folder,
                f"SELECT e.{period} AS start, {who} AS who, sum(e.amount_nano_eur) AS total, "  # noqa: S608 - of our own making
                f"l.{'daily' if period == 'day' else 'monthly'}_nano_eur AS ceiling "
                "FROM ledger_entry e JOIN spending_limit l "
                f"ON l.scope = '{scope}' AND l.scope_id = {who} "
                "WHERE e.kind IN ('post', 'correction') OR (e.kind = 'hold' AND NOT EXISTS "
                "(SELECT 1 FROM ledger_entry c WHERE c.closes = e.seq)) GROUP BY 1, 2",
            )
            for row in rows:
                assert row["ceiling"] is None or row["total"] <= row["ceiling"], tuple(row)
                if scope == "instance" and period == "day":
                    story.most_nano_eur = max(story.most_nano_eur, row["total"])


def check_bills(story: Story) -> None:
    """Every hold is closed once, and no bill of the provider's is above its post."""
    holds = {row["seq"]: row for row in read(story.folder, ALL, "hold")}
    closed = {row["closes"]: row for row in read(story.folder, CLOSINGS)}
    assert holds.keys() == closed.keys()
    assert [row[0] for row in read(story.folder, "SELECT count(*) FROM pending_hold")] == [0]
    billed = posted = 0
    for bill in story.provider.bills:
        post = closed[bill.hold]
        cost = -(-bill.pico_usd * 1000 // USD_PER_EUR_MICRO)
        assert post["kind"] == "post", tuple(post)
        assert cost <= post["amount_nano_eur"] <= holds[bill.hold]["amount_nano_eur"]
        if not post["estimated"]:
            assert (post["cost_pico_usd"], post["amount_nano_eur"]) == (bill.pico_usd, cost)
        billed += cost
        posted += post["amount_nano_eur"]
    paid = {bill.hold for bill in story.provider.bills}
    unbilled = [row for hold, row in closed.items() if hold not in paid]
    assert all(row["kind"] == "void" or row["estimated"] for row in unbilled)
    exact = sum(row["amount_nano_eur"] for row in closed.values() if not row["estimated"])
    assert billed <= posted
    assert exact <= billed


ALL: Final = "SELECT * FROM ledger_entry WHERE kind = ?"
CLOSINGS: Final = "SELECT * FROM ledger_entry WHERE closes IS NOT NULL"


def simulate(story: Story, turns: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Run the turns, in as many lives as it takes, and check after each."""
    present: list[World] = []
    speak_inline(monkeypatch, lambda: present[-1])
    monkeypatch.setattr(server.store.database, "migrate", _nothing_due)
    target = 0
    while target < turns:
        target = min(turns, target + TURNS_OF_A_LIFE)
        _live_until(story, target, present)
        check_limits(story)
    present.append(World(branch(story.chance), story.seconds))
    present[-1].run(Life(story, present[-1]).live(0))
    check_limits(story)
    check_bills(story)


def _live_until(story: Story, target: int, present: list[World]) -> None:
    """Live, die and live again until so many turns were begun."""
    while story.begun < target:
        world = World(branch(story.chance), story.seconds)
        world.die_in(story.chance.randrange(10, 8_000))
        present.append(world)
        life = Life(story, world)
        try:
            world.run(life.live(target - story.begun + AT_ONCE))
        except Died:
            story.deaths += 1
            life.database.folder.release()
        story.seconds = world.loop.time() + story.chance.randrange(1, 60)
        newest = read(story.folder, "SELECT coalesce(max(seq), 0) AS seq FROM ledger_entry")
        assert story.meter.newest <= newest[0]["seq"]


async def _nothing_due(*_: object) -> None:
    """The database was migrated before."""


def told(story: Story) -> Story:
    """Prepare the folder: no accounts are needed, but personal limits for some are."""
    asyncio.run(furnish(story.folder))
    with closing(sqlite3.connect(story.folder / "claude-rasp.db")) as connection:
        for cents, person in zip((60, 100, 150), story.people, strict=False):
            connection.execute(
                "INSERT INTO spending_limit (scope, scope_id, daily_nano_eur, monthly_nano_eur, "
                "armed, alert_70, alert_90, alert_mail, revision, updated_at) "
                "VALUES ('user', ?, ?, ?, 1, 1, 1, 1, 1, '2026-10-20 06:00:00+00:00')",
                (str(person), cents * CENT, cents * CENT * 20),
            )
        connection.commit()
    return story


def test_no_limit_is_passed_and_every_cent_is_accounted_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Whatever comes together, spent plus held stays within every limit, and no bill is missed."""
    story = told(Story(tmp_path, seeded("money")))
    simulate(story, TURNS, monkeypatch)
    with capsys.disabled():
        print(  # noqa: T201 - the figures of the proof
            f"\nmoney, seed {SEED}: {story.begun} turns, {len(story.provider.bills)} bills, "
            f"{story.deaths} deaths, {dict(story.refused)} refused, {story.waited} waited, "
            f"{story.checks} looks, most of a day {story.most_nano_eur / CENT:.2f} of "
            f"{SETTINGS.starting_daily_cents} cents"
        )
    assert story.deaths >= TURNS // 1_000
    assert story.refused.keys() <= {"budget", "storage"}
    assert story.refused["budget"] > 0
    assert story.waited > TURNS // 100


def test_a_check_that_is_broken_is_noticed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the check taken out of the statement that holds, the simulation fails."""
    taken = balances.take

    async def take_all(rows: Any, amount: int, _: object) -> bool:  # noqa: ANN401 - as the real one
        return await taken(rows, amount, {})

    monkeypatch.setattr(balances, "take", take_all)
    story = told(Story(tmp_path, seeded("broken check")))
    with pytest.raises(AssertionError):
        simulate(story, 2_000, monkeypatch)
