"""What goes wrong on request."""

import asyncio
from collections.abc import AsyncIterable
from typing import Any

import httpx2
import pytest
from anthropic import APIStatusError, AsyncAnthropic, BadRequestError
from anthropic.types import RawMessageStreamEvent

from server.simulator.serve import Simulator

from .asking import Heard, Person, text_of, user

pytestmark = pytest.mark.asyncio


def error_of(caught: pytest.ExceptionInfo[APIStatusError]) -> dict[str, Any]:
    """The error inside the body, whose shape is the API's."""
    body: Any = caught.value.body
    assert body["type"] == "error"
    assert body["request_id"] == caught.value.response.headers["request-id"]
    error: dict[str, Any] = body["error"]
    return error


async def _note_kinds(stream: AsyncIterable[RawMessageStreamEvent], kinds: list[str]) -> None:
    async for event in stream:
        kinds.append(event.type)  # noqa: PERF401 - what came before it broke must stay


@pytest.mark.parametrize("streamed", [True, False])
@pytest.mark.parametrize(
    ("directive", "status", "kind", "retry_after"),
    [
        ("429", 429, "rate_limit_error", "2"),
        ("429 retry=30", 429, "rate_limit_error", "30"),
        ("429-spend", 429, "rate_limit_error", None),
        ("529", 529, "overloaded_error", None),
        ("500", 500, "api_error", None),
        ("401", 401, "authentication_error", None),
        ("403", 403, "permission_error", None),
        ("400-credit", 400, "invalid_request_error", None),
    ],
)
async def test_a_refused_request(
    person: Person,
    directive: str,
    status: int,
    kind: str,
    retry_after: str | None,
    streamed: bool,  # noqa: FBT001
) -> None:
    """Each has its status, its type and, only where waiting helps, retry-after."""
    ask = person.hears if streamed else person.asks
    with pytest.raises(APIStatusError) as caught:
        await ask(f"Tell me about rivers !sim {directive}")
    assert caught.value.status_code == status
    assert error_of(caught)["type"] == kind
    assert caught.value.response.headers.get("retry-after") == retry_after


async def test_the_spend_limit_says_which_limit(person: Person) -> None:
    """The monthly limit is told apart by its code."""
    with pytest.raises(APIStatusError) as caught:
        await person.asks("!sim 429-spend")
    assert error_of(caught)["details"] == {"error_code": "enforced_spend_limit_reached"}


async def test_a_polite_end_without_an_end(person: Person, simulator: Simulator) -> None:
    """`truncate` raises nothing: the text so far, and no stop_reason."""
    heard: Heard = await person.hears("Tell me about rivers !sim truncate after=5")
    assert len(heard.deltas("text_delta")) == 5
    assert heard.message.stop_reason is None
    assert simulator.requests[-1].outcome == "truncate"


@pytest.mark.parametrize("after", [0, 5, 100_000])
async def test_a_broken_connection(person: Person, simulator: Simulator, after: int) -> None:
    """`cut` breaks the connection after N deltas, before the end at the latest."""
    with pytest.raises(httpx2.RemoteProtocolError):
        await person.hears(f"Tell me about rivers !sim cut after={after}")
    assert simulator.requests[-1].outcome == "cut"


async def test_an_error_in_the_middle(client: AsyncAnthropic) -> None:
    """`error` sends N deltas and then an overloaded_error event with status 200."""
    stream = await client.messages.create(
        model="claude-sonnet-5-5",
        max_tokens=500,
        stream=True,
        messages=[{"role": "user", "content": "Tell me about rivers !sim error after=3"}],
    )
    kinds: list[str] = []
    with pytest.raises(APIStatusError) as caught:
        await _note_kinds(stream, kinds)
    assert kinds.count("content_block_delta") == 3
    assert caught.value.status_code == 200
    assert error_of(caught)["type"] == "overloaded_error"


async def test_silence_until_the_client_leaves(person: Person, simulator: Simulator) -> None:
    """`stall` sends N deltas and then nothing, and notices the client leaving."""
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(person.hears("Tell me about rivers !sim stall after=3"), 0.5)
    async with asyncio.timeout(5):
        await simulator.idle()
    assert simulator.requests[-1].outcome == "left"
    assert 3 <= simulator.requests[-1].usage["output_tokens"] < 30


async def test_a_slow_start(person: Person) -> None:
    """`slow first=S` waits that long, whatever the pace."""
    begun = asyncio.get_running_loop().time()
    await person.asks("Hi !sim slow first=0.3")
    assert asyncio.get_running_loop().time() - begun >= 0.3


async def test_the_pace_of_one_question(person: Person) -> None:
    """`pace=X` slows one question down, `fast` frees it."""
    clock = asyncio.get_running_loop().time
    begun = clock()
    await person.hears("Tell me about rivers !sim pace=0.2", max_tokens=40)
    slow = clock() - begun
    begun = clock()
    await person.hears("Tell me about rivers !sim pace=9 !sim fast", max_tokens=40)
    assert slow >= 0.05 + 33 * 0.2 / 100
    assert clock() - begun < slow


async def test_the_next_requests_fail_on_the_tests_demand(
    person: Person, simulator: Simulator
) -> None:
    """`fail_next` needs no words in the question, and wears off."""
    simulator.fail_next("529", times=2)
    for _ in range(2):
        with pytest.raises(APIStatusError, match="Overloaded"):
            await person.asks("Tell me about rivers")
    assert text_of(await person.asks("Tell me about rivers"))


async def test_a_fault_strikes_once_in_a_tool_round(person: Person) -> None:
    """A fault in the question does not strike again when a tool's result comes back."""
    call = {"type": "tool_use", "id": "toolu_1", "name": "echo", "input": {}}
    result = {"type": "tool_result", "tool_use_id": "toolu_1", "content": "fine"}
    question = user("Go !sim 529")
    message = await person.asks(
        "", messages=[question, {"role": "assistant", "content": [call]}, user([result])]
    )
    assert "> fine" in text_of(message)


async def test_a_question_after_one_that_failed(person: Person) -> None:
    """An earlier question in the same message, whose answer came to nothing, has no say."""
    texts = ["Tell me about rivers !sim 529", "Tell me about lakes"]
    blocks = [{"type": "text", "text": text} for text in texts]
    answer = text_of(await person.asks("", messages=[user(blocks)]))
    assert "lakes" in answer
    assert "rivers" not in answer


@pytest.mark.parametrize("directive", ["nonsense", "cut after=many", "tool"])
async def test_an_unknown_directive_is_said(person: Person, directive: str) -> None:
    """A directive that does not exist, or whose figure is none, is a 400 that names it."""
    with pytest.raises(BadRequestError, match="!sim"):
        await person.asks(f"!sim {directive}")
