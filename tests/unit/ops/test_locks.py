"""The lock files: exact, complete, and the same wherever they are read."""

import re
import tomllib

import pytest
from packaging.requirements import Requirement

from tests.unit.ops.checkout import REPOSITORY

LOCKS = REPOSITORY / "ops/lock"


def pins(name: str) -> dict[str, str]:
    """Each package of a lock with its version."""
    return dict(re.findall(r"^([a-z0-9-]+)==(\S+)", (LOCKS / name).read_text(), re.MULTILINE))


@pytest.mark.parametrize("name", ["run.txt", "test.txt", "node.txt"])
def test_a_lock_holds_hashes_and_no_address(name: str) -> None:
    """Every package has an exact version and a hash; nothing says where to fetch it."""
    text = (LOCKS / name).read_text()
    entries = [entry for entry in re.split(r"\n(?=\S)", text) if entry]
    assert all(re.match(r"[a-z0-9-]+==\S+ .*\\\n    --hash=sha256:", entry) for entry in entries)
    assert not re.search(r"://|--index|--find-links", text)


def test_what_is_tested_is_what_runs() -> None:
    """The tests' lock holds every package of the server's, in the same version."""
    assert pins("run.txt").items() <= pins("test.txt").items()


def test_the_locks_fit_the_project() -> None:
    """Each dependency that pyproject.toml names is locked at a version it allows."""
    policy = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())
    wanted = {
        "run.txt": policy["project"]["dependencies"],
        "test.txt": policy["dependency-groups"]["dev"],
        "node.txt": policy["dependency-groups"]["node"],
    }
    for name, lines in wanted.items():
        locked = pins(name)
        for requirement in map(Requirement, lines):
            assert requirement.specifier.contains(locked[requirement.name]), (name, requirement)


def test_nothing_hides_our_own_packages() -> None:
    """No package of the locks has the name of one of ours: it would be imported in its place."""
    assert pins("test.txt").keys().isdisjoint({"schema", "server"})
