"""Journal entries: joined when they are written, and whole again when they are read."""

import json
from itertools import pairwise
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from server.features.chat.answer import Answer
from server.features.chat.journal import Operation, Rebuilt, merged, rebuild

from . import stream as api
from .stream import Event

requests = st.lists(st.fixed_dictionaries({"model": st.text(max_size=3)}), max_size=2)
blocks = st.fixed_dictionaries({"type": st.just("tool_use"), "id": st.text(max_size=3)})
operations = st.lists(
    st.one_of(
        st.tuples(st.just("text"), st.integers(0, 2), st.text(max_size=4)).map(list),
        st.tuples(st.just("thinking"), st.integers(3, 4), st.text(max_size=4)).map(list),
        st.tuples(st.just("block"), st.integers(5, 6), blocks).map(list),
        st.tuples(st.just("requests"), requests).map(list),
    ),
    max_size=20,
)


@given(operations, st.lists(st.integers(0, 20), max_size=4))
def test_joined_entries_hold_what_the_single_operations_hold(
    ops: list[Operation], cuts: list[int]
) -> None:
    """However the operations were spread over entries, the same answer comes back."""
    one_by_one = rebuild(json.dumps([operation]) for operation in ops)
    places = [0, *sorted(cuts), len(ops)]
    portions = [ops[a:b] for a, b in pairwise(places)]
    assert rebuild(json.dumps(merged(portion)) for portion in portions) == one_by_one


def test_neighbours_are_joined() -> None:
    """A word at a time costs one operation; a newer block or usage replaces the older."""
    ops: list[Operation] = [
        ["requests", [1]],
        ["requests", [2]],
        ["text", 0, "a"],
        ["text", 0, "b"],
        ["thinking", 0, "c"],
        ["text", 1, "d"],
        ["block", 1, {"old": 1}],
        ["block", 1, {"new": 1}],
    ]
    assert merged(ops) == [
        ["requests", [2]],
        ["text", 0, "ab"],
        ["thinking", 0, "c"],
        ["text", 1, "d"],
        ["block", 1, {"new": 1}],
    ]


def test_joining_changes_nothing_that_was_given() -> None:
    """The operations of a turn stay as they are, should the write fail."""
    ops: list[Operation] = [["text", 0, "a"], ["text", 0, "b"]]
    merged(ops)
    assert ops == [["text", 0, "a"], ["text", 0, "b"]]


def test_blocks_come_back_in_their_order() -> None:
    """Whichever was journalled first."""
    rebuilt = rebuild([json.dumps([["text", 1, "b"], ["text", 0, "a"]])])
    assert [block["text"] for block in rebuilt.blocks] == ["a", "b"]


def test_the_newest_cost_counts() -> None:
    """Each pause journals what the turn has cost by then, in an entry of its own."""
    entries = [json.dumps([["cost", nano_eur]]) for nano_eur in (5, 12)]
    assert rebuild(entries).cost_nano_eur == 12


def test_no_entries_are_an_empty_answer() -> None:
    """A crash before the first word leaves nothing."""
    assert rebuild([]) == Rebuilt([], [], None)


EVENTS: list[Event] = [
    api.start(input_tokens=3),
    api.begin(0, api.THINKING),
    api.delta(0, "thinking", thinking="Hm"),
    api.delta(0, "signature", signature="c2ln"),
    api.end(0),
    api.begin(1),
    api.text(1, "So "),
    api.text(1, "it is"),
    api.end(1),
    api.begin(2, api.CALL),
    api.json(2, '{"q":'),
    api.json(2, "1}"),
    api.end(2),
    api.begin(3, {"type": "text", "text": "", "citations": None}),
    api.delta(3, "citations", citation={"url": "u"}),
    api.text(3, "cited"),
    api.end(3),
    api.finish("end_turn", output_tokens=9),
]


def recorded(answer: Answer, event: Event) -> list[Operation]:
    """Return what a turn journals of an event."""
    kept: list[Operation] = []
    for kind, index, value in answer.take([event]):
        if kind in ("text", "thinking", "block"):
            kept.append([kind, index, json.loads(json.dumps(value))])
        elif kind == "usage":
            kept.append(["requests", [request.stored() for request in answer.requests]])
    return kept


@given(st.integers(0, len(EVENTS)))
def test_a_journal_cut_anywhere_holds_the_words_until_there(cut: int) -> None:
    """Recovered from the journal, an answer has every word and every whole block."""
    answer = Answer()
    ops = [operation for event in EVENTS[:cut] for operation in recorded(answer, event)]
    rebuilt = rebuild([json.dumps(merged(ops))])
    answer.close()
    assert words(rebuilt.blocks) == words(answer.blocks)
    assert rebuilt.requests == [request.stored() for request in answer.requests]
    if cut == len(EVENTS):
        assert rebuilt.blocks == answer.blocks


def words(blocks: list[dict[str, Any]]) -> list[tuple[str, str]]:
    """Return what a person reads of the blocks."""
    shown = ((block["type"], block.get(block["type"], "")) for block in blocks)
    return [(kind, value) for kind, value in shown if value or kind == "tool_use"]
