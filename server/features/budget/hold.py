"""What a turn asks of the budget before each request to Claude, and tells it afterwards."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal
from uuid import UUID

from schema.wire.money import Gauge

OutcomeKind = Literal["whole", "not_billed", "stopped", "broken", "unknown"]
"""How a request ended, as far as its bill is concerned.

"whole": Claude said how it ended, and the usage is the bill. "not_billed": it never left, or the
provider refused it. "stopped": we left, in the middle. "broken": the provider said, in the middle,
that it failed. "unknown": the line broke or fell silent; nobody knows what Claude went on to do.
"""


@dataclass(frozen=True, slots=True)
class HoldAsk:
    """One request to Claude, about to be made; its `max_tokens` is the most that is wanted.

    `known_tokens` is what the first `known_messages` messages of the request are known to take
    (prompt and answer of the last request whose usage is exact, by the same model); 0 and 0 where
    nothing is known. `question` is what the person wrote, for the size of the likely answer;
    `wants` is true where the person set `max_tokens` themselves.
    """

    turn: UUID
    user: UUID
    conversation: UUID
    request: Mapping[str, Any]
    known_tokens: int
    known_messages: int
    question: str
    wants: bool
    simulated: bool


@dataclass(frozen=True, slots=True)
class Granted:
    """The request may be made, with at most `max_tokens` tokens of output. `hold` is its number."""

    hold: int
    max_tokens: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a held request ended.

    `usage` is the whole usage object, or as much of it as arrived (that of `message_start`); None
    where there is none. `model` is the one that answered. `produced_bytes` counts all that was
    streamed of the answer: text, thinking, tool input. `unseen` says that something was being
    produced that is not streamed: hidden thinking, a server tool.
    """

    kind: OutcomeKind
    usage: Mapping[str, Any] | None = None
    model: str | None = None
    produced_bytes: int = 0
    unseen: bool = False


@dataclass(frozen=True, slots=True)
class Settled:
    """What was posted for a hold: 0 if it was voided. `gauge` is the tightest limit after it."""

    hold: int
    cost_nano_eur: int
    estimated: bool
    gauge: Gauge | None
