"""The second meter: what the ledger has, counted once more in a file of its own beside it.

A hold is committed to the ledger, then counted here, and only then is Claude asked. So the meter is
never ahead of a ledger that is whole: where it is, the ledger has lost something. The file is never
part of a backup; that is how a restored one is noticed.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final, TypeVar

from .meter_file import LARGEST_BYTES, Base, Content, DamagedError, MeterFile, MeterLine

__all__ = ["FILE_NAME", "Base", "Content", "Meter", "MeterLine"]

FILE_NAME: Final = "meter.log"
WRITE_SECONDS: Final = 10.0
"""A disk that takes longer is as good as one that fails."""

SOON_SECONDS: Final = 0.2
"""How long a line that nobody waits for may wait for company."""

log = logging.getLogger(__name__)

T = TypeVar("T")
Waiting = tuple[MeterLine, asyncio.Future[None] | None]


class Meter:
    """The meter of the data folder `folder`. One thread writes; all that wait share an fsync."""

    def __init__(self, folder: Path, largest_bytes: int = LARGEST_BYTES) -> None:
        self._file = MeterFile(folder / FILE_NAME, largest_bytes)
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="meter")
        self._queue: list[Waiting] = []
        self._writer: asyncio.Task[None] | None = None
        self._soon: asyncio.TimerHandle | None = None
        self._usable = False
        self.writable = True
        """Whether the last write succeeded."""

    async def check(
        self,
        last_seq: Callable[[], Awaitable[int]],
        chain_of: Callable[[int], Awaitable[str | None]],
    ) -> str | None:
        """Read the meter, and return why the ledger cannot be trusted; None where it can.

        `last_seq` gives the number of the ledger's newest entry, 0 if it has none; `chain_of` the
        chain of an entry, None where there is none. A ledger without entries is given its meter.
        """
        try:
            last = (await self._in_thread(self._file.read)).last
        except FileNotFoundError:
            if await last_seq():
                return "meter_missing"
            return await self._begin()
        except OSError:
            log.exception("second meter not read")
            return "meter_unreadable"
        except DamagedError as damage:
            log.warning("second meter damaged", extra={"damage": str(damage)})
            return "meter_damaged"
        self._usable = True
        return await _compared(last, last_seq, chain_of)

    async def content(self) -> Content:
        """Return what it says; raises OSError, or DamagedError."""
        await self._drained()
        return await self._in_thread(self._file.read)

    async def record(self, line: MeterLine) -> None:
        """Return once the line is on the disk. Raises OSError: then no call may be made."""
        written: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._queue.append((line, written))
        self._begin_to_write()
        async with asyncio.timeout(WRITE_SECONDS):  # TimeoutError is an OSError
            await written

    def record_soon(self, line: MeterLine) -> None:
        """Have the line written with the next one, or else in a moment: fewer writes to the disk.

        One that fails is logged: the meter is then merely behind.
        """
        self._queue.append((line, None))
        if self._writer is None and self._soon is None:
            loop = asyncio.get_running_loop()
            self._soon = loop.call_later(SOON_SECONDS, self._begin_to_write)

    async def rebase(self, base: Base, lines: Sequence[MeterLine]) -> None:
        """Begin anew from what the ledger has: its newest entries, and where they begin.

        Raises OSError; the meter is then as it was.
        """
        await self._drained()
        await self._in_thread(lambda: self._file.replace(base, lines))
        self._usable = True
        self.writable = True

    async def close(self) -> None:
        """Write what waits, and give the file back."""
        await self._drained()
        await self._in_thread(self._file.close)
        self._thread.shutdown()

    async def _begin(self) -> str | None:
        try:
            await self.rebase(Base(0, ""), ())
        except OSError:
            log.exception("second meter not begun")
            return "meter_unreadable"
        return None

    def _begin_to_write(self) -> None:
        if self._soon is not None:
            self._soon.cancel()
            self._soon = None
        if self._queue and self._writer is None:
            self._writer = asyncio.get_running_loop().create_task(self._write())

    async def _write(self) -> None:
        """Write until nothing waits."""
        try:
            while self._queue:
                batch, self._queue = sorted(self._queue, key=lambda waiting: waiting[0].seq), []
                _tell(batch, await self._append([line for line, _ in batch]))
        finally:
            self._writer = None

    async def _append(self, lines: list[MeterLine]) -> OSError | None:
        if not self._usable:  # nothing is added to a meter that is missing or damaged
            return OSError("the second meter is not usable")
        try:
            await self._in_thread(lambda: self._file.append(lines))
        except OSError as error:
            log.exception("second meter not written")
            self.writable = False
            return error
        self.writable = True
        if self._file.is_large:
            await self._compact()
        return None

    async def _compact(self) -> None:
        try:
            await self._in_thread(self._file.compact)
        except (OSError, DamagedError):
            log.exception("second meter not compacted")

    async def _drained(self) -> None:
        self._begin_to_write()
        if self._writer is not None:
            await asyncio.wait({self._writer}, timeout=WRITE_SECONDS)

    async def _in_thread(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)


async def _compared(
    last: Base,
    last_seq: Callable[[], Awaitable[int]],
    chain_of: Callable[[int], Awaitable[str | None]],
) -> str | None:
    if last.seq > await last_seq():  # asked after the meter was read: both may be growing
        return "meter_ahead"
    if last.seq == 0:
        return None
    chain = await chain_of(last.seq)
    if chain is None:
        return "entry_missing"
    return None if chain == last.chain else "meter_differs"


def _tell(batch: list[Waiting], error: OSError | None) -> None:
    for _, written in batch:
        if written is None or written.done():
            continue
        if error is None:
            written.set_result(None)
        else:
            written.set_exception(error)
