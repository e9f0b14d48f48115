"""How a turn ends, and the one unit of work in which its end is stored."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, Self

from schema.tables.chat import ConversationRow, MessageRow, TurnRow
from schema.wire.chat import MessageState
from server.core.problems import Refusal
from server.features.budget.hold import Settled

from . import store
from .answer import Answer
from .live import LiveTurn
from .texts import one_line, plain_text
from .wire import stored_problem

MODEL_CHARACTERS = 100
REASON_CHARACTERS = 64

EndState = Literal["finished", "stopped", "failed", "interrupted"]


@dataclass(frozen=True, slots=True)
class Paid:
    """What was settled now, and what the whole turn has cost with it; None if nothing ever was."""

    settled: list[Settled]
    cost_nano_eur: int | None

    @classmethod
    def after(cls, cost_nano_eur: int | None, settled: list[Settled]) -> Self:
        """Add what was settled to what the turn had cost before."""
        if settled:
            cost_nano_eur = (cost_nano_eur or 0) + sum(each.cost_nano_eur for each in settled)
        return cls(settled, cost_nano_eur)


Settle = Callable[[], Awaitable[Paid]]
"""Posts or voids what is still held of a turn, in the caller's unit of work."""


@dataclass(frozen=True, slots=True)
class Ending:
    """The states in which a turn and its answer end, and why if the answer is not whole."""

    turn: EndState
    message: MessageState
    stop_reason: str | None = None
    refusal: Refusal | None = None

    @classmethod
    def stopped(cls) -> Self:
        """The person stopped it."""
        return cls("stopped", "stopped", stop_reason="stopped")

    @classmethod
    def interrupted(cls) -> Self:
        """The server went down."""
        return cls("interrupted", "interrupted", refusal=Refusal("interrupted"))

    @classmethod
    def failed(cls, refusal: Refusal) -> Self:
        """Something said no, on the way or before it began."""
        return cls("failed", "failed", refusal=refusal)

    @property
    def answered(self) -> bool:
        """Whether a question that waits for this answer may go on below it."""
        return self.refusal is None


@dataclass(slots=True)
class Stored:
    """What the unit of work left behind, for the budget and the devices to be told."""

    conversation: ConversationRow
    message: MessageRow
    turn: TurnRow
    paid: Paid
    moved: list[MessageRow] = field(default_factory=list)
    ready: list[TurnRow] = field(default_factory=list)
    held_back: list[TurnRow] = field(default_factory=list)


async def store_ending(
    row: TurnRow,
    live: LiveTurn | None,
    answer: Answer,
    ending: Ending,
    *,
    now: datetime,
    settle: Settle,
) -> Stored:
    """Settle, store the answer, end the turn, and let go on what waited for it."""
    if live is not None:
        live.ended_in_store = True  # from here on the journal has nothing to add
    paid = await settle()
    conversation = await store.conversation(row.user_id, row.conversation_id, deleted=True)
    if conversation is None:
        raise LookupError(f"The conversation of turn {row.id} is gone.")
    message = await store.add_message(
        conversation,
        {
            "id": row.answer_id,
            "parent_id": row.message_id,
            "role": "assistant",
            "content": answer.blocks,
            "model": _cut(answer.model, MODEL_CHARACTERS) or row.options.get("model"),
            "state": ending.message,
            "stop_reason": _cut(ending.stop_reason or answer.stop_reason, REASON_CHARACTERS),
            "problem": stored_problem(ending.refusal) if ending.refusal else None,
            "usage": answer.usage() if answer.requests else None,
            "requests": [request.stored() for request in answer.requests],
            "cost_nano_eur": paid.cost_nano_eur,
            "simulated": row.simulated,
            "turn_id": row.id,
            "created_at": now,
        },
    )
    conversation.last_words = one_line(plain_text(answer.blocks)) or conversation.last_words
    conversation.updated_at = now
    conversation.cost_nano_eur += paid.cost_nano_eur or 0
    await store.save(conversation, ["last_words", "updated_at", "next_position", "cost_nano_eur"])
    row.state, row.reason, row.ended_at, row.lease_until = ending.turn, None, now, None
    await store.save(row, ["state", "reason", "ended_at", "lease_until"])
    await store.drop_journal(row.id)
    stored = Stored(conversation, message, row, paid)
    for waiting in await store.waiting_for(row.message_id):
        await _let_go(waiting, row, stored, answered=ending.answered)
    return stored


def _cut(name: str | None, characters: int) -> str | None:
    """As much of a name of Claude's as the row has room for; `requests` holds the whole."""
    return None if name is None else name[:characters]


async def _let_go(waiting: TurnRow, ended: TurnRow, stored: Stored, *, answered: bool) -> None:
    """Move a question that waited below the answer; after a failure it waits for the person."""
    if not answered:
        waiting.reason = "previous_failed"
        await store.save(waiting, ["reason"])
        stored.held_back.append(waiting)
        return
    question = await store.message_in(ended.conversation_id, waiting.message_id)
    if question is None:
        raise LookupError(f"The question of turn {waiting.id} is gone.")
    question.parent_id = ended.answer_id
    await store.save(question, ["parent_id"])
    waiting.after_message_id, waiting.reason = None, "busy"
    await store.save(waiting, ["after_message_id", "reason"])
    stored.moved.append(question)
    stored.ready.append(waiting)
