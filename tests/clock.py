"""A clock for tests: it stands still until it is told to move."""

from datetime import UTC, datetime, timedelta
from typing import Final

NOON: Final = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


class FakeClock:
    """The `Clock` of whatever takes one; `pass_time` takes what a timedelta does."""

    def __init__(self, now: datetime = NOON) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def pass_time(self, **amount: float) -> None:
        """Move on, or back."""
        self.now += timedelta(**amount)

    def seconds(self) -> float:
        """Return the same as seconds, for what measures instead of telling the time."""
        return self.now.timestamp()
