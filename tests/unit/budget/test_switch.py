"""The kill switch: at once, across restarts, with a reason, and written down."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import pytest
import pytest_asyncio
from tortoise.connection import get_connection

from server.core.problems import Refusal
from server.features.budget.store import audit
from server.features.budget.store.state import Stop
from server.features.budget.switch import Switch
from server.store import Database
from tests.people import MIGRATIONS

pytestmark = pytest.mark.asyncio

ALICE: Final = UUID("019aa5a0-0000-7000-8000-0000000a11ce")
NOW: Final = datetime(2026, 11, 21, 9, 30, tzinfo=UTC)


@dataclass
class Room:
    """A switch on a real database, and what it has told."""

    switch: Switch
    database: Database
    cut: list[str] = field(default_factory=list)
    changes: int = 0

    async def on_cut(self, reason: str) -> None:
        """Stand for the running answers."""
        await asyncio.sleep(0)
        self.cut.append(reason)

    def on_changed(self) -> None:
        """Stand for who waits, and the devices."""
        self.changes += 1

    def refused(self) -> tuple[str, str] | None:
        """Return the code and the reason of the refusal, in English; None if calls are made."""
        try:
            self.switch.check()
        except Refusal as refusal:
            return refusal.code, refusal.problem("en").message
        return None


@asynccontextmanager
async def opened(folder: Path) -> AsyncIterator[Room]:
    """Open the switch as a start does."""
    database = Database(folder, MIGRATIONS)
    await database.open()
    room = Room(Switch(database=database, clock=lambda: NOW), database)
    room.switch.on_cut = room.on_cut
    room.switch.on_changed = room.on_changed
    await room.switch.open()
    yield room
    await database.close()


@pytest_asyncio.fixture
async def room(tmp_path: Path) -> AsyncIterator[Room]:
    """Open a new instance."""
    async with opened(tmp_path) as room:
        yield room


async def events() -> list[tuple[str, UUID | None, dict[str, Any]]]:
    """Return what was written down, newest first."""
    return [(row.event, row.user_id, row.facts) for row in await audit.newest(10)]


async def test_a_new_instance_calls(room: Room) -> None:
    """Nothing is stopped, and nothing was written down."""
    assert room.refused() is None
    assert await events() == []


async def test_pulling_stops_calls_and_cuts_answers(room: Room) -> None:
    """With the reason the administrator gave, in the refusal and in the audit."""
    await room.switch.pull(ALICE, "The bill looks odd")
    code, message = room.refused() or ("", "")
    assert (code, "The bill looks odd" in message) == ("kill_switch", True)
    assert room.cut == ["The bill looks odd"]
    assert room.changes
    assert await events() == [("pulled", ALICE, {"reason": "The bill looks odd"})]


async def test_a_stop_survives_a_restart(tmp_path: Path) -> None:
    """Who pulled it, when and why included."""
    async with opened(tmp_path) as room:
        await room.switch.pull(ALICE, "Over night")
    async with opened(tmp_path) as room:
        assert room.switch.stop == Stop("hand", "Over night", NOW, ALICE)


async def test_lifting_lets_calls_go_on_and_is_written_down(tmp_path: Path) -> None:
    """With who, why, and what it lifted; after a restart too."""
    async with opened(tmp_path) as room:
        await room.switch.pull(ALICE, "Look")
        before = room.changes
        await room.switch.lift(ALICE, "All is well")
        assert room.refused() is None
        assert room.changes > before
        facts = {"reason": "All is well", "stop": "hand", "why": "Look"}
        assert (await events())[0] == ("lifted", ALICE, facts)
    async with opened(tmp_path) as room:
        assert room.refused() is None


async def test_lifting_what_is_not_stopped_changes_nothing(room: Room) -> None:
    """Nor is it written down."""
    await room.switch.lift(ALICE, "By mistake")
    assert (await events(), room.changes) == ([], 0)


async def test_distrust_says_why_in_both_languages(room: Room) -> None:
    """The code is put into words where a person reads it."""
    await room.switch.distrust("meter_missing")
    with pytest.raises(Refusal) as refused:
        room.switch.check()
    assert refused.value.code == "ledger"
    assert "meter.log, is missing" in refused.value.problem("en").message
    assert "meter.log, manque" in refused.value.problem("fr").message
    assert await events() == [("distrusted", None, {"reason": "meter_missing"})]


async def test_distrust_is_stronger_than_the_button(room: Room) -> None:
    """It takes its place, keeps it when the button is pulled again, and answers are cut."""
    await room.switch.pull(ALICE, "Look")
    await room.switch.distrust("entry_missing")
    await room.switch.distrust("meter_missing")
    await room.switch.pull(ALICE, "Look again")
    assert (room.switch.stop.by, room.switch.stop.reason) == ("ledger", "entry_missing")
    assert room.cut == ["Look", "Look again"]
    assert [event for event, _, _ in await events()] == ["pulled", "distrusted", "pulled"]


async def test_a_ledger_is_made_whole_before_calls_go_on(room: Room) -> None:
    """What was done is written down with the reason; while it is done, calls stay stopped."""
    seen: list[tuple[str, str] | None] = []

    async def reconcile() -> dict[str, Any]:
        seen.append(room.refused())
        return {"added_nano_eur": 5}

    room.switch.reconcile = reconcile
    await room.switch.distrust("meter_ahead")
    await room.switch.lift(ALICE, "A backup was restored")
    assert seen[0] is not None
    assert room.refused() is None
    assert (await events())[0][2] == {
        "reason": "A backup was restored",
        "stop": "ledger",
        "why": "meter_ahead",
        "added_nano_eur": 5,
    }


async def test_what_cannot_be_made_whole_stays_stopped(room: Room) -> None:
    """The failure comes to the administrator, who can try again."""

    async def reconcile() -> dict[str, Any]:
        raise Refusal("storage")

    room.switch.reconcile = reconcile
    await room.switch.distrust("meter_ahead")
    with pytest.raises(Refusal, match="storage"):
        await room.switch.lift(ALICE, "Try")
    assert room.refused() is not None


@pytest.mark.parametrize("first", ["hand", "ledger"])
async def test_a_pull_during_a_lift_wins(room: Room, first: str) -> None:
    """Whoever pulls while another lifts finds calls stopped, and so does the next start."""
    reached, may_go_on = asyncio.Event(), asyncio.Event()

    async def reconcile() -> dict[str, Any]:
        reached.set()
        await may_go_on.wait()
        return {}

    room.switch.reconcile = reconcile
    if first == "ledger":
        await room.switch.distrust("meter_ahead")
    else:
        await room.switch.pull(ALICE, "First")
        may_go_on.set()
        reached.set()
    lifting = asyncio.create_task(room.switch.lift(ALICE, "Fine"))
    await reached.wait()
    pulling = asyncio.create_task(room.switch.pull(ALICE, "Not at all"))
    await asyncio.sleep(0)
    may_go_on.set()
    await asyncio.gather(lifting, pulling)
    assert room.refused() is not None
    left = room.switch.stop
    await room.switch.open()
    assert room.switch.stop == left


async def test_the_button_works_on_a_full_disk(room: Room) -> None:
    """Calls stop and answers are cut; the administrator hears that it could not be written down."""
    await get_connection("default").execute_query("PRAGMA query_only = ON")
    with pytest.raises(Refusal, match="storage"):
        await room.switch.pull(ALICE, "Stop!")
    assert room.refused() is not None
    assert room.cut == ["Stop!"]


async def test_distrust_counts_though_it_cannot_be_written_down(room: Room) -> None:
    """A disk that fails is a reason more to stop."""
    await get_connection("default").execute_query("PRAGMA query_only = ON")
    await room.switch.distrust("entry_changed")
    assert room.refused() is not None
