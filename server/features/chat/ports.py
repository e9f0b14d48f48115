"""What the slice needs from elsewhere, handed in by the composition root."""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from schema.wire.frames import ChangeBase
from server.core.clock import Clock
from server.features.budget.hold import Granted, HoldAsk, Outcome, Settled
from server.store import Database


class ClaudePort(Protocol):
    """The Claude API; `server.adapters.claude` is the one in use."""

    def stream(
        self, request: dict[str, Any], leaving: Callable[[], None]
    ) -> AbstractAsyncContextManager[AsyncIterator[list[dict[str, Any]]]]:
        """Ask, and give the events in portions; raises UpstreamRefusal.

        `leaving` is called when the request begins to leave: until then nobody can bill it.
        """
        ...


class Budget(Protocol):
    """What each request to Claude passes, before and after; `Holding` is the one in use."""

    async def hold(self, ask: HoldAsk, waiting: Callable[[datetime], None]) -> Granted:
        """Hold the worst case, and return once that is on disk in ledger and meter.

        Where only what others hold stands in the way it waits its turn, and calls `waiting` once,
        with the latest moment this can last. Can be cancelled at any moment: then nothing is held.
        Raises Refusal `budget`, `kill_switch`, `ledger`, `model_unpriced`, `storage`, or `invalid`
        for what has no bound.
        """
        ...

    async def settle(self, hold: int, outcome: Outcome) -> Settled:
        """Post or void a hold, in the caller's unit of work."""
        ...

    async def settle_lost(self, turn: UUID) -> list[Settled]:
        """Post every hold that a crash left of a turn at its worst case, in the caller's unit."""
        ...

    def committed(self, settled: Settled) -> None:
        """A settlement's unit of work is on disk: tell who waits, the meter and the devices."""
        ...

    def running_cost(self, hold: int, usage: Mapping[str, Any], model: str) -> int | None:
        """Return what the usage so far costs in nano-euros, for the screen; None if unknown."""
        ...


class Tell(Protocol):
    """Tells every device of a person what has changed."""

    def __call__(self, user: UUID, change: ChangeBase, /) -> None:
        """Tell it; never waits."""
        ...


@dataclass(frozen=True, slots=True)
class ChatSettings:
    """The settings this slice reads; sizes in bytes, times in seconds."""

    model: str
    max_tokens: int
    simulated: bool
    message_max_bytes: int
    turns_at_once: int
    rate_per_minute: int
    journal_interval_seconds: float
    lease_seconds: float
    deleted_kept_days: int


@dataclass(frozen=True, slots=True)
class Person:
    """Who asks: the owner of everything that is read or written, and their language."""

    id: UUID
    language: str


@dataclass(frozen=True, slots=True)
class TurnParts:
    """What every turn works with."""

    database: Database
    claude: ClaudePort
    budget: Budget
    tell: Tell
    settings: ChatSettings
    clock: Clock
