"""Who reads about money, as far as it changes what they are told."""

from dataclasses import dataclass
from uuid import UUID

from schema.tables.identity import UserRow


@dataclass(frozen=True, slots=True)
class Reader:
    """A person with an account."""

    id: UUID
    role: str
    language: str


async def reader(user: UUID) -> Reader | None:
    """Return the person, None if there is no such account."""
    rows = await UserRow.filter(id=user).values_list("id", "role", "language")
    return Reader(*rows[0]) if rows else None
