"""The shape of an answer on the wire."""

import pytest
from anthropic import AsyncAnthropic

from server.simulator.serve import Simulator

from .asking import Person, text_of

pytestmark = pytest.mark.asyncio


async def test_the_events_come_in_the_order_of_the_api(person: Person) -> None:
    """A text answer is message_start, one block of deltas, message_delta, message_stop."""
    heard = await person.hears("How do rivers form?")
    kinds = heard.kinds
    assert kinds[:2] == ["message_start", "content_block_start"]
    assert kinds[-3:] == ["content_block_stop", "message_delta", "message_stop"]
    assert set(kinds[2:-3]) == {"content_block_delta"}
    assert len(kinds) > 30


async def test_the_deltas_are_the_text(person: Person) -> None:
    """The deltas joined are the text, and each is a few words at most."""
    heard = await person.hears("How do rivers form?")
    pieces = [delta.text for delta in heard.deltas("text_delta")]
    assert "".join(pieces) == text_of(heard.message)
    assert max(map(len, pieces)) < 60


async def test_streamed_or_not_the_answer_is_the_same(person: Person) -> None:
    """The same request has the same content and output tokens, streamed or whole, every time."""
    streamed = (await person.hears("How do rivers form?")).message
    whole = await person.asks("How do rivers form?")
    again = await person.asks("How do rivers form?")
    assert text_of(streamed) == text_of(whole) == text_of(again)
    assert streamed.usage.output_tokens == whole.usage.output_tokens
    assert len({streamed.id, whole.id, again.id}) == 3


async def test_raw_events_have_the_padding_and_the_ping_of_the_api(client: AsyncAnthropic) -> None:
    """Each event is `event:` and `data:`, a ping follows the first block's start."""
    async with client.messages.with_streaming_response.create(
        model="claude-sonnet-5-5",
        max_tokens=500,
        stream=True,
        messages=[{"role": "user", "content": "Hello there, what are you?"}],
    ) as response:
        raw = (await response.read()).decode()
        headers = response.headers
    frames = [frame.splitlines() for frame in raw.removesuffix("\n\n").split("\n\n")]
    assert [line.split(": ")[0] for frame in frames for line in frame] == ["event", "data"] * len(
        frames
    )
    assert frames[2] == ["event: ping", 'data: {"type": "ping"}']
    assert any(frame[1].endswith("  }") for frame in frames)
    assert headers["content-type"] == "text/event-stream; charset=utf-8"
    assert headers["request-id"].startswith("req_")
    assert int(headers["anthropic-ratelimit-output-tokens-remaining"]) > 0


async def test_the_message_carries_what_the_api_carries(
    person: Person, simulator: Simulator
) -> None:
    """Usage has tier and geography; the upstream's own count is the usage the client was told."""
    message = await person.asks("How do rivers form?")
    assert message.usage.service_tier == "standard"
    assert message.usage.inference_geo == "global"
    assert message.stop_details is None
    counted = simulator.requests[-1]
    assert counted.message_id == message.id
    assert counted.usage["output_tokens"] == message.usage.output_tokens
    assert counted.usage["input_tokens"] == message.usage.input_tokens
    assert (counted.outcome, counted.auth) == ("finished", "bearer")
    assert counted.headers["anthropic-version"] == "2026-10-21"


async def test_an_older_model_tells_less(person: Person) -> None:
    """Thinking details exist on newer models only; geography is unknown on older ones."""
    old = await person.asks("Hi", model="claude-opus-4-5")
    new = await person.asks("Hi", model="claude-opus-5")
    assert old.model == "claude-opus-4-5-20251101"
    assert old.usage.output_tokens_details is None
    assert old.usage.inference_geo == "not_available"
    assert new.usage.output_tokens_details is not None
