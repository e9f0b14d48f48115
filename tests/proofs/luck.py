"""Chance that can be drawn again: every random choice of a proof comes from one seed."""

import os
import random
from typing import Final

SEED: Final = os.environ.get("CLAUDE_RASP_SEED") or str(random.SystemRandom().randrange(10**9))


def seeded(name: str) -> random.Random:
    """Return the source of what is random under this name."""
    return random.Random(f"{SEED} {name}")  # noqa: S311 - it guards no secret


def branch(chance: random.Random) -> random.Random:
    """Return a source of its own for something that runs beside others."""
    return random.Random(chance.random())  # noqa: S311 - it guards no secret
