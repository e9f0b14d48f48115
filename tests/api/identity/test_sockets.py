"""Sockets and sessions: who may open one, and when it ends.

On Sanic's own server only: under ASGI it cannot choose a close code or refuse an upgrade.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Subprotocol

from schema.wire.frames import SUBPROTOCOL
from tests.live import LiveServer
from tests.people import CHARLIE

from .conftest import Door, cookie_header, cookies_of

pytestmark = pytest.mark.parametrize("server", ["sanic"], indirect=True, scope="module")


def why(error: BaseException) -> int | None:
    """Return the close code, or the status of a refused upgrade."""
    if isinstance(error, InvalidStatus):
        return error.response.status_code
    if isinstance(error, ConnectionClosed) and error.rcvd is not None:
        return error.rcvd.code
    return None


@contextmanager
def opened(server: LiveServer, **headers: str) -> Iterator[ClientConnection]:
    """Open the socket with these headers and hear its welcome."""
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    with connect(
        server.websocket_url,
        additional_headers=sent,
        subprotocols=[Subprotocol(SUBPROTOCOL)],
        proxy=None,
    ) as socket:
        assert json.loads(socket.recv(5))["kind"] == "welcome"
        yield socket


@pytest.mark.parametrize("ending", ["logout", "password", "stolen"])
def test_revocation_closes_that_sessions_sockets(door: Door, ending: str) -> None:
    """Sign-out, a new password and a stolen token close the session's socket with 4401."""
    login = door.login("loopback", CHARLIE)
    cookies = cookie_header(cookies_of(login))
    own = {**cookies, "origin": door.server.url, "x-csrf-token": login.json()["csrf"]}
    with opened(door.server, cookie=cookies["cookie"], origin=door.server.url) as socket:
        end_session(door, own, ending)
        with pytest.raises(ConnectionClosed) as closed:
            socket.recv(5)
    assert why(closed.value) == 4401


def end_session(door: Door, headers: dict[str, str], ending: str) -> None:
    """End the session in this way."""
    door.client.cookies.clear()
    if ending == "logout":
        door.client.post("/api/v1/auth/logout", headers=headers).raise_for_status()
    elif ending == "password":
        same = {"current_password": CHARLIE.password, "new_password": CHARLIE.password}
        changed = door.client.put("/api/v1/auth/password", json=same, headers=headers)
        changed.raise_for_status()
    else:
        newest = headers
        for _ in range(2):
            response = door.client.post("/api/v1/auth/refresh", headers=newest)
            newest = headers | cookie_header(cookies_of(response))
            door.client.cookies.clear()
        assert door.client.post("/api/v1/auth/refresh", headers=headers).status_code == 401


@pytest.mark.parametrize("origin", [None, "https://evil.example", "null"])
def test_another_page_opens_no_socket(door: Door, origin: str | None) -> None:
    """With cookies a socket needs our own Origin; what comes back says why it ended."""
    cookies = cookie_header(cookies_of(door.login("loopback")))
    sent = cookies if origin is None else {**cookies, "origin": origin}
    with (
        pytest.raises((ConnectionClosed, InvalidStatus)) as refused,
        opened(door.server, **sent),
    ):
        pass
    assert why(refused.value) in (403, 4403)


def test_a_script_opens_a_socket_without_origin(door: Door) -> None:
    """Bearer needs no Origin, and a strange one does not matter either."""
    token = door.login("loopback").json()["token"]
    with opened(door.server, authorization=f"Bearer {token}"):
        pass
    with opened(door.server, authorization=f"Bearer {token}", origin="https://evil.example"):
        pass
