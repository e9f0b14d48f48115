"""A real server with everybody moved in, on both of the servers we support."""

import asyncio
import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field

import httpx
import pytest

from tests.live import ONE_REQUEST, SERVERS, LiveServer, serving
from tests.people import ALICE, Person, furnish

HOST = "rasp.home.arpa"
_addresses = itertools.count(1)


@dataclass(frozen=True)
class Site:
    """One way to reach the server: the headers a client and its proxy send there."""

    origin: str
    headers: dict[str, str] = field(default_factory=dict)


@dataclass
class Door:
    """The server as one visitor with an address of their own sees it."""

    server: LiveServer
    client: httpx.Client
    address: str

    def site(self, kind: str) -> Site:
        """Return how `loopback`, `https` (behind the proxy) or `network` (plain) is reached."""
        if kind == "loopback":
            return Site(self.server.url)
        forwarded = {"host": HOST, "x-forwarded-for": self.address, "x-forwarded-proto": "http"}
        if kind == "https":
            return Site(f"https://{HOST}", forwarded | {"x-forwarded-proto": "https"})
        return Site(f"http://{HOST}", forwarded)

    def login(self, kind: str = "https", person: Person = ALICE) -> httpx.Response:
        """Sign in there as our page does."""
        site = self.site(kind)
        return self.client.post(
            "/api/v1/auth/login",
            json={"username": person.username, "password": person.password},
            headers=site.headers | {"origin": site.origin},
        )

    def request(self, method: str, path: str, headers: dict[str, str]) -> httpx.Response:
        """Send exactly these headers over the HTTPS site; no cookie jar gets in between."""
        self.client.cookies.clear()
        return self.client.request(
            method, f"/api/v1{path}", headers=self.site("https").headers | headers
        )


@pytest.fixture(scope="module", params=SERVERS)
def server(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[LiveServer]:
    """Serve an instance with Alice, Bob and Charlie."""
    folder = tmp_path_factory.mktemp(request.param)
    asyncio.run(furnish(folder / "data"))
    settings = {"CLAUDE_RASP_SERVER_ALLOWED_HOSTS": HOST, "CLAUDE_RASP_LOG_LEVEL": "debug"}
    with serving(folder, request.param, **settings) as live:
        yield live


@pytest.fixture
def door(server: LiveServer) -> Iterator[Door]:
    """Come from an address of one's own, so that no test uses up another's attempts."""
    with httpx.Client(
        base_url=server.url, timeout=10.0, limits=ONE_REQUEST, trust_env=False
    ) as client:
        yield Door(server, client, f"203.0.113.{next(_addresses)}")


def cookies_of(response: httpx.Response) -> dict[str, str]:
    """Return the cookies an answer sets, by name."""
    pairs = (line.split(";", 1)[0] for line in response.headers.get_list("set-cookie"))
    return dict(pair.split("=", 1) for pair in pairs)


def cookie_header(cookies: dict[str, str]) -> dict[str, str]:
    """Return these cookies as a browser sends them."""
    return {"cookie": "; ".join(f"{name}={value}" for name, value in cookies.items())}
