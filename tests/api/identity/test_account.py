"""One's own account over HTTP: the e-mail address."""

from collections.abc import Iterator

import pytest

from .conftest import Door

ADDRESS = "bob.o'baker+alerts@mail.example-bakery.org"


@pytest.fixture
def me(door: Door) -> Iterator[Door]:
    """Sign a script of Alice's in; her address is gone afterwards."""
    door.client.headers["authorization"] = f"Bearer {door.login().json()['token']}"
    door.client.cookies.clear()
    yield door
    assert change(door, "") == (200, None)


def change(door: Door, email: object) -> tuple[int, object]:
    """Set the address; return the status, and the address (or the code of the refusal)."""
    response = door.client.patch("/api/v1/auth/me", json={"email": email})
    body = response.json()
    return response.status_code, body["user"]["email"] if response.is_success else body["code"]


def test_an_address_is_set_kept_and_taken_away(me: Door) -> None:
    """What is absent stays, also beside another change; an empty one goes."""
    assert me.client.get("/api/v1/auth/me").json()["user"]["email"] is None
    assert change(me, ADDRESS) == (200, ADDRESS)
    themed = me.client.patch("/api/v1/auth/me", json={"theme": "dark", "email": None})
    assert themed.json()["user"]["email"] == ADDRESS
    assert me.login().json()["user"]["email"] == ADDRESS
    me.client.cookies.clear()
    assert change(me, "") == (200, None)
    assert me.client.get("/api/v1/auth/me").json()["user"]["email"] is None


@pytest.mark.parametrize(
    "email",
    [
        "alice",
        "@example.org",
        "alice@",
        "alice@-example.org",
        "alice@example..org",
        "alice@example.org, eve@evil.example",
        "Alice <alice@example.org>",
        "alice@example.org\r\nBcc: eve@evil.example",
        "alice@example.org\n",
        " alice@example.org",
        "al ice@example.org",
        '"al@ice"@example.org',
        "alicé@example.org",
        "a" * 65 + "@example.org",
        "alice@" + "example." * 31 + "org",
        7,
        ["alice@example.org"],
    ],
)
def test_what_is_no_address_is_refused(me: Door, email: object) -> None:
    """Nothing that a mail server or a header could take for more than one plain address."""
    assert change(me, email) == (422, "invalid")
