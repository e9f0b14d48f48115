"""How often one person may ask: a bound on mistakes and runaway scripts, not on conversation."""

import math
import time
from collections.abc import Callable
from typing import Final
from uuid import UUID

from server.core.problems import Refusal
from server.core.window import Window

WINDOW_SECONDS: Final = 60.0


class Rate:
    """At most `per_minute` questions of one person in any minute; 0 is no bound.

    In memory: a restart forgives. `timer` gives seconds that never go back.
    """

    def __init__(self, per_minute: int, timer: Callable[[], float] = time.monotonic) -> None:
        self._per_minute = per_minute
        self._timer = timer
        self._window = Window(per_minute, WINDOW_SECONDS)

    def take(self, person: UUID) -> None:
        """Count one. Raises Refusal `rate_limited` with the wait; that one is not counted."""
        if self._per_minute == 0:
            return
        key, now = str(person), self._timer()
        if (wait := self._window.wait_seconds(key, now)) > 0:
            raise Refusal(
                "rate_limited", retry_after_seconds=math.ceil(wait), per_minute=self._per_minute
            )
        self._window.add(key, now)
