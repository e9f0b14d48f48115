"""Coming in: sign-in, cookies, HTTPS, what a stranger is told."""

import json
from dataclasses import replace

import httpx
import pytest

from tests.live import LiveServer
from tests.people import ALICE, BOB, Person

from .conftest import HOST, Door, cookies_of


def test_anybody_may_know_what_this_is(door: Door) -> None:
    """The instance tells its name and that no real Claude is called, and no more."""
    assert door.client.get("/api/v1/instance").json() == {
        "name": "claude-rasp",
        "version": "0.1.0",
        "protocol": 1,
        "setup_needed": False,
        "simulator": True,
        "language": "en",
    }


def test_signing_in_answers_the_token_the_person_and_csrf(door: Door) -> None:
    """The answer is the whole Session; the access token works as Bearer at once."""
    body = door.login().json()
    assert set(body) == {"token", "user", "csrf"}
    assert (body["user"]["username"], body["user"]["role"]) == ("Alice", "admin")
    me = door.request("GET", "/auth/me", {"authorization": f"Bearer {body['token']}"})
    assert me.json() == {"user": body["user"], "csrf": body["csrf"]}


@pytest.mark.parametrize(
    ("kind", "prefix", "secure"), [("https", "__Host-", True), ("loopback", "", False)]
)
def test_the_cookies(door: Door, kind: str, prefix: str, secure: bool) -> None:  # noqa: FBT001
    """Tokens are HttpOnly, the mark is not; all are Strict on /, over HTTPS __Host- and Secure."""
    lines = door.login(kind).headers.get_list("set-cookie")
    assert [line.split("=", 1)[0] for line in lines] == [
        f"{prefix}claude-rasp-access",
        f"{prefix}claude-rasp-refresh",
        f"{prefix}claude-rasp-here",
    ]
    for line in lines:
        flags = {flag.strip().lower() for flag in line.split(";")[1:]}
        wanted = {"path=/", "samesite=strict", "max-age=2592000"}
        wanted |= {"secure"} if secure else set()
        assert flags == (wanted if "-here=" in line else wanted | {"httponly"})
    assert lines[-1].startswith(f"{prefix}claude-rasp-here=1;")


def test_plain_http_from_the_network_does_not_sign_in(door: Door) -> None:
    """A password is not taken where anybody can listen, and no cookie is set."""
    response = door.login("network")
    assert (response.status_code, response.json()["code"]) == (403, "https_required")
    assert cookies_of(response) == {}
    setup = door.client.post(
        "/api/v1/setup",
        json={"token": "x", "username": "Mallory", "password": "mallory-wants-in"},
        headers=door.site("network").headers,
    )
    assert setup.json()["code"] == "https_required"


def test_cookies_are_not_read_over_plain_http_from_the_network(door: Door) -> None:
    """What came in over HTTPS does not count without it, under neither name."""
    cookies = cookies_of(door.login())
    plain = {name.removeprefix("__Host-"): value for name, value in cookies.items()}
    both = "; ".join(f"{name}={value}" for name, value in (cookies | plain).items())
    headers = door.site("network").headers | {"cookie": both}
    assert door.client.get("/api/v1/auth/me", headers=headers).json()["code"] == "signed_out"


def test_a_client_cannot_claim_https_through_an_untrusted_chain(door: Door) -> None:
    """Only the nearest proxy's word counts, not what the client wrote before it."""
    headers = door.site("network").headers | {"x-forwarded-proto": "https, http"}
    response = door.client.post(
        "/api/v1/auth/login",
        json={"username": "Alice", "password": ALICE.password},
        headers=headers,
    )
    assert response.json()["code"] == "https_required"


def test_a_script_signs_in_without_origin(door: Door) -> None:
    """Who is no browser sends neither Origin nor Sec-Fetch-Site and gets its token."""
    credentials = {"username": BOB.username, "password": BOB.password}
    assert door.client.post("/api/v1/auth/login", json=credentials).status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"origin": f"http://{HOST}"},
        {"origin": f"https://{HOST}:8443"},
        {"origin": f"https://{HOST}.evil.example"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"origin": f"https://{HOST}", "sec-fetch-site": "cross-site"},
    ],
)
def test_another_site_cannot_sign_anybody_in(door: Door, headers: dict[str, str]) -> None:
    """A page of a stranger cannot put a victim into an account of its own."""
    response = door.client.post(
        "/api/v1/auth/login",
        json={"username": "Alice", "password": ALICE.password},
        headers=door.site("https").headers | headers,
    )
    assert (response.status_code, response.json()["code"]) == (403, "wrong_origin")
    assert cookies_of(response) == {}


def test_unknown_name_and_wrong_password_are_one_answer(door: Door) -> None:
    """Not a byte tells which of the two it was."""
    bodies = {
        door.login(person=person).text
        for person in (replace(ALICE, password="wrong"), Person("Nobody", "wrong"))
    }
    (body,) = bodies
    assert json.loads(body)["code"] == "bad_credentials"
    assert json.loads(body)["status"] == 401


def test_too_many_attempts_say_when_to_try_again(door: Door) -> None:
    """The sixth is 429 with the seconds in body and header; another address still gets in."""
    for _ in range(5):
        assert door.login(person=replace(BOB, password="wrong")).status_code == 401
    refused = door.login(person=BOB)
    assert (refused.status_code, refused.json()["code"]) == (429, "too_many_attempts")
    assert 1 <= refused.json()["retry_after_seconds"] <= 15
    assert refused.headers["retry-after"] == str(refused.json()["retry_after_seconds"])
    assert Door(door.server, door.client, "2001:db8:1::1").login(person=BOB).status_code == 200


def test_all_addresses_of_one_ipv6_household_are_one(door: Door) -> None:
    """Moving about in its own /64 gives nobody more attempts."""
    for number in range(5):
        door.address = f"2001:db8:7:7::{number:x}"
        assert door.login(person=replace(BOB, password="wrong")).status_code == 401
    door.address = "2001:db8:7:7:ffff::1"
    assert door.login(person=BOB).status_code == 429
    door.address = "2001:db8:7:8::1"
    assert door.login(person=BOB).status_code == 200


@pytest.mark.parametrize(
    "body",
    [
        b'{"username":"Alice","pasword":"hunter2-typo"}',
        b'{"username":"Alice","password":["hunter2-list"]}',
        b'{"username":"Alice","password":"hunter2-open',
        b'"hunter2-text"',
        b'{"username":"Alice","password":"hunter2-\\ud800"}',
        b'{"username":"' + b"hunter2" * 50 + b'","password":"x"}',
    ],
)
def test_a_bad_body_is_told_and_never_repeated(door: Door, server: LiveServer, body: bytes) -> None:
    """Whatever is wrong, it is 400 or 422, and no part of it is in the answer or the log."""
    response = door.client.post(
        "/api/v1/auth/login", content=body, headers={"content-type": "application/json"}
    )
    assert response.status_code in (400, 422)
    assert "hunter2" not in response.text
    assert "hunter2" not in server.log_text()
    assert "hunter2" not in "\n".join(server.said)


def test_the_log_holds_no_secret(door: Door, server: LiveServer) -> None:
    """After sign-ins, good and bad, there is neither a password nor a token in it."""
    good = door.login()
    door.login(person=Person("a-name-typed-by-a-stranger", "a-password-typed-by-a-stranger"))
    text = server.log_text()
    body = good.json()
    refresh = cookies_of(good)["__Host-claude-rasp-refresh"]
    secrets = [ALICE.password, body["token"], body["csrf"], refresh]
    for secret in (*secrets, "typed-by-a-stranger"):
        assert secret not in text
    events = [entry for entry in server.log() if entry["event"] == "sign_in_failed"]
    assert events[-1]["address"] == door.address
    assert events[-1]["user"] is None


def test_setting_up_again_is_refused(door: Door) -> None:
    """Where there is an administrator no token opens set-up, and nobody is made."""
    site = door.site("https")
    response: httpx.Response = door.client.post(
        "/api/v1/setup",
        json={"token": "x", "username": "Mallory", "password": "mallory-wants-in"},
        headers=site.headers | {"origin": site.origin},
    )
    assert (response.status_code, response.json()["code"]) == (409, "already_set_up")
