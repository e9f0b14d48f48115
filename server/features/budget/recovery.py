"""What a ledger has lost, as far as the second meter knows, and what has to be posted for it.

The meter's lines are known by number and chain, for after an older backup was put back the numbers
are given again. A hold is worth what was posted for it; where nobody knows that, all of it.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from hashlib import blake2b

from .meter_file import MeterLine


@dataclass(frozen=True, slots=True)
class Known:
    """What the ledger has, at least from the meter's lowest line on.

    `chains` are those of its entries, by number; `closed` are the holds that an entry closes,
    `pending` those that are still being settled. `amounts` are those of posts and corrections, in
    nano-euros.
    """

    chains: Mapping[int, str]
    closed: frozenset[int]
    pending: frozenset[int]
    amounts: Mapping[int, int] = field(default_factory=dict)

    def has(self, line: MeterLine) -> bool:
        """Whether this very line is in the ledger, whatever its amount is by now."""
        return self.chains.get(line.seq) == line.chain

    def lacks(self, line: MeterLine) -> int:
        """Return by how much the line's entry was made smaller after it had been written."""
        amount = self.amounts.get(line.seq) if self.has(line) else None
        return 0 if amount is None else max(0, line.nano_eur - amount)


def unknown_to(known: Known, lines: Iterable[MeterLine]) -> list[MeterLine]:
    """Return the lines that are not in the ledger, or with less than they say."""
    return [line for line in lines if not known.has(line) or known.lacks(line)]


def fingerprint(lines: Iterable[MeterLine]) -> str:
    """Return a digest of lines, by which the same ones are known again."""
    digest = blake2b(digest_size=16)
    for line in lines:
        digest.update(f"{line.seq} {line.chain}\n".encode())
    return digest.hexdigest()


def posts_missing(known: Known, lines: Sequence[MeterLine]) -> list[MeterLine]:
    """Return a line, which closes nothing, for each amount that the ledger lacks."""
    book = _Book(lines)
    return list(_missing(known, book, lines))


def came_to(hold: MeterLine, lines: Iterable[MeterLine]) -> MeterLine:
    """Return a line for what a hold of the ledger has come to that nobody will settle any more."""
    closing = _Book(lines).closing(hold)
    amount = hold.nano_eur if closing is None else closing.nano_eur
    return replace(hold, kind="post", nano_eur=amount)


class _Book:
    """The meter's lines, each hold with what closed it."""

    def __init__(self, lines: Iterable[MeterLine]) -> None:
        self.holds: dict[int, MeterLine] = {}
        self._closings: dict[tuple[int, str], MeterLine] = {}
        self._alone: dict[int, MeterLine] = {}
        for line in lines:
            if line.kind == "hold":
                self.holds[line.seq] = line
            elif line.closes is not None:
                self._close(line, line.closes)

    def closing(self, hold: MeterLine) -> MeterLine | None:
        """Return what closed a hold; None if the meter does not know."""
        return self._closings.get((hold.seq, hold.chain)) or self._alone.get(hold.seq)

    def _close(self, line: MeterLine, seq: int) -> None:
        hold = self.holds.get(seq)
        if hold is None:
            self._alone[seq] = line  # its hold was left out by now
        else:
            self._closings[seq, hold.chain] = line


def _missing(known: Known, book: _Book, lines: Sequence[MeterLine]) -> Iterator[MeterLine]:
    for line in unknown_to(known, lines):
        if known.has(line):
            yield replace(line, nano_eur=known.lacks(line), closes=None)
        elif line.kind == "hold":
            yield from _of_hold(known, book, line)
        elif line.kind == "correction" or (
            line.closes not in book.holds and line.closes not in known.chains
        ):
            yield replace(line, closes=None)
        # else it closed a hold that is looked at itself


def _of_hold(known: Known, book: _Book, hold: MeterLine) -> Iterator[MeterLine]:
    """What a hold that the ledger lacks has come to."""
    closing = book.closing(hold)
    if closing is not None:
        if not known.has(closing):
            yield replace(closing, closes=None)
        return
    row_is_gone = hold.seq not in known.chains  # and its number was not given again
    if not row_is_gone or hold.seq not in known.closed | known.pending:
        yield replace(hold, kind="post", closes=None)
