"""Tools: called when asked for, answered, continued."""

from typing import Any

import pytest
from anthropic.types import ToolUseBlock

from server.simulator.schema import Arguments

from .asking import WEATHER, Person, text_of, user

ECHO = {
    "name": "echo",
    "description": "Says it again.",
    "input_schema": {
        "type": "object",
        "properties": {"message": {"type": "string"}},
        "required": ["message"],
    },
}
PING = {"name": "ping_now", "description": "No arguments.", "input_schema": {"type": "object"}}


def calls_in(content: list[Any]) -> list[ToolUseBlock]:
    """The tool calls of an answer."""
    return [block for block in content if isinstance(block, ToolUseBlock)]


def answered(question: str, content: list[Any], result: str, **more: bool) -> list[dict[str, Any]]:
    """The conversation once every call has that result."""
    results = [
        {"type": "tool_result", "tool_use_id": call.id, "content": result, **more}
        for call in calls_in(content)
    ]
    sent = [block.model_dump(exclude_none=True) for block in content]
    return [user(question), {"role": "assistant", "content": sent}, user(results)]


@pytest.mark.asyncio
async def test_a_tool_that_is_named_is_called(person: Person) -> None:
    """Its input is streamed as JSON and fits its schema, numbers and quotes from the question."""
    heard = await person.hears('get_weather for "Lyon", 3 days please', tools=[WEATHER])
    (call,) = calls_in(heard.message.content)
    assert heard.message.stop_reason == "tool_use"
    assert call.name == "get_weather"
    assert call.input == {"city": "Lyon", "days": 3, "unit": "celsius"}
    assert heard.deltas("input_json_delta")[0].partial_json == ""
    assert len(heard.deltas("input_json_delta")) > 3


@pytest.mark.asyncio
async def test_a_call_that_max_tokens_cuts(person: Person) -> None:
    """The limit holds inside the arguments too; what is left of them is no object."""
    whole = await person.asks('get_weather for "Lyon"', tools=[WEATHER])
    limit = whole.usage.output_tokens - 2
    short = await person.asks('get_weather for "Lyon"', tools=[WEATHER], max_tokens=limit)
    assert (short.stop_reason, short.usage.output_tokens) == ("max_tokens", limit)
    assert calls_in(short.content)[0].input == {}


@pytest.mark.asyncio
async def test_after_the_result_the_answer_quotes_it(person: Person) -> None:
    """A whole round trip ends with an answer that quotes the tool."""
    question = "Please use the tool echo with 'hello'"
    first = await person.asks(question, tools=[ECHO])
    messages = answered(question, first.content, "hello from the tool")
    second = await person.asks("", messages=messages, tools=[ECHO])
    assert second.stop_reason == "end_turn"
    assert "> hello from the tool" in text_of(second)
    assert "`echo`" in text_of(second)


@pytest.mark.asyncio
async def test_a_failed_tool_is_named_as_such(person: Person) -> None:
    """An is_error result is quoted as an error, in the language of the question."""
    question = "Utilise l'outil echo s'il te plaît"
    first = await person.asks(question, tools=[ECHO])
    messages = answered(question, first.content, "timed out", is_error=True)
    second = await person.asks("", messages=messages, tools=[ECHO])
    assert "a signalé une erreur" in text_of(second)


@pytest.mark.asyncio
async def test_a_plain_word_is_no_call(person: Person) -> None:
    """A tool is not called because its name is an everyday word in the question."""
    message = await person.asks("What is the echo of a mountain?", tools=[ECHO])
    assert message.stop_reason == "end_turn"


@pytest.mark.asyncio
async def test_two_named_tools_are_called_at_once(person: Person) -> None:
    """Parallel calls, unless they are switched off."""
    question = "Run get_weather and ping_now"
    tools = [WEATHER, PING]
    both = await person.asks(question, tools=tools)
    choice = {"type": "auto", "disable_parallel_tool_use": True}
    one = await person.asks(question, tools=tools, tool_choice=choice)
    assert [call.name for call in calls_in(both.content)] == ["get_weather", "ping_now"]
    assert [call.name for call in calls_in(one.content)] == ["get_weather"]
    assert calls_in(both.content)[1].input == {}


@pytest.mark.asyncio
async def test_tool_choice_is_obeyed(person: Person) -> None:
    """`tool` and `any` force a call, `none` forbids it."""
    ask = {"model": "claude-opus-5", "tools": [WEATHER, ECHO]}
    forced = await person.asks("Hi", tool_choice={"type": "tool", "name": "echo"}, **ask)
    some = await person.asks("Hi", tool_choice={"type": "any"}, **ask)
    none = await person.asks("get_weather!", tool_choice={"type": "none"}, **ask)
    assert calls_in(forced.content)[0].name == "echo"
    assert some.stop_reason == "tool_use"
    assert none.stop_reason == "end_turn"


@pytest.mark.asyncio
async def test_a_tool_on_demand_offered_or_not(person: Person) -> None:
    """`!sim tool NAME times=N` calls it N rounds in a row, even if nobody offered it."""
    question = "Go !sim tool nobody.offered times=2"
    messages: list[dict[str, Any]] = [user(question)]
    reasons = []
    for _ in range(3):
        message = await person.asks("", messages=messages)
        reasons.append(message.stop_reason)
        messages += answered(question, message.content, "ok")[1:]
    assert reasons == ["tool_use", "tool_use", "end_turn"]


def test_arguments_follow_any_schema() -> None:
    """References, unions, bounds, formats, arrays and depth all give a value of the right type."""
    schema = {
        "type": "object",
        "$defs": {"point": {"type": "object", "properties": {"x": {"type": "number"}}}},
        "properties": {
            "at": {"$ref": "#/$defs/point"},
            "when": {"type": "string", "format": "date"},
            "tags": {"type": "array", "items": {"type": "string"}, "minItems": 2},
            "deep": {"anyOf": [{"type": "null"}, {"type": "boolean"}]},
            "level": {"type": "integer", "minimum": 5},
            "kind": {"const": "k"},
            "self": {"$ref": "#"},
        },
        "required": ["at", "when", "tags", "deep", "level", "kind"],
    }
    built = Arguments("between 2.5 and 1", "rivers").build(schema)
    assert built == {
        "at": {"x": 2.5},
        "when": "2026-01-15",
        "tags": ["rivers", "rivers"],
        "deep": True,
        "level": 5,
        "kind": "k",
    }
    endless = {**schema, "required": ["self"]}
    assert isinstance(Arguments("", "x").build(endless), dict)
