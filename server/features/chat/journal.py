"""The journal: what running turns have brought so far, on disk, in case the power goes.

One writer for all turns, one transaction per interval. An entry holds small operations: more text
or thinking of a block, a whole block that deltas cannot rebuild, the requests' usage. An ended turn
needs no journal: its answer is stored and its entries are removed in the same unit of work.
"""

import asyncio
import json
import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from server.store import Database, DatabaseError

from . import store
from .live import LiveTurn

log = logging.getLogger(__name__)

Operation = list[Any]
"""`["text"|"thinking", index, piece]`, `["block", index, block]`, `["requests", [...]]`, or
`["cost", nano_eur]` for all requests of the turn that have been settled."""


@dataclass
class Rebuilt:
    """What the journal holds of a turn; the cost is None where nothing was settled yet."""

    blocks: list[dict[str, Any]]
    requests: list[dict[str, Any]]
    cost_nano_eur: int | None


class Journal:
    """Writes what live turns have in `unsaved`."""

    def __init__(
        self,
        database: Database,
        turns: Callable[[], Iterable[LiveTurn]],
        interval_seconds: float,
    ) -> None:
        self._database = database
        self._turns = turns
        self._interval_seconds = interval_seconds
        self._wanted = asyncio.Event()

    def wake(self) -> None:
        """Say that there is something to write."""
        self._wanted.set()

    async def run(self) -> None:
        """Write until cancelled. A write that fails is logged and tried again with the next."""
        while True:
            await self._wanted.wait()
            self._wanted.clear()
            await asyncio.sleep(self._interval_seconds)
            await self.flush()

    async def flush(self) -> None:
        """Write now what is unsaved."""
        waiting = [(live, len(live.unsaved)) for live in self._turns() if live.unsaved]
        if not waiting:
            return
        try:
            await self._database.write(lambda: self._write(waiting))
        except DatabaseError:
            log.exception("journal not written")
            self._wanted.set()
            return
        for live, count in waiting:
            del live.unsaved[:count]

    async def _write(self, waiting: list[tuple[LiveTurn, int]]) -> None:
        for live, count in waiting:
            if not live.ended_in_store:  # else that unit came before ours
                operations = merged(live.unsaved[:count])
                await store.add_journal(live.turn, live.last_seq, json.dumps(operations))


def merged(operations: list[Operation]) -> list[Operation]:
    """Join neighbouring pieces of one block; of the requests' usage only the newest counts."""
    result: list[Operation] = []
    for operation in operations:
        last = result[-1] if result else None
        if last is not None and last[0] == operation[0] == "requests":
            result[-1] = operation
        elif last is not None and len(operation) == 3 and last[:2] == operation[:2]:  # noqa: PLR2004
            if operation[0] == "block":
                result[-1] = operation
            else:
                result[-1] = [*last[:2], last[2] + operation[2]]
        else:
            result.append(operation)
    return result


def rebuild(entries: Iterable[str]) -> Rebuilt:
    """Return the blocks, the requests and the cost that the entries of one turn, in order, hold."""
    blocks: dict[int, dict[str, Any]] = {}
    requests: list[dict[str, Any]] = []
    cost: int | None = None
    for entry in entries:
        for operation in json.loads(entry):
            match operation:
                case ["requests", list(newest)]:
                    requests = newest
                case ["cost", int(nano_eur)]:
                    cost = nano_eur
                case ["block", int(index), dict(block)]:
                    blocks[index] = block
                case [str(kind), int(index), str(piece)]:
                    block = blocks.setdefault(index, {"type": kind, kind: ""})
                    block[kind] += piece
    whole = [blocks[index] for index in sorted(blocks)]
    return Rebuilt(whole, requests, cost)
