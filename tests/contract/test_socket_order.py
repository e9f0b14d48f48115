"""Questions that wait: for the answer before them, for the person, for room; and how they go on."""

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
import pytest_asyncio

from tests.live import ServerKind, serving
from tests.people import BOB, furnish

from .chatting import Device, Home, Json, Script, fresh, is_gapless, kinds

pytestmark = pytest.mark.asyncio

SHORT = {"max_tokens": 10}
ENDLESS = "On and on !sim long words=5000"
BRIEF = "Quickly !sim fast"


@pytest.fixture
def home(homes: Callable[[ServerKind], Home]) -> Home:
    """Come to the home on Sanic's own server, whose sockets are whole."""
    return homes("sanic")


@pytest_asyncio.fixture
async def phone(home: Home) -> AsyncIterator[Device]:
    """Connect Bob's phone."""
    async with home.device(BOB) as device:
        yield device


@pytest_asyncio.fixture
async def bob(home: Home) -> AsyncIterator[Script]:
    """Be Bob over HTTP."""
    async with home.script(BOB) as script:
        yield script


@pytest_asyncio.fixture
async def conversation(bob: Script) -> str:
    """Make a conversation of Bob's."""
    return await bob.conversation()


async def ask(device: Device, conversation: str, content: str, **fields: object) -> Json:
    """Ask, and return the ids of question and turn."""
    question = fresh()
    turn = await device.ask(conversation, content, id=question, **fields)
    return {"question": question, "turn": turn}


async def reasons(device: Device, turn: str) -> list[str]:
    """Return why a turn has waited, until now."""
    assert await device.is_usable()
    return [event["reason"] for event in device.so_far(turn) if event["kind"] == "turn.waiting"]


def parent_of(messages: list[Json], message: str) -> str | None:
    """Return the parent of one of these messages."""
    parent: str | None = next(each["parent"] for each in messages if each["id"] == message)
    return parent


async def test_a_question_waits_for_the_answer_before_it(
    phone: Device, bob: Script, conversation: str
) -> None:
    """A chain written offline is answered in order, each question below the answer before."""
    slowly = "Slowly !sim pace=0.2"
    first = await ask(phone, conversation, slowly, options={"max_tokens": 40})
    second = await ask(phone, conversation, BRIEF, parent=first["question"], options=SHORT)
    third = await ask(phone, conversation, BRIEF, parent=second["question"], options=SHORT)
    open_turns = (await bob.get(f"/conversations/{conversation}"))["turns"]
    assert [(turn["state"], turn["reason"]) for turn in open_turns] == [
        ("running", None),
        ("waiting", "previous"),
        ("waiting", "previous"),
    ]
    for turn in (first, second, third):
        await phone.end(turn["turn"])
    ends = [
        frame["turn"] for frame in phone.heard if frame["kind"] in ("turn.started", "turn.finished")
    ]
    assert ends == [turn["turn"] for turn in (first, second, third) for _ in range(2)]
    for turn in (second, third):
        events = phone.so_far(turn["turn"])
        assert is_gapless(events)
        assert kinds(events)[:2] == ["turn.waiting", "turn.started"]
    stored = await bob.messages(conversation)
    answers = {each["parent"]: each["id"] for each in stored if each["role"] == "assistant"}
    assert parent_of(stored, second["question"]) == answers[first["question"]]
    assert parent_of(stored, third["question"]) == answers[second["question"]]


async def test_a_question_may_name_an_answer_that_is_still_written(
    phone: Device, bob: Script, conversation: str
) -> None:
    """The id that `turn.started` announced; the device is told of the question's new parent."""
    first = await ask(phone, conversation, "Slowly !sim pace=0.2", options={"max_tokens": 30})
    answer = (await phone.hear("turn.started", turn=first["turn"]))["answer"]
    second = await ask(phone, conversation, BRIEF, parent=answer, options=SHORT)
    assert kinds(await phone.events(second["turn"]))[0] == "turn.waiting"
    assert parent_of(await bob.messages(conversation), second["question"]) == answer
    moved = await phone.until(
        lambda frame: (
            frame.get("entity") == "message"
            and frame["id"] == second["question"]
            and frame["row"]["parent"] == answer
        )
    )
    assert phone.heard.index(moved) < phone.heard.index(
        await phone.hear("turn.finished", turn=second["turn"])
    )


async def test_without_a_parent_the_running_answer_is_meant(
    phone: Device, bob: Script, conversation: str
) -> None:
    """Who asks on before the answer is there does not lose the thread."""
    first = await ask(phone, conversation, "Slowly !sim pace=0.2", options={"max_tokens": 30})
    second = await ask(phone, conversation, BRIEF, options=SHORT)
    await phone.end(second["turn"])
    stored = await bob.messages(conversation)
    answer = next(each["id"] for each in stored if each["parent"] == first["question"])
    assert parent_of(stored, second["question"]) == answer


async def test_after_a_failure_the_next_question_waits_for_the_person(
    phone: Device, bob: Script, conversation: str
) -> None:
    """It starts when a retry has brought an answer, below that one."""
    first = await ask(phone, conversation, "Fail !sim slow first=0.3 !sim error after=0")
    second = await ask(phone, conversation, BRIEF, parent=first["question"], options=SHORT)
    assert (await phone.end(first["turn"]))["kind"] == "turn.failed"
    await phone.hear("turn.waiting", turn=second["turn"], reason="previous_failed")
    turns = (await bob.get(f"/conversations/{conversation}"))["turns"]
    assert [(turn["id"], turn["reason"]) for turn in turns] == [(second["turn"], "previous_failed")]

    retry = {"id": fresh(), "message": first["question"]}
    await phone.say("retry", **retry)
    again = (await phone.hear("accepted", id=retry["id"]))["turn"]
    assert (await phone.end(again))["kind"] == "turn.failed"
    assert await reasons(phone, second["turn"]) == ["previous", *["previous_failed"] * 2]


async def test_a_retry_that_works_lets_the_next_question_go_on(
    phone: Device, bob: Script, conversation: str
) -> None:
    """What failed once is answered now, and what waited for it follows."""
    options = {"model": "claude-of-nowhere"}
    first = await ask(phone, conversation, BRIEF, options=options)
    await phone.end(first["turn"])
    second = await ask(phone, conversation, BRIEF, parent=first["question"], options=SHORT)
    retry = {"id": fresh(), "message": first["question"], "options": SHORT}
    await phone.say("retry", **retry)
    answered = await phone.end((await phone.hear("accepted", id=retry["id"]))["turn"])
    events = await phone.events(second["turn"])
    assert is_gapless(events)
    assert events[-1]["kind"] == "turn.finished"
    stored = await bob.messages(conversation)
    assert parent_of(stored, second["question"]) == answered["message"]["id"]


async def test_a_question_below_one_that_has_failed_waits_for_the_person(
    phone: Device, bob: Script, conversation: str
) -> None:
    """Nothing runs that it could wait for, and it says so."""
    first = await ask(phone, conversation, "Fail !sim fast !sim 529")
    await phone.end(first["turn"])
    second = await ask(phone, conversation, BRIEF, parent=first["question"], options=SHORT)
    assert await reasons(phone, second["turn"]) == ["previous_failed"]
    turns = (await bob.get(f"/conversations/{conversation}"))["turns"]
    assert [turn["reason"] for turn in turns] == ["previous_failed"]


async def test_after_a_stop_the_next_question_goes_on(
    phone: Device, bob: Script, conversation: str
) -> None:
    """A stopped answer is an answer: the person wanted no more of it."""
    first = await ask(phone, conversation, ENDLESS)
    second = await ask(phone, conversation, BRIEF, parent=first["question"], options=SHORT)
    await phone.hear("text.delta", turn=first["turn"])
    await phone.say("stop", turn=first["turn"])
    stopped = await phone.end(first["turn"])
    assert (await phone.end(second["turn"]))["kind"] == "turn.finished"
    stored = await bob.messages(conversation)
    assert parent_of(stored, second["question"]) == stopped["message"]["id"]


async def test_a_waiting_question_can_be_stopped(
    phone: Device, bob: Script, conversation: str
) -> None:
    """It ends with an empty answer; the one it waited for goes on."""
    first = await ask(phone, conversation, ENDLESS)
    second = await ask(phone, conversation, BRIEF, parent=first["question"], options=SHORT)
    third = await ask(phone, conversation, BRIEF, parent=second["question"], options=SHORT)
    await phone.say("stop", turn=second["turn"])
    ended = await phone.end(second["turn"])
    assert (ended["kind"], ended["stop_reason"]) == ("turn.finished", "stopped")
    assert ended["message"]["content"] == []
    assert (await phone.end(third["turn"]))["kind"] == "turn.finished"
    assert first["turn"] in [
        turn["id"] for turn in (await bob.get(f"/conversations/{conversation}"))["turns"]
    ]
    await phone.say("stop", turn=first["turn"])
    await phone.end(first["turn"])


async def test_stopping_all_at_once(phone: Device, bob: Script, conversation: str) -> None:
    """A running turn and the ones that wait for it: each ends once, with one answer."""
    chain = [await ask(phone, conversation, ENDLESS)]
    for _ in range(4):
        before = chain[-1]["question"]
        chain.append(await ask(phone, conversation, ENDLESS, parent=before))
    await phone.hear("text.delta", turn=chain[0]["turn"])
    await asyncio.gather(
        *(bob.call("DELETE", f"/turns/{asked['turn']}") for asked in chain for _ in range(2))
    )
    for asked in chain:
        assert (await phone.end(asked["turn"]))["stop_reason"] == "stopped"
        assert is_gapless(phone.so_far(asked["turn"]))
    stored = await bob.messages(conversation)
    assert sorted(each["role"] for each in stored) == ["assistant"] * 5 + ["user"] * 5
    assert (await bob.get(f"/conversations/{conversation}"))["turns"] == []


async def test_deleting_a_conversation_stops_what_waits(
    phone: Device, bob: Script, conversation: str
) -> None:
    """All its turns end, and the watcher sees it."""
    first = await ask(phone, conversation, ENDLESS)
    second = await ask(phone, conversation, ENDLESS, parent=first["question"])
    await bob.call("DELETE", f"/conversations/{conversation}")
    for asked in (first, second):
        assert (await phone.end(asked["turn"]))["stop_reason"] == "stopped"


async def test_more_questions_than_may_run_at_once(tmp_path: Path) -> None:
    """The ones beyond wait with the reason `busy`, and all are answered, in their order."""
    await furnish(tmp_path / "data", BOB)
    with serving(tmp_path, CLAUDE_RASP_CHAT_TURNS_AT_ONCE="2") as server:
        home = Home(server)
        async with home.device(BOB) as phone, home.script(BOB) as bob:
            places = [await bob.conversation() for _ in range(7)]
            slowly = "Slowly !sim pace=0.1"
            turns = [await phone.ask(place, slowly, options={"max_tokens": 30}) for place in places]
            busy = await phone.ask(places[0], ENDLESS)
            await phone.say("stop", turn=busy)
            assert (await phone.end(busy))["stop_reason"] == "stopped"
            for turn in turns:
                events = await phone.events(turn)
                assert is_gapless(events)
                assert events[-1]["kind"] == "turn.finished"
            waited = [t for t in turns if phone.so_far(t)[0]["kind"] == "turn.waiting"]
            assert waited == turns[2:]
            assert {phone.so_far(turn)[0]["reason"] for turn in waited} == {"busy"}
            started = [f["turn"] for f in phone.heard if f["kind"] == "turn.started"]
            assert started == turns
