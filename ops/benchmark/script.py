"""An answer as the benchmark asks for it: how many deltas, how long each, at what pace.

The question carries it as JSON, so that the upstream can be told the same way directly and through
the app. The bytes of the answer have the shape of the real API's.
"""

import json
import re
from dataclasses import asdict, dataclass
from functools import lru_cache
from itertools import islice
from typing import Any, Final, Self

STAMP: Final = re.compile(rb"@(\d{9,20})@")
"""The moment a delta was sent, as its text carries it (nanoseconds of the monotonic clock)."""

DELTA_CHARS: Final = 20
_WORDS: Final = ("a delta of text, ", "and another, ", "then a few words more ", "and so on; ")


@dataclass(frozen=True, slots=True)
class Script:
    """`every_ms` 0 is full speed: numbered deltas. At a pace each delta carries its stamp."""

    deltas: int
    first_ms: int = 0
    every_ms: int = 0

    def question(self) -> str:
        """Say it as the text of a question."""
        return json.dumps(asdict(self))

    @classmethod
    def from_question(cls, text: str) -> Self:
        """Read it back; raises ValueError or TypeError on any other text."""
        return cls(**json.loads(text))

    @property
    def text(self) -> str:
        """The whole text of an answer at full speed."""
        return "".join(islice(_numbered(), self.deltas))


def _numbered() -> Any:  # noqa: ANN401 - an endless iterator of texts
    number = 0
    while True:
        yield f"{number:06d} {_WORDS[number % len(_WORDS)]}"
        number += 1


def stamped(now_ns: int) -> str:
    """The text of a delta that says when it was sent."""
    return f"@{now_ns}@".ljust(DELTA_CHARS)


def delta(text: str) -> bytes:
    """One delta as the API frames it, padding included."""
    fields = {"type": "text_delta", "text": text}
    return event("content_block_delta", index=0, delta=fields)


def event(kind: str, **fields: object) -> bytes:
    """One event as the API frames it."""
    data = json.dumps({"type": kind, **fields}, separators=(",", ":"))
    return f"event: {kind}\ndata: {data}     \n\n".encode()


def opening() -> bytes:
    """What comes before the first delta."""
    usage = {"input_tokens": 25, "output_tokens": 1, "service_tier": "standard"}
    message: dict[str, object] = {
        "model": "claude-sonnet-5-5",
        "id": "msg_bench",
        "type": "message",
        "role": "assistant",
        "content": [],
        "stop_reason": None,
        "stop_sequence": None,
        "usage": usage,
    }
    block = {"type": "text", "text": ""}
    return (
        event("message_start", message=message)
        + event("content_block_start", index=0, content_block=block)
        + event("ping")
    )


def closing(deltas: int) -> bytes:
    """What comes after the last delta."""
    ending = {"stop_reason": "end_turn", "stop_sequence": None}
    return (
        event("content_block_stop", index=0)
        + event("message_delta", delta=ending, usage={"output_tokens": deltas})
        + event("message_stop")
    )


@lru_cache(maxsize=4)
def at_full_speed(deltas: int) -> tuple[bytes, ...]:
    """The whole answer at full speed, in pieces to write: each delta a chunk, as the API does."""
    parts = [opening(), *map(delta, islice(_numbered(), deltas)), closing(deltas)]
    return tuple(map(chunk, parts))


def chunk(data: bytes) -> bytes:
    """A piece of a body in HTTP's chunked encoding."""
    return f"{len(data):x}\r\n".encode() + data + b"\r\n"
