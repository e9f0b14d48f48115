"""`!sim …`: what a question may ask of the simulator itself; the package lists them."""

import re
from dataclasses import dataclass, field, replace
from typing import Any

from server.simulator.errors import ApiError, invalid, overloaded

_DIRECTIVE = re.compile(
    r"!sim[ \t]+(?P<name>tool[ \t]+[\w.:/-]+|[\w.=-]+)(?P<options>(?:[ \t]+\w+=[^\s=]+)*)"
)
_MID_STREAM = frozenset({"cut", "truncate", "error", "stall"})
_SWITCHES: dict[str, dict[str, Any]] = {
    "fast": {"pace": 0.0},
    "pause": {"pause": True},
    "thinking": {"thinking": True},
}
_MOST_WORDS = 100_000
_RETRY_SECONDS = 2


@dataclass(frozen=True)
class Fault:
    """What breaks an answer: `cut`, `truncate`, `error` or `stall`, after that many deltas."""

    kind: str
    after: int


@dataclass(frozen=True)
class Directives:
    """The question without its directives, and what these ask for."""

    question: str
    refused: ApiError | None = None
    fault: Fault | None = None
    first_seconds: float | None = None
    refusal_after: int | None = None
    pause: bool = False
    words: int | None = None
    pace: float | None = None
    thinking: bool = False
    tool: str | None = None
    tool_rounds: int = 1


@dataclass(frozen=True)
class _Options:
    directive: str
    given: dict[str, str] = field(default_factory=dict)

    def number(self, name: str, default: float) -> float:
        value = self.given.get(name, str(default))
        if not re.fullmatch(r"\d{1,9}(\.\d{1,6})?", value):
            raise invalid(f"!sim {self.directive}: {name} must be a number, not {value}")
        return float(value)

    def whole(self, name: str, default: int) -> int:
        return int(self.number(name, default))


def parse(text: str) -> Directives:
    """The directives of a text; `ApiError` 400 for one that is not known."""
    return also(Directives(question=_DIRECTIVE.sub("", text).strip()), text)


def also(found: Directives, text: str) -> Directives:
    """The same question with the directives of that text added."""
    for match in _DIRECTIVE.finditer(text):
        options = dict(pair.split("=", 1) for pair in match["options"].split())
        found = _apply(found, match["name"], options)
    return found


def lasting(found: Directives) -> Directives:
    """What still holds once the answer is under way (a tool's result came back): no new fault."""
    return replace(found, refused=None, fault=None, first_seconds=None, refusal_after=None)


def _apply(found: Directives, name: str, given: dict[str, str]) -> Directives:
    if "=" in name:  # `!sim pace=2`: an option that is a directive of its own
        name, value = name.split("=", 1)
        given = {**given, name: value}
    options = _Options(name, given)
    if name in _MID_STREAM:
        return replace(found, fault=Fault(name, options.whole("after", 0)))
    if name.startswith("tool"):
        return _apply_tool(found, name, options)
    if name in {"slow", "refusal", "long", "pace"}:
        return _apply_figure(found, name, options)
    if name in _SWITCHES:
        return replace(found, **_SWITCHES[name])
    return replace(found, refused=_error(name, options))


def _apply_tool(found: Directives, name: str, options: _Options) -> Directives:
    words = name.split()
    if len(words) != 2:  # noqa: PLR2004 - "tool" and its name
        raise invalid("!sim tool: the name of a tool must follow")
    return replace(found, tool=words[1], tool_rounds=options.whole("times", 1))


def _apply_figure(found: Directives, name: str, options: _Options) -> Directives:
    if name == "slow":
        return replace(found, first_seconds=options.number("first", 5))
    if name == "refusal":
        return replace(found, refusal_after=options.whole("after", 0))
    if name == "pace":
        return replace(found, pace=options.number("pace", 1))
    return replace(found, words=min(options.whole("words", 2_000), _MOST_WORDS))


def _error(name: str, options: _Options) -> ApiError:
    if name == "429":
        retry_after = str(options.whole("retry", _RETRY_SECONDS))
        return ApiError(
            429,
            "rate_limit_error",
            "This request would exceed your account's rate limit. Please try again later.",
            headers={"retry-after": retry_after},
        )
    if name == "529":
        return overloaded()
    if name in _ERRORS:
        status, kind, message, code = _ERRORS[name]
        return ApiError(status, kind, message, {"error_code": code} if code else None)
    raise invalid(f"!sim {name}: no such directive")


_ERRORS: dict[str, tuple[int, str, str, str | None]] = {
    "429-spend": (
        429,
        "rate_limit_error",
        (
            "You have reached your monthly API spend limit. Access resumes at 00:00 UTC on the"
            " first day of next month."
        ),
        "enforced_spend_limit_reached",
    ),
    "500": (500, "api_error", "Internal server error", None),
    "401": (401, "authentication_error", "invalid x-api-key", None),
    "403": (
        403,
        "permission_error",
        "Your API key does not have permission to use the specified resource.",
        None,
    ),
    "400-credit": (
        400,
        "invalid_request_error",
        (
            "Your credit balance is too low to access the Anthropic API. Please go to Plans &"
            " Billing to upgrade or purchase credits."
        ),
        None,
    ),
}
