"""What a watcher sees of an answer as it comes, and what the journal keeps of it."""

import asyncio
from collections.abc import Callable
from typing import Any

from schema.wire.events import (
    Citation,
    TextDelta,
    ThinkingDelta,
    ToolCall,
    ToolResult,
    UsageUpdate,
)

from .answer import Answer, Step, merged
from .live import LiveTurn
from .wire import unsealed


class Show:
    """Tells the steps of one answer, in order; `running_cost` says what it has cost so far."""

    def __init__(
        self, live: LiveTurn, answer: Answer, running_cost: Callable[[], int | None]
    ) -> None:
        self._live = live
        self._answer = answer
        self._running_cost = running_cost
        self._words: list[Step] = []

    def soon(self, step: Step) -> None:
        """Show words together with those that have arrived already; all else at once, in order.

        The API sends each delta as a chunk of its own, so each is a portion of its own. Those that
        are there already are read without a pause in between, and go as one event once there is
        one; a delta that comes alone goes alone.
        """
        if step.kind not in ("text", "thinking"):
            self.words()
            self._show(step)
            return
        if not self._words:
            asyncio.get_running_loop().call_soon(self.words)
        self._words.append(step)

    def words(self) -> None:
        """Show the words that still wait for others."""
        words, self._words = self._words, []
        for step in merged(words):
            self._show(step)

    def _show(self, step: Step) -> None:
        """Tell one step to the watchers and the journal."""
        emit = self._live.emit
        record = self._live.record
        kind, index, value = step
        match kind:
            case "text":
                emit(TextDelta, index=index, text=value)
                record([kind, index, value])
            case "thinking":
                emit(ThinkingDelta, index=index, text=value)
                record([kind, index, value])
            case "usage":
                emit(UsageUpdate, **value, cost_nano_eur=self._running_cost())
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
