"""The cast of every test, and how they come in.

Alice runs the instance, Bob is a member, Charlie is an outsider: he has an account too, but nothing
of Alice's or Bob's is his.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from uuid import UUID

import httpx

import schema
from schema.wire.identity import Language, Role, Session
from server.adapters.keys import ServerKey
from server.adapters.passwords import Passwords
from server.core.clock import system_clock
from server.edge.attempts import Attempts
from server.features.identity.service import About, Identity, Tools
from server.settings.model import IdentitySettings
from server.store import Database
from tests.live import ONE_REQUEST

IDENTITY_SETTINGS: Final = IdentitySettings(
    admin_user=None,
    admin_password=None,
    access_token_seconds=600,
    session_days=30,
    session_max_days=180,
)
MIGRATIONS: Final = Path(schema.__file__).parent / "migrations"
REQUEST_SECONDS: Final = 10.0


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody with an account."""

    username: str
    password: str
    role: Role = "standard"
    language: Language = "en"


ALICE: Final = Person("Alice", "alice-keeps-the-keys", role="admin", language="fr")
BOB: Final = Person("Bob", "bob-bakes-good-bread")
CHARLIE: Final = Person("Charlie", "charlie-looks-around")
EVERYBODY: Final = (ALICE, BOB, CHARLIE)


def cheap_passwords() -> Passwords:
    """Argon2id at its cheapest, for servers under test that sign many people in."""
    return Passwords(time_cost=1, memory_kib=8)


async def move_in(identity: Identity, *people: Person) -> None:
    """Give these people (all of them by default) their accounts; the identity must be open."""
    for person in people or EVERYBODY:
        if person.role == "admin":
            await identity.ensure_first_administrator(person.username, person.password)
        else:
            await identity.add_user(person.username, person.password, person.role, person.language)


async def furnish(data: Path, *people: Person) -> None:
    """Give these people (all of them by default) accounts in a data folder nobody serves yet."""
    database = Database(data, MIGRATIONS)
    tools = Tools(ServerKey(data), cheap_passwords(), Attempts(), system_clock)
    about = About(name="Test", language="en", simulator=True)
    identity = Identity(database, IDENTITY_SETTINGS, about, tools, _no_sockets)
    await database.open()
    try:
        await identity.open()
        await move_in(identity, *people)
    finally:
        identity.close()
        await database.close()


async def _no_sockets(_: UUID) -> None:
    """Nobody is connected where nobody serves."""


@asynccontextmanager
async def browser(
    base_url: str,
    person: Person | None = None,
    transport: httpx.AsyncBaseTransport | None = None,
) -> AsyncIterator[httpx.AsyncClient]:
    """Open a client that behaves like our page in a browser, signed in as `person`.

    It keeps cookies, says its Origin, and sends the CSRF token once somebody is signed in.
    """
    headers = {"origin": base_url, "sec-fetch-site": "same-origin"}
    async with httpx.AsyncClient(
        base_url=base_url,
        headers=headers,
        transport=transport,
        timeout=REQUEST_SECONDS,
        limits=ONE_REQUEST,
    ) as client:
        if person is not None:
            await sign_in(client, person)
        yield client


@asynccontextmanager
async def script(
    base_url: str, person: Person, transport: httpx.AsyncBaseTransport | None = None
) -> AsyncIterator[httpx.AsyncClient]:
    """Open a client that behaves like a script: a Bearer token, no cookies, no Origin."""
    async with httpx.AsyncClient(
        base_url=base_url, transport=transport, timeout=REQUEST_SECONDS, limits=ONE_REQUEST
    ) as client:
        session = await sign_in(client, person)
        client.cookies.clear()
        del client.headers["x-csrf-token"]
        client.headers["authorization"] = f"Bearer {session.token}"
        yield client


async def sign_in(client: httpx.AsyncClient, person: Person) -> Session:
    """Sign in through the door everybody uses; the client sends the CSRF token from then on."""
    credentials = {"username": person.username, "password": person.password}
    response = await client.post("/api/v1/auth/login", json=credentials)
    response.raise_for_status()
    session = Session.model_validate_json(response.content)
    client.headers["x-csrf-token"] = session.csrf
    return session
