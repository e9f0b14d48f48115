"""Recorded answers of the Claude API, and a reader of them that knows nothing of the server's.

A folder of them lies beside the checkout, in `../shared/recordings`, or where the environment's
CLAUDE_RASP_RECORDINGS says: stream bodies (`.sse`), JSON bodies (`.json`), and INDEX.tsv, which has
the HTTP status of each.
"""

import csv
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Final

import pytest

Json = dict[str, Any]

FOLDER: Final = Path(
    os.environ.get("CLAUDE_RASP_RECORDINGS") or Path(__file__).parents[3] / "shared" / "recordings"
)
NEEDED: Final = pytest.mark.skipif(
    not (FOLDER / "INDEX.tsv").is_file(),
    reason=f"no recordings in {FOLDER}; CLAUDE_RASP_RECORDINGS names another folder",
)
STATUS_OF_ERROR: Final = {
    "invalid_request_error": 400,
    "authentication_error": 401,
    "not_found_error": 404,
    "rate_limit_error": 429,
    "overloaded_error": 529,
}
PIECE: Final = 7
"""Characters per delta where a whole message is told as a stream."""


def names(pattern: str) -> list[str]:
    """Return the names of the recordings like this, in order."""
    return sorted(file.name for file in FOLDER.glob(pattern))


def content(name: str) -> bytes:
    """Return a recording as it is."""
    return (FOLDER / name).read_bytes()


@cache
def messages() -> dict[str, Json]:
    """Return the recorded messages that are no streams."""
    bodies = {name: json.loads(content(name)) for name in names("*.json")}
    return {name: body for name, body in bodies.items() if body.get("type") == "message"}


@cache
def errors() -> dict[str, tuple[int, Json]]:
    """Return the recorded errors with their HTTP status."""
    return {name: (_status(name), json.loads(content(name))) for name in names("error-*.json")}


def _status(name: str) -> int:
    with (FOLDER / "INDEX.tsv").open(encoding="utf-8", newline="") as lines:
        rows = csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE)
        recorded = {row["file"]: row["status"] for row in rows}
    if recorded.get(name):
        return int(recorded[name])
    return STATUS_OF_ERROR[json.loads(content(name))["error"]["type"]]


@dataclass
class Reading:
    """What a stream says, read to its end: its blocks, and each message's usage and reason.

    `unfinished` says whether the last block broke off, `error` what the stream failed with.
    """

    blocks: list[Json] = field(default_factory=list)
    models: list[str] = field(default_factory=list)
    usages: list[Json] = field(default_factory=list)
    stop_reasons: list[str | None] = field(default_factory=list)
    error: Json | None = None
    unfinished: bool = False
    _first: int = 0
    _under_way: bool = False
    _input: str = ""

    @property
    def stop_reason(self) -> str | None:
        """How the last message ended, if it did."""
        return self.stop_reasons[-1] if self.stop_reasons else None

    @property
    def kept(self) -> list[Json]:
        """The blocks worth keeping: all but a call that broke off."""
        if self.unfinished and self.blocks[-1]["type"].endswith("tool_use"):
            return self.blocks[:-1]
        return self.blocks

    def take(self, event: Json) -> None:
        """Read the next event."""
        match event["type"]:
            case "message_start" if not self._under_way:  # one recording says it twice
                self._begin(event["message"])
            case "message_delta":
                self.stop_reasons[-1] = event["delta"]["stop_reason"]
                self.usages[-1].update(event["usage"])
            case "message_stop":
                self._under_way = False
            case "error":
                self.error = event["error"]
            case "message_start" | "ping":
                pass
            case _:
                self._take_block(event, self._first + event["index"])

    def _begin(self, message: Json) -> None:
        self._under_way = True
        self._first = len(self.blocks)
        self.blocks += message["content"]
        self.models.append(message["model"])
        self.usages.append(dict(message["usage"]))
        self.stop_reasons.append(message["stop_reason"])

    def _take_block(self, event: Json, at: int) -> None:
        match event["type"]:
            case "content_block_start":
                assert at == len(self.blocks)
                self.blocks.append(event["content_block"])
                self.unfinished = True
            case "content_block_delta":
                self._add(event["delta"], self.blocks[at])
            case "content_block_stop":
                if self._input:
                    self.blocks[at]["input"] = json.loads(self._input)
                self.unfinished, self._input = False, ""
            case other:
                raise AssertionError(f"unknown event {other}")

    def _add(self, delta: Json, block: Json) -> None:
        match delta["type"]:
            case "text_delta":
                block["text"] += delta["text"]
            case "thinking_delta":
                block["thinking"] += delta["thinking"]
            case "signature_delta":
                block["signature"] = delta["signature"]
            case "citations_delta":
                block["citations"] = [*(block.get("citations") or []), delta["citation"]]
            case "input_json_delta":
                self._input += delta["partial_json"]
            case "compaction_delta":
                block["content"] = delta["content"]
            case other:
                raise AssertionError(f"unknown delta {other}")


def read(stream: bytes) -> Reading:
    """Read a stream to its end; an incomplete last event does not count."""
    reading = Reading()
    for event in events(stream):
        reading.take(event)
    return reading


def events(stream: bytes) -> Iterator[Json]:
    """Return the data of each complete event."""
    for block in stream.replace(b"\r\n", b"\n").split(b"\n\n")[:-1]:
        for line in block.split(b"\n"):
            if line.startswith(b"data:"):
                yield json.loads(line.removeprefix(b"data:"))


def as_stream(message: Json) -> bytes:
    """Tell a whole message as the API would have streamed it."""
    usage = message["usage"]
    told_late = ("output_tokens", "output_tokens_details", "server_tool_use", "iterations")
    early = {key: value for key, value in usage.items() if key not in told_late}
    start = {**message, "content": [], "stop_reason": None, "stop_sequence": None}
    first = {"message": {**start, "usage": {**early, "output_tokens": 1}}}
    parts: list[tuple[str, Json]] = [("message_start", first)]
    for index, block in enumerate(message["content"]):
        parts += [(kind, {"index": index, **fields}) for kind, fields in _told(block)]
    names = ("stop_reason", "stop_sequence", "stop_details", "container")
    delta = {name: message.get(name) for name in names}
    late = {key: value for key, value in usage.items() if key != "cache_creation"}
    parts += [("message_delta", {"delta": delta, "usage": late}), ("message_stop", {})]
    return b"".join(_event(kind, fields) for kind, fields in parts)


def _told(block: Json) -> Iterator[tuple[str, Json]]:
    """Return a block's start, deltas and stop."""
    start, deltas = dict(block), list[Json]()
    match block["type"]:
        case "text":
            start["text"] = ""
            if block.get("citations"):
                start["citations"] = []
                deltas += [
                    {"type": "citations_delta", "citation": citation}
                    for citation in block["citations"]
                ]
            deltas += _pieces("text_delta", "text", block["text"])
        case "thinking":
            start |= {"thinking": "", "signature": ""}
            deltas += _pieces("thinking_delta", "thinking", block["thinking"])
            deltas.append({"type": "signature_delta", "signature": block["signature"]})
        case "tool_use" | "server_tool_use" | "mcp_tool_use":
            start["input"] = {}
            written = json.dumps(block["input"])
            deltas += _pieces("input_json_delta", "partial_json", written)
        case "compaction":
            start["content"] = None
            deltas.append({"type": "compaction_delta", "content": block["content"]})
        case _:  # results come whole
            pass
    yield "content_block_start", {"content_block": start}
    for delta in deltas:
        yield "content_block_delta", {"delta": delta}
    yield "content_block_stop", {}


def _pieces(kind: str, name: str, text: str) -> list[Json]:
    return [{"type": kind, name: text[at : at + PIECE]} for at in range(0, len(text), PIECE)]


def _event(kind: str, fields: Json) -> bytes:
    data = json.dumps({"type": kind, **fields}, ensure_ascii=False)
    return f"event: {kind}\ndata: {data}\n\n".encode()


def cut_between_events(stream: bytes) -> bytes:
    """Return the first half of a stream, up to the end of an event."""
    end = stream.rfind(b"\n\n", 0, len(stream) // 2)
    return stream[: end + 2] if end >= 0 else stream[: stream.index(b"\n\n") + 2]


def cut_within_a_line(stream: bytes) -> bytes:
    """Return somewhat more than half of a stream, broken off within the data of an event."""
    start = stream.index(b"data:", len(stream) // 2)
    return stream[: (start + stream.index(b"\n", start)) // 2]
