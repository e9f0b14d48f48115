"""The API's errors: HTTP status, JSON body and headers in one value."""

import json
from dataclasses import dataclass, field


@dataclass(eq=False)
class ApiError(Exception):
    """A refusal by the API; `details` is null for most errors, as in the real one."""

    status: int
    type: str
    message: str
    details: dict[str, str] | None = None
    headers: dict[str, str] = field(default_factory=dict)

    def body(self, request_id: str) -> bytes:
        """The JSON body; the key `details` is there only when it says something."""
        error: dict[str, object] = {"type": self.type, "message": self.message}
        if self.details is not None:
            error["details"] = self.details
        return json.dumps({"type": "error", "error": error, "request_id": request_id}).encode()


def invalid(message: str) -> ApiError:
    """The 400 of the API: the request itself is wrong."""
    return ApiError(400, "invalid_request_error", message)


def not_found(message: str) -> ApiError:
    """The 404 of the API: no such model, no such path."""
    return ApiError(404, "not_found_error", message)


def overloaded() -> ApiError:
    """The 529 of the API, also sent in the middle of a stream."""
    return ApiError(529, "overloaded_error", "Overloaded")


def too_large() -> ApiError:
    """The 413 of the API."""
    return ApiError(
        413, "request_too_large", "Request exceeds the maximum allowed number of bytes."
    )
