"""An answer built from the events of the Messages API: kept as sent, shown in steps."""

import pytest

from server.core.problems import Refusal
from server.features.chat.answer import Answer, Request, Step

from . import stream as api
from .stream import Event


def answer_of(*events: Event) -> Answer:
    """Take events one by one and close."""
    answer = Answer()
    for event in events:
        list(answer.take([event]))
    answer.close()
    return answer


def test_text_is_kept_and_shown() -> None:
    """The pieces make the block; each piece is a step."""
    answer = Answer()
    steps = [
        step
        for event in (api.start(), api.begin(0), api.text(0, "Hel"), api.text(0, "lo"), api.end(0))
        for step in answer.take([event])
        if step.kind != "usage"
    ]
    assert steps == [Step("text", 0, "Hel"), Step("text", 0, "lo")]
    assert answer.blocks == [{"type": "text", "text": "Hello"}]


def test_neighbours_of_one_portion_are_one_step() -> None:
    """What arrived together is shown together, block by block and in order."""
    events = [
        api.start(),
        api.begin(0, api.THINKING),
        api.delta(0, "thinking", thinking="Hm"),
        api.delta(0, "thinking", thinking="m."),
        api.delta(0, "signature", signature="c2ln"),
        api.end(0),
        api.begin(1),
        api.text(1, "a"),
        api.text(1, "b"),
        api.end(1),
        api.begin(2),
        api.text(2, "c"),
    ]
    steps = [step for step in Answer().take(events) if step.kind != "usage"]
    assert [(step.kind, step.at, step.value) for step in steps] == [
        ("thinking", 0, "Hmm."),
        ("block", 0, {"type": "thinking", "thinking": "Hmm.", "signature": "c2ln"}),
        ("text", 1, "ab"),
        ("text", 2, "c"),
    ]


def test_a_block_may_begin_with_text() -> None:
    """What the start holds counts."""
    block = {"type": "text", "text": "Once "}
    answer = Answer()
    steps = list(answer.take([api.begin(0, block), api.text(0, "upon"), api.end(0)]))
    assert steps == [Step("text", 0, "Once upon")]
    assert answer.blocks == [{"type": "text", "text": "Once upon"}]


def test_a_call_is_told_when_it_is_whole() -> None:
    """Its input is the JSON of its pieces, wherever they were cut."""
    answer = Answer()
    events = [api.begin(0, api.CALL), *(api.json(0, piece) for piece in '{"q": "é", "n": 1}')]
    assert list(answer.take(events)) == []
    steps = list(answer.take([api.end(0)]))
    whole = {**api.CALL, "input": {"q": "é", "n": 1}}
    assert steps == [Step("call", 0, whole), Step("block", 0, whole)]


@pytest.mark.parametrize(
    ("pieces", "found"),
    [
        ([], {"given": True}),
        ([""], {"given": True}),
        (['{"q": '], {"partial_json": '{"q": '}),
    ],
)
def test_the_input_of_a_call(pieces: list[str], found: dict[str, object]) -> None:
    """None streamed: the start had it all. Cut by max_tokens: kept for a person to see."""
    call = {**api.CALL, "input": {"given": True}}
    pieces_sent = [api.json(0, piece) for piece in pieces]
    answer = answer_of(api.start(), api.begin(0, call), *pieces_sent, api.end(0))
    assert answer.blocks[0]["input"] == found


def test_blocks_of_unknown_kinds_are_kept_whole() -> None:
    """What is newer than this program comes through untouched."""
    block = {"type": "hologram", "depth": 3, "data": {"x": [1]}}
    answer = Answer()
    steps = list(answer.take([api.begin(0, block), api.delta(0, "glow", glow="!"), api.end(0)]))
    assert answer.blocks == [block]
    assert steps == [Step("block", 0, block)]


def test_results_and_citations_are_told() -> None:
    """A result at its start, a citation as it comes; both are in the block."""
    result = {"type": "web_search_tool_result", "tool_use_id": "s1", "content": []}
    cited = {"type": "web_search_result_location", "url": "https://example.org"}
    answer = Answer()
    steps = list(
        answer.take(
            [
                api.begin(0, result),
                api.end(0),
                api.begin(1, {"type": "text", "text": "", "citations": None}),
                api.delta(1, "citations", citation=cited),
                api.text(1, "So."),
                api.end(1),
            ]
        )
    )
    assert [(step.kind, step.at) for step in steps] == [
        ("result", 0),
        ("block", 0),
        ("citation", 1),
        ("text", 1),
        ("block", 1),
    ]
    assert answer.blocks[1] == {"type": "text", "text": "So.", "citations": [cited]}


def test_usage_is_replaced_by_what_is_said_later() -> None:
    """The later counts are cumulative; what they do not name stays."""
    split = {"ephemeral_5m_input_tokens": 7}
    answer = answer_of(
        api.start(input_tokens=10, output_tokens=1, cache_creation=split),
        api.finish(input_tokens=400, output_tokens=25),
    )
    assert answer.requests[0].usage == {
        "input_tokens": 400,
        "output_tokens": 25,
        "cache_creation": split,
    }
    assert answer.usage() == {
        "input_tokens": 400,
        "output_tokens": 25,
        "cache_read_tokens": 0,
        "cache_write_tokens": 0,
    }


def test_requests_of_a_turn_add_up() -> None:
    """Indexes go on, counts are summed, the newest request says model and end."""
    answer = Answer()
    for reason in ("pause_turn", "end_turn"):
        answer.begin_request()
        events = [api.start(), api.begin(0), api.text(0, "x"), api.end(0)]
        steps = list(answer.take([*events, api.finish(reason, input_tokens=3), api.STOP]))
        at = [step.at for step in steps if step.kind == "text"]
        assert at == [len(answer.requests) - 1]
    assert [block["text"] for block in answer.blocks] == ["x", "x"]
    assert answer.usage()["input_tokens"] == 6
    assert (answer.stop_reason, answer.model) == ("end_turn", "claude-x")


def test_a_request_is_the_same_after_the_database() -> None:
    """With everything the end of the message said of itself."""
    ended = api.finish("refusal", output_tokens=2)
    ended["delta"]["stop_details"] = {"category": "x"}
    ended["context_management"] = {"applied_edits": []}
    request = answer_of(api.start(), ended).requests[0]
    assert Request.from_stored(request.stored()) == request
    assert request.details == {
        "stop_details": {"category": "x"},
        "context_management": {"applied_edits": []},
    }


def test_an_answer_that_never_began() -> None:
    """There is nothing, and nothing breaks."""
    answer = answer_of()
    assert (answer.blocks, answer.requests, answer.model, answer.stop_reason) == (
        [],
        [],
        None,
        None,
    )
    assert set(answer.usage().values()) == {0}


@pytest.mark.parametrize("pings", [0, 1, 3])
def test_what_says_nothing_changes_nothing(pings: int) -> None:
    """Pings, unknown events and a second start are passed over."""
    idle: list[Event] = [{"type": "ping"}, {"type": "novelty", "index": 9}, api.start()] * pings
    answer = answer_of(api.start(), *idle, api.begin(0), *idle, api.text(0, "a"), api.end(0))
    assert answer.blocks == [{"type": "text", "text": "a"}]
    assert len(answer.requests) == 1


@pytest.mark.parametrize(
    "wrong",
    [
        [api.text(0, "before its block")],
        [api.begin(1)],
        [api.begin(0), api.begin(0)],
        [api.begin(0), api.text(1, "x")],
        [api.end(0)],
        [api.finish()],
        [{"type": "content_block_delta", "index": 0}],
        [{"type": "content_block_start", "content_block": {}}],
        [{"type": "content_block_start", "index": 0, "content_block": None}],
        [{"type": "content_block_start", "index": "0", "content_block": {}}],
        [{"type": "message_start"}],
        [{"type": "message_start", "message": []}],
        [api.begin(0), {"type": "content_block_delta", "index": 0, "delta": None}],
    ],
)
def test_events_out_of_order_break_the_answer_off(wrong: list[Event]) -> None:
    """Whatever does not follow is told as a break, never as a defect of ours."""
    answer = Answer()
    with pytest.raises(Refusal, match="upstream_cut"):
        list(answer.take(wrong))
    answer.close()


def test_what_came_before_a_break_is_kept_and_shown() -> None:
    """Also what arrived in the same portion."""
    answer = Answer()
    steps = answer.take([api.start(), api.begin(0), api.text(0, "kept"), api.begin(7)])
    assert [next(steps).kind, next(steps)] == ["usage", Step("text", 0, "kept")]
    with pytest.raises(Refusal, match="upstream_cut"):
        next(steps)
    answer.close()
    assert answer.blocks == [{"type": "text", "text": "kept"}]


def test_a_cut_keeps_text_and_drops_half_a_call() -> None:
    """Text and thinking as far as they came; a call with half an input would mean nothing."""
    half = api.json(1, '{"q": "ha')
    cut = answer_of(api.start(), api.begin(0), api.text(0, "So far"), api.end(0))
    assert cut.blocks == [{"type": "text", "text": "So far"}]
    call = answer_of(api.start(), api.begin(0), api.end(0), api.begin(1, api.CALL), half)
    assert [block["type"] for block in call.blocks] == ["text"]
    bare = answer_of(api.start(), api.begin(0, api.CALL))
    assert bare.blocks == []
    whole = answer_of(api.start(), api.begin(0, api.CALL), api.end(0))
    assert whole.blocks == [api.CALL]
    thought = answer_of(
        api.start(), api.begin(0, api.THINKING), api.delta(0, "thinking", thinking="Hm")
    )
    assert thought.blocks == [{"type": "thinking", "thinking": "Hm", "signature": ""}]


# ── what the bill rests on ──────────────────────────────────────────────────────────────────────


def test_an_answer_is_whole_when_claude_has_said_how_it_ended() -> None:
    """With the counts of the end; a reason without counts, or counts without one, are no bill."""
    begun = [api.start(input_tokens=1), api.begin(0), api.text(0, "x"), api.end(0)]
    assert answer_of(*begun, api.finish(output_tokens=3)).whole
    assert not answer_of(*begun).whole
    assert not answer_of(*begun, api.finish(None, output_tokens=3)).whole
    assert not answer_of(*begun, api.finish()).whole


def test_two_messages_in_one_stream_are_no_whole_bill() -> None:
    """The usage of the last one would be that of half the stream."""
    message = [api.start(), api.begin(0), api.end(0), api.finish(output_tokens=1), api.STOP]
    assert answer_of(*message).whole
    assert not answer_of(*message, *message).whole


def test_a_new_request_begins_its_own_bill() -> None:
    """What came before it is paid."""
    answer = answer_of(api.start(), api.begin(0), api.text(0, "x"), api.finish(output_tokens=1))
    answer.begin_request()
    assert (answer.whole, answer.newest, answer.produced_bytes, answer.unseen) == (
        False,
        None,
        0,
        False,
    )


def test_everything_that_is_streamed_is_counted_in_bytes() -> None:
    """Words, thoughts, signatures, and the input of calls, as they were written."""
    answer = answer_of(
        api.start(),
        api.begin(0, api.THINKING),
        api.delta(0, "thinking", thinking="né"),
        api.delta(0, "signature", signature="c2ln"),
        api.end(0),
        api.begin(1, {"type": "text", "text": "ab"}),
        api.text(1, "€"),
        api.end(1),
        api.begin(2, api.CALL),
        api.json(2, '{ "q" : 1 }'),
        api.end(2),
    )
    assert answer.produced_bytes == 3 + 4 + 2 + 3 + 11


@pytest.mark.parametrize(
    ("events", "unseen"),
    [
        ([api.begin(0), api.text(0, "x")], False),
        ([api.begin(0, api.CALL), api.json(0, "{}")], True),  # a call is sent in whole pieces
        ([api.begin(0, api.CALL), api.json(0, "{}"), api.end(0)], False),
        ([api.begin(0, api.THINKING), api.delta(0, "thinking", thinking="Hm"), api.end(0)], True),
        ([api.begin(0, {"type": "redacted_thinking", "data": "x"}), api.end(0)], True),
        ([api.begin(0, {"type": "server_tool_use", "id": "s", "name": "web_search"})], True),
        ([api.begin(0, {"type": "hologram"}), api.end(0), api.begin(1), api.text(1, "x")], True),
    ],
)
def test_what_bytes_cannot_count_is_unseen(events: list[Event], unseen: bool) -> None:  # noqa: FBT001 - a column of the table
    """Thinking is billed in full and shown as a summary; what tools read is billed and not shown.

    And so is a call that is still being written.
    """
    answer = Answer()
    list(answer.take([api.start(), *events]))
    assert answer.unseen is unseen
    answer.close()
    assert answer.unseen is unseen
