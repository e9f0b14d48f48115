"""Days, weeks and months of Paris, through both changes of the clocks."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schema.wire.money import Period
from server.features.budget.periods import PeriodBook, Periods, date_of, periods_of

PARIS = PeriodBook("Europe/Paris")


def utc(text: str) -> datetime:
    """Return a moment."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("moment", "day"),
    [
        ("2026-03-28 22:59:59.999999", 20260328),  # winter time: midnight is 23:00 UTC
        ("2026-03-28 23:00:00", 20260329),
        ("2026-03-29 21:59:59.999999", 20260329),  # a day of 23 hours
        ("2026-03-29 22:00:00", 20260330),
        ("2026-10-24 22:00:00", 20261025),
        ("2026-10-25 22:59:59.999999", 20261025),  # a day of 25 hours
        ("2026-10-25 23:00:00", 20261026),
        ("2028-02-28 23:00:00", 20280229),
        ("2028-02-29 23:00:00", 20280301),
        ("2026-12-31 23:00:00", 20270101),
    ],
)
def test_a_day_begins_at_midnight_in_paris(moment: str, day: int) -> None:
    """In winter and in summer, and on the days on which the clocks are changed."""
    assert PARIS.of(utc(moment)).day == day


@pytest.mark.parametrize(
    ("period", "start", "ends"),
    [
        ("day", 20260328, "2026-03-28 23:00:00"),
        ("day", 20260329, "2026-03-29 22:00:00"),
        ("day", 20261025, "2026-10-25 23:00:00"),
        ("week", 20260323, "2026-03-29 22:00:00"),
        ("week", 20261019, "2026-10-25 23:00:00"),
        ("week", 20261228, "2027-01-03 23:00:00"),
        ("month", 202603, "2026-03-31 22:00:00"),
        ("month", 202610, "2026-10-31 23:00:00"),
        ("month", 202612, "2026-12-31 23:00:00"),
        ("month", 202802, "2028-02-29 23:00:00"),
        ("day", 20280228, "2028-02-28 23:00:00"),
    ],
)
def test_a_period_ends_when_the_next_begins(period: Period, start: int, ends: str) -> None:
    """Told as people in Paris read it, with the offset that holds there then."""
    found = PARIS.resets_at(period, start)
    assert found is not None
    assert (found.astimezone(UTC), found.hour, found.minute) == (utc(ends), 0, 0)


def test_a_total_never_ends() -> None:
    """There is no moment to tell."""
    assert PARIS.resets_at("total", 0) is None


def test_a_week_begins_on_monday() -> None:
    """Also where that lies in the month, or in the year, before."""
    assert PARIS.of(utc("2026-11-01 12:00")) == Periods(20261101, 20261026, 202611)
    assert PARIS.of(utc("2027-01-01 12:00")) == Periods(20270101, 20261228, 202701)
    assert periods_of(date_of(20261123)).week == 20261123


@given(
    st.datetimes(datetime(2020, 1, 1), datetime(2040, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001 - hypothesis adds the zone
    st.sampled_from(["day", "week", "month"]),
)
def test_periods_leave_no_gap(moment: datetime, period: Period) -> None:
    """The moment before a period's end is in it, the end is in the next one."""
    start = PARIS.of(moment).start(period)
    ends = PARIS.resets_at(period, start)
    assert ends is not None
    assert ends > moment
    before = PARIS.of(ends.astimezone(UTC) - timedelta(microseconds=1))
    assert before.start(period) == start
    assert PARIS.of(ends).start(period) > start
