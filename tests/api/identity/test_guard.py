"""Who is let through: cookies, CSRF, Bearer, expiry, sign-out."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import httpx
import pytest

from server.adapters.keys import ServerKey
from server.adapters.tokens import Access, AccessTokens
from tests.live import ONE_REQUEST, LiveServer
from tests.people import ALICE, BOB, browser, script

from .conftest import HOST, Door, cookie_header, cookies_of

OWN = {"origin": f"https://{HOST}"}


@pytest.fixture(scope="module")
def standing(server: LiveServer) -> dict[str, str]:
    """Sign Alice in once, for the tests that leave her session as it is."""
    with httpx.Client(
        base_url=server.url, timeout=10.0, limits=ONE_REQUEST, trust_env=False
    ) as client:
        return cookie_header(cookies_of(Door(server, client, "203.0.113.250").login()))


@pytest.fixture
def cookies(door: Door) -> dict[str, str]:
    """Sign Alice in, for a test that changes or ends her session."""
    return cookie_header(cookies_of(door.login()))


def csrf_of(door: Door, cookies: dict[str, str]) -> dict[str, str]:
    """Return the header with the session's CSRF token."""
    return {"x-csrf-token": door.request("GET", "/auth/me", cookies).json()["csrf"]}


def write(door: Door, headers: dict[str, str]) -> tuple[int, str | None]:
    """Change nothing, but by a write; return status and code."""
    door.client.cookies.clear()
    response = door.client.patch(
        "/api/v1/auth/me", json={}, headers=door.site("https").headers | headers
    )
    return response.status_code, response.json().get("code")


def write_raw(door: Door, method: str, headers: dict[str, str]) -> tuple[int, str]:
    """Send headers that need not be ASCII; return status and code."""
    door.client.cookies.clear()
    pairs = [(name.encode(), value.encode()) for name, value in headers.items()]
    response = door.client.request(method, "/api/v1/auth/me", json={}, headers=pairs)
    return response.status_code, response.json()["code"]


@pytest.mark.parametrize(
    "origin",
    [
        {"origin": f"https://{HOST}"},
        {"origin": f"https://{HOST}:443"},
        {"origin": f"HTTPS://{HOST.upper()}"},
        {"sec-fetch-site": "same-origin"},
        {"origin": f"https://{HOST}", "sec-fetch-site": "same-origin"},
    ],
)
def test_our_own_page_may_write(
    door: Door, standing: dict[str, str], origin: dict[str, str]
) -> None:
    """With our origin, as the browser says it, and the token a write goes through."""
    assert write(door, standing | csrf_of(door, standing) | origin) == (200, None)


@pytest.mark.parametrize(
    "origin",
    [
        {},
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"origin": ""},
        {"origin": f"http://{HOST}"},
        {"origin": f"https://{HOST}:8080"},
        {"origin": "https://localhost"},
        {"sec-fetch-site": "same-site"},
        {"sec-fetch-site": "none"},
        {"sec-fetch-site": "cross-site"},
        {"origin": f"https://{HOST}", "sec-fetch-site": "cross-site"},
        {"origin": "https://evil.example", "sec-fetch-site": "same-origin"},
    ],
)
def test_no_other_page_may_write(
    door: Door, standing: dict[str, str], origin: dict[str, str]
) -> None:
    """Even with the right token a write from elsewhere, or from nowhere, is refused."""
    assert write(door, standing | csrf_of(door, standing) | origin) == (403, "wrong_origin")


@pytest.mark.parametrize("token", [None, "", "x", "é", "A" * 43])
def test_a_write_needs_the_csrf_token(
    door: Door, standing: dict[str, str], token: str | None
) -> None:
    """Our own origin alone is not enough."""
    headers = {**standing, **OWN, **door.site("https").headers}
    if token is not None:
        headers["x-csrf-token"] = token
    assert write_raw(door, "PATCH", headers) == (403, "csrf")


def test_another_sessions_token_does_not_do(door: Door, standing: dict[str, str]) -> None:
    """The CSRF token belongs to one session, also between two of the same person."""
    other = door.login().json()["csrf"]
    assert write(door, standing | OWN | {"x-csrf-token": other}) == (403, "csrf")


def test_reading_needs_no_token(door: Door, standing: dict[str, str]) -> None:
    """A GET or HEAD with cookies alone is answered."""
    assert door.request("GET", "/auth/me", standing).status_code == 200


def test_bearer_needs_neither_origin_nor_token(door: Door) -> None:
    """A script writes with its token alone."""
    token = door.login().json()["token"]
    assert write(door, {"authorization": f"Bearer {token}"}) == (200, None)
    assert write(door, {"authorization": f"bearer   {token}"}) == (200, None)


@pytest.mark.parametrize("bearer", ["Bearer", "Bearer nonsense", "bearer é"])
def test_bearer_ignores_cookies(door: Door, standing: dict[str, str], bearer: str) -> None:
    """A bad Bearer token is never helped out by good cookies."""
    headers = {**standing, **door.site("https").headers, "authorization": bearer}
    assert write_raw(door, "GET", headers) == (401, "signed_out")


def test_a_proxys_basic_auth_does_not_hide_the_cookies(
    door: Door, standing: dict[str, str]
) -> None:
    """Who has a password before their proxy still signs in with cookies behind it."""
    headers = standing | {"authorization": "Basic YTpi"}
    assert door.request("GET", "/auth/me", headers).status_code == 200


@pytest.mark.parametrize("path", ["/auth/me", "/conversations"])
def test_nobody_is_signed_out(door: Door, path: str) -> None:
    """Without credentials everything but the door itself is 401."""
    response = door.request("GET", path, {})
    assert (response.status_code, response.json()["code"]) == (401, "signed_out")


def test_an_expired_token_asks_for_a_refresh(door: Door, server: LiveServer) -> None:
    """An old token of a living session is `token_expired`; a strange one is `signed_out`."""
    key = ServerKey(server.data)
    key.load()
    user = door.login().json()["user"]["id"]
    an_hour_ago = AccessTokens(key, 600, lambda: datetime.now(UTC) - timedelta(hours=1))
    now = AccessTokens(key, 600, lambda: datetime.now(UTC))
    access = Access(user, uuid4())
    codes = [
        door.request("GET", "/auth/me", {"authorization": f"Bearer {token}"}).json()["code"]
        for token in (an_hour_ago.issue(access), now.issue(access))
    ]
    assert codes == ["token_expired", "signed_out"]


def test_a_browser_that_lost_its_access_cookie_refreshes(door: Door) -> None:
    """With the refresh cookie alone the answer is `token_expired`, not `signed_out`."""
    cookies = cookies_of(door.login())
    refresh = {name: value for name, value in cookies.items() if name.endswith("refresh")}
    response = door.request("GET", "/auth/me", cookie_header(refresh))
    assert (response.status_code, response.json()["code"]) == (401, "token_expired")


def test_signing_out_counts_at_once(door: Door, cookies: dict[str, str]) -> None:
    """The cookies are dropped; kept ones open nothing any more, not even a refresh."""
    response = door.request("POST", "/auth/logout", cookies | csrf_of(door, cookies) | OWN)
    assert response.status_code == 204
    lines = response.headers.get_list("set-cookie")
    assert len(lines) == 3
    assert all("max-age=0" in line.lower() and "__Host-" in line for line in lines)
    for method, path in (("GET", "/auth/me"), ("POST", "/auth/refresh")):
        refused = door.request(method, path, cookies | OWN)
        assert (refused.status_code, refused.json()["code"]) == (401, "signed_out")


def test_a_refresh_rotates_and_needs_our_own_page(door: Door, cookies: dict[str, str]) -> None:
    """It needs no CSRF token but our origin; twice in a row it gives the same successor."""
    for origin in ({}, {"origin": "https://evil.example"}, {"sec-fetch-site": "cross-site"}):
        refused = door.request("POST", "/auth/refresh", cookies | origin)
        assert refused.json()["code"] == "wrong_origin"
    first, again = (door.request("POST", "/auth/refresh", cookies | OWN) for _ in range(2))
    assert first.status_code == again.status_code == 200
    assert set(first.json()) == {"token", "user", "csrf"}
    name = "__Host-claude-rasp-refresh"
    assert cookies_of(first)[name] == cookies_of(again)[name] not in cookies["cookie"]


def test_a_stolen_refresh_token_signs_both_out(door: Door, cookies: dict[str, str]) -> None:
    """The family ends when a used one comes back, for the thief and for the owner."""
    newest = cookies
    for _ in range(2):
        newest = cookie_header(cookies_of(door.request("POST", "/auth/refresh", newest | OWN)))
    for each in (cookies, newest):
        assert door.request("POST", "/auth/refresh", each | OWN).json()["code"] == "signed_out"
    assert door.request("GET", "/auth/me", newest).json()["code"] == "signed_out"


def test_bearer_does_not_refresh(door: Door, cookies: dict[str, str]) -> None:
    """A Bearer request has no cookies, so there is nothing to refresh."""
    token = door.login().json()["token"]
    headers = cookies | OWN | {"authorization": f"Bearer {token}"}
    assert door.request("POST", "/auth/refresh", headers).json()["code"] == "signed_out"


@pytest.mark.asyncio
async def test_the_cast_comes_in(server: LiveServer) -> None:
    """A browser and a script of the cast both read and write, each in its own way."""
    async with browser(server.url, ALICE) as alice, script(server.url, BOB) as bob:
        for client, name in ((alice, "Alice"), (bob, "Bob")):
            changed = await client.patch("/api/v1/auth/me", json={"theme": "dark"})
            assert changed.status_code == 200
            assert changed.json()["user"]["username"] == name
            assert changed.json()["user"]["theme"] == "dark"
