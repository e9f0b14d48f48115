"""From the stored tree to messages the API accepts: what is mended, and what is left alone."""

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from server.features.chat.history import NO_RESULT, api_messages

Block = dict[str, Any]


def text(words: str) -> Block:
    """Return a text block."""
    return {"type": "text", "text": words}


def call(name: str) -> Block:
    """Return a call."""
    return {"type": "tool_use", "id": name, "name": "look", "input": {}}


def result(name: str) -> Block:
    """Return a result."""
    return {"type": "tool_result", "tool_use_id": name, "content": "ok"}


def no_result(name: str) -> Block:
    """Return what stands for a result that never came."""
    return {"type": "tool_result", "tool_use_id": name, "is_error": True, "content": NO_RESULT}


def thought(signature: str) -> Block:
    """Return thinking, whole if it has a signature."""
    return {"type": "thinking", "thinking": "Hm.", "signature": signature}


def test_a_plain_conversation_stays_as_it_is() -> None:
    """Roles alternate, blocks are untouched and in order."""
    signed = [thought("c2ln"), text("Answer")]
    path = [("user", [text("Question")]), ("assistant", signed), ("user", [text("More")])]
    assert api_messages(path) == [{"role": role, "content": blocks} for role, blocks in path]


def test_a_call_that_was_not_carried_out_has_a_result_that_says_so() -> None:
    """In front of the next question, for each call, in their order."""
    path = [
        ("user", [text("Q")]),
        ("assistant", [text("Let me see"), call("a"), call("b")]),
        ("user", [text("More")]),
    ]
    messages = api_messages(path)
    assert [message["role"] for message in messages] == ["user", "assistant", "user"]
    assert messages[2]["content"] == [no_result("a"), no_result("b"), text("More")]


def test_results_stand_in_a_message_of_the_users() -> None:
    """A tool loop that is stored as one answer becomes the messages it was."""
    loop = [text("1"), call("a"), result("a"), text("2"), call("b"), result("b"), text("3")]
    messages = api_messages([("user", [text("Q")]), ("assistant", loop), ("user", [text("More")])])
    assert [(m["role"], m["content"]) for m in messages[1:-1]] == [
        ("assistant", [text("1"), call("a")]),
        ("user", [result("a")]),
        ("assistant", [text("2"), call("b")]),
        ("user", [result("b")]),
        ("assistant", [text("3")]),
    ]


def test_one_of_several_calls_without_a_result() -> None:
    """It is added beside those that came."""
    blocks = [call("a"), call("b"), result("a"), text("Anyway")]
    messages = api_messages([("user", [text("Q")]), ("assistant", blocks), ("user", [text("M")])])
    assert messages[2] == {"role": "user", "content": [result("a"), no_result("b")]}
    assert messages[3] == {"role": "assistant", "content": [text("Anyway")]}


def test_an_answer_that_came_to_nothing() -> None:
    """The questions before and after it become one message."""
    path = [("user", [text("Q")]), ("assistant", []), ("user", [text("More")])]
    assert api_messages(path) == [{"role": "user", "content": [text("Q"), text("More")]}]


def test_what_the_api_would_refuse_is_left_out() -> None:
    """Empty text, thinking cut before its signature, a search without its result, a fallback."""
    search = {"type": "server_tool_use", "id": "s", "name": "web_search", "input": {}}
    found = {"type": "web_search_tool_result", "tool_use_id": "t", "content": []}
    blocks = [
        thought(""),
        text(""),
        text(" \n"),
        {**search, "id": "t"},
        found,
        {"type": "fallback", "from": "x"},
        text("Answer"),
        search,
    ]
    messages = api_messages([("user", [text("Q")]), ("assistant", blocks), ("user", [text("M")])])
    assert messages[1]["content"] == [{**search, "id": "t"}, found, text("Answer")]


def test_thinking_that_nothing_followed_is_left_out() -> None:
    """A message of Claude's may not end with it; the rest of the answer stays."""
    redacted = {"type": "redacted_thinking", "data": "x"}
    only = [("user", [text("Q")]), ("assistant", [thought("s"), redacted]), ("user", [text("M")])]
    assert [message["role"] for message in api_messages(only)] == ["user"]
    more = [("user", [text("Q")]), ("assistant", [thought("s"), text("So"), thought("t")])]
    assert api_messages(more)[1]["content"] == [thought("s"), text("So")]


def test_the_stored_blocks_are_not_changed() -> None:
    """Merging messages makes new lists."""
    first, second = [text("Q")], [text("More")]
    api_messages([("user", first), ("assistant", []), ("user", second)])
    assert (first, second) == ([text("Q")], [text("More")])


names = st.integers(0, 10**6).map(str)
answers = st.lists(
    st.one_of(
        st.sampled_from(["", " ", "word"]).map(text),
        names.map(call),
        st.sampled_from(["", "c2ln"]).map(thought),
        st.just({"type": "redacted_thinking", "data": "x"}),
    ),
    max_size=6,
)


def stored(blocks: list[Block], answered: list[bool]) -> Iterator[Block]:
    """Yield an answer as a tool loop leaves it: some calls have their results behind them."""
    for at, block in enumerate(blocks):
        yield block
        following = blocks[at + 1]["type"] if at + 1 < len(blocks) else ""
        if block["type"] == "tool_use" and following != "tool_use" and answered[at]:
            yield result(block["id"])


@given(st.lists(st.tuples(answers, st.lists(st.booleans(), min_size=6, max_size=6)), max_size=4))
def test_whatever_is_stored_becomes_valid(tree: list[tuple[list[Block], list[bool]]]) -> None:
    """Roles alternate, nothing is empty, and each call has its result in the next message."""
    path: list[tuple[str, list[Block]]] = []
    for number, (blocks, answered) in enumerate(tree):
        unique = [
            {**block, "id": f"{number}.{at}"} if block["type"] == "tool_use" else block
            for at, block in enumerate(blocks)
        ]
        path += [("user", [text("Q")]), ("assistant", list(stored(unique, answered)))]
    messages = api_messages([*path, ("user", [text("Last")])])
    roles = [message["role"] for message in messages]
    assert roles[0] == roles[-1] == "user"
    assert all(one != other for one, other in pairwise(roles))
    assert all(message["content"] for message in messages)
    for message, following in pairwise(messages):
        calls = [block["id"] for block in message["content"] if block["type"] == "tool_use"]
        results = [
            block["tool_use_id"] for block in following["content"] if block["type"] == "tool_result"
        ]
        assert sorted(calls) == sorted(results)
        if message["role"] == "assistant":
            assert message["content"][-1]["type"] not in ("thinking", "redacted_thinking")
