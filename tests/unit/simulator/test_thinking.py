"""Thinking: aloud, hidden, limited, refused."""

from typing import Any

import pytest
from anthropic import BadRequestError
from anthropic.types import ThinkingBlock

from .asking import BUDGETED, MODEL, Person, text_of

pytestmark = pytest.mark.asyncio
ADAPTIVE = {"type": "adaptive"}


async def test_summarized_thinking_comes_first_and_is_signed(person: Person) -> None:
    """A thinking block of its own, then its signature, then the text."""
    heard = await person.hears(
        "Why is the sky blue?", thinking={**ADAPTIVE, "display": "summarized"}
    )
    thinking, answer = heard.message.content
    assert isinstance(thinking, ThinkingBlock)
    assert thinking.thinking == "".join(d.thinking for d in heard.deltas("thinking_delta"))
    assert "sky" in thinking.thinking
    assert thinking.signature
    assert answer.type == "text"


async def test_omitted_thinking_is_billed_but_not_shown(person: Person) -> None:
    """Newer models omit the text by default: a signature alone, and the tokens are billed."""
    heard = await person.hears("Why is the sky blue?", thinking=ADAPTIVE)
    plain = await person.asks("Why is the sky blue?")
    thinking = heard.message.content[0]
    assert isinstance(thinking, ThinkingBlock)
    assert thinking.thinking == ""
    assert thinking.signature
    assert heard.deltas("thinking_delta") == []
    details = heard.message.usage.output_tokens_details
    assert details is not None
    assert details.thinking_tokens > 20
    assert heard.message.usage.output_tokens == plain.usage.output_tokens + details.thinking_tokens


async def test_a_budget_on_an_older_model(person: Person) -> None:
    """`enabled` thinks aloud where the model takes a budget."""
    budget = {"type": "enabled", "budget_tokens": 1_024}
    message = await person.asks("Why is the sky blue?", model=BUDGETED, thinking=budget)
    assert [block.type for block in message.content] == ["thinking", "text"]


async def test_thinking_on_demand(person: Person) -> None:
    """`!sim thinking` thinks aloud whatever the request says."""
    message = await person.asks("Why is the sky blue? !sim thinking")
    assert message.content[0].type == "thinking"
    assert "!sim" not in text_of(message)


@pytest.mark.parametrize(
    ("model", "thinking", "words"),
    [
        (BUDGETED, {"type": "enabled", "budget_tokens": 8_000}, "must be greater than"),
        (BUDGETED, {"type": "enabled", "budget_tokens": 10}, "greater than or equal to 1024"),
        (BUDGETED, ADAPTIVE, "adaptive thinking is not supported"),
        (MODEL, {"type": "enabled", "budget_tokens": 1_024}, "thinking.type.adaptive"),
        (MODEL, {"type": "disabled"}, "not supported"),
    ],
)
async def test_thinking_a_model_does_not_take_is_refused(
    person: Person, model: str, thinking: dict[str, Any], words: str
) -> None:
    """A budget that does not fit, or a kind the model does not know, is a 400 that says so."""
    with pytest.raises(BadRequestError, match=words):
        await person.asks("Why?", model=model, thinking=thinking)


async def test_max_tokens_may_end_within_thinking(person: Person) -> None:
    """Where the limit falls into the thinking there is no text, and nothing beyond the limit."""
    message = await person.asks("Why?", thinking=ADAPTIVE, max_tokens=5)
    assert [block.type for block in message.content] == ["thinking"]
    assert (message.stop_reason, message.usage.output_tokens) == ("max_tokens", 5)
