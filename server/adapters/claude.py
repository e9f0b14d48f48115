"""The Claude API, through its own SDK.

The SDK makes the request, signs it and types its errors; the body of a stream is read here, event
by event as plain mappings. So a block or a usage field that is newer than the SDK is kept as it
came, deltas that arrived in one piece of network data stay together, and a delta costs a fraction
of what the SDK's own models cost.
"""

import asyncio
import gc
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final

from server.core.upstream import Billing, UpstreamRefusal

from .sse import EventReader

if TYPE_CHECKING:
    import anthropic
    import httpx2

OVERLOADED = 529
"""A status of the provider's own."""

SPEND_LIMIT = "enforced_spend_limit_reached"
"""The one 429 that no waiting helps: the account's monthly limit."""

LINGER_SECONDS = 2.0
"""How long a stream may stay open after its message has ended; another may follow in it."""

STREAM_MAX_BYTES = 512 * 1024 * 1024
"""The longest stream that is read: many times what the longest answer takes."""

DAY_SECONDS = 86_400

COUNT_SECONDS = 15.0
"""How long counting the tokens of a request may take."""

COUNTED: Final = ("model", "messages", "system", "tools", "tool_choice", "thinking")
"""What of a request its input tokens depend on."""

IN_BETWEEN: Final = (
    HTTPStatus.REQUEST_TIMEOUT,
    HTTPStatus.BAD_GATEWAY,
    HTTPStatus.GATEWAY_TIMEOUT,
)
"""What a proxy answers that has passed the request on and does not know what became of it."""

_leaving: ContextVar[Callable[[], None] | None] = ContextVar("leaving", default=None)
"""Who wants to know that the request being made here begins to leave."""


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
            http_client=anthropic.DefaultAsyncHttpxClient(
                follow_redirects=False, event_hooks={"request": [_watch]}
            ),
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
        self, request: dict[str, Any], leaving: Callable[[], None]
    ) -> AsyncIterator[AsyncIterator[list[dict[str, Any]]]]:
        """Ask, and yield the events of the answer in the portions in which they arrived.

        `leaving` is called when the request begins to leave this machine: until then nobody can
        bill it. Raises UpstreamRefusal `upstream_…` for everything that keeps an answer from
        beginning or breaks it off. An answer that is cut short without an error simply ends.
        """
        client = await self._warmed()
        with _told(leaving), self._translated():
            async with client.messages.with_streaming_response.create(
                **request, stream=True
            ) as response:
                # Without a size: with one, the bytes are kept back until there are that many.
                yield _portions(response.iter_bytes())

    async def count_tokens(self, request: Mapping[str, Any]) -> int:
        """Return how many tokens the provider counts in a request's prompt, which costs nothing.

        Raises UpstreamRefusal.
        """
        client = await self._warmed()
        counted = {name: request[name] for name in COUNTED if name in request}
        try:
            with self._translated():
                async with asyncio.timeout(COUNT_SECONDS):
                    return (await client.messages.count_tokens(**counted)).input_tokens
        except TimeoutError as error:
            raise UpstreamRefusal(
                "upstream_silent", "not_billed", seconds=round(COUNT_SECONDS)
            ) from error

    async def _warmed(self) -> "anthropic.AsyncAnthropic":
        await self.warm()
        if self._client is None:  # pragma: no cover - `warm` made it
            raise RuntimeError("The client was not made.")
        return self._client

    @contextmanager
    def _translated(self) -> Iterator[None]:
        """Make refusals of ours of what the SDK raises."""
        import anthropic  # noqa: PLC0415 - loaded by now

        try:
            yield
        except anthropic.APIStatusError as error:
            billing = _billing(error.status_code, error.body)
            raise _refusal(
                error.status_code, error.body, error.response.headers, billing
            ) from error
        except anthropic.APIConnectionError as error:
            raise UpstreamRefusal("upstream_unreachable", "unknown") from error
        except _request_error() as error:
            raise _broken(error, self._upstream.silence_timeout_seconds) from error


@contextmanager
def _told(leaving: Callable[[], None]) -> Iterator[None]:
    """Have `leaving` called for the request that is made in here."""
    token = _leaving.set(leaving)
    try:
        yield
    finally:
        _leaving.reset(token)


async def _watch(request: "httpx2.Request") -> None:
    """Hear from the HTTP library when the first byte of a request leaves."""
    leaving = _leaving.get()
    if leaving is None:
        return

    async def trace(step: str, _: dict[str, Any]) -> None:
        if step.endswith(".send_request_headers.started"):
            leaving()

    request.extensions["trace"] = trace


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


def _broken(error: Exception, seconds: float) -> UpstreamRefusal:
    import httpx2  # noqa: PLC0415 - comes with the SDK

    if isinstance(error, httpx2.ReadTimeout):
        return UpstreamRefusal("upstream_silent", "unknown", seconds=round(seconds))
    return UpstreamRefusal("upstream_cut", "unknown")


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
            raise UpstreamRefusal("upstream_cut", "unknown")


async def _next_within(seconds: float | None, chunks: AsyncIterator[bytes]) -> bytes | None:
    """Return the next chunk; None at the end, or where none comes for so long."""
    try:
        async with asyncio.timeout(seconds):
            return await anext(chunks, None)
    except TimeoutError:
        return None


def _refusal_of_event(event: dict[str, Any]) -> UpstreamRefusal:
    """Say what an `error` event in the middle of a stream means (its HTTP status was 200)."""
    kind = _mapping(event.get("error")).get("type")
    status = {
        "overloaded_error": OVERLOADED,
        "rate_limit_error": HTTPStatus.TOO_MANY_REQUESTS,
        "authentication_error": HTTPStatus.UNAUTHORIZED,
        "timeout_error": HTTPStatus.GATEWAY_TIMEOUT,
    }.get(str(kind), HTTPStatus.INTERNAL_SERVER_ERROR)
    return _refusal(status, event, {}, "broken")


def _billing(status: int, body: object) -> Billing:
    """Say what a status means for the bill: the provider bills nothing that it refused itself.

    What stands in between may answer in its place when the request was passed on already.
    """
    own = "type" in _mapping(_mapping(body).get("error"))
    if status in IN_BETWEEN or (status >= HTTPStatus.INTERNAL_SERVER_ERROR and not own):
        return "unknown"
    return "not_billed"


def _refusal(
    status: int, body: object, headers: Mapping[str, str], billing: Billing
) -> UpstreamRefusal:
    """Make our refusal of the API's: what matters is whether trying again can help."""
    error = _mapping(_mapping(body).get("error"))
    details = _mapping(error.get("details"))
    text = str(error.get("message") or "")[:500]
    if status in (HTTPStatus.TOO_MANY_REQUESTS, OVERLOADED):
        spent = details.get("error_code") == SPEND_LIMIT
        seconds = None if spent else _seconds(headers.get("retry-after"))
        return UpstreamRefusal(_too_much(status, spent=spent), billing, retry_after_seconds=seconds)
    if HTTPStatus.BAD_REQUEST <= status < HTTPStatus.INTERNAL_SERVER_ERROR:
        return _not_accepted(status, text, billing)
    return UpstreamRefusal("upstream_failed", billing, status=status)


def _too_much(status: int, *, spent: bool) -> str:
    if spent:
        return "upstream_spend_limit"
    return "upstream_overloaded" if status == OVERLOADED else "upstream_rate_limited"


def _not_accepted(status: int, text: str, billing: Billing) -> UpstreamRefusal:
    if status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):
        return UpstreamRefusal("upstream_key", billing)
    if status == HTTPStatus.NOT_FOUND and "model" in text:
        return UpstreamRefusal("upstream_model", billing, model=text.removeprefix("model:").strip())
    if "credit balance" in text:
        return UpstreamRefusal("upstream_credit", billing)
    return UpstreamRefusal("upstream_rejected", billing, reason=text or str(status))


def _mapping(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _seconds(value: str | None) -> int | None:
    """A whole number of seconds, at most a day; None for anything else."""
    if value is None or not (value.isascii() and value.isdigit()):
        return None
    return min(int(value[:9]), DAY_SECONDS)
