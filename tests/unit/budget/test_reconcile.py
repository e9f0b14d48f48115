"""The provider's report beside a real ledger."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Final
from uuid import UUID

import pytest
import pytest_asyncio

from schema.tables.budget import AuditRow, LedgerEntryRow, ProviderUsageRow, UsageDayRow
from schema.wire.money import Drift
from server.adapters.cost_report import CostReport
from server.features.budget.ledger import Ledger
from server.features.budget.periods import PeriodBook
from server.features.budget.reconcile import Reconciler
from server.features.budget.store.ledger import Entry
from server.store import Database
from tests.people import MIGRATIONS

from .mailroom import FakeTime
from .provider import ADMIN_KEY, Provider, serving, tokens

pytestmark = pytest.mark.asyncio
MODEL: Final = "claude-sonnet-5-5"
DAY: Final = date(2026, 11, 18)
NOON: Final = datetime(2026, 11, 18, 12, tzinfo=UTC)
RATE: Final = 1_250_000
NANO: Final = 8_000_000
"""What a cent of a dollar is in nano-euros at that rate."""

BOB: Final = UUID(int=1)


@dataclass
class Books:
    """A ledger, the provider's report, and what compares them."""

    database: Database
    ledger: Ledger
    time: FakeTime
    provider: Provider
    reconciler: Reconciler
    told: list[Entry] = field(default_factory=list)

    async def request(
        self, cents: int, *, estimated: bool = False, at: datetime = NOON, seconds: int = 30
    ) -> int:
        """Hold and post a request; return the number of the post."""
        now, self.time.now = self.time.now, at
        periods = self.ledger.periods.of(at)
        entry = LedgerEntryRow(
            seq=await LedgerEntryRow.all().count() + 1,
            kind="hold", purse="real", user_id=BOB, model=MODEL, at=at, day=periods.day,
            week=periods.week, month=periods.month, amount_nano_eur=10**9,
            usd_per_eur_micro=RATE, reason="request", chain="",
        )  # fmt: skip
        await entry.save(force_create=True)
        hold: int = entry.seq
        post = entry.clone(pk=hold + 1)
        post.kind, post.closes, post.at = "post", hold, at + timedelta(seconds=seconds)
        post.amount_nano_eur, post.cost_pico_usd = cents * NANO, cents * 10**10
        post.estimated, post.reason = estimated, "lost" if estimated else "whole"
        await post.save(force_create=True)
        self.time.now = now
        return hold + 1

    async def settled(self) -> None:
        """Have the ledger stand at its newest entry, as if it had made them."""
        await self.database.write(self.ledger.open)

    async def corrected(self) -> dict[int, int]:
        """Return by how many cents each post was corrected in all."""
        rows = await LedgerEntryRow.filter(kind="correction")
        assert {row.reason for row in rows} <= {"provider_report"}
        return {
            seq: sum(row.amount_nano_eur for row in rows if row.corrects == seq) // NANO
            for seq in sorted({row.corrects for row in rows if row.corrects is not None})
        }


@pytest.fixture
def provider() -> Iterator[Provider]:
    """Serve the stand-in."""
    with serving() as provider:
        yield provider


@pytest_asyncio.fixture
async def books(tmp_path: Path, provider: Provider) -> AsyncIterator[Books]:
    """Open an empty ledger; it is the 21st of November."""
    database, time = Database(tmp_path, MIGRATIONS), FakeTime()
    time.now = datetime(2026, 11, 21, 12, tzinfo=UTC)
    await database.open()
    ledger = Ledger(periods=PeriodBook("Europe/Paris"), clock=time)
    told: list[Entry] = []
    reconciler = Reconciler(
        database=database,
        clock=time,
        ledger=ledger,
        report=CostReport(provider.url, ADMIN_KEY),
        rate=lambda _: RATE,
        on_corrected=told.extend,
        pause=time.pause,
    )
    yield Books(database, ledger, time, provider, reconciler, told)
    await reconciler.close()
    await database.close()


def row_of(days: list[Drift], day: date = DAY) -> Drift:
    """Return the one row of a day."""
    (row,) = [each for each in days if each.day == day.isoformat()]
    return row


async def test_estimates_come_to_what_was_billed(books: Books) -> None:
    """The lost one shrinks by what it did not cost; trace, audit and sums of the day say so."""
    await books.request(10)
    lost = await books.request(50, estimated=True)
    await books.settled()
    books.provider.costs[DAY] = [tokens(f"{MODEL}-20260601", "40")]
    answer = await books.reconciler.run("en")
    assert await books.corrected() == {lost: -20}
    row = row_of(answer.days)
    assert (row.ledger_nano_eur, row.provider_nano_eur) == (40 * NANO, 40 * NANO)
    assert (row.estimated_nano_eur, row.corrected_nano_eur) == (50 * NANO, -20 * NANO)
    assert (answer.ready, answer.problem, answer.checked_at) == (True, None, books.time.now)
    (audit,) = await AuditRow.all()
    assert (audit.user_id, audit.event) == (None, "provider_report")
    assert audit.facts["corrected_nano_eur"] == -20 * NANO
    (sums,) = await UsageDayRow.all()
    assert sums.cost_nano_eur == -20 * NANO
    assert [entry.corrects for entry in books.told] == [lost]


async def test_comparing_again_changes_nothing_and_an_amended_report_does(books: Books) -> None:
    """Each run starts from the posts as they were, so corrections do not pile up."""
    lost = await books.request(50, estimated=True)
    await books.settled()
    books.provider.costs[DAY] = [tokens(MODEL, "30")]
    for _ in range(3):
        await books.reconciler.run("en")
    assert await books.corrected() == {lost: -20}
    books.provider.costs[DAY] = [tokens(MODEL, "45")]
    await books.reconciler.run("en")
    assert await books.corrected() == {lost: -5}
    assert await LedgerEntryRow.filter(kind="correction").count() == 2
    assert await ProviderUsageRow.all().count() == 1


async def test_exact_posts_never_move(books: Books) -> None:
    """A bill that is higher or lower than what we know exactly is shown as drift, and only that."""
    await books.request(10)
    await books.settled()
    for cents, drift in (("12", -2), ("7", 3)):
        books.provider.costs[DAY] = [tokens(MODEL, cents)]
        answer = await books.reconciler.run("en")
        assert row_of(answer.days).drift_nano_eur == drift * NANO
    assert await books.corrected() == {}


async def test_a_day_counts_in_utc(books: Books) -> None:
    """What was asked at half past midnight in Paris is on the provider's day before."""
    night = datetime(2026, 11, 17, 22, 30, tzinfo=UTC) + timedelta(hours=1)
    lost = await books.request(50, estimated=True, at=night, seconds=3 * 3600)
    early = datetime(2026, 11, 17, 22, 30, tzinfo=UTC)
    sure = await books.request(50, estimated=True, at=early, seconds=3 * 3600)
    await books.settled()
    books.provider.costs[DAY - timedelta(days=1)] = [tokens(MODEL, "10")]
    answer = await books.reconciler.run("en")
    assert row_of(answer.days, DAY - timedelta(days=1)).estimated_nano_eur == 100 * NANO
    assert await books.corrected() == {sure: -40}
    assert lost not in await books.corrected()


async def test_only_days_that_are_over_for_six_hours(books: Books) -> None:
    """At 05:59 UTC yesterday is not asked for, at 06:00 it is."""
    for hour, minute, end in ((5, 59, "2026-11-20"), (6, 0, "2026-11-21")):
        books.time.now = datetime(2026, 11, 21, hour, minute, tzinfo=UTC)
        await books.reconciler.run("en")
        assert books.provider.asked[-1]["ending_at"] == f"{end}T00:00:00Z"


@pytest.mark.parametrize(
    ("instead", "words"),
    [
        ((401, b"{}"), "n’accepte pas la clé"),
        ((429, b"{}"), "trop souvent"),
        ((500, b""), "a échoué (500)"),
        ((200, b"garbage"), "pas conforme"),
    ],
)
async def test_a_report_that_cannot_be_had_is_said(
    books: Books, instead: tuple[int, bytes], words: str
) -> None:
    """Nothing is corrected, what was read before stays, and the problem goes with the next try."""
    await books.request(50, estimated=True)
    await books.settled()
    books.provider.costs[DAY] = [tokens(MODEL, "50")]
    await books.reconciler.run("fr")
    books.provider.instead = instead
    answer = await books.reconciler.run("fr")
    assert words in (answer.problem or "")
    assert row_of(answer.days).provider_nano_eur == 50 * NANO
    assert await books.corrected() == {}
    books.provider.instead = None
    assert (await books.reconciler.run("fr")).problem is None


async def test_daily_and_sooner_after_a_failure(books: Books) -> None:
    """It compares at the start, a day later, and an hour after a report that could not be had."""
    books.reconciler.start()
    await books.time.somebody_sleeps()
    assert len(books.provider.asked) == 2
    books.provider.instead = (500, b"")
    await books.time.pass_time(days=1)
    assert len(books.provider.asked) == 3
    books.provider.instead = None
    await books.time.pass_time(hours=1)
    assert len(books.provider.asked) == 5
    assert (await books.reconciler.report("en")).problem is None


async def test_runs_at_the_same_time_correct_once(books: Books) -> None:
    """Two administrators who tap together are one after the other."""
    lost = await books.request(50, estimated=True)
    await books.settled()
    books.provider.costs[DAY] = [tokens(MODEL, "30")]
    await asyncio.gather(*(books.reconciler.run("en") for _ in range(3)))
    assert await books.corrected() == {lost: -20}
    kinds = [asked["path"].rsplit("/", 1)[-1] for asked in books.provider.asked]
    assert kinds == ["cost_report", "messages"] * 3


async def test_without_an_admin_key_there_is_nothing_to_compare(books: Books) -> None:
    """It says so, and asks nobody."""
    bare = Reconciler(
        database=books.database,
        clock=books.time,
        ledger=books.ledger,
        report=None,
        rate=lambda _: RATE,
        on_corrected=books.told.extend,
    )
    bare.start()
    answer = await bare.run("en")
    assert (answer.ready, answer.days, answer.problem) == (False, [], None)
    await bare.close()
    assert books.provider.asked == []
