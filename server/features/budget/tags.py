"""What the next question will cost, for the composer to reckon with while one types."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from schema.wire.money import AnswerTokens, PriceTag
from server.core.clock import Clock
from server.core.money import nano_eur_of
from server.core.problems import Refusal

from .answers import Answers
from .limits import standings
from .periods import PeriodBook
from .prices import PriceBook
from .rates import RateBook
from .scopes import purse_of

MILLION: Final = 1_000_000

ENOUGH_ANSWERS: Final = 10
ASSUMED_ANSWERS: Final = AnswerTokens(short=100, usual=500, long=2000)
"""Tokens of short, usual and long answers, as long as too few of a model were seen."""


@dataclass(frozen=True, slots=True)
class Tagged:
    """What a price tag supposes: the model that is asked by default, the longest answer allowed."""

    model: str
    max_tokens: int
    simulated: bool


async def _nothing_known(_user: UUID, _conversation: UUID, _model: str) -> int:
    return 0


@dataclass(frozen=True, slots=True, kw_only=True)
class TagParts:
    """What price tags are read off."""

    clock: Clock
    book: PriceBook
    rates: RateBook
    answers: Answers
    periods: PeriodBook


class Tags:
    """Price tags."""

    def __init__(self, parts: TagParts, tagged: Tagged) -> None:
        self._parts = parts
        self._tagged = tagged
        self.known_tokens: Callable[[UUID, UUID, str], Awaitable[int]] = _nothing_known
        """What a conversation's prompt has already, for a person and a model.

        Raises Refusal `not_found`.
        """

    async def of(self, user: UUID, conversation: UUID | None, model: str | None) -> PriceTag:
        """Return what the next question will cost. Raises Refusal `not_found`, `model_unpriced`."""
        parts = self._parts
        now = parts.rates.current(parts.book.current(parts.clock()))
        model = model or self._tagged.model
        price = parts.book.find(model, now)
        if price is None:
            raise Refusal("model_unpriced", model=model)
        known = await self.known_tokens(user, conversation, model) if conversation else 0
        rates, rate = price.standard.rates(known), parts.rates.rate(now).usd_per_eur_micro
        seen = parts.answers.newest(model)
        measured = len(seen) >= ENOUGH_ANSWERS
        allowed = price.max_output_tokens or self._tagged.max_tokens
        return PriceTag(
            model=model,
            input_nano_eur_per_million=nano_eur_of(rates.input * MILLION, rate),
            output_nano_eur_per_million=nano_eur_of(rates.output * MILLION, rate),
            known_tokens=known,
            answer_tokens=_percentiles(seen) if measured else ASSUMED_ANSWERS,
            measured=measured,
            max_tokens=min(self._tagged.max_tokens, allowed),
            left_nano_eur=await self._left(user),
            simulated=self._tagged.simulated,
        )

    async def _left(self, user: UUID) -> int | None:
        """Return what is left below the tightest limit of which the person may know the amount.

        None where none would stop a request.
        """
        purse = purse_of(simulated=self._tagged.simulated)
        found = await standings(purse, user, self._parts.periods.of(self._parts.clock()))
        if not found.armed:
            return None
        left = [each.left_nano_eur for each in found.shown if each.left_nano_eur is not None]
        return max(0, min(left)) if left else None


def _percentiles(seen: Sequence[int]) -> AnswerTokens:
    """Return the 10th, the 50th and the 90th."""
    ordered = sorted(seen)
    short, usual, long = (ordered[len(ordered) * part // 10] for part in (1, 5, 9))
    return AnswerTokens(short=short, usual=usual, long=long)
