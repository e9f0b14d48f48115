"""Bodies that are not as they should be, at an address that anybody may post to."""

import asyncio
import json
from collections.abc import Iterator

import httpx
import pytest

from tests.live import ONE_REQUEST, LiveServer, serving
from tests.people import ALICE, furnish

URL = "/api/v1/auth/login"
LIMIT = 2_097_152


def post(client: httpx.Client, content: bytes, content_type: str | None) -> httpx.Response:
    """Post exactly these bytes."""
    headers = {} if content_type is None else {"Content-Type": content_type}
    return client.post(URL, content=content, headers=headers)


def code(response: httpx.Response) -> tuple[int, str]:
    """Status and code of a problem."""
    assert response.headers["content-type"] == "application/problem+json"
    return response.status_code, response.json()["code"]


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"nonsense", b"\xff\xfe", b'{"username": "\xff"}', b"[" * 100_000, b'"\\ud800"'],
)
def test_malformed_json(client: httpx.Client, content: bytes) -> None:
    """Whatever the bytes are, the answer is a problem and never a 500."""
    assert code(post(client, content, "application/json"))[0] in (400, 422)


@pytest.mark.parametrize(
    "body",
    [
        [],
        None,
        {},
        {"username": "alice"},
        {"username": 1, "password": "x"},
        {"username": "alice", "password": "hunter2", "extra": 1},
        {"username": "alice", "password": ["hunter2"]},
        {"username": "a" * 257, "password": "hunter2"},
    ],
)
def test_a_body_of_another_shape(client: httpx.Client, body: object) -> None:
    """Unknown fields, wrong types and missing ones are 422, and no input comes back."""
    response = post(client, json.dumps(body).encode(), "application/json")
    assert code(response) == (422, "invalid")
    assert "hunter2" not in response.text


@pytest.mark.parametrize(
    "content_type", [None, "text/plain", "application/x-www-form-urlencoded", "multipart/form-data"]
)
def test_a_body_of_another_type(client: httpx.Client, content_type: str | None) -> None:
    """A form of another site cannot post to us."""
    response = post(client, b'{"username": "a", "password": "b"}', content_type)
    assert code(response) == (415, "unsupported_media_type")


def test_a_charset_is_no_other_type(client: httpx.Client) -> None:
    """Many clients say one."""
    response = post(client, b"{", "application/json; charset=utf-8")
    assert code(response) == (400, "malformed_json")


def test_a_body_that_is_too_large(client: httpx.Client) -> None:
    """413 with the limit, whether the length is declared or not; the server goes on."""
    declared = post(client, b"x" * (LIMIT + 1), "application/json")
    assert code(declared) == (413, "too_large")
    assert declared.json()["detail"] == {"limit_bytes": LIMIT}
    pieces = (b"x" * 65_536 for _ in range(40))
    chunked = client.post(URL, content=pieces, headers={"Content-Type": "application/json"})
    assert code(chunked) == (413, "too_large")
    assert client.get("/healthz").status_code == 200


def test_a_malformed_id_is_not_found(client: httpx.Client) -> None:
    """It names nothing that could exist."""
    assert code(client.get("/api/v1/conversations/not-an-id")) == (404, "not_found")


def test_who_is_not_signed_in_learns_nothing_from_a_body(client: httpx.Client) -> None:
    """The guard speaks before the body is looked at."""
    response = client.post("/api/v1/conversations", content=b"{")
    assert code(response) == (401, "signed_out")


def test_a_name_longer_than_any_is_nobodys(client: httpx.Client) -> None:
    """It is wrong like every other wrong name."""
    body = json.dumps({"username": "0" * 255, "password": "hunter2"}).encode()
    assert code(post(client, body, "application/json")) == (401, "bad_credentials")


@pytest.fixture(scope="module")
def furnished(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    """An instance with Alice in it."""
    folder = tmp_path_factory.mktemp("furnished")
    asyncio.run(furnish(folder / "data", ALICE))
    with serving(folder) as live:
        yield live


@pytest.fixture(scope="module")
def alice(furnished: LiveServer) -> Iterator[httpx.Client]:
    """Alice's script."""
    with httpx.Client(
        base_url=furnished.url, timeout=10.0, limits=ONE_REQUEST, trust_env=False
    ) as client:
        credentials = {"username": ALICE.username, "password": ALICE.password}
        token = client.post(URL, json=credentials).json()["token"]
        client.cookies.clear()
        client.headers["Authorization"] = f"Bearer {token}"
        yield client


@pytest.mark.parametrize("query", ["", "limit=1", "limit=200"])
def test_a_query_as_it_should_be(alice: httpx.Client, query: str) -> None:
    """What may be absent may be absent."""
    assert alice.get(f"/api/v1/conversations?{query}").status_code == 200


@pytest.mark.parametrize(
    "query",
    [
        "limit=0",
        "limit=x",
        "limit=",
        "limit=1&limit=2",
        "lmit=1",
        "limit=1.5",
        "limit=%00",
        "%ff=1",
    ],
)
def test_a_query_of_another_shape(alice: httpx.Client, query: str) -> None:
    """Unknown, repeated and wrong parameters are 422, as the fields of a body are."""
    assert code(alice.get(f"/api/v1/conversations?{query}")) == (422, "invalid")
