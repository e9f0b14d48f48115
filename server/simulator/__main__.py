"""The simulator in a process of its own: `python -m server.simulator --port 9000`."""

import argparse
import asyncio
import signal
import sys

from server.simulator.serve import Simulator


def main() -> None:
    """Serves until it is interrupted; prints the base URL when it listens."""
    parser = argparse.ArgumentParser(prog="python -m server.simulator", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one (default)")
    parser.add_argument("--pace", type=float, default=1.0, help="scales every delay (default 1)")
    options = parser.parse_args()
    asyncio.run(_serve(options.host, options.port, options.pace))


async def _serve(host: str, port: int, pace: float) -> None:
    simulator = Simulator(pace)
    try:
        print(await simulator.start(host, port), flush=True)  # noqa: T201 - a command line prints
    except OSError as error:
        sys.exit(f"The simulator cannot listen on {host}:{port}: {error.strerror}")
    told = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, told.set)
    await told.wait()
    await simulator.stop()


if __name__ == "__main__":
    main()
