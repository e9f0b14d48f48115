"""Where a request came from, as far as it can be believed."""

from typing import Any

import httpx
import pytest
from sanic import HTTPResponse, Request
from sanic.response import json

from server.core.errors import StartError
from server.edge.visitor import Visitor, Visitors, normal_origin
from tests.inside import bare_app, inside

PROXY = "10.0.0.2"


async def seen(
    peer: str,
    *headers: tuple[str, str],
    trusted: tuple[str, ...] = (PROXY, "10.1.0.0/16"),
    url: str = "http://rasp.test/",
) -> dict[str, Any]:
    """Return what the server makes of a request from `peer` with these headers."""
    app = bare_app("visitor")
    visitors = Visitors(trusted)

    async def tell(request: Request) -> HTTPResponse:
        visitor = visitors.of(request)
        return json({name: getattr(visitor, name) for name in ("scheme", "address", "origin")})

    app.add_route(tell, "/")
    transport = httpx.ASGITransport(app, client=(peer, 4711))
    async with inside(app), httpx.AsyncClient(transport=transport) as client:
        answer = await client.get(url, headers=list(headers))
    body: dict[str, Any] = answer.json()
    return body


def visitor(host: str, address: str, scheme: Any = "http") -> Visitor:  # noqa: ANN401
    """Make a visitor."""
    return Visitor(scheme=scheme, host=host, address=address)


@pytest.mark.asyncio
async def test_a_stranger_is_not_believed() -> None:
    """Who is no trusted proxy is taken for what the connection shows."""
    told = await seen(
        "203.0.113.9", ("x-forwarded-for", "127.0.0.1"), ("x-forwarded-proto", "https")
    )
    assert told == {
        "scheme": "http",
        "address": "203.0.113.9",
        "origin": "http://rasp.test",
    }


@pytest.mark.asyncio
async def test_a_trusted_proxy_is_believed() -> None:
    """Its word on scheme and address counts."""
    told = await seen(PROXY, ("x-forwarded-for", "203.0.113.9"), ("x-forwarded-proto", "https"))
    assert told == {
        "scheme": "https",
        "address": "203.0.113.9",
        "origin": "https://rasp.test",
    }


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("chain", "address"),
    [
        ("1.2.3.4, 203.0.113.9", "203.0.113.9"),
        ("1.2.3.4, 203.0.113.9, 10.1.2.3", "203.0.113.9"),
        ("10.1.2.3", "10.1.2.3"),
        ("203.0.113.9, nonsense", PROXY),
        ("nonsense, 203.0.113.9", "203.0.113.9"),
        ("", PROXY),
        (" , ,", PROXY),
        ("2001:db8::1", "2001:db8::1"),
        ("::ffff:203.0.113.9", "203.0.113.9"),
    ],
)
async def test_the_chain_is_followed_as_far_as_it_is_trusted(chain: str, address: str) -> None:
    """What stands before the first address that is no proxy was written by a stranger."""
    assert (await seen(PROXY, ("x-forwarded-for", chain)))["address"] == address


@pytest.mark.asyncio
async def test_a_chain_in_several_lines_is_one_chain() -> None:
    """Header lines of one name count as one list, in their order."""
    lines = (("x-forwarded-for", "1.2.3.4"), ("x-forwarded-for", "203.0.113.9"))
    assert (await seen(PROXY, *lines))["address"] == "203.0.113.9"


@pytest.mark.asyncio
async def test_https_of_the_connection_itself_is_seen() -> None:
    """Without a proxy the connection's own TLS counts."""
    assert (await seen("203.0.113.9", url="https://rasp.test/"))["scheme"] == "https"


def test_a_proxy_that_is_no_address_stops_the_start() -> None:
    """A wrong setting is named with what is allowed."""
    with pytest.raises(StartError, match="trusted_proxies: 'caddy'"):
        Visitors(["127.0.0.1", "caddy"])


@pytest.mark.parametrize(
    ("host", "address", "loopback"),
    [
        ("localhost:8080", "127.0.0.1", True),
        ("localhost", "::1", True),
        ("127.0.0.1:8080", "127.0.0.1", True),
        ("[::1]:8080", "::1", True),
        ("[::1]", "127.0.0.3", True),
        ("rasp.localhost", "127.0.0.1", True),
        ("localhost:8080", "192.168.1.7", False),
        ("rasp.local", "127.0.0.1", False),
        ("192.168.1.2:8080", "192.168.1.7", False),
        ("localhost.evil.example", "127.0.0.1", False),
        ("", "127.0.0.1", False),
        ("localhost", "", False),
    ],
)
def test_loopback_has_both_ends_on_this_machine(host: str, address: str, loopback: bool) -> None:  # noqa: FBT001
    """The name alone could be written by anybody, the address alone could be a proxy's."""
    assert visitor(host, address).loopback is loopback
    assert visitor(host, address).private is loopback
    assert visitor(host, address, "https").private


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("203.0.113.9", "203.0.113.9"),
        ("2001:db8:1:2:aaaa::1", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:bbbb::2", "2001:db8:1:2::/64"),
        ("", ""),
    ],
)
def test_limits_count_an_ipv6_household_as_one(address: str, network: str) -> None:
    """IPv4 counts by address, IPv6 by its /64."""
    assert visitor("x", address).network == network


def test_an_origin_is_written_one_way() -> None:
    """Case and the scheme's own port make no other origin; another port does."""
    assert normal_origin("HTTPS://Rasp.Test:443") == "https://rasp.test"
    assert normal_origin("http://rasp.test:80") == "http://rasp.test"
    assert normal_origin("http://rasp.test:443") == "http://rasp.test:443"
    assert normal_origin("null") == "null://"
