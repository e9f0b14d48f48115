"""What the contract tests share: a real server, on both of the servers we support."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import cache
from pathlib import Path

import httpx
import pytest

from tests.live import ONE_REQUEST, SERVERS, LiveServer, ServerKind, serving
from tests.people import furnish

from .chatting import Home


@pytest.fixture(scope="module", params=SERVERS)
def server(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[LiveServer]:
    """A fresh instance on Sanic's own server, then on hypercorn."""
    folder: Path = tmp_path_factory.mktemp(request.param)
    with serving(folder, request.param) as live:
        yield live


@pytest.fixture(scope="session")
def homes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[ServerKind], Home]]:
    """Serve a home with Alice, Bob and Charlie on the wanted server, each started once."""
    with ExitStack() as open_homes:

        @cache
        def home(kind: ServerKind) -> Home:
            folder = tmp_path_factory.mktemp(f"home-{kind}")
            asyncio.run(furnish(folder / "data"))
            return Home(open_homes.enter_context(serving(folder, kind)))

        yield home


@pytest.fixture(params=SERVERS)
def home(request: pytest.FixtureRequest, homes: Callable[[ServerKind], Home]) -> Home:
    """Come to the home on Sanic's own server, then to that on hypercorn."""
    return homes(request.param)


@pytest.fixture
def client(server: LiveServer) -> Iterator[httpx.Client]:
    """An HTTP client of that instance, which speaks English."""
    with httpx.Client(
        base_url=server.url,
        headers={"Accept-Language": "en"},
        timeout=10.0,
        limits=ONE_REQUEST,
        trust_env=False,
    ) as client:
        yield client
