"""Accounts and their sessions."""

from uuid import UUID

from tortoise import fields
from tortoise.indexes import Index
from tortoise.models import Model


class UserRow(Model):
    """A person. `username_folded` (case and compatibility folded) keeps look-alikes apart.

    `email` is where alerts go; null: nowhere.
    """

    id = fields.UUIDField(primary_key=True)
    username = fields.CharField(max_length=64)
    username_folded = fields.CharField(max_length=128, unique=True)
    password_hash = fields.CharField(max_length=255)
    password_set_at = fields.DatetimeField()
    role = fields.CharField(max_length=16)
    language = fields.CharField(max_length=2)
    theme = fields.CharField(max_length=8, default="system")
    email = fields.CharField(max_length=254, null=True)
    created_at = fields.DatetimeField()

    class Meta:
        """Where it lies."""

        table = "user"


class SessionRow(Model):
    """A signed-in device; `address` is an IPv4 address, or the network of an IPv6 one (64 bits).

    The refresh token of `generation` n is derived from the server's key, `seed` and n, so that the
    table alone opens nothing and a lost answer can be given again.
    """

    id = fields.UUIDField(primary_key=True)
    user: fields.ForeignKeyRelation[UserRow] = fields.ForeignKeyField(
        "claude_rasp.UserRow", related_name="sessions", on_delete=fields.CASCADE
    )
    user_id: UUID
    seed = fields.BinaryField()
    generation = fields.IntField(default=0)
    address = fields.CharField(max_length=64)
    device = fields.CharField(max_length=200)
    created_at = fields.DatetimeField()
    seen_at = fields.DatetimeField()
    expires_at = fields.DatetimeField()
    revoked_at = fields.DatetimeField(null=True)

    class Meta:
        """Where it lies."""

        table = "session"
        indexes = (Index(fields=("user_id", "revoked_at"), name="session_user"),)
