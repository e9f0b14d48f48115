"""The server's key file."""

from pathlib import Path

import pytest

from server.adapters.keys import FILE, ServerKey
from server.core.errors import StartError


def loaded(folder: Path) -> ServerKey:
    """Load the key of a data folder."""
    key = ServerKey(folder)
    key.load()
    return key


def test_the_first_start_makes_a_key_that_only_this_user_reads(tmp_path: Path) -> None:
    """A new key has 32 bytes, is readable by its owner alone, and leaves no draft behind."""
    loaded(tmp_path)
    file = tmp_path / FILE
    assert len(file.read_bytes()) == 32
    assert file.stat().st_mode & 0o777 == 0o600
    assert file.parent.stat().st_mode & 0o777 == 0o700
    assert [each.name for each in file.parent.iterdir()] == [FILE.name]


def test_a_second_start_reads_the_same_key(tmp_path: Path) -> None:
    """What was signed before a restart is still known after it."""
    assert loaded(tmp_path).derive("access") == loaded(tmp_path).derive("access")


def test_each_purpose_has_its_own_key(tmp_path: Path) -> None:
    """No key of one purpose is that of another, and none is the secret itself."""
    key = loaded(tmp_path)
    keys = {key.derive(purpose) for purpose in ("access", "refresh", "csrf")}
    assert len(keys | {(tmp_path / FILE).read_bytes()}) == 4


def test_a_short_key_stops_the_start_and_stays(tmp_path: Path) -> None:
    """A damaged key is told, not replaced."""
    file = tmp_path / FILE
    file.parent.mkdir()
    file.write_bytes(b"short")
    with pytest.raises(StartError, match="it has 5 bytes, not 32"):
        loaded(tmp_path)
    assert file.read_bytes() == b"short"


def test_an_unreadable_key_stops_the_start(tmp_path: Path) -> None:
    """Something that is no file in the key's place is told with its path."""
    (tmp_path / FILE).mkdir(parents=True)
    with pytest.raises(StartError, match=r"server\.key cannot be read or made"):
        loaded(tmp_path)


def test_the_key_shows_in_no_text(tmp_path: Path) -> None:
    """Neither its repr nor its attributes' names give the secret to a log."""
    secret = (tmp_path / FILE, loaded(tmp_path))
    assert repr(secret[0].read_bytes()) not in repr(secret[1])
