"""A turn: one question and all that Claude does to answer it, told in order.

The server owns it, as a task; connections only watch. Whatever happens, it ends with a stored
answer: whole, or as much of it as arrived with the reason why there is no more.
"""

import asyncio
import logging
from typing import Any
from uuid import UUID

from schema.tables.chat import TurnRow
from schema.wire.events import (
    Citation,
    TextDelta,
    ThinkingDelta,
    ToolCall,
    ToolResult,
    TurnFailed,
    TurnFinished,
    TurnStarted,
    TurnWaiting,
    UsageUpdate,
)
from server.core.problems import Refusal
from server.store import StorageErrors

from . import store
from .answer import Answer, Step, merged
from .ending import Ending, StopCause, Stored, store_ending
from .history import api_messages
from server.features.budget.hold import Granted, HoldAsk
from .live import LiveTurn
from .ports import TurnParts
from .wire import message_of, unsealed

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
        self._hold: UUID | None = None
        self._cost_nano_eur: int | None = None
        self._asking: asyncio.Task[Any] | None = None
        self._stop_cause: StopCause | None = None
        self._ending = Ending("failed", "failed", refusal=Refusal("storage"))
        self._words: list[Step] = []

    def stop(self, cause: StopCause) -> None:
        """Ask no more; what has arrived is kept. A turn that is about to end anyway ends so."""
        if self._stop_cause is None:
            self._stop_cause = cause
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
                settle=self._settle,
            ),
            lambda stored: self._settled(stored.message.cost_nano_eur),
        )

    def _why_failed(self, error: Exception) -> Refusal:
        if isinstance(error, StorageErrors):
            return Refusal("storage")
        return Refusal("internal", request_id=str(self.row.id))

    async def _ask_until_it_ends(self) -> Ending:
        """The part that can be stopped: everything up to the last word of the answer."""
        self._asking = asyncio.current_task()
        try:
            if self._stop_cause is not None:
                return Ending.of_stop(self._stop_cause)
            return await self._converse()
        except Refusal as refusal:
            return Ending("failed", "failed", refusal=refusal)
        except asyncio.CancelledError:
            if self._stop_cause is None or self._asking is None:
                raise
            self._asking.uncancel()
            return Ending.of_stop(self._stop_cause)
        except Exception as error:  # without an end, all that waits for this turn would wait on
            log.exception("turn failed", extra={"turn": str(self.row.id)})
            return Ending("failed", "failed", refusal=self._why_failed(error))
        finally:
            self._asking = None

    async def _converse(self) -> Ending:
        """Hold, stream and go on after each pause, until Claude has said its last."""
        request = await self._first_request()
        history = request["messages"]
        for number in range(MAX_REQUESTS):
            request["max_tokens"] = await self._take_hold(request)
            if number == 0:
                self._tell_started(request["model"])
            await self._stream(request)
            if self._answer.stop_reason is None:
                raise Refusal("upstream_cut")
            if self._answer.stop_reason != "pause_turn":
                break
            await self._parts.database.write(self._settle, self._settled)
            said = {"role": "assistant", "content": list(self._answer.blocks)}
            request["messages"] = [*history, said]
        return Ending("finished", "complete", stop_reason=self._answer.stop_reason)

    async def _first_request(self) -> dict[str, Any]:
        """Build the request from the question and what came before it in the tree."""
        settings = self._parts.settings
        path = await store.path_to(self.row.message_id)
        return {
            "model": self.row.options.get("model") or settings.model,
            "max_tokens": self.row.options.get("max_tokens") or settings.max_tokens,
            "messages": api_messages(path),
        }

    async def _take_hold(self, request: dict[str, Any]) -> int:
        """Return the most tokens this request may produce, once the budget has granted them."""
        wanted: int = request["max_tokens"]
        budget = self._parts.budget
        if budget is None:
            return wanted
        ask = HoldAsk(self.row.id, self.row.user_id, request, self.row.simulated)
        while not isinstance(decision := await budget.hold(ask), Granted):
            self.live.emit(TurnWaiting, reason=decision.reason, until=decision.until)
            await asyncio.sleep(decision.retry_seconds)
        self._hold = decision.hold
        return decision.max_tokens

    async def _settle(self) -> int | None:
        """Post the cost of the newest request, in the caller's unit; returns the turn's so far."""
        hold = self._hold
        if self._parts.budget is None or hold is None:
            return self._cost_nano_eur
        request = self._answer.requests[-1] if self._answer.requests else None
        whole = request is not None and request.stop_reason is not None
        usage = request.usage if request is not None else None
        cost = await self._parts.budget.settle(hold, usage, estimated=not whole)
        return (self._cost_nano_eur or 0) + cost

    def _settled(self, cost_nano_eur: int | None) -> None:
        """The unit that posted the cost is committed: nothing is held any more."""
        self._hold, self._cost_nano_eur = None, cost_nano_eur

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
            )
        else:
            problem = ending.refusal.problem(self.live.language)
            self.live.emit(TurnFailed, problem=problem, message=shown)

    async def _stream(self, request: dict[str, Any]) -> None:
        """Show an answer as it comes. The portions are those in which the network brought it."""
        answer = self._answer
        answer.begin_request()
        try:
            async with self._parts.claude.stream(request) as portions:
                async for events in portions:
                    for step in answer.take(events):
                        self._show_soon(step)
        finally:
            self._show_words()

    def _show_soon(self, step: Step) -> None:
        """Show words together with those that have arrived already; all else at once, in order.

        The API sends each delta as a chunk of its own, so each is a portion of its own. Those that
        are there already are read without a pause in between, and go as one event once there is
        one; a delta that comes alone goes alone.
        """
        if step.kind not in ("text", "thinking"):
            self._show_words()
            self._show(step)
            return
        if not self._words:
            asyncio.get_running_loop().call_soon(self._show_words)
        self._words.append(step)

    def _show_words(self) -> None:
        words, self._words = self._words, []
        for step in merged(words):
            self._show(step)

    def _show(self, step: Step) -> None:
        """Tell one step to the watchers and the journal."""
        emit = self.live.emit
        record = self.live.record
        kind, index, value = step
        match kind:
            case "text":
                emit(TextDelta, index=index, text=value)
                record([kind, index, value])
            case "thinking":
                emit(ThinkingDelta, index=index, text=value)
                record([kind, index, value])
            case "usage":
                emit(UsageUpdate, **value)
                record(["requests", [r.stored() for r in self._answer.requests]])
            case "block":
                record([kind, index, value])
            case "citation":
                emit(Citation, index=index, citation=unsealed(value))
            case "call":
                emit(
                    ToolCall,
                    call=value["id"],
                    name=value["name"],
                    server=value.get("server_name"),
                    input=value.get("input"),
                    needs_approval=False,
                )
            case "result":
                emit(
                    ToolResult,
                    call=value["tool_use_id"],
                    is_error=_is_error(value),
                    content=unsealed(value.get("content")),
                )


def _is_error(result: dict[str, Any]) -> bool:
    content = result.get("content")
    kind = content.get("type") if isinstance(content, dict) else ""
    return bool(result.get("is_error")) or str(kind).endswith("_error")
