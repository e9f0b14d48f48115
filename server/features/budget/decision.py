"""What a request is granted, as the limits stand: all it wants, less, or nothing.

Pure. Its room is cut by money that is really spent, never by what others merely hold: for that it
waits.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from server.core.money import nano_eur_of
from server.core.problems import Refusal

from .bound import affordable, worst_case
from .hold import HoldAsk
from .limits import Standing, Standings
from .options import Options
from .periods import PeriodBook
from .prices import Price
from .scopes import Purse, ScopeKey, Whose

PICO_PER_NANO: Final = 1000


@dataclass(frozen=True, slots=True)
class Plan:
    """A request that would be made. `wanted` is its `max_tokens`, `least` what is of any use.

    `input_tokens` bounds its prompt; `counted`: closer than by its bytes.
    """

    ask: HoldAsk
    purse: Purse
    options: Options
    input_tokens: int
    counted: bool
    wanted: int
    least: int


@dataclass(frozen=True, slots=True)
class Tariff:
    """What counts at one moment: the price of the model, and the exchange rate."""

    price: Price
    usd_per_eur_micro: int


@dataclass(frozen=True, slots=True)
class Fits:
    """It can be held: so many tokens, at this cost at most.

    Each balance in `ceilings` must stay below its own, in the very statement that takes the hold.
    """

    max_tokens: int
    cost_pico_usd: int
    amount_nano_eur: int
    ceilings: Mapping[ScopeKey, int]


@dataclass(frozen=True, slots=True)
class Blocked:
    """Only what others hold in these scopes stands in the way.

    `facts` are those of the refusal if this lasts too long. `until` is the moment from which on
    another period counts, None if all are the total.
    """

    scopes: frozenset[Whose]
    facts: Mapping[str, Any]
    until: datetime | None

    def refusal(self) -> Refusal:
        """Return what is said if this lasts too long."""
        return Refusal("budget", **self.facts)


@dataclass(frozen=True, slots=True)
class Tight:
    """It would be cut or refused by a bound that a count of its tokens may bring down."""


def decide(plan: Plan, tariff: Tariff, standings: Standings, book: PeriodBook) -> Fits | Tight:
    """Return how much room a request gets, by what is spent; whether that is free is yet to see.

    Raises Refusal `budget` where too little is left of a limit.
    """
    limited = [each for each in standings.scopes if each.limit.limit_nano_eur is not None]
    if not (standings.armed and limited):
        return _sized(plan, tariff, plan.wanted, {})
    ceilings = {each.limit.key: each.limit.limit_nano_eur or 0 for each in limited}
    wanted = _sized(plan, tariff, plan.wanted, ceilings)
    tightest = min(limited, key=_left)
    if wanted.amount_nano_eur <= _left(tightest):
        return wanted
    if not plan.counted:
        return Tight()
    tokens = _tokens_for(plan, tariff, _left(tightest))
    if tokens < plan.least:
        raise Refusal("budget", **_facts(tightest, "spent", standings, book))
    return _sized(plan, tariff, tokens, ceilings)


def in_the_way(fits: Fits, standings: Standings, book: PeriodBook) -> Blocked:
    """Return what stands in the way of what the statement that takes holds did not take."""
    full = [
        each
        for each in standings.scopes
        if each.limit.key in fits.ceilings and fits.amount_nano_eur > _free(each)
    ]
    tightest = min(full, key=_free)
    resets = [book.resets_at(each.limit.period, each.limit.start) for each in full]
    return Blocked(
        frozenset(Whose(*each.limit.key[:3]) for each in full),
        _facts(tightest, "held", standings, book),
        min((moment for moment in resets if moment is not None), default=None),
    )


def _sized(plan: Plan, tariff: Tariff, tokens: int, ceilings: Mapping[ScopeKey, int]) -> Fits:
    pico = worst_case(tariff.price, plan.input_tokens, tokens, plan.options)
    return Fits(tokens, pico, nano_eur_of(pico, tariff.usd_per_eur_micro), ceilings)


def _tokens_for(plan: Plan, tariff: Tariff, left_nano_eur: int) -> int:
    """Return the most tokens that can be paid; rounded up in the end, they still can be."""
    pico = left_nano_eur * tariff.usd_per_eur_micro // PICO_PER_NANO
    return affordable(tariff.price, plan.input_tokens, pico, plan.options)


def _left(limited: Standing) -> int:
    return limited.left_nano_eur or 0


def _free(limited: Standing) -> int:
    return limited.free_nano_eur or 0


def _facts(
    standing: Standing, cause: str, standings: Standings, book: PeriodBook
) -> dict[str, Any]:
    """Return what is told of a refusal; amounts only to whom they are known."""
    limit = standing.limit
    resets_at = book.resets_at(limit.period, limit.start)
    left = _left(standing) if cause == "spent" else _free(standing)
    amounts = {"left_nano_eur": max(0, left), "limit_nano_eur": limit.limit_nano_eur}
    return {
        "scope": limit.scope,
        "period": limit.period,
        **(amounts if standings.may_know(standing) else {}),
        "resets_at": None if resets_at is None else resets_at.isoformat(),
        "cause": cause,
    }
