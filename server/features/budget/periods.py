"""The days, weeks and months of the instance's time zone, through daylight-saving changes."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from schema.wire.money import Period


@dataclass(frozen=True, slots=True)
class Periods:
    """The periods of one moment, as numbers: 20261121, its Monday 20261116, 202611."""

    day: int
    week: int
    month: int

    def start(self, period: Period) -> int:
        """Return the number of the day, week or month; 0 for the total."""
        match period:
            case "day":
                return self.day
            case "week":
                return self.week
            case "month":
                return self.month
            case "total":
                return 0


class PeriodBook:
    """The calendar of one time zone (an IANA name)."""

    def __init__(self, time_zone: str) -> None:
        self.zone = ZoneInfo(time_zone)

    def of(self, moment: datetime) -> Periods:
        """Return the periods that an aware moment lies in."""
        return periods_of(moment.astimezone(self.zone).date())

    def resets_at(self, period: Period, start: int) -> datetime | None:
        """Return the first moment after a period, in this zone; None for the total, which stays."""
        if period == "total":
            return None
        after = _day_after(period, start)
        return datetime(after.year, after.month, after.day, tzinfo=self.zone)


def periods_of(day: date) -> Periods:
    """Return the periods that a day of the calendar lies in."""
    monday = day - timedelta(days=day.weekday())
    return Periods(_number(day), _number(monday), day.year * 100 + day.month)


def date_of(day: int) -> date:
    """Return the day of a number: 20261121."""
    return date(day // 10_000, day // 100 % 100, day % 100)


def _day_after(period: Period, start: int) -> date:
    if period == "month":
        year, month = divmod(start, 100)
        return date(year + month // 12, month % 12 + 1, 1)
    return date_of(start) + timedelta(days=7 if period == "week" else 1)


def _number(day: date) -> int:
    return day.year * 10_000 + day.month * 100 + day.day
