"""Amounts of money: integers only, and how a person reads them.

Prices are in pico-dollars (10⁻¹² USD) per token, so that a price of 0.005 USD per million tokens is
a whole number; what is spent and limited is in nano-euros (10⁻⁹ EUR).
"""

from decimal import ROUND_HALF_UP, Decimal
from typing import Final

NANO: Final = 1_000_000_000
PICO_USD_PER_TOKEN: Final = 1_000_000
"""Pico-dollars per token for each US dollar per million tokens."""

RATE_UNIT: Final = 1_000_000
"""An exchange rate is in millionths of a US dollar for one euro."""

SMALL: Final = Decimal("0.1")
NO_BREAK: Final = "\u00a0"


def nano_eur_of(cost_pico_usd: int, usd_per_eur_micro: int) -> int:
    """Return a cost in nano-euros, rounded up: pico / 1000 / (micro / 10⁶)."""
    return -(-cost_pico_usd * RATE_UNIT // (usd_per_eur_micro * 1000))


def euros(nano_eur: int, language: str) -> str:
    """Write an amount as the screen does: `3,20 €`, below ten cents two significant figures."""
    amount = Decimal(nano_eur) / NANO
    digits = 2
    if amount and abs(amount) < SMALL:
        digits = max(2, 1 - amount.adjusted())
    text = f"{amount.quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP):,f}"
    if language == "fr":
        text = text.replace(",", "\u202f").replace(".", ",")
        return f"{text}{NO_BREAK}€"
    return f"-€{text[1:]}" if text.startswith("-") else f"€{text}"
