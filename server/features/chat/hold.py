"""What a turn asks of the budget before it spends, and tells it afterwards.

The budget is a slice of its own, handed in by the composition root; without one nothing is held,
no cost is known, and costs are null on the wire.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from schema.wire.chat import WaitReason


@dataclass(frozen=True, slots=True)
class HoldAsk:
    """One request to Claude, about to be made."""

    turn: UUID
    user: UUID
    request: dict[str, Any]
    simulated: bool


@dataclass(frozen=True, slots=True)
class Granted:
    """The request may be made, with at most `max_tokens` tokens of output."""

    hold: UUID
    max_tokens: int


@dataclass(frozen=True, slots=True)
class Wait:
    """Only what others hold stands in the way; ask again after `retry_seconds`."""

    reason: WaitReason
    until: datetime
    retry_seconds: float


class Budget(Protocol):
    """The two steps around each request."""

    async def hold(self, ask: HoldAsk) -> Granted | Wait:
        """Hold the worst case, or say wait. Raises Refusal where money really is lacking."""
        ...

    async def settle(self, hold: UUID, usage: dict[str, Any] | None, *, estimated: bool) -> int:
        """Post what the request cost, in the caller's unit of work; returns nano-euros.

        `usage` is the whole usage object, or None where it was never seen.
        """
        ...
