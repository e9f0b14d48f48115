"""Sending an answer at the speed of a model: a wait for the first token, then so many a second."""

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from server.simulator.directives import Fault
from server.simulator.errors import overloaded
from server.simulator.http import Connection
from server.simulator.stream import Frame, error_event

_FIRST_TOKEN_SECONDS = 0.25
_LARGEST_WRITE_BYTES = 16 * 1024


@dataclass(frozen=True)
class Tempo:
    """`first_seconds` until the first byte, then `token_seconds` for each token."""

    first_seconds: float
    token_seconds: float


def tempo(seed: int, pace: float, first_seconds: float | None) -> Tempo:
    """60 to 100 tokens a second, as the seed has it, slowed by `pace`."""
    first = _FIRST_TOKEN_SECONDS * pace if first_seconds is None else first_seconds
    return Tempo(first, pace / (60 + seed % 41))


class Player:
    """Sends frames when they are due.

    It writes at most 16 KB at a time and then lets others run, so that a stream at full speed
    starves nobody.
    """

    def __init__(self, out: Connection, tempo: Tempo, sent: Callable[[int], None]) -> None:
        self._out = out
        self._tempo = tempo
        self._sent = sent
        self._clock = asyncio.get_running_loop().time
        self._waiting: list[bytes] = []
        self._waiting_bytes = 0

    async def play(self, frames: Iterator[Frame], fault: Fault | None, request_id: str) -> str:
        """Sends them all, or until the fault strikes; `finished` or the fault's kind."""
        begun, tokens, deltas = self._clock(), 0, 0
        for frame in frames:
            if fault and (frame.is_end or (frame.is_delta and deltas >= fault.after)):
                await self._strike(fault, request_id)
                return fault.kind
            tokens += frame.tokens
            deltas += frame.is_delta
            await self._until(begun + tokens * self._tempo.token_seconds)
            self._waiting.append(frame.data)
            self._waiting_bytes += len(frame.data)
            self._sent(tokens)
        await self._flush()
        await self._out.end()
        return "finished"

    async def _until(self, due: float) -> None:
        if self._waiting_bytes >= _LARGEST_WRITE_BYTES:
            await self._flush()
            await asyncio.sleep(0)
        if (rest := due - self._clock()) > 0:
            await self._flush()
            await asyncio.sleep(rest)

    async def _flush(self) -> None:
        if self._waiting:
            await self._out.write(b"".join(self._waiting))
            self._waiting.clear()
            self._waiting_bytes = 0

    async def _strike(self, fault: Fault, request_id: str) -> None:
        if fault.kind == "error":
            self._waiting.append(error_event(overloaded(), request_id))
        await self._flush()
        if fault.kind in {"error", "truncate"}:
            await self._out.end()
        elif fault.kind == "cut":
            self._out.drop()
        else:
            await asyncio.Event().wait()  # until the client leaves, which cancels us
