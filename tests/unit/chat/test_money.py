"""A turn and its holds: one for each request, settled with the answer, and never left behind."""

import asyncio
import json
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Final
from uuid import UUID

import pytest

from schema.tables.chat import ConversationRow, JournalRow, MessageRow, TurnRow
from schema.wire.frames import TurnChanged
from server.core.ids import new_id
from server.core.problems import Refusal
from server.core.upstream import UpstreamRefusal
from server.features.budget.hold import Outcome
from server.features.chat.commands import Again
from server.features.chat.ending import Stored
from server.features.chat.turn import Turn
from tests.people import BOB, furnish

from .conftest import PATIENCE_SECONDS, SETTINGS, Study, studying
from .purse import GAUGE, LOST_NANO_EUR, UNTIL, Purse

pytestmark = pytest.mark.asyncio

WHOLE: Final = 2_010
"""What one of Claude's answers costs here, in nano-euros: one token in, two out."""
BROKEN: Final = UpstreamRefusal("upstream_overloaded", "broken")
SPENT: Final = Refusal(
    "budget",
    scope="user",
    period="day",
    left_nano_eur=1,
    limit_nano_eur=2,
    resets_at=None,
    cause="spent",
)


async def begun(study: Study, turn: UUID) -> None:
    """Watch a turn until its first word."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        async for event in await study.service.follow(study.bob, turn, 0):
            if event.kind == "text.delta":
                return


async def until(study: Study, happened: Callable[[], object]) -> None:
    """Let others run until this has happened."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not happened():
            await study.database.check()


async def answer_to(turn: UUID) -> MessageRow:
    """Return the answer of a turn as it is stored."""
    return await MessageRow.get(turn_id=turn)


async def test_an_answer_is_held_and_posted_once(study: Study) -> None:
    """Nothing is held afterwards, and message, conversation and event say what it cost."""
    _, turn = await study.ask()
    ended = (await study.events(turn))[-1]
    assert (study.purse.held, len(study.purse.asks)) == ({}, 1)
    assert study.purse.outcomes == [
        Outcome("whole", {"input_tokens": 1, "output_tokens": 2}, "claude-x", 13)
    ]
    assert ended["cost_nano_eur"] == ended["usage"]["cost_nano_eur"] == WHOLE
    assert ended["budget"] == GAUGE.model_dump()
    assert (await answer_to(turn)).cost_nano_eur == WHOLE
    assert (await ConversationRow.get(id=study.conversation)).cost_nano_eur == WHOLE


async def test_the_conversation_adds_up_what_its_answers_cost(study: Study) -> None:
    """On every branch, and its devices are told."""
    question, turn = await study.ask()
    await study.ends(turn)
    again = await study.service.retry(study.bob, Again(new_id(), question, {}))
    await study.ends(again.id)
    shown = (await study.service.detail(study.bob, study.conversation, None, 10)).cost_nano_eur
    assert shown == 2 * WHOLE


async def test_an_ended_answer_has_no_gauge(study: Study) -> None:
    """Where the limits stood then is of no use to whoever comes later."""
    _, turn = await study.ask()
    await study.ends(turn)
    snapshot, ended = await study.events(turn)
    assert (snapshot["message"]["cost_nano_eur"], ended["cost_nano_eur"]) == (WHOLE, WHOLE)
    assert ended["budget"] is None


async def test_what_is_asked_and_what_is_granted(study: Study) -> None:
    """The settings' longest answer is wanted, and no more is asked of Claude than was granted."""
    _, turn = await study.ask()
    await study.ends(turn)
    (ask,) = study.purse.asks
    assert (ask.turn, ask.user, ask.conversation) == (turn, study.bob.id, study.conversation)
    assert (ask.request["max_tokens"], ask.wants) == (SETTINGS.max_tokens, False)
    assert (ask.question, ask.simulated) == ("A question", True)
    assert study.claude.asked[0]["max_tokens"] == study.purse.max_tokens


async def test_a_person_who_says_how_long(study: Study) -> None:
    """It is known that they did."""
    _, turn = await study.ask(max_tokens=7)
    await study.ends(turn)
    assert (study.purse.asks[0].request["max_tokens"], study.purse.asks[0].wants) == (7, True)


async def test_what_was_counted_before_is_known(study: Study) -> None:
    """The second question rests on what the provider counted at the first."""
    for _ in range(2):
        _, turn = await study.ask()
        await study.ends(turn)
    known = [(ask.known_tokens, ask.known_messages) for ask in study.purse.asks]
    assert known == [(0, 0), (3, 2)]


async def test_a_pause_takes_a_hold_of_its_own(study: Study) -> None:
    """Each request is held at the full size and settled before the next; the turn costs both."""
    study.claude.pauses = 1
    _, turn = await study.ask()
    events = await study.events(turn)
    assert [outcome.kind for outcome in study.purse.outcomes] == ["whole", "whole"]
    assert [ask.request["max_tokens"] for ask in study.purse.asks] == [SETTINGS.max_tokens] * 2
    assert (study.purse.asks[1].known_tokens, study.purse.asks[1].known_messages) == (3, 2)
    assert (study.purse.held, events[-1]["cost_nano_eur"]) == ({}, 2 * WHOLE)
    running = [event["cost_nano_eur"] for event in events if event["kind"] == "usage"]
    assert running == [10, WHOLE, WHOLE + 10, 2 * WHOLE]


async def test_a_refusal_of_the_budget(study: Study) -> None:
    """Claude is not asked, the question is kept, and nothing was held."""
    study.purse.refusal = SPENT
    question, turn = await study.ask()
    events = await study.events(turn)
    assert [event["kind"] for event in events] == ["turn.failed"]
    assert events[0]["problem"]["code"] == "budget"
    assert (study.claude.asked, study.purse.outcomes) == ([], [])
    assert await MessageRow.exists(id=question)
    assert (await answer_to(turn)).cost_nano_eur is None


async def test_a_refusal_after_a_pause_keeps_what_was_said(study: Study) -> None:
    """The first half is paid and kept; the rest says why there is none."""
    study.claude.pauses = 1
    study.claude.may_end.clear()
    _, turn = await study.ask()
    await until(study, lambda: study.claude.asked)
    study.purse.refusal = SPENT
    study.claude.may_end.set()
    ended = (await study.events(turn))[-1]
    assert (ended["kind"], ended["problem"]["code"]) == ("turn.failed", "budget")
    assert ended["message"]["cost_nano_eur"] == WHOLE
    assert ended["message"]["content"] == [{"type": "text", "text": "Begun, ended."}]


async def test_waiting_for_what_others_hold(study: Study) -> None:
    """It is told with the latest moment, in the turn and in the lists, and then it goes on."""
    study.purse.has_room.clear()
    _, turn = await study.ask()
    await until(study, lambda: study.purse.asks)
    detail = await study.service.detail(study.bob, study.conversation, None, 10)
    assert [(row.state, row.reason) for row in detail.turns] == [("waiting", "budget")]
    study.purse.has_room.set()
    events = await study.events(turn)
    assert [event["kind"] for event in events][:2] == ["turn.waiting", "turn.started"]
    assert events[0]["reason"] == "budget"
    assert events[0]["until"] == UNTIL.isoformat().replace("+00:00", "Z")
    rows = [change.row for change in study.told if isinstance(change, TurnChanged)]
    states = [(row.state, row.reason) for row in rows if row is not None]
    assert states[1:3] == [("waiting", "budget"), ("running", None)]


async def test_a_wait_that_is_stopped(study: Study) -> None:
    """It ends cleanly, and nothing was held."""
    study.purse.has_room.clear()
    _, turn = await study.ask()
    await until(study, lambda: study.purse.asks)
    await study.service.stop(study.bob, turn)
    assert (await study.ends(turn))[-1] == "turn.finished"
    assert (study.purse.held, study.purse.outcomes, study.claude.asked) == ({}, [], [])
    row = await TurnRow.get(id=turn)
    assert (row.state, row.reason) == ("stopped", None)


async def test_a_stop_posts_what_was_produced(study: Study) -> None:
    """With the prompt's exact usage and the bytes that came; the answer shows what it cost."""
    study.claude.may_end.clear()
    _, turn = await study.ask()
    await begun(study, turn)
    await study.service.stop(study.bob, turn)
    assert study.purse.outcomes == [Outcome("stopped", {"input_tokens": 1}, "claude-x", 5)]
    assert (study.purse.held, (await answer_to(turn)).cost_nano_eur) == ({}, 10)


async def test_a_stop_before_the_request_has_left(study: Study) -> None:
    """Nobody can bill what never left: the hold is voided."""
    study.claude.is_there.clear()
    _, turn = await study.ask()
    await until(study, lambda: study.claude.asked)
    await study.service.stop(study.bob, turn)
    assert [outcome.kind for outcome in study.purse.outcomes] == ["not_billed"]
    assert (study.purse.held, (await answer_to(turn)).cost_nano_eur) == ({}, 0)


@pytest.mark.parametrize(
    ("failure", "kind"),
    [
        (BROKEN, "broken"),
        (UpstreamRefusal("upstream_silent", "unknown", seconds=1), "unknown"),
        (RuntimeError("a defect"), "unknown"),
    ],
)
async def test_a_failure_says_what_it_means_for_the_bill(
    study: Study, failure: Exception, kind: str
) -> None:
    """What the provider broke off is known; of all else the worst is assumed."""
    study.claude.failure = failure
    _, turn = await study.ask()
    assert (await study.ends(turn))[-1] == "turn.failed"
    assert [outcome.kind for outcome in study.purse.outcomes] == [kind]
    answer = await answer_to(turn)
    assert (answer.state, answer.cost_nano_eur, study.purse.held) == ("failed", 10, {})


async def test_the_kill_switch_cuts_what_runs_and_what_waits_for_money(study: Study) -> None:
    """Partial text is kept and settled as stopped, and what was queued is left to the budget."""
    study.claude.may_end.clear()
    first, running = await study.ask()
    await begun(study, running)
    study.purse.has_room.clear()
    _, waiting = await study.ask(None)
    await until(study, lambda: len(study.purse.asks) > 1)
    _, queued = await study.ask(first)
    await study.service.cut("Enough.")
    assert [outcome.kind for outcome in study.purse.outcomes] == ["stopped"]
    assert study.purse.held == {}
    for turn, words in ((running, "Begun"), (waiting, "")):
        answer = await answer_to(turn)
        assert answer.problem is not None
        assert answer.problem["code"] == "kill_switch"
        assert answer.problem["facts"] == {"reason": "Enough."}
        assert "".join(block["text"] for block in answer.content) == words
    assert (await TurnRow.get(id=queued)).state == "waiting"


async def test_an_end_that_cannot_be_stored_is_settled_later_and_once(
    study: Study, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While the disk is full the hold stays; once there is room it is posted with the answer."""
    storing = Turn.store
    failures = [sqlite3.OperationalError("database or disk is full")]

    async def failing(turn: Turn) -> Stored:
        if failures:
            raise failures.pop()
        return await storing(turn)

    monkeypatch.setattr(Turn, "store", failing)
    _, turn = await study.ask()
    assert (await study.ends(turn))[-1] == "turn.failed"
    assert len(study.purse.held) == 1
    await study.service.engine._store_late()  # noqa: SLF001 - what the leases' clock does
    assert study.purse.held == {}
    assert (await answer_to(turn)).cost_nano_eur == WHOLE


async def test_a_crash_settles_what_was_held(tmp_path: Path) -> None:
    """The next start posts the hold with the interrupted answer, and adds what was paid before."""
    await furnish(tmp_path, BOB)
    purse = Purse()
    async with studying(tmp_path, purse) as study:
        await study.service.create(study.bob, study.conversation, None)
        _, turn = await study.ask()
        await study.ends(turn)
        await MessageRow.filter(turn_id=turn).delete()
        await TurnRow.filter(id=turn).update(state="running")
        for operation in (["cost", WHOLE], ["text", 0, "Begun"]):
            await JournalRow.create(turn_id=turn, last_seq=1, events=json.dumps([operation]))
        purse.held[99] = purse.asks[0]
    async with studying(tmp_path, purse):
        answer = await answer_to(turn)
        assert (answer.state, answer.content[0]["text"]) == ("interrupted", "Begun")
        assert (answer.cost_nano_eur, purse.held) == (WHOLE + LOST_NANO_EUR, {})


async def test_a_refusal_is_told_before_a_stream_opens(study: Study) -> None:
    """Whoever begins to watch is refused as the budget refused; a wait is shown at once."""
    study.purse.refusal = SPENT
    _, refused = await study.ask()
    with pytest.raises(Refusal, match="budget") as found:
        await study.service.begin(study.bob, refused)
    assert found.value.facts == SPENT.facts
    study.purse.has_room.clear()
    _, turn = await study.ask(None)
    events = await study.service.begin(study.bob, turn)
    study.purse.has_room.set()
    assert [event.kind async for event in events] == ["turn.waiting", "turn.failed"]
