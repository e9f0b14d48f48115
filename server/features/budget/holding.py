"""The budget as a turn meets it: nothing is asked of Claude before its worst case is held.

A hold is committed to the ledger, then counted by the second meter, and only then given out. One
whose asker has gone by then, or that the meter did not take, is voided in a task of its own.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Final
from uuid import UUID

from server.core.ids import new_id
from server.core.money import nano_eur_of
from server.core.problems import Refusal
from server.core.tasks import background, end
from server.store import DatabaseError, StorageErrors

from .answers import Answers
from .closing import Closing, Closings
from .cost import cost_of
from .decision import Blocked, Plan, Tight
from .entries import meter_line
from .granting import Granting, HasToWaitError, Hold
from .hold import Granted, HoldAsk, Outcome, Settled
from .limits import ScopeSpent, give_starting_limits
from .parts import HoldingParts, HoldingSettings
from .queue import Queue
from .scopes import scopes_of
from .store import holds
from .store.ledger import Entry

__all__ = ["Holding", "HoldingParts", "HoldingSettings"]

log = logging.getLogger(__name__)

UNUSED: Final = "unused"
"""Why a hold is voided that was never given out."""


@dataclass(frozen=True, slots=True)
class _Taken:
    """A hold that is committed; `metered` ends when the meter has counted it."""

    hold: Hold
    metered: asyncio.Task[None]


class _TooTightError(Exception):
    """The tokens have to be counted before the request is cut or refused."""


class Holding:
    """Takes holds, and closes each of them once: the `Budget` of `chat/ports.py`.

    `on_spent` is called in the unit of work of a settlement, `on_settled` with the person when it
    is on disk; both are set by the composition root.
    """

    def __init__(self, parts: HoldingParts) -> None:
        self._parts = parts
        self.owner = str(new_id())
        self.answers = Answers()
        self.on_settled: Callable[[UUID], object] = lambda _: None
        self._granting = Granting(parts, self.answers, self.owner)
        self._closings = Closings(parts)
        self._queue: Queue[Plan, _Taken] = Queue(
            self._attempt,
            self._give_back,
            wait_seconds=parts.settings.wait_seconds,
            clock=parts.clock,
        )
        self._open: dict[int, Hold] = {}
        self._closed: dict[int, Entry] = {}
        self._unvoided: set[int] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._keeping: asyncio.Task[None] | None = None

    @property
    def on_spent(self) -> Callable[[Sequence[ScopeSpent]], Awaitable[None]]:
        """Told in the unit of work of a settlement what it has changed."""
        return self._closings.on_spent

    @on_spent.setter
    def on_spent(self, told: Callable[[Sequence[ScopeSpent]], Awaitable[None]]) -> None:
        self._closings.on_spent = told

    async def open(self) -> None:
        """Have limits, and a ledger to count in; after the database is open."""
        settings = self._parts.settings

        async def unit() -> None:
            await self._parts.ledger.open()
            await give_starting_limits(
                settings.starting_daily_cents, settings.starting_monthly_cents, self._parts.clock()
            )

        await self._parts.database.write(unit)
        await self.answers.open()
        self._keeping = background(self._keep())

    async def close_orphans(self) -> list[Settled]:
        """Post at its worst case what dead processes hold.

        Called once the turns that a crash cut off are recovered: theirs are posted with them.
        """
        closings = await self._parts.database.write(
            lambda: self._closings.lost_of_others(self.owner), self._all_on_disk
        )
        return [closing.settled for closing in closings]

    async def close(self) -> None:
        """Send away who waits; returns when all that was not given out is voided."""
        await self._queue.close(lambda: Refusal("shutting_down"))
        if self._keeping is not None:
            await end(self._keeping)
        if self._tasks:
            await asyncio.wait(self._tasks)
        await self._void_late()

    # ── before a request ────────────────────────────────────────────────────────────────────────

    async def hold(self, ask: HoldAsk, waiting: Callable[[datetime], None]) -> Granted:
        """Hold the worst case, and return once that is on disk in ledger and meter.

        Where only what others hold stands in the way it waits its turn, and `waiting` is called
        once, with the latest moment this can last. Cancelled, it leaves nothing held. Raises
        Refusal `budget`, `kill_switch`, `ledger`, `model_unpriced`, `storage`, or `invalid` for
        what has no bound.
        """
        self._parts.switch.check()
        plan = await self._granting.plan(ask)
        place = self._queue.place(scopes_of(plan.purse, ask.user), waiting)
        try:
            taken = await self._queue.take(place, plan)
        except _TooTightError:
            taken = await self._queue.take(place, await self._granting.counted(plan))
        return await self._given_out(taken)

    def limits_changed(self) -> None:
        """Limits are others now, or the switch: look at everybody who waits."""
        self._queue.wake()

    async def _attempt(self, plan: Plan) -> _Taken | Blocked:
        """Take the hold in a unit of work of its own; the meter counts it at once, in order."""
        self._parts.switch.check()
        taken: list[_Taken] = []

        def then(found: Hold | Tight) -> None:
            if isinstance(found, Hold):
                line = meter_line(found.entry)
                taken.append(_Taken(found, asyncio.create_task(self._parts.meter.record(line))))

        try:
            await self._parts.database.write(lambda: self._granting.take(plan), then)
        except HasToWaitError as wait:
            return wait.blocked
        except StorageErrors as error:
            raise Refusal("storage") from error
        if not taken:
            raise _TooTightError
        return taken[0]

    async def _given_out(self, taken: _Taken) -> Granted:
        given = False
        try:
            await asyncio.shield(taken.metered)
            self._parts.switch.check()
            given = True
        except OSError as error:
            raise Refusal("storage") from error
        finally:
            if not given:
                self._give_back(taken)
        entry = taken.hold.entry
        self._open[entry.seq] = taken.hold
        return Granted(entry.seq, taken.hold.held.max_tokens)

    def _give_back(self, taken: _Taken) -> None:
        """Void a hold that is not given out; whoever asked for it may be gone."""
        task = asyncio.create_task(self._void(taken))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _void(self, taken: _Taken) -> None:
        await asyncio.wait({taken.metered})
        if not taken.metered.cancelled():
            taken.metered.exception()  # it was told to the asker, if there still was one
        await self._void_hold(taken.hold.entry.seq)

    async def _void_hold(self, seq: int) -> None:
        """Void it; where the database fails that is left for later."""
        try:
            await self._parts.database.write(
                partial(self._closings.void, seq, UNUSED), self._void_on_disk
            )
        except DatabaseError:
            log.exception("hold not voided yet", extra={"hold": seq})
            self._unvoided.add(seq)
        else:
            self._unvoided.discard(seq)

    def _void_on_disk(self, entry: Entry | None) -> None:
        if entry is not None:
            self._on_disk(entry)

    # ── after it ────────────────────────────────────────────────────────────────────────────────

    async def settle(self, hold: int, outcome: Outcome) -> Settled:
        """Post or void a hold, in the caller's unit of work; `committed` follows.

        One that is closed already stays as it is, and what was posted is told again. Raises
        LookupError if there never was such a hold.
        """
        return self._closing(await self._closings.settle(hold, outcome))

    async def settle_lost(self, turn: UUID) -> list[Settled]:
        """Post every hold that a crash left of a turn at its worst case, in the caller's unit."""
        return [self._closing(each) for each in await self._closings.lost_of_turn(turn)]

    def committed(self, settled: Settled) -> None:
        """A settlement is on disk: tell who waits, the meter and the devices."""
        self._open.pop(settled.hold, None)
        entry = self._closed.pop(settled.hold, None)
        if entry is not None:
            self._on_disk(entry)

    def added(self, entries: Iterable[Entry]) -> None:
        """Tell the same of corrections that are on disk."""
        for entry in entries:
            self._on_disk(entry)

    def running_cost(self, hold: int, usage: Mapping[str, Any], model: str) -> int | None:
        """Return what the usage so far costs in nano-euros, for the screen; None if unknown."""
        found = self._open.get(hold)
        if found is None:
            return None
        held = found.held
        cost = cost_of(
            usage, model=model, requested=held.model, options=held.options, find=held.find
        )
        return nano_eur_of(cost.pico_usd, found.entry.usd_per_eur_micro)

    def _closing(self, closing: Closing) -> Settled:
        """Remember the entry until it is on disk; a unit that is tried again writes another."""
        if closing.entry is not None:
            self._closed[closing.settled.hold] = closing.entry
        return closing.settled

    def _all_on_disk(self, closings: Sequence[Closing]) -> None:
        for closing in closings:
            self.committed(self._closing(closing))

    def _on_disk(self, entry: Entry) -> None:
        if entry.reason == "whole":
            self.answers.add(entry.model, entry.output_tokens)
        self._parts.meter.record_soon(meter_line(entry))
        self._queue.wake(scopes_of(entry.purse, entry.user_id))
        self.on_settled(entry.user_id)

    # ── while it lasts ──────────────────────────────────────────────────────────────────────────

    async def _keep(self) -> None:
        """Say regularly that this process still answers for its holds, and void what it could not.

        What is not renewed is told apart where several processes share a database.
        """
        seconds = self._parts.settings.lease_seconds
        while True:
            await asyncio.sleep(seconds / 3)
            await self._void_late()
            if self._open:
                await self._renew_leases(self._parts.clock() + timedelta(seconds=seconds))

    async def _void_late(self) -> None:
        for seq in sorted(self._unvoided):
            await self._void_hold(seq)

    async def _renew_leases(self, until: datetime) -> None:
        try:
            await self._parts.database.write(partial(holds.renew_leases, self.owner, until))
        except DatabaseError:
            log.exception("leases of holds not renewed")
