"""Too many connections, and connections that never say anything."""

import json
import socket
from contextlib import ExitStack
from pathlib import Path

import httpx

from tests.live import LiveServer, serving


def connect(server: LiveServer) -> socket.socket:
    """Open a connection and say nothing."""
    host, port = server.url.removeprefix("http://").split(":")
    return socket.create_connection((host, int(port)), timeout=10)


def read_all(connection: socket.socket) -> bytes:
    """Read until the server closes."""
    answer = b""
    while piece := connection.recv(65_536):
        answer += piece
    return answer


def test_one_connection_too_many_is_told_so(tmp_path: Path) -> None:
    """It gets a problem with a time to come back; the others and the server go on."""
    with (
        serving(tmp_path, CLAUDE_RASP_SERVER_CONNECTIONS_MAX="5") as server,
        ExitStack() as open_ones,
    ):
        for _ in range(5):
            one = open_ones.enter_context(connect(server))
            one.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
            assert one.recv(12) == b"HTTP/1.1 200"
        with connect(server) as late:
            head, _, body = read_all(late).partition(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 503 ")
        assert b"Retry-After: 5" in head
        assert json.loads(body)["code"] == "too_many_connections"
        open_ones.close()
        assert httpx.get(f"{server.url}/healthz", trust_env=False).status_code == 200


def test_a_request_that_never_ends_is_ended(tmp_path: Path) -> None:
    """After the time-out it is told so and closed."""
    with (
        serving(tmp_path, CLAUDE_RASP_SERVER_REQUEST_SECONDS="1") as server,
        connect(server) as slow,
    ):
        slow.sendall(b"GET /healthz HTTP/1.1\r\nHost: loc")
        answer = read_all(slow)
    assert answer.startswith(b"HTTP/1.1 408 ")
    assert b"request_timeout" in answer


def test_a_thousand_silent_connections_change_nothing(tmp_path: Path) -> None:
    """The server still answers, and serves on when they are gone."""
    with serving(tmp_path) as server:
        with ExitStack() as silent:
            for _ in range(450):
                silent.enter_context(connect(server))
            assert httpx.get(f"{server.url}/healthz", trust_env=False).status_code == 200
        assert httpx.get(f"{server.url}/healthz", trust_env=False).status_code == 200
