"""Where a request came from, as far as it can be believed."""

from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Final, Literal

from sanic import Request

from server.core.errors import StartError

IPV6_HOME_BITS: Final = 64
"""One household or machine has a /64 of its own and changes addresses in it at will."""

DEFAULT_PORTS: Final = {"http": ":80", "https": ":443"}

Address = IPv4Address | IPv6Address


@dataclass(frozen=True, slots=True)
class Visitor:
    """The scheme and host the client used, and the client's address ("" where it has none)."""

    scheme: Literal["http", "https"]
    host: str
    address: str

    @property
    def origin(self) -> str:
        """Our own origin, as a browser on this address writes it."""
        return normal_origin(f"{self.scheme}://{self.host}")

    @property
    def network(self) -> str:
        """The address that counts for limits: an IPv6 client's /64, else the address itself."""
        address = _parse(self.address)
        if isinstance(address, IPv6Address):
            return str(ip_network((int(address), IPV6_HOME_BITS), strict=False))
        return self.address

    @property
    def loopback(self) -> bool:
        """Whether nothing of this left the machine: both ends are it."""
        address = _parse(self.address)
        return address is not None and address.is_loopback and _is_loopback_name(self.host)

    @property
    def private(self) -> bool:
        """Whether a secret may travel: over HTTPS, or not over a network at all."""
        return self.scheme == "https" or self.loopback


class Visitors:
    """Tells visitors apart; believes X-Forwarded-For and -Proto of the trusted proxies only.

    Raises StartError for a proxy that is neither an address nor a network.
    """

    def __init__(self, trusted_proxies: Sequence[str]) -> None:
        try:
            self._trusted = [ip_network(proxy, strict=False) for proxy in trusted_proxies]
        except ValueError as error:
            raise StartError(
                f"trusted_proxies: {error}. Allowed are addresses and networks, such as 10.0.0.2 "
                "or 10.0.0.0/24."
            ) from error

    def of(self, request: Request) -> Visitor:
        """Return who sent this request."""
        scheme, address = _connection(request)
        if self._trusts(address):
            scheme = self._forwarded_scheme(request, scheme)
            address = self._forwarded_address(request, address)
        return Visitor(
            scheme="https" if scheme == "https" else "http",
            host=request.headers.get("host", "").lower(),
            address=str(address or ""),
        )

    def _trusts(self, address: Address | None) -> bool:
        return address is not None and any(address in network for network in self._trusted)

    @staticmethod
    def _forwarded_scheme(request: Request, otherwise: str) -> str:
        """Return what the nearest proxy says; an earlier entry came from a stranger."""
        entries = _entries(request, "x-forwarded-proto")
        return entries[-1].lower() if entries else otherwise

    def _forwarded_address(self, request: Request, address: Address | None) -> Address | None:
        """Go back along the chain as far as it consists of trusted proxies."""
        for entry in reversed(_entries(request, "x-forwarded-for")):
            if not self._trusts(address) or (previous := _parse(entry)) is None:
                break
            address = previous
        return address


def normal_origin(origin: str) -> str:
    """Write an origin the one way: lower case, without its scheme's own port."""
    scheme, _, host = origin.lower().partition("://")
    return f"{scheme}://{host.removesuffix(DEFAULT_PORTS.get(scheme, ''))}"


def _connection(request: Request) -> tuple[str, Address | None]:
    """Return the scheme and the peer of the connection itself, on either server."""
    transport = request.transport
    try:
        peer = transport.get_extra_info("peername")
    except ValueError:  # uvloop's word for a client that has left
        peer = None
    host = peer[0] if isinstance(peer, tuple | list) and peer else ""
    return "https" if transport.get_extra_info("sslcontext") else "http", _parse(str(host))


def _entries(request: Request, header: str) -> list[str]:
    lines = ",".join(request.headers.getall(header, []))
    return [entry.strip() for entry in lines.split(",") if entry.strip()]


def _parse(text: str) -> Address | None:
    try:
        address = ip_address(text)
    except ValueError:
        return None
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        return address.ipv4_mapped  # a socket of both families shows IPv4 as ::ffff:192.0.2.1
    return address


def _is_loopback_name(host: str) -> bool:
    name = host if host.endswith("]") else host.rsplit(":", 1)[0]
    address = _parse(name.strip("[]"))
    if address is not None:
        return address.is_loopback
    return name == "localhost" or name.endswith(".localhost")
