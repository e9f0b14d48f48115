"""A stream as a client has seen it: every piece with its moment; read only once it has ended.

So the client does next to nothing while the streams run, and the figure is not its own.
"""

from dataclasses import dataclass, field

from .script import STAMP


@dataclass(slots=True)
class Stream:
    """`pieces` hold its text, with the moment each arrived (monotonic clock, nanoseconds)."""

    asked_ns: int
    ended_ns: int = 0
    pieces: list[tuple[int, bytes]] = field(default_factory=list)

    def delays_ms(self) -> list[float]:
        """For each stamped delta, how long after it was sent it had arrived whole."""
        delays = []
        rest = b""
        for at, piece in self.pieces:
            data = rest + piece
            end = 0
            for found in STAMP.finditer(data):
                delays.append((at - int(found[1])) / 1e6)
                end = found.end()
            rest = data[max(end, len(data) - 32) :]
        return delays

    def first_ms(self) -> float:
        """From the question to the first delta."""
        at = next(at for at, piece in self.pieces if STAMP.search(piece))
        return (at - self.asked_ns) / 1e6
