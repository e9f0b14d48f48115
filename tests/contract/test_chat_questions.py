"""Questions over HTTP: answered as JSON or as events, once per id, again on demand, stopped."""

import asyncio
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.people import BOB, CHARLIE

from .chatting import (
    Home,
    Json,
    Script,
    expect,
    fresh,
    is_gapless,
    is_id,
    kinds,
    problem,
    streamed,
    text_of,
)

pytestmark = pytest.mark.asyncio

SHORT = {"max_tokens": 10}


@pytest_asyncio.fixture
async def bob(home: Home) -> AsyncIterator[Script]:
    """Be Bob."""
    async with home.script(BOB) as script:
        yield script


@pytest_asyncio.fixture
async def conversation(bob: Script) -> str:
    """Make a conversation of Bob's."""
    return await bob.conversation()


def messages_of(conversation: str) -> str:
    """Return where questions are asked."""
    return f"/conversations/{conversation}/messages"


def priced(input_tokens: int, output_tokens: int) -> int:
    """Return nano-euros at 2 and 10 USD a million, as nobody has set an exchange rate."""
    return input_tokens * 2_000 + output_tokens * 10_000


# ── asking ──────────────────────────────────────────────────────────────────────────────────────


async def test_a_question_has_its_answer_as_json(bob: Script, conversation: str) -> None:
    """The finished turn holds question, answer and usage, as the conversation then does."""
    asked = fresh()
    done = await bob.ask(conversation, "What is rye?  !sim fast", id=asked)
    question, answer = done["user_message"], done["message"]
    assert (question["id"], question["parent"], question["role"]) == (asked, None, "user")
    assert question["content"] == [{"type": "text", "text": "What is rye?  !sim fast"}]
    assert (answer["parent"], answer["role"], answer["state"]) == (asked, "assistant", "complete")
    assert (answer["stop_reason"], answer["problem"]) == ("end_turn", None)
    assert answer["model"] == "claude-sonnet-5-5"
    assert answer["simulated"] is True
    assert is_id(answer["turn"])
    assert done["usage"] == answer["usage"]
    assert done["usage"]["input_tokens"] > 0
    assert done["usage"]["output_tokens"] > 0
    tokens = done["usage"]["input_tokens"], done["usage"]["output_tokens"]
    assert done["cost_nano_eur"] == done["usage"]["cost_nano_eur"] == priced(*tokens)
    assert (await bob.get(f"/conversations/{conversation}"))["cost_nano_eur"] == priced(*tokens)
    assert await bob.messages(conversation) == [question, answer]


async def test_a_question_has_its_answer_as_events(bob: Script, conversation: str) -> None:
    """Numbered from one without a gap, and what streamed is what is stored."""
    asked = fresh()
    events = await bob.events(
        "POST", messages_of(conversation), {"id": asked, "content": "What is rye? !sim fast"}
    )
    assert is_gapless(events)
    assert kinds(events)[0] == "turn.started"
    assert kinds(events)[-1] == "turn.finished"
    assert set(kinds(events)) == {"turn.started", "usage", "text.delta", "turn.finished"}
    started, ended = events[0], events[-1]
    assert (started["conversation"], started["message"]) == (conversation, asked)
    stored = await bob.messages(conversation)
    assert stored[-1] == ended["message"]
    assert started["answer"] == stored[-1]["id"]
    assert text_of(stored[-1]) == streamed(events)
    assert len({event["turn"] for event in events}) == 1
    usage = next(event for event in reversed(events) if event["kind"] == "usage")
    assert usage["output_tokens"] == ended["usage"]["output_tokens"]


async def test_options_are_followed(bob: Script, conversation: str) -> None:
    """The model asked for answers, within the tokens asked for."""
    options = {"model": "claude-opus-4-8", "max_tokens": 7}
    done = await bob.ask(conversation, "Tell me all !sim fast", options=options)
    assert done["message"]["model"] == "claude-opus-4-8"
    assert done["message"]["stop_reason"] == "max_tokens"
    assert done["usage"]["output_tokens"] == 7


async def test_what_was_said_before_is_known(bob: Script, conversation: str) -> None:
    """Each request holds the conversation so far: it grows by the answer and the question."""
    first = await bob.ask(conversation, "What is rye? !sim fast")
    second = await bob.ask(conversation, "And wheat? !sim fast", options=SHORT)
    before = first["usage"]["input_tokens"] + first["usage"]["output_tokens"]
    assert second["usage"]["input_tokens"] >= before


async def test_the_same_id_asks_once(bob: Script, conversation: str) -> None:
    """Asked again, in whichever form, the answer is the same one and nothing new is stored."""
    ask = {"id": fresh(), "content": "Once only !sim fast", "options": SHORT}
    first = expect(await bob.call("POST", messages_of(conversation), ask), 200)
    assert expect(await bob.call("POST", messages_of(conversation), ask), 200) == first
    again = await bob.events("POST", messages_of(conversation), ask)
    assert kinds(again) == ["turn.snapshot", "turn.finished"]
    assert again[0]["message"] == first["message"]
    assert len(await bob.messages(conversation)) == 2


async def test_the_same_id_at_the_same_moment_asks_once(bob: Script, conversation: str) -> None:
    """Ten copies of one command make one question, one turn, one answer."""
    asked = fresh()
    answers = await asyncio.gather(
        *(bob.ask(conversation, "At once !sim fast", id=asked, options=SHORT) for _ in range(10))
    )
    assert all(answer == answers[0] for answer in answers)
    assert len(await bob.messages(conversation)) == 2


@pytest.mark.parametrize("change", ["content", "parent", "options", "conversation"])
async def test_the_same_id_with_something_else_is_a_conflict(
    bob: Script, conversation: str, change: str
) -> None:
    """Whatever differs; the first one stays."""
    ask: Json = {"id": fresh(), "content": "First !sim fast", "options": SHORT}
    first = expect(await bob.call("POST", messages_of(conversation), ask), 200)
    place = await bob.conversation() if change == "conversation" else conversation
    changed = (
        ask
        | {
            "content": {"content": "Second"},
            "parent": {"parent": first["message"]["id"]},
            "options": {"options": {"max_tokens": 11}},
            "conversation": {},
        }[change]
    )
    assert problem(await bob.call("POST", messages_of(place), changed), 409) == "id_conflict"
    assert len(await bob.messages(conversation)) == 2


async def test_the_id_of_any_message_is_taken(home: Home, bob: Script, conversation: str) -> None:
    """Not only a question's: an answer's too, and for everybody, without telling more."""
    done = await bob.ask(conversation, "Mine !sim fast", options=SHORT)
    async with home.script(CHARLIE) as charlie:
        own = await charlie.conversation()
        for taken in (done["user_message"]["id"], done["message"]["id"]):
            response = await charlie.send(own, "Mine !sim fast", id=taken, options=SHORT)
            assert problem(response, 409) == "id_conflict"
            assert "Mine" not in response.text
    response = await bob.send(conversation, "More", id=done["message"]["id"])
    assert problem(response, 409) == "id_conflict"


# ── the tree ────────────────────────────────────────────────────────────────────────────────────


async def test_an_edit_is_a_branch(bob: Script, conversation: str) -> None:
    """A question with the parent of another one stands beside it, and knows nothing of it."""
    root = await bob.ask(conversation, "Root !sim fast", options=SHORT)
    parent = root["message"]["id"]
    long = "many words " * 200
    first = await bob.ask(conversation, f"{long} !sim fast", parent=parent, options=SHORT)
    second = await bob.ask(conversation, "Edited !sim fast", parent=parent, options=SHORT)
    assert first["user_message"]["parent"] == second["user_message"]["parent"] == parent
    assert second["usage"]["input_tokens"] < first["usage"]["input_tokens"] - 200
    onwards = await bob.ask(conversation, "Go on !sim fast", options=SHORT)
    assert onwards["user_message"]["parent"] == second["message"]["id"]


async def test_the_first_question_can_be_rewritten(bob: Script, conversation: str) -> None:
    """A parent that is null is the root: the question stands beside the first one."""
    first = await bob.ask(conversation, "First !sim fast", options=SHORT)
    below = await bob.ask(conversation, "Below !sim fast", options=SHORT)
    edited = await bob.ask(conversation, "Edited !sim fast", parent=None, options=SHORT)
    assert first["user_message"]["parent"] is edited["user_message"]["parent"] is None
    assert below["user_message"]["parent"] == first["message"]["id"]
    assert edited["usage"]["input_tokens"] < below["usage"]["input_tokens"]


async def test_a_parent_must_be_in_the_conversation(bob: Script, conversation: str) -> None:
    """An unknown one, or one of another conversation, is refused and nothing is stored."""
    elsewhere = await bob.ask(await bob.conversation(), "Other !sim fast", options=SHORT)
    for parent in (fresh(), elsewhere["message"]["id"]):
        response = await bob.send(conversation, "Below nothing", parent=parent)
        assert problem(response, 422) == "parent_unknown"
    assert await bob.messages(conversation) == []


@pytest.mark.parametrize("named", ["user_message", "message"])
async def test_a_retry_is_a_sibling(bob: Script, conversation: str, named: str) -> None:
    """Named by the question or by an answer, it adds an answer and takes none away."""
    first = await bob.ask(conversation, "Again? !sim fast", options=SHORT)
    path = f"/messages/{first[named]['id']}/retry"
    again = expect(await bob.call("POST", path, {"options": {"max_tokens": 12}}), 200)
    assert again["user_message"] == first["user_message"]
    assert again["message"]["parent"] == first["message"]["parent"]
    assert again["message"]["id"] != first["message"]["id"]
    assert again["usage"]["output_tokens"] == 12
    stored = await bob.messages(conversation)
    assert stored == [first["user_message"], first["message"], again["message"]]


async def test_a_retry_streams_as_well(bob: Script, conversation: str) -> None:
    """The same events; the same id again is the same turn, with other options a conflict."""
    first = await bob.ask(conversation, "Again? !sim fast", options=SHORT)
    path = f"/messages/{first['user_message']['id']}/retry"
    ask: Json = {"id": fresh(), "options": SHORT}
    events = await bob.events("POST", path, ask)
    assert is_gapless(events)
    assert events[-1]["kind"] == "turn.finished"
    again = expect(await bob.call("POST", path, ask), 200)
    assert again["message"] == events[-1]["message"]
    changed = await bob.call("POST", path, ask | {"options": {"max_tokens": 3}})
    assert problem(changed, 409) == "id_conflict"
    assert len(await bob.messages(conversation)) == 3


async def test_an_id_is_for_one_command(bob: Script, conversation: str) -> None:
    """A retry with the id of a question, and a question with that of a retry, are conflicts."""
    asked, retried = fresh(), fresh()
    await bob.ask(conversation, "One !sim fast", id=asked, options=SHORT)
    path = f"/messages/{asked}/retry"
    assert problem(await bob.call("POST", path, {"id": asked}), 409) == "id_conflict"
    expect(await bob.call("POST", path, {"id": retried, "options": SHORT}), 200)
    assert problem(await bob.send(conversation, "Two", id=retried), 409) == "id_conflict"


# ── watching ────────────────────────────────────────────────────────────────────────────────────


async def test_a_running_turn_is_resumed_where_it_was_left(bob: Script, conversation: str) -> None:
    """After Last-Event-ID the rest follows, without a gap and without a repetition."""
    ask = {"content": "Slowly !sim pace=0.2"}
    head: list[Json] = []
    async with bob.stream("POST", messages_of(conversation), ask) as events:
        async for event in events:
            head.append(event)
            if len(head) == 5:
                break
    turn, last = head[0]["turn"], head[-1]["seq"]
    path = f"/turns/{turn}/events"
    rest, whole = await asyncio.gather(
        bob.events("GET", path, last_event_id=str(last)), bob.events("GET", path)
    )
    assert whole == head + rest
    assert is_gapless(whole)
    assert streamed(whole) == text_of((await bob.messages(conversation))[-1])


@pytest.mark.parametrize("last", ["", "0", "3", "999999999"])
async def test_an_ended_turn_answers_with_a_snapshot(
    bob: Script, conversation: str, last: str
) -> None:
    """It is numbered after what the watcher has seen, and replaces it."""
    done = await bob.ask(conversation, "Over !sim fast", options=SHORT)
    path = f"/turns/{done['message']['turn']}/events"
    events = await bob.events("GET", path, last_event_id=last)
    assert kinds(events) == ["turn.snapshot", "turn.finished"]
    assert is_gapless(events, int(last or 0) + 1)
    assert events[0]["message"] == events[1]["message"] == done["message"]
    assert events[1]["usage"] == done["usage"]


@pytest.mark.parametrize("last", ["x", "-1", "1.5", "9" * 20, "1 2", "²"])
async def test_a_last_event_that_is_none_is_refused(
    bob: Script, conversation: str, last: str
) -> None:
    """Only the number of an event is taken."""
    done = await bob.ask(conversation, "Over !sim fast", options=SHORT)
    response = await bob.client.get(
        f"/turns/{done['message']['turn']}/events", headers=[(b"last-event-id", last.encode())]
    )
    assert problem(response, 422) == "invalid"


# ── stopping ────────────────────────────────────────────────────────────────────────────────────


async def test_a_stopped_turn_keeps_what_arrived(bob: Script, conversation: str) -> None:
    """It ends as finished with the reason `stopped`; stopping again changes nothing."""
    ask = {"content": "On and on !sim long words=5000"}
    seen: list[Json] = []
    async with bob.stream("POST", messages_of(conversation), ask) as events:
        async for event in events:
            seen.append(event)
            if event["kind"] == "text.delta":
                break
        stopped = await bob.call("DELETE", f"/turns/{seen[0]['turn']}")
        assert (stopped.status_code, stopped.content) == (204, b"")
        seen += [event async for event in events]
    assert is_gapless(seen)
    assert (seen[-1]["kind"], seen[-1]["stop_reason"]) == ("turn.finished", "stopped")
    answer = (await bob.messages(conversation))[-1]
    assert answer == seen[-1]["message"]
    assert (answer["state"], answer["stop_reason"]) == ("stopped", "stopped")
    assert text_of(answer) == streamed(seen) != ""
    assert (await bob.call("DELETE", f"/turns/{seen[0]['turn']}")).status_code == 204
    assert (await bob.messages(conversation))[-1] == answer


async def test_stopping_what_has_ended_changes_nothing(bob: Script, conversation: str) -> None:
    """A finished answer stays finished."""
    done = await bob.ask(conversation, "Done !sim fast", options=SHORT)
    assert (await bob.call("DELETE", f"/turns/{done['message']['turn']}")).status_code == 204
    assert (await bob.messages(conversation))[-1] == done["message"]


async def test_a_stopped_answer_can_be_answered(bob: Script, conversation: str) -> None:
    """The conversation goes on below what was kept."""
    ask = {"content": "On and on !sim long words=5000"}
    async with bob.stream("POST", messages_of(conversation), ask) as events:
        async for event in events:
            if event["kind"] == "text.delta":
                await bob.call("DELETE", f"/turns/{event['turn']}")
    kept = (await bob.messages(conversation))[-1]
    done = await bob.ask(conversation, "Then this !sim fast", options=SHORT)
    assert done["user_message"]["parent"] == kept["id"]


async def test_who_leaves_is_still_answered(bob: Script, conversation: str) -> None:
    """The server owns the turn: a client that hangs up finds the whole answer later."""
    asked = fresh()
    ask = {"id": asked, "content": "I leave now !sim pace=0.05"}
    async with bob.stream("POST", messages_of(conversation), ask) as events:
        turn = (await anext(events))["turn"]
    events_later = await bob.events("GET", f"/turns/{turn}/events")
    assert events_later[-1]["kind"] == "turn.finished"
    assert events_later[-1]["message"]["stop_reason"] == "end_turn"
