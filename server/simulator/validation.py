"""What the real API refuses, in its own words, before any token is spent."""

import json
from typing import Any

from server.simulator.ask import Ask, Json, Turn, blocks
from server.simulator.conversation import check_turns
from server.simulator.errors import invalid
from server.simulator.models import Model, callable_model

VERSIONS = ("2023-06-01", "2026-10-21")
_KNOWN = (
    "model messages max_tokens cache_control container diagnostics inference_geo metadata"
    " output_config service_tier speed stop_sequences stream system temperature thinking"
    " tool_choice tools top_k top_p user_profile_id workspace_id"
    # beta
    " billing_policy compaction context_management fallback_credit_token fallbacks mcp_servers"
    " output_format thread"
)
_SAMPLING = ("temperature", "top_p", "top_k")
_LEAST_BUDGET = 1024
_TYPES: dict[str, tuple[type, str]] = {
    "stream": (bool, "Input should be a valid boolean"),
    "thinking": (dict, "Input should be a valid dictionary"),
    "tool_choice": (dict, "Input should be a valid dictionary"),
    "output_config": (dict, "Input should be a valid dictionary"),
    "cache_control": (dict, "Input should be a valid dictionary"),
    "tools": (list, "Input should be a valid array"),
    "stop_sequences": (list, "Input should be a valid array"),
}


def read(body: bytes, version: str, *, counting: bool = False) -> Ask:
    """The request as an `Ask`; `ApiError` 400 or 404 with what is wrong."""
    raw = _decode(body)
    _check_fields(raw, version)
    model = callable_model(_required_text(raw, "model"))
    max_tokens = 0 if counting else _max_tokens(raw, model)
    ask = Ask(
        model=model,
        turns=_turns(raw),
        max_tokens=max_tokens,
        stream=raw.get("stream") or False,
        system=blocks(raw.get("system") or []),
        tools=raw.get("tools") or [],
        tool_choice=raw.get("tool_choice") or {},
        thinking=raw.get("thinking") or {},
        stop_sequences=raw.get("stop_sequences") or [],
        cache_control=raw.get("cache_control"),
        effort=(raw.get("output_config") or {}).get("effort"),
        speed=raw.get("speed"),
        inference_geo=raw.get("inference_geo"),
    )
    check_turns(ask.turns, version)
    _check_model_takes(ask, counting=counting)
    _check_tools(ask)
    return ask


def _decode(body: bytes) -> Json:
    try:
        raw = json.loads(body)
        json.dumps(raw, ensure_ascii=False).encode()  # a lone surrogate is no text
    except (ValueError, RecursionError) as error:
        raise invalid("The request body is not valid JSON") from error
    if not isinstance(raw, dict):
        raise invalid("Input should be a valid dictionary")
    return raw


def _check_fields(raw: Json, version: str) -> None:
    known = _KNOWN.split()
    for name in raw:
        if name not in known:
            raise invalid(f"{name}: Extra inputs are not permitted")
    sampling = [] if version == VERSIONS[0] else [n for n in _SAMPLING if raw.get(n) is not None]
    if sampling:
        raise invalid(f"{sampling[0]}: not supported in API version {version}")
    for name, (kind, message) in _TYPES.items():
        if raw.get(name) is not None and not isinstance(raw[name], kind):
            raise invalid(f"{name}: {message}")
    if not isinstance(raw.get("system") or [], str | list):
        raise invalid("system: Input should be a valid array")


def _required_text(raw: Json, name: str) -> str:
    value = _required(raw, name)
    if not isinstance(value, str):
        raise invalid(f"{name}: Input should be a valid string")
    return value


def _required(raw: Json, name: str) -> Any:  # noqa: ANN401 - any JSON
    if raw.get(name) is None:
        raise invalid(f"{name}: Field required")
    return raw[name]


def _max_tokens(raw: Json, model: Model) -> int:
    value = _required(raw, "max_tokens")
    if not isinstance(value, int) or isinstance(value, bool):
        raise invalid("max_tokens: Input should be a valid integer")
    if value < 1:
        raise invalid("max_tokens: Input should be greater than or equal to 1")
    if value > model.max_tokens:
        raise invalid(
            f"max_tokens: {value} > {model.max_tokens}, which is the maximum allowed number of"
            f" output tokens for {model.id}"
        )
    return value


def _turns(raw: Json) -> list[Turn]:
    messages = _required(raw, "messages")
    if not isinstance(messages, list):
        raise invalid("messages: Input should be a valid array")
    if not messages:
        raise invalid("messages: at least one message is required")
    return [_turn(index, message) for index, message in enumerate(messages)]


def _turn(index: int, message: Any) -> Turn:  # noqa: ANN401 - any JSON
    where = f"messages.{index}"
    if not isinstance(message, dict):
        raise invalid(f"{where}: Input should be a valid dictionary")
    if message.get("role") not in {"user", "assistant", "system"}:
        raise invalid(f"{where}.role: Input should be 'user' or 'assistant'")
    content = message.get("content")
    if content is None:
        raise invalid(f"{where}.content: Field required")
    if not isinstance(content, str | list):
        raise invalid(f"{where}.content: Input should be a valid array")
    return Turn(message["role"], [_block(where, at, b) for at, b in enumerate(blocks(content))])


def _block(where: str, at: int, block: Any) -> Json:  # noqa: ANN401 - any JSON
    if not isinstance(block, dict) or not isinstance(block.get("type"), str):
        raise invalid(f"{where}.content.{at}.type: Field required")
    if block["type"] == "text" and not isinstance(block.get("text"), str):
        raise invalid(f"{where}.content.{at}.text.text: Field required")
    return block


def _check_model_takes(ask: Ask, *, counting: bool) -> None:
    kind = ask.thinking.get("type")
    if kind is not None and kind not in ask.model.thinking:
        raise invalid(_thinking_refused(kind))
    if kind == "enabled":
        _check_budget(ask.thinking.get("budget_tokens"), None if counting else ask.max_tokens)
    if ask.effort is not None and ask.effort not in ask.model.efforts:
        levels = ", ".join(sorted(ask.model.efforts)) or "none"
        raise invalid(
            f"This model does not support effort level '{ask.effort}'. Supported levels: {levels}."
        )
    if ask.speed == "fast" and not ask.model.fast:
        raise invalid("speed: fast mode is not supported for this model.")


def _thinking_refused(kind: str) -> str:
    if kind == "enabled":
        return (
            '"thinking.type.enabled" is not supported for this model. Use'
            ' "thinking.type.adaptive" and "output_config.effort" to control thinking behavior.'
        )
    if kind == "adaptive":
        return "adaptive thinking is not supported on this model"
    return f'"thinking.type.{kind}" is not supported for this model.'


def _check_budget(budget: object, max_tokens: int | None) -> None:
    if not isinstance(budget, int):
        raise invalid("thinking.enabled.budget_tokens: Field required")
    if budget < _LEAST_BUDGET:
        raise invalid(
            "thinking.enabled.budget_tokens: Input should be greater than or equal to 1024"
        )
    if max_tokens is not None and budget >= max_tokens:
        raise invalid("`max_tokens` must be greater than `thinking.budget_tokens`.")


def _check_tools(ask: Ask) -> None:
    names = [tool.get("name") for tool in ask.tools]
    if len(set(names)) != len(names):
        raise invalid("tools: Tool names must be unique.")
    forced = ask.tool_choice.get("type")
    if forced not in {"any", "tool"}:
        return
    if not ask.tools:
        raise invalid("tool_choice may only be specified while providing tools.")
    if forced == "tool" and ask.tool_choice.get("name") not in names:
        raise invalid(f"Tool '{ask.tool_choice.get('name')}' not found in provided tools")
    if not ask.model.forced_tools:
        raise invalid("tool_choice: forced tool use is not supported for this model.")
    if ask.thinking.get("type") in {"enabled", "adaptive"}:
        raise invalid("Thinking may not be enabled when tool_choice forces tool use.")
