"""Where an answer stops: limits, sequences, refusals, pauses."""

import pytest

from .asking import Person, text_of, user

pytestmark = pytest.mark.asyncio


@pytest.mark.parametrize("limit", [1, 7, 50])
async def test_max_tokens_cuts_exactly_there(person: Person, limit: int) -> None:
    """The answer is a prefix of the whole one, of exactly that many tokens."""
    whole = await person.asks("How do rivers form?")
    short = (await person.hears("How do rivers form?", max_tokens=limit)).message
    assert short.stop_reason == "max_tokens"
    assert short.usage.output_tokens == limit
    assert text_of(whole).startswith(text_of(short))


async def test_a_stop_sequence_ends_the_text_before_itself(person: Person) -> None:
    """The earliest of the sequences stops the answer and is named."""
    whole = text_of(await person.asks("How do rivers form?"))
    stopped = await person.asks("How do rivers form?", stop_sequences=["nowhere", "\n\n## "])
    assert stopped.stop_reason == "stop_sequence"
    assert stopped.stop_sequence == "\n\n## "
    assert text_of(stopped) == whole[: whole.index("\n\n## ")]


async def test_a_refusal_has_no_content_and_costs_no_output(person: Person) -> None:
    """stop_reason refusal, with details, without a block."""
    heard = await person.hears("!sim refusal")
    assert heard.kinds == ["message_start", "message_delta", "message_stop"]
    assert heard.message.stop_reason == "refusal"
    assert heard.message.stop_details is not None
    assert heard.message.usage.output_tokens == 0


async def test_a_refusal_can_come_late(person: Person) -> None:
    """After N deltas the answer is refused, and those are billed."""
    heard = await person.hears("Tell me about rivers !sim refusal after=4")
    assert len(heard.deltas("text_delta")) == 4
    assert heard.message.stop_reason == "refusal"
    assert heard.message.usage.output_tokens > 4


async def test_a_paused_turn_is_continued(person: Person) -> None:
    """pause_turn once; sent back, the rest follows and both halves are the whole answer."""
    whole = text_of(await person.asks("Tell me about rivers"))
    question = user("Tell me about rivers !sim pause")
    first = await person.asks("", messages=[question])
    assert first.stop_reason == "pause_turn"
    begun = {"role": "assistant", "content": text_of(first)}
    second = await person.asks("", messages=[question, begun])
    assert second.stop_reason == "end_turn"
    assert f"{text_of(first)}\n\n{text_of(second)}" == whole


@pytest.mark.parametrize("words", [300, 3_000])
async def test_a_long_answer_has_about_that_many_words(person: Person, words: int) -> None:
    """`!sim long words=N` is off by one section at most."""
    answer = await person.asks(f"Tell me about rivers !sim long words={words}", max_tokens=16_000)
    assert words <= len(text_of(answer).split()) < words + 120
