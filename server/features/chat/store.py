"""The queries of the slice. Every row is reached through its owner.

Those that write are called inside a unit of work.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from tortoise.connection import get_connection
from tortoise.expressions import Q

from schema.tables.chat import ConversationRow, JournalRow, MessageRow, TurnRow

OPEN_STATES = ("waiting", "running")
ANSWERED_STATES = ("finished", "stopped")

_PATH = """
WITH RECURSIVE path(id, parent_id, depth) AS (
    SELECT id, parent_id, 0 FROM message WHERE id = ?
    UNION ALL
    SELECT m.id, m.parent_id, path.depth + 1 FROM message m JOIN path ON m.id = path.parent_id
)
SELECT m.role, m.content, m.state, m.requests, m.simulated
FROM path JOIN message m ON m.id = path.id ORDER BY depth DESC
"""


@dataclass(frozen=True, slots=True)
class Said:
    """A message on the way to a question: its role and blocks, and how it came to be."""

    role: str
    blocks: list[dict[str, Any]]
    state: str
    requests: list[dict[str, Any]]
    simulated: bool


async def conversation(
    user: UUID, conversation_id: UUID, *, deleted: bool = False
) -> ConversationRow | None:
    """Return a person's conversation, or None; deleted ones only if asked for."""
    row = await ConversationRow.get_or_none(id=conversation_id, user_id=user)
    return None if row is None or (row.deleted_at is not None and not deleted) else row


async def any_conversation_exists(conversation_id: UUID) -> bool:
    """Whether the id is taken, by whomever."""
    return await ConversationRow.exists(id=conversation_id)


async def conversations(
    user: UUID, before: tuple[datetime, UUID] | None, limit: int
) -> list[ConversationRow]:
    """Return a page of a person's conversations, the most recently active first."""
    query = ConversationRow.filter(user_id=user, deleted_at=None)
    if before is not None:
        at, last = before
        query = query.filter(updated_at__lte=at).filter(Q(updated_at__lt=at) | Q(id__lt=last))
    return await query.order_by("-updated_at", "-id").limit(limit)


async def create_conversation(row: dict[str, Any]) -> ConversationRow:
    """Insert a conversation."""
    return await ConversationRow.create(**row)


async def message(user: UUID, message_id: UUID) -> MessageRow | None:
    """Return a message of a person's conversation that is not deleted, or None."""
    return await MessageRow.get_or_none(
        id=message_id, conversation__user_id=user, conversation__deleted_at=None
    )


async def message_in(conversation_id: UUID, message_id: UUID) -> MessageRow | None:
    """Return a message of a conversation, or None."""
    return await MessageRow.get_or_none(id=message_id, conversation_id=conversation_id)


async def any_message_exists(message_id: UUID) -> bool:
    """Whether the id is taken, by whomever."""
    return await MessageRow.exists(id=message_id)


async def newest_message(conversation_id: UUID) -> MessageRow | None:
    """Return the newest message; as positions only rise, it is the newest leaf."""
    return await MessageRow.filter(conversation_id=conversation_id).order_by("-position").first()


async def messages(conversation_id: UUID, before: int | None, limit: int) -> list[MessageRow]:
    """Return the newest `limit` messages below position `before`, in ascending order."""
    query = MessageRow.filter(conversation_id=conversation_id)
    if before is not None:
        query = query.filter(position__lt=before)
    return (await query.order_by("-position").limit(limit))[::-1]


async def path_to(message_id: UUID) -> list[Said]:
    """Return the messages from the root to this one."""
    rows = await get_connection("default").execute_query_dict(_PATH, [str(message_id)])
    return [
        Said(
            row["role"],
            json.loads(row["content"]),
            row["state"],
            json.loads(row["requests"] or "null") or [],
            simulated=bool(row["simulated"]),
        )
        for row in rows
    ]


async def add_message(parent_row: ConversationRow, row: dict[str, Any]) -> MessageRow:
    """Insert a message at the conversation's next position."""
    position = parent_row.next_position
    parent_row.next_position = position + 1
    return await MessageRow.create(**row, conversation_id=parent_row.id, position=position)


async def turn_of_command(command: UUID) -> TurnRow | None:
    """Return the turn that this command made, whoever gave it."""
    return await TurnRow.get_or_none(command_id=command)


async def turn(user: UUID, turn_id: UUID) -> TurnRow | None:
    """Return a person's turn, or None."""
    return await TurnRow.get_or_none(id=turn_id, user_id=user, conversation__deleted_at=None)


async def turn_of_answer(conversation_id: UUID, answer: UUID) -> TurnRow | None:
    """Return the turn that will write, or wrote, this answer."""
    return await TurnRow.get_or_none(conversation_id=conversation_id, answer_id=answer)


async def turns_of_question(message_id: UUID) -> list[TurnRow]:
    """Return the turns under a question, newest first."""
    return await TurnRow.filter(message_id=message_id).order_by("-created_at", "-id")


async def open_turns(conversation_id: UUID | None = None) -> list[TurnRow]:
    """Return the turns that have not ended, oldest first; of one conversation or of all."""
    query = TurnRow.filter(state__in=OPEN_STATES)
    if conversation_id is not None:
        query = query.filter(conversation_id=conversation_id)
    return await query.order_by("created_at", "id")


async def waiting_for(question: UUID) -> list[TurnRow]:
    """Return the turns that wait for this question's answer, oldest first."""
    return await TurnRow.filter(after_message_id=question, state="waiting").order_by("created_at")


async def add_turn(row: dict[str, Any]) -> TurnRow:
    """Insert a turn."""
    return await TurnRow.create(**row)


async def renew_leases(owner: str, until: datetime) -> None:
    """Say that this process still runs its turns."""
    await TurnRow.filter(owner=owner, state="running").update(lease_until=until)


async def add_journal(turn_id: UUID, last_seq: int, operations: str) -> None:
    """Append an entry to a running turn's journal."""
    await JournalRow.create(turn_id=turn_id, last_seq=last_seq, events=operations)


async def journal(turn_id: UUID) -> list[str]:
    """Return a turn's entries in order."""
    rows = await JournalRow.filter(turn_id=turn_id).order_by("id")
    return [row.events for row in rows]


async def drop_journal(turn_id: UUID) -> None:
    """Remove a turn's entries: its answer is stored."""
    await JournalRow.filter(turn_id=turn_id).delete()


async def purge_deleted(before: datetime) -> int:
    """Remove for good what was deleted before that moment; returns how many conversations."""
    return await ConversationRow.filter(deleted_at__lt=before).delete()


async def save(row: ConversationRow | TurnRow | MessageRow, fields: Sequence[str]) -> None:
    """Write the named fields of a row."""
    await row.save(update_fields=list(fields))
