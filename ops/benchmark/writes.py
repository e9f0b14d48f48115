"""What an answer writes to the disk: SD cards wear out."""

from .device import Device, ask_all
from .figures import Figure, Missing, middle
from .processes import Server
from .script import DELTA_CHARS, Script

CHARACTERS = 2_000
SECONDS = 60.0
ANSWER = Script(CHARACTERS // DELTA_CHARS, every_ms=40)


async def measure(server: Server, answers: int) -> list[Figure | Missing]:
    """Ask one question after the other, each in a conversation of its own."""
    token = server.sign_in()
    device = await Device.connect(server.url, token)
    written = []
    for _ in range(answers):
        conversation = server.new_conversation(token)
        before = server.written_bytes
        await ask_all([device], [(conversation, ANSWER)], SECONDS)
        written.append(server.written_bytes - before)
    device.close()
    name = f"written to the disk for an answer of {CHARACTERS:,} characters"
    if not any(written):
        return [Missing(name, "the data folder lies on a RAM disk")]
    return [Figure(name, "kB", middle(written) / 1000)]
