"""The simulator as a server: routes, keys, its own count of what it answered."""

import asyncio
import json
import time
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from uuid import uuid4

from server.simulator import models, stream
from server.simulator.answer import compose
from server.simulator.ask import Ask, Json
from server.simulator.cache import PromptCache
from server.simulator.directives import Directives, also, lasting, parse
from server.simulator.errors import ApiError, invalid, not_found, overloaded, too_large
from server.simulator.http import Connection, Request
from server.simulator.play import Player, Tempo, tempo
from server.simulator.prompt import segments
from server.simulator.reply import Reply
from server.simulator.validation import VERSIONS, read

_REMEMBERED = 256
_STOP_SECONDS = 5
_NOTED_HEADERS = ("anthropic-version", "anthropic-beta", "user-agent", "x-stainless-retry-count")


@dataclass
class Received:
    """One request as the upstream counted it.

    `usage` is what was billed, in the API's own fields (empty for a refused request); its output
    tokens rise while the answer is sent. `outcome` is `open`, then `finished`, `left` (the client
    went away), `cut`, `truncate`, `error`, or the HTTP status of a refusal. `auth` says how the key
    came (`bearer` or `x-api-key`), never which. `body` is kept on demand only.
    """

    path: str
    request_id: str
    auth: str
    headers: dict[str, str]
    model: str | None = None
    message_id: str | None = None
    usage: Json = field(default_factory=dict)
    outcome: str = "open"
    body: str | None = None


class Simulator:
    """The stand-in; see the package's docstring for what may be asked of it.

    `faults` are directives (without `!sim`) for the first requests. `clock` gives the cache's
    seconds. `keep_bodies` keeps the request bodies in `requests`, for tests.
    """

    def __init__(
        self,
        pace: float = 1.0,
        *,
        faults: Iterable[str] = (),
        clock: Callable[[], float] = time.monotonic,
        keep_bodies: bool = False,
    ) -> None:
        self.requests: deque[Received] = deque(maxlen=_REMEMBERED)
        self.base_url = ""
        self._pace = pace
        self._faults = deque(faults)
        self._cache = PromptCache(clock)
        self._keep_bodies = keep_bodies
        self._live: set[Connection] = set()
        self._server: asyncio.Server | None = None

    # ── the server ───────────────────────────────────────────────────────────────────────────

    async def start(self, host: str = "127.0.0.1", port: int = 0) -> str:
        """Listens in the running event loop; the base URL, with the port that was free for 0."""
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(
            lambda: Connection(self._answer, self._live), host, port
        )
        bound_host, bound_port = self._server.sockets[0].getsockname()[:2]
        self.base_url = f"http://{bound_host}:{bound_port}"
        return self.base_url

    async def stop(self) -> None:
        """Stops listening and breaks what is still open."""
        if self._server is None:
            return
        self._server.close()
        tasks = self._running()
        for connection in list(self._live):
            connection.drop()
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks, timeout=_STOP_SECONDS)
        self._server = None

    async def idle(self) -> None:
        """Returns when no request is being answered."""
        while tasks := self._running():
            await asyncio.wait(tasks)

    def fail_next(self, directive: str, times: int = 1) -> None:
        """The next requests to `/v1/messages` behave as if they carried that directive."""
        self._faults.extend([directive] * times)

    def _running(self) -> list[asyncio.Task[None]]:
        tasks = (connection.task for connection in self._live)
        return [task for task in tasks if task is not None and not task.done()]

    # ── a request ────────────────────────────────────────────────────────────────────────────

    async def _answer(self, request: Request, out: Connection) -> None:
        received = Received(
            request.path,
            f"req_{uuid4().hex[:24]}",
            _auth(request),
            {name: request.headers[name] for name in _NOTED_HEADERS if name in request.headers},
            body=request.body.decode(errors="replace") if self._keep_bodies else None,
        )
        try:
            await self._route(request, received, out)
        except ApiError as error:
            received.outcome = str(error.status)
            headers = {"content-type": "application/json", **error.headers}
            body = error.body(received.request_id)
            await out.reply(error.status, {**_headers(received), **headers}, body)
        except asyncio.CancelledError:
            received.outcome = "left"
            raise

    async def _route(self, request: Request, received: Received, out: Connection) -> None:
        if request.path == "/_sim/requests":
            await _json(out, received, [asdict(one) for one in self.requests])
            return
        _check_headers(request)
        if request.too_large:
            raise too_large()
        version = request.headers["anthropic-version"]
        match request.method, request.path:
            case "POST", "/v1/messages":
                self.requests.append(received)
                await self._messages(read(request.body, version), received, out)
            case "POST", "/v1/messages/count_tokens":
                ask = read(request.body, version, counting=True)
                total = sum(segment.tokens for segment in segments(ask))
                await _json(out, received, {"input_tokens": total})
            case "GET", "/v1/models":
                await _json(out, received, models.page(request.query))
            case "GET", path if path.startswith("/v1/models/"):
                model = models.find(path.removeprefix("/v1/models/"))
                await _json(out, received, models.describe(model))
            case _:
                raise not_found("Not found")

    async def _messages(self, ask: Ask, received: Received, out: Connection) -> None:
        received.model = ask.model.id
        prompt = segments(ask)
        wishes = self._wishes(ask)
        if wishes.refused is not None:
            raise wishes.refused
        reply = compose(ask, wishes)
        received.message_id = f"msg_{uuid4().hex[:24]}"
        envelope = stream.Envelope(received.message_id, ask, self._cache.meter(ask.model, prompt))
        received.usage = stream.billed(envelope, 0)
        pace = self._pace if wishes.pace is None else wishes.pace
        beat = tempo(reply.output_tokens, pace, wishes.first_seconds)
        await asyncio.sleep(beat.first_seconds)
        if ask.stream:
            await _streamed(reply, envelope, wishes, beat, (received, out))
        else:
            await _plain(reply, envelope, wishes, beat, (received, out))

    def _wishes(self, ask: Ask) -> Directives:
        """What the question asks of the simulator; a queued fault is added to it."""
        wishes = parse(ask.question)
        if not ask.fresh:
            wishes = lasting(wishes)
        return also(wishes, f"!sim {self._faults.popleft()}") if self._faults else wishes


async def _streamed(
    reply: Reply,
    envelope: stream.Envelope,
    wishes: Directives,
    beat: Tempo,
    to: tuple[Received, Connection],
) -> None:
    received, out = to

    def sent(tokens: int) -> None:
        received.usage["output_tokens"] = tokens

    await out.start(
        200,
        {
            **_headers(received),
            "content-type": "text/event-stream; charset=utf-8",
            "cache-control": "no-cache",
        },
    )
    frames = stream.frames(reply, envelope)
    player = Player(out, beat, sent)
    received.outcome = await player.play(frames, wishes.fault, received.request_id)


async def _plain(
    reply: Reply,
    envelope: stream.Envelope,
    wishes: Directives,
    beat: Tempo,
    to: tuple[Received, Connection],
) -> None:
    received, out = to
    await asyncio.sleep(reply.output_tokens * beat.token_seconds)
    if wishes.fault is None:
        received.usage["output_tokens"] = reply.output_tokens
        received.outcome = "finished"
        await _send(out, received, stream.whole(reply, envelope))
    elif wishes.fault.kind == "error":
        raise overloaded()
    elif wishes.fault.kind == "stall":
        await asyncio.Event().wait()  # until the client leaves, which cancels us
    else:
        received.outcome = wishes.fault.kind
        out.drop()


async def _json(out: Connection, received: Received, value: object) -> None:
    received.outcome = "finished"
    await _send(out, received, json.dumps(value).encode())


async def _send(out: Connection, received: Received, body: bytes) -> None:
    await out.reply(200, {**_headers(received), "content-type": "application/json"}, body)


def _auth(request: Request) -> str:
    if request.headers.get("authorization", "").lower().startswith("bearer "):
        return "bearer"
    return "x-api-key" if request.headers.get("x-api-key") else ""


def _check_headers(request: Request) -> None:
    if not _auth(request):
        raise ApiError(401, "authentication_error", "x-api-key header is required")
    version = request.headers.get("anthropic-version")
    if version is None:
        raise invalid("anthropic-version: header is required")
    if version not in VERSIONS:
        raise invalid(f'anthropic-version: "{version}" is not a valid version')


def _headers(received: Received) -> dict[str, str]:
    """The request's id, and limits that are far away."""
    reset = (datetime.now(UTC) + timedelta(seconds=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
    limits = {"requests": 4_000, "tokens": 2_400_000, "input-tokens": 2_000_000}
    headers = {"request-id": received.request_id}
    for name, limit in {**limits, "output-tokens": 400_000}.items():
        headers[f"anthropic-ratelimit-{name}-limit"] = str(limit)
        headers[f"anthropic-ratelimit-{name}-remaining"] = str(limit - 1)
        headers[f"anthropic-ratelimit-{name}-reset"] = reset
    return headers
