"""The first administrator of a real server."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from re import compile as pattern

import httpx
import pytest

from tests.live import LiveServer, refused_start, serving
from tests.people import ALICE, BOB, browser

LINK = pattern(r"/setup#([\w-]{32})\b")


def set_up(server: LiveServer, token: str, username: str) -> httpx.Response:
    """Open set-up with this token as our page does."""
    body = {"token": token, "username": username, "password": ALICE.password, "language": "fr"}
    return httpx.post(
        f"{server.url}/api/v1/setup",
        json=body,
        headers={"origin": server.url},
        timeout=10.0,
        trust_env=False,
    )


def setup_needed(server: LiveServer) -> bool:
    """Return what the page asks first."""
    instance = httpx.get(f"{server.url}/api/v1/instance", timeout=10.0, trust_env=False)
    return bool(instance.json()["setup_needed"])


@pytest.mark.asyncio
async def test_the_printed_link_makes_exactly_one_administrator(tmp_path: Path) -> None:
    """Of eight people with the link one gets in, with cookies; the next start asks no more."""
    with serving(tmp_path) as server:
        token = server.await_line(LINK)
        assert setup_needed(server)
        assert set_up(server, "a-guess", "Mallory").json()["code"] == "setup_token"
        with ThreadPoolExecutor(8) as threads:
            answers = list(
                threads.map(lambda number: set_up(server, token, f"Admin {number}"), range(8))
            )
        (won,) = [answer for answer in answers if answer.status_code == 201]
        lost = [answer.json()["code"] for answer in answers if answer is not won]
        assert lost == ["already_set_up"] * 7
        assert len(won.headers.get_list("set-cookie")) == 3
        assert won.json()["user"]["role"] == "admin"
        assert won.json()["user"]["language"] == "fr"
        assert not setup_needed(server)
        assert token not in server.log_text()
    with serving(tmp_path) as server:
        assert not setup_needed(server)
        assert not any(LINK.search(line) for line in server.said)


@pytest.mark.asyncio
async def test_the_settings_make_the_administrator(tmp_path: Path) -> None:
    """With name and password in the environment Alice signs in at once; later ones count not."""
    named = {
        "CLAUDE_RASP_ADMIN_USER": ALICE.username,
        "CLAUDE_RASP_ADMIN_PASSWORD": ALICE.password,
    }
    with serving(tmp_path, **named) as server:
        assert not setup_needed(server)
        async with browser(server.url, ALICE) as alice:
            assert (await alice.get("/api/v1/auth/me")).json()["user"]["role"] == "admin"
        assert ALICE.password not in server.log_text()
    named["CLAUDE_RASP_ADMIN_PASSWORD"] = BOB.password
    with serving(tmp_path, **named) as server:
        async with browser(server.url, ALICE):
            pass


@pytest.mark.asyncio
async def test_a_new_password_signs_every_other_device_out(tmp_path: Path) -> None:
    """The tablet is out at once, this browser goes on with its new cookies and token."""
    named = {
        "CLAUDE_RASP_ADMIN_USER": ALICE.username,
        "CLAUDE_RASP_ADMIN_PASSWORD": ALICE.password,
    }
    with serving(tmp_path, **named) as server:
        async with browser(server.url, ALICE) as phone, browser(server.url, ALICE) as tablet:
            change = {"current_password": ALICE.password, "new_password": "a-new-password"}
            changed = await phone.put("/api/v1/auth/password", json=change)
            assert changed.status_code == 200
            assert (await tablet.get("/api/v1/auth/me")).json()["code"] == "signed_out"
            phone.headers["x-csrf-token"] = changed.json()["csrf"]
            assert (await phone.patch("/api/v1/auth/me", json={})).status_code == 200


def test_a_short_password_in_the_settings_stops_the_start(tmp_path: Path) -> None:
    """One line names the setting and what is allowed, and does not repeat the password."""
    refusal = refused_start(
        tmp_path, CLAUDE_RASP_ADMIN_USER="Alice", CLAUDE_RASP_ADMIN_PASSWORD="hunter2"
    )
    assert refusal.code != 0
    assert "CLAUDE_RASP_ADMIN_PASSWORD has 7 characters: 10 to 256 are allowed" in refusal.said
    assert "hunter2" not in refusal.said
    assert "Traceback" not in refusal.said
