"""How a hold ends: posted at what its request cost, or voided; once, and with all that follows."""

import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from .cost import Cost
from .hold import Outcome, Settled
from .ledger import Closed
from .limits import ScopeSpent, Standing, standings_of, tightest
from .options import Options
from .parts import HoldingParts
from .settlement import Held, Post, Void, settle, settle_lost
from .store import holds
from .store import ledger as entries
from .store.holds import PendingHold
from .store.ledger import Entry

log = logging.getLogger(__name__)

UNPRICED: Final = "unpriced"
"""Why a hold is posted wholly whose price is no longer known."""


@dataclass(frozen=True, slots=True)
class Closing:
    """A hold that is closed: what the turn is told, and the entry if it was written just now."""

    settled: Settled
    entry: Entry | None


async def _no_alerts(_: Sequence[ScopeSpent]) -> None:
    """Nobody is alerted."""


class Closings:
    """Closes holds, in the caller's unit of work."""

    def __init__(self, parts: HoldingParts) -> None:
        self._parts = parts
        self.on_spent: Callable[[Sequence[ScopeSpent]], Awaitable[None]] = _no_alerts
        """Told in the same unit of work what a settlement has changed."""

    async def settle(self, seq: int, outcome: Outcome | None) -> Closing:
        """Post or void a hold; without an outcome it is lost, and posted at its worst case.

        One that is closed already stays as it is, and what was posted is told again. Raises
        LookupError if there is no such hold.
        """
        hold, state = await self._parts.ledger.open_hold(seq)
        if hold is None:
            return Closing(await _posted(seq), None)
        end = self._end(hold, outcome)
        if isinstance(end, Void):
            return await self._closing(await self._parts.ledger.void(hold, end.reason, state))
        model = (outcome.model if outcome else None) or hold.model
        closed = await self._parts.ledger.post(hold, end, model, state)
        if closed.entry.amount_nano_eur > hold.amount_nano_eur:
            log.error("bill above its hold", extra={"hold": seq, "post": closed.entry.seq})
        return await self._closing(closed)

    async def void(self, seq: int, reason: str) -> Entry | None:
        """Give a hold back of which nothing was asked; None if it is closed already."""
        hold, state = await self._parts.ledger.open_hold(seq)
        return None if hold is None else (await self._parts.ledger.void(hold, reason, state)).entry

    async def lost_of_turn(self, turn: UUID) -> list[Closing]:
        """Post what a crash left of a turn at its worst case."""
        return [await self.settle(seq, None) for seq in await holds.of_turn(turn)]

    async def lost_of_others(self, owner: str) -> list[Closing]:
        """Post what other processes left at its worst case."""
        return [await self.settle(seq, None) for seq in await holds.of_others(owner)]

    def _end(self, hold: PendingHold, outcome: Outcome | None) -> Post | Void:
        find = self._parts.prices.at(hold.at)
        request = hold.request
        price = find(request["model"])
        if price is None:
            return _wholly(request)
        held = Held(
            model=request["model"],
            price=price,
            find=find,
            options=Options.from_stored(request["options"]),
            input_tokens=request["input_tokens"],
            max_tokens=request["max_tokens"],
        )
        if outcome is None:
            return settle_lost(held)
        return settle(outcome, held, self._parts.settings.stop_allowance_tokens)

    async def _closing(self, closed: Closed) -> Closing:
        hold, entry = closed.hold, closed.entry
        standings = standings_of(closed.keys, closed.rows, closed.rules)
        if entry.amount_nano_eur:
            spent = [_spent(each, entry.amount_nano_eur) for each in standings.scopes]
            await self.on_spent(spent)
        gauge = tightest(standings.shown, self._parts.ledger.periods)
        settled = Settled(hold.seq, entry.amount_nano_eur, entry.estimated, gauge)
        return Closing(settled, entry)


async def _posted(seq: int) -> Settled:
    entry = await entries.closing(seq)
    if entry is None:
        raise LookupError(f"There is no hold {seq}.")
    return Settled(seq, entry.amount_nano_eur, entry.estimated, None)


def _wholly(request: Mapping[str, Any]) -> Post:
    cost = Cost(
        pico_usd=request["cost_pico_usd"],
        input_tokens=request["input_tokens"],
        output_tokens=request["max_tokens"],
        priced=False,
    )
    return Post(cost, estimated=True, reason=UNPRICED)


def _spent(standing: Standing, amount_nano_eur: int) -> ScopeSpent:
    limit = standing.limit
    return ScopeSpent(
        purse=limit.purse,
        scope=limit.scope,
        scope_id=limit.scope_id,
        period=limit.period,
        start=limit.start,
        spent_before=standing.spent_nano_eur - amount_nano_eur,
        spent_after=standing.spent_nano_eur,
        limit_nano_eur=limit.limit_nano_eur,
        revision=limit.revision,
    )
