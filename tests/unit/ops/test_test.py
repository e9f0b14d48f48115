"""ops/test: a failing stage is told and counted, and hides no other one."""

from pathlib import Path

from tests.unit.ops.checkout import make_checkout


def test_a_failing_stage_does_not_stop_the_others(tmp_path: Path) -> None:
    """Every stage that was asked for runs; the table tells each verdict, and so does the status."""
    checkout = make_checkout(tmp_path / "checkout")  # has no ruff: `lint` fails
    ended = checkout.run("test", "lint", "app", "build")
    verdicts = [line.split()[:2] for line in ended.out.splitlines()[-3:]]
    assert verdicts == [["lint", "FAILED"], ["app", "ok"], ["build", "ok"]]
    assert (ended.status, ended.err.splitlines()[-1]) == (1, "test: failed: lint")
    assert checkout.npm_commands() == ["ci --ignore-scripts", "run check", "run build"]


def test_an_unknown_stage_is_refused_before_anything_is_installed(tmp_path: Path) -> None:
    """A misspelt stage is answered with the names there are."""
    checkout = make_checkout(tmp_path / "checkout")
    refused = checkout.run("test", "lint", "pytset")
    assert refused.err.startswith('test: no stage "pytset"; there are: lint ')
    assert (refused.status, (checkout.root / ".venv").exists()) == (1, False)
