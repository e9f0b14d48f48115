"""Frames that are not as they should be: refused with a sentence, and the socket stays usable."""

import json
from collections.abc import AsyncIterator, Callable
from contextlib import suppress

import pytest
import pytest_asyncio
from websockets.exceptions import ConnectionClosed

from tests.live import ServerKind
from tests.people import BOB

from .chatting import Device, Home, Json, fresh, text_of

pytestmark = pytest.mark.asyncio

FRAME_LIMIT = 2_097_152
MESSAGE_LIMIT = 262_144
ID = "01910000-0000-7000-8000-000000000000"
SEND: Json = {"kind": "send", "id": ID, "conversation": ID, "content": "Hello"}


@pytest.fixture
def home(homes: Callable[[ServerKind], Home]) -> Home:
    """Come to the home on Sanic's own server, whose sockets are whole."""
    return homes("sanic")


@pytest_asyncio.fixture
async def phone(home: Home) -> AsyncIterator[Device]:
    """Connect Bob's phone; in the end it still works."""
    async with home.device(BOB) as device:
        yield device
        assert await device.is_usable()


async def refusal(phone: Device, sent: str | bytes) -> Json:
    """Send this, and return the frame that refuses it."""
    await phone.socket.send(sent)
    problem = await phone.refusal()
    assert len(problem["message"].split()) > 2
    return phone.heard[-1]


@pytest.mark.parametrize(
    "sent",
    [
        "",
        " ",
        "hello",
        "{",
        "{'kind': 'ping'}",
        '{"kind": "ping"',
        '{"kind": "ping"} {"kind": "ping"}',
        '"\\ud800"',
        '{"kind": "ping", "x": "\\udc00"}',
        "[" * 100_000,
        '{"a":' * 100_000,
    ],
)
async def test_what_is_no_json(phone: Device, sent: str) -> None:
    """Empty, cut, garbled, half a letter, or deep without end."""
    frame = await refusal(phone, sent)
    assert (frame["id"], frame["problem"]["code"]) == (None, "frame_malformed")
    assert frame["problem"]["permanent"] is True


@pytest.mark.parametrize(
    ("frame", "named"),
    [
        ([], ""),
        ([{"kind": "ping"}], ""),
        ("ping", ""),
        (7.5, ""),
        (None, ""),
        ({}, "kind"),
        ({"kind": None}, "kind"),
        ({"kind": 7}, "kind"),
        ({"kind": "shout"}, "kind: must be one of"),
        ({"kind": "Ping"}, "kind: must be one of"),
        ({"kind": "welcome"}, "kind: must be one of"),
        ({"kind": "ping", "extra": 1}, "unknown field"),
        ({"kind": "send"}, "content"),
        ({**SEND, "extra": 1}, "unknown field"),
        ({**SEND, "id": "x"}, "id: must be a UUID"),
        ({**SEND, "id": 7}, "id"),
        ({**SEND, "conversation": None}, "conversation"),
        ({**SEND, "content": 7}, "content"),
        ({**SEND, "content": None}, "content"),
        ({**SEND, "parent": "x"}, "parent"),
        ({**SEND, "options": "fast"}, "options"),
        ({**SEND, "options": {"max_tokens": 0}}, "options.max_tokens"),
        ({**SEND, "options": {"system": "x"}}, "unknown field"),
        ({"kind": "retry", "id": ID}, "message"),
        ({"kind": "retry", "id": ID, "message": ID, "content": "x"}, "unknown field"),
        ({"kind": "stop"}, "turn"),
        ({"kind": "stop", "turn": "x"}, "turn"),
        ({"kind": "resume", "turn": ID}, "after"),
        ({"kind": "resume", "turn": ID, "after": -1}, "after"),
        ({"kind": "resume", "turn": ID, "after": "0"}, "after"),
        ({"kind": "resume", "turn": ID, "after": 0.5}, "after"),
        ({"kind": "resume", "turn": ID, "after": True}, "after"),
        ({"kind": "approve", "call": "c"}, "decision"),
        ({"kind": "approve", "call": "c", "decision": "perhaps"}, "decision"),
        ({"kind": "approve", "call": "c" * 201, "decision": "once"}, "call"),
    ],
)
async def test_a_frame_of_another_shape(phone: Device, frame: object, named: str) -> None:
    """What is wrong is named; a frame whose id can be read is refused under that id."""
    refused = await refusal(phone, json.dumps(frame))
    assert refused["problem"]["code"] == "frame_malformed"
    assert named in refused["problem"]["message"]
    has_id = isinstance(frame, dict) and frame.get("id") == ID
    assert refused["id"] == (ID if has_id else None)


@pytest.mark.parametrize("sent", [b"", b'{"kind": "ping"}', b"\xff\x00"])
async def test_a_binary_frame(phone: Device, sent: bytes) -> None:
    """Frames are text, whatever the bytes would say."""
    frame = await refusal(phone, sent)
    assert frame["problem"]["code"] == "frame_malformed"
    assert "binary" in frame["problem"]["message"]


async def test_what_was_sent_is_not_repeated(phone: Device) -> None:
    """A refusal holds nothing of the frame, which may hold a secret."""
    refused = await refusal(phone, json.dumps({"kind": "send", "hunter2": "hunter3"}))
    assert "hunter" not in json.dumps(refused)


async def test_an_empty_question(phone: Device) -> None:
    """Blanks ask nothing."""
    for content in ("", "  ", "\n"):
        refused = await refusal(phone, json.dumps({**SEND, "content": content}))
        assert (refused["id"], refused["problem"]["code"]) == (ID, "message_empty")


@pytest.mark.parametrize("size", [MESSAGE_LIMIT + 1, 1_000_000, FRAME_LIMIT - 1_000])
async def test_a_question_that_is_too_long(phone: Device, size: int) -> None:
    """Below the protocol's bound it is refused, with the figures."""
    refused = await refusal(phone, json.dumps({**SEND, "content": "x" * size}))
    assert (refused["id"], refused["problem"]["code"]) == (ID, "message_too_long")
    assert refused["problem"]["detail"] == {"length_bytes": size, "limit_bytes": MESSAGE_LIMIT}


async def test_a_number_that_is_too_large(phone: Device) -> None:
    """A place in a turn beyond all places is refused or answered, and breaks nothing."""
    for after in (2**31, 2**63, 10**30):
        refused = await refusal(phone, json.dumps({"kind": "resume", "turn": ID, "after": after}))
        assert refused["problem"]["code"] in ("frame_malformed", "not_found")


async def test_a_decision_about_no_call(phone: Device) -> None:
    """Nothing waits for it."""
    for decision in ("once", "always", "never"):
        frame = {"kind": "approve", "call": "toolu_1", "decision": decision}
        assert (await refusal(phone, json.dumps(frame)))["problem"]["code"] == "no_such_call"


async def test_a_frame_beyond_the_bound_ends_the_socket(home: Home) -> None:
    """The close code says that it was too large, and other sockets go on."""
    async with home.device(BOB) as phone, home.device(BOB) as other:
        with suppress(ConnectionClosed):  # it may close before all is sent
            await phone.socket.send(json.dumps({**SEND, "content": "x" * FRAME_LIMIT}))
        assert (await phone.closing())[0] == 1009
        assert await other.is_usable()


async def test_a_frame_in_pieces_is_one_frame(phone: Device) -> None:
    """The protocol lets a client cut its frames."""
    await phone.socket.send(['{"ki', 'nd": "pi', 'ng"}'])
    assert await phone.hear("pong")


async def test_a_hundred_bad_frames_in_a_row(phone: Device) -> None:
    """Each has its refusal, in their order, and then a good one works."""
    for number in range(100):
        await phone.say("send", id=ID, wrong=number)
    refusals = [await phone.refusal(None) for _ in range(100)]
    assert {refusal["code"] for refusal in refusals} == {"frame_malformed"}


async def test_strange_text_is_kept_as_it_is(home: Home, phone: Device) -> None:
    """Whatever a person may write comes back letter by letter."""
    content = "nul \x00 \x1b \u202e \U0010ffff \ufeff <b> !sim fast"
    async with home.script(BOB) as bob:
        conversation = await bob.conversation(id=fresh())
        ended = await phone.end(await phone.ask(conversation, content, options={"max_tokens": 5}))
        assert ended["kind"] == "turn.finished"
        assert text_of((await bob.messages(conversation))[0]) == content
