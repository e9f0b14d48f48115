"""People who ask while the server is killed under them, and go on afterwards where they were."""

import asyncio
import random
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

import httpx

from server.core.ids import new_id

from .devices import Device, Gone, Json, Screen, event_stream, texts_of

LATE_SECONDS: Final = 1.25
"""What has been shown this long before a kill is on the disk, on a machine that is busy."""
WORDS: Final = (5, 160)
"""How long an answer may be; a hundred words take about two seconds."""


@dataclass(frozen=True)
class Command:
    """A question or a retry of one, as it is sent and, if need be, sent again."""

    id: UUID
    question: str
    content: str | None

    @property
    def is_retry(self) -> bool:
        """Whether it asks for another answer only."""
        return self.content is None


@dataclass
class Watched:
    """A turn and what its asker saw of it, with the time of each letter."""

    turn: str
    command: Command
    screen: Screen = field(default_factory=Screen)
    shown_at: list[tuple[float, str]] = field(default_factory=list)
    lost_at: float | None = None

    def take(self, event: Json) -> None:
        """Show an event."""
        self.screen.take(event)
        self.shown_at.append((time.monotonic(), self.screen.text))

    def seconds_lost(self, kept: str) -> float:
        """Return how long before the kill the first letter that was not kept had been shown."""
        if self.lost_at is None:
            return 0.0
        ages = (self.lost_at - at for at, text in self.shown_at if not kept.startswith(text))
        return max(ages, default=0.0)


@dataclass
class Tally:
    """What has happened to all askers of a server, and when it was killed last."""

    kills: int = 0
    killed_at: float = 0.0
    acknowledged: int = 0
    known: int = 0
    interrupted: int = 0
    partial: int = 0
    lost_at_most: float = 0.0
    sending: asyncio.Event = field(default_factory=asyncio.Event)

    def __str__(self) -> str:
        return (
            f"{self.kills} kills; {self.acknowledged} questions and retries acknowledged, "
            f"{self.known} of them when sent again; {self.interrupted} answers interrupted, "
            f"{self.partial} with text; at most {self.lost_at_most * 1000:.0f} ms of it lost"
        )


class Asker:
    """Somebody with a conversation of their own."""

    def __init__(self, token: str, conversation: str, tally: Tally, chance: random.Random) -> None:
        self._token = token
        self._conversation = conversation
        self._tally = tally
        self._chance = chance
        self.acknowledged: list[Command] = []
        self._pending: Command | None = None
        self._open: Watched | None = None
        self._again: str | None = None
        self._partial = ""

    async def live(self, url: str) -> None:
        """Use the server until it is gone."""
        try:
            async with self._device(url) as device:
                await self._resume(url, device)
                while True:
                    await self._ask(device)
                    await self._watch(device)
        except Gone:
            if self._open is not None and self._open.lost_at is None:
                self._open.lost_at = self._tally.killed_at

    async def finish(self, url: str) -> None:
        """See everything through that is still open."""
        async with self._device(url) as device:
            await self._resume(url, device)
            while self._pending or self._again:
                await self._ask(device)
                await self._watch(device)

    @asynccontextmanager
    async def _device(self, url: str) -> AsyncIterator[Device]:
        device = await Device.join(url, self._token)
        try:
            yield device
        finally:
            await device.vanish()

    async def _ask(self, device: Device) -> None:
        """Send what was not acknowledged again, else a retry, else a new question."""
        command = self._pending = self._pending or self._new_command()
        self._tally.sending.set()
        if command.content is None:
            turn = await device.retry(command.question, command.id)
        else:
            turn = await device.send(self._conversation, command.content, command.id)
        self._pending, self._again = None, None
        self._open = Watched(turn, command)
        self.acknowledged.append(command)
        self._tally.acknowledged += 1

    def _new_command(self) -> Command:
        command = new_id()
        if self._again is not None:
            return Command(command, self._again, None)
        words = self._chance.randrange(*WORDS)
        return Command(command, str(command), f"A story of {command} !sim long words={words}")

    async def _watch(self, device: Device) -> None:
        """Watch the turn that was just accepted; one known from before the kill has ended."""
        watched = self._open
        assert watched is not None
        async for event in device.events(watched.turn):
            self._tally.known += event["kind"] == "turn.snapshot"
            watched.take(event)
        self._close(watched)

    async def _resume(self, url: str, device: Device) -> None:
        """Resume the turn that was open at the kill: a snapshot, then its end."""
        if (watched := self._open) is None:
            return
        by = self._by_socket if self._chance.random() < 0.6 else self._by_sse
        kinds = []
        async for event in by(url, device, watched.turn, watched.screen.seq):
            kinds.append(event["kind"])
            watched.take(event)
        assert kinds in (["turn.snapshot", "turn.finished"], ["turn.snapshot", "turn.failed"])
        self._close(watched)

    async def _by_socket(self, _: str, device: Device, turn: str, seq: int) -> AsyncIterator[Json]:
        await device.tell({"kind": "resume", "turn": turn, "after": seq})
        async for event in device.events(turn):
            yield event

    async def _by_sse(self, url: str, _: Device, turn: str, seq: int) -> AsyncIterator[Json]:
        headers = {"authorization": f"Bearer {self._token}"}
        path = f"/api/v1/turns/{turn}/events"
        try:
            async with (
                httpx.AsyncClient(base_url=url, headers=headers, trust_env=False) as client,
                event_stream(client, "GET", path, after=seq) as events,
            ):
                async for event in events:
                    yield event
        except httpx.TransportError as error:
            raise Gone from error

    def _close(self, watched: Watched) -> None:
        """Judge a turn by its end; what is not whole is asked again."""
        end, text = watched.screen.end, watched.screen.text
        assert end is not None
        assert watched.screen.texts == texts_of(end["message"]["content"])
        if end["kind"] == "turn.finished":
            assert end["message"]["state"] == "complete"
            assert text.startswith(self._partial)
            self._partial = ""
        else:
            assert end["problem"]["code"] == end["message"]["problem"]["code"] == "interrupted"
            assert end["message"]["state"] == "interrupted"
            self._count(watched.seconds_lost(text), text)
            self._partial = max(self._partial, text, key=len)
            self._again = watched.command.question
        self._open = None

    def _count(self, lost: float, text: str) -> None:
        assert lost <= LATE_SECONDS
        self._tally.lost_at_most = max(self._tally.lost_at_most, lost)
        self._tally.interrupted += 1
        self._tally.partial += bool(text)
