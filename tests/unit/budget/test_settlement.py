"""What each ending of a request is posted as: the table of docs/money.md, line by line."""

from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.features.budget.hold import Outcome, OutcomeKind
from server.features.budget.options import Options
from server.features.budget.settlement import Held, Post, Void, settle, settle_lost

from .pricelist import FIND, OPUS, SONNET, price, usage

ALLOWANCE: Final = 500
HELD: Final = Held(
    model=SONNET,
    price=price(SONNET),
    find=FIND,
    options=Options(geo="global"),
    input_tokens=1000,
    max_tokens=4096,
)
WORST: Final = 42_960_000_000
"""Sonnet 5.5: 1000 x 2 + 4096 x 10 millionths."""


def ended(kind: OutcomeKind, told: dict[str, Any] | None = None, **more: Any) -> Outcome:  # noqa: ANN401
    """Return how a request to Sonnet ended."""
    return Outcome(kind, told, **{"model": SONNET, **more})


def posted(outcome: Outcome, held: Held = HELD) -> tuple[int, bool, str]:
    """Return what a hold is posted as: pico-dollars, whether estimated, and why."""
    post = settle(outcome, held, ALLOWANCE)
    assert isinstance(post, Post)
    return post.cost.pico_usd, post.estimated, post.reason


def test_a_whole_answer_is_posted_as_its_bill_says() -> None:
    """800 x 2 + 100 x 10."""
    assert posted(ended("whole", usage(800, 100))) == (2_600_000_000, False, "whole")


def test_a_whole_bill_above_its_hold_is_posted_whole() -> None:
    """It was billed: 100,000 x 2, whatever had been held."""
    assert posted(ended("whole", usage(100_000, 0))) == (200_000_000_000, False, "whole")


def test_a_refusal_by_claude_is_a_whole_answer() -> None:
    """Its input was read: 97 x 2, and nothing written."""
    assert posted(ended("whole", usage(97, 0))) == (194_000_000, False, "whole")


def test_a_whole_answer_by_another_model_is_posted_at_its_price() -> None:
    """Opus 5 answered: 100 x 5 + 10 x 25."""
    assert posted(ended("whole", usage(100, 10), model=OPUS)) == (750_000_000, False, "whole")


def test_a_whole_answer_by_a_model_without_a_price_is_estimated() -> None:
    """At the price of the one that was asked: 100 x 2 + 10 x 10."""
    outcome = ended("whole", usage(100, 10), model="claude-somebody")
    assert posted(outcome) == (300_000_000, True, "unpriced")


@pytest.mark.parametrize("told", [None, {}, {"input_tokens": 5}, {"input_tokens": None}])
def test_a_whole_answer_without_a_bill_is_posted_at_the_worst_case(
    told: dict[str, Any] | None,
) -> None:
    """What does not say what it came to may have come to anything."""
    assert posted(ended("whole", told)) == (WORST, True, "unknown")


def test_what_was_not_billed_is_given_back() -> None:
    """It never left, or the provider refused it."""
    assert settle(Outcome("not_billed"), HELD, ALLOWANCE) == Void("not_billed")


@pytest.mark.parametrize("kind", ["stopped", "broken"])
def test_what_broke_off_is_posted_as_far_as_it_had_come(kind: OutcomeKind) -> None:
    """Input as told, 800 x 2; output by its 200 bytes and 500 tokens under way, 700 x 10."""
    outcome = ended(kind, usage(800, 1), produced_bytes=200)
    assert posted(outcome) == (8_600_000_000, True, kind)


def test_what_broke_off_keeps_the_kinds_of_its_input() -> None:
    """10 x 2 + 900 x 0.1 (read) + 500 x 10."""
    outcome = ended("stopped", usage(10, 1, cache_read_input_tokens=900))
    assert posted(outcome) == (5_110_000_000, True, "stopped")


def test_what_broke_off_after_more_was_told_than_seen_counts_what_was_told() -> None:
    """800 x 2 + 3000 x 10: the provider had counted 3000 tokens."""
    outcome = ended("stopped", usage(800, 3000), produced_bytes=10)
    assert posted(outcome) == (31_600_000_000, True, "stopped")


def test_what_broke_off_never_wrote_more_than_its_room() -> None:
    """800 x 2 + 4096 x 10, though ten thousand bytes had come."""
    outcome = ended("stopped", usage(800, 1), produced_bytes=10_000)
    assert posted(outcome) == (42_560_000_000, True, "stopped")


def test_what_was_stopped_before_anything_was_told_is_held_to_its_bound() -> None:
    """The whole input bound, 1000 x 2, and what may have been under way, 500 x 10."""
    assert posted(ended("stopped")) == (7_000_000_000, True, "stopped")


@pytest.mark.parametrize("kind", ["stopped", "broken"])
def test_what_broke_off_unseen_is_posted_at_the_worst_case(kind: OutcomeKind) -> None:
    """Hidden thinking, or a tool of the provider's: nobody saw how much."""
    outcome = ended(kind, usage(800, 1), produced_bytes=200, unseen=True)
    assert posted(outcome) == (WORST, True, kind)


def test_what_broke_off_with_iterations_is_posted_at_the_worst_case() -> None:
    """Its bill was being split up: the top level is not all of it."""
    outcome = ended("stopped", usage(8, 1, iterations=[usage(8, 1)]))
    assert posted(outcome) == (WORST, True, "stopped")


def test_what_nobody_knows_the_end_of_is_posted_at_the_worst_case() -> None:
    """The line broke: Claude may have gone on to the end."""
    assert posted(ended("unknown", usage(800, 1), produced_bytes=9)) == (WORST, True, "unknown")


def test_what_a_crash_left_is_posted_at_the_worst_case() -> None:
    """All that was held."""
    post = settle_lost(HELD)
    assert (post.cost.pico_usd, post.estimated, post.reason) == (WORST, True, "lost")
    assert (post.cost.input_tokens, post.cost.output_tokens) == (1000, 4096)


@given(
    st.sampled_from(["stopped", "broken", "unknown"]),
    st.none() | st.builds(usage, st.integers(0, 10**6), st.integers(0, 10**6)),
    st.integers(0, 10**6),
    st.booleans(),
    st.sampled_from([SONNET, OPUS, "claude-somebody"]),
)
def test_an_estimate_never_exceeds_the_hold(
    kind: OutcomeKind,
    told: dict[str, Any] | None,
    produced: int,
    unseen: bool,  # noqa: FBT001 - drawn
    model: str,
) -> None:
    """However a request broke off, and whatever had been told of it."""
    outcome = ended(kind, told, produced_bytes=produced, unseen=unseen, model=model)
    pico_usd, estimated, _ = posted(outcome)
    assert pico_usd <= WORST
    assert estimated
