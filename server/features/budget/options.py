"""What a request asks for that its price depends on, and whether there is a bound for it at all."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final, Self

BOUNDED: Final = frozenset(
    {
        "cache_control",
        "inference_geo",
        "max_tokens",
        "messages",
        "metadata",
        "model",
        "output_config",
        "service_tier",
        "speed",
        "stop_sequences",
        "stream",
        "system",
        "thinking",
        "tool_choice",
        "tools",
    }
)
"""What a request may say. Anything else may cost what nobody has bounded."""

WEB_SEARCH: Final = "web_search_20250305"
"""The one tool of the provider's whose costs have a bound; later ones run code as well."""


class UnboundedError(ValueError):
    """The request uses something whose cost has no bound; the text names it."""


@dataclass(frozen=True, slots=True)
class Options:
    """How a request is made.

    `writes` says that it writes to the cache, `hour_writes` that it does so for an hour. `geo` is
    where it is to be computed, None where that is the account's choice. `searches` is the most web
    searches it may make.
    """

    fast: bool = False
    batch: bool = False
    geo: str | None = None
    writes: bool = False
    hour_writes: bool = False
    searches: int = 0

    @classmethod
    def of(cls, request: Mapping[str, Any]) -> Self:
        """Read them off a request. Raises UnboundedError."""
        if unknown := sorted(request.keys() - BOUNDED):
            raise UnboundedError(unknown[0])
        ttls = list(_cache_ttls(request))
        geo = request.get("inference_geo")
        return cls(
            fast=request.get("speed") == "fast",
            geo=geo if isinstance(geo, str) else None,
            writes=bool(ttls),
            hour_writes=any(ttl != "5m" for ttl in ttls),
            searches=sum(_searches(tool) for tool in request.get("tools") or ()),
        )

    @classmethod
    def from_stored(cls, stored: Mapping[str, Any]) -> Self:
        """Make them again from what `stored` returned."""
        return cls(**stored)

    def stored(self) -> dict[str, Any]:
        """Return them as they lie in the database."""
        return asdict(self)


def _searches(tool: Mapping[str, Any]) -> int:
    """How many searches a tool may make: 0 for one that we run ourselves."""
    kind = tool.get("type", "custom")
    if kind == "custom":
        return 0
    uses = tool.get("max_uses")
    if kind != WEB_SEARCH or not isinstance(uses, int) or uses < 1:
        raise UnboundedError(f"tools: {kind}")
    return uses


def _cache_ttls(value: object) -> "list[str]":
    """Return how long each thing that is to be cached is kept; "5m" where it does not say."""
    if isinstance(value, list | tuple):
        return [ttl for part in value for ttl in _cache_ttls(part)]
    if not isinstance(value, Mapping):
        return []
    found = []
    for name, part in value.items():
        if name != "cache_control":
            found += _cache_ttls(part)
        elif isinstance(part, Mapping):
            found.append(str(part.get("ttl") or "5m"))
    return found
