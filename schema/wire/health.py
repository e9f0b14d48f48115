"""Whether the server lives, and whether it can serve."""

from typing import Literal

from .base import Answer


class Health(Answer):
    """The process answers."""

    status: Literal["ok"] = "ok"


class Readiness(Answer):
    """Each part a request needs, and whether it is there."""

    status: Literal["ready", "not_ready"]
    checks: dict[str, bool]
