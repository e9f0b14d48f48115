"""Security events in the log: what happened, to whom, from where.

An account is named by its id, never by what a stranger typed; no secret comes near.
"""

import logging
from uuid import UUID

log = logging.getLogger(__name__)


def security_event(
    event: str, *, address: str, user: UUID | None = None, session: UUID | None = None
) -> None:
    """Log that `event` happened. `user` is None where nobody of that name exists."""
    log.info(event, extra={"user": _text(user), "session": _text(session), "address": address})


def _text(value: UUID | None) -> str | None:
    return None if value is None else str(value)
