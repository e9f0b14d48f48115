"""Telling every device where the money stands, when that has changed: soon, but not each time.

Ten answers that end together are told once.
"""

import asyncio
import logging
from collections.abc import Callable, Iterable
from typing import Final, Protocol
from uuid import UUID

from schema.wire.frames import ChangeBase, MoneyChanged
from schema.wire.money import MonitorStatus
from server.core.problems import Refusal
from server.store import DatabaseError

log = logging.getLogger(__name__)

PAUSE_SECONDS: Final = 0.5
"""The shortest time between two rounds."""


class StatusOf(Protocol):
    """Where the limits of a person stand."""

    async def of(self, user: UUID, /) -> MonitorStatus:
        """Return what this person may know. Raises Refusal `not_found`."""
        ...


class Broadcast:
    """Tells everybody who is connected (`present`) where their limits stand."""

    def __init__(
        self,
        *,
        status: StatusOf,
        present: Callable[[], Iterable[UUID]],
        tell: Callable[[UUID, ChangeBase], None],
    ) -> None:
        self._status = status
        self._present = present
        self._tell = tell
        self._changed = asyncio.Event()

    def changed(self, *_: object) -> None:
        """Something that a status shows is different now."""
        self._changed.set()

    async def run(self) -> None:
        """Tell, until cancelled."""
        while True:
            await self._changed.wait()
            self._changed.clear()
            for user in list(self._present()):
                await self._tell_one(user)
            await asyncio.sleep(PAUSE_SECONDS)

    async def _tell_one(self, user: UUID) -> None:
        try:
            status = await self._status.of(user)
        except Refusal:  # the account is gone
            return
        except DatabaseError:
            log.exception("status of the money not told")
            return
        self._tell(user, MoneyChanged(op="put", id=user, row=status))
