"""Bill and ledger compared: the figures."""

from datetime import date

import pytest

from server.features.budget.drift import Compared, Correction, corrections, drift_of, plain
from server.features.budget.store.provider import EstimatedPost, ExactSum

CENT = 10**10
"""A cent of a dollar in pico-dollars."""

RATE = 1_250_000
"""1.25 $ for a euro: a cent of a dollar is 8,000,000 nano-euros."""

NANO = 8_000_000


def exact(cents: int, *, sure: bool = True) -> ExactSum:
    """Return exact posts of so many cents."""
    return ExactSum("claude-x", sure, cents * NANO, cents * CENT)


def estimated(seq: int, cents: int, corrected: int = 0, *, sure: bool = True) -> EstimatedPost:
    """Return an estimated post of so many cents, and what it was corrected by."""
    return EstimatedPost(
        seq, "claude-x", sure, cents * NANO, cents * CENT, RATE, corrected * NANO, corrected * CENT
    )


def compared(billed: int | None, *posts: ExactSum | EstimatedPost) -> Compared:
    """Return a day on which so many cents were billed."""
    return Compared(
        day=date(2026, 11, 2),
        model="claude-x",
        billed_pico_usd=None if billed is None else billed * CENT,
        exact=tuple(each for each in posts if isinstance(each, ExactSum)),
        estimated=tuple(each for each in posts if isinstance(each, EstimatedPost)),
    )


def cents(changes: list[Correction]) -> dict[int, int]:
    """Return by how many cents each post changes; both amounts of it say the same."""
    assert all(each.delta_nano_eur * CENT == each.delta_pico_usd * NANO for each in changes)
    return {each.seq: each.delta_pico_usd // CENT for each in changes}


def test_estimates_take_what_the_exact_posts_leave_of_the_bill() -> None:
    """In the proportion of what was posted."""
    day = compared(40, exact(10), estimated(1, 20), estimated(2, 40))
    assert cents(corrections(day)) == {1: -10, 2: -20}


def test_doing_it_again_changes_nothing() -> None:
    """The same report finds its own corrections."""
    day = compared(40, exact(10), estimated(1, 20, -10), estimated(2, 40, -20))
    assert corrections(day) == []


def test_an_amended_report_moves_them_again() -> None:
    """Up as well as down, from where they are."""
    day = compared(55, exact(10), estimated(1, 20, -10), estimated(2, 40, -20))
    assert cents(corrections(day)) == {1: 5, 2: 10}


def test_never_above_what_was_posted() -> None:
    """Somebody else uses the provider's account: that is not ours to post."""
    assert corrections(compared(1000, exact(10), estimated(1, 20))) == []
    assert cents(corrections(compared(1000, exact(10), estimated(1, 20, -5)))) == {1: 5}


def test_never_below_nothing() -> None:
    """Where the exact posts are the whole bill, the estimates were for nothing."""
    assert cents(corrections(compared(10, exact(10), estimated(1, 20)))) == {1: -20}


def test_a_bill_with_less_than_we_know_is_not_believed() -> None:
    """It is not whole, or not ours; the provider's rounding (a cent) is none of that."""
    assert corrections(compared(8, exact(10), estimated(1, 20))) == []
    assert cents(corrections(compared(9, exact(10), estimated(1, 20)))) == {1: -20}


def test_a_model_that_is_not_in_the_report_is_left() -> None:
    """Nothing said is not the same as nothing billed."""
    assert corrections(compared(None, estimated(1, 20))) == []
    assert cents(corrections(compared(0, estimated(1, 20)))) == {1: -20}


def test_midnight_never_lowers_an_estimate() -> None:
    """What may be on the next day's bill neither moves nor is taken off this one."""
    day = compared(
        15, exact(10), exact(5, sure=False), estimated(1, 5), estimated(2, 7, sure=False)
    )
    assert corrections(day) == []


@pytest.mark.parametrize("billed", [1, 2, 3, 7, 11, 100, 10**6 + 1])
def test_rounding_never_loses_a_pico_dollar(billed: int) -> None:
    """Of odd amounts the posts together have at least the bill, and at most one each more."""
    posts = tuple(
        EstimatedPost(seq, "x", True, 10**6, 10**9 + seq, 1_085_000, 0, 0)  # noqa: FBT003
        for seq in (1, 2, 3)
    )
    day = Compared(
        day=date(2026, 11, 2), model="x", billed_pico_usd=billed, exact=(), estimated=posts
    )
    left = sum(post.posted_pico_usd for post in posts)
    left += sum(each.delta_pico_usd for each in corrections(day))
    assert billed <= left <= billed + len(posts)
    assert all(each.delta_nano_eur >= -(10**6) for each in corrections(day))


def test_drift_is_what_the_ledger_has_more() -> None:
    """In euros as the posts were made; corrections counted, and shown."""
    row = drift_of(compared(40, exact(10), estimated(1, 40, -10)), RATE)
    assert (row.day, row.model) == ("2026-11-02", "claude-x")
    assert (row.provider_nano_eur, row.ledger_nano_eur) == (40 * NANO, 40 * NANO)
    assert (row.estimated_nano_eur, row.corrected_nano_eur) == (40 * NANO, -10 * NANO)
    assert row.drift_nano_eur == 0
    assert drift_of(compared(30, exact(40)), RATE).drift_nano_eur == 10 * NANO


def test_what_only_the_provider_knows_is_put_into_euros_at_the_days_rate() -> None:
    """There is no post to take one from."""
    row = drift_of(compared(3), RATE)
    assert (row.provider_nano_eur, row.drift_nano_eur) == (3 * NANO, -3 * NANO)


def test_the_date_of_a_version_does_not_make_another_model() -> None:
    """The report names versions, answers perhaps only the model."""
    assert plain("claude-haiku-5-5-20260901") == plain("claude-haiku-5-5") == "claude-haiku-5-5"
