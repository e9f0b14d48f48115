"""The models the simulator knows: what each accepts, as `GET /v1/models` tells it.

Dates that Anthropic's list did not give us are the epoch, as the API itself does for a release
date it does not know. A retired model stays in the list and answers 404.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from server.simulator.errors import invalid, not_found

UNKNOWN_DATE = "1970-01-01T00:00:00Z"
EFFORTS = ("low", "medium", "high", "xhigh", "max")
LINES = ("haiku", "sonnet", "opus", "fable", "mythos")


@dataclass(frozen=True)
class Model:
    """One model; `minimum_cache_tokens` is the shortest prefix it caches."""

    id: str
    created_at: str = UNKNOWN_DATE
    aliases: tuple[str, ...] = ()
    max_input_tokens: int = 1_000_000
    max_tokens: int = 128_000
    minimum_cache_tokens: int = 512
    thinking: frozenset[str] = frozenset({"adaptive"})
    efforts: tuple[str, ...] = EFFORTS
    forced_tools: bool = True
    fast: bool = False
    geography: bool = True
    thinking_details: bool = True
    deprecated_at: str | None = None
    retires_at: str | None = None
    retired: bool = False

    @property
    def lifecycle(self) -> str:
        """`active`, `deprecated` or `retired`."""
        if self.retired:
            return "retired"
        return "deprecated" if self.retires_at else "active"

    @property
    def line(self) -> str:
        """The family, such as `opus`."""
        return next(line for line in LINES if line in self.id)

    @property
    def name(self) -> str:
        """`claude-opus-4-5-20251101` → `Claude Opus 4.5`."""
        version = [part for part in self.id.split("-")[2:] if len(part) < 8]  # noqa: PLR2004 - a date
        return f"Claude {self.line.capitalize()} {'.'.join(version).capitalize()}"


_ALWAYS_THINKING = Model("", forced_tools=False)
_GENERATION_5 = Model("", thinking=frozenset({"adaptive", "disabled"}))
_GENERATION_4_6 = Model(
    "",
    thinking=frozenset({"adaptive", "enabled", "disabled"}),
    efforts=("low", "medium", "high", "max"),
    thinking_details=False,
)
_GENERATION_4 = Model(
    "",
    max_input_tokens=200_000,
    max_tokens=64_000,
    minimum_cache_tokens=1_024,
    thinking=frozenset({"enabled", "disabled"}),
    efforts=(),
    geography=False,
    thinking_details=False,
)

MODELS: tuple[Model, ...] = (
    replace(_ALWAYS_THINKING, id="claude-opus-5-5", fast=True),
    replace(
        _ALWAYS_THINKING, id="claude-sonnet-5-5", thinking=frozenset({"adaptive", "between_tools"})
    ),
    replace(_GENERATION_5, id="claude-haiku-5-5", forced_tools=False),
    replace(_ALWAYS_THINKING, id="claude-fable-5-2", fast=True),
    replace(_ALWAYS_THINKING, id="claude-mythos-5-2", fast=True),
    replace(_ALWAYS_THINKING, id="claude-fable-5-1"),
    replace(_ALWAYS_THINKING, id="claude-mythos-5-1"),
    replace(_GENERATION_5, id="claude-opus-5", created_at="2026-07-24T00:00:00Z", fast=True),
    replace(
        _GENERATION_5,
        id="claude-sonnet-5",
        created_at="2026-06-29T00:00:00Z",
        minimum_cache_tokens=1_024,
    ),
    replace(_GENERATION_5, id="claude-fable-5", created_at="2026-06-07T00:00:00Z"),
    replace(_GENERATION_5, id="claude-mythos-5"),
    replace(
        _GENERATION_5,
        id="claude-opus-4-8",
        created_at="2026-05-28T00:00:00Z",
        minimum_cache_tokens=1_024,
        fast=True,
    ),
    replace(
        _GENERATION_5,
        id="claude-opus-4-7",
        created_at="2026-04-14T00:00:00Z",
        aliases=("claude-opus-4-7-20260416",),
        minimum_cache_tokens=2_048,
        thinking_details=False,
    ),
    replace(
        _GENERATION_4_6,
        id="claude-sonnet-4-6",
        created_at="2026-02-17T00:00:00Z",
        minimum_cache_tokens=1_024,
    ),
    replace(
        _GENERATION_4_6,
        id="claude-opus-4-6",
        created_at="2026-02-04T00:00:00Z",
        aliases=("claude-opus-4-6-20260205",),
        minimum_cache_tokens=4_096,
    ),
    replace(
        _GENERATION_4,
        id="claude-opus-4-5-20251101",
        created_at="2025-11-24T00:00:00Z",
        aliases=("claude-opus-4-5",),
        minimum_cache_tokens=4_096,
        efforts=("low", "medium", "high"),
    ),
    replace(
        _GENERATION_4,
        id="claude-haiku-4-5-20251001",
        created_at="2025-10-15T00:00:00Z",
        aliases=("claude-haiku-4-5",),
        minimum_cache_tokens=4_096,
        thinking_details=True,
    ),
    replace(
        _GENERATION_4,
        id="claude-sonnet-4-5-20250929",
        created_at="2025-09-29T00:00:00Z",
        aliases=("claude-sonnet-4-5",),
        max_input_tokens=1_000_000,
        deprecated_at=UNKNOWN_DATE,
        retires_at="2026-11-30T00:00:00Z",
    ),
    replace(
        _GENERATION_4,
        id="claude-opus-4-1-20250805",
        created_at="2025-08-05T00:00:00Z",
        aliases=("claude-opus-4-1",),
        max_tokens=32_000,
    ),
    replace(
        _GENERATION_4,
        id="claude-sonnet-4-20250514",
        aliases=("claude-sonnet-4-0",),
        retires_at="2026-06-15T00:00:00Z",
        deprecated_at=UNKNOWN_DATE,
        retired=True,
    ),
    replace(
        _GENERATION_4,
        id="claude-opus-4-20250514",
        aliases=("claude-opus-4-0",),
        max_tokens=32_000,
        retires_at="2026-06-15T00:00:00Z",
        deprecated_at=UNKNOWN_DATE,
        retired=True,
    ),
    replace(
        _GENERATION_5,
        id="claude-mythos-preview",
        retires_at="2026-06-30T00:00:00Z",
        deprecated_at=UNKNOWN_DATE,
        retired=True,
    ),
)

_BY_NAME = {name: model for model in MODELS for name in (model.id, *model.aliases)}


def find(name: str) -> Model:
    """The model of that id or alias, retired ones too; 404 otherwise."""
    if name not in _BY_NAME:
        raise not_found(f"model: {name}")
    return _BY_NAME[name]


def callable_model(name: str) -> Model:
    """The model of that id or alias that still answers; 404 otherwise."""
    model = find(name)
    if model.retired:
        raise not_found(f"model: {name}")
    return model


def page(query: dict[str, str]) -> dict[str, Any]:
    """One page of the list, as `limit`, `after_id` and `before_id` ask (20 by default)."""
    ids = [model.id for model in MODELS]
    start, end = 0, len(ids)
    limit = query.get("limit", "20")
    if not limit.isdecimal() or not 1 <= int(limit) <= 1000:  # noqa: PLR2004 - the API's bounds
        raise invalid("limit: Input should be between 1 and 1000")
    if "after_id" in query:
        start = _position(ids, query["after_id"]) + 1
    if "before_id" in query:
        end = _position(ids, query["before_id"])
        start = max(start, end - int(limit))
    chosen = MODELS[start:end][: int(limit)]
    return {
        "data": [describe(model) for model in chosen],
        "has_more": start > 0 if "before_id" in query else start + len(chosen) < end,
        "first_id": chosen[0].id if chosen else None,
        "last_id": chosen[-1].id if chosen else None,
    }


def describe(model: Model) -> dict[str, Any]:
    """The model as the API tells it."""
    return {
        "type": "model",
        "id": model.id,
        "display_name": model.name,
        "created_at": model.created_at,
        "lifecycle": model.lifecycle,
        "deprecated_at": model.deprecated_at,
        "retires_at": model.retires_at,
        "line": model.line,
        "max_input_tokens": model.max_input_tokens,
        "max_tokens": model.max_tokens,
        "capabilities": _capabilities(model),
    }


def _capabilities(model: Model) -> dict[str, Any]:
    return {
        **_supported(("batch", "citations"), yes=True),
        **_supported(("code_execution",), yes=bool(model.efforts)),
        "context_management": {
            "supported": True,
            **_supported(("clear_tool_uses_20250919", "clear_thinking_20251015"), yes=True),
            **_supported(("compact_20260112",), yes="adaptive" in model.thinking),
        },
        "effort": {
            "supported": bool(model.efforts),
            **{level: {"supported": level in model.efforts} for level in EFFORTS},
        },
        **_supported(("image_input", "pdf_input", "structured_outputs"), yes=True),
        "server_tools": {
            "supported": True,
            **_supported(("code_execution", "web_search"), yes=True),
        },
        "thinking": {
            "supported": True,
            "types": {
                kind: {"supported": kind in model.thinking}
                for kind in ("adaptive", "between_tools", "disabled", "enabled")
            },
        },
    }


def _supported(names: Iterable[str], *, yes: bool) -> dict[str, dict[str, bool]]:
    return {name: {"supported": yes} for name in names}


def _position(ids: list[str], name: str) -> int:
    if name not in ids:
        raise invalid(f"Invalid cursor: {name}")
    return ids.index(name)
