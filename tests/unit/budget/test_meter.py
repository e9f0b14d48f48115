"""The second meter: on the disk before anybody is told, in order, and never half believed."""

import asyncio
import errno
import os
import resource
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Final
from uuid import UUID

import pytest
import pytest_asyncio

from server.features.budget.meter import FILE_NAME, Base, Meter, MeterLine
from server.features.budget.meter_file import DamagedError, encoded, parsed

pytestmark = pytest.mark.asyncio

BOB: Final = UUID("019aa5a0-0000-7000-8000-000000000b0b")


def line(seq: int, nano_eur: int = 1_000) -> MeterLine:
    """Return a hold of Bob's."""
    return MeterLine(seq, f"{seq:032x}", "hold", "real", BOB, 20261121, 202611, nano_eur)


def ends_at(seq: int) -> Callable[[], Awaitable[int]]:
    """Stand for a ledger whose newest entry has this number."""

    async def last_seq() -> int:
        return seq

    return last_seq


async def ledger(seq: int) -> str | None:
    """Stand for a ledger with the entries 1 to 9."""
    return f"{seq:032x}" if 1 <= seq <= 9 else None


@pytest_asyncio.fixture
async def meter(tmp_path: Path) -> AsyncIterator[Meter]:
    """Begin the meter of a new instance."""
    meter = Meter(tmp_path)
    assert await meter.check(ends_at(0), ledger) is None
    yield meter
    await meter.close()


async def found(folder: Path, last_seq: int = 9) -> str | None:
    """Open the folder's meter as the next start does, and say what is wrong."""
    meter = Meter(folder)
    try:
        return await meter.check(ends_at(last_seq), ledger)
    finally:
        await meter.close()


def seqs(folder: Path) -> list[int]:
    """Return the numbers in the file."""
    return [line.seq for line in parsed((folder / FILE_NAME).read_bytes()).lines]


async def test_a_new_ledger_gets_its_meter_at_once(meter: Meter, tmp_path: Path) -> None:
    """It is there before the first hold, so that its absence always means something."""
    assert (await meter.content()).last == Base(0, "")
    assert (tmp_path / FILE_NAME).stat().st_mode & 0o777 == 0o600


async def test_what_is_recorded_is_in_the_file(meter: Meter, tmp_path: Path) -> None:
    """Once `record` returns, another reader finds the very same line."""
    given = MeterLine(1, "c" * 32, "post", "simulated", BOB, 20261121, 202611, -5, closes=7)
    await meter.record(given)
    assert parsed((tmp_path / FILE_NAME).read_bytes()).lines == (given,)


async def test_nobody_is_told_before_the_disk_has_it(
    meter: Meter, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """While the disk is busy the line waits; it is flushed after it was written."""
    sizes: list[int] = []
    real = os.fsync

    def watched(handle: int) -> None:
        sizes.append(os.fstat(handle).st_size)
        real(handle)

    before = (tmp_path / FILE_NAME).stat().st_size
    monkeypatch.setattr(os, "fsync", watched)
    await meter.record(line(1))
    assert sizes == [before + len(encoded(line(1)))]


async def test_many_share_a_flush_and_keep_their_order(
    meter: Meter, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A hundred at once, handed over backwards, are in order with a few flushes."""
    flushes: list[int] = []
    real = os.fsync

    def counted(handle: int) -> None:
        flushes.append(handle)
        real(handle)

    monkeypatch.setattr(os, "fsync", counted)
    await asyncio.gather(*(meter.record(line(seq)) for seq in range(100, 0, -1)))
    assert seqs(tmp_path) == list(range(1, 101))
    assert len(flushes) <= 3


async def test_whoever_leaves_does_not_hold_up_the_others(meter: Meter, tmp_path: Path) -> None:
    """One that is cancelled while it waits; the rest are written and told."""
    waiting = [asyncio.create_task(meter.record(line(seq))) for seq in (1, 2, 3)]
    await asyncio.sleep(0)
    waiting[1].cancel()
    results = await asyncio.gather(*waiting, return_exceptions=True)
    assert [type(result) for result in results] == [type(None), asyncio.CancelledError, type(None)]
    assert seqs(tmp_path) == [1, 2, 3]


async def test_closing_writes_what_waits(tmp_path: Path) -> None:
    """A post that nobody waits for is not lost by a stop."""
    meter = Meter(tmp_path)
    await meter.check(ends_at(0), ledger)
    meter.record_soon(line(1))
    await meter.close()
    assert seqs(tmp_path) == [1]


async def test_a_cut_at_any_byte_of_the_last_line_is_no_damage(tmp_path: Path) -> None:
    """What the power cut left of it is dropped, the meter goes on behind the line before."""
    whole = encoded(Base(0, "")) + encoded(line(1)) + encoded(line(2))
    before = len(whole) - len(encoded(line(2)))
    for end in range(before, len(whole)):
        (tmp_path / FILE_NAME).write_bytes(whole[:end])
        meter = Meter(tmp_path)
        assert await meter.check(ends_at(9), ledger) is None, end
        await meter.record(line(3))
        await meter.close()
        assert seqs(tmp_path) == [1, 3], end


async def test_a_changed_byte_elsewhere_is_damage(tmp_path: Path) -> None:
    """Whichever byte of a line that was told, the meter is not believed any more."""
    whole = encoded(Base(0, "")) + encoded(line(1)) + encoded(line(2))
    for at in range(len(whole) - 1):
        changed = bytearray(whole)
        changed[at] ^= 0x01
        with pytest.raises(DamagedError):
            parsed(bytes(changed))
    (tmp_path / FILE_NAME).write_bytes(b"x" + whole[1:])
    assert await found(tmp_path) == "meter_damaged"


async def test_a_meter_that_is_behind_is_fine(meter: Meter, tmp_path: Path) -> None:
    """A crash between the ledger's commit and the meter's line leaves it so."""
    await meter.record(line(8))
    assert await found(tmp_path) is None


async def test_a_meter_that_is_ahead_is_told(meter: Meter, tmp_path: Path) -> None:
    """An older backup was put back."""
    await meter.record(line(9))
    assert await found(tmp_path, last_seq=8) == "meter_ahead"


async def test_another_ledger_is_told(meter: Meter, tmp_path: Path) -> None:
    """The entry of that number is another one, or is gone."""
    await meter.record(MeterLine(5, "f" * 32, "hold", "real", BOB, 20261121, 202611, 1))
    assert await found(tmp_path) == "meter_differs"
    await meter.record(line(10))
    assert await found(tmp_path, last_seq=20) == "entry_missing"


async def test_a_missing_meter_is_told_and_not_made_up_for(tmp_path: Path) -> None:
    """Nothing is counted beside a ledger with entries until somebody has looked."""
    meter = Meter(tmp_path)
    assert await meter.check(ends_at(9), ledger) == "meter_missing"
    with pytest.raises(OSError, match="not usable"):
        await meter.record(line(10))
    assert not (tmp_path / FILE_NAME).exists()
    await meter.rebase(Base(9, f"{9:032x}"), ())
    await meter.record(line(10))
    await meter.close()
    assert seqs(tmp_path) == [10]


async def test_one_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    """A folder in its place, say."""
    (tmp_path / FILE_NAME).mkdir()
    assert await found(tmp_path) == "meter_unreadable"


async def test_a_meter_deleted_while_it_runs_is_noticed(meter: Meter, tmp_path: Path) -> None:
    """The system would go on writing to a file that has no name any more."""
    await meter.record(line(1))
    (tmp_path / FILE_NAME).unlink()
    with pytest.raises(FileNotFoundError):
        await meter.record(line(2))
    assert not meter.writable


async def test_a_meter_cut_while_it_runs_is_noticed(meter: Meter, tmp_path: Path) -> None:
    """Lines that were told are gone: a new write fails in place of hiding it."""
    await meter.record(line(1))
    os.truncate(tmp_path / FILE_NAME, 10)
    with pytest.raises(OSError, match="replaced"):
        await meter.record(line(2))
    assert await found(tmp_path) == "meter_damaged"


async def test_a_write_that_fails_is_told_to_all_and_leaves_nothing(
    meter: Meter, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Some lines are on the disk when it is full; they are cut off before the next one."""
    real = os.pwrite
    await meter.record(line(1))

    def full(handle: int, data: bytes, offset: int) -> int:
        real(handle, data[:-5], offset)
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "pwrite", full)
    results = await asyncio.gather(
        *(meter.record(line(seq)) for seq in (2, 3, 4)), return_exceptions=True
    )
    assert [getattr(result, "errno", None) for result in results] == [errno.ENOSPC] * 3
    assert not meter.writable
    monkeypatch.undo()
    await meter.record(line(5, nano_eur=10**15))  # longer: it ends within what was left there
    assert seqs(tmp_path) == [1, 5]
    assert meter.writable


FILL: Final = """
import asyncio, resource, sys, signal
from pathlib import Path
from tests.unit.budget.test_meter import Meter, ends_at, ledger, line
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
async def main():
    meter = Meter(Path(sys.argv[1]))
    assert await meter.check(ends_at(0), ledger) is None
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, resource.RLIM_INFINITY))
    told = 0
    try:
        while True:
            await meter.record(line(told + 1))
            told += 1
    except OSError as error:
        print(told, error.errno)
asyncio.run(main())
"""


async def test_a_disk_that_fills_up_stops_the_count_at_whole_lines(tmp_path: Path) -> None:
    """The real system's error: what was told is there, what was not is no damage."""
    assert resource.RLIMIT_FSIZE
    child = await asyncio.to_thread(
        subprocess.run,
        [sys.executable, "-c", FILL, str(tmp_path)],
        capture_output=True,
        text=True,
        check=True,
        timeout=30,
        env={**os.environ, "PYTHONPATH": "."},
    )
    told, error = map(int, child.stdout.split())
    assert error == errno.EFBIG
    assert told > 0
    assert seqs(tmp_path) == list(range(1, told + 1))
    assert await found(tmp_path, last_seq=told) is None


async def test_a_large_meter_leaves_out_its_older_half(tmp_path: Path) -> None:
    """Its size is bounded; the newest lines and where they begin stay, at every moment."""
    meter = Meter(tmp_path, largest_bytes=2_000)
    await meter.check(ends_at(0), ledger)
    for seq in range(1, 101):
        await meter.record(line(seq))
        content = await meter.content()
        assert (tmp_path / FILE_NAME).stat().st_size <= 2_000
        assert content.last == Base(seq, f"{seq:032x}")
        first = content.lines[0].seq if content.lines else seq + 1
        assert content.base == Base(first - 1, f"{first - 1:032x}" if first > 1 else "")
    await meter.close()


async def test_compaction_that_fails_hurts_nobody(tmp_path: Path) -> None:
    """A disk without room for a second file: the line is counted, the old file stays."""
    meter = Meter(tmp_path, largest_bytes=500)
    await meter.check(ends_at(0), ledger)
    (tmp_path / f"{FILE_NAME}.new").mkdir()
    for seq in range(1, 11):
        await meter.record(line(seq))
    assert seqs(tmp_path) == list(range(1, 11))
    await meter.close()
