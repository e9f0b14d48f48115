"""Conversations, their tree of messages, the turns and the journal of those that run."""

from typing import Any
from uuid import UUID

from tortoise import fields
from tortoise.indexes import Index
from tortoise.models import Model

from .identity import UserRow


class ConversationRow(Model):
    """A conversation. `next_position` numbers its messages; `deleted_at` can still be undone."""

    id = fields.UUIDField(primary_key=True)
    user: fields.ForeignKeyRelation[UserRow] = fields.ForeignKeyField(
        "claude_rasp.UserRow", related_name="conversations", on_delete=fields.CASCADE
    )
    user_id: UUID
    title = fields.CharField(max_length=200, null=True)
    last_words = fields.CharField(max_length=200, default="")
    next_position = fields.IntField(default=1)
    cost_nano_eur = fields.BigIntField(default=0)
    created_at = fields.DatetimeField()
    updated_at = fields.DatetimeField()
    deleted_at = fields.DatetimeField(null=True)

    class Meta:
        """Where it lies and how it is listed."""

        table = "conversation"
        indexes = (
            Index(fields=("user_id", "deleted_at", "updated_at", "id"), name="conversation_list"),
        )


class MessageRow(Model):
    """A node of the tree; it never changes once it is whole, but for the parent of a waiting one.

    `content` holds the provider's blocks untouched. `requests` holds, for each request that made
    the answer, its model, stop reason and whole usage object; `usage` is their sum.
    """

    id = fields.UUIDField(primary_key=True)
    conversation: fields.ForeignKeyRelation[ConversationRow] = fields.ForeignKeyField(
        "claude_rasp.ConversationRow", related_name="messages", on_delete=fields.CASCADE
    )
    conversation_id: UUID
    parent_id = fields.UUIDField(null=True)
    position = fields.IntField()
    role = fields.CharField(max_length=16)
    content: fields.Field[list[dict[str, Any]]] = fields.JSONField()
    model = fields.CharField(max_length=100, null=True)
    state = fields.CharField(max_length=16)
    stop_reason = fields.CharField(max_length=64, null=True)
    problem: fields.Field[dict[str, Any] | None] = fields.JSONField(null=True)
    usage: fields.Field[dict[str, Any] | None] = fields.JSONField(null=True)
    requests: fields.Field[list[dict[str, Any]] | None] = fields.JSONField(null=True)
    cost_nano_eur = fields.BigIntField(null=True)
    simulated = fields.BooleanField(default=False)
    turn_id = fields.UUIDField(null=True)
    created_at = fields.DatetimeField()

    class Meta:
        """Where it lies; a position is taken once."""

        table = "message"
        unique_together = (("conversation", "position"),)


class TurnRow(Model):
    """A question being answered, from its acceptance to its end.

    `command_id` is the id the client made: the same one is always answered with this turn, and
    `fingerprint` tells whether it came with the same content. `after_message_id` is the question
    whose answer this one waits for. `language` is the one its problems are told in. `owner` and
    `lease_until` say which process runs it.
    """

    id = fields.UUIDField(primary_key=True)
    conversation: fields.ForeignKeyRelation[ConversationRow] = fields.ForeignKeyField(
        "claude_rasp.ConversationRow", related_name="turns", on_delete=fields.CASCADE
    )
    conversation_id: UUID
    user_id = fields.UUIDField()
    command_id = fields.UUIDField(unique=True)
    fingerprint = fields.CharField(max_length=64)
    message_id = fields.UUIDField()
    answer_id = fields.UUIDField()
    after_message_id = fields.UUIDField(null=True)
    state = fields.CharField(max_length=16)
    reason = fields.CharField(max_length=24, null=True)
    options: fields.Field[dict[str, Any]] = fields.JSONField()
    language = fields.CharField(max_length=2)
    simulated = fields.BooleanField()
    owner = fields.CharField(max_length=64)
    lease_until = fields.DatetimeField(null=True)
    created_at = fields.DatetimeField()
    ended_at = fields.DatetimeField(null=True)

    class Meta:
        """Where it lies and how the open ones and those of a question are found."""

        table = "turn"
        indexes = (
            Index(fields=("state", "lease_until"), name="turn_open"),
            Index(fields=("conversation_id", "state"), name="turn_conversation"),
            Index(fields=("message_id",), name="turn_question"),
            Index(fields=("after_message_id", "state"), name="turn_after"),
        )


class JournalRow(Model):
    """Events of a running turn, in the order of `id`; removed when its answer is stored."""

    id = fields.BigIntField(primary_key=True)
    turn: fields.ForeignKeyRelation[TurnRow] = fields.ForeignKeyField(
        "claude_rasp.TurnRow", related_name="journal", on_delete=fields.CASCADE
    )
    turn_id: UUID
    last_seq = fields.IntField()
    events = fields.TextField()

    class Meta:
        """Where it lies."""

        table = "turn_journal"
        indexes = (Index(fields=("turn_id", "id"), name="turn_journal_turn"),)
