"""What is refused before anything is answered."""

from typing import Any

import httpx2
import pytest
from anthropic import BadRequestError

from server.simulator.serve import Simulator

from .asking import WEATHER, Person, user

pytestmark = pytest.mark.asyncio
NEW = {"authorization": "Bearer k", "anthropic-version": "2026-10-21"}
OLD = {"x-api-key": "k", "anthropic-version": "2023-06-01"}
FINE = {"model": "claude-sonnet-4-6", "max_tokens": 50, "messages": [user("Hi")]}
CALL = {"type": "tool_use", "id": "toolu_1", "name": "t", "input": {}}
THOUGHT = {"type": "thinking", "thinking": "Hm.", "signature": "c2ln"}
RESULT = {"type": "tool_result", "tool_use_id": "toolu_1", "content": "ok"}


def said(role: str, *content: dict[str, Any]) -> dict[str, Any]:
    """A message of blocks."""
    return {"role": role, "content": list(content)}


async def post(
    simulator: Simulator, body: object, headers: dict[str, str], path: str = "/v1/messages"
) -> httpx2.Response:
    """A request as no SDK would make it."""
    async with httpx2.AsyncClient(base_url=simulator.base_url, timeout=10) as http:
        sent = {"content": body} if isinstance(body, bytes) else {"json": body}
        return await http.post(path, headers=headers, **sent)


@pytest.mark.parametrize("headers", [NEW, OLD])
async def test_both_versions_and_both_ways_to_bring_a_key(
    simulator: Simulator, headers: dict[str, str]
) -> None:
    """A Bearer and an x-api-key are both a key, in either version."""
    assert (await post(simulator, FINE, headers)).status_code == 200


@pytest.mark.parametrize(
    ("headers", "status", "kind"),
    [
        ({"anthropic-version": "2026-10-21"}, 401, "authentication_error"),
        ({"authorization": "Basic k", "anthropic-version": "2026-10-21"}, 401, None),
        ({"x-api-key": "k"}, 400, "invalid_request_error"),
        ({"x-api-key": "k", "anthropic-version": "2020-01-01"}, 400, None),
    ],
)
async def test_no_key_or_no_version(
    simulator: Simulator, headers: dict[str, str], status: int, kind: str | None
) -> None:
    """A key and a known version are required, on every path."""
    response = await post(simulator, FINE, headers)
    assert response.status_code == status
    assert kind is None or response.json()["error"]["type"] == kind


@pytest.mark.parametrize("name", ["temperature", "top_p", "top_k"])
async def test_sampling_belongs_to_the_old_version(simulator: Simulator, name: str) -> None:
    """2026-10-21 refuses sampling parameters, even at their defaults; 2023-06-01 takes them."""
    refused = await post(simulator, {**FINE, name: 1}, NEW)
    assert refused.status_code == 400
    assert name in refused.json()["error"]["message"]
    assert (await post(simulator, {**FINE, name: 1}, OLD)).status_code == 200


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"max_tokens": None}, "max_tokens: Field required"),
        ({"max_tokens": 0}, "greater than or equal to 1"),
        ({"max_tokens": "ten"}, "valid integer"),
        ({"max_tokens": 10**9}, "maximum allowed number of output tokens"),
        ({"messages": []}, "at least one message is required"),
        ({"messages": "Hi"}, "valid array"),
        ({"messages": ["Hi"]}, "valid dictionary"),
        ({"messages": [said("assistant", CALL)]}, "first message must use"),
        (
            {"messages": [user("Hi"), said("assistant", THOUGHT), user("And?")]},
            "final block in an assistant message cannot be",
        ),
        ({"messages": [{"role": "robot", "content": "Hi"}]}, "role"),
        ({"messages": [{"role": "user"}]}, "content: Field required"),
        ({"messages": [user("")]}, "non-empty"),
        ({"messages": [user("  \n")]}, "non-whitespace"),
        ({"messages": [user([])]}, "non-empty content"),
        ({"messages": [user([{"text": "Hi"}])]}, "type: Field required"),
        ({"messages": [user("Hi"), said("assistant", CALL)]}, "without `tool_result` blocks"),
        ({"messages": [user("Hi"), said("assistant", CALL), user("so?")]}, "toolu_1"),
        ({"messages": [user([RESULT])]}, "unexpected `tool_use_id`"),
        ({"model": None}, "model: Field required"),
        ({"stream": "yes"}, "valid boolean"),
        ({"tools": {}}, "valid array"),
        ({"colour": "blue"}, "colour: Extra inputs are not permitted"),
        ({"output_config": {"effort": "xhigh"}}, "Supported levels: high, low, max, medium"),
        ({"speed": "fast"}, "fast mode"),
        ({"tools": [WEATHER, WEATHER]}, "unique"),
        ({"tool_choice": {"type": "any"}}, "while providing tools"),
        ({"tools": [WEATHER], "tool_choice": {"type": "tool", "name": "x"}}, "not found"),
        (
            {"tools": [WEATHER], "tool_choice": {"type": "any"}, "thinking": {"type": "adaptive"}},
            "Thinking may not be enabled",
        ),
        (
            {
                "model": "claude-opus-5-5",
                "tools": [WEATHER],
                "tool_choice": {"type": "any"},
            },
            "forced tool use",
        ),
    ],
)
async def test_a_wrong_request_is_named(
    simulator: Simulator, change: dict[str, Any], words: str
) -> None:
    """Every wrong request is a 400 whose message says what is wrong."""
    body = {key: value for key, value in {**FINE, **change}.items() if value is not None}
    response = await post(simulator, body, NEW)
    error = response.json()
    assert response.status_code == 400
    assert error["type"] == "error"
    assert error["error"]["type"] == "invalid_request_error"
    assert words in error["error"]["message"]
    assert error["request_id"] == response.headers["request-id"]


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'"x"', b'{"model": "\\ud800"}', b"[" * 99_999])
async def test_a_body_that_is_no_request(simulator: Simulator, body: bytes) -> None:
    """Broken JSON, JSON of another kind and broken text are a 400, never a broken connection."""
    assert (await post(simulator, body, NEW)).status_code == 400


async def test_what_the_new_version_forbids_in_messages(simulator: Simulator) -> None:
    """Documents from the assistant and citations from the user are refused from 2026-10-21 on."""
    source = {"type": "text", "media_type": "text/plain", "data": "x"}
    document = [user("Hi"), said("assistant", {"type": "document", "source": source}), user("So?")]
    cited = [user([{"type": "text", "text": "Hi", "citations": [{"type": "char_location"}]}])]
    for messages in (document, cited):
        assert (await post(simulator, {**FINE, "messages": messages}, NEW)).status_code == 400
        assert (await post(simulator, {**FINE, "messages": messages}, OLD)).status_code == 200


async def test_breakpoints_have_rules(person: Person) -> None:
    """At most four breakpoints, and one hour never after five minutes."""
    block = {"type": "text", "text": "Hi", "cache_control": {"type": "ephemeral"}}
    hour = {**block, "cache_control": {"type": "ephemeral", "ttl": "1h"}}
    with pytest.raises(BadRequestError, match="maximum of 4"):
        await person.asks("", messages=[user([block] * 5)])
    with pytest.raises(BadRequestError, match="must not come after"):
        await person.asks("", messages=[user([block, hour])])


async def test_a_prompt_beyond_the_window(person: Person) -> None:
    """More than the model can read is a 400 with both figures."""
    with pytest.raises(BadRequestError, match=r"prompt is too long: \d+ tokens > 200000 maximum"):
        await person.asks("word " * 200_001, model="claude-haiku-4-5")


@pytest.mark.parametrize("model", ["claude-does-not-exist", "claude-opus-4-0"])
async def test_a_model_that_does_not_answer(simulator: Simulator, model: str) -> None:
    """An unknown or retired model is a 404 that names it."""
    response = await post(simulator, {**FINE, "model": model}, NEW)
    assert response.status_code == 404
    assert response.json()["error"] == {"type": "not_found_error", "message": f"model: {model}"}


async def test_a_path_that_is_none(simulator: Simulator) -> None:
    """Anything else is a 404 in the API's shape."""
    response = await post(simulator, {}, NEW, "/v1/complete")
    assert (response.status_code, response.json()["error"]["type"]) == (404, "not_found_error")
