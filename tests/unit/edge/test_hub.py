"""The hub: bounded queues, and who is told of what."""

import asyncio
from uuid import UUID

import pytest
from pydantic import BaseModel

from server.core.ids import new_id
from server.core.problems import Refusal
from server.edge import hub as hub_module
from server.edge.hub import Close, Hub, HubLimits, Peer

pytestmark = pytest.mark.asyncio

BOB, CHARLIE = new_id(), new_id()


class Note(BaseModel):
    """A frame."""

    text: str


class Wire:
    """A socket that takes frames while it is open, and none while it is shut."""

    def __init__(self) -> None:
        self.taken: list[str] = []
        self.open = asyncio.Event()
        self.open.set()
        self.changed = asyncio.Event()

    async def send(self, frame: str) -> None:
        await self.open.wait()
        self.taken.append(frame)
        self.changed.set()

    async def has(self, count: int) -> None:
        """Return when so many frames have been taken."""
        async with asyncio.timeout(5):
            while len(self.taken) < count:
                self.changed.clear()
                await self.changed.wait()


def hub(**limits: int) -> Hub:
    """Make a hub with these bounds."""
    bounds = {"queue_frames": 10, "queue_bytes": 1_000, "per_user_max": 3, "total_max": 5}
    return Hub(HubLimits(**bounds | limits))


def join(place: Hub, user: UUID = BOB, session: UUID | None = None) -> Peer:
    """Connect a device."""
    return place.join(user, session or new_id())


async def ended(pump: asyncio.Task[Close]) -> Close:
    """Return why a socket is closed."""
    return await asyncio.wait_for(pump, 5)


async def test_a_change_reaches_every_device_of_a_person() -> None:
    """And nobody else's."""
    place = hub()
    wires = [Wire() for _ in range(3)]
    peers = [join(place), join(place), join(place, CHARLIE)]
    pumps = [
        asyncio.create_task(peer.pump(wire.send)) for peer, wire in zip(peers, wires, strict=True)
    ]
    place.tell(BOB, Note(text="hello"))
    place.tell(CHARLIE, Note(text="secret"))
    place.tell(new_id(), Note(text="nobody"))
    for wire in wires:
        await wire.has(1)
    assert [wire.taken for wire in wires] == [
        ['{"text":"hello"}'],
        ['{"text":"hello"}'],
        ['{"text":"secret"}'],
    ]
    place.close_all()
    assert [await ended(pump) for pump in pumps] == [Close.GOING_AWAY] * 3


async def test_frames_leave_in_their_order() -> None:
    """Whatever is queued while one is being sent."""
    peer, wire = join(hub(queue_frames=200)), Wire()
    wire.open.clear()
    pump = asyncio.create_task(peer.pump(wire.send))
    for number in range(100):
        peer.push(str(number))
        await asyncio.sleep(0)
    wire.open.set()
    await wire.has(100)
    assert wire.taken == [str(number) for number in range(100)]
    peer.close(Close.GOING_AWAY)
    await ended(pump)


@pytest.mark.parametrize(("frames", "size"), [(11, 1), (3, 400)])
async def test_a_full_queue_closes_the_socket(frames: int, size: int) -> None:
    """By the number of frames or by their bytes; what waited is dropped, nothing more is taken."""
    peer, wire = join(hub()), Wire()
    states = []
    for _ in range(frames):
        peer.push("x" * size)
        states.append(peer.closing)
    assert states == [False] * (frames - 1) + [True]
    peer.push("late")
    assert await peer.pump(wire.send) is Close.TOO_SLOW
    assert wire.taken == []


async def test_a_stream_waits_for_room() -> None:
    """Above half of the queue it waits; the rest is left to what cannot wait."""
    peer, wire = join(hub()), Wire()
    wire.open.clear()
    pump = asyncio.create_task(peer.pump(wire.send))

    async def stream() -> None:
        for number in range(50):
            await peer.put(str(number))

    streaming = asyncio.create_task(stream())
    for _ in range(20):
        await asyncio.sleep(0)
    assert not streaming.done()
    for _ in range(4):
        peer.push("change")
    assert not peer.closing
    wire.open.set()
    await asyncio.wait_for(streaming, 5)
    await wire.has(54)
    assert [frame for frame in wire.taken if frame != "change"] == [str(n) for n in range(50)]
    peer.close(Close.SIGNED_OUT)
    assert await ended(pump) is Close.SIGNED_OUT


async def test_closing_lets_go_who_waits_for_room() -> None:
    """A watcher of a socket that has ended does not wait for ever."""
    peer = join(hub())
    for _ in range(6):
        peer.push("x")
    waiting = asyncio.create_task(peer.put("y"))
    await asyncio.sleep(0)
    assert not waiting.done()
    peer.close(Close.TOO_SLOW)
    await asyncio.wait_for(waiting, 5)


async def test_a_frame_that_does_not_leave_closes_the_socket(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """After the time that one frame may take."""
    monkeypatch.setattr(hub_module, "SEND_SECONDS", 0.01)
    peer, wire = join(hub()), Wire()
    wire.open.clear()
    peer.push("stuck")
    assert await asyncio.wait_for(peer.pump(wire.send), 5) is Close.TOO_SLOW
    assert peer.closing


async def test_the_first_reason_to_close_counts() -> None:
    """Signed out stays signed out, also when the server then stops."""
    place = hub()
    peer = join(place)
    peer.close(Close.SIGNED_OUT)
    place.close_all()
    assert await peer.pump(Wire().send) is Close.SIGNED_OUT


async def test_a_session_is_closed_on_all_its_sockets() -> None:
    """And on no other; a session nobody is connected with is fine."""
    place, session = hub(), new_id()
    gone = [join(place, session=session), join(place, session=session)]
    stays = [join(place), join(place, CHARLIE)]
    await place.close_session(session)
    await place.close_session(new_id())
    assert [peer.closing for peer in gone + stays] == [True, True, False, False]


async def test_how_many_may_join() -> None:
    """A person's devices and all devices are bounded; who leaves makes room."""
    place = hub()
    bobs = [join(place) for _ in range(3)]
    with pytest.raises(Refusal, match="too_many_sockets") as refused:
        join(place)
    assert refused.value.retry_after_seconds == 60
    for _ in range(2):
        join(place, CHARLIE)
    with pytest.raises(Refusal, match="too_many_sockets"):
        join(place, CHARLIE)
    place.leave(bobs.pop())
    join(place, CHARLIE)
    place.leave(bobs.pop())
    join(place)


async def test_who_has_left_is_told_nothing() -> None:
    """The last device of a person leaves no trace."""
    place = hub()
    peer = join(place)
    place.leave(peer)
    place.tell(BOB, Note(text="late"))
    place.close_all()
    assert not peer.closing
