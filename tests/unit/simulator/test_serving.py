"""The server itself: connections, clients that leave, a process of its own."""

import asyncio
import json
import signal
import socket
import sys
from asyncio.subprocess import DEVNULL, PIPE

import httpx2
import pytest
import uvloop
from anthropic import AsyncAnthropic

from server.simulator.serve import Simulator

from .asking import MODEL, user

ASK = json.dumps(
    {"model": MODEL, "max_tokens": 90_000, "messages": [user("Go !sim long words=20000")]}
).encode()
ENDLESS = json.dumps(
    {
        "model": MODEL,
        "max_tokens": 128_000,
        "stream": True,
        "messages": [user("Go !sim long words=100000")],
    }
).encode()
HEAD = b"POST /v1/messages HTTP/1.1\r\nhost: x\r\nx-api-key: k\r\nanthropic-version: 2023-06-01\r\n"


async def speak(simulator: Simulator, data: bytes) -> bytes:
    """What comes back on a raw connection until it closes."""
    host, port = simulator.base_url.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(data)
    async with asyncio.timeout(5):
        answer = await reader.read()
    writer.close()
    await writer.wait_closed()
    return answer


async def asked(simulator: Simulator) -> None:
    """Returns when a question has come in."""
    async with asyncio.timeout(5):
        while not simulator.requests:  # noqa: ASYNC110 - there is no other sign of it
            await asyncio.sleep(0.01)


def posted(body: bytes, *headers: bytes) -> bytes:
    """A request in bytes."""
    lines = [b"content-length: %d" % len(body), *headers, b"", b""]
    return HEAD + b"\r\n".join(lines) + body


@pytest.mark.asyncio
async def test_a_client_that_leaves_stops_the_answer(simulator: Simulator) -> None:
    """Generation stops at once, and what was produced until then is what is billed."""
    async with AsyncAnthropic(base_url=simulator.base_url, api_key="k", max_retries=0) as client:
        stream = await client.messages.create(
            model=MODEL,
            max_tokens=9_000,
            stream=True,
            messages=[{"role": "user", "content": "Go !sim long words=5000 !sim pace=1"}],
        )
        async for event in stream:
            if event.type == "content_block_delta":
                break
        await stream.close()
    async with asyncio.timeout(5):
        await simulator.idle()
    left = simulator.requests[-1]
    assert left.outcome == "left"
    assert 0 < left.usage["output_tokens"] < 200


@pytest.mark.asyncio
async def test_a_client_that_does_not_read_holds_the_answer_back(simulator: Simulator) -> None:
    """A slow reader makes the simulator wait instead of filling the memory; leaving is heard."""
    host, port = simulator.base_url.removeprefix("http://").split(":")
    with socket.socket() as slow:
        slow.setblocking(False)  # noqa: FBT003
        slow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
        loop = asyncio.get_running_loop()
        await loop.sock_connect(slow, (host, int(port)))
        await loop.sock_sendall(slow, posted(ENDLESS))
        await asked(simulator)
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(simulator.idle(), 1)
        assert simulator.requests[-1].outcome == "open"
    await asyncio.wait_for(simulator.idle(), 5)
    held = simulator.requests[-1]
    assert held.outcome == "left"
    assert held.usage["output_tokens"] < 128_000


@pytest.mark.asyncio
async def test_one_connection_serves_many(simulator: Simulator) -> None:
    """Connections are kept alive, and closed when the client says so."""
    async with httpx2.AsyncClient(base_url=simulator.base_url, timeout=5) as http:
        for _ in range(3):
            response = await http.get("/_sim/requests")
            assert response.json() == []
        assert len(simulator._live) == 1  # noqa: SLF001
    answer = await speak(simulator, b"GET /_sim/requests HTTP/1.1\r\nconnection: close\r\n\r\n")
    assert answer.endswith(b"[]")


@pytest.mark.asyncio
@pytest.mark.parametrize(
    "junk",
    [
        b"\x16\x03\x01 hello\r\n\r\n",
        b"GET / HTTP/1.1\r\nx: " + b"a" * 70_000 + b"\r\n\r\n",
        posted(ASK) + posted(ASK),
    ],
)
async def test_what_is_not_http_is_cut_off(simulator: Simulator, junk: bytes) -> None:
    """Junk, an endless header and pipelining end the connection; the next client is served."""
    assert b"200 OK" not in await speak(simulator, junk)
    assert b"200 OK" in await speak(simulator, posted(ASK, b"connection: close"))


@pytest.mark.asyncio
async def test_a_body_without_end_is_refused(simulator: Simulator) -> None:
    """More than 32 MB is a 413, and none of it is kept."""
    async with httpx2.AsyncClient(base_url=simulator.base_url, timeout=20) as http:
        headers = {"x-api-key": "k", "anthropic-version": "2023-06-01"}
        response = await http.post("/v1/messages", headers=headers, content=b" " * (33 << 20))
    assert response.status_code == 413
    assert response.json()["error"]["type"] == "request_too_large"


@pytest.mark.asyncio
async def test_stopping_ends_what_is_open() -> None:
    """stop() returns at once although an answer is under way, and may be called twice."""
    simulator = Simulator(pace=5)
    await simulator.start()
    waiting = asyncio.create_task(speak(simulator, posted(ASK)))
    await asked(simulator)
    async with asyncio.timeout(5):
        await simulator.stop()
        await simulator.stop()
        assert await waiting == b""
    assert simulator.requests[-1].outcome == "left"


def test_it_runs_in_uvloop() -> None:
    """The same server works embedded in a uvloop, as Sanic runs it."""

    async def ask_once() -> bytes:
        simulator = Simulator(pace=0)
        await simulator.start()
        answer = await speak(simulator, posted(ASK, b"connection: close"))
        await simulator.stop()
        return answer

    assert b'"stop_reason":"end_turn"' in uvloop.run(ask_once())


@pytest.mark.asyncio
async def test_full_speed_is_fast(simulator: Simulator) -> None:
    """Without delays at least 10,000 deltas a second leave here (the real figure is far higher)."""
    clock = asyncio.get_running_loop().time
    begun = clock()
    body = ASK[:-1] + b', "stream": true}'
    answer = await speak(simulator, posted(body, b"connection: close"))
    assert answer.count(b"event: content_block_delta") / (clock() - begun) > 10_000


@pytest.mark.asyncio
async def test_a_process_of_its_own() -> None:
    """It prints its address, answers, counts for other processes too, and ends on SIGTERM."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "server.simulator", "--pace", "0"), stdout=PIPE, stderr=DEVNULL
    )
    assert process.stdout is not None
    async with asyncio.timeout(20):
        base_url = (await process.stdout.readline()).decode().strip()
        async with httpx2.AsyncClient(base_url=base_url, timeout=5) as http:
            headers = {"x-api-key": "k", "anthropic-version": "2023-06-01"}
            message = (await http.post("/v1/messages", headers=headers, content=ASK)).json()
            (counted,) = (await http.get("/_sim/requests")).json()
        process.send_signal(signal.SIGTERM)
        assert await process.wait() == 0
        await process.stdout.read()
    assert counted["message_id"] == message["id"]
    assert counted["usage"]["output_tokens"] == message["usage"]["output_tokens"]


@pytest.mark.asyncio
async def test_a_port_in_use_is_one_line(simulator: Simulator) -> None:
    """A port that is taken ends the process with a sentence, not a traceback."""
    port = simulator.base_url.rsplit(":", 1)[1]
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "server.simulator", "--port", port), stdout=DEVNULL, stderr=PIPE
    )
    async with asyncio.timeout(20):
        _, errors = await process.communicate()
    assert process.returncode == 1
    assert errors.decode().startswith("The simulator cannot listen on 127.0.0.1:")
    assert len(errors.splitlines()) == 1
