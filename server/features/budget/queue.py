"""Who waits for money that others hold: first come, first served, and nobody in vain.

Events wake it, nothing is polled: somebody new, a settlement, other limits. One request is looked
at at a time, in the order in which they came. One that is blocked bars those behind it that share
a scope it is blocked in, and nobody else.
"""

import asyncio
from bisect import insort
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count
from typing import Any, Final, Generic, TypeVar

from server.core.clock import Clock
from server.core.problems import Refusal

from .decision import Blocked
from .scopes import Whose

P = TypeVar("P")
G = TypeVar("G")

MARGIN_SECONDS: Final = 0.05
"""How long after the end of a period it is looked again: the next one has surely begun."""


@dataclass(slots=True, eq=False)
class Place:
    """A place in the queue; it is kept while somebody steps out to come back with less.

    Its wait ends at `deadline` on the loop's clock; `until` says the same to people.
    """

    number: int
    scopes: frozenset[Whose]
    waiting: Callable[[datetime], None]
    until: datetime
    deadline: float
    told: bool = False


@dataclass(slots=True, eq=False)
class _Waiter(Generic[P, G]):
    """Somebody in a place; `taken` brings what was granted, or why nothing was."""

    place: Place
    request: P
    taken: asyncio.Future[G]
    look: bool = True
    """Whether something has changed since the request was looked at."""
    blocked: Blocked | None = None
    """What stood in its way when it was looked at."""
    behind: Blocked | None = None
    """What stands in the way of somebody in front."""
    overdue: bool = False
    period_timer: asyncio.TimerHandle | None = None


class Queue(Generic[P, G]):
    """Grants requests in order, by `attempt`. Everybody waits `wait_seconds` at most.

    `dropped` is called with what was granted to somebody who has gone meanwhile.
    """

    def __init__(
        self,
        attempt: Callable[[P], Coroutine[Any, Any, G | Blocked]],
        dropped: Callable[[G], object],
        *,
        wait_seconds: float,
        clock: Clock,
    ) -> None:
        self._attempt = attempt
        self._dropped = dropped
        self._wait_seconds = wait_seconds
        self._clock = clock
        self._numbers = count(1)
        self._waiters: list[_Waiter[P, G]] = []
        self._looked_at: _Waiter[P, G] | None = None
        self._again = False
        self._looking: asyncio.Task[None] | None = None

    def __len__(self) -> int:
        return len(self._waiters)

    def place(self, scopes: frozenset[Whose], waiting: Callable[[datetime], None]) -> Place:
        """Give a place behind all others. `waiting` is called once, if one has to wait in it."""
        return Place(
            next(self._numbers),
            scopes,
            waiting,
            self._clock() + timedelta(seconds=self._wait_seconds),
            asyncio.get_running_loop().time() + self._wait_seconds,
        )

    async def take(self, place: Place, request: P) -> G:
        """Wait in this place until the request is granted, and return what was.

        Raises what `attempt` raised, or Refusal `budget` when the wait was too long. Whoever is
        cancelled leaves at once, with nothing.
        """
        loop = asyncio.get_running_loop()
        waiter = _Waiter[P, G](place, request, loop.create_future())
        insort(self._waiters, waiter, key=lambda each: each.place.number)
        timer = loop.call_at(place.deadline, self._overdue, waiter)
        self._wake()
        try:
            return await waiter.taken
        except asyncio.CancelledError:
            taken = waiter.taken
            if not taken.cancelled() and taken.exception() is None:
                self._dropped(taken.result())
            raise
        finally:
            timer.cancel()
            _stop_timer(waiter)
            self._waiters.remove(waiter)
            self._wake()

    def wake(self, scopes: frozenset[Whose] | None = None) -> None:
        """Something has changed in these scopes (None: in all): look again at who waits there."""
        for waiter in self._waiters:
            if scopes is None or (waiter.blocked is not None and waiter.blocked.scopes & scopes):
                waiter.look = True
        self._wake()

    async def close(self, refusal: Callable[[], Refusal]) -> None:
        """Send everybody away; returns when nobody is looked at any more."""
        for waiter in self._waiters:
            if not waiter.taken.done():
                waiter.taken.set_exception(refusal())
        if self._looking is not None:
            await asyncio.wait({self._looking})

    def _wake(self) -> None:
        self._again = True
        if self._waiters and self._looking is None:
            self._looking = asyncio.get_running_loop().create_task(self._look())

    async def _look(self) -> None:
        try:
            while self._again:
                self._again = False
                await self._look_at_all()
        finally:
            self._looking = None

    async def _look_at_all(self) -> None:
        barred: dict[Whose, Blocked] = {}
        for waiter in list(self._waiters):
            scopes = waiter.place.scopes
            waiter.behind = next((barred[scope] for scope in scopes if scope in barred), None)
            if waiter.behind is not None:
                self._stay(waiter, waiter.behind)
                continue
            if waiter.look:
                await self._look_at(waiter)
            if waiter.blocked is not None and not waiter.taken.done():
                barred |= dict.fromkeys(waiter.blocked.scopes, waiter.blocked)

    async def _look_at(self, waiter: _Waiter[P, G]) -> None:
        """Try to have a request granted; in a task, so that whatever it raises goes to its own."""
        if waiter.taken.done():
            return
        waiter.look, self._looked_at = False, waiter
        attempt = asyncio.get_running_loop().create_task(self._attempt(waiter.request))
        await asyncio.wait({attempt})
        self._looked_at = None
        error = attempt.exception()
        if error is not None:
            waiter.blocked = None
            if not waiter.taken.done():
                waiter.taken.set_exception(error)
            return
        found = attempt.result()
        if isinstance(found, Blocked):
            waiter.blocked = found
            self._look_when_period_ends(waiter, found)
            self._stay(waiter, found)
        elif waiter.taken.done():
            self._dropped(found)
        else:
            waiter.taken.set_result(found)

    def _stay(self, waiter: _Waiter[P, G], blocked: Blocked) -> None:
        """Go on waiting, which is told once; or, when that has been long enough, no longer."""
        loop = asyncio.get_running_loop()
        if waiter.taken.done():
            return
        if waiter.overdue:
            waiter.taken.set_exception(blocked.refusal())
        elif not waiter.place.told:
            waiter.place.told = True
            loop.call_soon(waiter.place.waiting, waiter.place.until)

    def _overdue(self, waiter: _Waiter[P, G]) -> None:
        """The wait is over; who is being looked at just now gets that last chance."""
        waiter.overdue = True
        blocked = waiter.behind or waiter.blocked
        if blocked is not None and waiter is not self._looked_at:
            self._stay(waiter, blocked)

    def _look_when_period_ends(self, waiter: _Waiter[P, G], blocked: Blocked) -> None:
        _stop_timer(waiter)
        if blocked.until is not None:
            seconds = (blocked.until - self._clock()).total_seconds() + MARGIN_SECONDS
            if seconds < self._wait_seconds:
                loop = asyncio.get_running_loop()
                waiter.period_timer = loop.call_later(seconds, self._look_again, waiter)

    def _look_again(self, waiter: _Waiter[P, G]) -> None:
        waiter.look = True
        self._wake()


def _stop_timer(waiter: _Waiter[Any, Any]) -> None:
    if waiter.period_timer is not None:
        waiter.period_timer.cancel()
