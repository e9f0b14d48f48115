"""From a valid request to its reply: think, call a tool or write, then stop where told to."""

import json
import re
from hashlib import blake2b
from uuid import uuid4

from server.simulator import topic
from server.simulator.ask import Ask, Json
from server.simulator.directives import Directives
from server.simulator.prose import Writer
from server.simulator.reply import (
    Block,
    Reply,
    cut_at_deltas,
    cut_at_sequence,
    cut_at_tokens,
    text_block,
    thinking_block,
    tool_block,
)
from server.simulator.schema import Arguments

_MOST_PARALLEL_CALLS = 4
_SECTION = "\n\n## "
_REFUSAL: Json = {
    "type": "refusal",
    "category": "general_harms",
    "explanation": "This request was declined on demand: the simulator was asked for a refusal.",
}


def compose(ask: Ask, wishes: Directives) -> Reply:
    """The whole reply; the same ask and wishes give the same content."""
    writer = _writer(ask, wishes)
    reply = _content(ask, wishes, writer)
    if _thinks(ask, wishes) and not ask.begun:
        thinking = thinking_block(writer.thoughts(), shown=wishes.thinking or _shown(ask))
        reply = Reply([thinking, *reply.blocks], reply.stop_reason)
    if wishes.refusal_after is not None:
        kept = cut_at_deltas(reply, wishes.refusal_after)
        return Reply(kept.blocks, "refusal", stop_details=_REFUSAL)
    return cut_at_tokens(cut_at_sequence(reply, ask.stop_sequences), ask.max_tokens)


def _content(ask: Ask, wishes: Directives, writer: Writer) -> Reply:
    calls = _calls(ask, wishes)
    if calls:
        intro = text_block(writer.phrases.tool_calling.format(tool=calls[0].opening["name"]))
        return Reply([intro, *calls], "tool_use")
    text = _text(ask, wishes, writer)
    if ask.begun:
        return Reply([text_block(text.removeprefix(ask.begun).strip() or writer.phrases.closing)])
    if wishes.pause:
        return Reply([text_block(_half(text))], "pause_turn")
    return Reply([text_block(text)])


def _writer(ask: Ask, wishes: Directives) -> Writer:
    """One and the same for a question, however far its answer has come."""
    question = wishes.question
    seed = f"{ask.model.id}\0{ask.asked_at}\0{question}".encode()
    return Writer(question, topic.read(question), blake2b(seed, digest_size=32).digest())


def _text(ask: Ask, wishes: Directives, writer: Writer) -> str:
    results = [] if ask.begun else list(ask.turns[-1].of_type("tool_result"))
    if results:
        names = {use["id"]: use["name"] for use in ask.turns[-2].of_type("tool_use")}
        quotes = [
            writer.quote(
                names[result["tool_use_id"]],
                _result_text(result.get("content")),
                is_error=bool(result.get("is_error")),
            )
            for result in results
        ]
        return "\n\n".join([*quotes, writer.after_tools()])
    if wishes.words is not None:
        return writer.long_answer(wishes.words)
    return writer.answer(_earlier(ask))


def _earlier(ask: Ask) -> str:
    """The topic of the question before this one, or empty."""
    questions = [turn.text for turn in ask.turns[: ask.asked_at] if turn.role == "user"]
    return topic.read(questions[-1]).phrase if questions and "!sim" not in questions[-1] else ""


def _half(text: str) -> str:
    """The text up to a heading half-way; the rest of it continues after that break."""
    sections = text.split(_SECTION)
    return _SECTION.join(sections[: max(1, len(sections) // 2)])


def _thinks(ask: Ask, wishes: Directives) -> bool:
    kind = ask.thinking.get("type")
    return wishes.thinking or kind == "enabled" or (kind == "adaptive" and ask.effort != "low")


def _shown(ask: Ask) -> bool:
    """Thinking is summarized on the models that still take a budget, omitted on the others."""
    default = "summarized" if "enabled" in ask.model.thinking else "omitted"
    return (ask.thinking.get("display") or default) == "summarized"


def _calls(ask: Ask, wishes: Directives) -> list[Block]:
    names = _called(ask, wishes)
    arguments = Arguments(wishes.question, topic.read(wishes.question).phrase)
    schemas = {tool.get("name"): tool.get("input_schema") or {} for tool in ask.tools}
    return [
        tool_block(f"toolu_{uuid4().hex[:24]}", name, arguments.build(schemas.get(name, {})))
        for name in names
    ]


def _called(ask: Ask, wishes: Directives) -> list[str]:
    """The names of the tools to call now."""
    rounds = sum(any(turn.of_type("tool_use")) for turn in ask.turns[ask.asked_at :])
    if wishes.tool is not None:
        return [wishes.tool] if rounds < wishes.tool_rounds else []
    offered = [str(tool["name"]) for tool in ask.tools if "input_schema" in tool]
    choice = ask.tool_choice.get("type", "auto")
    if choice == "tool":
        return [str(ask.tool_choice["name"])]
    named = [name for name in offered if _names(wishes.question, name)]
    if choice == "any":
        return (named or offered)[:1]
    if choice == "none" or rounds or ask.begun:
        return []
    parallel = 1 if ask.tool_choice.get("disable_parallel_tool_use") else _MOST_PARALLEL_CALLS
    return named[:parallel]


def _names(question: str, tool: str) -> bool:
    """Whether the question plainly asks for the tool: by its name, or by its name after "tool"."""
    name = re.escape(tool)
    plain = r"(?:use|using|call|run|tool|outil|utilise\w*|appelle\w*|lance\w*|avec)"
    distinct = not tool.isalpha() or tool != tool.lower()  # `get_weather` is nobody's plain word
    pattern = (
        rf"(?<!\w){name}(?!\w)"
        if distinct
        else (
            rf"{plain}\s+(?:the\s+|l['’]\s*)?(?:tool\s+|outil\s+)?[`\"“«']?\s*{name}(?!\w)"
            rf"|`{name}`|(?<!\w){name}\s+tool"
        )
    )
    return re.search(pattern, question, re.IGNORECASE) is not None


def _result_text(content: object) -> str:
    if isinstance(content, list):
        return "\n".join(_result_part(part) for part in content)
    return str(content) if content else ""


def _result_part(part: object) -> str:
    if not isinstance(part, dict):
        return str(part)
    return str(part["text"]) if "text" in part else json.dumps({"type": part.get("type")})
