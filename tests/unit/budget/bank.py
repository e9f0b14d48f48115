"""Holds on a real database, with a clock, prices, a meter and a switch that do as they are told."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from tortoise.connection import get_connection

from schema.tables.budget import BalanceRow, LedgerEntryRow, PendingHoldRow, SpendingLimitRow
from schema.tables.identity import UserRow
from server.core.ids import new_id
from server.core.problems import Refusal
from server.features.budget.bound import Count
from server.features.budget.hold import Granted, HoldAsk, Outcome, Settled
from server.features.budget.holding import Holding
from server.features.budget.ledger import Ledger
from server.features.budget.meter_file import MeterLine
from server.features.budget.parts import HoldingParts, HoldingSettings
from server.features.budget.periods import PeriodBook
from server.features.budget.prices import Price, PriceBook, PriceFile, Rates, Schedule
from server.features.budget.rates import Rate
from server.store import Database
from tests.clock import FakeClock
from tests.people import MIGRATIONS

ALICE: Final = UUID("019aa5a0-0000-7000-8000-0000000a11ce")
BOB: Final = UUID("019aa5a0-0000-7000-8000-000000000b0b")
CHARLIE: Final = UUID("019aa5a0-0000-7000-8000-0000000c4a7e")

QUILL: Final = "quill-1"
TOKEN: Final = 1_000
"""What a token of Quill's output costs, in nano-euros; its input costs nothing."""

PATIENCE_SECONDS: Final = 10.0
MORNING: Final = datetime(2026, 11, 21, 9, 30, tzinfo=UTC)

SETTINGS: Final = HoldingSettings(
    starting_daily_cents=200,
    starting_monthly_cents=2_000,
    answer_tokens=1_000,
    useful_tokens=100,
    wait_seconds=60,
    stop_allowance_tokens=50,
    lease_seconds=30,
)


class OneForOne:
    """A euro is a dollar."""

    def rate(self, at: datetime, /) -> Rate:
        return Rate(1_000_000, at.date(), "test")


class PaperMeter:
    """Counts on paper: can be slow, or full."""

    def __init__(self) -> None:
        self.lines: list[MeterLine] = []
        self.full = False
        self.may_write = asyncio.Event()
        self.may_write.set()

    async def record(self, line: MeterLine, /) -> None:
        await self.may_write.wait()
        if self.full:
            raise OSError("no room left on the paper")
        self.lines.append(line)

    def record_soon(self, line: MeterLine, /) -> None:
        self.lines.append(line)


class Button:
    """The red one."""

    def __init__(self) -> None:
        self.pulled = False

    def check(self) -> None:
        if self.pulled:
            raise Refusal("kill_switch", reason="test")


def quill_book(model: str = QUILL, input_pico: int = 0) -> PriceBook:
    """Return a price list of one model that may write 100,000 tokens."""
    rates = Rates(input_pico, TOKEN * 1_000, 0, 0, 0)
    price = Price(
        model, None, "test", edited=False, standard=Schedule(rates),
        max_output_tokens=100_000,
    )  # fmt: skip
    return PriceBook(PriceFile({model: (price,)}, {}, date(2026, 11, 1), "test"))


@dataclass
class Bank:
    """What is open of it."""

    database: Database
    clock: FakeClock
    settings: HoldingSettings = SETTINGS
    prices: PriceBook = field(default_factory=quill_book)
    meter: PaperMeter = field(default_factory=PaperMeter)
    button: Button = field(default_factory=Button)
    count: Count | None = None

    def __post_init__(self) -> None:
        self.periods = PeriodBook("Europe/Paris")
        self.ledger = Ledger(periods=self.periods, clock=self.clock)
        self.waits: list[datetime] = []
        self.holding = Holding(
            HoldingParts(
                database=self.database,
                ledger=self.ledger,
                prices=self.prices,
                rates=OneForOne(),
                switch=self.button,
                meter=self.meter,
                settings=self.settings,
                clock=self.clock,
                count=self.count,
            )
        )

    def ask(
        self,
        max_tokens: int = 1_000,
        user: UUID = BOB,
        *,
        simulated: bool = False,
        **more: Any,  # noqa: ANN401 - any JSON
    ) -> HoldAsk:
        """Ask for exactly so many tokens of room."""
        request = {
            "model": QUILL,
            "max_tokens": max_tokens,
            "messages": [{"role": "user", "content": "What is a ledger?"}],
            **more,
        }
        return HoldAsk(new_id(), user, new_id(), request, 0, 0, "", wants=True, simulated=simulated)

    async def hold(self, max_tokens: int = 1_000, user: UUID = BOB, **more: Any) -> Granted:  # noqa: ANN401 - any JSON
        """Take a hold."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            return await self.holding.hold(self.ask(max_tokens, user, **more), self.waits.append)

    def hold_soon(
        self,
        max_tokens: int = 1_000,
        user: UUID = BOB,
        **more: Any,  # noqa: ANN401 - any JSON
    ) -> "asyncio.Task[Granted]":
        """Take a hold as soon as there is money for it."""
        return asyncio.create_task(self.hold(max_tokens, user, **more))

    async def settle(self, granted: Granted, tokens: int) -> Settled:
        """Settle it with an answer of so many tokens."""
        return await self.end(granted.hold, whole(tokens))

    async def end(self, hold: int, outcome: Outcome) -> Settled:
        """Settle it so, and tell who waits."""
        return await self.database.write(
            lambda: self.holding.settle(hold, outcome), self.holding.committed
        )

    async def limit(self, user: UUID | None = None, **changes: Any) -> None:  # noqa: ANN401 - any column
        """Set columns of a scope's limits, in tokens of Quill where they are amounts."""
        amounts = {
            name: value * TOKEN if name.endswith("_nano_eur") and value is not None else value
            for name, value in changes.items()
        }
        await SpendingLimitRow.update_or_create(
            amounts | {"updated_at": self.clock()},
            scope="instance" if user is None else "user",
            scope_id="" if user is None else str(user),
        )
        self.holding.limits_changed()

    async def balance(
        self, period: str = "day", user: UUID | None = None, purse: str = "real"
    ) -> tuple[int, int]:
        """Return what is spent and held now, in tokens of Quill."""
        scope, scope_id = ("instance", "") if user is None else ("user", str(user))
        row = await BalanceRow.get(purse=purse, scope=scope, scope_id=scope_id, period=period)
        return row.spent_nano_eur // TOKEN, row.held_nano_eur // TOKEN

    async def entries(self) -> list[LedgerEntryRow]:
        """Return the ledger."""
        return await LedgerEntryRow.all().order_by("seq")

    async def quiet(self) -> None:
        """Wait until nothing is on its way any more."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            for _ in range(20):
                await get_connection("default").execute_query("SELECT 1")

    async def is_clean(self) -> bool:
        """Whether every hold is closed, and no balance says otherwise."""
        held = await BalanceRow.exclude(held_nano_eur=0).exists()
        entries = await self.entries()
        holds = sorted(entry.seq for entry in entries if entry.kind == "hold")
        closed = sorted(entry.closes for entry in entries if entry.closes is not None)
        return not held and not await PendingHoldRow.exists() and holds == closed


def whole(tokens: int) -> Outcome:
    """Return the outcome of an answer of so many tokens."""
    return Outcome("whole", {"input_tokens": 10, "output_tokens": tokens}, QUILL)


async def refusal_of(held: "asyncio.Task[Granted] | Any") -> Refusal | None:  # noqa: ANN401 - anything that holds
    """Return why there was no hold; None if there was."""
    try:
        await held
    except Refusal as refusal:
        return refusal
    return None


@asynccontextmanager
async def banking(
    folder: Path,
    clock: FakeClock | None = None,
    **parts: Any,  # noqa: ANN401 - fields of Bank
) -> AsyncIterator[Bank]:
    """Open it on a data folder."""
    database = Database(folder, MIGRATIONS)
    await database.open()
    bank = Bank(database, clock or FakeClock(MORNING), **parts)
    await bank.holding.open()
    try:
        yield bank
    finally:
        async with asyncio.timeout(PATIENCE_SECONDS):
            await bank.holding.close()
            await database.close()


async def appoint(user: UUID) -> None:
    """Give this person the account of an administrator, who may know all amounts."""
    at = datetime(2026, 11, 1, tzinfo=UTC)
    await UserRow.create(
        id=user,
        username="Boss",
        username_folded="boss",
        password_hash="",
        password_set_at=at,
        role="admin",
        language="en",
        created_at=at,
    )
