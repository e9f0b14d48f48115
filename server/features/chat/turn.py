"""A turn: one question and all that Claude does to answer it, told in order.

The server owns it, as a task; connections only watch. Whatever happens, it ends with a stored
answer: whole, or as much of it as arrived with the reason why there is no more.
"""

import asyncio
import json
import logging
from datetime import datetime
from typing import Any

from schema.tables.chat import TurnRow
from schema.wire.chat import TurnState, WaitReason
from schema.wire.events import TurnFailed, TurnFinished, TurnStarted, TurnWaiting
from schema.wire.frames import TurnChanged
from server.core.problems import Refusal
from server.core.upstream import UpstreamRefusal
from server.features.budget.hold import HoldAsk
from server.store import StorageErrors

from . import store
from .account import Account
from .answer import Answer
from .ending import Ending, Paid, Stored, store_ending
from .history import api_messages
from .known import NOTHING, known_of_path, known_of_pause
from .live import LiveTurn
from .ports import TurnParts
from .show import Show
from .texts import plain_text
from .wire import message_of, turn_of

log = logging.getLogger(__name__)

MAX_REQUESTS = 25
"""Requests to Claude in one turn, continuations of a pause included."""


class Turn:
    """One run of a turn. `run` raises only where the database fails; then `store` is left to do."""

    def __init__(self, row: TurnRow, live: LiveTurn, parts: TurnParts) -> None:
        self.row = row
        self.live = live
        self._parts = parts
        self._answer = Answer()
        self._known = NOTHING
        self._question = ""
        self._account = Account(parts.budget, self._answer)
        self._show = Show(live, self._answer, self._account.running_cost)
        self._asking: asyncio.Task[Any] | None = None
        self._stopped: Ending | None = None
        self._ending = Ending.failed(Refusal("storage"))

    def stop(self, ending: Ending) -> None:
        """Ask no more; what has arrived is kept. A turn that is about to end anyway ends so."""
        if self._stopped is None:
            self._stopped = ending
            if self._asking is not None:
                self._asking.cancel()

    async def run(self) -> Stored:
        """Ask Claude, show what comes, store the answer, and return what was stored."""
        self._ending = await self._ask_until_it_ends()
        self._answer.close()
        stored = await self.store()
        self._tell_end(self._ending, stored)
        return stored

    async def store(self) -> Stored:
        """Store how the turn ended; can be tried again where the database failed."""
        return await self._parts.database.write(
            lambda: store_ending(
                self.row,
                self.live,
                self._answer,
                self._ending,
                now=self._parts.clock(),
                settle=self._account.settle,
            ),
            lambda stored: self._account.settled(stored.paid),
        )

    def _why_failed(self, error: Exception) -> Refusal:
        if isinstance(error, StorageErrors):
            return Refusal("storage")
        return Refusal("internal", request_id=str(self.row.id))

    async def _ask_until_it_ends(self) -> Ending:
        """The part that can be stopped: everything up to the last word of the answer."""
        self._asking = asyncio.current_task()
        try:
            return self._stopped or await self._converse()
        except Refusal as refusal:
            return Ending.failed(refusal)
        except asyncio.CancelledError:
            if self._stopped is None or self._asking is None:
                raise
            self._asking.uncancel()
            return self._stopped
        except Exception as error:  # without an end, all that waits for this turn would wait on
            log.exception("turn failed", extra={"turn": str(self.row.id)})
            return Ending.failed(self._why_failed(error))
        finally:
            self._asking = None

    async def _converse(self) -> Ending:
        """Hold, stream and go on after each pause, until Claude has said its last."""
        wanted = await self._first_request()
        history = wanted["messages"]
        for number in range(MAX_REQUESTS):
            request = {**wanted, "max_tokens": await self._take_hold(wanted)}
            if number == 0:
                self._tell_started(request["model"])
            await self._stream(request)
            if self._answer.stop_reason is None:
                raise Refusal("upstream_cut")
            if self._answer.stop_reason != "pause_turn":
                break
            await self._parts.database.write(self._settle_pause, self._account.settled)
            said = {"role": "assistant", "content": list(self._answer.blocks)}
            wanted["messages"] = [*history, said]
            self._know_more(wanted)
        return Ending("finished", "complete", stop_reason=self._answer.stop_reason)

    async def _first_request(self) -> dict[str, Any]:
        """Build the request from the question and what came before it in the tree."""
        settings = self._parts.settings
        path = await store.path_to(self.row.message_id)
        model = self.row.options.get("model") or settings.model
        self._known = known_of_path(path, model, simulated=self.row.simulated)
        self._question = plain_text(path[-1].blocks)
        return {
            "model": model,
            "max_tokens": self.row.options.get("max_tokens") or settings.max_tokens,
            "messages": api_messages([(said.role, said.blocks) for said in path]),
        }

    def _know_more(self, wanted: dict[str, Any]) -> None:
        """What was asked and said before a pause has been counted by now."""
        requests = [request.stored() for request in self._answer.requests]
        self._known = known_of_pause(requests, wanted["messages"], wanted["model"], self._known)

    async def _take_hold(self, wanted: dict[str, Any]) -> int:
        """Return the most tokens this request may produce, once the budget has granted them."""
        ask = HoldAsk(
            turn=self.row.id,
            user=self.row.user_id,
            conversation=self.row.conversation_id,
            request=wanted,
            known_tokens=self._known.tokens,
            known_messages=self._known.messages,
            question=self._question,
            wants="max_tokens" in self.row.options,
            simulated=self.row.simulated,
        )
        max_tokens = await self._account.hold(ask, self._wait_for_others)
        if self.row.reason == "budget":
            self._tell_state("running", None)
        return max_tokens

    def _wait_for_others(self, until: datetime) -> None:
        """Only what others hold stands in the way: say so, here and in the lists."""
        if self._asking is None:  # stopped in the same instant
            return
        self.live.emit(TurnWaiting, reason="budget", until=until)
        self._tell_state("waiting", "budget")

    def _tell_state(self, state: TurnState, reason: WaitReason | None) -> None:
        """In the database it runs all the while: after a crash nothing waits any more."""
        self.row.state, self.row.reason = state, reason
        row = turn_of(self.row)
        self._parts.tell(self.row.user_id, TurnChanged(op="put", id=self.row.id, row=row))

    async def _settle_pause(self) -> Paid:
        """Settle a request that is not the last; after a crash the journal knows what it cost."""
        paid = await self._account.settle()
        cost = ["cost", paid.cost_nano_eur]
        await store.add_journal(self.row.id, self.live.last_seq, json.dumps([cost]))
        return paid

    def _tell_started(self, model: str) -> None:
        self.live.emit(
            TurnStarted,
            conversation=self.row.conversation_id,
            message=self.row.message_id,
            answer=self.row.answer_id,
            model=model,
        )

    def _tell_end(self, ending: Ending, stored: Stored) -> None:
        shown = message_of(stored.message, self.live.language)
        if ending.refusal is None:
            self.live.emit(
                TurnFinished,
                stop_reason=ending.stop_reason or "end_turn",
                message=shown,
                usage=shown.usage,
                cost_nano_eur=shown.cost_nano_eur,
                budget=self._account.gauge,
            )
        else:
            problem = ending.refusal.problem(self.live.language)
            self.live.emit(TurnFailed, problem=problem, message=shown)

    async def _stream(self, request: dict[str, Any]) -> None:
        """Show an answer as it comes, and note how it ended, however it does."""
        try:
            await self._show_all(request)
        except asyncio.CancelledError:
            self._account.part("stopped")
            raise
        except UpstreamRefusal as refusal:
            self._account.part(refusal.billing)
            raise
        finally:
            self._show.words()

    async def _show_all(self, request: dict[str, Any]) -> None:
        """Show what comes. The portions are those in which the network brought it."""
        async with self._parts.claude.stream(request, self._account.leave) as portions:
            async for events in portions:
                for step in self._answer.take(events):
                    self._show.soon(step)
