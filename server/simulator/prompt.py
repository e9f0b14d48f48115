"""The prompt in the order the API reads it: tools, system, messages; block by block, in tokens.

Every count is the simulator's own estimate. A picture is 1,600 tokens; a PDF 1,500 per 40 KB begun;
tools add a preamble of 300; a message adds 4, the prompt 3.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from math import ceil
from typing import Any

from server.simulator.ask import Ask, Json
from server.simulator.conversation import check_breakpoints
from server.simulator.errors import invalid
from server.simulator.tokens import count

_PROMPT, _MESSAGE, _TOOLS, _IMAGE, _PAGE, _CALL = 3, 4, 300, 1_600, 1_500, 8
_PAGE_CHARACTERS = 40_000


@dataclass(frozen=True)
class Segment:
    """A block of the prompt: its bytes for the cache's key, its tokens, its breakpoint if any."""

    material: bytes
    tokens: int
    cache_control: Json | None


def segments(ask: Ask) -> list[Segment]:
    """The prompt's blocks in order; `ApiError` 400 for a prompt that is too long."""
    found = list(_walk(ask))
    if ask.cache_control is not None:
        last = found[-1]
        found[-1] = Segment(last.material, last.tokens, last.cache_control or ask.cache_control)
    check_breakpoints([s.cache_control for s in found if s.cache_control is not None])
    total = sum(segment.tokens for segment in found)
    if total > ask.model.max_input_tokens:
        raise invalid(f"prompt is too long: {total} tokens > {ask.model.max_input_tokens} maximum")
    return found


def _walk(ask: Ask) -> Iterator[Segment]:
    extra = _PROMPT + (_TOOLS if ask.tools else 0)
    for tool in ask.tools:
        yield _segment("tool", tool, count(_canonical(tool)) + extra)
        extra = 0
    for block in ask.system:
        yield _segment("system", block, _block_tokens(block) + extra)
        extra = 0
    for turn in ask.turns:
        extra += _MESSAGE
        for block in turn.blocks:
            yield _segment(turn.role, block, _block_tokens(block) + extra)
            extra = 0


def _segment(place: str, block: Json, tokens: int) -> Segment:
    bare = {key: value for key, value in block.items() if key != "cache_control"}
    material = f"{place}:{_canonical(bare)}".encode()
    return Segment(material, tokens, block.get("cache_control"))


def _block_tokens(block: Json) -> int:
    kind = block.get("type")
    if kind in {"text", "thinking"}:
        return count(str(block.get(kind, "")))
    if kind == "tool_use":
        return count(str(block.get("name"))) + count(_canonical(block.get("input"))) + _CALL
    if kind == "tool_result":
        return _content_tokens(block.get("content")) + _CALL
    if kind == "document":
        return _document_tokens(block.get("source"))
    return _IMAGE if kind == "image" else count(_canonical(block))


def _content_tokens(content: Any) -> int:  # noqa: ANN401 - text, blocks or nothing
    if isinstance(content, list):
        return sum(_block_tokens(block) for block in content if isinstance(block, dict))
    return count(str(content)) if content else 0


def _document_tokens(source: Any) -> int:  # noqa: ANN401 - any JSON
    if not isinstance(source, dict):
        return _PAGE
    data = str(source.get("data", ""))
    if source.get("type") == "text":
        return count(data)
    return _PAGE * max(1, ceil(len(data) / _PAGE_CHARACTERS))


def _canonical(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
