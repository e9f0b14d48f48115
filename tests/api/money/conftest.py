"""An instance's money over its real routes, with everybody moved in."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Final
from uuid import UUID

import httpx
import pytest
import pytest_asyncio

from server.adapters.keys import ServerKey
from server.core.clock import system_clock
from server.edge import problems
from server.edge.attempts import Attempts
from server.edge.guard import Guard
from server.edge.request import App
from server.edge.visitor import Visitors
from server.features.budget import routes
from server.features.identity import routes as identity_routes
from server.features.identity.service import About, Identity, Tools
from server.settings import Settings, load_settings
from server.store import Database
from tests.inside import bare_app, inside
from tests.people import (
    EVERYBODY,
    IDENTITY_SETTINGS,
    MIGRATIONS,
    cheap_passwords,
    move_in,
    script,
)

from .bank import Bank

SITE: Final = "http://localhost"


@pytest.fixture(scope="session")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Return the settings of an instance where nobody has set any."""
    return load_settings({}, tmp_path_factory.mktemp("unset"))


@pytest_asyncio.fixture
async def bank(tmp_path: Path, settings: Settings) -> AsyncIterator[Bank]:
    """Open an instance of real money, 2 € a day and 20 € a month, with Alice, Bob and Charlie."""
    async with AsyncExitStack() as stack:
        database = Database(tmp_path, MIGRATIONS)
        await database.open()
        stack.push_async_callback(database.close)
        identity = _identity(tmp_path, database)
        stack.callback(identity.close)
        await identity.open()
        await move_in(identity)
        bank = Bank(tmp_path, settings.budget, database)
        await bank.money.open()
        stack.push_async_callback(bank.money.close)
        app = _app(settings, identity, bank)
        await stack.enter_async_context(inside(app))
        for person in EVERYBODY:
            client = await stack.enter_async_context(script(SITE, person, httpx.ASGITransport(app)))
            bank.clients[person.username] = client
            me = (await client.get("/api/v1/auth/me")).json()
            bank.ids[person.username] = UUID(me["user"]["id"])
        yield bank


def _identity(folder: Path, database: Database) -> Identity:
    tools = Tools(ServerKey(folder), cheap_passwords(), Attempts(), system_clock)
    about = About(name="Test", language="fr", simulator=False)
    return Identity(database, IDENTITY_SETTINGS, about, tools, _no_sockets)


def _app(settings: Settings, identity: Identity, bank: Bank) -> App:
    app = bare_app(f"bank-{id(bank)}")
    problems.install(app)
    app.ctx.settings = settings
    app.ctx.guard = Guard(identity.sessions, Visitors(()))
    app.blueprint(identity_routes.blueprint(identity))
    app.blueprint(routes.blueprint(bank.money.monitor))
    return app


async def _no_sockets(_: UUID) -> None:
    """Nobody is connected."""
