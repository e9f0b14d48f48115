"""A provider for the simulation: it bills what it produced, and keeps its own count of it.

Its arithmetic is its own: plain sums over its own price table, nothing of the code under test.
"""

import asyncio
import random
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from server.features.budget.hold import Outcome
from server.features.budget.prices import Price, Rates, Schedule

from .virtual import World

Fate = Literal["whole", "rejected", "unsent", "cut", "broken"]
FATES: Final[tuple[Fate, ...]] = ("whole", "rejected", "unsent", "cut", "broken")
ODDS: Final = (80, 6, 3, 6, 5)

Json = dict[str, Any]


@dataclass(frozen=True)
class Tariff:
    """Prices of one model, in pico-dollars per token."""

    model: str
    pico_usd: dict[str, int]

    @classmethod
    def drawn(cls, model: str, chance: random.Random) -> "Tariff":
        """Make a believable price up."""
        cost = chance.randrange(100, 3_000) * 1_000
        return cls(
            model,
            {
                "input": cost,
                "output": cost * chance.randrange(3, 7),
                "cache_write_5m": cost * 5 // 4,
                "cache_write_1h": cost * 2,
                "cache_read": cost // 10,
            },
        )

    def price(self) -> Price:
        """Return it as a price list has it."""
        rates = Rates(**self.pico_usd)
        return Price(self.model, None, "drawn", edited=False, standard=Schedule(rates))


@dataclass
class Bill:
    """What one request is billed: tokens by kind."""

    hold: int
    tariff: Tariff
    tokens: dict[str, int] = field(default_factory=dict)

    @property
    def pico_usd(self) -> int:
        """The whole bill."""
        return sum(n * self.tariff.pico_usd[kind] for kind, n in self.tokens.items())


class Provider:
    """Answers requests in virtual time, and outlives every death of its client."""

    def __init__(self, chance: random.Random, allowance_tokens: int) -> None:
        self.bills: list[Bill] = []
        self.world: World | None = None
        self._chance = chance
        self._allowance = allowance_tokens

    async def answer(
        self, hold: int, tariff: Tariff, bound: int, max_tokens: int, *, hidden: bool
    ) -> Outcome:
        """Bill and answer a request; cancelled, it says what had arrived, as a turn would."""
        chance, world = self._chance, self._here
        fate = chance.choices(FATES, ODDS)[0]
        if fate in ("unsent", "rejected"):
            await world.step()
            return Outcome("not_billed")
        output = min(max_tokens, int(max_tokens * chance.betavariate(1, 5)) + 1)
        if chance.random() < 0.05:
            output = max_tokens
        bill = Bill(hold, tariff, {**self._prompt(bound), "output": output})
        self.bills.append(bill)
        start = _usage(bill.tokens | {"output": 1})
        seen = 0
        try:
            await world.step()
            pieces = chance.randrange(1, 6)
            ends_at = pieces if fate == "whole" else chance.randrange(pieces)
            for piece in range(ends_at):
                await asyncio.sleep(chance.random() * 5)
                await world.step()
                seen = output * (piece + 1) // pieces
        except asyncio.CancelledError:
            if hidden:
                return Outcome("stopped", start, tariff.model, 0, unseen=True)
            bill.tokens["output"] = self._until_noticed(seen, output)
            return Outcome("stopped", start, tariff.model, seen * chance.randrange(1, 6))
        produced = 0 if hidden else seen * chance.randrange(1, 6)
        if fate == "whole":
            return Outcome("whole", _usage(bill.tokens), tariff.model, produced)
        if fate == "cut":  # the provider knows nothing of it, and writes on
            return Outcome("unknown", start, tariff.model, produced, unseen=hidden)
        bill.tokens["output"] = self._until_noticed(seen, output)
        return Outcome("broken", start, tariff.model, produced, unseen=hidden)

    @property
    def _here(self) -> World:
        assert self.world is not None
        return self.world

    def _until_noticed(self, seen: int, output: int) -> int:
        return min(output, max(seen, 1) + self._chance.randrange(self._allowance))

    def _prompt(self, bound: int) -> dict[str, int]:
        """A prompt of any size up to the bound, cached in any way."""
        chance = self._chance
        left = chance.randrange(1, bound + 1) if chance.random() < 0.9 else bound
        tokens = {}
        for kind in ("cache_read", "cache_write_5m", "cache_write_1h"):
            tokens[kind] = chance.randrange(left + 1) if chance.random() < 0.4 else 0
            left -= tokens[kind]
        return tokens | {"input": left}


def _usage(tokens: dict[str, int]) -> Json:
    """Return a usage object of the API's form."""
    return {
        "input_tokens": tokens["input"],
        "output_tokens": tokens["output"],
        "cache_read_input_tokens": tokens["cache_read"],
        "cache_creation_input_tokens": tokens["cache_write_5m"] + tokens["cache_write_1h"],
        "cache_creation": {
            "ephemeral_5m_input_tokens": tokens["cache_write_5m"],
            "ephemeral_1h_input_tokens": tokens["cache_write_1h"],
        },
        "service_tier": "standard",
    }
