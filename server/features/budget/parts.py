"""What holds are made of, as the composition root hands it in."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from server.core.clock import Clock
from server.store import Database

from .bound import Count
from .ledger import Ledger
from .meter_file import MeterLine
from .prices import Find
from .rates import Rate


class PricesPort(Protocol):
    """What models cost; `PriceBook` is the one in use."""

    def at(self, at: datetime, /) -> Find:
        """Return the price list of a moment: for the same one, the same for good."""
        ...


class RatesPort(Protocol):
    """The exchange rate; `RateBook` is the one in use."""

    def rate(self, at: datetime, /) -> Rate:
        """Return the rate of a moment."""
        ...


class SwitchPort(Protocol):
    """Whether calls are stopped; `Switch` is the one in use."""

    def check(self) -> None:
        """Raise Refusal `kill_switch` or `ledger` if they are."""
        ...


class MeterPort(Protocol):
    """The second meter; `Meter` is the one in use."""

    async def record(self, line: MeterLine, /) -> None:
        """Return once the line is on the disk. Raises OSError."""
        ...

    def record_soon(self, line: MeterLine, /) -> None:
        """Have the line written; never waits, never raises."""
        ...


@dataclass(frozen=True, slots=True)
class HoldingSettings:
    """The settings that holds depend on; times in seconds."""

    starting_daily_cents: int
    starting_monthly_cents: int
    answer_tokens: int
    useful_tokens: int
    wait_seconds: float
    stop_allowance_tokens: int
    lease_seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldingParts:
    """What holds are made of. Without `count` every bound is that of the bytes."""

    database: Database
    ledger: Ledger
    prices: PricesPort
    rates: RatesPort
    switch: SwitchPort
    meter: MeterPort
    settings: HoldingSettings
    clock: Clock
    count: Count | None = None
