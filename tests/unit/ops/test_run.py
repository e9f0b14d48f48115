"""ops/run: prepares what is missing, nothing twice, and says in one line what it cannot do."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.unit.ops.checkout import Checkout, make_checkout, outcome


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A checkout in which ops/run has been once; copied for each test."""
    checkout = make_checkout(tmp_path_factory.mktemp("prepared") / "checkout")
    first = checkout.run("run")
    assert (first.status, checkout.npm_commands()) == (0, ["ci --ignore-scripts", "run build"])
    return checkout.root


@pytest.fixture
def checkout(prepared: Path, tmp_path: Path) -> Checkout:
    """The prepared checkout, this test's own."""
    return Checkout(Path(shutil.copytree(prepared, tmp_path / "checkout", symlinks=True)))


def test_the_server_takes_the_scripts_place(checkout: Checkout) -> None:
    """The server is the very process that was started, so that Ctrl-C reaches it."""
    process = checkout.start("run")
    ended = outcome(process)
    assert (ended.status, ended.out) == (0, f"server {process.pid} 1 serve\n")


def test_a_second_start_installs_and_builds_nothing(checkout: Checkout) -> None:
    """With everything in place neither pip nor npm is called, and nothing is said."""
    shutil.rmtree(checkout.root / "wheels")
    before = {path: path.stat().st_mtime_ns for path in (checkout.root / ".venv").iterdir()}
    again = checkout.run("run")
    assert (again.status, again.err, checkout.npm_commands()) == (0, "", [])
    assert before == {path: path.stat().st_mtime_ns for path in (checkout.root / ".venv").iterdir()}


def test_a_changed_page_is_built_again(checkout: Checkout) -> None:
    """A changed source is built; the packages that build it are not installed again."""
    checkout.write("pwa/src/page", "another page")
    assert checkout.run("run").status == 0
    assert checkout.npm_commands() == ["run build"]
    assert (checkout.root / "pwa/dist/index.html").read_text() == "another page"


def test_a_changed_front_end_lock_is_installed(checkout: Checkout) -> None:
    """Other locked packages for the app are installed, then the app is built with them."""
    checkout.write("pwa/package-lock.json", '{"other": true}')
    assert checkout.run("run").status == 0
    assert checkout.npm_commands() == ["ci --ignore-scripts", "run build"]


def test_a_changed_lock_is_installed(checkout: Checkout) -> None:
    """An update that brings another lock file brings its packages at the next start."""
    checkout.lock_parcel("2")
    assert checkout.run("run").out.split()[2:] == ["2", "serve"]


def test_a_wrong_hash_is_refused(checkout: Checkout) -> None:
    """A package that is not the locked one is never installed, and the start ends in one line."""
    checkout.write("ops/lock/run.txt", f"parcel==1 --hash=sha256:{'0' * 64}\n")
    (checkout.root / ".venv/finished").unlink()
    refused = checkout.run("run")
    assert (refused.status, refused.out) == (1, "")
    assert (
        "could not install the Python packages: ERROR: THESE PACKAGES DO NOT MATCH" in refused.err
    )


def test_a_half_made_environment_is_made_anew(checkout: Checkout) -> None:
    """What an interrupted installation left behind is thrown away, not built upon."""
    (checkout.root / ".venv/finished").unlink()
    (checkout.root / ".venv/run.stamp").unlink()
    (checkout.root / ".venv/left-behind").touch()
    assert checkout.run("run").status == 0
    assert not (checkout.root / ".venv/left-behind").exists()


def test_an_environment_whose_python_is_gone_is_made_anew(checkout: Checkout) -> None:
    """An upgrade of the system that replaces Python does not need a person to clean up."""
    python = checkout.root / ".venv/bin/python"
    python.unlink()
    python.symlink_to("/nowhere/python3")
    assert checkout.run("run").status == 0


def test_no_network_for_python_is_one_line_and_heals(checkout: Checkout) -> None:
    """Without its packages the start ends with what to do, and the next one puts it right."""
    (checkout.root / "wheels").rename(checkout.root / "away")
    shutil.rmtree(checkout.root / ".venv")
    failed = checkout.run("run")
    assert (failed.status, failed.out) == (1, "")
    assert "Check the network" in failed.err.splitlines()[-1]
    (checkout.root / "away").rename(checkout.root / "wheels")
    assert checkout.run("run").status == 0


def test_no_network_for_the_app_is_one_line_and_heals(checkout: Checkout) -> None:
    """A failed npm ends the start with its reason, and leaves nothing that looks finished."""
    checkout.write("npm-fails", "")
    checkout.write("pwa/package-lock.json", '{"other": true}')
    failed = checkout.run("run")
    assert (failed.status, failed.out) == (1, "")
    assert "npm error code ENOTFOUND" in failed.err.splitlines()[-1]
    (checkout.root / "npm-fails").unlink()
    assert checkout.run("run").status == 0


def test_two_starts_at_once_prepare_once(checkout: Checkout) -> None:
    """The second start waits for the first to have built, then serves what it finds."""
    checkout.write("pwa/src/page", "another page")
    both = [checkout.start("run"), checkout.start("run")]
    assert [outcome(process).status for process in both] == [0, 0]
    assert checkout.npm_commands() == ["run build"]


@pytest.mark.parametrize("version", ["3.10.13", "3.14.0"])
def test_an_unfit_python_is_named(tmp_path: Path, version: str) -> None:
    """A Python we do not run on is refused with its version and the ones that will do."""
    checkout = make_checkout(tmp_path / "checkout")
    checkout.write(
        "unfit", f"#!/bin/sh\n[ $1 = --version ] || exit 1\necho Python {version}\n", mode=0o755
    )
    refused = checkout.run("run", PYTHON=str(checkout.root / "unfit"))
    assert (refused.status, refused.out) == (1, "")
    assert refused.err == (
        f"run: needs Python 3.11 to 3.13 (found: Python {version}); install one, or name it: "
        "PYTHON=/path/to/python3 ops/run\n"
    )


def test_a_folder_that_cannot_be_written_is_named(checkout: Checkout) -> None:
    """In a folder of somebody else's, the start ends before it has touched anything."""
    (checkout.root / ".ops.lock").unlink()
    checkout.root.chmod(0o555)
    refused = subprocess.run(
        [*without_root_rights(), str(checkout.root / "ops/run")],
        env=checkout.environment,
        capture_output=True,
        text=True,
        check=False,
    )
    checkout.root.chmod(0o755)
    assert (refused.returncode, refused.stdout) == (1, "")
    assert refused.stderr.startswith(f"run: cannot write in {checkout.root}: ")
    assert refused.stderr.count("\n") == 1


def without_root_rights() -> list[str]:
    """A command before a command: root, too, is then held by a file's rights."""
    if os.geteuid() != 0:
        return []
    return ["setpriv", "--bounding-set=-all", "--inh-caps=-all"]


def test_an_argument_is_answered_with_the_usage(checkout: Checkout) -> None:
    """ops/run takes no arguments: --help says what it does, anything else is a mistake."""
    assert checkout.run("run", "--help").status == 0
    wrong = checkout.run("run", "--prot", "80")
    assert (wrong.status, wrong.out.splitlines()[0][:17]) == (2, "Start claude-rasp")
