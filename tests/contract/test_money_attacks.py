"""What somebody could do to the money of others, or to their patience; and what comes of it."""

import asyncio
import time
from pathlib import Path
from typing import Final

import pytest

from tests.live import serving
from tests.people import BOB, furnish

from .chatting import Home, problem

pytestmark = pytest.mark.asyncio

CROWD: Final = 24
STOP_SECONDS: Final = 8.0
"""What idle connections may not make of a stop: they would be waited for ten seconds."""


async def test_a_stop_tells_everybody_who_waits_for_an_answer(tmp_path: Path) -> None:
    """All are told that it was interrupted, and nobody keeps the server from ending."""
    await furnish(tmp_path / "data", BOB)
    with serving(tmp_path) as server:
        home = Home(server)
        async with home.script(BOB) as bob, home.device(BOB) as phone:
            conversations = [await bob.conversation() for _ in range(CROWD)]
            asked = [
                asyncio.create_task(bob.send(each, "On and on !sim long words=5000"))
                for each in conversations
            ]
            running: set[str] = set()
            while running < set(conversations):
                frame = await phone.listen()
                if frame.get("entity") == "turn":
                    running.add(frame["row"]["conversation"])
            begun = time.monotonic()
            await asyncio.to_thread(server.stop)
            assert time.monotonic() - begun < STOP_SECONDS
            told = {problem(answer, 503) for answer in await asyncio.gather(*asked)}
        assert told == {"interrupted"}
        pending = home.rows("SELECT count(*) AS holds FROM pending_hold")
        assert pending == [{"holds": 0}]
