"""What the slice needs from elsewhere, handed in by the composition root."""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Any, Protocol
from uuid import UUID

from schema.wire.frames import ChangeBase
from server.core.clock import Clock
from server.store import Database

from .hold import Budget


class ClaudePort(Protocol):
    """The Claude API; `server.adapters.claude` is the one in use."""

    def stream(
        self, request: dict[str, Any]
    ) -> AbstractAsyncContextManager[AsyncIterator[list[dict[str, Any]]]]:
        """Ask, and give the events in portions; raises Refusal."""
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
    """What every turn works with; without a budget nothing is held and no cost is known."""

    database: Database
    claude: ClaudePort
    budget: Budget | None
    tell: Tell
    settings: ChatSettings
    clock: Clock
