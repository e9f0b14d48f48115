"""The engine: runs the turns, however their watchers come and go, and picks them up after a crash.

At most `turns_at_once` run together; the next ones wait in order. Each running turn is a task whose
end the engine sees.
"""

import asyncio
import logging
from collections import deque
from datetime import datetime, timedelta
from functools import partial
from uuid import UUID

from schema.tables.chat import TurnRow
from schema.wire.chat import WaitReason
from schema.wire.events import TurnFailed, TurnWaiting
from schema.wire.frames import ConversationChanged, MessageChanged, TurnChanged
from server.core.ids import new_id
from server.core.problems import Refusal
from server.core.tasks import background, end
from server.store import DatabaseError

from . import store
from .answer import Answer, Request
from .ending import Ending, Paid, Stored, store_ending
from .journal import Journal, rebuild
from .live import LiveTurn
from .ports import TurnParts
from .turn import Turn
from .wire import conversation_of, message_of, turn_of

log = logging.getLogger(__name__)


class Engine:
    """All turns that have not ended, running or waiting."""

    def __init__(self, parts: TurnParts) -> None:
        self._parts = parts
        self.owner = str(new_id())
        self._live: dict[UUID, LiveTurn] = {}
        self._running: dict[UUID, tuple[Turn, asyncio.Task[None]]] = {}
        self._queue: deque[TurnRow] = deque()
        self._unstored: list[Turn] = []
        self.closing = False
        self._journal = Journal(
            parts.database, self._live.values, parts.settings.journal_interval_seconds
        )
        self._tasks: list[asyncio.Task[None]] = []

    async def start(self) -> None:
        """Close what a crash left open, take up what waits, and begin to journal."""
        for row in await store.open_turns():
            if row.state == "running":
                await self._recover(row)
        for row in await store.open_turns():
            self.take(row)
        self._tasks = [background(self._journal.run()), background(self._keep_leases())]

    async def close(self) -> None:
        """Stop every turn, keeping what has arrived, and return when all is stored."""
        self.closing = True
        await self._stop_all(Ending.interrupted())
        await self._store_late()
        for live in self._live.values():
            live.end()
        await end(*self._tasks)

    async def cut(self, refusal: Refusal) -> None:
        """Fail every turn that runs, or waits for the budget; returns when their ends are stored.

        Those that wait for room or for another answer are left to what the budget tells them.
        """
        await self._stop_all(Ending.failed(refusal))

    async def _stop_all(self, ending: Ending) -> None:
        running = list(self._running.values())
        for turn, _ in running:
            turn.stop(ending)
        if running:
            await asyncio.wait([task for _, task in running])

    @property
    def has_room(self) -> bool:
        """Whether a turn could begin at once."""
        return len(self._running) < self._parts.settings.turns_at_once

    def find(self, turn: UUID) -> LiveTurn | None:
        """Return a turn that has not ended, or None."""
        return self._live.get(turn)

    def newest(self, row: TurnRow) -> TurnRow:
        """Return a turn as it is at this moment, where it is run here, else as it was read."""
        return self._running[row.id][0].row if row.id in self._running else row

    def is_running(self, conversation: UUID) -> bool:
        """Whether an answer is being written in a conversation."""
        return any(turn.row.conversation_id == conversation for turn, _ in self._running.values())

    def take(self, row: TurnRow) -> None:
        """Run a stored turn as soon as what it waits for allows."""
        live = LiveTurn(row.id, row.language, self._journal.wake)
        self._live[row.id] = live
        if row.after_message_id is not None:
            failed = row.reason == "previous_failed"
            self._tell_wait(row, live, "previous_failed" if failed else "previous")
        else:
            self._enqueue(row)

    async def stop(self, row: TurnRow) -> None:
        """Stop a turn; returns when its end is stored. One that has ended stays as it is."""
        if row.id in self._running:
            turn, task = self._running[row.id]
            turn.stop(Ending.stopped())
            await asyncio.wait([task])
        elif (live := self._live.get(row.id)) is not None:
            self._queue = deque(waiting for waiting in self._queue if waiting.id != row.id)
            turn = Turn(row, live, self._parts)
            turn.stop(Ending.stopped())
            await self._launch(turn)

    def _enqueue(self, row: TurnRow) -> None:
        live = self._live[row.id]
        if not self.has_room:
            row.state = "waiting"
            self._tell_wait(row, live, "busy")
            self._queue.append(row)
        elif not self.closing:
            self._launch(Turn(row, live, self._parts))

    def _launch(self, turn: Turn) -> asyncio.Task[None]:
        task = background(self._run(turn))
        self._running[turn.row.id] = (turn, task)
        return task

    async def _run(self, turn: Turn) -> None:
        """Run a turn to its end and tell everybody; one that cannot be stored is kept for later."""
        stored = None
        try:
            await self._mark_running(turn.row)
            stored = await turn.run()
        finally:
            del self._running[turn.row.id]
            del self._live[turn.row.id]
            if stored is None:
                problem = Refusal("storage").problem(turn.live.language)
                turn.live.emit(TurnFailed, problem=problem, message=None)
                self._unstored.append(turn)
            turn.live.end()
            if self._queue and self.has_room and not self.closing:
                self._enqueue(self._queue.popleft())
        self._tell_stored(stored, turn.live.language)
        self._go_on(stored)

    async def _store_late(self) -> None:
        """Store the ends that the database did not take when they came."""
        waiting, self._unstored = self._unstored, []
        for turn in waiting:
            try:
                stored = await turn.store()
            except DatabaseError:
                log.exception("end of a turn not stored", extra={"turn": str(turn.row.id)})
                self._unstored.append(turn)
            else:
                self._tell_stored(stored, turn.live.language)
                self._go_on(stored)

    async def _mark_running(self, row: TurnRow) -> None:
        """Store that a turn runs here; one that began when it was accepted is stored so already."""
        if row.state == "running":
            return
        row.state, row.reason, row.owner = "running", None, self.owner
        row.lease_until = self.lease_until()
        await self._parts.database.write(
            lambda: store.save(row, ["state", "reason", "owner", "lease_until"])
        )
        self._parts.tell(row.user_id, TurnChanged(op="put", id=row.id, row=turn_of(row)))

    def lease_until(self) -> datetime:
        """Return the moment to which a turn that begins now is this process's."""
        return self._parts.clock() + timedelta(seconds=self._parts.settings.lease_seconds)

    def _go_on(self, stored: Stored) -> None:
        """Start what waited for this answer, or say that it now waits for the person."""
        for row in stored.ready:
            if row.id in self._live and row.id not in self._running:  # else it is being stopped
                self._enqueue(row)
        for row in stored.held_back:
            if (live := self._live.get(row.id)) is not None:
                self._tell_wait(row, live, "previous_failed")

    async def _recover(self, row: TurnRow) -> None:
        """Close a turn that a crash cut off, from its journal; what it held is settled with it."""

        async def unit() -> Stored:
            journal = rebuild(await store.journal(row.id))
            answer = Answer()
            answer.blocks = journal.blocks
            answer.requests = [Request.from_stored(request) for request in journal.requests]
            return await store_ending(
                row,
                None,
                answer,
                Ending.interrupted(),
                now=self._parts.clock(),
                settle=partial(self._settle_lost, row.id, journal.cost_nano_eur),
            )

        await self._parts.database.write(unit, self._lost_settled)
        log.warning("turn recovered", extra={"turn": str(row.id)})

    async def _settle_lost(self, turn: UUID, cost_nano_eur: int | None) -> Paid:
        return Paid.after(cost_nano_eur, await self._parts.budget.settle_lost(turn))

    def _lost_settled(self, stored: Stored) -> None:
        for settled in stored.paid.settled:
            self._parts.budget.committed(settled)

    async def _keep_leases(self) -> None:
        """Say regularly that this process still runs its turns, and store what is left to store."""
        seconds = self._parts.settings.lease_seconds
        while True:
            await asyncio.sleep(seconds / 3)
            await self._store_late()
            if self._running:
                await self._renew_leases()

    async def _renew_leases(self) -> None:
        until = self.lease_until()
        try:
            await self._parts.database.write(partial(store.renew_leases, self.owner, until))
        except DatabaseError:
            log.exception("leases not renewed")

    def _tell_wait(self, row: TurnRow, live: LiveTurn, reason: WaitReason) -> None:
        row.reason = reason
        live.emit(TurnWaiting, reason=reason)
        self._parts.tell(row.user_id, TurnChanged(op="put", id=row.id, row=turn_of(row)))

    def _tell_stored(self, stored: Stored, language: str) -> None:
        """Tell every device of the person what the end of a turn has changed."""
        user, tell = stored.turn.user_id, self._parts.tell
        for message in (stored.message, *stored.moved):
            shown = message_of(message, language)
            tell(user, MessageChanged(op="put", id=message.id, row=shown))
        turn = stored.turn
        tell(user, TurnChanged(op="put", id=turn.id, row=turn_of(turn)))
        if stored.conversation.deleted_at is None:
            row = conversation_of(
                stored.conversation, running=self.is_running(stored.conversation.id)
            )
            tell(user, ConversationChanged(op="put", id=row.id, row=row))
