"""What a turn tells those who watch it, over the socket and as server-sent events alike."""

from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field

from .base import Answer, Timestamp
from .chat import Message, Usage, WaitReason
from .money import Gauge
from .problem import Problem


class TurnEventBase(Answer):
    """`seq` starts at 1 and rises by one for each event of a turn."""

    turn: UUID
    seq: int


class TurnWaiting(TurnEventBase):
    """Claude is not asked yet. `until` is the latest moment this wait can last, where known.

    With the reason `budget` it may also come later, before a further request of the turn.
    """

    kind: Literal["turn.waiting"] = "turn.waiting"
    reason: WaitReason
    until: Timestamp | None = None


class TurnStarted(TurnEventBase):
    """Claude is being asked. `message` is the question, `answer` the id the answer will have."""

    kind: Literal["turn.started"] = "turn.started"
    conversation: UUID
    message: UUID
    answer: UUID
    model: str
    routed: dict[str, Any] | None = None


class TurnSnapshot(TurnEventBase):
    """The whole answer as stored: it replaces what was shown before."""

    kind: Literal["turn.snapshot"] = "turn.snapshot"
    message: Message


class TextDelta(TurnEventBase):
    """More text of the block `index`; the index is unique in the turn."""

    kind: Literal["text.delta"] = "text.delta"
    index: int
    text: str


class ThinkingDelta(TurnEventBase):
    """More of what Claude thinks before it answers."""

    kind: Literal["thinking.delta"] = "thinking.delta"
    index: int
    text: str


class ToolCall(TurnEventBase):
    """A tool is called. `server` is null for a tool the provider runs itself."""

    kind: Literal["tool.call"] = "tool.call"
    call: str
    name: str
    server: str | None
    input: Any
    needs_approval: bool


class ToolProgress(TurnEventBase):
    """What a running tool says of itself."""

    kind: Literal["tool.progress"] = "tool.progress"
    call: str
    text: str


class ToolResult(TurnEventBase):
    """What a tool gave back."""

    kind: Literal["tool.result"] = "tool.result"
    call: str
    is_error: bool
    content: Any


class Citation(TurnEventBase):
    """A source of the text block `index`."""

    kind: Literal["citation"] = "citation"
    index: int
    citation: dict[str, Any]


class UsageUpdate(TurnEventBase):
    """The running count, summed over the turn's requests so far."""

    kind: Literal["usage"] = "usage"
    input_tokens: int
    output_tokens: int
    cache_read_tokens: int
    cache_write_tokens: int
    cost_nano_eur: int | None = None


class TurnFinished(TurnEventBase):
    """The answer is stored. A stopped turn finishes with the stop reason `stopped`.

    `budget` is the tightest limit after it; null where there is none, and for an earlier answer.
    """

    kind: Literal["turn.finished"] = "turn.finished"
    stop_reason: str
    message: Message
    usage: Usage | None
    cost_nano_eur: int | None = None
    budget: Gauge | None = None


class TurnFailed(TurnEventBase):
    """The turn ended without a whole answer; `message` holds what was kept of it."""

    kind: Literal["turn.failed"] = "turn.failed"
    problem: Problem
    message: Message | None


TurnEvent = Annotated[
    TurnWaiting
    | TurnStarted
    | TurnSnapshot
    | TextDelta
    | ThinkingDelta
    | ToolCall
    | ToolProgress
    | ToolResult
    | Citation
    | UsageUpdate
    | TurnFinished
    | TurnFailed,
    Field(discriminator="kind"),
]
