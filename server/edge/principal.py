"""Who is asking."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from schema.wire.identity import Language, Role

Via = Literal["cookie", "bearer"]


@dataclass(frozen=True, slots=True)
class Principal:
    """A signed-in person on one of their devices, as of this request.

    `expires_at` is when the session ends if it is not refreshed before.
    """

    user: UUID
    session: UUID
    role: Role
    language: Language
    via: Via
    expires_at: datetime
