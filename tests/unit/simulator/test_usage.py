"""Tokens: counted the same everywhere, cached as the API caches."""

from typing import Any

import pytest
from anthropic import AsyncAnthropic
from anthropic.types import Usage
from hypothesis import given
from hypothesis import strategies as st

from server.simulator.tokens import count, split

from .asking import WEATHER, Clock, Person, user

LONG = "The river rises in the hills and ends in the sea. " * 200


def cached(text: str, ttl: str = "5m") -> dict[str, Any]:
    """A text block that ends a cached prefix."""
    return {"type": "text", "text": text, "cache_control": {"type": "ephemeral", "ttl": ttl}}


def prompt_tokens(usage: Usage) -> int:
    """The whole prompt, wherever its tokens went."""
    read, written = usage.cache_read_input_tokens or 0, usage.cache_creation_input_tokens or 0
    return usage.input_tokens + read + written


@given(st.text())
def test_tokens_joined_are_the_text(text: str) -> None:
    """Cutting loses nothing, and a token is never less than one byte."""
    assert "".join(split(text)) == text
    assert count(text) <= len(text.encode("utf-8", "surrogatepass"))


@pytest.mark.asyncio
async def test_count_tokens_is_what_is_billed(client: AsyncAnthropic, person: Person) -> None:
    """count_tokens equals the input usage of the same request, with tools, system and pictures."""
    picture = {"type": "base64", "media_type": "image/png", "data": "aGVsbG8="}
    content = [{"type": "image", "source": picture}, {"type": "text", "text": "What is this?"}]
    request: dict[str, Any] = {
        "system": "You are a patient teacher.",
        "tools": [WEATHER],
        "messages": [user("Hello"), {"role": "assistant", "content": "Hi"}, user(content)],
    }
    counted = await client.messages.count_tokens(model="claude-opus-5", **request)
    message = await person.asks("", model="claude-opus-5", **request)
    assert counted.input_tokens == message.usage.input_tokens > 1_600


@pytest.mark.asyncio
async def test_the_second_call_reads_what_the_first_wrote(person: Person) -> None:
    """The prefix is written once and then read; the parts always add up to the prompt."""
    request = {"system": [cached(LONG)]}
    first = (await person.asks("What is a river?", **request)).usage
    second = (await person.asks("What is a lake?", **request)).usage
    assert first.cache_read_input_tokens == 0
    assert (first.cache_creation_input_tokens or 0) > 2_000
    assert second.cache_read_input_tokens == first.cache_creation_input_tokens
    assert second.cache_creation_input_tokens == 0
    assert 0 < second.input_tokens < 30
    assert prompt_tokens(first) == prompt_tokens(second)


@pytest.mark.asyncio
async def test_a_growing_conversation_reads_and_writes(person: Person) -> None:
    """A breakpoint further on reads the old prefix and writes only what is new."""
    first = [user([cached(LONG)])]
    await person.asks("", messages=first)
    grown = [*first, {"role": "assistant", "content": "Yes."}, user([cached("And then? " * 20)])]
    usage = (await person.asks("", messages=grown)).usage
    assert (usage.cache_read_input_tokens or 0) > 2_000
    assert 20 < (usage.cache_creation_input_tokens or 0) < 150
    assert usage.input_tokens == 0


@pytest.mark.asyncio
async def test_the_split_by_life_time_comes_only_at_the_start(person: Person) -> None:
    """5-minute and 1-hour writes are told apart in message_start; message_delta has the sum."""
    request = {"system": [cached(LONG, "1h")], "messages": [user([cached("Why? " * 300)])]}
    heard = await person.hears("", **request)
    start = heard.events[0].message.usage
    end = next(event for event in heard.events if event.type == "message_delta").usage
    assert start.cache_creation.ephemeral_1h_input_tokens > 2_000
    assert start.cache_creation.ephemeral_5m_input_tokens > 300
    assert end.cache_creation_input_tokens == (
        start.cache_creation.ephemeral_1h_input_tokens
        + start.cache_creation.ephemeral_5m_input_tokens
    )
    assert not hasattr(end, "cache_creation")
    assert end.output_tokens == heard.message.usage.output_tokens > start.output_tokens


@pytest.mark.asyncio
@pytest.mark.parametrize(("ttl", "seconds"), [("5m", 300), ("1h", 3_600)])
async def test_a_prefix_lives_as_long_as_it_was_asked_to(
    person: Person, clock: Clock, ttl: str, seconds: int
) -> None:
    """A read renews the prefix; without one it is gone after its time."""
    request = {"system": [cached(LONG, ttl)]}
    await person.asks("One?", **request)
    for _ in range(2):
        clock.seconds += seconds - 1
        assert (await person.asks("Two?", **request)).usage.cache_read_input_tokens
    clock.seconds += seconds
    assert (await person.asks("Three?", **request)).usage.cache_read_input_tokens == 0


@pytest.mark.asyncio
async def test_a_read_in_passing_renews_too(person: Person, clock: Clock) -> None:
    """A prefix that was read on the way to a later breakpoint lives on for itself."""
    await person.asks("", system=[cached(LONG)], messages=[user("One?")])
    clock.seconds += 299
    plain = {"type": "text", "text": LONG}
    await person.asks("", system=[plain], messages=[user([cached("Two? " * 200)])])
    clock.seconds += 299
    usage = (await person.asks("", system=[cached(LONG)], messages=[user("Three?")])).usage
    assert usage.cache_read_input_tokens


@pytest.mark.asyncio
async def test_what_is_read_is_not_written(person: Person) -> None:
    """With two breakpoints of different life times in the cache, neither is written again."""
    request = {"system": [cached(LONG, "1h")], "messages": [user([cached("Why? " * 300)])]}
    await person.asks("", **request)
    written = (await person.asks("", **request)).usage.cache_creation
    assert written is not None
    assert (written.ephemeral_1h_input_tokens, written.ephemeral_5m_input_tokens) == (0, 0)


@pytest.mark.asyncio
async def test_a_short_prefix_is_not_cached(person: Person) -> None:
    """Below the model's minimum nothing is written, and nobody is told."""
    usage = (await person.asks("Hi", system=[cached("Be brief.")])).usage
    assert (usage.cache_creation_input_tokens, usage.cache_read_input_tokens) == (0, 0)


@pytest.mark.asyncio
async def test_another_model_has_another_cache(person: Person) -> None:
    """A prefix written for one model is not read by another."""
    request = {"system": [cached(LONG)]}
    await person.asks("One?", **request)
    usage = (await person.asks("One?", model="claude-opus-5", **request)).usage
    assert usage.cache_read_input_tokens == 0


@pytest.mark.asyncio
async def test_one_cache_control_for_the_whole_request(person: Person) -> None:
    """cache_control at the top level marks the last block."""
    request: dict[str, Any] = {"cache_control": {"type": "ephemeral"}}
    first = (await person.asks(LONG, **request)).usage
    second = (await person.asks(LONG, **request)).usage
    assert first.input_tokens == second.input_tokens == 0
    assert second.cache_read_input_tokens == first.cache_creation_input_tokens
