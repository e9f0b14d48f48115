"""Turns over the socket: asked once, shown to every device, resumed at any place, stopped."""

import asyncio
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.people import BOB, CHARLIE

from .chatting import (
    Device,
    Home,
    Json,
    Script,
    fresh,
    is_gapless,
    kinds,
    streamed,
    text_of,
)

pytestmark = [
    pytest.mark.asyncio,
    pytest.mark.parametrize("home", ["sanic"], indirect=True),
]

SHORT = {"max_tokens": 10}
ENDLESS = "On and on !sim long words=5000"


@pytest_asyncio.fixture
async def phone(home: Home) -> AsyncIterator[Device]:
    """Connect Bob's phone."""
    async with home.device(BOB) as device:
        yield device


@pytest_asyncio.fixture
async def laptop(home: Home) -> AsyncIterator[Device]:
    """Connect Bob's laptop."""
    async with home.device(BOB) as device:
        yield device


@pytest_asyncio.fixture
async def charlie(home: Home) -> AsyncIterator[Device]:
    """Connect Charlie, an outsider."""
    async with home.device(CHARLIE) as device:
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


def send(conversation: str, content: str, **fields: object) -> Json:
    """Return what a `send` says."""
    return {"id": fresh(), "conversation": conversation, "content": content, **fields}


# ── asking ──────────────────────────────────────────────────────────────────────────────────────


async def test_welcome_says_who_is_here(home: Home, phone: Device) -> None:
    """The first frame names protocol, person and who answers; a ping has its pong."""
    welcome = phone.heard[0]
    assert phone.socket.subprotocol == "claude-rasp.v1"
    assert (welcome["kind"], welcome["protocol"], welcome["simulator"]) == ("welcome", 1, True)
    assert welcome["user"]["username"] == BOB.username
    assert welcome["heartbeat_seconds"] > 0
    async with home.script(None) as stranger:
        assert welcome["version"] == (await stranger.get("/instance"))["version"]
    assert await phone.is_usable()


async def test_a_question_is_accepted_and_answered(
    phone: Device, bob: Script, conversation: str
) -> None:
    """Accepted, then events without a gap, then the end, which is what is stored."""
    ask = send(conversation, "What is rye? !sim fast")
    await phone.say("send", **ask)
    accepted = await phone.hear("accepted", id=ask["id"])
    events = await phone.events(accepted["turn"])
    assert phone.heard.index(accepted) < phone.heard.index(events[0])
    assert is_gapless(events)
    assert kinds(events)[0] == "turn.started"
    assert kinds(events)[-1] == "turn.finished"
    question, answer = await bob.messages(conversation)
    assert question["id"] == ask["id"]
    assert events[0]["answer"] == answer["id"]
    assert events[-1]["message"] == answer
    assert text_of(answer) == streamed(events)


async def test_the_same_command_is_the_same_turn(
    phone: Device, laptop: Device, bob: Script, conversation: str
) -> None:
    """Sent ten times from two devices it is accepted each time, and asked once."""
    ask = send(conversation, "Once !sim fast", options=SHORT)
    await asyncio.gather(*(device.say("send", **ask) for device in (phone, laptop) * 5))
    turns = set()
    for device in (phone, laptop):
        for _ in range(5):
            turns.add((await device.hear("accepted", id=ask["id"]))["turn"])
            device.heard = [frame for frame in device.heard if frame["kind"] != "accepted"]
    assert len(turns) == 1
    await phone.end(turns.pop())
    assert len(await bob.messages(conversation)) == 2


async def test_the_same_id_with_other_words_is_refused(
    phone: Device, bob: Script, conversation: str
) -> None:
    """The first one stays as it was."""
    ask = send(conversation, "First !sim fast", options=SHORT)
    await phone.say("send", **ask)
    await phone.end((await phone.hear("accepted", id=ask["id"]))["turn"])
    await phone.say("send", **ask | {"content": "Second"})
    assert (await phone.refusal(ask["id"]))["code"] == "id_conflict"
    assert len(await bob.messages(conversation)) == 2


async def test_somebody_elses_id_is_refused_and_nothing_leaks(
    phone: Device, charlie: Device, bob: Script, conversation: str
) -> None:
    """Charlie sends what Bob sent, letter by letter, and learns nothing."""
    ask = send(conversation, "Secret !sim fast", options=SHORT)
    await phone.say("send", **ask)
    turn = (await phone.hear("accepted", id=ask["id"]))["turn"]
    await phone.end(turn)
    await charlie.say("send", **ask)
    assert (await charlie.refusal(ask["id"]))["code"] == "id_conflict"
    assert await charlie.is_usable()
    assert turn not in str(charlie.heard)
    assert "Secret" not in str(charlie.heard)
    assert len(await bob.messages(conversation)) == 2


@pytest.mark.parametrize("whose", ["nobody's", "bob's"])
async def test_a_conversation_of_somebody_else_takes_nothing(
    charlie: Device, bob: Script, conversation: str, whose: str
) -> None:
    """An unknown conversation and another's are not found alike."""
    ask = send(fresh() if whose == "nobody's" else conversation, "Mine? !sim fast")
    await charlie.say("send", **ask)
    assert (await charlie.refusal(ask["id"]))["code"] == "not_found"
    assert await bob.messages(conversation) == []


async def test_a_retry_is_a_sibling(phone: Device, bob: Script, conversation: str) -> None:
    """By the question's id or the answer's; the same command is the same turn."""
    first = await phone.end(await phone.ask(conversation, "Again? !sim fast", options=SHORT))
    answer = first["message"]
    for named in (answer["parent"], answer["id"]):
        again = {"id": fresh(), "message": named, "options": SHORT}
        await phone.say("retry", **again)
        turn = (await phone.hear("accepted", id=again["id"]))["turn"]
        events = await phone.events(turn)
        assert is_gapless(events)
        assert events[-1]["message"]["parent"] == answer["parent"]
        await phone.say("retry", **again | {"options": {"max_tokens": 3}})
        assert (await phone.refusal(again["id"]))["code"] == "id_conflict"
    assert [m["role"] for m in await bob.messages(conversation)] == ["user"] + ["assistant"] * 3


async def test_a_retry_of_somebody_elses_question(
    phone: Device, charlie: Device, conversation: str
) -> None:
    """It is not found."""
    done = await phone.end(await phone.ask(conversation, "Mine !sim fast", options=SHORT))
    for named in (done["message"]["parent"], done["message"]["id"], fresh()):
        command = fresh()
        await charlie.say("retry", id=command, message=named)
        assert (await charlie.refusal(command))["code"] == "not_found"


# ── several devices ─────────────────────────────────────────────────────────────────────────────


async def test_every_device_is_told_of_changes(
    phone: Device, laptop: Device, charlie: Device, conversation: str
) -> None:
    """The laptop sees question, turn and answer come as rows; events go to those who watch."""
    turn = await phone.ask(conversation, "What is rye? !sim fast", options=SHORT)
    ended = await phone.end(turn)
    answer = ended["message"]
    seen = await laptop.hear("change", entity="message", id=answer["id"])
    assert seen["row"] == answer
    assert seen["op"] == "put"
    question = await laptop.hear("change", entity="message", id=answer["parent"])
    assert question["row"]["content"][0]["text"] == "What is rye? !sim fast"
    ends = await laptop.until(
        lambda frame: frame.get("entity") == "turn" and frame["row"]["state"] == "finished"
    )
    assert (ends["id"], ends["row"]["answer"]) == (turn, answer["id"])
    shown = await laptop.until(
        lambda frame: (
            frame.get("entity") == "conversation"
            and frame["row"]["updated_at"] == answer["created_at"]
            and frame["row"]["running"] is False
        )
    )
    assert (shown["id"], shown["row"]["title"]) == (conversation, "What is rye? !sim fast")
    assert shown["row"]["last_words"].split()[0] in text_of(answer)
    assert laptop.so_far(turn) == []
    assert await charlie.is_usable()
    assert conversation not in str(charlie.heard)


async def test_changes_of_a_conversation_reach_every_device(
    phone: Device, bob: Script, conversation: str
) -> None:
    """Made, renamed, deleted and restored over HTTP, told at the socket."""
    await phone.hear("change", entity="conversation", id=conversation, op="put")
    path = f"/conversations/{conversation}"
    await bob.call("PATCH", path, {"title": "New name"})
    await phone.until(
        lambda frame: bool(frame.get("row")) and frame["row"].get("title") == "New name"
    )
    await bob.call("DELETE", path)
    gone = await phone.hear("change", entity="conversation", id=conversation, op="delete")
    assert gone["row"] is None
    phone.heard.clear()
    await bob.call("POST", f"{path}/restore")
    back = await phone.hear("change", entity="conversation", id=conversation, op="put")
    assert back["row"]["title"] == "New name"


async def test_a_second_device_sees_the_same_events(
    phone: Device, laptop: Device, conversation: str
) -> None:
    """It comes late, resumes from the beginning, and both see one and the same stream."""
    turn = await phone.ask(conversation, "Slowly !sim pace=0.2")
    await phone.hear("text.delta", turn=turn)
    await laptop.say("resume", turn=turn, after=0)
    seen, watched = await asyncio.gather(laptop.events(turn), phone.events(turn))
    assert seen == watched
    assert is_gapless(seen)


async def test_a_resume_goes_on_after_what_was_seen(
    home: Home, phone: Device, conversation: str
) -> None:
    """A device that lost its connection misses nothing and hears nothing twice."""
    async with home.device(BOB) as lost:
        turn = await lost.ask(conversation, "Slowly !sim pace=0.2")
        await lost.hear("text.delta", turn=turn)
        head = lost.so_far(turn)
    await phone.say("resume", turn=turn, after=head[-1]["seq"])
    events = head + await phone.events(turn)
    assert is_gapless(events)
    assert streamed(events) == text_of(events[-1]["message"])


async def test_resuming_twice_on_one_socket_watches_once(phone: Device, conversation: str) -> None:
    """The newest place counts; from there on each event comes once."""
    turn = await phone.ask(conversation, ENDLESS)
    for _ in range(5):
        await phone.say("resume", turn=turn, after=0)
    await phone.say("resume", turn=turn, after=1_000_000)
    await phone.is_usable()
    phone.heard.clear()
    await phone.say("stop", turn=turn)
    await phone.end(turn)
    assert await phone.is_usable()
    events = phone.so_far(turn)
    assert len({event["seq"] for event in events}) == len(events)


@pytest.mark.parametrize("after", [0, 7, 2_000_000_000])
async def test_an_ended_turn_answers_a_resume_with_its_answer(
    phone: Device, laptop: Device, conversation: str, after: int
) -> None:
    """A snapshot that replaces what was shown, then the end, numbered after what was seen."""
    turn = await phone.ask(conversation, "Over !sim fast", options=SHORT)
    ended = await phone.end(turn)
    await laptop.say("resume", turn=turn, after=after)
    events = await laptop.events(turn)
    assert kinds(events) == ["turn.snapshot", "turn.finished"]
    assert is_gapless(events, after + 1)
    assert events[0]["message"] == events[1]["message"] == ended["message"]


@pytest.mark.parametrize("kind", ["resume", "stop"])
async def test_somebody_elses_turn_is_not_found(
    phone: Device, charlie: Device, conversation: str, kind: str
) -> None:
    """Neither while it runs nor later; it goes on."""
    turn = await phone.ask(conversation, ENDLESS)
    await phone.hear("text.delta", turn=turn)
    fields = {"after": 0} if kind == "resume" else {}
    for wanted in (turn, fresh()):
        await charlie.say(kind, turn=wanted, **fields)
        assert (await charlie.refusal())["code"] == "not_found"
    await phone.say("stop", turn=turn)
    await phone.end(turn)
    await charlie.say(kind, turn=turn, **fields)
    assert (await charlie.refusal())["code"] == "not_found"
    assert turn not in str(charlie.heard)


# ── stopping ────────────────────────────────────────────────────────────────────────────────────


async def test_any_device_stops_a_turn(
    phone: Device, laptop: Device, bob: Script, conversation: str
) -> None:
    """What had arrived is kept, and the one who asked sees the end."""
    turn = await phone.ask(conversation, ENDLESS)
    await phone.hear("text.delta", turn=turn)
    await laptop.say("stop", turn=turn)
    events = await phone.events(turn)
    assert is_gapless(events)
    assert (events[-1]["kind"], events[-1]["stop_reason"]) == ("turn.finished", "stopped")
    answer = (await bob.messages(conversation))[-1]
    assert answer["state"] == "stopped"
    assert text_of(answer) == streamed(events) != ""


async def test_stopping_at_once(phone: Device, bob: Script, conversation: str) -> None:
    """A turn that is stopped before its first word ends the same way, ten times out of ten."""
    for number in range(1, 11):
        ask = send(conversation, ENDLESS)
        await phone.say("send", **ask)
        turn = (await phone.hear("accepted", id=ask["id"]))["turn"]
        await phone.say("stop", turn=turn)
        assert (await phone.end(turn))["stop_reason"] == "stopped"
        assert is_gapless(phone.so_far(turn))
        assert len(await bob.messages(conversation)) == 2 * number
