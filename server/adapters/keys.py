"""The server's key: made at the first start, kept in the data folder and never in the database."""

import hmac
import os
import secrets
from contextlib import suppress
from pathlib import Path
from typing import Final

from server.core.errors import StartError

LENGTH_BYTES: Final = 32
FILE: Final = Path("keys", "server.key")


class ServerKey:
    """One secret, from which every purpose gets a key of its own."""

    def __init__(self, data_folder: Path) -> None:
        self._path = data_folder / FILE
        self._secret: bytes | None = None

    def load(self) -> None:
        """Read the key; make it if there is none.

        Raises StartError if it cannot be read or made, or is too short to be one of ours. A bad one
        is never replaced: everybody would be signed out, and nobody told why.
        """
        try:
            if not self._path.exists():
                _make(self._path)
            secret = self._path.read_bytes()
        except OSError as error:
            raise StartError(
                f"The server's key {self._path} cannot be read or made ({error.strerror}). Give "
                "this user the right to it, or restore it from a backup."
            ) from error
        if len(secret) < LENGTH_BYTES:
            raise StartError(
                f"The server's key {self._path} is damaged: it has {len(secret)} bytes, not "
                f"{LENGTH_BYTES}. Restore it from a backup, or delete it to have a new one made; "
                "everybody then signs in again."
            )
        self._secret = secret

    def derive(self, purpose: str) -> bytes:
        """Return 32 bytes that are the same for the same purpose, and say nothing of the others."""
        if self._secret is None:
            raise RuntimeError("The server's key is not loaded.")
        return hmac.digest(self._secret, b"claude-rasp/1/" + purpose.encode(), "sha256")


def _make(path: Path) -> None:
    """Write a new key whole, or not at all, readable by this user only; an existing one stays."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    try:
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(secrets.token_bytes(LENGTH_BYTES))
            file.flush()
            os.fsync(file.fileno())
        with suppress(FileExistsError):  # another start was faster: its key it is
            path.hardlink_to(draft)
        _sync_folder(path.parent)
    finally:
        draft.unlink(missing_ok=True)


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
