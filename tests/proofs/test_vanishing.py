"""Clients that vanish in the middle of whatever they asked for, by the thousand."""

import asyncio
import json
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import pytest

from server.core.ids import new_id

from . import stored
from .devices import Json, event_stream
from .homes import Home, home
from .luck import branch
from .rival import rival
from .vanishing import Errand, frame, request, run

CLIENTS: Final = 2_000
AT_ONCE: Final = 8
CONVERSATIONS: Final = 100
ANSWER_SECONDS: Final = 10.0
WAYS: Final = ("made", "json", "sse", "socket")
EVENTS: Final = "text/event-stream"

OPEN_TURNS: Final = "SELECT id FROM turn WHERE state IN ('waiting', 'running')"
QUESTIONS: Final = "SELECT id, content FROM message WHERE role = 'user'"
UNANSWERED: Final = """
SELECT turn.id FROM turn LEFT JOIN message ON message.turn_id = turn.id WHERE message.id IS NULL
"""
MADE: Final = "SELECT id FROM conversation"
TITLES: Final = "SELECT title FROM conversation"


@dataclass
class Crowd:
    """Everybody who vanishes, and what was promised to them."""

    at: Home
    chance: random.Random
    conversations: list[str]
    questions: dict[str, str] = field(default_factory=dict)
    promised: dict[str, str] = field(default_factory=dict)

    async def come_and_go(self) -> None:
        """Run one errand and vanish."""
        way = self.chance.choice(WAYS)
        name, errand = self._make() if way == "made" else self._ask(way)
        if await run(errand, self.at.url, branch(self.chance)):
            self.promised[name] = way

    def _make(self) -> tuple[str, Errand]:
        name = str(new_id())
        body = {"id": name}
        return name, request("POST", "/conversations", self.at.token, body, "HTTP/1.1 201")

    def _ask(self, way: str) -> tuple[str, Errand]:
        name, conversation = str(new_id()), self.chance.choice(self.conversations)
        self.questions[name] = f"What about {name}? !sim fast !sim long words=5"
        body: Json = {"id": name, "content": self.questions[name]}
        path, token = f"/conversations/{conversation}/messages", self.at.token
        if way == "socket":
            command = {"kind": "send", "conversation": conversation, **body}
            return name, frame(token, command, '"kind":"accepted"')
        if way == "sse":
            return name, request("POST", path, token, body, '"seq":1', accept=EVENTS)
        return name, request("POST", path, token, body, "HTTP/1.1 200")


async def see_all_end(at: Home) -> None:
    """Return when no turn is open any more."""
    for row in stored.rows(at.file, OPEN_TURNS):
        async with event_stream(at.client, "GET", f"/api/v1/turns/{row['id']}/events") as events:
            async for event in events:
                assert event["turn"] == row["id"]


async def ask_again(at: Home, conversation: str, name: str, content: str) -> None:
    """Send a question once more with its id; its answer is there, or comes now."""
    path = f"/api/v1/conversations/{conversation}/messages"
    answer = await at.client.post(path, json={"id": name, "content": content})
    assert answer.status_code == 200
    assert answer.json()["user_message"]["id"] == name


def log_of(at: Home) -> list[Json]:
    """Return what the server has logged."""
    text = (at.folder / "data" / "logs" / "claude-rasp.log").read_text(encoding="utf-8")
    return [json.loads(line) for line in text.splitlines()]


@pytest.mark.asyncio
async def test_2000_clients_who_vanish_lose_nothing_and_freeze_nothing(
    tmp_path: Path, chance: random.Random, tell: Callable[[str], None]
) -> None:
    """What was promised to clients on HTTP, SSE and socket is there, once, and all goes on."""
    async with home(tmp_path) as at:
        crowd = Crowd(at, chance, [await at.conversation() for _ in range(CONVERSATIONS)])
        clients = iter(range(CLIENTS))

        async def some_clients() -> None:
            for _ in clients:
                await crowd.come_and_go()

        with rival(at.file, chance, 0.3) as end_rival:
            async with asyncio.TaskGroup() as crowds:
                for _ in range(AT_ONCE):
                    crowds.create_task(some_clients())
            end_rival()

        async with asyncio.timeout(ANSWER_SECONDS):
            await ask_again(at, await at.conversation(), str(new_id()), "Still there? !sim fast")
        await see_all_end(at)

        made = {row["id"] for row in stored.rows(at.file, MADE)}
        asked = {row["id"]: row["content"] for row in stored.rows(at.file, QUESTIONS)}
        assert crowd.promised.keys() <= made | asked.keys()
        assert {"made", "sse", "socket"} <= set(crowd.promised.values())
        for name, content in crowd.questions.items():
            assert asked.get(name) in (None, [{"type": "text", "text": content}])
        assert stored.rows(at.file, UNANSWERED) == []
        assert stored.whole(at.file)
        assert [line for line in log_of(at) if line["level"] in ("error", "critical")] == []
    promised = ", ".join(f"{list(crowd.promised.values()).count(way)} {way}" for way in WAYS)
    tell(
        f"{CLIENTS} clients, {len(made) + len(asked)} of their commands were done, promised "
        f"before they vanished: {promised}"
    )
