"""The plug is pulled, again and again, at any moment: what was promised is there afterwards."""

import asyncio
import random
import time
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Final

import pytest

from server.core.ids import new_id
from tests.people import ALICE, BOB, furnish, script

from . import stored
from .askers import Asker, Tally
from .devices import Device
from .homes import Home, bob, database
from .lives import Life, server, simulator
from .luck import branch

WORLDS: Final = 2
"""Data folders whose servers are killed side by side."""
KILLS: Final = 25
"""In each world."""
STREAMS: Final = 10
"""People who ask at the same time, in each world."""
EARLY: Final = 0.25
"""The part of the kills that come while the server starts or recovers."""
AS_SENT: Final = 0.15
"""The part of the kills that come while commands are being accepted."""
START_SECONDS: Final = 0.9
ACCEPT_SECONDS: Final = 0.03
LIFE_SECONDS: Final = 4.5
FIRST_STARTS: Final = 6
FIRST_START_SECONDS: Final = 1.5

OPEN_TURNS: Final = "SELECT * FROM turn WHERE state IN ('waiting', 'running')"
JOURNAL: Final = "SELECT * FROM turn_journal"
QUESTIONS: Final = "SELECT id, content FROM message WHERE role = 'user'"
COMMANDS_DONE: Final = "SELECT command_id FROM turn"
ANSWERED: Final = "SELECT parent_id FROM message WHERE role = 'assistant' AND state = 'complete'"
ANSWERS: Final = """
SELECT answer.id, answer.turn_id, question.parent_id AS below FROM message AS answer
JOIN message AS question ON question.id = answer.parent_id WHERE answer.role = 'assistant'
"""
ODD_TURNS: Final = """
SELECT turn.id FROM turn
LEFT JOIN message AS question ON question.id = turn.message_id AND question.role = 'user'
LEFT JOIN message AS answer ON answer.id = turn.answer_id AND answer.turn_id = turn.id
    AND answer.parent_id = question.id AND answer.role = 'assistant'
WHERE (turn.state, answer.state) NOT IN (
    VALUES ('finished', 'complete'), ('interrupted', 'interrupted')
) OR answer.id IS NULL
"""
"""Ended turns without their question or their answer, or that say another end than it."""


class World:
    """A data folder whose server is killed again and again, and everybody who uses it."""

    def __init__(self, folder: Path, upstream: str, chance: random.Random) -> None:
        self._folder = folder
        self._settings = {"ANTHROPIC_BASE_URL": upstream, "ANTHROPIC_API_KEY": "x"}
        self._chance = chance
        self._askers: list[Asker] = []
        self.tally = Tally()

    async def furnish(self) -> None:
        """Give Bob his account, and everybody a conversation of Bob's."""
        # In a context of its own: Tortoise keeps something of each database it opens there.
        await asyncio.create_task(furnish(self._folder / "data", BOB))
        async with self._server() as life:
            async with bob(await life.url(), self._folder) as home:
                self._askers = [await self._asker(home) for _ in range(STREAMS)]
            assert await life.stop() == 0

    async def _asker(self, home: Home) -> Asker:
        conversation = await home.conversation()
        return Asker(home.token, conversation, self.tally, branch(self._chance))

    async def run(self) -> None:
        """Live and be killed, live once more to the end, and count."""
        for _ in range(KILLS):
            draw = self._chance.random()
            if draw < EARLY:
                await self._be_killed_early()
            else:
                await self._be_killed(as_sent=draw < EARLY + AS_SENT)
        async with self._server() as life:
            url = await life.url()
            self._check()
            async with asyncio.TaskGroup() as finishing:
                for asker in self._askers:
                    finishing.create_task(asker.finish(url))
            assert await life.stop() == 0
        self._check()
        self._check_answers()

    def _server(self) -> AbstractAsyncContextManager[Life]:
        return server(self._folder, **self._settings)

    async def _be_killed_early(self) -> None:
        """Die while starting, while recovering, or just afterwards."""
        async with self._server() as life:
            await asyncio.sleep(self._chance.uniform(0, START_SECONDS))
            await life.kill()
        self.tally.kills += 1

    async def _be_killed(self, *, as_sent: bool) -> None:
        """Die while everybody asks."""
        self.tally.sending.clear()
        async with self._server() as life:
            url = await life.url()
            self._check()
            async with asyncio.TaskGroup() as living:
                for asker in self._askers:
                    living.create_task(asker.live(url))
                if as_sent:
                    await self.tally.sending.wait()
                await asyncio.sleep(
                    self._chance.uniform(0, ACCEPT_SECONDS if as_sent else LIFE_SECONDS)
                )
                self.tally.killed_at = time.monotonic()
                await life.kill()
        self.tally.kills += 1

    def _check(self) -> None:
        """Nothing is open, nothing is half there, nothing that was acknowledged is missing."""
        file = database(self._folder)
        assert stored.whole(file)
        assert stored.rows(file, OPEN_TURNS) == []
        assert stored.rows(file, JOURNAL) == []
        assert stored.rows(file, ODD_TURNS) == []
        questions = [row["content"] for row in stored.rows(file, QUESTIONS)]
        done = [row["command_id"] for row in stored.rows(file, COMMANDS_DONE)]
        for asker in self._askers:
            for command in asker.acknowledged:
                assert done.count(str(command.id)) == 1
                if not command.is_retry:
                    assert questions.count([{"type": "text", "text": command.content}]) == 1

    def _check_answers(self) -> None:
        """Every question was acknowledged in the end, and has its whole answer."""
        file = database(self._folder)
        asked = {row["id"] for row in stored.rows(file, QUESTIONS)}
        assert asked == {row["parent_id"] for row in stored.rows(file, ANSWERED)}
        assert asked == {c.question for asker in self._askers for c in asker.acknowledged}


@pytest.mark.asyncio
async def test_50_kills_during_10_streams_lose_nothing_that_was_promised(
    tmp_path: Path, chance: random.Random, tell: Callable[[str], None]
) -> None:
    """Questions are there once, partial answers are kept and marked, and everybody can go on."""
    async with simulator(tmp_path) as upstream:
        worlds = []
        for number in range(WORLDS):
            worlds.append(World(tmp_path / f"world{number}", upstream, branch(chance)))
            await worlds[-1].furnish()
        async with asyncio.TaskGroup() as running:
            for world in worlds:
                running.create_task(world.run())
    for world in worlds:
        tell(str(world.tally))
        assert world.tally.kills == KILLS
        assert world.tally.partial > 0


@pytest.mark.asyncio
async def test_a_first_start_killed_anywhere_is_begun_again(
    tmp_path: Path, chance: random.Random
) -> None:
    """A power cut while the database is made, migrated and given its administrator harms nobody."""
    name = {"CLAUDE_RASP_ADMIN_USER": ALICE.username}
    secret = {"CLAUDE_RASP_ADMIN_PASSWORD": ALICE.password}
    for _ in range(FIRST_STARTS):
        async with server(tmp_path, **name, **secret) as life:
            await asyncio.sleep(chance.uniform(0, FIRST_START_SECONDS))
            await life.kill()
    async with server(tmp_path, **name, **secret) as life, script(await life.url(), ALICE) as alice:
        assert (await alice.get("/api/v1/auth/me")).json()["user"]["role"] == "admin"
        assert stored.whole(database(tmp_path))


@pytest.mark.asyncio
async def test_what_waited_when_the_plug_was_pulled_goes_on(tmp_path: Path) -> None:
    """What waited for room runs by itself; what waited for an answer does once that is there."""
    await asyncio.create_task(furnish(tmp_path / "data", BOB))
    questions = [new_id() for _ in range(3)]
    turns = []
    async with simulator(tmp_path) as upstream:
        settings = {"ANTHROPIC_BASE_URL": upstream, "ANTHROPIC_API_KEY": "x"}
        settings["CLAUDE_RASP_CHAT_TURNS_AT_ONCE"] = "1"
        async with server(tmp_path, **settings) as life, bob(await life.url(), tmp_path) as home:
            here, there = await home.conversation(), await home.conversation()
            device = await home.join()
            for conversation, question in zip((here, here, there), questions, strict=True):
                content = "A story !sim pace=0.4 !sim long words=80"
                turns.append(await device.send(conversation, content, question))
            async for event in device.events(turns[0]):
                if event["kind"] == "text.delta":
                    break
            await life.kill()
            await device.vanish()

        first, second, third = turns
        async with server(tmp_path, **settings) as life, bob(await life.url(), tmp_path) as home:
            device = await home.join()
            assert await end(device, first) == ["turn.snapshot", "turn.failed"]
            assert (await end(device, third))[-1] == "turn.finished"
            again = await device.retry(str(questions[0]))
            assert (await end(device, second))[-1] == "turn.finished"
            assert (await end(device, again))[-1] == "turn.finished"
            await device.leave()
    answers = {row["turn_id"]: row for row in stored.rows(database(tmp_path), ANSWERS)}
    assert answers[second]["below"] == answers[again]["id"]


async def end(device: Device, turn: str) -> list[str]:
    """Watch a turn from its beginning to its end; return the kinds of its events."""
    await device.tell({"kind": "resume", "turn": turn, "after": 0})
    return [event["kind"] async for event in device.events(turn)]
