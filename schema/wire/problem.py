"""How anything that went wrong is told to a client."""

from typing import Any

from .base import Answer


class Problem(Answer):
    """What went wrong, in the person's language, and whether trying again can help.

    `permanent` means that the same request will fail again; `retry_after_seconds` says when a
    retry makes sense, where that is known. `detail` holds facts a program may use, never a secret.
    """

    code: str
    message: str
    permanent: bool
    retry_after_seconds: int | None = None
    detail: dict[str, Any] | None = None


class HttpProblem(Problem):
    """The same as an `application/problem+json` body (RFC 9457)."""

    type: str = "about:blank"
    title: str
    status: int
