"""Argon2id off the event loop."""

import asyncio
import threading
import unicodedata

import pytest

from server.adapters.passwords import AT_ONCE, MEMORY_KIB, TIME_COST, Passwords

pytestmark = pytest.mark.asyncio


class Watched(Passwords):
    """Counts how many verifications run at the same moment."""

    def __init__(self) -> None:
        super().__init__(time_cost=1, memory_kib=8)
        self.running = 0
        self.most = 0
        self.lock = threading.Lock()
        self.second_arrived = threading.Event()

    def _verify(self, stored: str | None, password: str) -> bool:
        with self.lock:
            self.running += 1
            self.most = max(self.most, self.running)
            if self.running == AT_ONCE:
                self.second_arrived.set()
        self.second_arrived.wait(5)
        result = super()._verify(stored, password)
        with self.lock:
            self.running -= 1
        return result


async def test_the_hash_is_argon2id_with_our_parameters() -> None:
    """The stored text names Argon2id, its memory, its passes and its one lane."""
    passwords = Passwords()
    stored = await passwords.hash("correct horse")
    assert stored.startswith(f"$argon2id$v=19$m={MEMORY_KIB},t={TIME_COST},p=1$")
    assert await passwords.verify(stored, "correct horse")
    assert not await passwords.verify(stored, "incorrect horse")
    passwords.close()


async def test_a_hash_of_other_parameters_is_outdated() -> None:
    """What was hashed more cheaply is to be hashed again."""
    cheap, dear = Passwords(1, 8), Passwords(2, 16)
    stored = await cheap.hash("correct horse")
    assert not cheap.outdated(stored)
    assert dear.outdated(stored)
    cheap.close()
    dear.close()


async def test_two_keyboards_type_the_same_password() -> None:
    """Composed and decomposed accents are one password."""
    passwords = Passwords(1, 8)
    stored = await passwords.hash(unicodedata.normalize("NFC", "déjà-vu-à-Noël"))
    assert await passwords.verify(stored, unicodedata.normalize("NFD", "déjà-vu-à-Noël"))
    passwords.close()


async def test_at_most_two_hashes_run_at_once() -> None:
    """Six sign-ins at once use the memory of two."""
    passwords = Watched()
    await asyncio.gather(*(passwords.verify(None, "x") for _ in range(6)))
    assert passwords.most == AT_ONCE
    passwords.close()


class Ledger:
    """Stands for argon2 and writes down what it was made to compute."""

    def __init__(self) -> None:
        self.computed: list[str] = []

    def hash(self, password: str) -> str:
        self.computed.append(password)
        return "hash"

    def verify(self, stored: str, password: str) -> bool:
        self.computed.append(password)
        return stored == password


async def test_nobody_is_verified_at_the_same_cost() -> None:
    """A name that does not exist costs one computation, as one that exists, and is False."""
    passwords = Passwords()
    ledger = passwords.__dict__["_argon2"] = Ledger()
    assert not await passwords.verify(None, "guess")
    assert ledger.computed == ["guess"]
    assert await passwords.verify("right", "right")
    assert ledger.computed == ["guess", "right"]
    passwords.close()
