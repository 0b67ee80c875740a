"""Structure: 占比, 贡献率, 拉动, concentration, breadth, rank. Formulas: ``design/formulas.md``."""

from __future__ import annotations

from types import MappingProxyType
from typing import Final

from commercebrain.engine.indicators.transforms.rules import Rule, base_reasons, double, ratio

#: 1 ÷ the part of the base below which a change of the whole is noise, and a contribution to it means nothing.
CHANGE_PARTS: Final = 1000

_INSIDE = "(r.w0 > 0 AND r.v0 >= 0 AND r.v0 <= r.w0) OR (r.w0 < 0 AND r.v0 <= 0 AND r.v0 >= r.w0)"

RULES: Final = MappingProxyType(
    {
        "share": Rule(
            ratio("r.v0", "r.w0"),
            strict=False,
            reasons=(("r.w0 = 0", "whole_zero"), (f"NOT ({_INSIDE})", "not_inside")),
            wholes=True,
            whole="r.w0",
        ),
        "contribution": Rule(
            ratio("(r.v0 - r.v1)", "(r.w0 - r.w1)"),
            reasons=((f"ABS(r.w0 - r.w1) * {CHANGE_PARTS} <= ABS(r.w1)", "change_near_zero"),),
            wholes=True,
            whole="r.w1",
            against="r.w1",
        ),
        "pull": Rule(
            ratio("(r.v0 - r.v1)", "r.w1"), reasons=base_reasons("r.w1"), wholes=True, whole="r.w1", against="r.w1"
        ),
        "rank": Rule("r.ranked", whole_number=True, strict=False, ranked=True, whole="r.m"),
        # Σ x² ÷ X² is Σ (x ÷ X)², in one pass.
        "hhi": Rule(
            f"r.f / NULLIF({double('r.v0')} * {double('r.v0')}, 0)",
            strict=False,
            reasons=(("r.v0 <= 0", "whole_zero"), ("r.m < 0", "not_inside")),
            whole="r.v0",
            folded=(
                ("v0", "SUM(i.v0)"),
                ("f", f"SUM({double('i.v0')} * {double('i.v0')})"),
                ("m", "MIN(i.v0)"),
            ),
        ),
        "crn": Rule(
            ratio("r.f", "r.v0"),
            strict=False,
            reasons=(("r.v0 <= 0", "whole_zero"), ("r.m < 0", "not_inside")),
            whole="r.v0",
            numbered=True,
            folded=(
                ("v0", "SUM(i.v0)"),
                ("f", "SUM(CASE WHEN i.place <= {n} THEN i.v0 ELSE 0 END)"),
                ("m", "MIN(i.v0)"),
            ),
        ),
        "diffusion": Rule(
            ratio("r.f", "r.m", "50.0"),
            reasons=(("r.m = 0", "too_few"),),
            whole="r.m",
            folded=(
                ("v0", "SUM(i.v0)"),
                ("v1", "SUM(i.v1)"),
                # Twice the rising and once the unchanged, so that the half stays a whole number.
                (
                    "f",
                    "SUM(CASE WHEN i.v0 > i.v1 THEN 2 WHEN i.v0 = i.v1 AND i.v0 <> 0 THEN 1 ELSE 0 END)",
                ),
                ("m", "SUM(CASE WHEN i.v0 <> 0 OR i.v1 <> 0 THEN 1 ELSE 0 END)"),
            ),
        ),
    }
)
