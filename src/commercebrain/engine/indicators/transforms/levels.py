"""Levels: the figure itself, running totals, moving averages, an index to a base, another currency."""

from __future__ import annotations

from types import MappingProxyType
from typing import Final

from commercebrain.engine.indicators.transforms.rules import Rule, base_reasons, double

RULES: Final = MappingProxyType(
    {
        "level": Rule("r.v0", whole_number=True, strict=False),
        "ytd": Rule("r.v0", whole_number=True, strict=False),
        "seasonal": Rule("r.v0", whole_number=True),
        "moving_avg": Rule(f"{double('r.v0')} / r.n0"),
        # Both sides as monthly averages, so that months compare with the average of a base year.
        "index": Rule(
            f"100.0 * {double('r.v0')} * r.n1 / NULLIF({double('r.v1')} * r.n0, 0)",
            reasons=base_reasons("r.v1"),
            against="r.v1",
        ),
        "convert": Rule("r.v0", strict=False, reasons=(("r.rated < r.k0", "rate_missing"),)),
    }
)
