"""The ledger: one line after the other, each hold closed once, and balances that follow from it."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from tortoise.connection import get_connection

from schema.tables.budget import BalanceRow, LedgerEntryRow, LedgerStateRow, UsageDayRow
from server.features.budget.entries import chain_after, meter_line
from server.features.budget.hold import Outcome
from server.features.budget.meter_file import MeterLine
from server.features.budget.scopes import ScopeKey, keys_of
from server.features.budget.store import balances
from server.features.budget.store import ledger as store
from server.store import DatabaseError
from tests.clock import FakeClock

from .bank import ALICE, BOB, MORNING, QUILL, TOKEN, Bank, banking, whole

pytestmark = pytest.mark.asyncio


@pytest_asyncio.fixture
async def bank(tmp_path: Path) -> AsyncIterator[Bank]:
    """Open a new instance."""
    async with banking(tmp_path) as bank:
        yield bank


async def run(query: str, *values: object) -> None:
    """Tamper with the database."""
    await get_connection("default").execute_query(query, list(values))


async def stored(query: str) -> list[tuple[Any, ...]]:
    """Read it as it lies there."""
    _, rows = await get_connection("default").execute_query(query)
    return [tuple(row) for row in rows]


async def test_every_line_follows_from_the_one_before(bank: Bank) -> None:
    """Numbers have no gap, and the chain can be followed from what lies in the database."""
    for tokens in (10, 20):
        await bank.settle(await bank.hold(100), tokens)
    await bank.end((await bank.hold(50)).hold, Outcome("not_billed"))
    columns = ", ".join(store.CHAINED_COLUMNS)
    rows = await stored(f"SELECT {columns}, chain FROM ledger_entry ORDER BY seq")  # noqa: S608 - its own
    chain = ""
    for row in rows:
        chain = chain_after(chain, row[:-1])
        assert row[-1] == chain
    assert [row[0] for row in rows] == [1, 2, 3, 4, 5, 6]
    state = await LedgerStateRow.get(id=1)
    assert (state.last_seq, state.chain) == (6, chain)
    assert [entry.kind for entry in await bank.entries()] == [
        "hold", "post", "hold", "post", "hold", "void",
    ]  # fmt: skip


async def test_a_chain_tells_any_change() -> None:
    """Of a value, of its kind, and of what came before."""
    chains = {
        chain_after("", [1, "a"]),
        chain_after("", ["1", "a"]),
        chain_after("", [1, "b"]),
        chain_after("", [1, None]),
        chain_after("x", [1, "a"]),
    }
    assert len(chains) == 5
    assert {len(chain) for chain in chains} == {32}


async def test_a_post_has_the_periods_of_its_hold(bank: Bank) -> None:
    """An answer over midnight counts in the day in which it was begun, and in no other."""
    bank.clock.now = datetime(2026, 11, 30, 22, 59, 50, tzinfo=UTC)  # ten seconds before midnight
    held = await bank.hold(100)
    bank.clock.pass_time(seconds=20)
    await bank.settle(held, 40)
    post = (await bank.entries())[-1]
    assert (post.day, post.week, post.month) == (20261130, 20261130, 202611)
    assert post.at == bank.clock()
    rows = await BalanceRow.filter(scope="instance").values_list("start", "spent_nano_eur")
    assert sorted(rows) == [(202611, 40 * TOKEN), (20261130, 40 * TOKEN)]

    await bank.settle(await bank.hold(100), 1)
    assert (await bank.entries())[-1].month == 202612


async def test_time_never_goes_back(bank: Bank) -> None:
    """With the clock set back an hour, over midnight even, no used up day comes again."""
    bank.clock.now = datetime(2026, 11, 21, 23, 30, tzinfo=UTC)  # the 22nd in Paris
    await bank.settle(await bank.hold(100), 10)
    bank.clock.pass_time(hours=-1)
    await bank.settle(await bank.hold(100), 10)
    entries = await bank.entries()
    assert [entry.at for entry in entries] == [datetime(2026, 11, 21, 23, 30, tzinfo=UTC)] * 4
    assert {entry.day for entry in entries} == {20261122}


async def test_time_does_not_go_back_over_a_restart(tmp_path: Path) -> None:
    """The ledger remembers its last moment."""
    clock = FakeClock(MORNING)
    async with banking(tmp_path, clock) as bank:
        await bank.settle(await bank.hold(100), 10)
    clock.pass_time(days=-3)
    async with banking(tmp_path, clock) as bank:
        await bank.settle(await bank.hold(100), 10)
        assert {entry.day for entry in await bank.entries()} == {20261121}


async def test_a_hold_is_closed_once(bank: Bank) -> None:
    """A second closing entry cannot be written, and nothing of its unit stays."""
    held = await bank.hold(100)
    await bank.settle(held, 10)
    post = await store.closing(held.hold)
    assert post is not None
    before = await bank.balance()

    async def again() -> None:
        await run("UPDATE balance SET spent_nano_eur = spent_nano_eur + 1")
        state = await store.state()
        await store.add(store.Entry(**{**_fields(post), "seq": state.last_seq + 1}))

    with pytest.raises(DatabaseError):
        await bank.database.write(again)
    assert await bank.balance() == before
    assert len(await bank.entries()) == 2


async def test_an_entry_that_does_not_come_next_is_not_written(bank: Bank) -> None:
    """Numbers have no gap, whoever counts."""
    await bank.settle(await bank.hold(100), 10)
    post = await store.entry(2)
    assert post is not None

    async def far() -> None:
        await store.add(store.Entry(**{**_fields(post), "seq": 9, "closes": None}))

    with pytest.raises(LookupError):
        await bank.database.write(far)
    assert len(await bank.entries()) == 2


def _fields(entry: store.Entry) -> dict[str, Any]:
    return {name: getattr(entry, name) for name in (*store.CHAINED_COLUMNS, "chain")}


async def test_a_missing_balance_is_added_up_from_the_entries(bank: Bank) -> None:
    """What is spent and what is held, for the next hold as well as for a settlement."""
    await bank.limit(daily_nano_eur=1_000)
    await bank.settle(await bank.hold(300), 200)
    pending = await bank.hold(300)
    await run("DELETE FROM balance")
    third = await bank.hold(500)
    assert (await bank.balance(), await bank.balance("total", BOB)) == ((200, 800), (200, 800))
    await run("DELETE FROM balance")
    await bank.settle(pending, 100)
    await bank.settle(third, 100)
    for period in ("day", "week", "month", "total"):
        assert await bank.balance(period, BOB) == (400, 0)
    assert [await bank.balance(period) for period in ("day", "month")] == [(400, 0), (400, 0)]


async def test_the_sums_are_those_of_the_entries(bank: Bank) -> None:
    """For each scope and period, whatever happened before."""
    for user in (ALICE, BOB):
        for days in range(10):
            bank.clock.pass_time(days=days)
            await bank.settle(await bank.hold(100, user), 10 + days)
            await bank.hold(5, user)
        bank.clock.pass_time(days=-9)
    entries = await bank.entries()
    for row in await BalanceRow.all():
        key = store_key(row)
        assert await balances.sums(key) == (row.spent_nano_eur, row.held_nano_eur)
    assert sum(row.spent_nano_eur for row in await BalanceRow.filter(period="total")) == sum(
        entry.amount_nano_eur for entry in entries if entry.kind == "post"
    )


def store_key(row: BalanceRow) -> ScopeKey:
    """Return the key of a row."""
    periods = (row.purse, row.scope, row.scope_id, row.period, row.start)
    return ScopeKey(*periods)  # type: ignore[arg-type]  # columns are no literals


async def test_a_day_is_summed_by_person_and_model(bank: Bank) -> None:
    """Posts count as requests; voids do not; what is estimated is told apart."""
    await bank.settle(await bank.hold(100), 10)
    await bank.end((await bank.hold(100)).hold, Outcome("unknown"))
    await bank.end((await bank.hold(100)).hold, Outcome("not_billed"))
    await bank.settle(await bank.hold(100, simulated=True), 7)
    rows = await UsageDayRow.all().order_by("purse")
    assert [
        (row.purse, row.requests, row.output_tokens, row.cost_nano_eur, row.estimated_nano_eur)
        for row in rows
    ] == [
        ("real", 2, 110, 110 * TOKEN, 100 * TOKEN),
        ("simulated", 1, 7, 7 * TOKEN, 0),
    ]
    assert {(row.day, row.user_id, row.model) for row in rows} == {(20261121, BOB, QUILL)}


async def test_a_correction_changes_what_a_post_cost(bank: Bank) -> None:
    """In the periods of the post, with a trace; what was an estimate is known then."""
    held = await bank.hold(100)
    await bank.end(held.hold, Outcome("unknown"))
    bank.clock.pass_time(days=2)
    correction = await bank.database.write(
        lambda: bank.ledger.correct(2, -70 * TOKEN, "report"),
        lambda entry: bank.holding.added([entry]),
    )
    assert (correction.kind, correction.corrects, correction.day) == ("correction", 2, 20261121)
    assert (correction.reason, correction.at) == ("report", bank.clock())
    assert await bank.balance("total", BOB) == (30, 0)
    day = await UsageDayRow.get()
    assert (day.requests, day.cost_nano_eur, day.estimated_nano_eur) == (1, 30 * TOKEN, 0)
    await bank.database.write(lambda: bank.ledger.correct(2, 5 * TOKEN, "report"))
    day = await UsageDayRow.get()
    assert (day.cost_nano_eur, day.estimated_nano_eur) == (35 * TOKEN, 0)
    assert bank.meter.lines[-1] == meter_line(correction)


@pytest.mark.parametrize("entry", [1, 99])
async def test_only_posts_are_corrected(bank: Bank, entry: int) -> None:
    """A hold is none, and what is not there is none."""
    await bank.hold(100)
    with pytest.raises(LookupError):
        await bank.database.write(lambda: bank.ledger.correct(entry, 1, "report"))
    assert len(await bank.entries()) == 1


async def test_what_only_the_meter_knows_is_added(bank: Bank) -> None:
    """As an estimate, in the periods it was spent in."""
    lines = [
        MeterLine(9, "c", "post", "real", BOB, 20261031, 202610, 12 * TOKEN),
        MeterLine(11, "d", "post", "simulated", ALICE, 20261101, 202611, 3 * TOKEN),
        MeterLine(13, "e", "post", "real", BOB, 20261101, 202611, 0),
    ]
    added = await bank.database.write(lambda: bank.ledger.add_lost(lines))
    assert [(entry.kind, entry.reason, entry.estimated, entry.week) for entry in added] == [
        ("correction", "meter", True, 20261026)
    ] * 2
    spent = await BalanceRow.filter(period="month").values_list("purse", "start", "spent_nano_eur")
    assert sorted(spent) == [
        ("real", 202610, 12 * TOKEN),
        ("real", 202610, 12 * TOKEN),
        ("simulated", 202611, 3 * TOKEN),
        ("simulated", 202611, 3 * TOKEN),
    ]
    assert [row.estimated_nano_eur for row in await UsageDayRow.all().order_by("purse")] == [
        12 * TOKEN,
        3 * TOKEN,
    ]


async def test_where_the_ledger_stands_can_be_read_off_it(tmp_path: Path) -> None:
    """A row that is gone is made again from the newest entry."""
    async with banking(tmp_path) as bank:
        await bank.settle(await bank.hold(100), 10)
        await run("DELETE FROM ledger_state")
        with pytest.raises(LookupError):
            await bank.hold(100)
    async with banking(tmp_path) as bank:
        await bank.settle(await bank.hold(100), 10)
        chains = [entry.chain for entry in await bank.entries()]
        assert len(chains) == 4
        assert (await LedgerStateRow.get(id=1)).chain == chains[-1]


async def test_a_bill_above_its_hold_is_posted_whole(
    bank: Bank, caplog: pytest.LogCaptureFixture
) -> None:
    """And told as the defect it is."""
    held = await bank.hold(100)
    settled = await bank.settle(held, 150)
    assert settled.cost_nano_eur == 150 * TOKEN
    assert await bank.balance() == (150, 0)
    assert "bill above its hold" in caplog.text


async def test_the_way_of_every_request_is_by_index(bank: Bank) -> None:
    """No statement of a hold or its settlement reads a whole table."""
    statements: list[str] = []
    await bank.settle(await bank.hold(100), 1)
    connection: Any = get_connection("default")
    raw = connection._connection._conn  # noqa: SLF001 - what SQLite itself is told
    await connection._connection._execute(raw.set_trace_callback, statements.append)  # noqa: SLF001
    await bank.end((await bank.hold(100)).hold, whole(1))
    await connection._connection._execute(raw.set_trace_callback, None)  # noqa: SLF001
    plans = [
        step[3]
        for statement in statements
        if statement.split()[0] in ("SELECT", "UPDATE", "INSERT", "DELETE")
        for step in await stored(f"EXPLAIN QUERY PLAN {statement}")
    ]
    assert len(plans) > 8
    assert not [plan for plan in plans if plan.startswith("SCAN")]


async def test_a_new_period_is_added_up_by_index(bank: Bank) -> None:
    """So is a balance that is made from the entries; only a person's total reads all of theirs."""
    for key in keys_of("real", BOB, bank.periods.of(bank.clock())):
        where, values = balances._entries_of(key)  # noqa: SLF001 - its plan is the claim
        query = f"EXPLAIN QUERY PLAN SELECT sum(amount_nano_eur) FROM ledger_entry WHERE {where}"  # noqa: S608 - its own
        _, rows = await get_connection("default").execute_query(query, values)
        assert [tuple(row)[3].split(" (")[0] for row in rows] == [
            "SEARCH ledger_entry USING INDEX ledger_user_period"
            if key.scope == "user"
            else "SEARCH ledger_entry USING INDEX ledger_period"
        ]


async def test_the_ledger_lies_as_its_table_says(bank: Bank) -> None:
    """What is written in plain SQL is read through the table as it was."""
    await bank.settle(await bank.hold(100), 10)
    entry, row = await store.entry(2), await LedgerEntryRow.get(seq=2)
    assert entry is not None
    names = (*store.CHAINED_COLUMNS, "chain")
    assert [getattr(entry, name) for name in names] == [getattr(row, name) for name in names]
