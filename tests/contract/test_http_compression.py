"""What leaves compressed, and what never does."""

import gzip

import httpx

from tests.live import LiveServer
from tests.people import ALICE

LONG = "/api/docs/openapi.json"


def test_a_long_answer_leaves_compressed(client: httpx.Client) -> None:
    """A client that takes gzip gets the same words in far fewer bytes."""
    plain = client.get(LONG, headers={"Accept-Encoding": "identity"})
    with client.stream("GET", LONG, headers={"Accept-Encoding": "gzip"}) as packed:
        raw = b"".join(packed.iter_raw())
    assert "content-encoding" not in plain.headers
    assert packed.headers["content-encoding"] == "gzip"
    assert packed.headers["vary"] == "Accept-Encoding"
    assert gzip.decompress(raw) == plain.content
    assert len(raw) * 4 < len(plain.content)


def test_a_short_answer_and_a_sign_in_stay_plain(client: httpx.Client, server: LiveServer) -> None:
    """What fits into a packet is left alone, and so is every answer that holds a token."""
    short = client.get("/api/v1/instance", headers={"Accept-Encoding": "gzip"})
    entry = client.post(
        f"{server.url}/api/v1/auth/login",
        json={"username": ALICE.username, "password": "x" * 1000},
        headers={"Accept-Encoding": "gzip"},
    )
    assert "content-encoding" not in short.headers
    assert "content-encoding" not in entry.headers
