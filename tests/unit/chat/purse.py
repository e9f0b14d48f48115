"""A budget written by hand: it grants, makes wait or refuses as a test tells it to."""

import asyncio
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

from schema.wire.money import Gauge
from server.core.problems import Refusal
from server.features.budget.hold import Granted, HoldAsk, Outcome, Settled

UNTIL: Final = datetime(2026, 11, 21, 18, 0, tzinfo=UTC)
GAUGE: Final = Gauge(
    scope="user",
    period="day",
    limit_nano_eur=1_000,
    spent_nano_eur=10,
    fraction=0.01,
    resets_at=None,
)
INPUT_NANO_EUR: Final = 10
OUTPUT_NANO_EUR: Final = 1_000
LOST_NANO_EUR: Final = 777_000


class Purse:
    """Holds by number, and what became of each; a settlement counts once it is committed."""

    def __init__(self) -> None:
        self.asks: list[HoldAsk] = []
        self.held: dict[int, HoldAsk] = {}
        self.outcomes: list[Outcome] = []
        self.refusal: Refusal | None = None
        self.max_tokens = 50
        self.has_room = asyncio.Event()
        self.has_room.set()

    async def hold(self, ask: HoldAsk, waiting: Callable[[datetime], None]) -> Granted:
        self.asks.append(ask)
        if not self.has_room.is_set():
            waiting(UNTIL)
            await self.has_room.wait()
        if self.refusal is not None:
            raise self.refusal
        number = len(self.asks)
        self.held[number] = ask
        return Granted(number, self.max_tokens)

    async def settle(self, hold: int, outcome: Outcome) -> Settled:
        assert hold in self.held
        self.outcomes.append(outcome)
        billed = outcome.kind != "not_billed"
        cost = _cost(outcome.usage or {}) if billed else 0
        return Settled(hold, cost, outcome.kind != "whole", GAUGE)

    async def settle_lost(self, turn: UUID) -> list[Settled]:
        lost = [hold for hold, ask in self.held.items() if ask.turn == turn]
        return [Settled(hold, LOST_NANO_EUR, estimated=True, gauge=None) for hold in lost]

    def committed(self, settled: Settled) -> None:
        del self.held[settled.hold]

    def running_cost(self, hold: int, usage: Mapping[str, Any], model: str) -> int | None:
        assert hold in self.held
        assert model
        return _cost(usage)


def _cost(usage: Mapping[str, Any]) -> int:
    inputs, outputs = usage.get("input_tokens", 0), usage.get("output_tokens", 0)
    return int(inputs * INPUT_NANO_EUR + outputs * OUTPUT_NANO_EUR)
