"""The reader of event streams: any cut, any length, in bounded time and memory."""

import time

from server.adapters.sse import LINE_MAX_BYTES, EventReader

CHUNK_BYTES = 65_536


def test_any_cut_gives_the_same_events() -> None:
    """Also one after every byte."""
    whole = b': hello\n\nevent: x\ndata: {"a": "\xc3\xa9"}  \r\n\ndata: {"b": [1]}\n\n'
    for size in (1, 2, 3, 7, len(whole)):
        reader = EventReader()
        events = [
            event
            for at in range(0, len(whole), size)
            for event in reader.feed(whole[at : at + size])
        ]
        assert events == [{"a": "é"}, {"b": [1]}]
        assert not reader.broken


def test_a_long_line_costs_no_more_than_its_length() -> None:
    """Twenty megabytes in one line, in small pieces, are read at once."""
    line = b'data: {"a": "%s"}\n' % (b"x" * 20_000_000)
    reader = EventReader()
    began = time.process_time()
    events = [
        event
        for at in range(0, len(line), CHUNK_BYTES)
        for event in reader.feed(line[at : at + CHUNK_BYTES])
    ]
    assert time.process_time() - began < 2
    assert [len(event["a"]) for event in events] == [20_000_000]


def test_a_line_without_end_is_given_up() -> None:
    """Memory is bounded, whatever is sent."""
    reader = EventReader()
    chunk = b"x" * (LINE_MAX_BYTES // 4)
    read = 0
    while not reader.broken:
        assert reader.feed(chunk) == []
        read += len(chunk)
    assert read <= LINE_MAX_BYTES + len(chunk)
