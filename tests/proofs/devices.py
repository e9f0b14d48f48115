"""Devices of a person at the wire: a chat socket, a stream of events, and what each of them shows.

They break off as abruptly as a phone that goes to sleep in a tunnel.
"""

import asyncio
import json
import socket
import struct
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any, Final, Self
from uuid import UUID

import httpx
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, WebSocketException

from server.core.ids import new_id

Json = dict[str, Any]

SUBPROTOCOL: Final = "claude-rasp.v1"
FRAME_SECONDS: Final = 20.0
"""How long a test waits for anything."""


class Gone(Exception):
    """The connection has ended."""


class Refused(Exception):
    """A command was refused with this problem."""


class Device:
    """A device on the chat socket. It sorts what it is told: receipts, turn events, changes."""

    def __init__(self, connection: ClientConnection) -> None:
        self._connection = connection
        self._receipts: defaultdict[str, asyncio.Queue[Json | None]] = defaultdict(asyncio.Queue)
        self._turns: defaultdict[str, asyncio.Queue[Json | None]] = defaultdict(asyncio.Queue)
        self.changes: asyncio.Queue[Json | None] = asyncio.Queue()
        self._listening = asyncio.create_task(self._listen())

    @classmethod
    async def join(cls, url: str, token: str) -> Self:
        """Connect to the server at `url`, signed in. Raises Gone if nobody answers."""
        try:
            connection = await connect(
                f"ws{url.removeprefix('http')}/api/v1/chat",
                additional_headers={"authorization": f"Bearer {token}"},
                subprotocols=[SUBPROTOCOL],  # type: ignore[list-item]  # a NewType of str
                open_timeout=FRAME_SECONDS,
                proxy=None,
                compression=None,
                max_queue=None,
            )
        except (OSError, EOFError, WebSocketException) as error:
            raise Gone from error
        return cls(connection)

    async def send(
        self, conversation: str, content: str, command: UUID | None = None, **fields: object
    ) -> str:
        """Ask a question and return its turn, once accepted. Raises Gone or Refused."""
        command = command or new_id()
        frame = {"kind": "send", "conversation": conversation, "content": content, **fields}
        return await self._command(command, frame)

    async def retry(self, message: str, command: UUID | None = None) -> str:
        """Ask for another answer and return its turn, once accepted. Raises Gone or Refused."""
        return await self._command(command or new_id(), {"kind": "retry", "message": message})

    async def _command(self, command: UUID, frame: Json) -> str:
        await self.tell({**frame, "id": str(command)})
        receipt = await self._next(self._receipts[str(command)])
        if receipt["kind"] == "refused":
            raise Refused(receipt["problem"])
        turn: str = receipt["turn"]
        return turn

    async def tell(self, frame: Json) -> None:
        """Send a frame. Raises Gone."""
        try:
            await self._connection.send(json.dumps(frame))
        except ConnectionClosed as error:
            raise Gone from error

    async def events(self, turn: str) -> AsyncIterator[Json]:
        """Yield the events of a turn to its last. Raises Gone."""
        while True:
            event = await self._next(self._turns[turn])
            yield event
            if is_end(event):
                return

    async def change(self, entity: str, **fields: object) -> Json:
        """Wait until something is told to be so and return its row. Raises Gone."""
        while True:
            change = await self._next(self.changes)
            row: Json = change["row"] or {}
            if change["entity"] == entity and fields.items() <= row.items():
                return row

    async def leave(self) -> None:
        """Close politely."""
        await self._connection.close()
        await self._listening

    async def vanish(self) -> None:
        """Break the connection off; what was sent to us and not yet read is lost."""
        transport = self._connection.transport
        if not transport.is_closing():
            reset(transport.get_extra_info("socket"))
            transport.abort()
        await self._listening

    async def _next(self, told: "asyncio.Queue[Json | None]") -> Json:
        async with asyncio.timeout(FRAME_SECONDS):
            frame = await told.get()
        if frame is None:
            told.put_nowait(None)
            raise Gone
        return frame

    async def _listen(self) -> None:
        with suppress(ConnectionClosed):
            async for text in self._connection:
                self._sort(json.loads(text))
        for told in (*self._receipts.values(), *self._turns.values(), self.changes):
            told.put_nowait(None)
        self._receipts.default_factory = self._turns.default_factory = _gone

    def _sort(self, frame: Json) -> None:
        match frame["kind"]:
            case "accepted" | "refused":
                self._receipts[frame["id"]].put_nowait(frame)
            case "change":
                self.changes.put_nowait(frame)
            case "welcome" | "pong":
                pass
            case _:
                self._turns[frame["turn"]].put_nowait(frame)


def _gone() -> "asyncio.Queue[Json | None]":
    told: asyncio.Queue[Json | None] = asyncio.Queue()
    told.put_nowait(None)
    return told


def reset(open_socket: socket.socket) -> None:
    """Have the socket's end told as a reset, not as a polite end."""
    open_socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def is_end(event: Json) -> bool:
    """Whether a turn ends with this event."""
    return event["kind"] in ("turn.finished", "turn.failed")


@asynccontextmanager
async def event_stream(
    client: httpx.AsyncClient,
    method: str,
    path: str,
    body: Json | None = None,
    after: int | None = None,
) -> AsyncIterator[AsyncIterator[Json]]:
    """Open a stream of events; leaving the block leaves the stream, whether it has ended or not."""
    headers = {"accept": "text/event-stream"}
    if after is not None:
        headers["last-event-id"] = str(after)
    async with client.stream(method, path, json=body, headers=headers) as response:
        assert response.status_code == 200
        yield _events_in(response)


async def _events_in(response: httpx.Response) -> AsyncIterator[Json]:
    number = None
    async for line in response.aiter_lines():
        if line.startswith("id: "):
            number = int(line.removeprefix("id: "))
        elif line.startswith("data: "):
            event: Json = json.loads(line.removeprefix("data: "))
            assert event["seq"] == number
            yield event


class Screen:
    """What a device shows of a turn. Taking an event out of turn, or another one twice, fails."""

    def __init__(self) -> None:
        self.texts: dict[int, str] = {}
        self.thoughts: dict[int, str] = {}
        self.end: Json | None = None
        self.seq = 0
        self._seen: dict[int, Json] = {}

    def resume_from(self, seq: int) -> int:
        """Expect the event after the one numbered `seq` next."""
        self.seq = seq
        return seq

    def take(self, event: Json) -> None:
        """Show an event."""
        assert event["seq"] == self.seq + 1, f"{event['seq']} after {self.seq}"
        self.seq += 1
        if event["kind"] == "turn.snapshot":  # replaces what was shown, numbers included
            self.texts = texts_of(event["message"]["content"])
            self.thoughts = texts_of(event["message"]["content"], "thinking")
            self._seen = {number: e for number, e in self._seen.items() if number < self.seq}
        known = self._seen.setdefault(self.seq, event)
        assert known == event
        if known is not event:
            return
        if event["kind"] in ("text.delta", "thinking.delta"):
            shown = self.texts if event["kind"] == "text.delta" else self.thoughts
            shown[event["index"]] = shown.get(event["index"], "") + event["text"]
        elif is_end(event):
            self.end = event

    @property
    def text(self) -> str:
        """All that is shown, in order."""
        return "".join(self.texts[index] for index in sorted(self.texts))


def texts_of(content: list[Json], kind: str = "text") -> dict[int, str]:
    """Return the text (or the thinking) of each such block of a message that has any."""
    return {
        index: block[kind]
        for index, block in enumerate(content)
        if block["type"] == kind and block[kind]
    }
