"""Conversations, messages and turns in flight (REST)."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field, StringConstraints

from .base import Answer, Ask, Block, Timestamp
from .problem import Problem

MessageState = Literal["complete", "stopped", "failed", "interrupted"]
TurnState = Literal["waiting", "running", "finished", "stopped", "failed", "interrupted"]
WaitReason = Literal["previous", "previous_failed", "busy", "budget"]
"""Why Claude is not asked yet: the turn before, or its failure; too many turns; others' holds."""

Title = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
"""Kept without blanks around it."""

Place = UUID | Literal["newest"] | None


class TurnOptions(Ask):
    """How a question is to be answered; what is absent follows the settings."""

    model: Annotated[str, Field(min_length=1, max_length=100)] | None = None
    max_tokens: Annotated[int, Field(ge=1, le=1_000_000)] | None = None


class ConversationCreate(Ask):
    """A new conversation, with the id its creator made."""

    id: UUID | None = None
    title: Title | None = None


class ConversationChange(Ask):
    """A change of a conversation."""

    title: Title


class QuestionAsk(Ask):
    """A question, and where it goes.

    `parent` is the message it stands below; null is the root, as for the first question or one in
    its place. Left out, it means the newest message.
    """

    content: str
    parent: UUID | None = None
    options: TurnOptions | None = None

    @property
    def place(self) -> Place:
        """The parent, None for the root, or "newest" where none was given."""
        return self.parent if "parent" in self.model_fields_set else "newest"


class MessageCreate(QuestionAsk):
    """A question over HTTP; `id` is the user message's id."""

    id: UUID | None = None


class RetryAsk(Ask):
    """Another answer to the same question. `id` makes the command idempotent."""

    id: UUID | None = None
    options: TurnOptions | None = None


class Usage(Answer):
    """Tokens of one turn: the provider's top-level counts summed over its requests.

    `cost_nano_eur` is null where no cost is known.
    """

    input_tokens: int = 0
    output_tokens: int = 0
    cache_read_tokens: int = 0
    cache_write_tokens: int = 0
    cost_nano_eur: int | None = None


class Conversation(Answer):
    """A line of the list. `last_words` is the beginning of the newest message, as plain text.

    `cost_nano_eur` is what all its answers have cost, on every branch.
    """

    id: UUID
    title: str | None
    last_words: str
    created_at: Timestamp
    updated_at: Timestamp
    running: bool
    cost_nano_eur: int


class Message(Answer):
    """A node of the tree. `position` orders a conversation as the server accepted it."""

    id: UUID
    conversation: UUID
    parent: UUID | None
    position: int
    role: Literal["user", "assistant"]
    content: list[Block]
    model: str | None
    state: MessageState
    stop_reason: str | None
    problem: Problem | None
    usage: Usage | None
    cost_nano_eur: int | None
    simulated: bool
    turn: UUID | None
    created_at: Timestamp


class Turn(Answer):
    """A question being answered. `message` is the question, `answer` the id its answer has."""

    id: UUID
    conversation: UUID
    message: UUID
    answer: UUID
    state: TurnState
    reason: WaitReason | None
    created_at: Timestamp


class ConversationPage(Answer):
    """A page of the list, newest activity first; `before` fetches the next."""

    conversations: list[Conversation]
    before: str | None


class ConversationDetail(Conversation):
    """A conversation with a page of its messages (ascending) and its turns that have not ended."""

    messages: list[Message]
    before: int | None
    turns: list[Turn]


class TurnResult(Answer):
    """A turn that has ended, for clients that do not stream."""

    user_message: Message
    message: Message
    usage: Usage | None
    cost_nano_eur: int | None
