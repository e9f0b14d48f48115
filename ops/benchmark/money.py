"""What it takes to hold and settle a request, and to show what was spent, beside a long ledger."""

import asyncio
import random
import shutil
import sqlite3
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import perf_counter, process_time
from typing import Any, Final
from uuid import UUID

import schema
from server.core.clock import system_clock
from server.core.ids import new_id
from server.edge.principal import Principal
from server.features.budget.hold import HoldAsk, Outcome
from server.features.budget.holding import Holding, HoldingParts, HoldingSettings
from server.features.budget.ledger import Ledger
from server.features.budget.meter import Meter
from server.features.budget.periods import PeriodBook
from server.features.budget.price_file import read_prices
from server.features.budget.prices import PriceBook
from server.features.budget.rates import RateBook
from server.features.budget.report import Reports
from server.features.budget.switch import Switch
from server.resources import resource
from server.store import Database

from .figures import Figure, middle, p95
from .processes import in_loop

HOLD_MS: Final = 2.0
REPORT_MS: Final = 50.0
DAYS: Final = 365
PEOPLE: Final = 6
MODELS: Final = ("claude-haiku-5-5", "claude-sonnet-5-5", "claude-opus-5-5")
MODEL: Final = MODELS[1]
ROOMY_CENTS: Final = 100_000_000

ZONE: Final = "Europe/Paris"

SETTINGS: Final = HoldingSettings(
    starting_daily_cents=ROOMY_CENTS,
    starting_monthly_cents=ROOMY_CENTS,
    answer_tokens=4096,
    useful_tokens=256,
    wait_seconds=120,
    stop_allowance_tokens=500,
    lease_seconds=30,
)

ENTRY: Final = """
INSERT INTO ledger_entry (seq, kind, closes, purse, user_id, turn_id, conversation_id, model, at,
    day, week, month, amount_nano_eur, cost_pico_usd, usd_per_eur_micro, input_tokens,
    output_tokens, cache_read_tokens, cache_write_tokens, web_searches, cache_saved_nano_eur,
    estimated, reason, chain)
VALUES (?, ?, ?, 'real', ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 1000000, ?, ?, 0, 0, 0, 0, 0, ?, ?)
"""

DAY: Final = """
INSERT INTO usage_day (purse, day, user_id, model, requests, input_tokens, output_tokens,
    cache_read_tokens, cache_write_tokens, web_searches, cost_nano_eur, estimated_nano_eur,
    cache_saved_nano_eur)
VALUES ('real', ?, ?, ?, ?, ?, ?, 0, 0, 0, ?, 0, 0)
"""

STATE: Final = """
INSERT OR REPLACE INTO ledger_state (id, last_seq, last_at, chain, tripped, trip_reason)
VALUES (1, ?, ?, ?, '', '')
"""

CHAIN: Final = "0" * 32


@dataclass(frozen=True, slots=True)
class Past:
    """A year of a family: requests evenly over the days, each a hold and its post."""

    entries: int
    people: tuple[UUID, ...]

    def write(self, path: Path) -> None:
        """Write it into a database that has none."""
        days: Counter[tuple[int, str, str]] = Counter()
        with closing(sqlite3.connect(path)) as connection:
            connection.execute("PRAGMA synchronous=OFF")
            connection.executemany(ENTRY, self._entries(days))
            connection.executemany(
                DAY,
                ((*key, n, 900 * n, 400 * n, 5_800_000 * n) for key, n in days.items()),
            )
            connection.execute(STATE, (self.entries, self._at(self.entries), CHAIN))
            connection.execute("ANALYZE")
            connection.commit()

    def _entries(self, days: Counter[tuple[int, str, str]]) -> Iterator[tuple[Any, ...]]:
        book = PeriodBook(ZONE)
        chance = random.Random(20261121)  # noqa: S311 - it guards no secret
        for first in range(1, self.entries, 2):
            at = self._at(first)
            periods = book.of(at)
            person, model = str(chance.choice(self.people)), chance.choice(MODELS)
            days[periods.day, person, model] += 1
            who = (person, str(new_id()), str(new_id()), model, at.isoformat(" "))
            when = (periods.day, periods.week, periods.month)
            held = (43_000_000, 0, 0, 0, "", CHAIN)
            spent = (5_800_000, 5_800_000_000, 900, 400, "whole", CHAIN)
            yield (first, "hold", None, *who, *when, *held)
            yield (first + 1, "post", first, *who, *when, *spent)

    def _at(self, seq: int) -> datetime:
        began = datetime.now(UTC) - timedelta(days=DAYS)
        return began + timedelta(days=DAYS) * (seq / (self.entries + 1))


def measure(folder: Path, sizes: tuple[int, ...], rounds: int) -> list[Figure]:
    """Measure beside ledgers of these numbers of entries."""
    figures: list[Figure] = []
    for entries in sizes:
        data = folder / f"money-{entries}"
        figures += in_loop(_measure(data, entries, rounds))
        shutil.rmtree(data)
    return figures


async def _measure(data: Path, entries: int, rounds: int) -> list[Figure]:
    database = Database(data, Path(schema.__file__).parent / "migrations")
    await database.open()
    await database.close()
    past = Past(entries, tuple(new_id() for _ in range(PEOPLE)))
    await asyncio.to_thread(past.write, database.path)
    await database.open()
    try:
        return [
            *await _measure_holds(database, past, rounds),
            await _measure_reports(entries, rounds),
        ]
    finally:
        await database.close()


async def _measure_holds(database: Database, past: Past, rounds: int) -> list[Figure]:
    meter = Meter(database.path.parent)
    switch = Switch(database=database, clock=system_clock)
    holding = Holding(
        HoldingParts(
            database=database,
            ledger=_ledger(),
            prices=PriceBook(read_prices(resource("config/prices.yaml"))),
            rates=RateBook(),
            switch=switch,
            meter=meter,
            settings=SETTINGS,
            clock=system_clock,
        )
    )
    await meter.check(_no_entries, _no_chain)
    await switch.open()
    await holding.open()
    walls, cpus = [], []
    for number in range(rounds):
        ask = _ask(past.people[number % PEOPLE])
        began, used = perf_counter(), process_time()
        granted = await holding.hold(ask, _never_waits)
        outcome = Outcome("whole", {"input_tokens": 900, "output_tokens": 400}, MODEL)

        async def settle(hold: int = granted.hold, outcome: Outcome = outcome) -> Any:  # noqa: ANN401
            return await holding.settle(hold, outcome)

        await database.write(settle, holding.committed)
        walls.append((perf_counter() - began) * 1000)
        cpus.append((process_time() - used) * 1000)
    await holding.close()
    await meter.close()
    name = f"hold and settlement beside {past.entries:,} entries"
    return [
        Figure(f"{name}, median", "ms", middle(walls), at_most=HOLD_MS),
        Figure(f"{name}, processor", "ms", middle(cpus)),
    ]


async def _measure_reports(entries: int, rounds: int) -> Figure:
    """The queries of the money page, one after the other, as an administrator opens it."""
    reports = Reports(ledger=_ledger(), time_zone=ZONE, purse="real")
    now = system_clock()
    who = Principal(new_id(), new_id(), "admin", "en", "bearer", now)
    year_ago = (now - timedelta(days=DAYS)).date().isoformat()
    asks: list[Callable[[], Awaitable[object]]] = [
        lambda: reports.daily(who, None, None),
        lambda: reports.daily(who, year_ago, None),
        lambda: reports.monthly(who, None),
    ]
    times = []
    for number in range(rounds):
        began = perf_counter()
        await asks[number % len(asks)]()
        times.append((perf_counter() - began) * 1000)
    name = f"a report of the money page beside {entries:,} entries, 95 %"
    return Figure(name, "ms", p95(times), at_most=REPORT_MS)


def _ask(person: UUID) -> HoldAsk:
    question = "What is a good time to plant garlic?"
    request = {
        "model": MODEL,
        "max_tokens": 8192,
        "messages": [{"role": "user", "content": [{"type": "text", "text": question}]}],
    }
    return HoldAsk(
        new_id(), person, new_id(), request, 0, 0, question, wants=False, simulated=False
    )


def _ledger() -> Ledger:
    return Ledger(periods=PeriodBook(ZONE), clock=system_clock)


async def _no_entries() -> int:
    return 0


async def _no_chain(_: int) -> str | None:
    return None


def _never_waits(_: datetime) -> None:
    raise RuntimeError("nobody else holds anything")
