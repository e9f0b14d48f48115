"""The data folder: made if need be, and held by one server at a time."""

import stat
from pathlib import Path

import pytest

from server.core.errors import StartError
from server.store.folder import DataFolder


def test_the_folder_is_made_for_its_owner_only(tmp_path: Path) -> None:
    """With all that leads to it."""
    path = tmp_path / "a" / "b"
    with DataFolder(path):
        assert stat.S_IMODE(path.stat().st_mode) == 0o700


def test_a_second_server_is_refused(tmp_path: Path) -> None:
    """In one line that says what to do; when the first has gone it may come."""
    with DataFolder(tmp_path):
        for _ in range(2):
            with (
                pytest.raises(StartError, match="already running") as refused,
                DataFolder(tmp_path),
            ):
                pass
            assert "CLAUDE_RASP_DATA" in str(refused.value)
            assert "\n" not in str(refused.value)
    with DataFolder(tmp_path):
        pass


def test_a_folder_that_cannot_be(tmp_path: Path) -> None:
    """A file is in the way: one line that names the folder."""
    (tmp_path / "file").write_text("")
    with (
        pytest.raises(StartError, match="cannot be written") as refused,
        DataFolder(tmp_path / "file" / "data"),
    ):
        pass
    assert "\n" not in str(refused.value)


def test_giving_back_twice_is_fine(tmp_path: Path) -> None:
    """Also without having held."""
    folder = DataFolder(tmp_path)
    folder.release()
    folder.hold()
    folder.release()
    folder.release()
