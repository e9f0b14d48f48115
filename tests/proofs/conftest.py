"""What the proofs share: chance that can be replayed, and figures told at the end."""

import random
from collections.abc import Callable
from typing import Final

import pytest

from tests.proofs.luck import SEED, seeded

FIGURES: Final = pytest.StashKey[list[str]]()


@pytest.fixture
def chance(request: pytest.FixtureRequest) -> random.Random:
    """Draw what is random in a test; the same seed draws the same."""
    return seeded(request.node.name)


@pytest.fixture
def tell(request: pytest.FixtureRequest) -> Callable[[str], None]:
    """Say a figure at the end of the run."""
    figures = request.config.stash.setdefault(FIGURES, [])
    return lambda figure: figures.append(f"{request.node.name}: {figure}")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Tell the seed, and what was measured."""
    terminalreporter.write_line(f"proofs: CLAUDE_RASP_SEED={SEED} draws the same again")
    for figure in terminalreporter.config.stash.get(FIGURES, []):
        terminalreporter.write_line(f"proofs: {figure}")
