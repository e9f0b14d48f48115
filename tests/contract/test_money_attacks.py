"""What somebody could do to the money of others, or to their patience; and what comes of it."""

import asyncio
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from tests.live import serving
from tests.people import ALICE, BOB, CHARLIE, furnish

from .chatting import Home, Json, expect, problem

pytestmark = pytest.mark.asyncio

CROWD: Final = 24
TESTS: Final = "/monitor/alerts/test"
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


@pytest.fixture
def quiet(tmp_path: Path) -> Iterator[Home]:
    """Come to a home of one's own, where nothing was asked before and nobody asks afterwards."""
    asyncio.run(furnish(tmp_path / "data"))
    with serving(tmp_path) as server:
        yield Home(server)


def is_answer(frame: Json) -> bool:
    """Whether it tells of an answer that is stored."""
    return frame.get("entity") == "message" and frame["row"]["role"] == "assistant"


async def test_an_answer_that_cannot_be_stored_is_paid_for_later(tmp_path: Path) -> None:
    """While the database is away, storage is said to be the trouble, not the id."""
    await furnish(tmp_path / "data", BOB)
    with serving(tmp_path, CLAUDE_RASP_CHAT_LEASE_SECONDS="3") as server:
        home = Home(server)
        database, away = server.data / "claude-rasp.db", server.data / "away.db"
        async with home.script(BOB) as bob, home.device(BOB) as phone:
            conversation = await bob.conversation()
            asked = asyncio.create_task(bob.send(conversation, "Hello !sim long words=40"))
            running = await phone.until(lambda frame: frame.get("entity") == "turn")
            await phone.say("resume", turn=running["id"], after=0)
            await phone.hear("text.delta")
            database.rename(away)
            assert problem(await asked, 503) == "storage"
            away.rename(database)
            stored = await phone.until(is_answer)
        assert stored["row"]["state"] == "complete"
        assert home.rows("SELECT seq FROM pending_hold") == []
        posted = home.rows("SELECT amount_nano_eur AS cost FROM ledger_entry WHERE kind = 'post'")
        assert posted == [{"cost": stored["row"]["cost_nano_eur"]}]


async def test_nobody_makes_the_server_send_mail_without_end(quiet: Home) -> None:
    """A channel can be tried a few times; then it says when it can be again, to that person."""
    async with quiet.script(BOB) as bob, quiet.script(CHARLIE) as charlie:
        asked = [await bob.call("POST", TESTS, {"channel": "mail"}) for _ in range(6)]
        assert [each.status_code for each in asked] == [200] * 5 + [429]
        assert problem(asked[-1], 429) == "too_many_requests"
        assert 0 < int(asked[-1].headers["retry-after"]) <= 600
        expect(await charlie.call("POST", TESTS, {"channel": "app"}), 200)


async def test_own_limits_are_no_way_to_bother_the_administrators(quiet: Home) -> None:
    """What somebody allows themselves is told to them alone, and can be changed so often."""
    told = "SELECT count(*) AS n FROM alert JOIN user ON user.id = user_id WHERE username = ?"
    async with quiet.script(CHARLIE) as charlie:
        await charlie.ask(await charlie.conversation(), "Hello !sim fast")
        before = quiet.rows(told, ALICE.username)
        codes = []
        for nano_eur in range(1, 41):
            ask = {"daily_nano_eur": nano_eur, "monthly_nano_eur": None}
            codes.append((await charlie.call("PUT", "/monitor/limits/me", ask)).status_code)
    assert codes == [200] * 30 + [429] * 10
    assert quiet.rows(told, ALICE.username) == before
    assert quiet.rows(told, CHARLIE.username)[0]["n"] >= 30


async def test_nobody_but_administrators_learns_what_the_instance_may_spend(quiet: Home) -> None:
    """Bob is told that its limit is in his way, in words; Alice, how much is left of it."""
    async with quiet.script(ALICE) as alice, quiet.script(BOB) as bob:
        conversation = await bob.conversation()
        ask = {"daily_nano_eur": 10**6, "monthly_nano_eur": None}
        expect(await alice.call("PUT", "/monitor/limits", ask), 200)
        assert (await bob.get("/monitor/price"))["left_nano_eur"] is None
        assert (await alice.get("/monitor/price"))["left_nano_eur"] == 10**6
        said = expect(await bob.send(conversation, "Hello !sim fast"), 402)
        assert said["detail"] == {
            "scope": "instance",
            "period": "day",
            "resets_at": said["detail"]["resets_at"],
            "cause": "spent",
        }
        assert said["message"].startswith(
            "The daily limit of this instance does not allow this: what is left is not enough for "
            "a useful answer. It starts again on "
        )
        hers = expect(await alice.send(await alice.conversation(), "Hello !sim fast"), 402)
        assert hers["detail"]["limit_nano_eur"] == 10**6
        assert hers["detail"]["left_nano_eur"] == 10**6


async def test_the_gauge_after_an_answer_shows_what_its_reader_may_know(quiet: Home) -> None:
    """The tightest of one's own limits; that of the instance is an administrator's to see."""
    async with quiet.script(ALICE) as alice, quiet.device(BOB) as bob, quiet.device(ALICE) as hers:
        ask = {"daily_nano_eur": 10**9, "monthly_nano_eur": None}
        expect(await alice.call("PUT", "/monitor/limits", ask), 200)
        async with quiet.script(BOB) as script:
            conversation = await script.conversation()
        turn = await bob.ask(conversation, "Hello !sim fast")
        assert (await bob.end(turn))["budget"] is None
        turn = await hers.ask(await alice.conversation(), "Hello !sim fast")
        assert (await hers.end(turn))["budget"]["scope"] == "instance"
