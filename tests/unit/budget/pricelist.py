"""The price list that comes with us, as tests look things up in it."""

from datetime import UTC, datetime
from typing import Any, Final

from server.features.budget.cost import Cost, cost_of
from server.features.budget.options import Options
from server.features.budget.price_file import read_prices
from server.features.budget.prices import Find, Price, PriceBook
from server.resources import resource

NOW: Final = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
FILE: Final = read_prices(resource("config/prices.yaml"))
FIND: Final[Find] = PriceBook(FILE).at(NOW)

SONNET: Final = "claude-sonnet-5-5"
HAIKU: Final = "claude-haiku-5-5"
OPUS: Final = "claude-opus-5"


def price(model: str) -> Price:
    """Return the price of a model that has one."""
    found = FIND(model)
    assert found is not None
    return found


def usage(prompt: int, written: int, **more: Any) -> dict[str, Any]:  # noqa: ANN401 - any JSON
    """Return a usage with these top-level tokens."""
    return {"input_tokens": prompt, "output_tokens": written, **more}


def reckon(
    told: dict[str, Any], model: str = SONNET, options: Options | None = None, requested: str = ""
) -> Cost:
    """Return what a request to a model cost that answered with this usage."""
    return cost_of(
        told,
        model=model,
        requested=requested or model,
        options=options or Options(),
        find=FIND,
    )
