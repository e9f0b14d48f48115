"""From the stored tree to the messages of a request that the API accepts."""

from collections.abc import Iterable
from typing import Any

Block = dict[str, Any]

THINKING = ("thinking", "redacted_thinking")
"""What a message of Claude's may not end with."""

NO_RESULT = "This tool call was not carried out."


def api_messages(path: Iterable[tuple[str, list[Block]]]) -> list[dict[str, Any]]:
    """Return the `messages` for a path of (role, blocks), oldest first, ending with the question.

    Signed thinking, tool calls and their results go back untouched and in order. What the API
    would refuse is mended: a call without a result gets one that says so; empty text, thinking that
    broke off before its signature, and thinking that nothing followed are left out.
    """
    messages: list[dict[str, Any]] = []
    open_calls: list[str] = []
    for role, blocks in path:
        if role == "user":
            _add(messages, "user", [*_no_results(open_calls), *_usable(blocks)])
            open_calls = []
            continue
        for block in _usable(blocks):
            if block.get("type") == "tool_result":
                _add(messages, "user", [block])
                open_calls = [call for call in open_calls if call != block.get("tool_use_id")]
                continue
            if open_calls and messages[-1]["role"] == "user":  # some of several have a result
                messages[-1]["content"].extend(_no_results(open_calls))
                open_calls = []
            _add(messages, "assistant", [block])
            if block.get("type") == "tool_use":
                open_calls.append(block["id"])
    return messages


def _add(messages: list[dict[str, Any]], role: str, blocks: list[Block]) -> None:
    """Append blocks, to the last message if it has the same role."""
    if not blocks:
        return
    if messages and messages[-1]["role"] == role:
        messages[-1]["content"].extend(blocks)
    else:
        messages.append({"role": role, "content": list(blocks)})


def _no_results(calls: list[str]) -> list[Block]:
    return [
        {"type": "tool_result", "tool_use_id": call, "is_error": True, "content": NO_RESULT}
        for call in calls
    ]


def _usable(blocks: list[Block]) -> list[Block]:
    results = {block.get("tool_use_id") for block in blocks if "tool_use_id" in block}
    usable = [block for block in blocks if _is_usable(block, results)]
    while usable and usable[-1].get("type") in THINKING:
        usable.pop()
    return usable


def _is_usable(block: Block, results: set[Any]) -> bool:
    match block.get("type"):
        case "text":
            return bool(str(block.get("text") or "").strip())
        case "thinking":
            return bool(block.get("signature"))
        case "server_tool_use" | "mcp_tool_use":
            return block.get("id") in results
        case "fallback":  # says which model answered; the API does not take it back
            return False
        case _:
            return True
