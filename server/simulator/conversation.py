"""The rules for a conversation: who speaks first, nothing empty, every tool call answered."""

from collections.abc import Iterable
from itertools import pairwise

from server.simulator.ask import Json, Turn
from server.simulator.errors import invalid

_OLD_VERSION = "2023-06-01"
_MOST_BREAKPOINTS = 4


def check_turns(turns: list[Turn], version: str) -> None:
    """`ApiError` 400 for the first rule the conversation breaks."""
    if turns[0].role != "user":
        raise invalid('messages: first message must use the "user" role')
    for index, turn in enumerate(turns):
        _check_not_empty(index, turn, last=index == len(turns) - 1)
        _check_end(index, turn)
        if version != _OLD_VERSION:
            _check_new_version(index, turn)
    _check_results_have_uses(turns)
    _check_uses_have_results(turns)


def check_breakpoints(controls: list[Json]) -> None:
    """At most four cache breakpoints, and the longer-lived ones first."""
    if len(controls) > _MOST_BREAKPOINTS:
        raise invalid(
            f"A maximum of 4 blocks with cache_control may be provided. Found {len(controls)}."
        )
    for control in controls:
        if control.get("type") != "ephemeral" or control.get("ttl", "5m") not in {"5m", "1h"}:
            raise invalid("cache_control.ephemeral.ttl: Input should be '5m' or '1h'")
    for earlier, later in pairwise(controls):
        if earlier.get("ttl", "5m") == "5m" and later.get("ttl") == "1h":
            raise invalid(
                "a ttl='1h' cache_control block must not come after a ttl='5m' cache_control block."
            )


def _check_not_empty(index: int, turn: Turn, *, last: bool) -> None:
    if not turn.blocks and not (last and turn.role == "assistant"):
        raise invalid(
            f"messages.{index}: all messages must have non-empty content except for the optional"
            " final assistant message"
        )
    for block in turn.of_type("text"):
        if not block["text"]:
            raise invalid("messages: text content blocks must be non-empty")
        if not block["text"].strip():
            raise invalid("messages: text content blocks must contain non-whitespace text")


def _check_end(index: int, turn: Turn) -> None:
    kind = turn.blocks[-1].get("type") if turn.blocks else None
    if turn.role == "assistant" and kind in {"thinking", "redacted_thinking"}:
        raise invalid(
            f"messages.{index}: The final block in an assistant message cannot be `{kind}`."
        )


def _check_new_version(index: int, turn: Turn) -> None:
    if turn.role == "assistant" and any(turn.of_type("document")):
        raise invalid(f"messages.{index}: `document` blocks are not allowed in assistant messages")
    if turn.role == "user" and any(block.get("citations") for block in turn.of_type("text")):
        raise invalid(f"messages.{index}: `citations` are not allowed on user text blocks")


def _check_results_have_uses(turns: list[Turn]) -> None:
    for index, turn in enumerate(turns):
        known = _ids(turns[index - 1].of_type("tool_use"), "id") if index else []
        for at, block in enumerate(turn.blocks):
            if block.get("type") == "tool_result" and block.get("tool_use_id") not in known:
                raise invalid(
                    f"messages.{index}.content.{at}: unexpected `tool_use_id` found in"
                    f" `tool_result` blocks: {block.get('tool_use_id')}. Each `tool_result` block"
                    " must have a corresponding `tool_use` block in the previous message."
                )


def _check_uses_have_results(turns: list[Turn]) -> None:
    for index, turn in enumerate(turns):
        following = turns[index + 1].of_type("tool_result") if index + 1 < len(turns) else ()
        answered = _ids(following, "tool_use_id")
        missing = [use for use in _ids(turn.of_type("tool_use"), "id") if use not in answered]
        if missing:
            raise invalid(
                f"messages.{index}: `tool_use` ids were found without `tool_result` blocks"
                f" immediately after: {', '.join(missing)}. Each `tool_use` block must have a"
                " corresponding `tool_result` block in the next message."
            )


def _ids(found: Iterable[Json], key: str) -> list[str]:
    return [str(block.get(key)) for block in found]
