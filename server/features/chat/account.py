"""The money of one turn: what is held for its running request, and what its earlier ones cost."""

from collections.abc import Callable
from datetime import datetime

from schema.wire.money import Gauge
from server.features.budget.hold import HoldAsk, Outcome, OutcomeKind

from .answer import Answer
from .ending import Paid
from .ports import Budget


class Account:
    """At most one hold at a time, settled before the next; a turn makes its requests in order.

    `cost_nano_eur` is what was settled so far, None where nothing was; `gauge` the tightest limit
    after it.
    """

    def __init__(self, budget: Budget, answer: Answer) -> None:
        self.cost_nano_eur: int | None = None
        self.gauge: Gauge | None = None
        self._budget = budget
        self._answer = answer
        self._hold: int | None = None
        self._left = False
        self._ended: OutcomeKind = "unknown"

    async def hold(self, ask: HoldAsk, waiting: Callable[[datetime], None]) -> int:
        """Hold what a request may cost; returns the most tokens it may produce. Raises Refusal."""
        granted = await self._budget.hold(ask, waiting)
        self._hold, self._left, self._ended = granted.hold, False, "unknown"
        self._answer.begin_request()
        return granted.max_tokens

    def leave(self) -> None:
        """The request begins to leave: from here on it may be billed."""
        self._left = True

    def part(self, ended: OutcomeKind) -> None:
        """We and Claude have parted, in this way."""
        self._ended = ended

    async def settle(self) -> Paid:
        """Post or void what is held, in the caller's unit of work."""
        settled = []
        if self._hold is not None:
            settled = [await self._budget.settle(self._hold, self._outcome())]
        return Paid.after(self.cost_nano_eur, settled)

    def settled(self, paid: Paid) -> None:
        """The unit of work that settled is committed: nothing is held any more."""
        self._hold, self.cost_nano_eur = None, paid.cost_nano_eur
        for settled in paid.settled:
            self.gauge = settled.gauge
            self._budget.committed(settled)

    def running_cost(self) -> int | None:
        """Return what the turn has cost with its running request; None where that is unknown."""
        newest = self._answer.newest
        if self._hold is None or newest is None:
            return self.cost_nano_eur
        cost = self._budget.running_cost(self._hold, newest.usage, newest.model)
        return None if cost is None else (self.cost_nano_eur or 0) + cost

    def _outcome(self) -> Outcome:
        """Say what the bill must be: what Claude said to the end goes before how we parted."""
        answer, newest, ended = self._answer, self._answer.newest, self._ended
        if answer.whole:
            ended = "whole"
        elif not self._left and newest is None:
            ended = "not_billed"
        return Outcome(
            ended,
            usage=None if newest is None else newest.usage,
            model=None if newest is None else newest.model,
            produced_bytes=answer.produced_bytes,
            unseen=answer.unseen,
        )
