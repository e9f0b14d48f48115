"""Accepting a question: the one unit of work after which it can no longer be lost."""

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from schema.tables.chat import ConversationRow, MessageRow, TurnRow
from schema.wire.chat import Place
from server.core.ids import new_id
from server.core.problems import Refusal

from . import store
from .ports import Person
from .texts import one_line, title_from


@dataclass(frozen=True, slots=True)
class Question:
    """A `send` as it came."""

    id: UUID
    conversation: UUID
    content: str
    parent: Place
    options: dict[str, Any]

    def fingerprint(self) -> str:
        """Tell this command from another with the same id."""
        return _fingerprint("send", self.conversation, self.content, self.parent, self.options)


@dataclass(frozen=True, slots=True)
class Again:
    """A `retry` as it came; `message` is the question, or an answer to it."""

    id: UUID
    message: UUID
    options: dict[str, Any]

    def fingerprint(self) -> str:
        """Tell this command from another with the same id."""
        return _fingerprint("retry", self.message, self.options)


@dataclass(frozen=True, slots=True)
class Start:
    """How a turn begins: its model's provenance, its process, its lease, and when.

    `admit` is asked once for each new command of a person; it may raise Refusal.
    """

    simulated: bool
    runs_now: bool
    owner: str
    lease_until: datetime
    now: datetime
    admit: Callable[[UUID], None]


@dataclass(frozen=True, slots=True)
class Accepted:
    """What was stored; `known` is true if the command had been accepted before."""

    turn: TurnRow
    question: MessageRow
    conversation: ConversationRow
    known: bool


def _fingerprint(*parts: object) -> str:
    text = json.dumps([str(part) if isinstance(part, UUID) else part for part in parts])
    return hashlib.sha256(text.encode()).hexdigest()


async def accept_question(person: Person, question: Question, start: Start) -> Accepted:
    """Store a question and its turn. Raises Refusal; then nothing is stored."""
    if (known := await _known(person, question.id, question.fingerprint())) is not None:
        return known
    conversation = await store.conversation(person.id, question.conversation)
    if conversation is None:
        raise Refusal("not_found")
    if await store.any_message_exists(question.id):
        raise Refusal("id_conflict")
    parent, after = await _place(conversation, question.parent)
    start.admit(person.id)
    row = await store.add_message(
        conversation,
        {
            "id": question.id,
            "parent_id": parent,
            "role": "user",
            "content": [{"type": "text", "text": question.content}],
            "state": "complete",
            "created_at": start.now,
        },
    )
    if conversation.title is None:
        conversation.title = title_from(question.content)
    conversation.last_words = one_line(question.content)
    conversation.updated_at = start.now
    await store.save(conversation, ["title", "last_words", "updated_at", "next_position"])
    fields = _turn_fields(person, question, start) | {"message_id": row.id}
    turn = await store.add_turn(
        fields | await _beginning(start, after) | {"conversation_id": row.conversation_id}
    )
    return Accepted(turn, row, conversation, known=False)


async def accept_retry(person: Person, again: Again, start: Start) -> Accepted:
    """Store a new turn under a question. Raises Refusal; then nothing is stored."""
    if (known := await _known(person, again.id, again.fingerprint())) is not None:
        return known
    message = await store.message(person.id, again.message)
    if message is not None and message.role == "assistant" and message.parent_id is not None:
        message = await store.message(person.id, message.parent_id)
    if message is None:
        raise Refusal("not_found")
    conversation = await store.conversation(person.id, message.conversation_id)
    if conversation is None:
        raise Refusal("not_found")
    start.admit(person.id)
    earlier = await store.turns_of_question(message.id)
    after = next((turn.after_message_id for turn in earlier if turn.state == "waiting"), None)
    fields = _turn_fields(person, again, start) | {"message_id": message.id}
    turn = await store.add_turn(
        fields | await _beginning(start, after) | {"conversation_id": conversation.id}
    )
    return Accepted(turn, message, conversation, known=False)


async def _known(person: Person, command: UUID, fingerprint: str) -> Accepted | None:
    """Return what this command did when it came before; raises Refusal on other content."""
    turn = await store.turn_of_command(command)
    if turn is None:
        return None
    if turn.user_id != person.id or turn.fingerprint != fingerprint:
        raise Refusal("id_conflict")
    conversation = await store.conversation(person.id, turn.conversation_id)
    question = await store.message(person.id, turn.message_id)
    if conversation is None or question is None:
        raise Refusal("not_found")
    return Accepted(turn, question, conversation, known=True)


async def _place(conversation: ConversationRow, parent: Place) -> tuple[UUID | None, UUID | None]:
    """Return the parent of a new question, and the question whose answer it must wait for."""
    if parent is None:
        return None, None
    if parent == "newest":
        newest = await store.newest_message(conversation.id)
        return (None, None) if newest is None else await _below(newest)
    message = await store.message_in(conversation.id, parent)
    if message is not None:
        return await _below(message)
    turn = await store.turn_of_answer(conversation.id, parent)
    if turn is None:
        raise Refusal("parent_unknown")
    return turn.message_id, turn.message_id


async def _below(message: MessageRow) -> tuple[UUID, UUID | None]:
    """Below an answer at once; below a question once it is answered."""
    if message.role == "assistant":
        return message.id, None
    turns = await store.turns_of_question(message.id)
    answered = next((turn for turn in turns if turn.state in store.ANSWERED_STATES), None)
    return (message.id, message.id) if answered is None else (answered.answer_id, None)


def _turn_fields(person: Person, command: Question | Again, start: Start) -> dict[str, Any]:
    return {
        "id": new_id(),
        "user_id": person.id,
        "command_id": command.id,
        "fingerprint": command.fingerprint(),
        "answer_id": new_id(),
        "options": command.options,
        "language": person.language,
        "simulated": start.simulated,
        "owner": start.owner,
        "created_at": start.now,
    }


async def _beginning(start: Start, after: UUID | None) -> dict[str, Any]:
    if after is not None:
        turns = await store.turns_of_question(after)
        being_answered = any(turn.state in store.OPEN_STATES for turn in turns)
        reason = "previous" if being_answered else "previous_failed"
        return {"state": "waiting", "reason": reason, "after_message_id": after}
    if not start.runs_now:
        return {"state": "waiting", "reason": "busy"}
    return {"state": "running", "lease_until": start.lease_until}
