"""The benchmark measures what it says, on servers that really run."""

from pathlib import Path

import pytest

from ops.benchmark import delay, speed
from ops.benchmark.figures import Figure, Missing, table
from ops.benchmark.processes import asking, in_loop, serving, upstream
from ops.benchmark.script import Script, stamped
from ops.benchmark.streams import Stream


def test_a_delay_runs_from_the_stamp_to_the_piece_that_completes_it() -> None:
    """A stamp that the network cut in two has arrived with its second half."""
    text = (stamped(1_000_000_000) + stamped(1_004_000_000)).encode()
    stream = Stream(0, pieces=[(1_002_000_000, text[:30]), (1_007_000_000, text[30:])])
    assert stream.delays_ms() == [2.0, 3.0]


@pytest.mark.parametrize(
    ("figure", "verdict"),
    [
        (Figure("start", "s", 1.2, at_most=1.2), "ok"),
        (Figure("start", "s", 1.21, at_most=1.2), "MISSED"),
        (Figure("deltas", "/s", 19_999, at_least=20_000), "MISSED"),
        (Missing("first load", "there is no Chromium"), "there is no Chromium"),
    ],
)
def test_the_table_says_which_bound_holds(figure: Figure | Missing, verdict: str) -> None:
    """A bound that is missed, or a figure that is missing, cannot be overlooked."""
    assert table([figure]).splitlines()[1].endswith(verdict)


def test_streams_are_measured_through_the_app_and_directly(tmp_path: Path) -> None:
    """Every delta is found on both ways, whole, and none before it was sent."""
    pace = Script(deltas=5, first_ms=20, every_ms=10)
    with upstream() as port, serving(tmp_path / "data", **asking(port)) as server:
        delays = in_loop(delay.measure(server, port, streams=2, rounds=1, pace=pace))
        speeds = in_loop(speed.measure(server, port, streams=2, deltas=500, runs=1))
    named = {figure.name: figure for figure in delays + speeds}
    seen = named["2 streams: every token, sent to seen, median"]
    assert seen.base is not None
    assert 0 < seen.base < 1_000
    assert 0 < seen.value < 1_000
    assert named["full speed, 2 streams: deltas/s"].value > 100


def test_an_answer_with_a_word_missing_is_no_figure() -> None:
    """The benchmark refuses to rate a stream whose text is not whole."""
    stream = Stream(0, 2, [(1, b"")])
    with pytest.raises(RuntimeError, match="characters came of"):
        speed.rate([stream], Script(3), lambda _: Script(3).text[:-1])
