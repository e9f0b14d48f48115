"""The cast at the wire of the chat: over HTTP as scripts, over the socket as devices."""

import asyncio
import json
import sqlite3
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, closing, suppress
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

import httpx
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from schema.wire.frames import SUBPROTOCOL
from server.core.ids import new_id
from tests.live import ONE_REQUEST, LiveServer
from tests.people import Person

Json = dict[str, Any]

PATIENCE_SECONDS: Final = 15.0
ENDS: Final = ("turn.finished", "turn.failed")


def fresh() -> str:
    """Make an id as a client does."""
    return str(new_id())


@dataclass
class Home:
    """A server with everybody moved in, and an access token for each."""

    server: LiveServer
    tokens: dict[str, str] = field(default_factory=dict)

    def token(self, person: Person) -> str:
        """Sign in once, and return the token for good."""
        if person.username not in self.tokens:
            self.tokens[person.username] = self.sign_in(person)
        return self.tokens[person.username]

    def sign_in(self, person: Person) -> str:
        """Begin a session of its own and return its token."""
        credentials = {"username": person.username, "password": person.password}
        response = httpx.post(
            f"{self.server.url}/api/v1/auth/login", json=credentials, trust_env=False
        )
        response.raise_for_status()
        return str(response.json()["token"])

    @asynccontextmanager
    async def script(self, person: Person | None) -> AsyncIterator["Script"]:
        """Be a script of this person, or of a stranger."""
        headers = {"accept-language": "en"}
        if person is not None:
            headers["authorization"] = f"Bearer {self.token(person)}"
        async with httpx.AsyncClient(
            base_url=f"{self.server.url}/api/v1",
            headers=headers,
            timeout=PATIENCE_SECONDS,
            limits=ONE_REQUEST,
            trust_env=False,
        ) as client:
            yield Script(client)

    @asynccontextmanager
    async def device(self, person: Person, token: str | None = None) -> AsyncIterator["Device"]:
        """Connect a device of this person, and hear its welcome."""
        bearer = f"Bearer {token or self.token(person)}"
        async with self.knock(authorization=bearer) as device:
            await device.hear("welcome")
            yield device

    @asynccontextmanager
    async def knock(self, **headers: str) -> AsyncIterator["Device"]:
        """Connect with these headers; whatever the server then says is yet to be heard."""
        async with connect(
            self.server.websocket_url,
            additional_headers=headers,
            subprotocols=[Subprotocol(SUBPROTOCOL)],
            proxy=None,
            max_size=None,
            open_timeout=PATIENCE_SECONDS,
        ) as socket:
            yield Device(socket)

    def rows(self, query: str, *values: object) -> list[Json]:
        """Read the database itself, beside the server."""
        path = self.server.data / "claude-rasp.db"
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as connection:
            connection.row_factory = sqlite3.Row
            return [dict(row) for row in connection.execute(query, values)]


class Script:
    """Somebody who speaks HTTP; what is not refused comes back as JSON."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self.client = client

    async def call(self, method: str, path: str, body: Json | None = None) -> httpx.Response:
        """Send a request, with a JSON body if there is one."""
        return await self.client.request(method, path, json=body)

    async def get(self, path: str) -> Json:
        """Read something that is there."""
        return expect(await self.call("GET", path), 200)

    async def conversation(self, **fields: object) -> str:
        """Make a conversation and return its id."""
        return str(expect(await self.call("POST", "/conversations", fields), 201)["id"])

    async def ask(self, conversation: str, content: str, **fields: object) -> Json:
        """Ask a question and return the finished turn."""
        return expect(await self.send(conversation, content, **fields), 200)

    async def send(self, conversation: str, content: str, **fields: object) -> httpx.Response:
        """Ask a question and return whatever comes back."""
        path = f"/conversations/{conversation}/messages"
        return await self.call("POST", path, {"content": content, **fields})

    async def messages(self, conversation: str) -> list[Json]:
        """Return the messages of a conversation, in order."""
        detail = await self.get(f"/conversations/{conversation}?limit=200")
        return list(detail["messages"])

    @asynccontextmanager
    async def stream(
        self, method: str, path: str, body: Json | None = None, **headers: str
    ) -> AsyncIterator[AsyncIterator[Json]]:
        """Ask for events, and give them as they come."""
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        async with self.client.stream(
            method, path, json=body, headers={"accept": "text/event-stream", **sent}
        ) as response:
            assert response.status_code == 200
            assert response.headers["content-type"].startswith("text/event-stream")
            yield _events(response)

    async def events(
        self, method: str, path: str, body: Json | None = None, **headers: str
    ) -> list[Json]:
        """Ask for events, and return them all."""
        async with self.stream(method, path, body, **headers) as events:
            return [event async for event in events]


async def _events(response: httpx.Response) -> AsyncIterator[Json]:
    """Read server-sent events; id, name and data say the same."""
    event: dict[str, str] = {}
    async for line in response.aiter_lines():
        if line:
            name, _, value = line.partition(": ")
            event[name] = value
        elif "data" in event:
            data: Json = json.loads(event["data"])
            assert (event["id"], event["event"]) == (str(data["seq"]), data["kind"])
            yield data
            event = {}


class Device:
    """Somebody at the socket. Everything heard is kept, in order."""

    def __init__(self, socket: ClientConnection) -> None:
        self.socket = socket
        self.heard: list[Json] = []

    async def say(self, kind: str, **fields: object) -> None:
        """Send a frame."""
        await self.socket.send(json.dumps({"kind": kind, **fields}))

    async def hear(self, kind: str, **fields: object) -> Json:
        """Return the first frame like that, heard before or still to come."""
        return await self.until(
            lambda frame: (
                frame["kind"] == kind
                and all(frame.get(name) == value for name, value in fields.items())
            )
        )

    async def until(self, wanted: Callable[[Json], bool]) -> Json:
        """Return the first frame that is wanted, heard before or still to come."""
        known = next((frame for frame in self.heard if wanted(frame)), None)
        async with asyncio.timeout(PATIENCE_SECONDS):
            while known is None:
                frame = await self.listen()
                known = frame if wanted(frame) else None
        return known

    async def listen(self) -> Json:
        """Return the next frame."""
        frame: Json = json.loads(await self.socket.recv())
        self.heard.append(frame)
        return frame

    async def ask(self, conversation: str, content: str, **fields: object) -> str:
        """Ask a question and return its turn."""
        sent = {"id": fresh(), "conversation": conversation, "content": content, **fields}
        await self.say("send", **sent)
        return str((await self.hear("accepted", id=sent["id"]))["turn"])

    async def end(self, turn: str) -> Json:
        """Return the last event of a turn."""
        return await self.until(lambda frame: frame.get("turn") == turn and frame["kind"] in ENDS)

    async def events(self, turn: str) -> list[Json]:
        """Return all events of a turn, when it has ended."""
        await self.end(turn)
        return self.so_far(turn)

    def so_far(self, turn: str) -> list[Json]:
        """Return the events of a turn heard until now."""
        return [frame for frame in self.heard if frame.get("turn") == turn and "seq" in frame]

    async def refusal(self, command: str | None = None) -> Json:
        """Return the problem with which the newest command, or that one, is refused."""
        if command is not None:
            return dict((await self.hear("refused", id=command))["problem"])
        async with asyncio.timeout(PATIENCE_SECONDS):
            while (frame := await self.listen())["kind"] != "refused":
                pass
        return dict(frame["problem"])

    async def is_usable(self) -> bool:
        """Whether a ping still has its pong."""
        self.heard = [frame for frame in self.heard if frame["kind"] != "pong"]
        await self.say("ping")
        return bool(await self.hear("pong"))

    async def closing(self) -> tuple[int, str]:
        """Listen until the server closes, and return its code (1006: without a word) and reason."""
        with suppress(ConnectionClosed):
            async with asyncio.timeout(PATIENCE_SECONDS):
                while True:
                    await self.listen()
        return self.socket.close_code or 0, self.socket.close_reason or ""


def expect(response: httpx.Response, status: int) -> Json:
    """Return the JSON of an answer with this status."""
    assert response.status_code == status, response.text
    body: Json = response.json()
    return body


def problem(response: httpx.Response, status: int) -> str:
    """Return the code of a problem that is told as every problem is."""
    assert response.headers["content-type"] == "application/problem+json", response.text
    body = expect(response, status)
    assert body["status"] == status
    assert len(body["message"].split()) > 2
    return str(body["code"])


def text_of(message: Json) -> str:
    """Return the text of a message."""
    return "".join(block["text"] for block in message["content"] if block["type"] == "text")


def streamed(events: list[Json]) -> str:
    """Return the text the events brought."""
    return "".join(event["text"] for event in events if event["kind"] == "text.delta")


def kinds(events: list[Json]) -> list[str]:
    """Return the kinds of the events, neighbours of one kind as one."""
    names = [str(event["kind"]) for event in events]
    return [name for at, name in enumerate(names) if at == 0 or names[at - 1] != name]


def is_gapless(events: list[Json], first: int = 1) -> bool:
    """Whether the numbers rise by one, from the first on."""
    return [event["seq"] for event in events] == list(range(first, first + len(events)))


def is_id(text: str) -> bool:
    """Whether this is a UUID."""
    return str(UUID(text)) == text
