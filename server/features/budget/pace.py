"""How often one person may do what others are told of, or what leaves this machine."""

import math
import time
from collections.abc import Callable
from uuid import UUID

from server.core.problems import Refusal
from server.core.window import Window


class Pace:
    """At most `limit` times in any `seconds` for each person.

    In memory: a restart forgives. `timer` gives seconds that never go back.
    """

    def __init__(
        self, limit: int, seconds: float, timer: Callable[[], float] = time.monotonic
    ) -> None:
        self._timer = timer
        self._window = Window(limit, seconds)

    def take(self, person: UUID) -> None:
        """Count one. Raises Refusal `too_many_requests` with the wait; that one is not counted."""
        key, now = str(person), self._timer()
        if (wait := self._window.wait_seconds(key, now)) > 0:
            raise Refusal("too_many_requests", retry_after_seconds=math.ceil(wait))
        self._window.add(key, now)
