"""The events of the Messages API, written by hand."""

from typing import Any

Event = dict[str, Any]


def start(model: str = "claude-x", **usage: object) -> Event:
    """The beginning of a message."""
    message = {"id": "msg_1", "model": model, "content": [], "usage": usage}
    return {"type": "message_start", "message": message}


def begin(index: int, block: dict[str, Any] | None = None) -> Event:
    """The beginning of a block; text if nothing else is said."""
    content = {"type": "text", "text": ""} if block is None else block
    return {"type": "content_block_start", "index": index, "content_block": content}


def delta(index: int, kind: str, **fields: object) -> Event:
    """A piece of a block."""
    delta = {"type": f"{kind}_delta", **fields}
    return {"type": "content_block_delta", "index": index, "delta": delta}


def text(index: int, piece: str) -> Event:
    """More text."""
    return delta(index, "text", text=piece)


def json(index: int, piece: str) -> Event:
    """More of a call's input."""
    return delta(index, "input_json", partial_json=piece)


def end(index: int) -> Event:
    """The end of a block."""
    return {"type": "content_block_stop", "index": index}


def finish(reason: str | None = "end_turn", **usage: object) -> Event:
    """The end of what the message says of itself."""
    return {"type": "message_delta", "delta": {"stop_reason": reason}, "usage": usage}


STOP: Event = {"type": "message_stop"}
THINKING: Event = {"type": "thinking", "thinking": "", "signature": ""}
CALL: Event = {"type": "tool_use", "id": "toolu_1", "name": "look", "input": {}}
