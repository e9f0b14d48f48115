"""The upstream of the benchmark: `python -m ops.benchmark.upstream` prints its port and serves.

It answers `POST /v1/messages` as the question's script says, and nothing else.
"""

import asyncio
import json
from time import monotonic_ns
from typing import Final

import uvloop

from .script import Script, at_full_speed, chunk, closing, delta, opening, stamped

HEAD: Final = (
    b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream; charset=utf-8\r\n"
    b"cache-control: no-cache\r\nrequest-id: req_bench\r\ntransfer-encoding: chunked\r\n\r\n"
)
LAST_CHUNK: Final = b"0\r\n\r\n"


async def serve() -> None:
    """Serve until cancelled."""
    server = await asyncio.start_server(_connection, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


async def _connection(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while True:
            await _play(await _question(reader), writer)
    except (asyncio.IncompleteReadError, ConnectionError):
        writer.close()


async def _question(reader: asyncio.StreamReader) -> Script:
    """Read one request; the script is the text of its last message."""
    head = (await reader.readuntil(b"\r\n\r\n")).lower()
    length = int(head.partition(b"content-length:")[2].split(b"\r\n", 1)[0])
    asked = json.loads(await reader.readexactly(length))["messages"][-1]["content"]
    return Script.from_question(asked if isinstance(asked, str) else asked[-1]["text"])


async def _play(script: Script, writer: asyncio.StreamWriter) -> None:
    pieces = at_full_speed(script.deltas) if script.every_ms == 0 else ()
    await asyncio.sleep(script.first_ms / 1000)
    if pieces:
        writer.write(HEAD)
        for piece in pieces:
            writer.write(piece)
            await writer.drain()
    else:
        await _play_at_pace(script, writer)
    writer.write(LAST_CHUNK)
    await writer.drain()


async def _play_at_pace(script: Script, writer: asyncio.StreamWriter) -> None:
    loop = asyncio.get_running_loop()
    began = loop.time()
    writer.write(HEAD + chunk(opening()))
    for number in range(script.deltas):
        await asyncio.sleep(max(0.0, began + number * script.every_ms / 1000 - loop.time()))
        writer.write(chunk(delta(stamped(monotonic_ns()))))
    writer.write(chunk(closing(script.deltas)))


if __name__ == "__main__":
    uvloop.run(serve())
