"""Sentences and states that every kind of target shares."""

from __future__ import annotations

from decimal import Decimal

from commercebrain.engine.outlook.evidence import Evidence
from commercebrain.engine.outlook.terms import Assessment, Settings, State, TargetTerms


def not_measurable(
    code: str,
    terms: TargetTerms,
    zh: str,
    en: str,
    *,
    missing: tuple[str, ...] = (),
    evidence: Evidence | None = None,
) -> Assessment:
    """不可测: no state, no landing, no colour; the reason names what is missing."""
    series_zh = f"；所需数据：{terms.series_zh}" if terms.series_zh else ""
    series_en = f"; series needed: {terms.series_en}" if terms.series_en else ""
    shown = tuple(evidence.other_calibres) if evidence is not None else ()
    return Assessment(
        state="not_measurable",
        reason_zh=f"不可测：{zh}{series_zh}。",
        reason_en=f"Not measurable: {en}{series_en}.",
        missing=missing,
        code=code,
        disagreements=shown,
    )


def state_of(chance: Decimal, settings: Settings) -> State:
    """The state that a chance stands for."""
    if chance >= settings.on_path:
        return "on_path"
    return "off_path" if chance < settings.off_path else "at_risk"


def say(state: State, terms: TargetTerms, chance: Decimal) -> tuple[str, str]:
    """What a state that rests on a chance says. An expected value 预期性 is never "failed"."""
    percent = f"{chance * 100:.0f}%" if Decimal("0.01") <= chance <= Decimal("0.99") else None
    few = "不足1%" if chance < Decimal("0.5") else "超过99%"
    few_en = "under 1 %" if chance < Decimal("0.5") else "over 99 %"
    zh, en = percent or few, (percent or few_en).replace("%", " %").replace("  ", " ")
    match state:
        case "on_path":
            return f"符合进度：达成概率{zh}", f"On path: the chance is {en}"
        case "at_risk":
            return f"承压：达成概率{zh}", f"At risk: the chance is {en}"
        case _ if terms.binding:
            return f"有差距：达成概率{zh}", f"Off path: the chance is {en}"
        case _:
            return (
                f"与预期值有差距：达成概率{zh}",
                f"There is a gap to the expected value: the chance is {en}",
            )
