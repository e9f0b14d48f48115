"""The exchange rate: set by hand, read from a file, or cautious where nobody knows one."""

import logging
import os
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Final

import pytest

from server.core.errors import StartError
from server.features.budget.rates import Rate, RateBook, RateEdit, micro_of

NOW: Final = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


class Sheet:
    """A file of rates that somebody keeps."""

    def __init__(self, path: Path, text: str = "") -> None:
        self.path = path
        self._changes = 0
        self.write(text)

    def write(self, text: str) -> None:
        """Put this in; each change is a second later than the one before."""
        self.path.write_text(text, encoding="utf-8")
        self._changes += 1
        os.utime(self.path, (1_000_000 + self._changes, 1_000_000 + self._changes))


@pytest.fixture
def sheet(tmp_path: Path) -> Sheet:
    """Return one with two days."""
    return Sheet(tmp_path / "rates.csv", "# a comment\n2026-11-19,1.0850\n\n2026-11-02 , 1.08\n")


def by_hand(at: datetime, micro: int, day: date) -> RateEdit:
    """Return a rate that an administrator set."""
    return RateEdit(at, Rate(micro, day, "the bank"))


def test_without_any_rate_a_cautious_one_counts() -> None:
    """One for one, and said to be a stand-in."""
    assert RateBook().rate(NOW) == Rate(1_000_000, NOW.date(), "", stand_in=True)


def test_a_file_gives_the_rate_of_its_latest_day(sheet: Sheet) -> None:
    """Whatever the order of its lines."""
    book = RateBook(sheet.path)
    book.open()
    assert book.rate(NOW) == Rate(1_085_000, date(2026, 11, 19), "rates.csv")


def test_a_day_ahead_does_not_count_yet(sheet: Sheet) -> None:
    """And an earlier moment had the rate of its time."""
    sheet.write("2026-11-21,1.2\n2026-11-02,1.08\n")
    book = RateBook(sheet.path)
    assert book.rate(NOW).usd_per_eur_micro == 1_080_000
    assert book.rate(NOW + timedelta(days=1)).usd_per_eur_micro == 1_200_000


def test_a_file_that_changed_is_read_again(sheet: Sheet) -> None:
    """Without a restart."""
    book = RateBook(sheet.path)
    book.open()
    sheet.write("2026-11-20,1.0900\n")
    assert book.rate(NOW).usd_per_eur_micro == 1_090_000


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("2026-11-20;1.09", "line 2"),
        ("2026-11-20,1,09", "line 2"),
        ("20.11.2026,1.09", "line 2"),
        ("2026-11-20,10.9", "between 0.5 and 2"),
        ("2026-11-20,nan", "line 2"),
        ("2026-11-20,1.0900001", "six digits"),
    ],
)
def test_a_bad_line_is_told_and_what_was_good_last_counts(
    sheet: Sheet, line: str, told: str, caplog: pytest.LogCaptureFixture
) -> None:
    """Once in the log, and as `problem` until it is mended."""
    book = RateBook(sheet.path)
    book.open()
    sheet.write(f"2026-11-20,1.0900\n{line}\n")
    with caplog.at_level(logging.WARNING):
        assert book.rate(NOW).usd_per_eur_micro == 1_085_000
        assert book.rate(NOW).usd_per_eur_micro == 1_085_000
    assert len(caplog.records) == 1
    assert book.problem is not None
    assert told in book.problem
    sheet.write("2026-11-20,1.0900\n")
    assert book.rate(NOW).usd_per_eur_micro == 1_090_000
    assert book.problem is None


def test_a_file_that_goes_away_leaves_what_was_good(sheet: Sheet) -> None:
    """And is read again when it is back."""
    book = RateBook(sheet.path)
    book.open()
    sheet.path.unlink()
    assert book.rate(NOW).usd_per_eur_micro == 1_085_000
    assert book.problem is not None
    sheet.write("2026-11-19,1.0850\n")
    assert book.rate(NOW).usd_per_eur_micro == 1_085_000
    assert book.problem is None


@pytest.mark.parametrize("text", ["2026-11-20\n", "x,y\n", "2026-11-20,0.3\n"])
def test_a_file_that_is_bad_from_the_first_stops_the_start(tmp_path: Path, text: str) -> None:
    """With its path and line."""
    with pytest.raises(StartError, match=r"rates.csv, line 1"):
        RateBook(Sheet(tmp_path / "rates.csv", text).path).open()


def test_a_file_that_is_not_there_stops_the_start(tmp_path: Path) -> None:
    """It was named in the settings."""
    with pytest.raises(StartError, match=r"none\.csv"):
        RateBook(tmp_path / "none.csv").open()


def test_a_rate_set_by_hand_counts_after_its_moment() -> None:
    """Until then the one before it does."""
    book = RateBook()
    later = NOW + timedelta(hours=1)
    book.add([by_hand(later, 1_100_000, NOW.date()), by_hand(NOW, 1_090_000, NOW.date())])
    moments = (NOW, later, later + timedelta(seconds=1))
    rates = [book.rate(moment).usd_per_eur_micro for moment in moments]
    assert rates == [1_000_000, 1_090_000, 1_100_000]


def test_of_file_and_hand_the_later_day_counts(sheet: Sheet) -> None:
    """Of the same day, the one that was set by hand."""
    book = RateBook(sheet.path)
    book.add([by_hand(NOW - timedelta(hours=2), 1_050_000, date(2026, 11, 18))])
    assert book.rate(NOW).usd_per_eur_micro == 1_085_000
    book.add([by_hand(NOW - timedelta(hours=1), 1_060_000, date(2026, 11, 19))])
    assert book.rate(NOW).usd_per_eur_micro == 1_060_000


@pytest.mark.parametrize(
    ("text", "micro"), [("1.0850", 1_085_000), ("0.5", 500_000), ("2", 2_000_000)]
)
def test_a_rate_is_exact(text: str, micro: int) -> None:
    """In millionths."""
    assert micro_of(text) == micro


@pytest.mark.parametrize("text", ["0.499999", "2.000001", "1.0000001", "", "-1", "NaN", "Infinity"])
def test_what_cannot_be_a_rate_is_none(text: str) -> None:
    """Half a dollar to two, at most six digits after the point."""
    with pytest.raises(ValueError, match=r"."):
        micro_of(text)
