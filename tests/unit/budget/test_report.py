"""Reports of what was spent, read from the rollup on a real database."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import pytest_asyncio
from tortoise.backends.sqlite.client import SqliteClient
from tortoise.connection import get_connection

from schema.tables.budget import LedgerStateRow, UsageDayRow
from schema.tables.identity import UserRow
from schema.wire.money import UsagePart
from server.core.ids import new_id
from server.core.money import NANO
from server.core.problems import Refusal
from server.edge.principal import Principal
from server.features.budget.ledger import Ledger
from server.features.budget.periods import PeriodBook
from server.features.budget.report import Reports
from server.features.budget.scopes import purse_of
from server.features.budget.store import usage
from server.features.budget.store.usage import Span
from server.store import Database
from tests.people import ALICE, BOB, CHARLIE, MIGRATIONS, Person, furnish

pytestmark = pytest.mark.asyncio

NOON = datetime(2026, 11, 21, 11, tzinfo=UTC)
GONE = UUID(int=77)
"""Somebody whose account was deleted."""


@dataclass
class Books:
    """The rollup of an instance, and its reports."""

    database: Database
    ids: dict[str, UUID]
    now: datetime = NOON

    def reports(self, *, simulated: bool = False, time_zone: str = "Europe/Paris") -> Reports:
        """Return the reports of a purse."""
        ledger = Ledger(periods=PeriodBook(time_zone), clock=lambda: self.now)
        return Reports(ledger=ledger, time_zone=time_zone, purse=purse_of(simulated=simulated))

    def who(self, person: Person) -> Principal:
        """Return the person as a request brings them."""
        return Principal(
            user=self.ids[person.username],
            session=new_id(),
            role=person.role,
            language=person.language,
            via="cookie",
            expires_at=NOON,
        )

    async def spend(
        self, user: UUID, day: int, cost: int, model: str = "claude-x", **more: int | str
    ) -> None:
        """Have somebody spend on a day; each request of theirs is a row of its own model."""
        usual = {"purse": "real", "requests": 1, "input_tokens": 10, "output_tokens": 5}
        row = UsageDayRow(day=day, user_id=user, model=model, cost_nano_eur=cost, **usual | more)
        await self.database.write(row.save)


@pytest_asyncio.fixture
async def books(tmp_path: Path) -> AsyncIterator[Books]:
    """Open an instance in which nothing was spent."""
    await furnish(tmp_path)
    database = Database(tmp_path, MIGRATIONS)
    await database.open()
    await database.write(Ledger(periods=PeriodBook("Europe/Paris"), clock=lambda: NOON).open)
    yield Books(database, {row.username: row.id for row in await UserRow.all()})
    await database.close()


def costs(parts: list[UsagePart]) -> dict[str, int]:
    """Return what each part cost, by what it is shown as."""
    return {part.name: part.cost_nano_eur for part in parts}


async def test_an_administrator_reads_everybody(books: Books) -> None:
    """By day with the days of nothing, by model and by person with the dearest first, and all."""
    alice, bob = books.ids["Alice"], books.ids["Bob"]
    await books.spend(alice, 20261119, 3, "claude-x", cache_read_tokens=7, web_searches=2)
    await books.spend(bob, 20261119, 4, "claude-x", estimated_nano_eur=4)
    await books.spend(bob, 20261121, 5, "claude-y", cache_saved_nano_eur=-1)
    report = await books.reports().daily(books.who(ALICE), "2026-11-19", "2026-11-21")
    assert costs(report.by_day) == {"2026-11-19": 7, "2026-11-20": 0, "2026-11-21": 5}
    assert costs(report.by_user) == {"Bob": 9, "Alice": 3}
    assert costs(report.by_model) == {"claude-x": 7, "claude-y": 5}
    assert [part.name for part in report.by_user] == ["Bob", "Alice"]
    total = report.total
    assert (total.requests, total.cost_nano_eur, total.estimated_nano_eur) == (3, 12, 4)
    assert (total.tokens.input, total.tokens.output, total.tokens.cache_read) == (30, 15, 7)
    assert (total.web_searches, total.cache_saved_nano_eur) == (2, -1)
    assert (report.time_zone, report.simulated, report.forecast) == ("Europe/Paris", False, None)


async def test_others_read_only_their_own(books: Books) -> None:
    """Nothing of the others is in any part of it, nor in the file, nor in the forecast."""
    for user, cost in ((books.ids["Alice"], 100), (books.ids["Bob"], 1)):
        await books.spend(user, 20261121, cost)
    who = books.who(BOB)
    for report in (
        await books.reports().daily(who, None, None),
        await books.reports().monthly(who, None),
    ):
        assert report.total.cost_nano_eur == 1
        assert costs(report.by_user) == {"Bob": 1}
        assert sum(costs(report.by_day).values()) == sum(costs(report.by_model).values()) == 1
        rows = (await books.reports().csv(who, report)).decode().splitlines()[1:]
        assert ["Bob" in row for row in rows] == [True]
    assert report.forecast is not None
    assert report.forecast.low_nano_eur == 1
    nothing = await books.reports().daily(books.who(CHARLIE), None, None)
    assert (nothing.total.requests, nothing.by_user, nothing.by_model) == (0, [], [])


async def test_real_and_simulated_money_are_never_added_up(books: Books) -> None:
    """A report is of one purse, and says which."""
    await books.spend(books.ids["Bob"], 20261121, 1)
    await books.spend(books.ids["Bob"], 20261121, 2, purse="simulated")
    who = books.who(ALICE)
    assert (await books.reports().daily(who, None, None)).total.cost_nano_eur == 1
    simulated = await books.reports(simulated=True).daily(who, None, None)
    assert (simulated.total.cost_nano_eur, simulated.simulated) == (2, True)


async def test_who_has_no_account_any_more_keeps_their_share(books: Books) -> None:
    """A deleted account is a former member, in the language of the reader."""
    await books.spend(GONE, 20261121, 1)
    report = await books.reports().daily(books.who(ALICE), None, None)
    assert [(part.key, part.name) for part in report.by_user] == [(str(GONE), "ancien membre")]
    assert "ancien membre" in (await books.reports().csv(books.who(ALICE), report)).decode()


async def test_the_default_is_the_last_thirty_days(books: Books) -> None:
    """Today included."""
    report = await books.reports().daily(books.who(BOB), None, None)
    assert (report.first, report.last, len(report.by_day)) == ("2026-10-23", "2026-11-21", 30)
    until = await books.reports().daily(books.who(BOB), None, "2026-03-01")
    assert (until.first, until.last) == ("2026-01-31", "2026-03-01")


@pytest.mark.parametrize(
    ("first", "last", "said"),
    [
        ("2026-02-30", None, "first: not in the calendar"),
        (None, "0000-01-01", "last: not in the calendar"),
        ("2026-11-22", "2026-11-21", "first: must not be after last"),
        ("2026-11-22", None, "first: must not be after last"),
        ("2025-01-01", "2026-02-05", "first, last: at most 400 days at once"),
    ],
)
async def test_days_that_cannot_be(
    books: Books, first: str | None, last: str | None, said: str
) -> None:
    """The refusal names what is wrong and what is allowed."""
    with pytest.raises(Refusal) as refused:
        await books.reports().daily(books.who(BOB), first, last)
    assert (refused.value.code, refused.value.facts) == ("invalid", {"fields": said})


async def test_as_many_days_as_are_allowed(books: Books) -> None:
    """Four hundred, to the day; and the first days of the calendar have no thirty before them."""
    report = await books.reports().daily(books.who(BOB), "2025-01-01", "2026-02-04")
    assert len(report.by_day) == 400
    assert (await books.reports().daily(books.who(BOB), None, "0001-01-02")).first == "0001-01-01"


@pytest.mark.parametrize(
    ("now", "zone", "today"),
    [
        # Paris goes to summer time on 2026-03-29 and back on 2026-10-25.
        (datetime(2026, 3, 28, 22, 59, tzinfo=UTC), "Europe/Paris", "2026-03-28"),
        (datetime(2026, 3, 28, 23, 0, tzinfo=UTC), "Europe/Paris", "2026-03-29"),
        (datetime(2026, 3, 29, 21, 59, tzinfo=UTC), "Europe/Paris", "2026-03-29"),
        (datetime(2026, 3, 29, 22, 0, tzinfo=UTC), "Europe/Paris", "2026-03-30"),
        (datetime(2026, 10, 24, 22, 0, tzinfo=UTC), "Europe/Paris", "2026-10-25"),
        (datetime(2026, 10, 25, 22, 59, tzinfo=UTC), "Europe/Paris", "2026-10-25"),
        (datetime(2026, 10, 25, 23, 0, tzinfo=UTC), "Europe/Paris", "2026-10-26"),
        (datetime(2026, 11, 21, 11, 0, tzinfo=UTC), "Pacific/Kiritimati", "2026-11-22"),
    ],
)
async def test_today_is_that_of_the_instance(
    books: Books, now: datetime, zone: str, today: str
) -> None:
    """The day begins at its own midnight, on short and long days as well."""
    books.now = now
    report = await books.reports(time_zone=zone).daily(books.who(BOB), None, None)
    assert (report.last, report.time_zone, len(report.by_day)) == (today, zone, 30)


async def test_a_clock_that_went_back_does_not_hide_what_was_spent(books: Books) -> None:
    """The ledger's time never goes back, and its day is the one that is reported."""
    state = LedgerStateRow.filter(id=1)
    await books.database.write(lambda: state.update(last_at=NOON))
    books.now = datetime(2026, 1, 1, tzinfo=UTC)
    assert (await books.reports().daily(books.who(BOB), None, None)).last == "2026-11-21"


async def test_days_follow_each_other_through_both_changes_of_the_clock(books: Books) -> None:
    """No day is left out or told twice, and a leap day is one."""
    for first, last, days in (
        ("2026-03-28", "2026-03-30", 3),
        ("2026-10-24", "2026-10-26", 3),
        ("2028-02-28", "2028-03-01", 3),
    ):
        report = await books.reports().daily(books.who(BOB), first, last)
        assert len({part.key for part in report.by_day}) == days


@pytest.mark.parametrize(
    ("month", "first", "last"),
    [
        (None, "2026-11-01", "2026-11-21"),
        ("2026-11", "2026-11-01", "2026-11-21"),
        ("2026-10", "2026-10-01", "2026-10-31"),
        ("2028-02", "2028-02-01", "2028-02-29"),
        ("9999-12", "9999-12-01", "9999-12-31"),
    ],
)
async def test_a_month(books: Books, month: str | None, first: str, last: str) -> None:
    """The running one goes until today and alone has a forecast; any other is whole."""
    report = await books.reports().monthly(books.who(BOB), month)
    assert (report.first, report.last) == (first, last)
    assert (report.forecast is not None) == (last == "2026-11-21")


@pytest.mark.parametrize("month", ["2026-13", "0000-01"])
async def test_a_month_that_cannot_be(books: Books, month: str) -> None:
    """The refusal names the field."""
    with pytest.raises(Refusal, match="invalid") as refused:
        await books.reports().monthly(books.who(BOB), month)
    assert refused.value.facts == {"fields": "month: not in the calendar"}


async def test_the_forecast_looks_back_four_weeks(books: Books) -> None:
    """1 € on each of many days: the days before the month count for the rate, not for the sum."""
    for day in (*range(20261001, 20261032), *range(20261101, 20261121)):
        await books.spend(books.ids["Bob"], day, NANO)
    ahead = (await books.reports().monthly(books.who(ALICE), None)).forecast
    assert ahead is not None
    assert (ahead.days_measured, ahead.likely_nano_eur) == (28, 30 * NANO)


async def test_the_forecast_measures_from_the_first_day_on(books: Books) -> None:
    """Days before anything was spent are not days of nothing; those after it are."""
    await books.spend(books.ids["Bob"], 20261117, 4 * NANO)
    ahead = (await books.reports().monthly(books.who(ALICE), None)).forecast
    assert ahead is not None
    # 4 € in four days: 1 € today, and on each of the nine days left.
    assert (ahead.days_measured, ahead.likely_nano_eur) == (4, 14 * NANO)


async def test_an_old_first_day_does_not_shorten_the_measure(books: Books) -> None:
    """Who spent nothing for months is measured over four weeks of nothing."""
    await books.spend(books.ids["Bob"], 20260101, NANO)
    ahead = (await books.reports().monthly(books.who(BOB), None)).forecast
    assert ahead is not None
    assert (ahead.days_measured, ahead.likely_nano_eur) == (28, 0)


@pytest.mark.usefixtures("books")
@pytest.mark.parametrize("user", [None, GONE])
async def test_a_query_uses_an_index(monkeypatch: pytest.MonkeyPatch, user: UUID | None) -> None:
    """The rollup is searched by purse and day, never read from end to end."""
    asked: list[tuple[str, list[Any]]] = []
    execute = SqliteClient.execute_query_dict

    async def noting(client: SqliteClient, query: str, values: list[Any]) -> object:
        asked.append((query, values))
        return await execute(client, query, values)

    span = Span("real", 20261101, 20261121, user)
    with monkeypatch.context() as patch:
        patch.setattr(SqliteClient, "execute_query_dict", noting)
        await usage.shares(span)
        await usage.rows(span)
        await usage.costs(span)
        await usage.first_day("real", user)
    assert len(asked) == 4
    for query, values in asked:
        plan = await get_connection("default").execute_query_dict(
            f"EXPLAIN QUERY PLAN {query}", values
        )
        steps = [step["detail"] for step in plan if "usage_day" in step["detail"]]
        assert steps
        assert all("SEARCH usage_day USING" in step and "(purse=?" in step for step in steps)
        assert not [step["detail"] for step in plan if "ORDER BY" in step["detail"]]
