"""Counting what happens in a sliding window of time."""

from collections import OrderedDict, deque
from typing import Final

KEYS_MAX: Final = 10_000
"""Keys remembered per count; the one not used for longest is forgotten first."""


class Window:
    """At most `limit` marks per key in any `seconds`."""

    def __init__(self, limit: int, seconds: float) -> None:
        self._limit = limit
        self._seconds = seconds
        self._marks: OrderedDict[str, deque[float]] = OrderedDict()

    def wait_seconds(self, key: str, now: float) -> float:
        """Return how long until another mark fits; 0 if it does now."""
        marks = self._marks.get(key)
        while marks and marks[0] + self._seconds <= now:
            marks.popleft()
        if not marks or len(marks) < self._limit:
            return 0.0
        return marks[-self._limit] + self._seconds - now

    def add(self, key: str, mark: float) -> None:
        """Count one; what lies beyond the limit is not kept apart."""
        self._marks.setdefault(key, deque(maxlen=self._limit)).append(mark)
        self._marks.move_to_end(key)
        if len(self._marks) > KEYS_MAX:
            self._marks.popitem(last=False)

    def take_back(self, key: str, mark: float) -> None:
        """Uncount one."""
        marks = self._marks.get(key)
        if marks and mark in marks:
            marks.remove(mark)
