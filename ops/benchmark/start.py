"""How long a start takes, and what the server weighs then and after twenty conversations."""

import asyncio
from pathlib import Path
from statistics import median

from .device import Device, ask_all
from .figures import Figure
from .processes import Server, asking, in_loop, serving, upstream
from .script import Script

READY_SECONDS = 1.2
AT_REST_MB = 80.0
IN_USE_MB = 155.0
CONVERSATIONS = 20
SECONDS = 30.0
KB = 1024
MB = 1e6
ANSWER = Script(deltas=100, every_ms=2)


def measure(folder: Path, runs: int) -> list[Figure]:
    """Start it as delivered: no key, so the simulator is in the process too."""
    data = folder / "data"
    with serving(data) as server:
        first = server.ready_seconds
    seconds = []
    for _ in range(runs):
        with serving(data) as server:
            seconds.append(server.ready_seconds)
    with serving(data) as server:
        at_rest = server.settled_pss_kb()
    return [
        Figure("first start, with the database made", "s", first),
        Figure(f"start to ready, median of {runs}", "s", median(seconds), at_most=READY_SECONDS),
        Figure("memory (PSS) at rest", "MB", at_rest * KB / MB, at_most=AT_REST_MB),
        _in_use(data),
    ]


def _in_use(data: Path) -> Figure:
    with upstream() as port, serving(data, **asking(port)) as server:
        used = in_loop(_converse(server))
    name = f"memory (PSS) after {CONVERSATIONS} conversations"
    return Figure(name, "MB", used * KB / MB, at_most=IN_USE_MB)


async def _converse(server: Server) -> int:
    """Ask one question in each of twenty conversations, one after the other; then weigh (kB)."""
    token = server.sign_in()
    device = await Device.connect(server.url, token)
    for _ in range(CONVERSATIONS):
        await ask_all([device], [(server.new_conversation(token), ANSWER)], SECONDS)
    used = await asyncio.to_thread(server.settled_pss_kb)  # while the device stays connected
    device.close()
    return used
