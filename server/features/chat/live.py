"""A turn while it runs: its events in memory, for any number of watchers, each at its own pace."""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any, NamedTuple
from uuid import UUID

from schema.wire.events import TurnEventBase


class Event(NamedTuple):
    """An event, encoded once for all who watch."""

    seq: int
    kind: str
    json: str


class LiveTurn:
    """The events of one turn, numbered from `first_seq` without a gap.

    A watcher pulls: a slow one holds nobody up, and costs no copy. What is to be journalled waits
    in `unsaved` until the journal has it; once the answer is in the store, nothing more is.
    """

    def __init__(
        self, turn: UUID, language: str, recorded: Callable[[], None], first_seq: int = 1
    ) -> None:
        self.turn = turn
        self.language = language
        self.ended = False
        self.ended_in_store = False
        self.unsaved: list[list[Any]] = []
        self._events: list[Event] = []
        self._changed = asyncio.Event()
        self._recorded = recorded
        self._before = first_seq - 1

    @property
    def last_seq(self) -> int:
        """The number of the newest event; one below the first number before the first event."""
        return self._before + len(self._events)

    def emit(self, event: type[TurnEventBase], **fields: object) -> None:
        """Number an event and show it to every watcher."""
        made = event(turn=self.turn, seq=self.last_seq + 1, **fields)
        self._events.append(Event(made.seq, made.kind, made.model_dump_json()))  # type: ignore[attr-defined]
        self._wake()

    def record(self, operation: list[Any]) -> None:
        """Hand an operation to the journal."""
        self.unsaved.append(operation)
        self._recorded()

    def end(self) -> None:
        """Let every watcher go once it has seen the last event."""
        self.ended = True
        self._wake()

    async def follow(self, after: int) -> AsyncIterator[Event]:
        """Yield the events after the one numbered `after`, as they come, to the last."""
        position = max(min(after, self.last_seq) - self._before, 0)
        while True:
            while position < len(self._events):
                yield self._events[position]
                position += 1
            if self.ended:
                return
            await self._changed.wait()

    async def wait_end(self) -> None:
        """Return when the turn has ended."""
        while not self.ended:
            await self._changed.wait()

    def _wake(self) -> None:
        self._changed.set()
        self._changed = asyncio.Event()
