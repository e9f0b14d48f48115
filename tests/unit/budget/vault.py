"""An instance's money in a real data folder: opened as a start does, spent from, tampered with."""

import shutil
import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from server.core.ids import new_id
from server.core.problems import Refusal
from server.features.budget.hold import HoldAsk, Outcome
from server.features.budget.holding import Holding, HoldingParts, HoldingSettings
from server.features.budget.ledger import Ledger
from server.features.budget.meter import FILE_NAME, Meter
from server.features.budget.periods import PeriodBook
from server.features.budget.prices import PriceBook
from server.features.budget.rates import RateBook
from server.features.budget.store import audit
from server.features.budget.switch import Switch
from server.features.budget.verify import Verifier
from server.store import Database
from tests.clock import FakeClock
from tests.people import MIGRATIONS

from .pricelist import FILE, SONNET

ALICE: Final = UUID("019aa5a0-0000-7000-8000-0000000a11ce")
BOB: Final = UUID("019aa5a0-0000-7000-8000-000000000b0b")
DATABASE: Final = "claude-rasp.db"
MORNING: Final = datetime(2026, 11, 21, 9, 30, tzinfo=UTC)

SETTINGS: Final = HoldingSettings(
    starting_daily_cents=200,
    starting_monthly_cents=2_000,
    answer_tokens=4_096,
    useful_tokens=256,
    wait_seconds=0.05,
    stop_allowance_tokens=500,
    lease_seconds=30,
)


@dataclass
class Vault:
    """What is open of it."""

    folder: Path
    time: FakeClock
    database: Database
    periods: PeriodBook = field(default_factory=lambda: PeriodBook("Europe/Paris"))
    rates: RateBook = field(default_factory=RateBook)

    def __post_init__(self) -> None:
        self.ledger = Ledger(periods=self.periods, clock=self.time)
        self.meter = Meter(self.folder)
        self.switch = Switch(database=self.database, clock=self.time)
        self.verifier = Verifier(
            database=self.database,
            clock=self.time,
            ledger=self.ledger,
            meter=self.meter,
            switch=self.switch,
        )
        self.holding = Holding(
            HoldingParts(
                database=self.database,
                ledger=self.ledger,
                prices=PriceBook(FILE),
                rates=self.rates,
                switch=self.switch,
                meter=self.meter,
                settings=SETTINGS,
                clock=self.time,
            )
        )

    async def hold(self, user: UUID = BOB) -> int:
        """Take a hold, as a turn does before it asks Claude; return its number."""
        request = {
            "model": SONNET,
            "max_tokens": 1_000,
            "messages": [{"role": "user", "content": "What is a ledger?"}],
        }
        ask = HoldAsk(new_id(), user, new_id(), request, 0, 0, "", wants=False, simulated=False)
        return (await self.holding.hold(ask, lambda _: None)).hold

    async def settle(self, hold: int, output_tokens: int = 100) -> int:
        """Post a hold as its answer ends; return what it cost, in nano-euros."""
        usage = {"input_tokens": 50, "output_tokens": output_tokens}
        outcome = Outcome("whole", usage, SONNET)
        settled = await self.database.write(
            lambda: self.holding.settle(hold, outcome), self.holding.committed
        )
        return settled.cost_nano_eur

    async def spend(self, times: int = 1, user: UUID = BOB) -> int:
        """Ask and answer so often; return what it cost."""
        return sum([await self.settle(await self.hold(user)) for _ in range(times)])

    async def refused(self) -> tuple[str, str] | None:
        """Return the code and the reason with which a call is refused; None if it is made."""
        try:
            await self.settle(await self.hold())
        except Refusal as refusal:
            return refusal.code, str(refusal.facts.get("reason", ""))
        return None

    async def events(self) -> list[tuple[str, dict[str, Any]]]:
        """Return what was audited, oldest first."""
        return [(row.event, row.facts) for row in reversed(await audit.newest(50))]


@asynccontextmanager
async def opened(folder: Path, time: FakeClock | None = None) -> AsyncIterator[Vault]:
    """Open the money of a folder in the order of a start."""
    async with AsyncExitStack() as undo:
        database = Database(folder, MIGRATIONS)
        await database.open()
        undo.push_async_callback(database.close)
        vault = Vault(folder, time or FakeClock(MORNING), database)
        undo.push_async_callback(vault.meter.close)
        await vault.switch.open()
        await vault.holding.open()
        undo.push_async_callback(vault.holding.close)
        await vault.verifier.open()
        undo.push_async_callback(vault.verifier.close)
        await vault.holding.close_orphans()
        yield vault


def copy(folder: Path, to: Path) -> None:
    """Make a backup of the closed database: without the meter, which is never part of one."""
    for path in folder.glob(f"{DATABASE}*"):
        shutil.copy(path, to / path.name)


def put_back(backup: Path, folder: Path) -> None:
    """Restore it into the folder of a closed instance."""
    lose_database(folder)
    copy(backup, folder)


@contextmanager
def tampering(folder: Path) -> Iterator[sqlite3.Connection]:
    """Change the database by another program."""
    with closing(sqlite3.connect(folder / DATABASE)) as connection, connection:
        yield connection


def spent(folder: Path, period: str = "month") -> int:
    """Return what Bob has spent, by his balance."""
    with tampering(folder) as connection:
        query = (
            "SELECT spent_nano_eur, held_nano_eur FROM balance WHERE scope_id = ? AND period = ?"
        )
        found, held = connection.execute(query, (str(BOB), period)).fetchone()
    assert held == 0
    return int(found)


def lose_meter(folder: Path) -> None:
    """Remove the second meter."""
    (folder / FILE_NAME).unlink()


def lose_database(folder: Path) -> None:
    """Remove the database, to begin anew."""
    for path in folder.glob(f"{DATABASE}*"):
        path.unlink()
