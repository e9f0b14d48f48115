"""What a hold is closed with: one written rule for each way in which a request can end.

Pure. docs/money.md has the rules as a table. What is estimated never exceeds the hold; a whole bill
is posted as it is.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from .bound import worst_case
from .cost import Cost, cost_of
from .hold import Outcome
from .options import Options
from .prices import Find, Price

LOST: Final = "lost"
"""Why a hold is posted that a crash left behind."""


@dataclass(frozen=True, slots=True)
class Held:
    """What was held for, as its settlement needs it.

    `price` and `find` are those of the hold's moment; `input_tokens` is the bound of the prompt.
    """

    model: str
    price: Price
    find: Find
    options: Options
    input_tokens: int
    max_tokens: int

    def worst_case(self) -> Cost:
        """Return the cost that was held."""
        return Cost(
            pico_usd=worst_case(self.price, self.input_tokens, self.max_tokens, self.options),
            input_tokens=self.input_tokens,
            output_tokens=self.max_tokens,
            web_searches=self.options.searches,
        )


@dataclass(frozen=True, slots=True)
class Post:
    """The hold becomes this cost. `reason` is a word for the ledger."""

    cost: Cost
    estimated: bool
    reason: str


@dataclass(frozen=True, slots=True)
class Void:
    """The hold is given back: nothing was billed."""

    reason: str


def settle(outcome: Outcome, held: Held, allowance_tokens: int) -> Post | Void:
    """Return what a request that ended like this is posted as.

    `allowance_tokens` is what Claude may have written beyond what had arrived when we left.
    """
    usage = outcome.usage if _is_whole(outcome.usage) else None
    match outcome.kind:
        case "not_billed":
            return Void("not_billed")
        case "whole" if usage is not None:
            cost = _cost(outcome, held, usage)
            return Post(cost, not cost.priced, "whole" if cost.priced else "unpriced")
        case "stopped" | "broken" if not (outcome.unseen or (usage or {}).get("iterations")):
            cost = _partial(outcome, held, usage, allowance_tokens)
            return Post(_at_most(held, cost), estimated=True, reason=outcome.kind)
        case "whole":  # it ended, and did not say what it came to
            return Post(held.worst_case(), estimated=True, reason="unknown")
        case _:
            return Post(held.worst_case(), estimated=True, reason=outcome.kind)


def settle_lost(held: Held) -> Post:
    """Return what a hold is posted as that nobody closed: all of it."""
    return Post(held.worst_case(), estimated=True, reason=LOST)


def _partial(
    outcome: Outcome, held: Held, usage: Mapping[str, Any] | None, allowance_tokens: int
) -> Cost:
    """Return the cost of what had been produced: a token is never less than a byte."""
    written = min(held.max_tokens, outcome.produced_bytes + allowance_tokens)
    if usage is None:
        return replace(held, max_tokens=written).worst_case()
    written = max(written, usage["output_tokens"])
    return _cost(outcome, held, {**usage, "output_tokens": written})


def _cost(outcome: Outcome, held: Held, usage: Mapping[str, Any]) -> Cost:
    return cost_of(
        usage,
        model=outcome.model or held.model,
        requested=held.model,
        options=held.options,
        find=held.find,
    )


def _at_most(held: Held, cost: Cost) -> Cost:
    worst = held.worst_case()
    return cost if cost.pico_usd <= worst.pico_usd else worst


def _is_whole(usage: Mapping[str, Any] | None) -> bool:
    """Whether it counts what every usage counts; else it is no bill."""
    return usage is not None and all(
        isinstance(usage.get(name), int) for name in ("input_tokens", "output_tokens")
    )
