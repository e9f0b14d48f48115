"""How often a secret may be guessed."""

import pytest

from server.core.problems import Refusal
from server.core.window import KEYS_MAX, Window
from server.edge.attempts import Attempt, Attempts, Backoff
from tests.clock import FakeClock


class Guesser:
    """Tries, and says how long it was told to wait (0: it was let through)."""

    def __init__(self) -> None:
        self.clock = FakeClock()
        self.attempts = Attempts(self.clock.seconds)
        self.last: Attempt | None = None

    def guess(self, account: str, network: str, *, familiar: bool = False) -> int:
        try:
            self.last = self.attempts.begin(account, network, familiar=familiar)
        except Refusal as refusal:
            return refusal.retry_after_seconds or 0
        return 0


def test_the_refusal_says_how_long_to_wait() -> None:
    """It is `too_many_attempts`, which helps to retry later."""
    guesser = Guesser()
    for _ in range(5):
        guesser.guess("alice", "a")
    with pytest.raises(Refusal) as refusal:
        guesser.attempts.begin("alice", "a", familiar=True)
    problem = refusal.value.problem("fr")
    assert (problem.code, problem.permanent) == ("too_many_attempts", False)
    assert problem.retry_after_seconds == 15
    assert "15" in problem.message


def test_five_guesses_are_free_then_each_waits_longer() -> None:
    """After five, the wait doubles from 15 seconds and ends at 15 minutes."""
    guesser = Guesser()
    assert [guesser.guess("alice", "a") for _ in range(5)] == [0] * 5
    waits = []
    for _ in range(8):
        waits.append(guesser.guess("alice", "a"))
        guesser.clock.pass_time(seconds=waits[-1])
        assert guesser.guess("alice", "a") == 0
    assert waits == [15, 30, 60, 120, 240, 480, 900, 900]


def test_a_refused_guess_does_not_lengthen_the_wait() -> None:
    """Who hammers at the door waits no longer than who does not."""
    guesser = Guesser()
    for _ in range(5):
        guesser.guess("alice", "a")
    assert {guesser.guess("alice", "a") for _ in range(50)} == {15}


def test_a_stranger_does_not_lock_the_owner_out() -> None:
    """The wait of one address is none of another's."""
    guesser = Guesser()
    for _ in range(20):
        guesser.guess("alice", "stranger")
    assert guesser.guess("alice", "stranger") > 0
    assert guesser.guess("alice", "home") == 0


def test_success_wipes_what_this_address_had_failed() -> None:
    """After a right password the five are free again."""
    guesser = Guesser()
    for _ in range(5):
        guesser.guess("alice", "a")
    assert guesser.last is not None
    guesser.last.succeeded()
    assert [guesser.guess("alice", "a") for _ in range(5)] == [0] * 5


def test_an_address_has_twenty_failures_in_ten_minutes() -> None:
    """Trying many accounts from one address ends at 20; the successes do not count."""
    guesser = Guesser()
    for number in range(30):
        assert guesser.guess(f"right {number}", "a") == 0
        assert guesser.last is not None
        guesser.last.succeeded()
    assert {guesser.guess(f"wrong {number}", "a") for number in range(20)} == {0}
    assert guesser.guess("one more", "a") == 600
    guesser.clock.pass_time(seconds=600)
    assert guesser.guess("one more", "a") == 0


def test_a_botnet_is_stopped_and_the_owner_is_not() -> None:
    """Beyond 100 failures in an hour only addresses known to the account are let through."""
    guesser = Guesser()
    for number in range(100):
        assert guesser.guess("alice", f"bot {number}") == 0
    assert guesser.attempts.crowded("alice")
    assert guesser.guess("alice", "another bot") == 3600
    assert guesser.guess("alice", "home", familiar=True) == 0
    assert guesser.guess("bob", "another bot") == 0
    guesser.clock.pass_time(hours=1)
    assert guesser.guess("alice", "another bot") == 0


def test_an_hour_of_quiet_wipes_the_slate() -> None:
    """The count of a pair is forgotten after an hour without an attempt."""
    guesser = Guesser()
    for _ in range(5):
        guesser.guess("alice", "a")
    guesser.clock.pass_time(hours=1)
    assert [guesser.guess("alice", "a") for _ in range(5)] == [0] * 5


@pytest.mark.parametrize("kind", ["window", "backoff"])
def test_memory_is_bounded(kind: str) -> None:
    """However many names and addresses strangers invent, only the last ones are remembered."""
    if kind == "window":
        window = Window(20, 600)
        for number in range(KEYS_MAX + 50):
            window.add(str(number), 0.0)
        assert len(window._marks) == KEYS_MAX  # noqa: SLF001 - the claim is about memory
    else:
        backoff = Backoff()
        for number in range(KEYS_MAX + 50):
            backoff.add((str(number), "a"), 0.0)
        assert len(backoff._pairs) == KEYS_MAX  # noqa: SLF001 - as above
