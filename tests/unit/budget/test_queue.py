"""First come, first served; nobody waits for what they do not share; who leaves leaves nothing."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Final

import pytest
import pytest_asyncio

from server.core.problems import Refusal
from server.features.budget.decision import Blocked
from server.features.budget.queue import Queue
from server.features.budget.scopes import Whose, scopes_of

from .bank import ALICE, BOB

pytestmark = pytest.mark.asyncio

NOW: Final = datetime(2026, 11, 21, 9, 30, tzinfo=UTC)
HOUSE: Final = Whose("real", "instance", "")
BOBS: Final = Whose("real", "user", str(BOB))
ALICES: Final = Whose("real", "user", str(ALICE))
FACTS: Final = {"cause": "held"}


class Till:
    """Grants what it has been told to, by name; all else is blocked in the scopes it was told."""

    def __init__(self) -> None:
        self.open: set[str] = set()
        self.blocks: dict[str, Whose] = {}
        self.until: datetime | None = None
        self.looks: list[str] = []
        self.dropped: list[str] = []
        self.may_answer = asyncio.Event()
        self.may_answer.set()
        self.queue = self.made(60)

    def made(self, wait_seconds: float) -> Queue[str, str]:
        """Return a queue before this till."""
        return Queue(
            self._attempt, self.dropped.append, wait_seconds=wait_seconds, clock=lambda: NOW
        )

    async def _attempt(self, name: str) -> str | Blocked:
        self.looks.append(name)
        await self.may_answer.wait()
        if name == "broken":
            raise LookupError(name)
        if name in self.open:
            return name
        return Blocked(frozenset({self.blocks.get(name, HOUSE)}), FACTS, self.until)

    def come(self, name: str, waits: list[datetime] | None = None) -> "asyncio.Task[str]":
        """Have somebody come: Alice's begin with an a, all others are Bob's."""
        scopes = scopes_of("real", ALICE if name.startswith("a") else BOB)
        place = self.queue.place(scopes, (waits if waits is not None else []).append)
        return asyncio.create_task(self.queue.take(place, name))


@pytest_asyncio.fixture
async def till() -> AsyncIterator[Till]:
    """Open a till that is closed at first."""
    till = Till()
    yield till
    await till.queue.close(lambda: Refusal("shutting_down"))


async def settled() -> None:
    """Let everything happen that can."""
    for _ in range(30):
        await asyncio.sleep(0)


async def test_who_can_be_served_is_served(till: Till) -> None:
    """At once, and without being told to wait."""
    till.open.add("bread")
    waits: list[datetime] = []
    assert await till.come("bread", waits) == "bread"
    assert (waits, len(till.queue)) == ([], 0)


async def test_who_came_first_is_served_first(till: Till) -> None:
    """One who could be served does not pass one who waits for the same."""
    first = till.come("first")
    await settled()
    till.open.add("second")
    second = till.come("second")
    await settled()
    assert (second.done(), till.looks) == (False, ["first"])
    till.open.add("first")
    till.queue.wake()
    assert [await first, await second] == ["first", "second"]


async def test_nobody_waits_for_what_they_do_not_share(till: Till) -> None:
    """Bob, blocked by his own limit, is in Bob's way and not in Alice's."""
    till.blocks["bread"] = BOBS
    till.open |= {"apples", "butter"}
    bread = till.come("bread")
    await settled()
    assert await till.come("apples") == "apples"
    butter = till.come("butter")
    await settled()
    assert not butter.done()
    till.open.add("bread")
    till.queue.wake()
    assert [await bread, await butter] == ["bread", "butter"]


async def test_one_is_looked_at_again_only_when_something_changed(till: Till) -> None:
    """Not for a scope that one is not blocked in, nor when somebody else comes."""
    till.blocks["bread"] = BOBS
    bread = till.come("bread")
    await settled()
    till.queue.wake(frozenset({HOUSE, ALICES}))
    till.come("apples")
    await settled()
    assert till.looks == ["bread", "apples"]
    till.open.add("bread")
    till.queue.wake(frozenset({HOUSE, BOBS}))
    assert await bread == "bread"


async def test_waiting_is_told_once(till: Till) -> None:
    """With the latest moment it can last."""
    waits: list[datetime] = []
    first = till.come("first", waits)
    for _ in range(3):
        await settled()
        till.queue.wake()
    assert waits == [NOW + timedelta(seconds=60)]
    first.cancel()


async def test_who_leaves_lets_the_next_one_through(till: Till) -> None:
    """At once, without any other event."""
    first = till.come("first")
    await settled()
    till.open.add("second")
    second = till.come("second")
    await settled()
    first.cancel()
    assert await second == "second"
    assert first.cancelled()


async def test_what_was_granted_to_somebody_who_left_is_dropped(till: Till) -> None:
    """Whenever they leave: what was granted is either theirs or dropped."""
    till.open.add("bread")
    theirs = 0
    for ticks in range(15):
        till.looks.clear()
        till.dropped.clear()
        bread = till.come("bread")
        for _ in range(ticks):
            await asyncio.sleep(0)
        bread.cancel()
        await settled()
        assert till.dropped == ([] if not bread.cancelled() else till.looks)
        theirs += not bread.cancelled()
    assert 0 < theirs < 10


async def test_a_wait_that_is_too_long_is_refused(till: Till) -> None:
    """Also of one who was never looked at, for somebody in front; later ones are not affected."""
    till.queue = till.made(0.05)
    first, second = till.come("first"), till.come("second")
    for each in (first, second):
        with pytest.raises(Refusal) as refused:
            await asyncio.wait_for(each, 5)
        assert refused.value.facts == FACTS
    till.open.add("third")
    assert await till.come("third") == "third"


async def test_a_failure_is_told_to_whom_it_concerns(till: Till) -> None:
    """The next one is served."""
    till.open.add("bread")
    broken, bread = till.come("broken"), till.come("bread")
    with pytest.raises(LookupError):
        await broken
    assert await bread == "bread"


async def test_a_new_period_is_an_event(till: Till) -> None:
    """Who waits for a limit is looked at again when its period ends."""
    till.until = NOW + timedelta(milliseconds=10)
    bread = till.come("bread")
    await settled()
    till.open.add("bread")
    assert await asyncio.wait_for(bread, 5) == "bread"


async def test_a_place_is_kept_for_who_comes_back(till: Till) -> None:
    """One who stepped out is before those who came later, and waits no longer in all."""
    place = till.queue.place(scopes_of("real", BOB), lambda _: None)
    with pytest.raises(LookupError):
        await till.queue.take(place, "broken")
    later = till.come("later")
    await settled()
    again = asyncio.create_task(till.queue.take(place, "again"))
    await settled()
    till.open |= {"again", "later"}
    till.queue.wake()
    done, _ = await asyncio.wait({again, later}, return_when=asyncio.FIRST_COMPLETED)
    assert again in done
    await later


async def test_closing_sends_everybody_away(till: Till) -> None:
    """With the reason."""
    first, second = till.come("first"), till.come("second")
    await settled()
    await till.queue.close(lambda: Refusal("shutting_down"))
    for each in (first, second):
        with pytest.raises(Refusal, match="shutting_down"):
            await each
