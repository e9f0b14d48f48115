"""Every recorded answer of the Claude API, replayed: what is stored is what the recording says.

A reader that shares nothing with the server's (tests/proofs/recordings.py) says what that is; the
stored rows are read with nothing but SQLite.
"""

import asyncio
import json
import random
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass
from typing import Final

import pytest
import pytest_asyncio

from server.core.ids import new_id

from . import recordings, stored
from .devices import Device, Json, Screen, texts_of
from .homes import Home, home
from .recordings import NEEDED, Reading, read
from .replay import Body, End, Replay, replaying

pytestmark = NEEDED

AT_ONCE: Final = 8
WHOLE: Final = 1 << 30
SLICES: Final = (1, 7, WHOLE)
ALL_SLICES_MAX_BYTES: Final = 20_000
"""Larger recordings come in slices of a random size instead of one and seven bytes."""

ERRORS: Final = {
    "error-400-credit-balance": ("upstream_credit", True),
    "error-400": ("upstream_rejected", True),
    "error-401": ("upstream_key", True),
    "error-404": ("upstream_model", True),
    "error-429": ("upstream_rate_limited", False),
    "error-529": ("upstream_overloaded", False),
}
"""Beginning of the file's name → the problem's code, and whether it is permanent."""

GARBAGE: Final = (
    "{oops",
    "5",
    '{"type": "message_delta", "delta": "end"}',
    '{"type": "content_block_delta", "index": 99, "delta": {"type": "text_delta", "text": "?"}}',
    '{"type": "content_block_start", "index": 0}',
)
QUESTION_OF: Final = "SELECT role FROM message WHERE id = ?"


@dataclass
class Bench:
    """A server whose Claude is the replay, with Bob's device connected."""

    replay: Replay
    home: Home
    device: Device

    async def ask(self, *bodies: Body, conversation: str | None = None) -> "Told":
        """Ask a question that Claude answers with these bodies; return what came of it."""
        key = str(new_id())
        question = self.replay.plan(key, *bodies)
        turn = await self.device.send(conversation or await self.home.conversation(), question)
        screen = Screen()
        async for event in self.device.events(turn):
            screen.take(event)
        return Told(screen, stored.answer_of(self.home.file, turn), self.replay.asked[key])

    async def ask_all(self, asked: Iterable[Body]) -> list["Told"]:
        """Ask one question for each body, some at the same time; results in their order."""
        free = asyncio.Semaphore(AT_ONCE)

        async def one(body: Body) -> Told:
            async with free:
                return await self.ask(body)

        return await asyncio.gather(*(one(body) for body in asked))


@dataclass
class Told:
    """What a question brought: on screen, in the database, and what Claude was asked for it."""

    screen: Screen
    row: Json
    asked: list[Json]

    @property
    def end(self) -> Json:
        """The turn's last event."""
        assert self.screen.end is not None
        return self.screen.end


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def bench(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Bench]:
    """Start one server for all recordings."""
    async with replaying() as replay:
        settings = {"ANTHROPIC_BASE_URL": replay.url, "ANTHROPIC_API_KEY": "x"}
        async with home(tmp_path_factory.mktemp("recordings"), **settings) as served:
            device = await served.join()
            yield Bench(replay, served, device)
            await device.leave()


def check_requests(row: Json, said: Reading) -> None:
    """The whole usage object of each request is stored, with its model and how it ended."""
    assert [request["usage"] for request in row["requests"]] == said.usages
    assert [request["model"] for request in row["requests"]] == said.models
    assert [request["stop_reason"] for request in row["requests"]] == said.stop_reasons


def check_finished(told: Told, said: Reading) -> None:
    """Everything the recording says is stored and was shown."""
    assert told.end["kind"] == "turn.finished"
    assert told.row["state"] == "complete"
    assert told.row["stop_reason"] == told.end["stop_reason"] == said.stop_reason
    assert told.row["content"] == said.blocks
    check_requests(told.row, said)
    check_shown(told, said)


def check_shown(told: Told, said: Reading) -> None:
    """What came over the wire, delta by delta, is the text and the thinking of the recording."""
    assert told.screen.texts == texts_of(said.blocks)
    assert told.screen.thoughts == texts_of(said.blocks, "thinking")


def check_failed(told: Told, said: Reading, code: str) -> None:
    """The turn failed with this problem, and what had arrived is kept."""
    assert told.end["kind"] == "turn.failed"
    assert told.end["problem"]["code"] == told.row["problem"]["code"] == code
    assert told.row["state"] == "failed"
    assert told.row["content"] == said.kept
    check_requests(told.row, said)
    check_shown(told, said)


def slices(stream: bytes, chance: random.Random) -> list[int]:
    """Return the sizes in which this stream is served."""
    if len(stream) <= ALL_SLICES_MAX_BYTES:
        return list(SLICES)
    return [WHOLE, chance.randrange(50, 2_000)]


def streams() -> dict[str, bytes]:
    """Return every recording as a stream: those that are, and the messages told as one."""
    whole = {name: recordings.content(name) for name in recordings.names("*.sse")}
    told = {name: recordings.as_stream(body) for name, body in recordings.messages().items()}
    return whole | told


def finishing_streams() -> dict[str, bytes]:
    """Return those that come to an end by themselves."""
    return {
        name: stream
        for name, stream in streams().items()
        if not name.startswith(("DERIVED", "pause-turn"))
    }


@pytest.mark.asyncio(loop_scope="module")
async def test_every_recording_is_stored_and_shown_as_it_was_said(
    bench: Bench, chance: random.Random
) -> None:
    """Blocks, usage and text of each recording arrive whole, however the network slices them."""
    served = [
        (stream, size) for stream in finishing_streams().values() for size in slices(stream, chance)
    ]
    told = await bench.ask_all(Body(stream, slice_bytes=size) for stream, size in served)
    for (stream, _), one in zip(served, told, strict=True):
        check_finished(one, read(stream))


@pytest.mark.asyncio(loop_scope="module")
async def test_a_message_told_as_a_stream_is_that_message(bench: Bench) -> None:
    """What is stored of a recorded message is its content and its usage, field by field."""
    messages = recordings.messages().values()
    told = await bench.ask_all(Body(recordings.as_stream(message)) for message in messages)
    for message, one in zip(messages, told, strict=True):
        assert one.row["content"] == message["content"]
        assert one.row["requests"][0]["usage"] == message["usage"]
        assert one.row["stop_reason"] == message["stop_reason"]


@pytest.mark.asyncio(loop_scope="module")
async def test_a_stream_cut_anywhere_fails_and_keeps_what_arrived(
    bench: Bench, chance: random.Random
) -> None:
    """Each recording cut in half, between events or within a line, politely or not."""
    served = []
    for stream in finishing_streams().values():
        for cut in (recordings.cut_between_events, recordings.cut_within_a_line):
            half = cut(stream)
            if read(half).stop_reason is None:
                end: End = chance.choice(["polite", "close"])
                served.append(Body(half, end=end, slice_bytes=chance.choice([7, 100, WHOLE])))
    assert len(served) > len(finishing_streams())
    for body, told in zip(served, await bench.ask_all(served), strict=True):
        check_failed(told, read(body.data), "upstream_cut")


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("garbage", GARBAGE)
async def test_a_stream_that_turns_to_garbage_fails_and_keeps_what_came_before(
    bench: Bench, garbage: str
) -> None:
    """What makes no sense ends the answer; the events before it count, also of the same packet."""
    halves = [recordings.cut_between_events(stream) for stream in finishing_streams().values()]
    halves = [half for half in halves if read(half).stop_reason is None]
    nonsense = f"data: {garbage}\n\n".encode()
    told = await bench.ask_all(Body(half + nonsense + half) for half in halves)
    for half, one in zip(halves, told, strict=True):
        check_failed(one, read(half), "upstream_cut")


@pytest.mark.asyncio(loop_scope="module")
async def test_a_connection_reset_keeps_all_that_was_shown(bench: Bench) -> None:
    """A reset may lose what was in flight; what was shown before is stored, and nothing else."""
    halves = [recordings.cut_between_events(stream) for stream in finishing_streams().values()]
    told = await bench.ask_all(Body(half, slice_bytes=100, end="reset") for half in halves)
    for half, one in zip(halves, told, strict=True):
        assert one.end["kind"] == "turn.failed"
        assert one.end["problem"]["code"] in ("upstream_cut", "upstream_unreachable")
        assert one.screen.texts == texts_of(one.row["content"])
        said = "".join(texts_of(read(half).blocks).values())
        assert said.startswith(one.screen.text)


@pytest.mark.asyncio(loop_scope="module")
async def test_an_error_in_the_middle_of_a_stream_fails_and_keeps_the_text(bench: Bench) -> None:
    """The overloaded recording ends as such, with the text that had arrived."""
    (name,) = recordings.names("DERIVED-midstream-overloaded*.sse")
    said = read(recordings.content(name))
    assert said.error is not None
    assert texts_of(said.blocks)
    for size in SLICES:
        told = await bench.ask(Body(recordings.content(name), slice_bytes=size))
        check_failed(told, said, "upstream_overloaded")
        assert told.end["problem"]["permanent"] is False


@pytest.mark.asyncio(loop_scope="module")
async def test_a_paused_turn_is_continued_with_what_was_said(bench: Bench) -> None:
    """Two recorded halves make one answer; the second request carries the first half, untouched."""
    first, second = (recordings.content(name) for name in recordings.names("pause-turn-*.sse"))
    said = Reading()
    for event in (*recordings.events(first), *recordings.events(second)):
        said.take(event)
    conversation = await bench.home.conversation()
    told = await bench.ask(Body(first), Body(second), conversation=conversation)
    check_finished(told, said)
    question, continuation = told.asked
    assert question["messages"][-1]["role"] == "user"
    assert continuation == {
        **question,
        "messages": [*question["messages"], {"role": "assistant", "content": read(first).blocks}],
    }
    text = recordings.content(recordings.names("text-*.sse")[0])
    after = await bench.ask(Body(text), conversation=conversation)
    usable = [block for block in said.blocks if block.get("text", "some").strip()]
    assert after.asked[0]["messages"][1:-1] == [{"role": "assistant", "content": usable}]


@pytest.mark.asyncio(loop_scope="module")
async def test_a_pause_whose_continuation_breaks_off_keeps_the_first_half(bench: Bench) -> None:
    """What was said before the pause survives the failure of what should have followed."""
    first, second = (recordings.content(name) for name in recordings.names("pause-turn-*.sse"))
    said = Reading()
    half = recordings.cut_between_events(second)
    for event in (*recordings.events(first), *recordings.events(half)):
        said.take(event)
    check_failed(await bench.ask(Body(first), Body(half, end="close")), said, "upstream_cut")


@pytest.mark.asyncio(loop_scope="module")
async def test_a_refusal_by_claude_is_an_answer(bench: Bench) -> None:
    """Refusals finish, with or without text, and Claude's explanation is kept."""
    refusals = {
        name: stream
        for name, stream in streams().items()
        if name.startswith("refusal") and read(stream).stop_reason == "refusal"
    }
    assert len(refusals) >= 3
    for stream in refusals.values():
        told = await bench.ask(Body(stream))
        check_finished(told, read(stream))
        assert told.end["stop_reason"] == "refusal"
        assert told.row["requests"][0]["details"]["stop_details"]["type"] == "refusal"


@pytest.mark.asyncio(loop_scope="module")
async def test_recorded_errors_become_problems_that_help(bench: Bench) -> None:
    """Each recorded error ends the turn with its own problem; the question is kept."""
    for name, (status, body) in recordings.errors().items():
        code, permanent = next(told for start, told in ERRORS.items() if name.startswith(start))
        told = await bench.ask(Body(json.dumps(body).encode(), status))
        check_failed(told, Reading(), code)
        assert told.end["problem"]["permanent"] is permanent
        assert told.end["problem"].get("retry_after_seconds") is None
        assert stored.rows(bench.home.file, QUESTION_OF, told.row["parent_id"]) == [
            {"role": "user"}
        ]


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("status", [429, 529])
async def test_retry_after_is_passed_on(bench: Bench, status: int) -> None:
    """A person is told when trying again can help, where Claude says so."""
    (body,) = (error for code, error in recordings.errors().values() if code == status)
    headers = {"retry-after": "17"}
    told = await bench.ask(Body(json.dumps(body).encode(), status, headers))
    assert told.end["problem"]["retry_after_seconds"] == 17


@pytest.mark.asyncio(loop_scope="module")
async def test_an_answer_that_is_none_fails_and_crashes_nothing(bench: Bench) -> None:
    """Recorded bodies of other requests, served as an answer, end as a broken-off one."""
    others = (
        set(recordings.names("*.json*")) - set(recordings.messages()) - set(recordings.errors())
    )
    for name in sorted(others):
        told = await bench.ask(Body(recordings.content(name)))
        check_failed(told, Reading(), "upstream_cut")
