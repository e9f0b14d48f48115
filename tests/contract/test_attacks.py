"""What nobody should send, from either side: each turn has its end, and the server goes on."""

import asyncio
import gzip
import resource
import signal
import socket
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Final

import httpx
import pytest

from tests.live import SERVERS, LiveServer, ServerKind, refused_start, serving
from tests.people import BOB, furnish
from tests.unit.chat import stream as api

from .chatting import ENDS, Home, Json, expect, fresh, problem, streamed, text_of
from .rogue import HEAD, HOLD, Event, Rogue, failure, rogue, stream

GZIP: Final = HEAD.replace(b"\r\n\r\n", b"\r\nContent-Encoding: gzip\r\n\r\n")
SILENCE_SECONDS: Final = 6
PAGE_BYTES: Final = 4096
LONG: Final = "Tell me !sim long words=300 !sim pace=0.005"


def odd(kind: str, **fields: object) -> Event:
    """Return a block that lacks what its kind has."""
    return api.begin(0, {"type": kind, **fields})


def said(**fields: object) -> Event:
    """Return the beginning of a message that says something odd of itself."""
    event = api.start(input_tokens=3)
    event["message"] |= fields
    return event


HELLO: Final = [api.begin(0), api.text(0, "Hello"), api.end(0), api.finish(), api.STOP]

BROKEN: Final = {
    "usage is a word": stream(said(usage="lots"), *HELLO),
    "usage is a word at the end": stream(api.start(), api.begin(0), {**api.finish(), "usage": "x"}),
    "a block is a word": stream(api.start(), {**odd("text"), "content_block": "word"}),
    "text is an object": stream(api.start(), odd("text", text={"a": 1})),
    "a delta is an object": stream(api.start(), api.begin(0), api.delta(0, "text", text={"a": 1})),
    "an index below zero": stream(api.start(), api.begin(0), api.text(-1, "x")),
    "a call without id": stream(api.start(), odd("tool_use", input={})),
    "a call with a number for an id": stream(api.start(), odd("tool_use", id=5, name="x")),
    "a result of nothing": stream(api.start(), odd("web_search_tool_result", content=[])),
    "a citation is a word": stream(
        api.start(), api.begin(0), api.delta(0, "citations", citation="x")
    ),
    "a signature is a number": stream(
        api.start(), odd("thinking", signature=5), api.delta(0, "signature", signature="x")
    ),
    "the content is a word": stream(said(content="word")),
    "the model is a number": stream(said(model=5), *HELLO),
    "packed, but not": GZIP + b"plain",
    "packed, and cut": GZIP + gzip.compress(stream(api.start(), api.begin(0)))[:-12],
}
"""Each breaks the answer off."""

FAILED: Final = {
    "an error is a word": (stream(api.start(), {"type": "error", "error": "boom"}), 502),
    "an error's details are a word": (
        failure(429, b'{"error": {"type": "rate_limit_error", "details": "x"}}'),
        429,
    ),
    "a wait that is no number": (failure(429, b"{}", b"retry-after: \xb2"), 429),
    "a wait without end": (failure(429, b"{}", b"retry-after: " + b"9" * 5000), 429),
    "an error that is packed, but not": (failure(500, b"x", b"Content-Encoding: gzip"), 502),
}
"""Each fails with this status."""

ODD: Final = {
    "numbers of tokens that are none": stream(
        said(usage={"input_tokens": -5, "cache_read_input_tokens": "7", "output_tokens": 1.5}),
        *HELLO,
    ),
    "a stop reason without end": stream(api.start(), *HELLO[:3], api.finish("x" * 5000), api.STOP),
    "a model's name without end": stream(said(model="m" * 5000), *HELLO),
    "open for long after its end": stream(api.start(), *HELLO) + HOLD,
}
"""Each is an answer all the same."""


@pytest.fixture(scope="module")
def thief() -> Iterator[Rogue]:
    """Wait for what is sent on to another host."""
    with rogue({}) as server:
        yield server


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory, thief: Rogue) -> Iterator[Home]:
    """Serve with an upstream that answers as the question says."""
    to_thief = b"Location: http://localhost:%d/" % thief.server_address[1]
    answers = {
        **BROKEN,
        **{name: answer for name, (answer, _) in FAILED.items()},
        **ODD,
        **{f"go there {code}": failure(code, b"", to_thief) for code in (302, 307, 308)},
        "Still there?": stream(api.start(), *HELLO),
    }
    folder = tmp_path_factory.mktemp("rogue")
    asyncio.run(furnish(folder / "data", BOB))
    settings = {
        "ANTHROPIC_API_KEY": "sk-ant-none-of-theirs",
        "CLAUDE_RASP_CHAT_UPSTREAM_SILENCE_SECONDS": str(SILENCE_SECONDS),
    }
    with (
        rogue(answers) as upstream,
        serving(folder, ANTHROPIC_BASE_URL=upstream.url, **settings) as live,
    ):
        yield Home(live)


async def ask_then_again(home: Home, question: str) -> httpx.Response:
    """Ask, and see that the turn has ended and that the same conversation goes on."""
    async with home.script(BOB) as bob:
        conversation = await bob.conversation()
        response = await bob.send(conversation, question)
        detail = await bob.get(f"/conversations/{conversation}")
        assert detail["turns"] == []
        assert [message["role"] for message in detail["messages"]] == ["user", "assistant"]
        again = await bob.ask(conversation, "Still there?")
        assert text_of(again["message"]) == "Hello"
        return response


@pytest.mark.asyncio
@pytest.mark.parametrize("question", BROKEN)
async def test_what_no_answer_may_be(home: Home, question: str) -> None:
    """An answer against the rules is told as one that broke off; it leaves no turn behind."""
    assert problem(await ask_then_again(home, question), 502) == "upstream_cut"


@pytest.mark.asyncio
@pytest.mark.parametrize("question", FAILED)
async def test_what_no_error_may_be(home: Home, question: str) -> None:
    """An error against the rules fails as one that keeps them."""
    _, status = FAILED[question]
    problem(await ask_then_again(home, question), status)


@pytest.mark.asyncio
@pytest.mark.parametrize("question", ODD)
async def test_what_is_odd_but_whole(home: Home, question: str) -> None:
    """What can be understood is an answer, and does not wait for the connection's end."""
    began = time.monotonic()
    finished = expect(await ask_then_again(home, question), 200)
    assert time.monotonic() - began < SILENCE_SECONDS
    assert text_of(finished["message"]) == "Hello"
    assert min(finished["usage"][name] for name in finished["usage"] if "tokens" in name) >= 0


@pytest.mark.asyncio
@pytest.mark.parametrize("code", [302, 307, 308])
async def test_a_question_goes_nowhere_else(home: Home, thief: Rogue, code: int) -> None:
    """An upstream that points elsewhere is not followed: neither words nor key leave."""
    assert problem(await ask_then_again(home, f"go there {code}"), 502) == "upstream_failed"
    assert thief.requests == []


LOGIN: Final = b'{"username": "Bob", "password": "bob-bakes-good-bread"}'
UPGRADE: Final = (
    b"Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
    b"Sec-WebSocket-Protocol: claude-rasp.v1\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n"
)
STRANGE_BYTES: Final = {
    "a device's name": (b"POST /api/v1/auth/login", b"User-Agent: a\xffb\r\n", LOGIN, 200),
    "a token": (b"GET /api/v1/auth/me", b"Authorization: Bearer \xff\r\n", b"", 401),
    "a cookie": (b"GET /api/v1/auth/me", b"Cookie: claude-rasp-access=\xff\r\n", b"", 401),
    "an upgrade's key": (b"GET /api/v1/chat", UPGRADE.replace(b"AA==", b"\xff=="), b"", 400),
    "an upgrade's version": (b"GET /api/v1/chat", UPGRADE.replace(b"13", b"\xff"), b"", 400),
    "an upgrade's protocols": (
        b"GET /api/v1/chat",
        UPGRADE.replace(b".v1", b".v1, \xff"),
        b"",
        400,
    ),
}


@pytest.mark.parametrize("where", STRANGE_BYTES)
def test_bytes_that_are_no_text(home: Home, where: str) -> None:
    """A header may hold any byte: it is never a defect of ours."""
    line, headers, body, status = STRANGE_BYTES[where]
    if b"Upgrade" in headers:
        headers += b"Authorization: Bearer %s\r\n" % home.token(BOB).encode()
    assert status_of(home.server, line, headers, body) == status


def status_of(server: LiveServer, line: bytes, headers: bytes, body: bytes) -> int:
    """Send these bytes and return the status of the answer."""
    host, port = server.url.removeprefix("http://").split(":")
    fixed = b"Host: %s:%s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n"
    head = line + b" HTTP/1.1\r\n" + fixed % (host.encode(), port.encode(), len(body))
    with socket.create_connection((host, int(port)), timeout=SILENCE_SECONDS) as connection:
        connection.sendall(head + headers + b"\r\n" + body)
        with connection.makefile("rb") as reader:
            return int(reader.readline().split()[1])


@contextmanager
def full_disk(server: LiveServer) -> Iterator[None]:
    """Let the server's files not grow, as on a full disk, until the end of the block."""
    pid, kind = server.process.pid, resource.RLIMIT_FSIZE
    soft, hard = resource.prlimit(pid, kind)
    resource.prlimit(pid, kind, (0, hard))
    try:
        yield
    finally:
        resource.prlimit(pid, kind, (soft, hard))


@pytest.mark.asyncio
async def test_a_full_disk(tmp_path: Path) -> None:
    """It is told as what it is; what was acknowledged ends with all its words once there is room.

    The question below it goes on, too.
    """
    await furnish(tmp_path / "data", BOB)
    with serving(tmp_path, CLAUDE_RASP_CHAT_LEASE_SECONDS="1") as live:
        home = Home(live)
        async with home.script(BOB) as bob, home.device(BOB) as device:
            conversation = await bob.conversation()
            asked, below, late = fresh(), fresh(), fresh()
            await device.say("send", id=asked, conversation=conversation, content=LONG)
            turn = (await device.hear("accepted", id=asked))["turn"]
            await device.say("send", id=below, conversation=conversation, content="And?")
            await device.hear("accepted", id=below)
            await device.hear("text.delta", turn=turn)
            with full_disk(live):
                await device.say("send", id=late, conversation=conversation, content="Lost?")
                assert (await device.refusal(late))["code"] == "storage"
                assert problem(await bob.call("POST", "/conversations", {}), 503) == "storage"
                assert (await device.end(turn))["problem"]["code"] == "storage"
            shown = streamed(device.so_far(turn))
            await device.until(lambda frame: is_answer(frame, below))
            question, _, answer, *_ = await bob.messages(conversation)
            assert (question["id"], answer["state"]) == (asked, "complete")
            assert text_of(answer) == shown
            await device.say("send", id=late, conversation=conversation, content="Lost?")
            await device.hear("accepted", id=late)


@pytest.mark.asyncio
async def test_a_data_folder_that_is_moved_away(tmp_path: Path) -> None:
    """Nothing is acknowledged that would be gone; back in its place, everything goes on."""
    await furnish(tmp_path / "data", BOB)
    with serving(tmp_path) as live:
        async with Home(live).script(BOB) as bob:
            conversation = await bob.conversation()
            (tmp_path / "data").rename(tmp_path / "elsewhere")
            assert problem(await bob.call("POST", "/conversations", {}), 503) == "storage"
            assert problem(await bob.send(conversation, "Lost?"), 503) == "storage"
            async with httpx.AsyncClient(base_url=live.url, trust_env=False) as anybody:
                assert (await anybody.get("/readyz")).status_code == 503
            (tmp_path / "elsewhere").rename(tmp_path / "data")
            await bob.ask(conversation, "Back again? !sim fast")


@pytest.mark.asyncio
@pytest.mark.parametrize("kind", SERVERS)
async def test_a_stream_ends_with_its_session(tmp_path: Path, kind: ServerKind) -> None:
    """Whoever is signed out reads no further; the answer itself is finished for its owner."""
    await furnish(tmp_path / "data", BOB)
    with serving(tmp_path, kind) as live:
        home = Home(live)
        async with home.script(BOB) as lost, home.script(None) as bob:
            bob.client.headers["authorization"] = f"Bearer {home.sign_in(BOB)}"
            path = f"/conversations/{await lost.conversation()}"
            body: Json = {"content": "Tell me !sim long words=100 !sim pace=5"}
            async with lost.stream("POST", f"{path}/messages", body) as events:
                turn = (await anext(events))["turn"]
                await lost.call("POST", "/auth/logout")
                async with asyncio.timeout(SILENCE_SECONDS):
                    assert [event["kind"] async for event in events if event["kind"] in ENDS] == []
            assert problem(await lost.call("GET", f"/turns/{turn}/events"), 401) == "signed_out"
            assert [turn["state"] for turn in (await bob.get(path))["turns"]] == ["running"]
            await bob.call("DELETE", f"/turns/{turn}")


def is_answer(frame: Json, question: str) -> bool:
    """Whether this tells of the answer to that question."""
    row = frame.get("row") or {}
    return row.get("role") == "assistant" and row.get("parent") == question


def test_what_is_written_is_private(tmp_path: Path) -> None:
    """Also in a folder that is open to everybody."""
    (tmp_path / "data").mkdir(mode=0o777)
    with serving(tmp_path) as live:
        files = [path for path in live.data.rglob("*") if path.is_file()]
        assert {path.name for path in files} > {"claude-rasp.db", "claude-rasp.log"}
        assert [path for path in files if path.stat().st_mode & 0o077] == []


def _wait_closed(host: str, port: int) -> None:
    """Return when the server has begun to stop: it listens no more."""
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        try:
            socket.create_connection((host, port), timeout=1).close()
        except OSError:
            return
    raise AssertionError("it still listens")


def test_a_second_signal(tmp_path: Path) -> None:
    """Ctrl-C pressed twice does not break off what the first one began to put in order."""
    with serving(tmp_path, CLAUDE_RASP_SERVER_STOP_SECONDS="1") as live:
        host, port = live.url.removeprefix("http://").split(":")
        with socket.create_connection((host, int(port))) as busy:
            busy.sendall(b"POST /api/v1/auth/login HTTP/1.1\r\n")  # waited for, a second long
            live.process.send_signal(signal.SIGINT)
            _wait_closed(host, int(port))
            assert live.stop() == 0
        assert "Traceback" not in "\n".join(live.said)


@pytest.mark.parametrize("table", ["aerich", "user", "turn"])
def test_a_damaged_database_stops_the_start(tmp_path: Path, table: str) -> None:
    """In one line, wherever it is damaged; nothing is changed."""
    asyncio.run(furnish(tmp_path / "data", BOB))
    with serving(tmp_path) as live:  # the first start writes down what may be spent
        httpx.get(f"{live.url}/readyz", trust_env=False).raise_for_status()
    path = tmp_path / "data" / "claude-rasp.db"
    with closing(sqlite3.connect(path)) as connection:
        query = "SELECT rootpage FROM sqlite_master WHERE tbl_name = ?"
        pages = [page for (page,) in connection.execute(query, (table,))]
    damaged = bytearray(path.read_bytes())
    for page in pages:
        damaged[(page - 1) * PAGE_BYTES : page * PAGE_BYTES] = b"\xff" * PAGE_BYTES
    path.write_bytes(damaged)
    refusal = refused_start(tmp_path)
    assert refusal.code == 2
    assert refusal.said.startswith(f"claude-rasp: The database {path} cannot be ")
    assert len(refusal.said.splitlines()) == 1
    assert path.read_bytes() == damaged


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("CLAUDE_RASP_HOST", "a" * 70, "is not a possible name of a machine"),
        ("CLAUDE_RASP_PORT", "9" * 5000, "is not allowed"),
    ],
)
def test_a_setting_that_is_too_long_stops_the_start(
    tmp_path: Path, name: str, value: str, said: str
) -> None:
    """In one line."""
    refusal = refused_start(tmp_path, **{name: value})
    assert (refusal.code, len(refusal.said.splitlines())) == (2, 1)
    assert said in refusal.said
