"""Reading a stream of server-sent events whose data is JSON."""

from typing import Any, Final

from pydantic_core import from_json

LINE_MAX_BYTES: Final = 64 * 1024 * 1024
"""The longest line that is waited for: a document that a tool brought fits in it."""


class EventReader:
    """Turns the bytes of a stream, cut anywhere, into the JSON objects of its events.

    Event names are not needed: the Messages API says each event's type in its data as well. Lines
    may carry padding after the JSON; comments and other fields are passed over.
    """

    def __init__(self) -> None:
        self._rest: list[bytes] = []
        self._rest_bytes = 0
        self.broken = False
        """Whether data came that is no JSON object, or a line that does not end."""

    def feed(self, chunk: bytes) -> list[dict[str, Any]]:
        """Return the events that `chunk` completes; data that is no JSON object ends them."""
        *lines, rest = chunk.split(b"\n")
        if lines:
            lines[0] = b"".join([*self._rest, lines[0]])
            self._rest.clear()
            self._rest_bytes = 0
        self._rest.append(rest)
        self._rest_bytes += len(rest)
        self.broken = self._rest_bytes > LINE_MAX_BYTES
        events: list[dict[str, Any]] = []
        for line in lines:
            if line.startswith(b"data:"):
                event = _object(line[5:])
                if event is None:
                    self.broken = True
                    break
                events.append(event)
        return events


def _object(data: bytes) -> dict[str, Any] | None:
    try:
        value = from_json(data)
    except ValueError:
        return None
    return value if isinstance(value, dict) else None
