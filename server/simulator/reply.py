"""An answer before it is sent: its blocks cut into the deltas the client will see."""

import json
from base64 import b64encode
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from hashlib import blake2b
from typing import NamedTuple

from server.simulator.ask import Json
from server.simulator.tokens import split

_LARGEST_DELTA_TOKENS = 7


class Delta(NamedTuple):
    """A piece of a block and how many tokens it is."""

    text: str
    tokens: int


@dataclass(frozen=True)
class Block:
    """A `thinking`, `text` or `tool_use` block.

    `hidden_tokens` are billed without being shown: thinking whose text is omitted, the wrapping of
    a tool call. `opening` is what `content_block_start` carries.
    """

    kind: str
    opening: Json
    tokens: list[str]
    hidden_tokens: int = 0
    signature: str = ""

    @property
    def billed_tokens(self) -> int:
        """All its output tokens."""
        return self.hidden_tokens + len(self.tokens)

    def whole(self) -> Json:
        """The block as an answer without streaming carries it."""
        text = "".join(self.tokens)
        if self.kind == "thinking":
            return {"type": "thinking", "thinking": text, "signature": self.signature}
        if self.kind == "tool_use":
            return {**self.opening, "input": _partial_object(text)}
        return {"type": "text", "text": text}

    def deltas(self) -> Iterator[Delta]:
        """The text a few words at a time, in sizes that its own bytes decide."""
        sizes = blake2b("".join(self.tokens[:50]).encode(), digest_size=32).digest()
        at = turn = 0
        while at < len(self.tokens):
            size = 1 + sizes[turn % len(sizes)] % _LARGEST_DELTA_TOKENS
            piece = self.tokens[at : at + size]
            yield Delta("".join(piece), len(piece))
            at += size
            turn += 1


@dataclass(frozen=True)
class Reply:
    """The answer: its blocks, why it stopped, and how many tokens of it were thinking."""

    blocks: list[Block] = field(default_factory=list)
    stop_reason: str = "end_turn"
    stop_sequence: str | None = None
    stop_details: Json | None = None

    @property
    def output_tokens(self) -> int:
        """What is billed for the whole answer."""
        return sum(block.billed_tokens for block in self.blocks)

    @property
    def thinking_tokens(self) -> int:
        """The part of it that was thinking."""
        return sum(block.billed_tokens for block in self.blocks if block.kind == "thinking")


def text_block(text: str) -> Block:
    """A block of prose."""
    return Block("text", {"type": "text", "text": ""}, split(text))


def thinking_block(text: str, *, shown: bool) -> Block:
    """A block of thinking, with its text or with its signature alone."""
    pieces = split(text)
    return Block(
        "thinking",
        {"type": "thinking", "thinking": "", "signature": ""},
        pieces if shown else [],
        0 if shown else len(pieces),
        _signature(text),
    )


def tool_block(call_id: str, name: str, arguments: Json) -> Block:
    """A tool call; its arguments are streamed as JSON."""
    opening = {
        "type": "tool_use",
        "id": call_id,
        "name": name,
        "input": {},
        "caller": {"type": "direct"},
    }
    written = json.dumps(arguments, ensure_ascii=False) if arguments else ""
    return Block("tool_use", opening, split(written), 16 + len(split(name)))


def cut_at_tokens(reply: Reply, limit: int) -> Reply:
    """The reply within `limit` output tokens; if that cut it, it stopped for `max_tokens`."""
    kept: list[Block] = []
    for block in reply.blocks:
        if block.billed_tokens <= limit:
            kept.append(block)
            limit -= block.billed_tokens
            continue
        if limit > block.hidden_tokens:
            kept.append(replace(block, tokens=block.tokens[: limit - block.hidden_tokens]))
        elif block.kind == "thinking":
            kept.append(replace(block, hidden_tokens=limit))
        return Reply(kept, "max_tokens")
    return reply


def cut_at_deltas(reply: Reply, limit: int) -> Reply:
    """The first `limit` deltas of the reply."""
    kept: list[Block] = []
    for block in reply.blocks:
        sizes = [delta.tokens for delta in block.deltas()][:limit]
        limit -= len(sizes)
        if sizes:
            kept.append(replace(block, tokens=block.tokens[: sum(sizes)]))
    return replace(reply, blocks=kept)


def cut_at_sequence(reply: Reply, sequences: list[str]) -> Reply:
    """The reply up to the first of the stop sequences in its text."""
    for at, block in enumerate(reply.blocks):
        text = "".join(block.tokens)
        found = [(text.find(s), s) for s in sequences if s and s in text]
        if block.kind == "text" and found:
            position, sequence = min(found)
            kept = [*reply.blocks[:at], text_block(text[:position])]
            return Reply(kept, "stop_sequence", sequence)
    return reply


def _signature(text: str) -> str:
    """Opaque to the client, as the real one is; the same thinking has the same."""
    return b64encode(blake2b(text.encode(), digest_size=60).digest()).decode()


def _partial_object(text: str) -> Json:
    """The arguments; nothing where `max_tokens` cut them short."""
    try:
        value = json.loads(text or "{}")
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}
