"""The hub: every open socket, and a bounded queue to each.

A frame for a person is encoded once and queued for all of that person's devices; nobody waits for
a slow one. A device that does not read is disconnected when its queue is full or when one frame
takes too long, and comes back with `resume`.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import Enum
from typing import Final
from uuid import UUID

from pydantic import BaseModel

from server.core.problems import Refusal

SEND_SECONDS: Final = 30.0
"""How long one frame may take to leave."""


class Close(Enum):
    """Why we close a socket: the code tells the client what to do, the reason tells a person."""

    SIGNED_OUT = 4401, "signed out: sign in again"
    TOO_SLOW = 4409, "too slow: connect again and resume"
    TOO_MANY = 4429, "too many sockets: close another one first"
    GOING_AWAY = 1001, "the server is stopping: connect again in a moment"

    @property
    def code(self) -> int:
        """The close code."""
        return self.value[0]

    @property
    def reason(self) -> str:
        """The close reason."""
        return self.value[1]


@dataclass(frozen=True, slots=True)
class HubLimits:
    """Bounds on what may wait for one socket, and on how many there are."""

    queue_frames: int
    queue_bytes: int
    per_user_max: int
    total_max: int


class Peer:
    """The sending side of one socket."""

    def __init__(self, user: UUID, session: UUID, limits: HubLimits) -> None:
        self.user = user
        self.session = session
        self._limits = limits
        self._frames: deque[str] = deque()
        self._bytes = 0
        self._close: Close | None = None
        self._wanted = asyncio.Event()
        self._room = asyncio.Event()
        self._room.set()

    @property
    def closing(self) -> bool:
        """Whether nothing is to be sent, nor taken, any more."""
        return self._close is not None

    def push(self, frame: str) -> None:
        """Queue a frame; a full queue closes the socket."""
        if self._close is not None:
            return
        self._frames.append(frame)
        self._bytes += len(frame)
        if len(self._frames) > self._limits.queue_frames or self._bytes > self._limits.queue_bytes:
            self.close(Close.TOO_SLOW)
        elif self._half_full():
            self._room.clear()
        self._wanted.set()

    async def put(self, frame: str) -> None:
        """Queue a frame once there is room: for a stream that can wait, with its own memory."""
        await self._room.wait()
        self.push(frame)

    def close(self, why: Close) -> None:
        """Send nothing more and close."""
        if self._close is None:
            self._close = why
            self._frames.clear()
            self._room.set()
            self._wanted.set()

    async def pump(self, send: Callable[[str], Awaitable[None]]) -> Close:
        """Send what is queued until the socket is to be closed; returns why."""
        try:
            while self._close is None:
                await self._wanted.wait()
                self._wanted.clear()
                await self._send_queued(send)
        except TimeoutError:
            self.close(Close.TOO_SLOW)
        return self._close or Close.GOING_AWAY

    async def _send_queued(self, send: Callable[[str], Awaitable[None]]) -> None:
        while self._frames:
            frame = self._frames.popleft()
            self._bytes -= len(frame)
            async with asyncio.timeout(SEND_SECONDS):
                await send(frame)
            if not self._half_full():
                self._room.set()

    def _half_full(self) -> bool:
        limits = self._limits
        return len(self._frames) * 2 > limits.queue_frames or self._bytes * 2 > limits.queue_bytes


class Hub:
    """Who is connected."""

    def __init__(self, limits: HubLimits) -> None:
        self._limits = limits
        self._peers: dict[UUID, set[Peer]] = {}
        self._listeners: dict[UUID, set[asyncio.Future[None]]] = {}
        self._count = 0

    def join(self, user: UUID, session: UUID) -> Peer:
        """Add a socket. Raises Refusal where there are too many."""
        peers = self._peers.get(user, set())
        if self._count >= self._limits.total_max or len(peers) >= self._limits.per_user_max:
            raise Refusal("too_many_sockets", retry_after_seconds=60)
        peer = Peer(user, session, self._limits)
        self._peers.setdefault(user, peers).add(peer)
        self._count += 1
        return peer

    def leave(self, peer: Peer) -> None:
        """Remove a socket."""
        peers = self._peers[peer.user]
        peers.discard(peer)
        self._count -= 1
        if not peers:
            del self._peers[peer.user]

    def present(self) -> list[UUID]:
        """Return who is connected."""
        return list(self._peers)

    def tell(self, user: UUID, frame: BaseModel) -> None:
        """Queue a frame for every device of a person."""
        if peers := self._peers.get(user):
            text = frame.model_dump_json()
            for peer in peers:
                peer.push(text)

    @contextmanager
    def listening(self, session: UUID) -> Iterator[asyncio.Future[None]]:
        """Give what is done once the session is revoked, for a stream that is no socket."""
        over: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        listeners = self._listeners.setdefault(session, set())
        listeners.add(over)
        try:
            yield over
        finally:
            listeners.discard(over)
            if not listeners:
                self._listeners.pop(session, None)

    async def close_session(self, session: UUID) -> None:
        """Close the sockets of a session that was revoked, and end its streams."""
        for over in self._listeners.pop(session, set()):
            over.set_result(None)
        for peers in list(self._peers.values()):
            for peer in peers:
                if peer.session == session:
                    peer.close(Close.SIGNED_OUT)

    def close_all(self) -> None:
        """Close every socket: the server is stopping."""
        for peers in self._peers.values():
            for peer in peers:
                peer.close(Close.GOING_AWAY)
