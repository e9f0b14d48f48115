"""The exchange rate: how many US dollars a euro is, as set by hand or read from a file."""

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Final

from server.core.errors import StartError
from server.core.money import RATE_UNIT

log = logging.getLogger(__name__)

STAND_IN_MICRO: Final = RATE_UNIT
"""One for one: in euros that is dearer than any rate since 2003, but for a few weeks of 2022."""

LOWEST_MICRO: Final = RATE_UNIT // 2
HIGHEST_MICRO: Final = RATE_UNIT * 2
"""A rate beyond these is a slip of the pen, or dollars and euros the wrong way round."""

TICK: Final = timedelta(microseconds=1)
"""The least by which one moment is after another."""

FILE_MAX_BYTES: Final = 1024 * 1024

Stamp = tuple[int, int]
"""When a file was changed, and its length."""


@dataclass(frozen=True, slots=True)
class Rate:
    """Millionths of a US dollar for one euro, as of a day. `stand_in`: nobody has set one."""

    usd_per_eur_micro: int
    date: date
    source: str
    stand_in: bool = False


@dataclass(frozen=True, slots=True)
class RateEdit:
    """A rate that an administrator set; it counts after `at`."""

    at: datetime
    rate: Rate


class RateBook:
    """The rate at any moment: the one of the latest day, from the file or as set by hand.

    The file is read again when it has changed. If it cannot be read then, or has a bad line, what
    was good last counts, and `problem` says what is wrong.
    """

    def __init__(self, file: Path | None = None) -> None:
        self.problem: str | None = None
        self._file = file
        self._stamp: Stamp | None = None
        self._listed: tuple[Rate, ...] = ()
        self._edits: tuple[RateEdit, ...] = ()

    def open(self) -> None:
        """Read the file, if there is one. Raises StartError if it cannot be used."""
        self._read_if_changed()
        if self.problem is not None:
            raise StartError(self.problem)

    def add(self, edits: Iterable[RateEdit]) -> None:
        """Take rates on that were set by hand; they may come in any order."""
        self._edits = tuple(sorted((*self._edits, *edits), key=lambda edit: edit.at))

    def current(self, now: datetime) -> datetime:
        """Return the moment whose rate counts: where the clock is behind an edit, after that."""
        return max([now, *(edit.at + TICK for edit in self._edits[-1:])])

    def rate(self, at: datetime) -> Rate:
        """Return the rate of a moment; before any was known, one that is cautious."""
        self._read_if_changed()
        day = at.astimezone(UTC).date()
        listed = [rate for rate in self._listed if rate.date <= day]
        by_hand = [edit.rate for edit in self._edits if edit.at < at]
        newest = [*listed[-1:], *by_hand[-1:]]  # of the same day, the one set by hand
        if not newest:
            return Rate(STAND_IN_MICRO, day, "", stand_in=True)
        return max(reversed(newest), key=lambda rate: rate.date)

    def _read_if_changed(self) -> None:
        if self._file is None:
            return
        try:
            found = self._file.stat()
            stamp = (found.st_mtime_ns, found.st_size)
            if stamp == self._stamp:
                return
            self._stamp = stamp
            self._listed = _rates(self._file)
        except OSError as error:
            self._stamp = None
            self._tell(f"The exchange rates in {self._file} cannot be read: {error.strerror}.")
        except ValueError as error:
            self._tell(f"{self._file}, {error}")
        else:
            self.problem = None

    def _tell(self, problem: str) -> None:
        """Say what is wrong, once."""
        if problem != self.problem:
            log.warning("exchange rates not read", extra={"problem": problem})
        self.problem = problem


def micro_of(text: str) -> int:
    """Return a rate such as `1.0850` in millionths. Raises ValueError if it cannot be one."""
    try:
        micro = Decimal(text) * RATE_UNIT
        within = LOWEST_MICRO <= micro <= HIGHEST_MICRO
    except InvalidOperation:
        raise ValueError("it is no number") from None
    if not within:
        raise ValueError("it must be between 0.5 and 2")
    if micro != int(micro):
        raise ValueError("it has more than six digits after the point")
    return int(micro)


def _rates(file: Path) -> tuple[Rate, ...]:
    """Read lines such as `2026-11-20,1.0850`, the latest day last. Raises ValueError, OSError."""
    if file.stat().st_size > FILE_MAX_BYTES:
        raise ValueError(f"which has more than {FILE_MAX_BYTES} bytes: that is too long.")
    rates = []
    for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1):
        text = line.partition("#")[0].strip()
        if text:
            rates.append(_rate(text, number, file.name))
    return tuple(sorted(rates, key=lambda rate: rate.date))


def _rate(text: str, number: int, source: str) -> Rate:
    day, _, figure = text.partition(",")
    try:
        return Rate(micro_of(figure.strip()), date.fromisoformat(day.strip()), source)
    except ValueError as error:
        raise ValueError(
            f"line {number}: expected a day and its rate, such as 2026-11-20,1.0850 ({error})."
        ) from None
