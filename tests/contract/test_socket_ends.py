"""Who may open a socket, how many, and how each one ends: with a code that says what to do."""

import asyncio
import json
import resource
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest
import pytest_asyncio
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from tests.live import ServerKind, serving
from tests.people import ALICE, BOB, CHARLIE, Person, furnish

from .chatting import Device, Home, Json, expect, fresh, is_gapless, problem, streamed, text_of
from .raw import RawSocket, raw_socket

pytestmark = pytest.mark.asyncio

ENDLESS = "On and on !sim long words=5000"
CROWD = 1_000


@pytest.fixture
def home(homes: Callable[[ServerKind], Home]) -> Home:
    """Come to the home on Sanic's own server, whose sockets are whole."""
    return homes("sanic")


@pytest_asyncio.fixture
async def phone(home: Home) -> AsyncIterator[Device]:
    """Connect Bob's phone."""
    async with home.device(BOB) as device:
        yield device


# ── opening ─────────────────────────────────────────────────────────────────────────────────────


async def refused_upgrade(home: Home, **headers: str) -> tuple[int, str]:
    """Try to open a socket where that must fail; return status and code."""
    with pytest.raises(InvalidStatus) as refused:
        async with home.knock(**headers):
            pass
    response = refused.value.response
    assert response.headers["content-type"] == "application/problem+json"
    return response.status_code, json.loads(bytes(response.body))["code"]


async def test_no_socket_without_a_session(home: Home) -> None:
    """Signed out, with a token that is none, or with an empty one: 401 before anything opens."""
    assert await refused_upgrade(home) == (401, "signed_out")
    for token in ("nonsense", ""):
        refused = await refused_upgrade(home, authorization=f"Bearer {token}")
        assert refused == (401, "signed_out")


async def test_a_cookie_opens_a_socket_from_our_page_only(home: Home) -> None:
    """With a cookie the Origin must be ours; with Bearer neither cookies nor Origin matter."""
    async with home.script(None) as page:
        credentials = {"username": BOB.username, "password": BOB.password}
        expect(await page.call("POST", "/auth/login", credentials), 200)
        cookie = "; ".join(f"{each.name}={each.value}" for each in page.client.cookies.jar)
    for origin in ({}, {"origin": "https://evil.example"}, {"origin": "null"}):
        refused = await refused_upgrade(home, cookie=cookie, **origin)
        assert refused == (403, "wrong_origin")
    own = {"cookie": cookie, "origin": home.server.url}
    bearer = {"authorization": f"Bearer {home.token(BOB)}", "cookie": "access=x; refresh=y"}
    for headers in (own, bearer, bearer | {"origin": "https://evil.example"}):
        async with home.knock(**headers) as device:
            assert (await device.hear("welcome"))["user"]["username"] == BOB.username
    wrong = bearer | own | {"authorization": "Bearer nonsense"}
    assert await refused_upgrade(home, **wrong) == (401, "signed_out")


async def test_a_request_that_is_no_socket_of_ours(home: Home) -> None:
    """It is told to be one, and of our subprotocol; another host's name is refused as well."""
    async with home.script(BOB) as bob:
        assert problem(await bob.call("GET", "/chat"), 426) == "upgrade_required"
    bearer = {"authorization": f"Bearer {home.token(BOB)}"}
    with pytest.raises(InvalidStatus) as refused:
        async with connect(home.server.websocket_url, additional_headers=bearer, proxy=None):
            pass
    assert b"claude-rasp.v1" in refused.value.response.body
    assert await refused_upgrade(home, host="evil.example") == (421, "wrong_host")


# ── signing out ─────────────────────────────────────────────────────────────────────────────────


async def test_signing_out_closes_that_sessions_sockets(home: Home, phone: Device) -> None:
    """All of them and only them, also in the middle of an answer; the answer is kept."""
    token = home.sign_in(BOB)
    async with home.script(BOB) as bob:
        conversation = await bob.conversation()
        async with home.device(BOB, token) as lost, home.device(BOB, token) as idle:
            turn = await lost.ask(conversation, "Slowly !sim pace=0.1")
            await lost.hear("text.delta", turn=turn)
            out = await bob.client.post(
                "/auth/logout", headers={"authorization": f"Bearer {token}"}
            )
            assert out.status_code == 204
            for device in (lost, idle):
                code, reason = await device.closing()
                assert code == 4401
                assert "sign in" in reason
        await phone.say("resume", turn=turn, after=0)
        assert (await phone.end(turn))["kind"] == "turn.finished"


async def test_who_ignores_the_close_is_cut_off(home: Home) -> None:
    """A revoked session can do nothing any more, whatever its client makes of the close."""
    token = home.sign_in(BOB)
    async with home.script(BOB) as bob:
        conversation = await bob.conversation()
        with raw_socket(home.server, token) as stubborn:
            heard = stubborn.heard()
            assert next(heard)["kind"] == "welcome"
            await bob.client.post("/auth/logout", headers={"authorization": f"Bearer {token}"})
            assert next(heard) == {"kind": "closed", "code": 4401}
            stubborn.say("send", id=fresh(), conversation=conversation, content="Still here")
            assert list(heard) == []
        assert await bob.messages(conversation) == []


# ── how many ────────────────────────────────────────────────────────────────────────────────────


async def test_more_sockets_than_one_person_may_have(tmp_path: Path) -> None:
    """One more is told so and closed; it may come when another has left; others may come."""
    await furnish(tmp_path / "data", BOB, CHARLIE)
    with serving(tmp_path, CLAUDE_RASP_SOCKET_PER_USER_MAX="2") as server:
        home = Home(server)
        async with home.device(BOB) as first, home.device(CHARLIE):
            async with home.device(BOB):
                assert await one_too_many(home, BOB)
            await until_there_is_room(home, BOB)
            assert await first.is_usable()


async def one_too_many(home: Home, person: Person) -> bool:
    """Open one more socket; whether it was told that there are too many, and closed."""
    async with home.knock(authorization=f"Bearer {home.token(person)}") as device:
        refused = await device.listen()
        if refused["kind"] == "welcome":
            return False
        code, reason = await device.closing()
    assert (refused["kind"], refused["id"]) == ("refused", None)
    assert refused["problem"]["code"] == "too_many_sockets"
    assert refused["problem"]["retry_after_seconds"] == 60
    assert (code, "close another" in reason) == (4429, True)
    return True


async def until_there_is_room(home: Home, person: Person) -> None:
    """Come again until there is a place."""
    async with asyncio.timeout(10):
        while await one_too_many(home, person):
            pass


@pytest.fixture
def many_files() -> Iterator[None]:
    """Allow this process as many open files as a crowd needs."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, max(soft, 4 * CROWD)), hard))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@pytest.mark.usefixtures("many_files")
async def test_a_thousand_sockets_at_once(tmp_path: Path) -> None:
    """Each gets its welcome or a reasoned close, and the server serves on."""
    await furnish(tmp_path / "data")
    limits = {"CLAUDE_RASP_SOCKET_PER_USER_MAX": "250", "CLAUDE_RASP_SOCKET_TOTAL_MAX": "600"}
    with serving(tmp_path, **limits) as server:
        home = Home(server)
        all_here, may_leave = asyncio.Event(), asyncio.Event()
        answers: list[str] = []

        async def come(person: Person) -> None:
            async with home.knock(authorization=f"Bearer {home.token(person)}") as device:
                answers.append((await device.listen())["kind"])
                if len(answers) == CROWD:
                    all_here.set()
                if answers[-1] == "refused":
                    assert (await device.closing())[0] == 4429
                await may_leave.wait()

        people = [person for person in (ALICE, BOB, CHARLIE) if home.token(person)]
        async with asyncio.TaskGroup() as crowd:
            for number in range(CROWD):
                crowd.create_task(come(people[number % 3]))
            await asyncio.wait_for(all_here.wait(), 60)
            async with home.script(BOB) as bob:
                done = await bob.ask(await bob.conversation(), "Still there? !sim fast")
                assert done["message"]["state"] == "complete"
            may_leave.set()
        assert answers.count("welcome") == 600
        assert answers.count("refused") == 400
        await until_there_is_room(home, BOB)


# ── slow readers ────────────────────────────────────────────────────────────────────────────────


def read_to_the_end(slow: RawSocket) -> list[Json]:
    """Read all that a slow reader has left."""
    return list(slow.heard())


async def test_a_reader_that_lags_misses_nothing(home: Home, phone: Device) -> None:
    """Who stops reading for a while gets the rest later; who reads is not held up."""
    async with home.script(BOB) as bob:
        conversation = await bob.conversation()
    with raw_socket(home.server, home.token(BOB)) as slow:
        asked = fresh()
        content = "Much !sim fast !sim long words=60000"
        options = {"model": "claude-opus-4-8", "max_tokens": 100_000}
        slow.say("send", id=asked, conversation=conversation, content=content, options=options)
        shown = await phone.until(
            lambda frame: frame.get("entity") == "turn" and frame["row"]["message"] == asked
        )
        turn = shown["id"]
        await phone.say("resume", turn=turn, after=0)
        watched = await phone.events(turn)
        assert is_gapless(watched)
        assert await phone.is_usable()
        seen: list[Json] = []
        for frame in slow.heard():
            if "seq" in frame:
                seen.append(frame)
            if frame["kind"] == "turn.finished":
                break
    assert seen == watched
    assert streamed(seen) == text_of(seen[-1]["message"])


async def test_a_reader_that_is_too_slow_is_let_go(tmp_path: Path) -> None:
    """When what waits for it is too much it is closed with 4409; others have missed nothing."""
    await furnish(tmp_path / "data", BOB)
    limits = {"CLAUDE_RASP_SOCKET_QUEUE_BYTES": "1000000"}
    with serving(tmp_path, **limits) as server:
        home = Home(server)
        async with home.device(BOB) as phone, home.script(BOB) as bob:
            with raw_socket(server, home.token(BOB)) as slow:
                large = "x" * 250_000
                for _ in range(24):  # what the kernel's buffers take is not ours to say
                    place = await bob.conversation()
                    asked = fresh()
                    sent = bob.ask(place, f"{large} !sim fast", id=asked, options={"max_tokens": 3})
                    seen = phone.hear("change", entity="message", id=asked)
                    await asyncio.gather(sent, seen)
                    phone.heard.clear()
                assert await phone.is_usable()
                heard = await asyncio.to_thread(read_to_the_end, slow)
    assert heard[0]["kind"] == "welcome"
    assert heard[-1] == {"kind": "closed", "code": 4409}


async def test_a_reader_that_is_gone_without_a_word_is_let_go(tmp_path: Path) -> None:
    """No pong comes from it; its place is free again soon."""
    await furnish(tmp_path / "data", BOB)
    limits = {"CLAUDE_RASP_SOCKET_PER_USER_MAX": "2", "CLAUDE_RASP_SOCKET_HEARTBEAT_SECONDS": "1"}
    with serving(tmp_path, **limits) as server:
        home = Home(server)
        async with home.device(BOB) as phone:
            with raw_socket(server, home.token(BOB)) as silent:
                assert next(silent.heard())["kind"] == "welcome"
                assert await one_too_many(home, BOB)
                await until_there_is_room(home, BOB)
            assert await phone.is_usable()


# ── the server's own end ────────────────────────────────────────────────────────────────────────


async def test_a_stop_says_goodbye_and_keeps_everything(tmp_path: Path) -> None:
    """Sockets close with 1001, what runs is stored as interrupted, what waits goes on later."""
    await furnish(tmp_path / "data", BOB)
    with serving(tmp_path) as server:
        home = Home(server)
        async with home.device(BOB) as phone, home.script(BOB) as bob:
            conversation, asked = await bob.conversation(), fresh()
            turn = await phone.ask(conversation, ENDLESS, id=asked)
            waiting = await phone.ask(conversation, "Then !sim fast", parent=asked)
            await phone.hear("text.delta", turn=turn)
            stopping = asyncio.create_task(asyncio.to_thread(server.stop))
            code, reason = await phone.closing()
            assert (code, "stopping" in reason, await stopping) == (1001, True, 0)
        seen = streamed(phone.so_far(turn))
        assert home.rows("SELECT COUNT(*) AS n FROM turn_journal") == [{"n": 0}]

    with serving(tmp_path) as server:
        home = Home(server)
        async with home.device(BOB) as phone, home.script(BOB) as bob:
            answer = (await bob.messages(conversation))[-1]
            assert (answer["state"], answer["problem"]["code"]) == ("interrupted", "interrupted")
            assert text_of(answer).startswith(seen)
            await phone.say("resume", turn=turn, after=10_000)
            assert (await phone.end(turn))["message"] == answer
            assert is_gapless(phone.so_far(turn), 10_001)
            await phone.say("resume", turn=waiting, after=0)
            await phone.hear("turn.waiting", turn=waiting, reason="previous_failed")
            await phone.say("retry", id=fresh(), message=asked, options={"max_tokens": 9})
            assert (await phone.end(waiting))["kind"] == "turn.finished"
