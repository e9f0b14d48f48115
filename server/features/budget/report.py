"""What was spent, by day, person and model; what the running month will come to."""

import asyncio
from calendar import monthrange
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final
from uuid import UUID

from schema.wire.money import Forecast, Tokens, UsagePart, UsageReport
from server.core.problems import Refusal
from server.edge.principal import Principal

from .forecast import MEASURED_DAYS_MAX, Measured, forecast
from .ledger import Ledger
from .periods import date_of, periods_of
from .report_csv import as_csv
from .scopes import Purse
from .store import members, usage
from .store.usage import Span, Used

DAYS_DEFAULT: Final = 30
DAYS_MAX: Final = 400
"""A year and a month: last year's month beside this one's."""

DAY: Final = timedelta(days=1)

_FORMER: Final = {"en": "former member", "fr": "ancien membre"}


@dataclass(frozen=True, slots=True)
class Days:
    """From `first` to `last`, both included."""

    first: date
    last: date

    def each(self) -> Iterable[date]:
        """Every day, in order."""
        return (self.first + DAY * ahead for ahead in range((self.last - self.first).days + 1))


class Reports:
    """Reports of the purse in use. An administrator reads everybody's, others read their own."""

    def __init__(self, *, ledger: Ledger, time_zone: str, purse: Purse) -> None:
        self._ledger = ledger
        self._time_zone = time_zone
        self._purse = purse

    async def daily(self, who: Principal, first: str | None, last: str | None) -> UsageReport:
        """Return what was spent on these days, by default the last 30.

        Raises Refusal `invalid` for what is no day, a `first` after `last`, or too many days.
        """
        return await self._report(who, await self._days(first, last), None)

    async def monthly(self, who: Principal, month: str | None) -> UsageReport:
        """Return what was spent in a month, the running one until today and with a forecast.

        Raises Refusal `invalid` for what is no month.
        """
        today = await self._today()
        first = today.replace(day=1) if month is None else _day("month", f"{month}-01")
        last = first.replace(day=monthrange(first.year, first.month)[1])
        if not first <= today <= last:
            return await self._report(who, Days(first, last), None)
        ahead = await self._forecast(who, today, last)
        return await self._report(who, Days(first, today), ahead)

    async def csv(self, who: Principal, report: UsageReport) -> bytes:
        """Return the days of a report as a table in a file: a row per day, person and model."""
        days = Days(date.fromisoformat(report.first), date.fromisoformat(report.last))
        rows = await usage.rows(self._span(who, days))
        names = await _names(rows, who.language)
        # A year of a large family takes its time to write: answers go on meanwhile.
        return await asyncio.to_thread(as_csv, rows, names, who.language)

    async def _report(self, who: Principal, days: Days, ahead: Forecast | None) -> UsageReport:
        shares = await usage.shares(self._span(who, days))
        names = await _names(shares, who.language)
        by_day = [share for share in shares if share.day is not None]
        rest = [share for share in shares if share.day is None]
        return UsageReport(
            first=days.first.isoformat(),
            last=days.last.isoformat(),
            time_zone=self._time_zone,
            simulated=self._purse == "simulated",
            total=_part("total", "", by_day),
            by_day=_by_day(days, by_day),
            by_model=_dearest_first(rest, lambda share: (str(share.model), str(share.model))),
            by_user=_dearest_first(rest, lambda share: (str(share.user), names[share.user])),
            forecast=ahead,
        )

    async def _forecast(self, who: Principal, today: date, last: date) -> Forecast:
        """Look back over whole days, as far as there were any, and over the month."""
        back = today - DAY * MEASURED_DAYS_MAX
        costs = await usage.costs(self._span(who, Days(min(back, today.replace(day=1)), today)))
        first_ever = await usage.first_day(self._purse, self._only(who))
        began = today if first_ever is None else max(back, date_of(first_ever))
        measured = Days(began, today - DAY).each()
        month = Days(today.replace(day=1), today - DAY).each()
        return forecast(
            Measured(
                spent=sum(costs.get(_number(day), 0) for day in month),
                today=costs.get(_number(today), 0),
                days=[costs.get(_number(day), 0) for day in measured],
                days_left=(last - today).days,
            ),
            who.language,
        )

    async def _days(self, first: str | None, last: str | None) -> Days:
        end = await self._today() if last is None else _day("last", last)
        if first is None:
            begin = date.fromordinal(max(1, end.toordinal() - DAYS_DEFAULT + 1))
        else:
            begin = _day("first", first)
        if begin > end:
            raise Refusal("invalid", fields="first: must not be after last")
        if (end - begin).days >= DAYS_MAX:
            raise Refusal("invalid", fields=f"first, last: at most {DAYS_MAX} days at once")
        return Days(begin, end)

    async def _today(self) -> date:
        """The ledger's day: where the clock has gone back, today's spending is still in it."""
        return date_of((await self._ledger.stand()).periods.day)

    def _span(self, who: Principal, days: Days) -> Span:
        return Span(self._purse, _number(days.first), _number(days.last), self._only(who))

    @staticmethod
    def _only(who: Principal) -> UUID | None:
        return None if who.role == "admin" else who.user


def _number(day: date) -> int:
    """Return a day as the ledger writes it: 20261121."""
    return periods_of(day).day


def _day(field: str, text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Refusal("invalid", fields=f"{field}: not in the calendar") from None


async def _names(shares: Sequence[Used], language: str) -> Mapping[UUID | None, str]:
    """Return a name for everybody: who has no account any more is a former member."""
    users = {share.user for share in shares if share.user is not None}
    known = await members.names(users)
    return {user: known.get(user, _FORMER[language]) for user in users}


def _by_day(days: Days, shares: Sequence[Used]) -> list[UsagePart]:
    found = {share.day: share for share in shares}
    parts = []
    for day in days.each():
        share = found.get(_number(day))
        parts.append(_part(day.isoformat(), day.isoformat(), [share] if share else []))
    return parts


def _dearest_first(
    shares: Iterable[Used], key_and_name: Callable[[Used], tuple[str, str]]
) -> list[UsagePart]:
    groups: dict[tuple[str, str], list[Used]] = {}
    for share in shares:
        groups.setdefault(key_and_name(share), []).append(share)
    parts = [_part(key, name, group) for (key, name), group in groups.items()]
    return sorted(parts, key=lambda part: (-part.cost_nano_eur, part.name, part.key))


def _part(key: str, name: str, shares: Sequence[Used]) -> UsagePart:
    """Add shares up; of none everything is 0."""
    return UsagePart(
        key=key,
        name=name,
        requests=sum(share.requests for share in shares),
        tokens=Tokens(
            input=sum(share.input_tokens for share in shares),
            output=sum(share.output_tokens for share in shares),
            cache_read=sum(share.cache_read_tokens for share in shares),
            cache_write=sum(share.cache_write_tokens for share in shares),
        ),
        web_searches=sum(share.web_searches for share in shares),
        cost_nano_eur=sum(share.cost_nano_eur for share in shares),
        estimated_nano_eur=sum(share.estimated_nano_eur for share in shares),
        cache_saved_nano_eur=sum(share.cache_saved_nano_eur for share in shares),
    )
