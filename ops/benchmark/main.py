"""The command line of `ops/bench`: everything in one run, a table and a JSON file."""

import argparse
import json
import os
import platform
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from server import __version__

from . import delay, first_load, money, speed, start, writes
from .figures import Figure, Missing, table
from .processes import ROOT, Server, asking, in_loop, serving, upstream
from .script import Script

JSON: Final = ROOT / "bench.json"


@dataclass(frozen=True, slots=True)
class Size:
    """How much of everything is measured."""

    starts: int
    rounds: int
    streams: tuple[int, ...]
    pace: Script
    one_deltas: int
    many: int
    many_deltas: int
    speed_runs: int
    answers: int
    ledgers: tuple[int, ...]
    holds: int


FULL: Final = Size(
    10, 3, (1, 20, 50), delay.PACE, 200_000, 20, 10_000, 3, 3, (100_000, 1_000_000), 300
)
QUICK: Final = Size(
    2, 1, (1, 5), Script(10, first_ms=200, every_ms=40), 20_000, 5, 2_000, 1, 1, (10_000,), 60
)


def main() -> int:
    """Measure, print, write; 1 if a bound was missed."""
    parser = argparse.ArgumentParser(prog="ops/bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="less of everything: rougher figures")
    parser.add_argument("--json", type=Path, default=JSON, metavar="PATH", help=f"default: {JSON}")
    options = parser.parse_args()
    with TemporaryDirectory(prefix="claude-rasp-bench-") as folder:
        figures = _measure(Path(folder), QUICK if options.quick else FULL)
    print(table(figures))
    _write(options.json, figures, quick=options.quick)
    return int(any(isinstance(each, Figure) and each.within is False for each in figures))


def _measure(folder: Path, size: Size) -> list[Figure | Missing]:
    figures: list[Figure | Missing] = [*start.measure(folder, size.starts)]
    figures += money.measure(folder, size.ledgers, size.holds)
    data = folder / "data"
    with upstream() as port, serving(data, **asking(port)) as server:
        figures += in_loop(writes.measure(server, size.answers))
        figures += in_loop(_measure_streams(server, port, size))
        figures += in_loop(first_load.measure(server))
    return figures


async def _measure_streams(server: Server, port: int, size: Size) -> list[Figure]:
    figures: list[Figure] = []
    for streams in size.streams:
        figures += await delay.measure(server, port, streams, size.rounds, size.pace)
    for streams, deltas in ((1, size.one_deltas), (size.many, size.many_deltas)):
        figures += await speed.measure(server, port, streams, deltas, size.speed_runs)
    return figures


def _write(path: Path, figures: Iterable[Figure | Missing], *, quick: bool) -> None:
    document: dict[str, Any] = {
        "version": __version__,
        "time": datetime.now(UTC).isoformat(timespec="seconds"),
        "quick": quick,
        "machine": {
            "processor": platform.machine(),
            "cores": os.cpu_count(),
            "system": platform.platform(),
            "python": platform.python_version(),
        },
        "figures": [each.as_json() for each in figures if isinstance(each, Figure)],
        "not_measured": [asdict(each) for each in figures if isinstance(each, Missing)],
    }
    path.write_text(json.dumps(document, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    print(f"\nFigures: {path}")
