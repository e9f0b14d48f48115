"""An answer on the wire: server-sent events in the API's order, or one JSON message."""

import json
from collections.abc import Iterator
from typing import Any, NamedTuple

from server.simulator.ask import Ask, Json
from server.simulator.cache import InputUsage
from server.simulator.errors import ApiError
from server.simulator.reply import Block, Reply

PING = b'event: ping\ndata: {"type": "ping"}\n\n'

_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
_FIELDS = {"thinking": "thinking", "text": "text", "tool_use": "partial_json"}
_DELTAS = {"thinking": "thinking_delta", "text": "text_delta", "tool_use": "input_json_delta"}


class Frame(NamedTuple):
    """One event, the output tokens it stands for, and whether it is a delta of content."""

    data: bytes
    tokens: int = 0
    is_delta: bool = False
    is_end: bool = False


class Envelope(NamedTuple):
    """What an answer carries beside its content."""

    message_id: str
    ask: Ask
    input_usage: InputUsage


def frames(reply: Reply, envelope: Envelope) -> Iterator[Frame]:
    """The events of a streamed answer, made one at a time as they are sent."""
    start = {**_message(Reply(), envelope), "stop_reason": None}
    start["usage"] = {**_start_usage(envelope), "output_tokens": 1 if reply.blocks else 0}
    yield Frame(event("message_start", {"message": start}))
    for index, block in enumerate(reply.blocks):
        yield Frame(event("content_block_start", {"index": index, "content_block": block.opening}))
        if index == 0:
            yield Frame(PING)
        yield from _deltas(index, block)
        yield Frame(event("content_block_stop", {"index": index}))
    yield Frame(event("message_delta", _message_delta(reply, envelope)), is_end=True)
    yield Frame(event("message_stop", {}), is_end=True)


def whole(reply: Reply, envelope: Envelope) -> bytes:
    """The answer as one JSON message."""
    message = _message(reply, envelope)
    usage = {**_start_usage(envelope), "output_tokens": reply.output_tokens}
    message["usage"] = {**usage, **_details(reply, envelope.ask)}
    return _encode(message).encode()


def billed(envelope: Envelope, output_tokens: int) -> Json:
    """What the request costs in tokens, for the simulator's own count."""
    return {**_start_usage(envelope), "output_tokens": output_tokens}


def event(kind: str, fields: Json) -> bytes:
    """One server-sent event, with the spaces the API puts before the last brace."""
    data = _encode({"type": kind, **fields})
    return f"event: {kind}\ndata: {data[:-1]}{' ' * (len(data) % 16)}}}\n\n".encode()


def error_event(error: ApiError, request_id: str) -> bytes:
    """The event that ends a stream that failed."""
    fields = {"details": None, "type": error.type, "message": error.message}
    data = _encode({"type": "error", "error": fields, "request_id": request_id})
    return f"event: error\ndata: {data}\n\n".encode()


def _deltas(index: int, block: Block) -> Iterator[Frame]:
    hidden = block.hidden_tokens
    head = (
        f'event: content_block_delta\ndata: {{"type":"content_block_delta","index":{index},'
        f'"delta":{{"type":"{_DELTAS[block.kind]}","{_FIELDS[block.kind]}":'
    )
    if block.kind == "tool_use":
        yield Frame(f'{head}""}}}}\n\n'.encode(), hidden, is_delta=True)
        hidden = 0
    for text, tokens in block.deltas():
        pad = " " * (len(text) % 16)
        yield Frame(f"{head}{_encode(text)}}}{pad}}}\n\n".encode(), tokens, is_delta=True)
    if block.signature:
        delta = {"type": "signature_delta", "signature": block.signature}
        data = event("content_block_delta", {"index": index, "delta": delta})
        yield Frame(data, hidden, is_delta=True)


def _message(reply: Reply, envelope: Envelope) -> dict[str, Any]:
    return {
        "model": envelope.ask.model.id,
        "id": envelope.message_id,
        "type": "message",
        "role": "assistant",
        "content": [block.whole() for block in reply.blocks],
        "container": None,
        "stop_reason": reply.stop_reason,
        "stop_sequence": reply.stop_sequence,
        "stop_details": reply.stop_details,
        "usage": {},
        "diagnostics": None,
    }


def _start_usage(envelope: Envelope) -> Json:
    """The only place that tells cache writes of 5 minutes from those of 1 hour."""
    ask, used = envelope.ask, envelope.input_usage
    usage = {
        **_input_usage(used),
        "cache_creation": {
            "ephemeral_5m_input_tokens": used.cache_write_5m,
            "ephemeral_1h_input_tokens": used.cache_write_1h,
        },
        "output_tokens": 0,
        "service_tier": "standard",
        "inference_geo": (ask.inference_geo or "global")
        if ask.model.geography
        else "not_available",
    }
    return {**usage, "speed": ask.speed} if ask.speed else usage


def _input_usage(used: InputUsage) -> Json:
    return {
        "input_tokens": used.input_tokens,
        "cache_creation_input_tokens": used.cache_write_5m + used.cache_write_1h,
        "cache_read_input_tokens": used.cache_read,
    }


def _details(reply: Reply, ask: Ask) -> Json:
    if not ask.model.thinking_details:
        return {}
    return {"output_tokens_details": {"thinking_tokens": reply.thinking_tokens}}


def _message_delta(reply: Reply, envelope: Envelope) -> Json:
    return {
        "delta": {
            "stop_reason": reply.stop_reason,
            "stop_sequence": reply.stop_sequence,
            "stop_details": reply.stop_details,
            "container": None,
        },
        "usage": {
            **_input_usage(envelope.input_usage),
            "output_tokens": reply.output_tokens,
            **_details(reply, envelope.ask),
        },
    }
