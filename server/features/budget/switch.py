"""The kill switch: whether calls to Claude are stopped, by whom, and why.

It lies in the ledger's one row, so that it survives a restart; `check` reads a copy in memory. A
ledger that cannot be trusted is the stronger reason: the red button does not take its place.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from typing import Any
from uuid import UUID

from server.core.clock import Clock
from server.core.problems import Refusal
from server.store import Database, StorageErrors

from .store import audit, state
from .store.state import Stop

log = logging.getLogger(__name__)


async def _no_cut(_: str) -> None:
    """Nothing runs."""


async def _nobody_told(_stop: str, _reason: str, _by: UUID | None) -> None:
    """Nobody is told."""


async def _nothing_to_reconcile() -> Mapping[str, Any]:
    return {}


class Switch:
    """Stops calls, and lets them go on. What it tells others is set by the composition root."""

    def __init__(self, *, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._writing = asyncio.Lock()
        self.stop = Stop()
        """What counts now; `by` is "", "hand" or "ledger"."""
        self.on_cut: Callable[[str], Awaitable[None]] = _no_cut
        """Cuts the running answers, with the reason."""
        self.on_changed: Callable[[], None] = lambda: None
        """Wakes who waits for a hold, and tells the devices."""
        self.on_switched: Callable[[str, str, UUID | None], Awaitable[None]] = _nobody_told
        """Told in the unit of work of a change: "hand", "ledger" or "" (lifted), why, by whom."""
        self.reconcile: Callable[[], Awaitable[Mapping[str, Any]]] = _nothing_to_reconcile
        """Makes a ledger that was not trusted whole again, and returns what was done."""

    async def open(self) -> None:
        """Read how it was left."""
        self.stop = state.stop_of(await self._database.write(state.read))

    def check(self) -> None:
        """Raise Refusal `kill_switch` or `ledger` if calls are stopped."""
        if self.stop.by == "hand":
            raise Refusal("kill_switch", reason=self.stop.reason)
        if self.stop.by:
            raise Refusal("ledger", reason=self.stop.reason)

    def require_trust(self) -> None:
        """Raise Refusal `ledger` if the ledger is not trusted."""
        if self.stop.by == "ledger":
            self.check()

    async def pull(self, by: UUID, reason: str) -> None:
        """Stop calls, and cut the answers that are being written.

        Raises Refusal `storage` where it cannot be written down; calls are stopped all the same,
        until the next start.
        """
        by_hand = Stop("hand", reason, self._clock(), by)
        # A new object either way: a lift that is under way must not undo it.
        self.stop = replace(self.stop) if self.stop.by == "ledger" else by_hand
        self.on_changed()
        try:
            await self._put(self.stop, by, "pulled", {"reason": reason})
        finally:
            await self.on_cut(reason)
            self.on_changed()

    async def distrust(self, code: str) -> None:
        """Stop calls because the ledger cannot be trusted; `code` says why.

        The first reason stays. Where it cannot be written down it counts until the next start,
        which finds the same.
        """
        if self.stop.by == "ledger":
            return
        self.stop = Stop("ledger", code, self._clock())
        log.error("the ledger is not trusted", extra={"reason": code})
        self.on_changed()
        try:
            await self._put(self.stop, None, "distrusted", {"reason": code})
        except Refusal:
            log.exception("distrust not written down")

    async def lift(self, by: UUID, reason: str) -> None:
        """Let calls go on; a ledger that was not trusted is made whole first.

        Raises Refusal `storage`, or what reconciling raises: calls then stay stopped.
        """
        lifted = self.stop
        if not lifted.by:
            return
        facts: dict[str, Any] = {"reason": reason, "stop": lifted.by, "why": lifted.reason}
        if lifted.by == "ledger":
            facts |= await self.reconcile()
        async with self._writing:
            if self.stop is lifted:  # else somebody has stopped calls again meanwhile
                await self._write(Stop(), by, "lifted", facts)
            if self.stop is lifted:
                self.stop = Stop()
        self.on_changed()

    async def _put(self, stop: Stop, by: UUID | None, event: str, facts: Mapping[str, Any]) -> None:
        async with self._writing:
            await self._write(stop, by, event, facts)

    async def _write(
        self, stop: Stop, by: UUID | None, event: str, facts: Mapping[str, Any]
    ) -> None:
        async def unit() -> None:
            await state.put_stop(stop)
            await audit.add(self._clock(), by, event, facts)
            await self.on_switched(stop.by, str(facts["reason"]), by)

        try:
            await self._database.write(unit)
        except StorageErrors as error:
            raise Refusal("storage") from error
