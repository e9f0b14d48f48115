"""What is known of a prompt's size: what the provider counted when it was last sent.

Nothing here may count too little. What was sent and answered once takes no more tokens when it is
sent back, as long as it is words and thinking: of all else the answer's own count is no measure.
"""

from collections.abc import Sequence
from itertools import takewhile
from typing import Any, Final, NamedTuple

from .history import api_messages
from .store import Said

Message = dict[str, Any]

AS_COUNTED: Final = ("text", "thinking", "redacted_thinking")
"""Blocks that go back as they were written."""

COUNTS: Final = ("input_tokens", "output_tokens")
CACHED: Final = ("cache_read_input_tokens", "cache_creation_input_tokens")
"""Parts of the prompt that `input_tokens` leaves out; null where nothing is cached."""


class Known(NamedTuple):
    """The first `messages` of a request take at most so many tokens."""

    tokens: int
    messages: int


NOTHING: Final = Known(0, 0)


def known_of_path(path: Sequence[Said], model: str, *, simulated: bool) -> Known:
    """Return what the newest answer on a path tells of a request that asks `model` now."""
    whole = api_messages([(said.role, said.blocks) for said in path])
    for at in range(len(path) - 1, -1, -1):
        said = path[at]
        if said.role != "assistant" or said.state != "complete" or said.simulated != simulated:
            continue
        tokens = _tokens(said.requests, said.blocks, model)
        if tokens:
            before = api_messages([(said.role, said.blocks) for said in path[: at + 1]])
            # Two questions with nothing between them are one message: it is not known as a whole.
            same = takewhile(lambda pair: pair[0] == pair[1], zip(before, whole, strict=False))
            return Known(tokens, sum(1 for _ in same))
    return NOTHING


def known_of_pause(
    requests: Sequence[dict[str, Any]], messages: Sequence[Message], model: str, before: Known
) -> Known:
    """Return what the requests of a turn so far tell of its next one, whose messages these are.

    They end with what was said before the pause. `before` is what was known until then.
    """
    tokens = _tokens(requests, messages[-1]["content"], model)
    return Known(tokens, len(messages)) if tokens else before


def _tokens(requests: Sequence[dict[str, Any]], blocks: list[Message], model: str) -> int:
    """Return what the last request's prompt and answer took; 0 where that is not certain."""
    if not requests or any(block.get("type") not in AS_COUNTED for block in blocks):
        return 0
    last = requests[-1]
    usage = last["usage"]
    if last["model"] != model or last["stop_reason"] is None or usage.get("iterations"):
        return 0
    counts = [usage.get(name) for name in COUNTS] + [usage.get(name) or 0 for name in CACHED]
    if not all(isinstance(count, int) for count in counts):
        return 0
    return sum(counts)
