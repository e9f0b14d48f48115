"""What is known of a prompt's size: never too little, and nothing where that is not certain."""

from typing import Any

import pytest

from server.features.chat.known import NOTHING, Known, known_of_path, known_of_pause
from server.features.chat.store import Said

Block = dict[str, Any]

MODEL = "claude-x"
USAGE = {
    "input_tokens": 10,
    "cache_read_input_tokens": 200,
    "cache_creation_input_tokens": 3_000,
    "output_tokens": 40_000,
}
TOKENS = 43_210


def text(words: str) -> Block:
    """Return a text block."""
    return {"type": "text", "text": words}


def request(**fields: object) -> dict[str, Any]:
    """Return a request as it is stored with an answer."""
    return {"model": MODEL, "stop_reason": "end_turn", "usage": USAGE, **fields}


def question(words: str = "Q") -> Said:
    """Return a question."""
    return Said("user", [text(words)], "complete", [], simulated=False)


def answer(
    *blocks: Block, state: str = "complete", simulated: bool = False, **request_: object
) -> Said:
    """Return an answer of one request."""
    said = list(blocks or [text("A")])
    return Said("assistant", said, state, [request(**request_)], simulated=simulated)


def known(*path: Said) -> Known:
    """Return what is known where the same model is asked, for real money."""
    return known_of_path(path, MODEL, simulated=False)


def test_the_prompt_and_the_answer_of_the_last_request() -> None:
    """Read from a cache, written to it or neither: all of it was the prompt."""
    assert known(question(), answer(), question()) == Known(TOKENS, 2)


def test_the_first_question_rests_on_nothing() -> None:
    """There is no answer yet."""
    assert known(question()) == NOTHING


def test_the_newest_answer_that_is_certain_counts() -> None:
    """One that broke off is passed over; what came after the older one is not known."""
    path = [question(), answer(), question(), answer(text("B"), state="stopped"), question()]
    assert known(*path) == Known(TOKENS, 2)


@pytest.mark.parametrize(
    "uncertain",
    [
        answer(state="failed"),
        answer(state="interrupted"),
        answer(simulated=True),
        answer(model="claude-y"),
        answer(stop_reason=None),
        answer(usage={"input_tokens": 1}),
        answer(usage={"output_tokens": 1}),
        answer(usage={**USAGE, "input_tokens": None}),
        answer(usage={**USAGE, "iterations": [{"type": "compaction"}]}),
        answer(text("A"), {"type": "tool_use", "id": "t", "name": "look", "input": {}}),
        answer({"type": "hologram"}),
        Said("assistant", [text("A")], "complete", [], simulated=False),
    ],
)
def test_what_is_not_certain_is_not_known(uncertain: Said) -> None:
    """Another model or purse, an end that was not told, counts that are not all."""
    assert known(question(), uncertain, question()) == NOTHING


def test_only_the_last_request_of_a_turn_counts() -> None:
    """It had everything before it in its prompt."""
    usage = {"input_tokens": 1, "output_tokens": 1}
    two = Said(
        "assistant", [text("A")], "complete", [request(usage=usage), request()], simulated=False
    )
    assert known(question(), two, question()) == Known(TOKENS, 2)


def test_a_message_that_has_grown_is_not_known() -> None:
    """Where an answer has no words the questions around it are one message: a longer one now."""
    thought = {"type": "thinking", "thinking": "", "signature": "s"}
    assert known(question(), answer(thought), question()) == Known(TOKENS, 0)


def test_a_pause_makes_everything_known() -> None:
    """What was asked and said; unless it was more than words, then as much as before."""

    def after(*said: Block) -> Known:
        messages = [("user", [text("Q")]), ("assistant", list(said))]
        asked = [{"role": role, "content": blocks} for role, blocks in messages]
        return known_of_pause([request()], asked, MODEL, Known(5, 1))

    assert after(text("A")) == Known(TOKENS, 2)
    assert after(text("A"), {"type": "server_tool_use"}) == Known(5, 1)
