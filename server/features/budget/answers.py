"""How long the newest answers of each model were: the next one is likely to be as long."""

from collections import defaultdict, deque
from collections.abc import Sequence
from typing import Final

from .store import ledger as store

KEPT: Final = 50
"""Answers kept of each model."""

READ: Final = 1_000
"""Newest answers read at a start, of all models."""


class Answers:
    """Output tokens of the newest whole answers of each model."""

    def __init__(self) -> None:
        self._newest: defaultdict[str, deque[int]] = defaultdict(lambda: deque(maxlen=KEPT))

    async def open(self) -> None:
        """Read them off the ledger."""
        for model, output_tokens in reversed(await store.newest_answers(READ)):
            self.add(model, output_tokens)

    def add(self, model: str, output_tokens: int) -> None:
        """Take note of a whole answer."""
        self._newest[model].append(output_tokens)

    def newest(self, model: str) -> Sequence[int]:
        """Return the output tokens of the newest answers of a model, oldest first."""
        return tuple(self._newest.get(model, ()))
