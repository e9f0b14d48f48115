"""Building one answer from the events of the Messages API.

The blocks are kept as the API sent them. What a watcher is shown comes out beside them, as small
steps: adjacent deltas of one block that arrived together are merged into one.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import groupby
from operator import itemgetter
from typing import Any, Literal, NamedTuple, Self

from pydantic_core import from_json

from server.core.problems import Refusal

Kind = Literal["text", "thinking", "call", "result", "citation", "usage", "block"]

_DELTA_FIELDS: dict[str, tuple[str, str, Kind | None]] = {
    "text_delta": ("text", "text", "text"),
    "thinking_delta": ("thinking", "thinking", "thinking"),
    "signature_delta": ("signature", "signature", None),
    "compaction_delta": ("content", "content", None),
}
"""Delta type → its field, the block's field it adds to, and as what it is shown."""


STREAMED = ("text", "tool_use")
"""Kinds of blocks whose every token comes as text that is streamed. Of thinking a summary is shown
at most; what the provider's own tools read and write, and what is newer, is not shown at all."""


class Step(NamedTuple):
    """One thing to tell: more text or thinking, a call, a result, a citation, the usage.

    `at` is the index of its block in the turn. `block` is a block that is whole and that its text
    alone would not give back.
    """

    kind: Kind
    at: int
    value: Any


@dataclass
class Request:
    """What one request of the turn brought: its whole usage object and how it ended."""

    model: str
    message_id: str
    usage: dict[str, Any]
    stop_reason: str | None = None
    details: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def from_stored(cls, stored: dict[str, Any]) -> Self:
        """Make it again from what `stored` returned."""
        return cls(
            stored["model"],
            stored["message_id"],
            stored["usage"],
            stored["stop_reason"],
            stored.get("details", {}),
        )

    def stored(self) -> dict[str, Any]:
        """Return it as it lies in the database."""
        return {
            "model": self.model,
            "message_id": self.message_id,
            "stop_reason": self.stop_reason,
            "usage": self.usage,
            **({"details": self.details} if self.details else {}),
        }


class Answer:
    """The blocks and the requests of a turn so far.

    Block indexes go on from one request of the turn to the next.
    """

    def __init__(self) -> None:
        self.blocks: list[dict[str, Any]] = []
        self.requests: list[Request] = []
        self.produced_bytes = 0
        self._newest_at = 0
        self._whole = False
        self._hidden = False
        self._writes = ""
        self._first = 0
        self._started = False
        self._open: int | None = None
        self._pieces: dict[int, dict[str, list[str]]] = {}
        self._pieces_input: list[str] = []

    @property
    def stop_reason(self) -> str | None:
        """How the newest request ended; None while it runs, or if it was cut."""
        return self.requests[-1].stop_reason if self.requests else None

    @property
    def model(self) -> str | None:
        """The model that really answered, as the newest request says."""
        return self.requests[-1].model if self.requests else None

    @property
    def newest(self) -> Request | None:
        """What the newest request has brought; None before the first word of it."""
        requests = self.requests[self._newest_at :]
        return requests[-1] if requests else None

    @property
    def whole(self) -> bool:
        """Whether Claude has said how the newest request ended, with its whole usage."""
        # Where a second message came in the same stream, no usage is that of both.
        return self._whole and len(self.requests) == self._newest_at + 1

    @property
    def unseen(self) -> bool:
        """Whether the newest request has produced something that `produced_bytes` cannot count."""
        return self._hidden or self._writes == "tool_use"  # which is sent in whole pieces

    def usage(self) -> dict[str, int]:
        """Return the API's top-level counts, summed over the requests."""
        names = {
            "input_tokens": "input_tokens",
            "output_tokens": "output_tokens",
            "cache_read_tokens": "cache_read_input_tokens",
            "cache_write_tokens": "cache_creation_input_tokens",
        }
        return {
            ours: sum(_count(request.usage.get(theirs)) for request in self.requests)
            for ours, theirs in names.items()
        }

    def begin_request(self) -> None:
        """Say that the following events are those of a new request of the same turn.

        `produced_bytes` counts what is streamed of it: text, thinking, tool input, signatures.
        """
        self._newest_at = len(self.requests)
        self._whole, self._hidden, self._writes, self.produced_bytes = False, False, "", 0
        self._begin_message()

    def _begin_message(self) -> None:
        self._first = len(self.blocks)
        self._started = False

    def take(self, events: list[dict[str, Any]]) -> Iterator[Step]:
        """Apply a portion of events and yield what there is to tell, deltas merged.

        Raises Refusal, at the end, where the events do not follow the API's order or lack what
        every event of their kind has.
        """
        steps: list[Step] = []
        wrong = None
        try:
            for event in events:
                steps += self._apply(event)
        except (AttributeError, LookupError, TypeError, ValueError) as error:
            wrong = error
        yield from merged(steps)
        if wrong is not None:
            raise Refusal("upstream_cut") from wrong

    def close(self) -> None:
        """End an answer that may have been cut: whole text, and no call with half an input."""
        for index in list(self._pieces):
            self._join(index)
        if self._open is not None and str(self.blocks[-1].get("type")).endswith("tool_use"):
            self.blocks.pop()
        self._pieces_input.clear()

    def _apply(self, event: dict[str, Any]) -> list[Step]:
        match event.get("type"):
            case "content_block_delta":
                return self._delta(self._at(event), event["delta"])
            case "content_block_start":
                return self._block_start(self._at(event), event["content_block"])
            case "content_block_stop":
                return self._block_stop(self._at(event))
            case "message_start":
                return self._message_start(event["message"])
            case "message_delta":
                return self._message_delta(event)
            case "message_stop":
                self._begin_message()  # should another one follow in the same stream
        return []  # also for a ping, and for what we do not know yet

    def _at(self, event: dict[str, Any]) -> int:
        index = event["index"]
        if not isinstance(index, int) or index < 0:
            raise IndexError(index)
        return self._first + index

    def _message_start(self, message: dict[str, Any]) -> list[Step]:
        if self._started:  # some streams say it twice
            return []
        self._started = True
        self.requests.append(
            Request(
                _text(message["model"]),
                _text(message.get("id", "")),
                dict(message.get("usage") or {}),
                _text_or_none(message.get("stop_reason")),
            )
        )
        steps = [Step("usage", 0, self.usage())]
        # Where running code called a tool, the call stands in the start, which is all there is.
        for index, block in enumerate(message.get("content") or [], self._first):
            steps += [*self._block_start(index, block), *self._block_stop(index)]
        return steps

    def _message_delta(self, event: dict[str, Any]) -> list[Step]:
        request = self.requests[-1]
        delta = event.get("delta") or {}
        request.stop_reason = _text_or_none(delta.get("stop_reason"))
        # Its counts are cumulative and replace those of the start; what it does not name (the
        # 5-minute and 1-hour split of cache writes) stays.
        usage = event.get("usage") or {}
        request.usage.update(usage)
        self._whole = request.stop_reason is not None and "output_tokens" in usage
        extra = {
            **{k: v for k, v in delta.items() if k != "stop_reason" and v is not None},
            **{k: v for k, v in event.items() if k not in ("type", "delta", "usage")},
        }
        request.details.update(extra)
        return [Step("usage", 0, self.usage())]

    def _block_start(self, index: int, block: dict[str, Any]) -> list[Step]:
        if index != len(self.blocks):
            raise IndexError(index)
        block, kind = dict(block), _text(block["type"])
        for name in _named_by(kind):
            _text(block[name])
        if kind in ("text", "thinking"):
            block[kind] = _text(block.get(kind) or "")
            self.produced_bytes += _length(block[kind])
        elif block.get("input"):  # the start had it all
            self.produced_bytes += _length(str(block["input"]))
        self.blocks.append(block)
        self._open, self._writes = index, kind
        self._hidden = self._hidden or kind not in STREAMED
        if kind in ("text", "thinking") and block[kind]:
            return [Step(kind, index, block[kind])]  # type: ignore[arg-type]  # one of the two
        if kind.endswith("_tool_result"):
            return [Step("result", index, block)]
        return []

    def _delta(self, index: int, delta: dict[str, Any]) -> list[Step]:
        kind = delta["type"]
        block = self.blocks[index]
        if kind in _DELTA_FIELDS:
            source, target, shown = _DELTA_FIELDS[kind]
            piece = _text(delta.get(source) or "")
            _text(block.get(target) or "")
            self.produced_bytes += _length(piece)
            self._pieces.setdefault(index, {}).setdefault(target, []).append(piece)
            return [Step(shown, index, piece)] if shown and piece else []
        if kind == "input_json_delta":
            piece = _text(delta["partial_json"])
            self.produced_bytes += _length(piece)
            self._pieces_input.append(piece)
        elif kind == "citations_delta":
            citation = dict(delta["citation"])
            block["citations"] = [*(block.get("citations") or []), citation]
            return [Step("citation", index, citation)]
        return []

    def _block_stop(self, index: int) -> list[Step]:
        self._open, self._writes = None, ""
        self._join(index)
        block = self.blocks[index]
        if self._pieces_input:
            _put_input(block, "".join(self._pieces_input))
            self._pieces_input.clear()
        kind = str(block.get("type"))
        if kind == "text" and "citations" not in block:
            return []
        whole = Step("block", index, block)
        return [Step("call", index, block), whole] if kind.endswith("tool_use") else [whole]

    def _join(self, index: int) -> None:
        block = self.blocks[index]
        for target, pieces in self._pieces.pop(index, {}).items():
            block[target] = (block.get(target) or "") + "".join(pieces)


def merged(steps: list[Step]) -> Iterator[Step]:
    """Join neighbours that add to the same block."""
    for (kind, index), run in groupby(steps, key=itemgetter(0, 1)):
        if kind in ("text", "thinking"):
            yield Step(kind, index, "".join(step.value for step in run))
        else:
            yield from run


def _named_by(kind: str) -> tuple[str, ...]:
    """The fields without which a call or a result could not be sent back to the API."""
    if kind.endswith("tool_use"):
        return ("id", "name")
    return ("tool_use_id",) if kind.endswith("tool_result") else ()


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(type(value))
    return value


def _text_or_none(value: object) -> str | None:
    return None if value is None else _text(value)


def _length(text: str) -> int:
    """The bytes of a text; no text has more tokens than that."""
    return len(text.encode("utf-8", "surrogatepass"))


def _count(value: object) -> int:
    """A number of tokens; what is none counts for nothing."""
    return value if isinstance(value, int) and value > 0 else 0


def _put_input(block: dict[str, Any], text: str) -> None:
    """Set a call's input from its streamed JSON; none streamed means that the start had it all."""
    if text:
        try:
            block["input"] = from_json(text)
        except ValueError:  # cut by max_tokens: kept as it is, for a person to see
            block["input"] = {"partial_json": text}
