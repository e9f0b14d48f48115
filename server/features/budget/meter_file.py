"""The file of the second meter: whole lines, on the disk before anybody is told of them.

Everything here blocks and is called in the meter's own thread. A line is JSON and ends in a
checksum. The first one is the base: up to which entry of the ledger lines were left out. A write
that the power cut short leaves a piece without its end; nobody was told of it, so it is dropped.
Damage anywhere else is not.
"""

import errno
import json
import os
import zlib
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final
from uuid import UUID

LARGEST_BYTES: Final = 5_000_000
"""Beyond this the file is rewritten with its newest half: some ten thousand requests."""


@dataclass(frozen=True, slots=True)
class MeterLine:
    """One entry of the ledger, as the meter keeps it; `day` and `month` as numbers.

    `nano_eur` is what is held or posted, signed for a correction. `closes` is the hold's number.
    """

    seq: int
    chain: str
    kind: str
    purse: str
    user: UUID
    day: int
    month: int
    nano_eur: int
    closes: int | None = None


@dataclass(frozen=True, slots=True)
class Base:
    """Lines up to entry `seq`, whose chain is `chain`, are not in the file."""

    seq: int
    chain: str


@dataclass(frozen=True, slots=True)
class Content:
    """What the file says; `good_bytes` leaves out a piece that a power cut left at its end."""

    base: Base
    texts: tuple[bytes, ...]
    good_bytes: int

    @property
    def lines(self) -> tuple[MeterLine, ...]:
        """Every line, in the order of the file; may raise DamagedError."""
        return tuple(map(_line_of, self.texts))

    @property
    def last(self) -> Base:
        """The newest entry that the meter has counted; may raise DamagedError."""
        if not self.texts:
            return self.base
        line = _line_of(self.texts[-1])
        return Base(line.seq, line.chain)


class DamagedError(Exception):
    """Something in the file is not as it was written."""


class MeterFile:
    """The file at `path`. Only `replace` creates it, so that a missing one is not made up for."""

    def __init__(self, path: Path, largest_bytes: int = LARGEST_BYTES) -> None:
        self.path = path
        self._largest_bytes = largest_bytes
        self._handle: int | None = None
        self._good_bytes = 0

    def read(self) -> Content:
        """Return what it says, and go on writing behind it.

        Raises FileNotFoundError, another OSError, or DamagedError.
        """
        content = parsed(self.path.read_bytes())
        self._good_bytes = content.good_bytes
        return content

    def append(self, lines: Sequence[MeterLine]) -> None:
        """Add lines, on the disk when this returns. Raises OSError: then none was added."""
        data = b"".join(map(encoded, lines))
        try:
            handle = self._opened()
            self._require_same(handle)
            _write_at(handle, data, self._good_bytes)
            os.fsync(handle)
        except OSError:
            self.close()  # what is half written is cut off when it is opened again
            raise
        self._good_bytes += len(data)

    def replace(self, base: Base, lines: Sequence[MeterLine]) -> None:
        """Put a file that says this in its place, whole or not at all. Raises OSError."""
        data = encoded(base) + b"".join(map(encoded, lines))
        draft = self.path.with_name(f"{self.path.name}.new")
        handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        try:
            _write_at(handle, data, 0)
            os.fsync(handle)
        finally:
            os.close(handle)
        self.close()
        draft.replace(self.path)
        _sync_folder(self.path.parent)
        self._good_bytes = len(data)

    @property
    def is_large(self) -> bool:
        """Whether it is time to leave something out."""
        return self._good_bytes > self._largest_bytes

    def compact(self) -> None:
        """Leave out the older half if the file has become large. Raises OSError, DamagedError."""
        if not self.is_large:
            return
        lines = self.read().lines
        half = (len(lines) + 1) // 2
        left_out = lines[half - 1]
        self.replace(Base(left_out.seq, left_out.chain), lines[half:])

    def close(self) -> None:
        """Give the file back; a later write opens it again."""
        if self._handle is not None:
            os.close(self._handle)
            self._handle = None

    def _opened(self) -> int:
        if self._handle is None:
            self._handle = os.open(self.path, os.O_WRONLY)
            if os.fstat(self._handle).st_size > self._good_bytes:
                os.ftruncate(self._handle, self._good_bytes)
        return self._handle

    def _require_same(self, handle: int) -> None:
        """Raise OSError if the file was deleted, replaced or shortened by somebody meanwhile."""
        opened = os.fstat(handle)
        if not os.path.samestat(opened, self.path.stat()) or opened.st_size < self._good_bytes:
            raise OSError(errno.ESTALE, "the second meter was replaced", str(self.path))


def encoded(line: MeterLine | Base) -> bytes:
    """Return a line as the file has it."""
    fields = asdict(line)
    if isinstance(line, Base):
        fields["kind"] = "base"
    text = json.dumps(fields, separators=(",", ":"), default=str).encode()
    return b"%b %08x\n" % (text, zlib.crc32(text))


def parsed(data: bytes) -> Content:
    """Return what a file with these bytes says, every checksum checked; raises DamagedError.

    The lines are read when they are asked for: a start needs the last one only.
    """
    good_bytes = data.rfind(b"\n") + 1
    texts = tuple(map(_checked, data[:good_bytes].split(b"\n")[:-1]))
    if not texts:
        raise DamagedError("it is empty")
    return Content(_base_of(texts[0]), texts[1:], good_bytes)


def _checked(line: bytes) -> bytes:
    text, _, checksum = line.rpartition(b" ")
    if checksum != b"%08x" % zlib.crc32(text):
        raise DamagedError(line[:100].decode(errors="replace"))
    return text


def _base_of(text: bytes) -> Base:
    fields = _fields_of(text)
    if fields.pop("kind") != "base":
        raise DamagedError("it does not begin with its base")
    return Base(**fields)


def _line_of(text: bytes) -> MeterLine:
    fields = _fields_of(text)
    try:
        fields["user"] = UUID(fields["user"])
        return MeterLine(**fields)
    except (KeyError, TypeError, ValueError) as error:
        raise DamagedError("a line says something else") from error


def _fields_of(text: bytes) -> dict[str, Any]:
    fields: dict[str, Any] = json.loads(text)  # what has its checksum was written here
    return fields


def _write_at(handle: int, data: bytes, offset: int) -> None:
    written = 0
    while written < len(data):
        written += os.pwrite(handle, data[written:], offset + written)


def _sync_folder(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
