"""Somebody who asks the simulator, through the real SDK."""

from dataclasses import dataclass, field
from typing import Any

from anthropic import AsyncAnthropic
from anthropic.types import Message, TextBlock

MODEL = "claude-sonnet-5-5"
_DERIVED = {"text", "thinking", "signature", "input_json", "citation"}  # the SDK's own events
BUDGETED = "claude-haiku-4-5-20251001"
WEATHER = {
    "name": "get_weather",
    "description": "The weather of a city.",
    "input_schema": {
        "type": "object",
        "properties": {
            "city": {"type": "string"},
            "days": {"type": "integer", "minimum": 1, "maximum": 7},
            "unit": {"type": "string", "enum": ["celsius", "fahrenheit"]},
        },
        "required": ["city", "days", "unit"],
    },
}


@dataclass
class Clock:
    """Seconds that pass when told to."""

    seconds: float = 1_000.0

    def __call__(self) -> float:
        return self.seconds


@dataclass
class Heard:
    """A streamed answer: the events in order and the message the SDK made of them."""

    message: Message
    events: list[Any] = field(default_factory=list)

    @property
    def kinds(self) -> list[str]:
        return [event.type for event in self.events]

    def deltas(self, kind: str) -> list[Any]:
        found = (e.delta for e in self.events if e.type == "content_block_delta")
        return [delta for delta in found if delta.type == kind]


@dataclass
class Person:
    """Asks in one message, or with a whole request."""

    client: AsyncAnthropic

    async def asks(self, question: str, **request: Any) -> Message:  # noqa: ANN401 - the SDK's own
        """The answer to a question, not streamed."""
        answer: Message = await self.client.messages.create(**_request(question, request))
        return answer

    async def hears(self, question: str, **request: Any) -> Heard:  # noqa: ANN401 - as above
        """The answer to a question, streamed."""
        async with self.client.messages.stream(**_request(question, request)) as stream:
            events = [event async for event in stream if event.type not in _DERIVED]
            return Heard(await stream.get_final_message(), events)


def text_of(message: Message) -> str:
    """All the text of an answer."""
    return "".join(block.text for block in message.content if isinstance(block, TextBlock))


def user(content: str | list[Any]) -> dict[str, Any]:
    """A message of the person."""
    return {"role": "user", "content": content}


def _request(question: str, request: dict[str, Any]) -> dict[str, Any]:
    return {"model": MODEL, "max_tokens": 8_000, "messages": [user(question)], **request}
