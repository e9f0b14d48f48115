"""What Claude's side can do to a turn, and what the person and the database have afterwards."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from tests.live import serving
from tests.people import BOB, furnish

from .chatting import (
    Home,
    Json,
    Script,
    expect,
    is_gapless,
    kinds,
    problem,
    streamed,
    text_of,
)

pytestmark = pytest.mark.asyncio

FAULTS = {
    # directive: (HTTP status, code, permanent, retry after seconds, whether text has arrived)
    "429": (429, "upstream_rate_limited", False, 2, False),
    "429 retry=30": (429, "upstream_rate_limited", False, 30, False),
    "429-spend": (429, "upstream_spend_limit", True, None, False),
    "529": (529, "upstream_overloaded", False, None, False),
    "500": (502, "upstream_failed", False, None, False),
    "401": (502, "upstream_key", True, None, False),
    "403": (502, "upstream_key", True, None, False),
    "400-credit": (400, "upstream_credit", True, None, False),
    "nonsense": (400, "upstream_rejected", True, None, False),
    "cut after=0": (502, "upstream_cut", False, None, False),
    "cut after=5": (502, "upstream_cut", False, None, True),
    "truncate after=5": (502, "upstream_cut", False, None, True),
    "error after=0": (529, "upstream_overloaded", False, None, False),
    "error after=5": (529, "upstream_overloaded", False, None, True),
}

BILLED = ("cut", "truncate", "error")
"""What is posted, as Claude may have begun; nothing else costs anything."""


@pytest_asyncio.fixture
async def bob(home: Home) -> AsyncIterator[Script]:
    """Be Bob."""
    async with home.script(BOB) as script:
        yield script


@pytest_asyncio.fixture
async def conversation(bob: Script) -> str:
    """Make a conversation of Bob's."""
    return await bob.conversation()


async def hear(person: Script, conversation: str, content: str, **fields: object) -> list[Json]:
    """Ask, and return all the events."""
    path = f"/conversations/{conversation}/messages"
    return await person.events("POST", path, {"content": content, **fields})


def stored(home: Home, message: str) -> Json:
    """Return a message as it lies in the database."""
    row = home.rows("SELECT * FROM message WHERE id = ?", message)[0]
    return {
        name: json.loads(value) if name in ("content", "requests", "usage", "problem") else value
        for name, value in row.items()
        if value is not None
    }


@pytest.mark.parametrize("fault", FAULTS)
async def test_a_turn_that_fails(bob: Script, conversation: str, fault: str) -> None:
    """The watcher is told why, what arrived is kept, and the question can be asked again."""
    status, code, permanent, seconds, partial = FAULTS[fault]
    events = await hear(bob, conversation, f"Tell me !sim pace=0.01 !sim {fault}")
    assert is_gapless(events)
    failed = events[-1]
    told = failed["problem"]
    assert (failed["kind"], told["code"]) == ("turn.failed", code)
    assert (told["permanent"], told["retry_after_seconds"]) == (permanent, seconds)
    question, answer = await bob.messages(conversation)
    assert failed["message"] == answer
    assert (answer["state"], answer["stop_reason"]) == ("failed", None)
    assert answer["problem"] == told
    assert text_of(answer) == streamed(events)
    assert bool(text_of(answer)) is partial
    assert bool(answer["cost_nano_eur"]) is fault.startswith(BILLED)

    again = await bob.call("POST", f"/messages/{question['id']}/retry", {})
    assert problem(again, status) == code
    assert again.headers.get("retry-after") == (None if seconds is None else str(seconds))
    assert again.json()["message"] == told["message"]
    assert len(await bob.messages(conversation)) == 3


@pytest.mark.parametrize("fault", ["529", "cut after=5", "refusal", "refusal after=3"])
async def test_a_conversation_goes_on_after_a_failure(
    bob: Script, conversation: str, fault: str
) -> None:
    """The next question is answered, with or without words of an answer before it."""
    await hear(bob, conversation, f"Tell me !sim fast !sim {fault}")
    done = await bob.ask(conversation, "And now? !sim fast")
    assert done["message"]["stop_reason"] == "end_turn"
    assert text_of(done["message"])


async def test_an_ended_failure_is_told_again(bob: Script, conversation: str) -> None:
    """Whoever comes later sees what was kept and why it ended, in the same words."""
    events = await hear(bob, conversation, "Tell me !sim fast !sim error after=5")
    later = await bob.events("GET", f"/turns/{events[0]['turn']}/events")
    assert kinds(later) == ["turn.snapshot", "turn.failed"]
    assert later[0]["message"] == events[-1]["message"]
    assert later[1]["problem"] == events[-1]["problem"]


async def test_a_model_that_claude_does_not_know(bob: Script, conversation: str) -> None:
    """The refusal names it, and is told as Claude's, not as ours."""
    response = await bob.send(conversation, "Tell me", options={"model": "claude-opus-4-0"})
    assert problem(response, 404) == "upstream_model"
    assert "claude-opus-4-0" in response.json()["message"]


@pytest.mark.parametrize("accept", ["application/json", "text/event-stream"])
async def test_a_model_without_a_price_is_not_called(
    bob: Script, conversation: str, accept: str
) -> None:
    """It is refused before anything else, with its own status where events were asked for too."""
    body = {"content": "Tell me", "options": {"model": "claude-of-nowhere"}}
    path, headers = f"/conversations/{conversation}/messages", {"accept": accept}
    response = await bob.client.post(path, json=body, headers=headers)
    assert problem(response, 422) == "model_unpriced"
    question, answer = await bob.messages(conversation)
    assert text_of(question) == "Tell me"
    assert (answer["state"], answer["cost_nano_eur"]) == ("failed", None)


async def test_more_than_a_model_can_write(bob: Script, conversation: str) -> None:
    """No more is asked of Claude than it takes."""
    done = await bob.ask(conversation, "Tell me !sim fast", options={"max_tokens": 1_000_000})
    assert done["message"]["stop_reason"] == "end_turn"


# ── ends that are no failures ───────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("after", [0, 4])
async def test_a_refusal_is_finished(
    home: Home, bob: Script, conversation: str, after: int
) -> None:
    """Claude may decline, at once or half-way: an answer, not a failure; its reason is kept."""
    events = await hear(bob, conversation, f"Tell me !sim fast !sim refusal after={after}")
    assert (events[-1]["kind"], events[-1]["stop_reason"]) == ("turn.finished", "refusal")
    answer = events[-1]["message"]
    assert (answer["state"], answer["problem"]) == ("complete", None)
    assert bool(text_of(answer)) is bool(after)
    request = stored(home, answer["id"])["requests"][0]
    assert request["details"]["stop_details"]["category"] == "general_harms"


async def test_the_longest_answer_ends_finished(bob: Script, conversation: str) -> None:
    """What max_tokens cuts is complete as far as it goes."""
    events = await hear(bob, conversation, "Tell me !sim fast", options={"max_tokens": 20})
    assert (events[-1]["kind"], events[-1]["stop_reason"]) == ("turn.finished", "max_tokens")
    assert events[-1]["usage"]["output_tokens"] == 20


async def test_a_call_of_a_tool_that_was_not_offered(
    home: Home, bob: Script, conversation: str
) -> None:
    """It ends the turn as finished, and the next question is valid: the call has its result."""
    events = await hear(bob, conversation, "Tell me !sim fast !sim tool look_up")
    assert kinds(events)[-3:] == ["tool.call", "usage", "turn.finished"]
    call = next(event for event in events if event["kind"] == "tool.call")
    assert (call["name"], call["server"], call["needs_approval"]) == ("look_up", None, False)
    ended = events[-1]
    assert (ended["stop_reason"], ended["message"]["state"]) == ("tool_use", "complete")
    used = ended["message"]["content"][-1]
    assert (used["type"], used["id"], used["input"]) == ("tool_use", call["call"], call["input"])
    assert stored(home, ended["message"]["id"])["content"] == ended["message"]["content"]

    done = await bob.ask(conversation, "And without it? !sim fast")
    assert "This tool call was not carried out." in text_of(done["message"])


async def test_thinking_is_shown_and_its_signature_kept(
    home: Home, bob: Script, conversation: str
) -> None:
    """The person sees the words; the signature stays here, for Claude, and is taken back by it."""
    events = await hear(bob, conversation, "Tell me !sim fast !sim thinking")
    thought = "".join(e["text"] for e in events if e["kind"] == "thinking.delta")
    places = {event["index"]: event["kind"] for event in events if "index" in event}
    assert places == {0: "thinking.delta", 1: "text.delta"}
    answer = events[-1]["message"]
    assert answer["content"][0] == {"type": "thinking", "thinking": thought}
    assert text_of(answer) == streamed(events)
    kept = stored(home, answer["id"])["content"]
    assert kept[0]["thinking"] == thought
    assert len(kept[0]["signature"]) > 40
    assert kept[0]["signature"] not in json.dumps(events)
    assert (await bob.messages(conversation))[-1] == answer
    done = await bob.ask(conversation, "And then? !sim fast")
    assert done["message"]["stop_reason"] == "end_turn"


async def test_an_answer_that_is_only_a_thought(bob: Script, conversation: str) -> None:
    """Cut before its first word it is kept, and the next question is valid all the same."""
    options = {"max_tokens": 5}
    events = await hear(bob, conversation, "Tell me !sim fast !sim thinking", options=options)
    assert [block["type"] for block in events[-1]["message"]["content"]] == ["thinking"]
    done = await bob.ask(conversation, "And then? !sim fast")
    assert done["message"]["stop_reason"] == "end_turn"


async def test_a_pause_is_continued(home: Home, bob: Script, conversation: str) -> None:
    """One turn, two requests: indexes go on, the usage is their sum, and nobody notices."""
    events = await hear(bob, conversation, "Tell me of rivers !sim fast !sim pause")
    assert is_gapless(events)
    assert kinds(events).count("turn.started") == 1
    answer = events[-1]["message"]
    running = [event["cost_nano_eur"] for event in events if event["kind"] == "usage"]
    assert (running, running[-1]) == (sorted(running), answer["cost_nano_eur"])
    assert (events[-1]["stop_reason"], answer["state"]) == ("end_turn", "complete")
    assert {event["index"] for event in events if "index" in event} == {0, 1}
    assert [block["type"] for block in answer["content"]] == ["text", "text"]
    assert text_of(answer) == streamed(events)
    requests: list[dict[str, Any]] = stored(home, answer["id"])["requests"]
    assert [request["stop_reason"] for request in requests] == ["pause_turn", "end_turn"]
    for ours, theirs in (("input_tokens", "input_tokens"), ("output_tokens", "output_tokens")):
        assert events[-1]["usage"][ours] == sum(request["usage"][theirs] for request in requests)


async def test_the_whole_usage_is_stored(home: Home, bob: Script, conversation: str) -> None:
    """Every field the API sent is there, for whoever will count the cost."""
    done = await bob.ask(conversation, "Tell me !sim fast")
    usage = stored(home, done["message"]["id"])["requests"][0]["usage"]
    assert {
        "input_tokens",
        "output_tokens",
        "cache_creation_input_tokens",
        "cache_read_input_tokens",
        "cache_creation",
        "service_tier",
    } <= set(usage)
    assert usage["output_tokens"] == done["usage"]["output_tokens"]


# ── what needs a server of its own ──────────────────────────────────────────────────────────────


async def test_silence_ends_a_turn(tmp_path: Path) -> None:
    """Claude may be silent for so long and no longer; what had arrived is kept."""
    await furnish(tmp_path / "data", BOB)
    with serving(tmp_path, CLAUDE_RASP_CHAT_UPSTREAM_SILENCE_SECONDS="1") as server:
        async with Home(server).script(BOB) as bob:
            conversation = await bob.conversation()
            events = await hear(bob, conversation, "Tell me !sim fast !sim stall after=5")
            assert events[-1]["problem"]["code"] == "upstream_silent"
            assert text_of(events[-1]["message"]) == streamed(events) != ""


async def test_nobody_at_the_other_end(tmp_path: Path) -> None:
    """With a key and without a network the question is kept, and nothing is called simulated."""
    await furnish(tmp_path / "data", BOB)
    settings = {"ANTHROPIC_API_KEY": "sk-x", "ANTHROPIC_BASE_URL": "http://127.0.0.1:9"}
    with serving(tmp_path, **settings) as server:
        async with Home(server).script(BOB) as bob:
            assert (await bob.get("/instance"))["simulator"] is False
            conversation = await bob.conversation()
            response = await bob.send(conversation, "Anybody?")
            assert problem(response, 503) == "upstream_unreachable"
            question, answer = await bob.messages(conversation)
            assert text_of(question) == "Anybody?"
            assert (answer["state"], answer["simulated"]) == ("failed", False)
            retried = await bob.call("DELETE", f"/turns/{answer['turn']}")
            assert retried.status_code == 204
            assert expect(await bob.call("GET", "/instance"), 200)["protocol"] == 1
