"""A running turn and its watchers: each at its own place and pace, to the last event."""

import asyncio

import pytest

from schema.wire.events import TextDelta
from server.core.ids import new_id
from server.features.chat.live import LiveTurn

pytestmark = pytest.mark.asyncio


def turn(words: int = 0, first_seq: int = 1) -> LiveTurn:
    """Begin a turn that has said so many words."""
    live = LiveTurn(new_id(), "en", lambda: None, first_seq)
    for number in range(words):
        say(live, str(number))
    return live


def say(live: LiveTurn, word: str) -> None:
    """Emit a word."""
    live.emit(TextDelta, index=0, text=word)


async def seen(live: LiveTurn, after: int) -> list[int]:
    """Watch to the end; return the numbers."""
    return [event.seq async for event in live.follow(after)]


async def test_events_are_numbered_without_a_gap() -> None:
    """From the first number on."""
    live = turn(3)
    live.end()
    assert await seen(live, 0) == [1, 2, 3]
    later = turn(2, first_seq=8)
    later.end()
    assert await seen(later, 7) == [8, 9]
    assert later.last_seq == 9


@pytest.mark.parametrize(("after", "rest"), [(0, [1, 2, 3]), (2, [3]), (3, []), (-5, [1, 2, 3])])
async def test_a_watcher_gets_the_rest(after: int, rest: list[int]) -> None:
    """What comes after the place it names."""
    live = turn(3)
    live.end()
    assert await seen(live, after) == rest


async def test_a_place_beyond_the_newest_event_is_the_newest() -> None:
    """A watcher that claims to have seen more gets what comes from now on."""
    live = turn(2)
    watching = asyncio.create_task(seen(live, 1_000))
    await asyncio.sleep(0)
    say(live, "new")
    live.end()
    assert await watching == [3]


async def test_every_watcher_sees_everything() -> None:
    """Early, late and slow ones, each at its own pace, with events between their steps."""
    live = turn(1)

    async def slowly() -> list[int]:
        numbers = []
        async for event in live.follow(0):
            numbers.append(event.seq)
            for _ in range(3):
                await asyncio.sleep(0)
        return numbers

    early = [asyncio.create_task(watch) for watch in (seen(live, 0), slowly(), slowly())]
    for word in range(50):
        say(live, str(word))
        if word % 7 == 0:
            await asyncio.sleep(0)
    late = asyncio.create_task(seen(live, 0))
    live.end()
    everything = list(range(1, 52))
    assert await asyncio.gather(*early, late) == [everything] * 4


async def test_a_watcher_that_leaves_disturbs_nobody() -> None:
    """Cancelled while it waits, the others go on."""
    live = turn(1)
    leaving, staying = (asyncio.create_task(seen(live, 0)) for _ in range(2))
    await asyncio.sleep(0)
    leaving.cancel()
    say(live, "x")
    live.end()
    assert await staying == [1, 2]
    assert leaving.cancelled() or await asyncio.wait({leaving})


async def test_the_end_wakes_who_waits_for_it() -> None:
    """Once, and at once for those who come later."""
    live = turn()
    waiting = asyncio.create_task(live.wait_end())
    await asyncio.sleep(0)
    say(live, "x")
    await asyncio.sleep(0)
    assert not waiting.done()
    live.end()
    await asyncio.wait_for(waiting, 5)
    await asyncio.wait_for(live.wait_end(), 5)


async def test_what_is_recorded_waits_for_the_journal() -> None:
    """And the journal is told each time."""
    told: list[int] = []
    live = LiveTurn(new_id(), "en", lambda: told.append(1))
    live.record(["text", 0, "a"])
    live.record(["text", 0, "b"])
    assert live.unsaved == [["text", 0, "a"], ["text", 0, "b"]]
    assert told == [1, 1]
