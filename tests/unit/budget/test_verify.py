"""A ledger that is not whole stops calls, says why, and is made whole when the stop is lifted."""

import asyncio
import random
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from tortoise.connection import get_connection

from server.features.budget.meter import FILE_NAME
from tests.clock import FakeClock

from .vault import (
    ALICE,
    MORNING,
    Vault,
    copy,
    lose_database,
    lose_meter,
    opened,
    put_back,
    spent,
    tampering,
)

pytestmark = pytest.mark.asyncio


async def test_a_whole_ledger_is_trusted(tmp_path: Path) -> None:
    """At every start, in the background, and after a stop in the middle of an answer."""
    async with opened(tmp_path) as vault:
        await vault.spend(3)
        await vault.hold()
        await vault.verifier.look()
    async with opened(tmp_path) as vault:
        await vault.verifier.look()
        assert await vault.refused() is None
        assert await vault.events() == []


async def test_a_restored_backup_stops_calls(tmp_path: Path) -> None:
    """The meter has counted what came after it; lifting adds that, and calls go on."""
    backup = tmp_path / "backup"
    backup.mkdir()
    async with opened(tmp_path) as vault:
        cost = await vault.spend(2)
    copy(tmp_path, backup)
    async with opened(tmp_path) as vault:
        cost += await vault.spend(3)
    put_back(backup, tmp_path)
    async with opened(tmp_path) as vault:
        assert await vault.refused() == ("ledger", "meter_ahead")
        await vault.switch.lift(ALICE, "The card had died")
        assert spent(tmp_path) == cost
        (distrusted, _), (reconciled, _), (lifted, facts) = await vault.events()
        assert (distrusted, reconciled, lifted) == ("distrusted", "reconciled", "lifted")
        assert facts["added_entries"] == 3
        assert await vault.refused() is None
    async with opened(tmp_path) as vault:
        await vault.verifier.look()
        assert await vault.refused() is None


async def test_what_was_pending_at_the_backup_counts_wholly(tmp_path: Path) -> None:
    """Its answer came after the backup: it is posted at its worst case, and nothing twice."""
    backup = tmp_path / "backup"
    backup.mkdir()
    async with opened(tmp_path) as vault:
        hold = await vault.hold()
        await get_connection("default").execute_query("PRAGMA wal_checkpoint(TRUNCATE)")
        copy(tmp_path, backup)
        await vault.settle(hold)
        after = await vault.spend(2)
        held = (await vault.meter.content()).lines[0].nano_eur
    put_back(backup, tmp_path)
    async with opened(tmp_path) as vault:
        assert await vault.refused() == ("ledger", "meter_ahead")
        await vault.switch.lift(ALICE, "Restored")
        assert spent(tmp_path) == held + after


async def test_a_second_restore_is_noticed_as_well(tmp_path: Path) -> None:
    """What was added for the first one is counted by the new meter."""
    backup = tmp_path / "backup"
    backup.mkdir()
    async with opened(tmp_path) as vault:
        cost = await vault.spend(1)
    copy(tmp_path, backup)
    async with opened(tmp_path) as vault:
        cost += await vault.spend(2)
    for _ in range(2):
        put_back(backup, tmp_path)
        async with opened(tmp_path) as vault:
            assert await vault.refused() == ("ledger", "meter_ahead")
            await vault.switch.lift(ALICE, "Restored")
            assert spent(tmp_path) == cost


async def test_a_crash_while_it_is_lifted_adds_nothing_twice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The amounts were added, the new meter was not: the next lift knows."""
    backup = tmp_path / "backup"
    backup.mkdir()
    async with opened(tmp_path) as vault:
        cost = await vault.spend(1)
    copy(tmp_path, backup)
    async with opened(tmp_path) as vault:
        cost += await vault.spend(2)
    put_back(backup, tmp_path)
    async with opened(tmp_path) as vault:

        async def power_cut(*_: object) -> None:
            raise InterruptedError

        monkeypatch.setattr(vault.meter, "rebase", power_cut)
        with pytest.raises(Exception, match="storage"):
            await vault.switch.lift(ALICE, "Restored")
    async with opened(tmp_path) as vault:
        assert await vault.refused() == ("ledger", "meter_ahead")
        await vault.switch.lift(ALICE, "Once more")
        assert spent(tmp_path) == cost
        assert await vault.refused() is None


async def test_a_new_database_beside_an_old_meter_stops_calls(tmp_path: Path) -> None:
    """Moving the database away does not give the money back."""
    async with opened(tmp_path) as vault:
        cost = await vault.spend(2)
    lose_database(tmp_path)
    async with opened(tmp_path) as vault:
        assert await vault.refused() == ("ledger", "meter_ahead")
        await vault.switch.lift(ALICE, "Begun anew")
        assert spent(tmp_path) == cost


@pytest.mark.parametrize("seq", [1, 4, 5, 6])
async def test_a_deleted_entry_stops_calls(tmp_path: Path, seq: int) -> None:
    """The first one, one in the middle, a hold, the last one; what it cost is added again."""
    async with opened(tmp_path) as vault:
        cost = await vault.spend(3)
    with tampering(tmp_path) as database:
        database.execute("DELETE FROM ledger_entry WHERE seq = ?", (seq,))
    async with opened(tmp_path) as vault:
        assert await vault.refused() == ("ledger", "entry_missing")
        await vault.switch.lift(ALICE, "Somebody deleted a row")
        assert spent(tmp_path) == cost
        assert await vault.refused() is None
    async with opened(tmp_path) as vault:
        await vault.verifier.look()
        assert await vault.refused() is None


async def test_an_entry_deleted_after_a_lift_is_noticed(tmp_path: Path) -> None:
    """What was accepted is what was missing then, not whatever is missing later."""
    async with opened(tmp_path) as vault:
        await vault.spend(3)
    for seq in (2, 3):
        with tampering(tmp_path) as database:
            database.execute("DELETE FROM ledger_entry WHERE seq = ?", (seq,))
        async with opened(tmp_path) as vault:
            assert await vault.refused() == ("ledger", "entry_missing")
            await vault.switch.lift(ALICE, "A slip")
            assert await vault.refused() is None


async def test_an_entry_deleted_while_it_runs_is_noticed(tmp_path: Path) -> None:
    """By the next look, without a restart."""
    async with opened(tmp_path) as vault:
        await vault.spend(3)
        with tampering(tmp_path) as database:
            database.execute("DELETE FROM ledger_entry WHERE seq = 3")
        await vault.verifier.look()
        assert await vault.refused() == ("ledger", "entry_missing")


async def test_the_look_begins_by_itself(tmp_path: Path) -> None:
    """And tells who waits that calls are stopped."""
    async with opened(tmp_path) as vault:
        await vault.spend(1)
        with tampering(tmp_path) as database:
            database.execute("UPDATE ledger_entry SET amount_nano_eur = 1 WHERE kind = 'post'")
        told = asyncio.Event()
        vault.switch.on_changed = told.set
        vault.verifier.watch()
        await asyncio.wait_for(told.wait(), 5)
        assert await vault.refused() == ("ledger", "entry_changed")


@pytest.mark.parametrize(
    "change",
    [
        "amount_nano_eur = amount_nano_eur - 1",
        "at = '2026-11-01 00:00:00+00:00'",
        "day = 20261101",
        "estimated = 1",
        "chain = '00000000000000000000000000000000'",
    ],
)
async def test_a_changed_entry_stops_calls(tmp_path: Path, change: str) -> None:
    """The look follows the chain; after a lift the change is known, and only that one."""
    async with opened(tmp_path) as vault:
        await vault.spend(3)
    with tampering(tmp_path) as database:
        database.execute(f"UPDATE ledger_entry SET {change} WHERE seq = 2")  # noqa: S608
    async with opened(tmp_path) as vault:
        await vault.verifier.look()
        assert await vault.refused() == ("ledger", "entry_changed")
        await vault.switch.lift(ALICE, "Looked at")
        await vault.verifier.look()
        assert await vault.refused() is None
        with tampering(tmp_path) as database:
            database.execute("UPDATE ledger_entry SET output_tokens = 7 WHERE seq = 2")
        await vault.verifier.look()
        assert await vault.refused() == ("ledger", "entry_changed")


async def test_what_an_entry_was_made_smaller_by_is_not_forgotten(tmp_path: Path) -> None:
    """Lifting the stop adds the difference, once: the second meter knows what it had been."""
    async with opened(tmp_path) as vault:
        cost = await vault.spend(3)
    with tampering(tmp_path) as database:
        database.execute("UPDATE ledger_entry SET amount_nano_eur = 1 WHERE seq = 2")
    for _ in range(2):
        async with opened(tmp_path) as vault:
            await vault.verifier.look()
            await vault.switch.lift(ALICE, "Looked at")
            assert spent(tmp_path) == cost


async def test_reports_say_what_the_ledger_says_again(tmp_path: Path) -> None:
    """What was added for a lost entry is not reported beside what that had been."""
    async with opened(tmp_path) as vault:
        cost = await vault.spend(3)
    with tampering(tmp_path) as database:
        database.execute("DELETE FROM ledger_entry WHERE seq = 4")
    async with opened(tmp_path) as vault:
        await vault.switch.lift(ALICE, "Looked at")
        assert spent(tmp_path) == cost
        assert reported(tmp_path) == cost
        with tampering(tmp_path) as database:
            database.execute("UPDATE usage_day SET cost_nano_eur = 1, requests = 9")
        await vault.verifier.look()
        assert reported(tmp_path) == cost
        with tampering(tmp_path) as database:
            database.execute("DELETE FROM usage_day")
        await vault.verifier.look()
        assert reported(tmp_path) == cost


def reported(folder: Path) -> int:
    """Return what reports say was spent."""
    with tampering(folder) as database:
        return int(database.execute("SELECT sum(cost_nano_eur) FROM usage_day").fetchone()[0])


async def test_a_missing_meter_stops_calls(tmp_path: Path) -> None:
    """Beside a ledger with entries; lifting begins a new one."""
    async with opened(tmp_path) as vault:
        cost = await vault.spend(2)
    lose_meter(tmp_path)
    async with opened(tmp_path) as vault:
        assert await vault.refused() == ("ledger", "meter_missing")
        assert not (tmp_path / FILE_NAME).exists()
        await vault.switch.lift(ALICE, "Moved to another card")
        assert (await vault.events())[-1][1]["meter"] == "meter_missing"
        assert spent(tmp_path) == cost
        assert await vault.refused() is None
    async with opened(tmp_path) as vault:
        assert await vault.refused() is None


async def test_a_damaged_meter_stops_calls(tmp_path: Path) -> None:
    """A changed byte in the middle of it."""
    async with opened(tmp_path) as vault:
        await vault.spend(2)
    data = bytearray((tmp_path / FILE_NAME).read_bytes())
    data[150] ^= 1
    (tmp_path / FILE_NAME).write_bytes(data)
    async with opened(tmp_path) as vault:
        assert await vault.refused() == ("ledger", "meter_damaged")
        await vault.switch.lift(ALICE, "The card is being replaced")
        assert await vault.refused() is None


async def test_a_meter_lost_while_it_runs_stops_calls(tmp_path: Path) -> None:
    """The call is not made; the next look says why."""
    async with opened(tmp_path) as vault:
        await vault.spend(1)
        lose_meter(tmp_path)
        assert await vault.refused() == ("storage", "")
        await vault.verifier.look()
        assert await vault.refused() == ("ledger", "meter_missing")


async def test_a_stop_cannot_be_lifted_by_deleting_its_row(tmp_path: Path) -> None:
    """The row is where the ledger stands, too: without it calls stay stopped; time goes on."""
    time = FakeClock(MORNING)
    async with opened(tmp_path, time) as vault:
        cost = await vault.spend(1)
        await vault.switch.pull(ALICE, "Stop")
    with tampering(tmp_path) as database:
        database.execute("DELETE FROM ledger_state")
    time.pass_time(hours=-1)
    async with opened(tmp_path, time) as vault:
        assert await vault.refused() == ("ledger", "entry_missing")
        await vault.switch.lift(ALICE, "Looked at")
        cost += await vault.spend(1)
        assert spent(tmp_path) == cost
        with tampering(tmp_path) as database:
            assert len(database.execute("SELECT DISTINCT at FROM ledger_entry").fetchall()) == 1


@pytest.mark.parametrize("moment", ["start", "later"])
async def test_a_wrong_balance_is_set_right(tmp_path: Path, moment: str) -> None:
    """The entries are the truth: calls go on, and it is written down."""
    async with opened(tmp_path) as vault:
        cost = await vault.spend(2)
    with tampering(tmp_path) as database:
        if moment == "start":
            database.execute("UPDATE balance SET spent_nano_eur = 0 WHERE period = 'month'")
        else:
            database.execute("UPDATE balance SET held_nano_eur = 5 WHERE period = 'total'")
    async with opened(tmp_path) as vault:
        if moment == "later":
            await vault.verifier.look()
        events = [event for event, _ in await vault.events()]
        assert set(events) == {"balance_rebuilt"}
        assert spent(tmp_path) == cost
        assert spent(tmp_path, "total") == cost
        assert await vault.refused() is None


async def test_deleted_balances_are_made_again(tmp_path: Path) -> None:
    """What was spent still counts."""
    async with opened(tmp_path) as vault:
        cost = await vault.spend(2)
    with tampering(tmp_path) as database:
        database.execute("DELETE FROM balance")
    async with opened(tmp_path) as vault:
        cost += await vault.spend(1)
        assert spent(tmp_path) == cost


async def test_a_hold_that_nobody_will_settle_is_noticed(tmp_path: Path) -> None:
    """Else it would be held for ever; the lift posts it wholly."""
    async with opened(tmp_path) as vault:
        cost = await vault.spend(1)
        await vault.hold()
        held = (await vault.meter.content()).lines[-1].nano_eur
        with tampering(tmp_path) as database:
            database.execute("DELETE FROM pending_hold")
        await vault.verifier.look()
        assert await vault.refused() == ("ledger", "entry_missing")
        await vault.switch.lift(ALICE, "Looked at")
        assert spent(tmp_path) == cost + held


async def test_a_read_only_database_refuses_calls(tmp_path: Path) -> None:
    """Nothing is called, and nothing is counted by the meter; afterwards it works again."""
    async with opened(tmp_path) as vault:
        await vault.spend(1)
        before = (await vault.meter.content()).texts
        connection = get_connection("default")
        await connection.execute_query("PRAGMA query_only = ON")
        assert await vault.refused() == ("storage", "")
        assert (await vault.meter.content()).texts == before
        await connection.execute_query("PRAGMA query_only = OFF")
        assert await vault.refused() is None


async def test_a_full_disk_refuses_calls(tmp_path: Path) -> None:
    """The database cannot grow any more; with room again it works."""
    async with opened(tmp_path) as vault:
        await vault.spend(1)
        connection = get_connection("default")
        _, rows = await connection.execute_query("PRAGMA page_count")
        await connection.execute_query(f"PRAGMA max_page_count = {rows[0][0]}")
        made = 0
        while (refused := await vault.refused()) is None:
            made += 1
            assert made < 1_000
        assert refused == ("storage", "")
        await connection.execute_query("PRAGMA max_page_count = 1000000")
        await vault.verifier.look()
        assert await vault.refused() is None


async def test_ledger_time_does_not_go_back(tmp_path: Path) -> None:
    """The clock is set back an hour, over midnight: the day that was begun still counts."""
    time = FakeClock(MORNING)
    time.now = time.now.replace(hour=23, minute=30)  # half past midnight in Paris
    async with opened(tmp_path, time) as vault:
        await vault.spend(1)
        time.pass_time(hours=-1)
        await vault.spend(1)
        await vault.verifier.look()
        lines = (await vault.meter.content()).lines
        assert {line.day for line in lines} == {20261122}
        assert await vault.refused() is None
    with tampering(tmp_path) as database:
        moments = [row[0] for row in database.execute("SELECT at FROM ledger_entry ORDER BY seq")]
    assert moments == sorted(moments)


@dataclass
class Game:
    """Holds and settlements at random, and what each hold must come to after a restore."""

    luck: random.Random
    backup: Path
    worth: list[int] = field(default_factory=list)
    pending: dict[int, int] = field(default_factory=dict)
    """The open holds, and which of `worth` is theirs."""
    in_backup: set[int] = field(default_factory=set)

    async def play(self, vault: Vault) -> None:
        """Take and settle some holds; make a backup somewhere in between."""
        self.pending = {}
        copied_at = self.luck.randrange(12)
        for step in range(12):
            if step == copied_at:
                await get_connection("default").execute_query("PRAGMA wal_checkpoint(TRUNCATE)")
                copy(vault.folder, self.backup)
                self.in_backup = set(self.pending)
            if self.pending and self.luck.random() < 0.5:
                await self.settle(vault)
            else:
                self.pending[await vault.hold()] = len(self.worth)
                self.worth.append((await vault.meter.content()).lines[-1].nano_eur)

    async def settle(self, vault: Vault) -> None:
        """Settle one; what was pending in the backup will be posted wholly all the same."""
        hold = self.luck.choice(sorted(self.pending))
        cost = await vault.settle(hold, self.luck.randrange(1, 800))
        which = self.pending.pop(hold)
        if hold not in self.in_backup:
            self.worth[which] = cost


@pytest.mark.parametrize("seed", range(6))
async def test_whatever_is_restored_nothing_spent_is_forgotten(tmp_path: Path, seed: int) -> None:
    """Backups made and restored at random: the ledger has what was spent, to the nano-euro.

    A hold counts as what was posted for it; wholly where it was pending in the backup, or had no
    end.
    """
    backup = tmp_path / "backup"
    backup.mkdir()
    game = Game(random.Random(seed), backup)  # noqa: S311 - a game, not a secret
    for _ in range(3):
        game.in_backup = set()
        async with opened(tmp_path) as vault:
            await game.play(vault)
        put_back(backup, tmp_path)
        async with opened(tmp_path) as vault:
            assert vault.switch.stop.reason == "meter_ahead"
            await vault.switch.lift(ALICE, "Restored")
        assert spent(tmp_path) == sum(game.worth)
