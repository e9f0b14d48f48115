"""What went wrong at Claude's side, and what that means for the bill."""

from typing import Any, Literal

from .problems import Refusal

Billing = Literal["not_billed", "broken", "unknown"]
"""What a failed request costs: nothing; what it had produced, as the provider itself broke it off;
or nobody knows, as somebody or something in between did."""


class UpstreamRefusal(Refusal):
    """Claude's side says no, or falls silent."""

    def __init__(
        self,
        code: str,
        billing: Billing,
        *,
        retry_after_seconds: int | None = None,
        **facts: Any,  # noqa: ANN401 - any JSON value
    ) -> None:
        super().__init__(code, retry_after_seconds=retry_after_seconds, **facts)
        self.billing: Billing = billing
