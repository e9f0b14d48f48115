"""The data folder: made if need be, and held by one server at a time."""

import fcntl
import os
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from server.core.errors import StartError

OTHERS: Final = 0o077
"""Every right of everybody but this user: a folder that was there already may be open to them."""


class DataFolder:
    """An exclusive hold on the folder with the database, given back when the process ends.

    Raises StartError where the folder cannot be written or another server holds it.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock_file: int | None = None

    def hold(self) -> None:
        """Make the folder and take the hold. What this process writes from here on is private."""
        os.umask(OTHERS)
        try:
            self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._lock_file = os.open(self.path / ".lock", os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise StartError(
                f"The data folder {self.path} cannot be written ({error.strerror}). Give this user "
                "the right to write there, or choose another with CLAUDE_RASP_DATA."
            ) from error
        try:
            fcntl.flock(self._lock_file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            self.release()
            raise StartError(
                f"Another claude-rasp is already running on the data folder {self.path}. Stop it "
                "first, or choose another folder with CLAUDE_RASP_DATA."
            ) from error

    def release(self) -> None:
        """Give the hold back."""
        if self._lock_file is not None:
            os.close(self._lock_file)
            self._lock_file = None

    def __enter__(self) -> Self:
        self.hold()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.release()
