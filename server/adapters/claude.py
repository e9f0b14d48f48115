"""The Claude API, through its own SDK.

The SDK makes the request, signs it and types its errors; the body of a stream is read here, event
by event as plain mappings. So a block or a usage field that is newer than the SDK is kept as it
came, deltas that arrived in one piece of network data stay together, and a delta costs a fraction
of what the SDK's own models cost.
"""

import asyncio
import gc
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from server.core.problems import Refusal

from .sse import EventReader

if TYPE_CHECKING:
    import anthropic

OVERLOADED = 529
"""A status of the provider's own."""

SPEND_LIMIT = "enforced_spend_limit_reached"
"""The one 429 that no waiting helps: the account's monthly limit."""

LINGER_SECONDS = 2.0
"""How long a stream may stay open after its message has ended; another may follow in it."""

STREAM_MAX_BYTES = 512 * 1024 * 1024
"""The longest stream that is read: many times what the longest answer takes."""

DAY_SECONDS = 86_400


@dataclass(frozen=True, slots=True)
class Upstream:
    """Where Claude is asked, and how long for."""

    base_url: str
    api_key: str
    connect_timeout_seconds: float
    silence_timeout_seconds: float


class Claude:
    """A client of the Messages API. The SDK is imported when first needed, in a thread."""

    def __init__(self, upstream: Upstream) -> None:
        self._upstream = upstream
        self._client: anthropic.AsyncAnthropic | None = None
        self._loading = asyncio.Lock()
        self._warming: asyncio.Task[None] | None = None

    def point_at(self, base_url: str) -> None:
        """Ask there instead, from the next client on."""
        self._upstream = replace(self._upstream, base_url=base_url)

    def warm_soon(self) -> None:
        """Begin to warm, once."""
        if self._warming is None:
            self._warming = asyncio.create_task(self.warm())

    async def warm(self) -> None:
        """Import the SDK and make the client, so that the first question does not wait for it."""
        async with self._loading:
            if self._client is None:
                self._client = await asyncio.to_thread(self._make_client)

    def _make_client(self) -> "anthropic.AsyncAnthropic":
        with _kept_for_good():
            import anthropic  # noqa: PLC0415 - takes a second and 70 MB

        upstream = self._upstream
        return anthropic.AsyncAnthropic(
            api_key=upstream.api_key,
            base_url=upstream.base_url,
            max_retries=0,  # each attempt is ours to decide on and to pay for
            # What is asked goes to the address that was set, and nowhere that one points to.
            http_client=anthropic.DefaultAsyncHttpxClient(follow_redirects=False),
            timeout=anthropic.Timeout(
                upstream.silence_timeout_seconds, connect=upstream.connect_timeout_seconds
            ),
        )

    async def close(self) -> None:
        """Close the connections."""
        if self._warming is not None:
            await self._warming
        if self._client is not None:
            await self._client.close()

    @asynccontextmanager
    async def stream(
        self, request: dict[str, Any]
    ) -> AsyncIterator[AsyncIterator[list[dict[str, Any]]]]:
        """Ask, and yield the events of the answer in the portions in which they arrived.

        Raises Refusal `upstream_…` for everything that keeps an answer from beginning or breaks it
        off. An answer that is cut short without an error simply ends.
        """
        await self.warm()
        import anthropic  # noqa: PLC0415 - loaded by now

        client = self._client
        if client is None:  # pragma: no cover - `warm` made it
            raise RuntimeError("The client was not made.")
        try:
            async with client.messages.with_streaming_response.create(
                **request, stream=True
            ) as response:
                # Without a size: with one, the bytes are kept back until there are that many.
                yield _portions(response.iter_bytes())
        except anthropic.APIStatusError as error:
            raise _refusal(error.status_code, error.body, error.response.headers) from error
        except anthropic.APIConnectionError as error:
            raise Refusal("upstream_unreachable") from error
        except _request_error() as error:
            raise _broken(error, self._upstream.silence_timeout_seconds) from error


@contextmanager
def _kept_for_good() -> Iterator[None]:
    """Import in here what stays: the garbage collector never looks at it.

    Looking through all that the SDK defines stops every stream, for 0.1 s on a desktop.
    """
    gc.disable()
    try:
        yield
        gc.freeze()
    finally:
        gc.enable()


def _request_error() -> type[Exception]:
    """Whatever breaks a transfer off; a body that is not packed as it says is one."""
    import httpx2  # noqa: PLC0415 - comes with the SDK

    return httpx2.RequestError


def _broken(error: Exception, seconds: float) -> Refusal:
    import httpx2  # noqa: PLC0415 - comes with the SDK

    if isinstance(error, httpx2.ReadTimeout):
        return Refusal("upstream_silent", seconds=round(seconds))
    return Refusal("upstream_cut")


async def _portions(chunks: AsyncIterator[bytes]) -> AsyncIterator[list[dict[str, Any]]]:
    reader = EventReader()
    room = STREAM_MAX_BYTES
    patience = None
    while (chunk := await _next_within(patience, chunks)) is not None:
        room -= len(chunk)
        events = reader.feed(chunk)
        failure = next((event for event in events if event.get("type") == "error"), None)
        if failure is not None:
            yield events[: events.index(failure)]
            raise _refusal_of_event(failure)
        if events:
            yield events
            whole = events[-1].get("type") == "message_stop"
            patience = LINGER_SECONDS if whole else None
        if reader.broken or room < 0:
            raise Refusal("upstream_cut")


async def _next_within(seconds: float | None, chunks: AsyncIterator[bytes]) -> bytes | None:
    """Return the next chunk; None at the end, or where none comes for so long."""
    try:
        async with asyncio.timeout(seconds):
            return await anext(chunks, None)
    except TimeoutError:
        return None


def _refusal_of_event(event: dict[str, Any]) -> Refusal:
    """Say what an `error` event in the middle of a stream means (its HTTP status was 200)."""
    kind = _mapping(event.get("error")).get("type")
    status = {
        "overloaded_error": OVERLOADED,
        "rate_limit_error": HTTPStatus.TOO_MANY_REQUESTS,
        "authentication_error": HTTPStatus.UNAUTHORIZED,
        "timeout_error": HTTPStatus.GATEWAY_TIMEOUT,
    }.get(str(kind), HTTPStatus.INTERNAL_SERVER_ERROR)
    return _refusal(status, event, {})


def _refusal(status: int, body: object, headers: Mapping[str, str]) -> Refusal:
    """Make our refusal of the API's: what matters is whether trying again can help."""
    error = _mapping(_mapping(body).get("error"))
    details = _mapping(error.get("details"))
    text = str(error.get("message") or "")[:500]
    if status in (HTTPStatus.TOO_MANY_REQUESTS, OVERLOADED):
        spent = details.get("error_code") == SPEND_LIMIT
        return _too_much(status, _seconds(headers.get("retry-after")), spent=spent)
    if HTTPStatus.BAD_REQUEST <= status < HTTPStatus.INTERNAL_SERVER_ERROR:
        return _not_accepted(status, text)
    return Refusal("upstream_failed", status=status)


def _too_much(status: int, retry_after_seconds: int | None, *, spent: bool) -> Refusal:
    if spent:
        return Refusal("upstream_spend_limit")
    code = "upstream_overloaded" if status == OVERLOADED else "upstream_rate_limited"
    return Refusal(code, retry_after_seconds=retry_after_seconds)


def _not_accepted(status: int, text: str) -> Refusal:
    if status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):
        return Refusal("upstream_key")
    if status == HTTPStatus.NOT_FOUND and "model" in text:
        return Refusal("upstream_model", model=text.removeprefix("model:").strip())
    if "credit balance" in text:
        return Refusal("upstream_credit")
    return Refusal("upstream_rejected", reason=text or str(status))


def _mapping(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _seconds(value: str | None) -> int | None:
    """A whole number of seconds, at most a day; None for anything else."""
    if value is None or not (value.isascii() and value.isdigit()):
        return None
    return min(int(value[:9]), DAY_SECONDS)
