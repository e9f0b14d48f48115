"""A phone that goes to sleep, a tunnel, a dropped proxy: whoever comes back misses no letter."""

import asyncio
import random
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Final

import pytest
import pytest_asyncio

from . import stored
from .devices import Device, Json, Screen, event_stream, is_end, texts_of
from .homes import Home, bob, home
from .luck import branch

STREAMS: Final = 200
AT_ONCE: Final = 20
CUTS_MAX: Final = 4
EVENTS_BEFORE_A_CUT: Final = 25
QUESTIONS: Final = (
    "How do the tides work? !sim pace=0.2",
    "Compare a bicycle with a tram. !sim pace=0.3",
    "Explique-moi la photosynthèse !sim pace=0.2",
    "Write a haiku generator in Python !sim thinking !sim pace=0.3",
    "A very long story of a small boat !sim long words=600 !sim pace=0.1",
    "Quickly now: what is a fern? !sim fast",
    "Half and half !sim pause !sim pace=0.2",
)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def at(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Home]:
    """Serve with the simulator, which says the same to the same question."""
    async with home(tmp_path_factory.mktemp("resume")) as served:
        yield served


class Watcher:
    """A device that follows one turn over any line it gets, and is cut off again and again."""

    def __init__(self, at: Home, chance: random.Random) -> None:
        self._home = at
        self._chance = chance
        self.screen = Screen()
        self.turn = ""
        self.cuts = 0

    async def ask(self, question: str) -> None:
        """Ask, and watch until the first cut."""
        conversation = await self._home.conversation()
        by = self._asking_by_socket if self._chance.random() < 0.5 else self._asking_by_sse
        async with by(conversation, question) as events:
            await self._watch(events, self._patience())

    async def come_back(self, *, to_stay: bool) -> None:
        """Resume where the screen is, or before, and watch until the next cut or the end."""
        after = self.screen.seq
        if self._chance.random() < 0.2:
            after = self._chance.randint(0, after)
        self.screen.resume_from(after)
        by = self._back_by_socket if self._chance.random() < 0.5 else self._back_by_sse
        async with by(after) as events:
            await self._watch(events, None if to_stay else self._patience())

    def _patience(self) -> int:
        return self._chance.randrange(EVENTS_BEFORE_A_CUT)

    async def _watch(self, events: AsyncIterator[Json], count: int | None) -> None:
        async for event in events:
            self.turn = event["turn"]
            self.screen.take(event)
            if count is not None and not is_end(event):
                count -= 1
                if count <= 0:
                    self.cuts += 1
                    return

    @asynccontextmanager
    async def _asking_by_socket(
        self, conversation: str, question: str
    ) -> AsyncIterator[AsyncIterator[Json]]:
        async with self._device() as device:
            self.turn = await device.send(conversation, question)
            yield device.events(self.turn)

    @asynccontextmanager
    async def _asking_by_sse(
        self, conversation: str, question: str
    ) -> AsyncIterator[AsyncIterator[Json]]:
        path = f"/api/v1/conversations/{conversation}/messages"
        async with event_stream(self._home.client, "POST", path, {"content": question}) as events:
            yield events

    @asynccontextmanager
    async def _back_by_socket(self, after: int) -> AsyncIterator[AsyncIterator[Json]]:
        async with self._device() as device:
            await device.tell({"kind": "resume", "turn": self.turn, "after": after})
            yield device.events(self.turn)

    @asynccontextmanager
    async def _back_by_sse(self, after: int) -> AsyncIterator[AsyncIterator[Json]]:
        path = f"/api/v1/turns/{self.turn}/events"
        async with event_stream(self._home.client, "GET", path, after=after) as events:
            yield events

    @asynccontextmanager
    async def _device(self) -> AsyncIterator[Device]:
        device = await self._home.join()
        try:
            yield device
        finally:
            await (device.vanish() if self._chance.random() < 0.7 else device.leave())


async def watch_to_the_end(at: Home, turn: str) -> None:
    """Return when a turn has ended."""
    async with event_stream(at.client, "GET", f"/api/v1/turns/{turn}/events") as events:
        async for event in events:
            assert event["turn"] == turn


async def cut_again_and_again(at: Home, question: str, chance: random.Random) -> Watcher:
    """Ask, be cut off some times, and in the end see it through; sometimes long after the end."""
    watcher = Watcher(at, chance)
    await watcher.ask(question)
    for _ in range(chance.randrange(CUTS_MAX)):
        await watcher.come_back(to_stay=False)
    if chance.random() < 0.25:
        await watch_to_the_end(at, watcher.turn)
    await watcher.come_back(to_stay=True)
    return watcher


async def uncut(at: Home, question: str) -> Screen:
    """Ask and watch in peace."""
    screen = Screen()
    device = await at.join()
    turn = await device.send(await at.conversation(), question)
    async for event in device.events(turn):
        screen.take(event)
    await device.leave()
    return screen


@pytest.mark.asyncio(loop_scope="module")
async def test_200_streams_cut_anywhere_and_resumed_show_the_uncut_text(
    at: Home, chance: random.Random, tell: Callable[[str], None]
) -> None:
    """However often a watcher is cut off, it ends with the uncut text, and no seq is missing."""
    whole = dict(
        zip(
            QUESTIONS,
            await asyncio.gather(*(uncut(at, question) for question in QUESTIONS)),
            strict=True,
        )
    )
    free = asyncio.Semaphore(AT_ONCE)

    async def one(number: int) -> Watcher:
        question = QUESTIONS[number % len(QUESTIONS)]
        async with free:
            watcher = await cut_again_and_again(at, question, branch(chance))
        assert watcher.screen.texts == whole[question].texts
        assert watcher.screen.thoughts == whole[question].thoughts
        answer = stored.answer_of(at.file, watcher.turn)
        assert watcher.screen.texts == texts_of(answer["content"])
        assert watcher.screen.end is not None
        assert watcher.screen.end["kind"] == "turn.finished"
        assert answer["state"] == "complete"
        return watcher

    watchers = await asyncio.gather(*(one(number) for number in range(STREAMS)))
    tell(f"{STREAMS} streams, {sum(watcher.cuts for watcher in watchers)} cuts")


@pytest.mark.asyncio(loop_scope="module")
async def test_two_devices_of_one_person_show_the_same_live(at: Home) -> None:
    """What one session asks, another shows while it is said, event for event, and can stop."""
    async with bob(at.url, at.folder) as theirs:
        phone, desktop = await at.join(), await theirs.join()
    conversation = await at.conversation()
    turn = await phone.send(conversation, "On and on !sim long words=200")
    row = await desktop.change("turn", conversation=conversation, state="running")
    await desktop.tell({"kind": "resume", "turn": row["id"], "after": 0})

    seen: list[Json] = []
    async for event in desktop.events(turn):
        seen.append(event)
        if sum(event["kind"] == "text.delta" for event in seen) == 5:
            await desktop.tell({"kind": "stop", "turn": turn})
    assert [event async for event in phone.events(turn)] == seen
    assert seen[-1]["stop_reason"] == "stopped"
    assert await phone.change("message", turn=turn, state="stopped") == seen[-1]["message"]
    await phone.leave()
    await desktop.leave()
