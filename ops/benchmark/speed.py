"""How many deltas a second go through at full speed, and what each costs the processor."""

from collections.abc import Callable

from . import device, direct
from .device import Device
from .figures import Figure, middle
from .processes import Server
from .script import Script
from .streams import Stream

AT_LEAST = 20_000
CPU_AT_MOST = 0.05
SECONDS = 120.0


async def measure(server: Server, port: int, streams: int, deltas: int, runs: int) -> list[Figure]:
    """Let `streams` answers of `deltas` each come as fast as they can, and compare every text."""
    script = Script(deltas)
    token = server.sign_in()
    devices = [await Device.connect(server.url, token) for _ in range(streams)]
    rates: list[float] = []
    base: list[float] = []
    cpu: list[float] = []
    for _ in range(runs):
        directly = await direct.ask_directly(port, [script] * streams, SECONDS)
        base.append(rate(directly, script, direct.text_of))
        asks = [(server.new_conversation(token), script) for _ in range(streams)]
        before = server.cpu_seconds
        rates.append(rate(await device.ask_all(devices, asks, SECONDS), script, device.text_of))
        cpu.append((server.cpu_seconds - before) / (streams * deltas / 1000))
    for each in devices:
        each.close()
    name = f"full speed, {streams} stream{'s' if streams > 1 else ''}"
    return [
        Figure(f"{name}: deltas/s", "/s", middle(rates), base=middle(base), at_least=AT_LEAST),
        Figure(f"{name}: CPU per 1,000 deltas", "s", middle(cpu), at_most=CPU_AT_MOST),
    ]


def rate(streams: list[Stream], script: Script, text_of: Callable[[Stream], str]) -> float:
    """Deltas a second from the first byte of any to the last byte of all; each must be whole."""
    for stream in streams:
        text = text_of(stream)
        if text != script.text:
            raise RuntimeError(f"{len(text)} characters came of {len(script.text)}")
    began = min(stream.pieces[0][0] for stream in streams)
    ended = max(stream.ended_ns for stream in streams)
    return len(streams) * script.deltas / ((ended - began) / 1e9)
