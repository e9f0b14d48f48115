"""Argon2id, in threads of its own."""

import asyncio
import unicodedata
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from typing import TYPE_CHECKING, Final, TypeVar

if TYPE_CHECKING:
    from argon2 import PasswordHasher

T = TypeVar("T")

TIME_COST: Final = 4
MEMORY_KIB: Final = 32 * 1024
"""Four passes over 32 MiB on one lane: 0.1 s on a desktop's core, about half a second on a Pi 4.

It is paid once per sign-in, and a thief of the database pays it for every guess: 3.4 times the work
of the common floor (two passes over 19 MiB). Memory is the reason for 32: glibc hands blocks below
32 MiB out of a heap that it does not shrink, so the floor leaves up to 39 MB behind, where these
blocks go back to the system at once (under 1 MB left). Two at once use 64 MiB for that moment.
"""
AT_ONCE: Final = 2


class Passwords:
    """Hashes and verifies passwords, at most `AT_ONCE` at a time, off the event loop.

    Passwords are compared in Unicode's compatibility form, so that one typed on another keyboard
    or system is the same one.
    """

    def __init__(self, time_cost: int = TIME_COST, memory_kib: int = MEMORY_KIB) -> None:
        self._time_cost = time_cost
        self._memory_kib = memory_kib
        self._threads = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="argon2")

    async def hash(self, password: str) -> str:
        """Return a salted hash that names its own parameters."""
        return await self._run(lambda: self._argon2.hash(_normal(password)))

    async def verify(self, stored: str | None, password: str) -> bool:
        """Tell whether `password` is the one of `stored`.

        None stands for a person who does not exist: it takes as long as any other, and is False.
        """
        return await self._run(lambda: self._verify(stored, _normal(password)))

    def outdated(self, stored: str) -> bool:
        """Tell whether `stored` was made with other parameters than today's."""
        return self._argon2.check_needs_rehash(stored)

    def close(self) -> None:
        """Give the threads back."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    @cached_property
    def _argon2(self) -> "PasswordHasher":
        from argon2 import PasswordHasher  # noqa: PLC0415 - a start has no use for it

        return PasswordHasher(self._time_cost, self._memory_kib, parallelism=1)

    def _verify(self, stored: str | None, password: str) -> bool:
        from argon2.exceptions import VerifyMismatchError  # noqa: PLC0415 - as above

        if stored is None:
            self._argon2.hash(password)
            return False
        try:
            return self._argon2.verify(stored, password)
        except VerifyMismatchError:
            return False

    async def _run(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._threads, work)


def _normal(password: str) -> str:
    return unicodedata.normalize("NFKC", password)
