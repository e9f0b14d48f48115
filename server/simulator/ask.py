"""A request to `POST /v1/messages`, read once into what the simulator works with."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from server.simulator.models import Model

Json = dict[str, Any]


@dataclass(frozen=True)
class Turn:
    """One message: its role and its content as blocks, even where a string was sent."""

    role: str
    blocks: list[Json]

    @property
    def text(self) -> str:
        """The texts of the message, one per line."""
        return "\n".join(block["text"] for block in self.blocks if block.get("type") == "text")

    def of_type(self, kind: str) -> Iterator[Json]:
        """The blocks of that type."""
        return (block for block in self.blocks if block.get("type") == kind)


@dataclass(frozen=True)
class Ask:
    """A valid request; `max_tokens` is 0 for `count_tokens`, which has none."""

    model: Model
    turns: list[Turn]
    max_tokens: int = 0
    stream: bool = False
    system: list[Json] = field(default_factory=list)
    tools: list[Json] = field(default_factory=list)
    tool_choice: Json = field(default_factory=dict)
    thinking: Json = field(default_factory=dict)
    stop_sequences: list[str] = field(default_factory=list)
    cache_control: Json | None = None
    effort: str | None = None
    speed: str | None = None
    inference_geo: str | None = None

    @property
    def asked_at(self) -> int:
        """The index of the last user message that has words of its own (0 if none has)."""
        with_words = (
            index
            for index in range(len(self.turns) - 1, -1, -1)
            if self.turns[index].role == "user" and self.turns[index].text.strip()
        )
        return next(with_words, 0)

    @property
    def question(self) -> str:
        """The newest words of the person: the last text block of that message.

        Where an answer came to nothing, the question before it stands in the same message.
        """
        said = [block["text"] for block in self.turns[self.asked_at].of_type("text")]
        return next((text for text in reversed(said) if text.strip()), "")

    @property
    def fresh(self) -> bool:
        """Whether the question is the newest message, not one already under way."""
        return self.asked_at == len(self.turns) - 1

    @property
    def begun(self) -> str:
        """The text of an answer that the conversation ends with and that is to be continued."""
        return self.turns[-1].text if self.turns[-1].role == "assistant" else ""


def blocks(content: str | list[Json]) -> list[Json]:
    """Content as blocks: a string is one text block."""
    return [{"type": "text", "text": content}] if isinstance(content, str) else content
