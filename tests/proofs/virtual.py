"""A world of its own: virtual time, one seeded order of events, and a death at any await.

Time passes only where everybody waits, so an hour costs nothing. The database is the real one, on
a real file, but speaks on the loop's own thread; before each of its steps, as before each of the
world's other steps, chance may let others go first. So a run is decided by its seed alone, and can
be replayed. A death leaves everything where it stands: no `finally` runs, nothing is closed.
"""

import asyncio
import random
import selectors
import sqlite3
from collections.abc import Callable, Coroutine, Generator
from typing import Any, Final, TypeVar

import aiosqlite
import pytest
from tortoise import context

T = TypeVar("T")

PAUSE_SECONDS: Final = 0.002
"""The longest pause before a step."""

_GRAVES: Final[list[object]] = []
"""What the dead were doing. Were it collected, its `finally` blocks would run after all."""


class Died(Exception):
    """The process is gone, as after `kill -9`."""


class World:
    """Chance, time and death of one process."""

    def __init__(self, chance: random.Random, began_seconds: float = 0.0) -> None:
        self.chance = chance
        self.loop = _VirtualLoop(began_seconds)
        self.databases: list[sqlite3.Connection] = []
        self._steps_to_live: int | None = None

    def die_in(self, steps: int) -> None:
        """End the process at the step that many steps from now."""
        self._steps_to_live = steps

    async def step(self) -> None:
        """Let chance decide who goes next; this may be where the process dies."""
        if self._steps_to_live is not None:
            self._steps_to_live -= 1
            if self._steps_to_live <= 0:
                self.loop.stop()
                await self.loop.create_future()
        if self.chance.random() < 0.2:
            await asyncio.sleep(self.chance.random() * PAUSE_SECONDS)

    def run(self, life: Coroutine[Any, Any, T]) -> T:
        """Live to the end of `life`. Raises Died where the process died before."""
        task = self.loop.create_task(life)
        task.add_done_callback(lambda _: self.loop.stop())
        asyncio.set_event_loop(self.loop)
        self.loop.run_forever()
        asyncio.set_event_loop(None)
        if not task.done() or task.exception() is not None:
            self._bury()
        if not task.done():
            raise Died
        self.loop.close()
        return task.result()

    def _bury(self) -> None:
        for task in asyncio.all_tasks(self.loop):
            task._log_destroy_pending = False  # type: ignore[attr-defined]  # noqa: SLF001 - it is no mistake
            _GRAVES.append(task)
        context._global_context = None  # noqa: SLF001 - the process that had set it is gone
        for database in self.databases:
            database.close()  # what was not committed is gone, as when a process dies


class _VirtualLoop(asyncio.SelectorEventLoop):
    """A loop whose clock jumps to the next thing to do."""

    def __init__(self, began_seconds: float) -> None:
        self._seconds = began_seconds
        super().__init__(_NoWaiting(self._jump))
        # After some months of virtual time a nanosecond no longer counts: it would stand still.
        self._clock_resolution = 1e-6

    def time(self) -> float:
        return self._seconds

    def _jump(self, seconds: float) -> None:
        self._seconds += seconds


class _NoWaiting(selectors.SelectSelector):
    """Never waits for a file: there are none but the loop's own."""

    def __init__(self, jump: Callable[[float], None]) -> None:
        super().__init__()
        self._jump = jump

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout is None:
            raise RuntimeError("Everybody waits, and nothing is left that could happen.")
        self._jump(max(timeout, 0.0))
        return []


def speak_inline(monkeypatch: pytest.MonkeyPatch, world: Callable[[], World]) -> None:
    """Have every database that is opened from now on live in the present world."""

    class Inline(aiosqlite.Connection):
        def __await__(self) -> Generator[Any, None, aiosqlite.Connection]:
            database = self._connector()
            self._connection = database
            self._world = world()
            self._world.databases.append(database)
            yield from self._world.step().__await__()
            return self

        def __del__(self) -> None:
            self._connection = None

        def stop(self) -> None:  # there is no thread to stop
            self._running = False

        async def _execute(
            self,
            fn: Callable[..., Any],
            *args: Any,  # noqa: ANN401 - as its base
            **kwargs: Any,  # noqa: ANN401 - as its base
        ) -> Any:  # noqa: ANN401 - as its base
            await self._world.step()
            return fn(*args, **kwargs)

    monkeypatch.setattr(aiosqlite.core, "Connection", Inline)
