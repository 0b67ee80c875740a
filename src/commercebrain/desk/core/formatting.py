"""How a number is written, in sentences, cells and exports alike: thousands separated, rounded half up, once."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any

DASH = "—"
MINUS = "−"


def decimal(value: Any) -> Decimal | None:
    """``value`` as an exact number; None for nothing, for a truth value and for what is no finite number."""
    if value is None or value == "" or isinstance(value, bool):
        return None
    try:
        number = value if isinstance(value, Decimal) else Decimal(str(value))
    except (InvalidOperation, ValueError):
        return None
    return number if number.is_finite() else None


def number(value: Any, decimals: int | str | None = None) -> str:
    """Thousands separated, rounded half up to ``decimals`` places (none: as it is); nothing gives a dash."""
    amount = decimal(value)
    if amount is None:
        return DASH if value in (None, "") else str(value)
    if decimals not in (None, ""):
        amount = amount.quantize(Decimal(1).scaleb(-int(str(decimals))), ROUND_HALF_UP)
        if amount.is_zero():
            amount = abs(amount)  # no minus before a zero
        return f"{amount:,f}".replace("-", MINUS)
    text = f"{amount:,f}"
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return text.replace("-", MINUS)


def percent(value: Any, decimals: int = 1) -> str:
    """A plain fraction as per cent: ``0.713`` → ``71.3%``; nothing gives a dash."""
    amount = decimal(value)
    return DASH if amount is None else f"{number(amount.scaleb(2), decimals)}%"
