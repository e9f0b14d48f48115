"""Turns that meet: stopped while the one before them ends, taken up again after a restart."""

import asyncio
from pathlib import Path

import pytest

from schema.tables.chat import JournalRow, MessageRow, TurnRow
from server.core.problems import Refusal
from tests.people import BOB, furnish

from .conftest import PATIENCE_SECONDS, Study, studying

pytestmark = pytest.mark.asyncio


async def test_a_waiting_turn_stopped_while_the_one_before_it_ends(study: Study) -> None:
    """It ends once, with one answer, though its turn comes at that very moment."""
    study.claude.may_end.clear()
    first, running = await study.ask()
    _, waiting = await study.ask(first)
    stop = study.service.stop
    await asyncio.gather(stop(study.bob, running), stop(study.bob, waiting))
    assert (await study.ends(waiting))[-1] == "turn.finished"
    for _ in range(5):
        await study.database.check()  # whatever else might have begun has had its turn
    assert len(study.claude.asked) == 1
    rows = await MessageRow.filter(conversation_id=study.conversation, role="assistant")
    assert sorted(row.turn_id for row in rows if row.turn_id) == sorted([running, waiting])
    turns = await TurnRow.filter(conversation_id=study.conversation)
    assert [turn.state for turn in turns] == ["stopped", "stopped"]


async def test_what_waits_is_taken_up_after_a_restart(tmp_path: Path) -> None:
    """A question whose predecessor was interrupted waits for the person, and says so."""
    await furnish(tmp_path, BOB)
    async with studying(tmp_path) as study:
        await study.service.create(study.bob, study.conversation, None)
        study.claude.may_end.clear()
        first, running = await study.ask()
        _, waiting = await study.ask(first)
        conversation = study.conversation
    async with studying(tmp_path) as study:
        detail = await study.service.detail(study.bob, conversation, None, 10)
        assert [(turn.id, turn.reason) for turn in detail.turns] == [(waiting, "previous_failed")]
        assert await study.ends(running) == ["turn.snapshot", "turn.failed"]
        events = await study.service.follow(study.bob, waiting, 0)
        assert '"previous_failed"' in (await anext(events)).json


async def test_the_journal_is_empty_when_the_answer_is_stored(study: Study) -> None:
    """While a turn runs its words are on disk; when it has ended nothing of it is."""
    study.claude.may_end.clear()
    _, turn = await study.ask()
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not await JournalRow.filter(turn_id=turn).exists():
            await study.database.check()
    study.claude.may_end.set()
    await study.ends(turn)
    assert await JournalRow.all().count() == 0


async def test_nothing_is_accepted_while_the_server_stops(study: Study) -> None:
    """The refusal says that it can be tried again, and nothing is stored."""
    await study.service.close()
    with pytest.raises(Refusal, match="shutting_down"):
        await study.ask()
    assert await MessageRow.all().count() == 0


async def test_a_defect_ends_a_turn_for_its_watchers(
    study: Study, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody watches for ever; the next start closes what could not be stored."""

    async def broken(*_: object, **__: object) -> None:
        raise RuntimeError("a defect")

    study.claude.may_end.clear()
    _, turn = await study.ask()
    watching = asyncio.create_task(study.ends(turn))
    monkeypatch.setattr("server.features.chat.turn.store_ending", broken)
    study.claude.may_end.set()
    assert (await watching)[-1] == "turn.failed"
    assert (await study.ends(turn)) == ["turn.failed"]
