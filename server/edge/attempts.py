"""How often a secret may be guessed, without letting a stranger lock an account out.

Three counts, all in memory and bounded: per account and address (5, then growing delays), per
address (20 in 10 minutes), and per account over all addresses (100 an hour; beyond that only
addresses that have signed in to the account before are let through, so a botnet is stopped and the
owner is not).
"""

import math
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from server.core.problems import Refusal
from server.core.window import KEYS_MAX, Window

Pair = tuple[str, str]


class Backoff:
    """`FREE` attempts per pair, then a delay that doubles from 15 seconds to 15 minutes.

    An hour without an attempt wipes the slate.
    """

    FREE = 5
    FIRST_DELAY_SECONDS = 15.0
    LONGEST_DELAY_SECONDS = 900.0
    FORGET_SECONDS = 3600.0

    def __init__(self) -> None:
        self._pairs: OrderedDict[Pair, tuple[int, float]] = OrderedDict()

    def wait_seconds(self, pair: Pair, now: float) -> float:
        """Return how long until the next attempt is allowed; 0 if it is now."""
        count, last = self._state(pair, now)
        if count < self.FREE:
            return 0.0
        doubled = self.FIRST_DELAY_SECONDS * 2.0 ** min(count - self.FREE, 10)
        return max(0.0, last + min(doubled, self.LONGEST_DELAY_SECONDS) - now)

    def add(self, pair: Pair, now: float) -> None:
        """Count one."""
        count, _ = self._state(pair, now)
        self._pairs[pair] = (count + 1, now)
        self._pairs.move_to_end(pair)
        if len(self._pairs) > KEYS_MAX:
            self._pairs.popitem(last=False)

    def reset(self, pair: Pair) -> None:
        """Forget what was counted."""
        self._pairs.pop(pair, None)

    def _state(self, pair: Pair, now: float) -> tuple[int, float]:
        count, last = self._pairs.get(pair, (0, now))
        return (0, now) if now - last >= self.FORGET_SECONDS else (count, last)


@dataclass(frozen=True, slots=True)
class Attempt:
    """One that was let through. It counts as failed until it is said to have succeeded."""

    attempts: "Attempts"
    account: str
    network: str
    mark: float

    def succeeded(self) -> None:
        """Take it back, and what this address had failed on this account before."""
        self.attempts.forgive(self)


class Attempts:
    """The three counts together. `timer` gives seconds that never go back."""

    def __init__(self, timer: Callable[[], float] = time.monotonic) -> None:
        self._timer = timer
        self._pairs = Backoff()
        self._networks = Window(20, 600.0)
        self._accounts = Window(100, 3600.0)

    def crowded(self, account: str) -> bool:
        """Whether strangers to this account are held off for now."""
        return self._accounts.wait_seconds(account, self._timer()) > 0

    def begin(self, account: str, network: str, *, familiar: bool) -> Attempt:
        """Count an attempt before it is tried, so that many at once gain nothing.

        `familiar`: this address has signed in to the account before. Raises Refusal
        `too_many_attempts` with the wait; the refused one is not counted.
        """
        now = self._timer()
        wait = max(
            self._pairs.wait_seconds((account, network), now),
            self._networks.wait_seconds(network, now),
            0.0 if familiar else self._accounts.wait_seconds(account, now),
        )
        if wait > 0:
            raise Refusal("too_many_attempts", retry_after_seconds=math.ceil(wait))
        self._pairs.add((account, network), now)
        self._networks.add(network, now)
        self._accounts.add(account, now)
        return Attempt(self, account, network, now)

    def forgive(self, attempt: Attempt) -> None:
        """Undo an attempt that turned out right."""
        self._pairs.reset((attempt.account, attempt.network))
        self._networks.take_back(attempt.network, attempt.mark)
        self._accounts.take_back(attempt.account, attempt.mark)
