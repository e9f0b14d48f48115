"""Frames of the socket `claude-rasp.v1`: one JSON object each, told apart by `kind`."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field, TypeAdapter

from .base import Answer, Ask
from .chat import Conversation, Message, QuestionAsk, Turn, TurnOptions
from .events import TurnEvent
from .identity import User
from .money import Alert, MonitorStatus
from .problem import Problem

PROTOCOL = 1
SUBPROTOCOL = "claude-rasp.v1"


class Send(QuestionAsk):
    """Ask a question; `id` becomes the user message's id and makes the command idempotent."""

    kind: Literal["send"]
    id: UUID
    conversation: UUID


class Retry(Ask):
    """Ask for another answer to the question `message`."""

    kind: Literal["retry"]
    id: UUID
    message: UUID
    options: TurnOptions | None = None


class Stop(Ask):
    """Stop a turn; what was produced is kept."""

    kind: Literal["stop"]
    turn: UUID


class Resume(Ask):
    """Watch a turn from the event after `after` on (0: from its beginning)."""

    kind: Literal["resume"]
    turn: UUID
    after: Annotated[int, Field(ge=0)]


class Approve(Ask):
    """Decide about a tool call that waits for the person."""

    kind: Literal["approve"]
    call: Annotated[str, Field(max_length=200)]
    decision: Literal["once", "always", "never"]


class Ping(Ask):
    """Is anybody there?"""

    kind: Literal["ping"]


class Welcome(Answer):
    """The first frame: who is connected to what."""

    kind: Literal["welcome"] = "welcome"
    protocol: int = PROTOCOL
    version: str
    user: User
    simulator: bool
    heartbeat_seconds: int


class Pong(Answer):
    """The answer to a ping."""

    kind: Literal["pong"] = "pong"


class Accepted(Answer):
    """The command `id` is stored for good; its turn is `turn`."""

    kind: Literal["accepted"] = "accepted"
    id: UUID
    turn: UUID


class Refused(Answer):
    """The command `id` was not applied (null: the frame had no id that could be read)."""

    kind: Literal["refused"] = "refused"
    id: UUID | None
    problem: Problem


class ChangeBase(Answer):
    """Something this person may see is now as `row` says; a null row means that it is gone."""

    kind: Literal["change"] = "change"
    op: Literal["put", "delete"]
    id: UUID


class ConversationChanged(ChangeBase):
    """A conversation was made, changed, deleted or restored."""

    entity: Literal["conversation"] = "conversation"
    row: Conversation | None


class MessageChanged(ChangeBase):
    """A message was stored."""

    entity: Literal["message"] = "message"
    row: Message | None


class TurnChanged(ChangeBase):
    """A turn changed its state."""

    entity: Literal["turn"] = "turn"
    row: Turn | None


class MoneyChanged(ChangeBase):
    """Where the limits of this person stand now; `id` is the person's."""

    entity: Literal["money"] = "money"
    row: MonitorStatus | None


class AlertChanged(ChangeBase):
    """There is something to know, or it was seen."""

    entity: Literal["alert"] = "alert"
    row: Alert | None


Change = Annotated[
    ConversationChanged | MessageChanged | TurnChanged | MoneyChanged | AlertChanged,
    Field(discriminator="entity"),
]

ClientFrame = Annotated[Send | Retry | Stop | Resume | Approve | Ping, Field(discriminator="kind")]
ServerFrame = Welcome | Pong | Accepted | Refused | Change | TurnEvent

client_frame: TypeAdapter[ClientFrame] = TypeAdapter(ClientFrame)
