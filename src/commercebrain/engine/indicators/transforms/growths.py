"""Growth: 同比, 环比, 累计同比, of the same firms, over two years, in real terms. Formulas: ``design/formulas.md``."""

from __future__ import annotations

from types import MappingProxyType
from typing import Final

from commercebrain.engine.indicators.transforms.rules import Rule, base_reasons, double, ratio

_GROWTH: Final = ratio("(r.v0 - r.v1)", "r.v1")
_PLAIN: Final = Rule(_GROWTH, reasons=base_reasons("r.v1"), against="r.v1")

RULES: Final = MappingProxyType(
    {
        "yoy": _PLAIN,
        "mom": _PLAIN,
        "ytd_yoy": _PLAIN,
        # Only members with business in both periods count; the total of all stands beside it as the whole.
        "comparable": Rule(
            _GROWTH,
            reasons=base_reasons("r.v1"),
            against="r.v1",
            whole="r.m",
            folded=(
                ("v0", "SUM(CASE WHEN i.v0 > 0 AND i.v1 > 0 THEN i.v0 ELSE 0 END)"),
                ("v1", "SUM(CASE WHEN i.v0 > 0 AND i.v1 > 0 THEN i.v1 ELSE 0 END)"),
                ("m", "SUM(i.v0)"),
            ),
        ),
        "two_year_avg": Rule(
            f"100.0 * (SQRT({double('r.v0')} / NULLIF({double('r.v2')}, 0)) - 1.0)",
            reasons=(*base_reasons("r.v1"), *base_reasons("r.v2"), ("r.v0 < 0", "not_positive")),
            against="r.v1",
        ),
        "real": Rule(
            f"100.0 * ({double('r.v0')} / NULLIF({double('r.v1')}, 0) / NULLIF(r.price, 0) - 1.0)",
            reasons=(*base_reasons("r.v1"), ("r.price <= 0", "price_missing")),
            against="r.v1",
        ),
    }
)
#: The same for an indicator that is itself a ratio: the difference, in its own unit (percentage points for per cent).
DIFFERENCE: Final = Rule("r.v0 - r.v1", reasons=(("r.v0 IS NULL", "whole_zero"), ("r.v1 IS NULL", "base_missing")))
