"""How often one person may ask."""

from uuid import UUID

import pytest

from server.core.problems import Refusal
from server.features.chat.rate import Rate

ALICE = UUID(int=1)
BOB = UUID(int=2)


class Watch:
    """A timer that a test moves."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


def test_the_eleventh_question_in_a_minute_waits() -> None:
    """Ten pass, the next is told when it may go, and then it passes."""
    watch = Watch()
    rate = Rate(10, watch)
    for second in range(10):
        watch.seconds = second
        rate.take(ALICE)
    with pytest.raises(Refusal) as refused:
        rate.take(ALICE)
    assert (refused.value.code, refused.value.retry_after_seconds) == ("rate_limited", 51)
    watch.seconds = 60
    rate.take(ALICE)


def test_one_person_does_not_slow_another() -> None:
    """Each person has their own minute."""
    rate = Rate(1, Watch())
    rate.take(ALICE)
    rate.take(BOB)
    with pytest.raises(Refusal):
        rate.take(ALICE)


def test_zero_is_off() -> None:
    """Without a bound a thousand questions pass."""
    rate = Rate(0, Watch())
    for _ in range(1000):
        rate.take(ALICE)
