"""How far behind the upstream a person sees each piece of text, at a natural pace."""

from collections.abc import Callable, Iterable, Sequence
from itertools import chain

from .device import Device, ask_all
from .direct import ask_directly
from .figures import Figure, middle, p95
from .processes import Server
from .script import Script
from .streams import Stream

BEHIND_MS = 3.0
SECONDS = 60.0
SOCKETS_MAX = 25
"""More streams than this share sockets, as the conversations of one device do."""

PACE = Script(deltas=40, first_ms=400, every_ms=40)
"""The first word after 0.4 s, then 25 deltas of 20 characters a second."""


async def measure(
    server: Server, port: int, streams: int, rounds: int, pace: Script = PACE
) -> list[Figure]:
    """Ask `streams` questions together, directly and through the app, turn about."""
    token = server.sign_in()
    conversations = [server.new_conversation(token) for _ in range(streams)]
    devices = [await Device.connect(server.url, token) for _ in range(min(streams, SOCKETS_MAX))]
    base: list[Stream] = []
    ours: list[Stream] = []
    for number in range(rounds + 1):
        directly = await ask_directly(port, [pace] * streams, SECONDS)
        through = await ask_all(devices, [(each, pace) for each in conversations], SECONDS)
        if number > 0:  # the first round warms both up
            base += directly
            ours += through
    for device in devices:
        device.close()
    for stream in ours + base:
        if (came := len(stream.delays_ms())) != pace.deltas:
            raise RuntimeError(f"{came} deltas came of {pace.deltas}")
    return _figures(f"{streams} streams" if streams > 1 else "1 stream", ours, base)


def _figures(name: str, ours: list[Stream], base: list[Stream]) -> list[Figure]:
    delays = [[stream.delays_ms() for stream in side] for side in (ours, base)]
    first = [[stream[0] for stream in side] for side in delays]
    every = [list(chain.from_iterable(side)) for side in delays]
    whole = [[stream.first_ms() for stream in side] for side in (ours, base)]
    behind = middle(first[0]) - middle(first[1])
    return [
        Figure(f"{name}: first token behind the direct one", "ms", behind, at_most=BEHIND_MS),
        _figure(f"{name}: first token, sent to seen, median", middle, first),
        _figure(f"{name}: first token, sent to seen, 95 %", p95, first),
        _figure(f"{name}: every token, sent to seen, median", middle, every),
        _figure(f"{name}: every token, sent to seen, 95 %", p95, every),
        _figure(f"{name}: question to first token, median", middle, whole),
    ]


def _figure(
    name: str, summary: Callable[[Iterable[float]], float], sides: Sequence[Sequence[float]]
) -> Figure:
    return Figure(name, "ms", summary(sides[0]), base=summary(sides[1]))
