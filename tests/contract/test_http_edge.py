"""What every request meets before any handler: the same on both servers."""

import socket

import httpx
import pytest

from tests.live import LiveServer

TOO_LARGE = 2_097_153


def exchange(server: LiveServer, raw: bytes) -> bytes:
    """Send bytes as they are and return the answer up to the end of its head.

    A server may keep the connection after that, whatever was sent: its end is no part of the claim.
    """
    host, port = server.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=10) as connection:
        connection.sendall(raw)
        connection.shutdown(socket.SHUT_WR)
        answer = b""
        while b"\r\n\r\n" not in answer and (piece := connection.recv(65_536)):
            answer += piece
    return answer


def assert_problem(response: httpx.Response, status: int, code: str) -> None:
    """The answer is this problem, in the form of RFC 9457."""
    assert response.headers["content-type"] == "application/problem+json"
    body = response.json()
    assert (response.status_code, body["code"]) == (status, code)
    assert body["status"] == status
    assert body["type"] == "about:blank"
    assert set(body) == {
        "type",
        "title",
        "status",
        "code",
        "message",
        "permanent",
        "retry_after_seconds",
        "detail",
    }


def test_health(client: httpx.Client) -> None:
    """The process lives and can serve, and says so without a sign-in."""
    assert client.get("/healthz").json() == {"status": "ok"}
    ready = client.get("/readyz")
    assert ready.status_code == 200
    assert ready.json()["status"] == "ready"
    assert ready.json()["checks"]["database"] is True


@pytest.mark.parametrize("path", ["/api/v1/nothing", "/nothing", "/assets/../pyproject.toml"])
@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
def test_an_unknown_address_is_not_found(client: httpx.Client, method: str, path: str) -> None:
    """Whatever the method, an address that is not there is 404, never the app's page."""
    assert_problem(client.request(method, path), 404, "not_found")


def test_an_unknown_method_is_told_what_is_allowed(client: httpx.Client) -> None:
    """A known address with a method it does not take is 405 and names those it takes."""
    response = client.delete("/healthz")
    assert_problem(response, 405, "method_not_allowed")
    assert "GET" in response.headers["allow"]


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "localhost.evil.example",
        "127.0.0.1.nip.io:8080",
        "localhost:x",
        "a@localhost",
    ],
)
def test_a_name_that_is_not_ours_is_refused(client: httpx.Client, host: str) -> None:
    """A page of a stranger cannot reach in through a name of its own."""
    assert_problem(client.get("/healthz", headers={"Host": host}), 421, "wrong_host")


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST:1", "127.0.0.1:8080", "[::1]:8080"])
def test_loopback_names_are_ours_on_any_port(client: httpx.Client, host: str) -> None:
    """This machine's own names are always answered."""
    assert client.get("/healthz", headers={"Host": host}).status_code == 200


def test_a_socket_is_not_opened_under_a_name_that_is_not_ours(server: LiveServer) -> None:
    """The upgrade is refused as well (under ASGI Sanic cannot say why)."""
    upgrade = (
        b"GET /api/v1/chat HTTP/1.1\r\nHost: evil.example\r\nConnection: Upgrade\r\n"
        b"Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
        b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
        b"Sec-WebSocket-Protocol: claude-rasp.v1\r\n\r\n"
    )
    head = exchange(server, upgrade).split(b"\r\n", 1)[0]
    assert b" 101 " not in head
    if server.kind == "sanic":
        assert b" 421 " in head


def test_a_body_that_is_too_large_is_refused(client: httpx.Client) -> None:
    """A declared length beyond the limit is 413, with the limit."""
    response = client.post("/healthz", content=b"x" * TOO_LARGE)
    assert response.status_code in (405, 413)


def test_a_body_without_a_length_is_bounded_as_well(client: httpx.Client) -> None:
    """A chunked body is cut off at the limit."""
    pieces = (b"x" * 65_536 for _ in range(40))
    response = client.post("/healthz", content=pieces)
    assert response.status_code in (405, 413)


@pytest.mark.parametrize(
    "raw",
    [
        b"NONSENSE\r\n\r\n",
        b"GET /healthz HTTP/9.9\r\nHost: localhost\r\n\r\n",
        b"GET /\xff HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nHost: evil\r\n\r\n",
        b"POST /healthz HTTP/1.1\r\nHost: localhost\r\nContent-Length: x\r\n\r\n",
        b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nX: " + b"x" * 70_000 + b"\r\n\r\n",
    ],
    ids=["no http", "version", "not ascii", "two hosts", "length", "large head"],
)
def test_what_is_no_http_never_breaks_the_server(server: LiveServer, raw: bytes) -> None:
    """Bytes that are no request are answered with a status below 500, and the server goes on."""
    status = int(exchange(server, raw).split(b" ", 2)[1])
    assert status < 500
    assert httpx.get(f"{server.url}/healthz", trust_env=False).status_code == 200


def test_every_answer_carries_the_security_headers(client: httpx.Client) -> None:
    """Also a refusal does; HSTS is only sent over HTTPS."""
    for path in ("/healthz", "/api/v1/nothing", "/"):
        headers = client.get(path).headers
        assert "require-trusted-types-for 'script'" in headers["content-security-policy"]
        assert "'unsafe" not in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "no-referrer"
        assert headers["cross-origin-opener-policy"] == "same-origin"
        assert "strict-transport-security" not in headers


def test_api_answers_are_not_stored(client: httpx.Client) -> None:
    """No cache keeps what the API said."""
    assert client.get("/readyz").headers["cache-control"] == "no-store"


def test_hsts_is_sent_when_the_proxy_says_https(client: httpx.Client) -> None:
    """Behind a trusted proxy the browser is told to stay on HTTPS."""
    response = client.get("/healthz", headers={"X-Forwarded-Proto": "https"})
    assert response.headers["strict-transport-security"] == "max-age=31536000"


@pytest.mark.parametrize("sent", ["abc-123", "a" * 64])
def test_a_well_formed_request_id_is_kept(client: httpx.Client, sent: str) -> None:
    """A request can be followed through a proxy's log and ours."""
    assert client.get("/healthz", headers={"X-Request-Id": sent}).headers["x-request-id"] == sent


@pytest.mark.parametrize("sent", ["", "a b", '"', "a" * 65, "-x", "{}"])
def test_another_request_id_is_replaced(client: httpx.Client, sent: str) -> None:
    """What is not well-formed does not get into the log."""
    kept = client.get("/healthz", headers={"X-Request-Id": sent}).headers["x-request-id"]
    assert len(kept) == 36


def test_a_refusal_speaks_the_browsers_language(client: httpx.Client) -> None:
    """Before sign-in the first language of the browser that we speak counts."""
    french = client.get("/nothing", headers={"Accept-Language": "de, fr-CA;q=0.8, en;q=0.5"})
    assert french.headers["content-language"] == "fr"
    assert "n’existe pas" in french.json()["message"]
    english = client.get("/nothing", headers={"Accept-Language": "en-US"})
    assert "does not exist" in english.json()["message"]
