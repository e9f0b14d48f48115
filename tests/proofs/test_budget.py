"""The limit holds: in a rush that it cannot pay for, and with the plug pulled again and again.

What counts is what the upstream itself has billed, priced here by hand.
"""

import asyncio
import random
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import httpx
import pytest

from server.simulator.serve import Simulator
from tests.people import ALICE, BOB, furnish, script

from . import stored
from .homes import database
from .lives import Life, server
from .luck import branch

MODEL: Final = "claude-sonnet-5-5"
INPUT_NANO_EUR: Final = 2_000
OUTPUT_NANO_EUR: Final = 10_000
"""What a token of this model costs: 2 and 10 USD a million, at one dollar for one euro."""

EVENTS: Final = {"accept": "text/event-stream"}

SENDS: Final = 100
AFFORDABLE: Final = 10
RUSH_PACE: Final = 0.02

WORLDS: Final = 3
"""Data folders whose servers are killed side by side."""
KILLS: Final = 10
"""In each world."""
STREAMS: Final = 10
"""People who ask at the same time, in each world."""
EARLY: Final = 0.3
"""The part of the kills that come at any moment after the questions; others wait for Claude."""
EARLY_SECONDS: Final = 2.0
LATE_SECONDS: Final = 0.6
PATIENCE_SECONDS: Final = 30.0
ROOM_NANO_EUR: Final = (6_000_000, 100_000_000)
"""What may be spent between two kills: half a hold, or somewhat less than all could hold."""

HOLDS: Final = "SELECT * FROM pending_hold"
UNCLOSED: Final = """
SELECT hold.seq FROM ledger_entry AS hold
LEFT JOIN ledger_entry AS closing ON closing.closes = hold.seq
WHERE hold.kind = 'hold' AND closing.seq IS NULL
"""
SPENT: Final = """
SELECT coalesce(sum(amount_nano_eur), 0) AS nano_eur FROM ledger_entry
WHERE kind IN ('post', 'correction')
"""

Json = dict[str, Any]


@dataclass
class Upstream:
    """A simulator here, and all that it has billed."""

    simulator: Simulator
    billed_nano_eur: int = 0

    async def count(self) -> int:
        """Return what was billed so far; nobody may be asking."""
        await self.simulator.idle()
        self.billed_nano_eur += sum(_price(one.usage) for one in self.simulator.requests)
        self.simulator.requests.clear()
        return self.billed_nano_eur


def _price(usage: Json) -> int:
    """Price the tokens of one request; one that was refused has none."""
    cached = usage.get("cache_creation_input_tokens", 0) + usage.get("cache_read_input_tokens", 0)
    assert not cached  # nothing asks for it; it would have prices of its own
    inputs, outputs = usage.get("input_tokens", 0), usage.get("output_tokens", 0)
    return int(inputs * INPUT_NANO_EUR + outputs * OUTPUT_NANO_EUR)


@asynccontextmanager
async def upstream(pace: float) -> AsyncIterator[Upstream]:
    """Run a simulator in this process until the end of the block."""
    simulator = Simulator(pace)
    await simulator.start()
    try:
        yield Upstream(simulator)
    finally:
        await simulator.stop()


def settings(upstream: Upstream) -> dict[str, str]:
    """Return the settings of a server that asks there, in a time zone where no day ends soon."""
    return {
        "ANTHROPIC_API_KEY": "x",
        "ANTHROPIC_BASE_URL": upstream.simulator.base_url,
        "CLAUDE_MODEL": MODEL,
        "CLAUDE_MAX_TOKENS": "1000",
        "CLAUDE_RASP_BUDGET_TIME_ZONE": _noon(),
    }


def _noon() -> str:
    """Return the time zone where it is noon now; `Etc/GMT+5` is five hours west of Greenwich."""
    west = datetime.now(UTC).hour - 12
    return f"Etc/GMT{west:+d}" if west else "Etc/GMT"


async def set_limit(alice: httpx.AsyncClient, nano_eur: int) -> None:
    """Let the instance spend so much in this month."""
    limits = {"daily_nano_eur": None, "monthly_nano_eur": nano_eur, "kill_switch": True}
    (await alice.put("/api/v1/monitor/limits", json=limits)).raise_for_status()


async def conversation(client: httpx.AsyncClient) -> str:
    """Make a conversation."""
    made = await client.post("/api/v1/conversations", json={})
    made.raise_for_status()
    return str(made.json()["id"])


def spent(folder: Path) -> int:
    """Return what the ledger says was spent."""
    return int(stored.rows(database(folder), SPENT)[0]["nano_eur"])


# ── a rush ──────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.asyncio
async def test_100_at_once_against_a_limit_that_affords_10(
    tmp_path: Path, tell: Callable[[str], None]
) -> None:
    """At most the limit is billed, and no less than nine of the ten are answered to the end."""
    await asyncio.create_task(furnish(tmp_path / "data", ALICE, BOB))
    async with (
        upstream(RUSH_PACE) as claude,
        server(tmp_path, **settings(claude)) as life,
        script(await life.url(), ALICE) as alice,
        script(await life.url(), BOB) as bob,
    ):
        bob.timeout = httpx.Timeout(60)
        conversations = [await conversation(bob) for _ in range(SENDS + 1)]
        assert (await ask(bob, conversations.pop())).json()["message"]["stop_reason"] == "end_turn"
        one = await claude.count()
        limit = one + AFFORDABLE * one
        await set_limit(alice, limit)
        answers = await asyncio.gather(*(ask(bob, each) for each in conversations))
        billed = await claude.count()
        ends = Counter(_end(answer) for answer in answers)
        tell(f"{dict(ends)}; billed {billed} of {limit} nano-EUR, {billed / limit:.1%}")
        assert billed <= limit
        assert ends["end_turn"] >= AFFORDABLE - 1
        assert set(ends) <= {"end_turn", "max_tokens", "budget"}
        assert (spent(tmp_path), stored.rows(database(tmp_path), HOLDS)) == (billed, [])


async def ask(client: httpx.AsyncClient, conversation: str) -> httpx.Response:
    """Ask the question whose answer is always the same."""
    body = {"content": "A story of the sea !sim long words=400"}
    return await client.post(f"/api/v1/conversations/{conversation}/messages", json=body)


def _end(answer: httpx.Response) -> str:
    body = answer.json()
    if answer.status_code == httpx.codes.OK:
        return str(body["message"]["stop_reason"])
    assert answer.status_code == httpx.codes.PAYMENT_REQUIRED
    return str(body["code"])


# ── the plug ────────────────────────────────────────────────────────────────────────────────────


class World:
    """A data folder whose server is killed again and again while everybody asks."""

    def __init__(self, folder: Path, claude: Upstream, chance: random.Random) -> None:
        self._folder = folder
        self._claude = claude
        self._chance = chance
        self._limit = 0
        self._answered = asyncio.Event()
        self.seen: Counter[str] = Counter()

    async def furnish(self) -> None:
        """Give Alice and Bob their accounts."""
        # In a context of its own: Tortoise keeps something of each database it opens there.
        await asyncio.create_task(furnish(self._folder / "data", ALICE, BOB))

    async def run(self) -> None:
        """Live and be killed, and once more start and count."""
        for _ in range(KILLS):
            async with self._server() as life:
                await self._be_killed(life)
            self._check(await self._claude.count())
        async with self._server() as life:
            await life.url()
            self._check_closed()
            assert await life.stop() == 0

    def __str__(self) -> str:
        share = self.billed_nano_eur / spent(self._folder)
        return f"{KILLS} kills, {dict(+self.seen)}; billed {share:.1%} of what the ledger has"

    @property
    def billed_nano_eur(self) -> int:
        """All that the upstream has counted."""
        return self._claude.billed_nano_eur

    @asynccontextmanager
    async def _server(self) -> AsyncIterator[Life]:
        async with server(self._folder, **settings(self._claude)) as life:
            yield life

    async def _be_killed(self, life: Life) -> None:
        """Raise the limit a little, have everybody ask, and die."""
        url = await life.url()
        self._check_closed()
        self._answered.clear()
        async with script(url, ALICE) as alice, script(url, BOB) as bob:
            self._limit = spent(self._folder) + self._chance.randint(*ROOM_NANO_EUR)
            await set_limit(alice, self._limit)
            places = [await conversation(bob) for _ in range(STREAMS)]
            async with asyncio.TaskGroup() as living:
                for place in places:
                    living.create_task(self._live(bob, place, branch(self._chance)))
                if self._chance.random() < EARLY:
                    await asyncio.sleep(self._chance.uniform(0, EARLY_SECONDS))
                else:
                    await asyncio.wait_for(self._answered.wait(), PATIENCE_SECONDS)
                    await asyncio.sleep(self._chance.uniform(0, LATE_SECONDS))
                await life.kill()

    async def _live(self, client: httpx.AsyncClient, place: str, chance: random.Random) -> None:
        """Ask until the server is gone, or the money."""
        path = f"/api/v1/conversations/{place}/messages"
        try:
            while True:
                words = chance.randint(5, 300)
                body = {"content": f"A story !sim pace=0.1 !sim long words={words}"}
                async with client.stream("POST", path, json=body, headers=EVENTS) as response:
                    if response.status_code == httpx.codes.PAYMENT_REQUIRED:
                        self._see("refused")
                        return
                    async for line in response.aiter_lines():
                        if line.startswith("event: "):
                            self._see(line.removeprefix("event: "))
        except httpx.TransportError:
            return

    def _see(self, event: str) -> None:
        self.seen[event] += event.startswith(("turn", "refused"))
        if event in ("usage", "refused"):
            self._answered.set()

    def _check(self, billed: int) -> None:
        """Whatever was going on, the upstream has not billed more than it might."""
        assert billed <= self._limit

    def _check_closed(self) -> None:
        """After a start nothing is held, and the ledger has no less than was billed."""
        file = database(self._folder)
        assert stored.whole(file)
        assert stored.rows(file, HOLDS) == []
        assert stored.rows(file, UNCLOSED) == []
        assert spent(self._folder) >= self.billed_nano_eur


@pytest.mark.asyncio
async def test_30_kills_during_10_streams_never_pass_the_limit(
    tmp_path: Path, chance: random.Random, tell: Callable[[str], None]
) -> None:
    """The upstream's bill stays within limit and ledger, and no hold outlives its process."""
    async with AsyncExitStack() as open_ones:
        claudes = [await open_ones.enter_async_context(upstream(1.0)) for _ in range(WORLDS)]
        worlds = [
            World(tmp_path / f"world{number}", claude, branch(chance))
            for number, claude in enumerate(claudes)
        ]
        for world in worlds:
            await world.furnish()
        async with asyncio.TaskGroup() as running:
            for world in worlds:
                running.create_task(world.run())
    for world in worlds:
        tell(str(world))
        assert world.billed_nano_eur > 0
