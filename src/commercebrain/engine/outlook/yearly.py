"""Targets that hold for every year: a growth each year, a number each year."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

from commercebrain.engine.outlook import landing as landings
from commercebrain.engine.outlook import measures
from commercebrain.engine.outlook.evidence import Evidence
from commercebrain.engine.outlook.reasons import not_measurable, say, state_of
from commercebrain.engine.outlook.terms import Assessment, PathPoint, Settings, TargetTerms

HUNDRED = Decimal(100)


def assess_yearly(terms: TargetTerms, evidence: Evidence, on: date, settings: Settings) -> Assessment:
    """Every year of the period must meet the value: one miss is a miss, a missing year leaves it open."""
    if terms.per == "half-year" and terms.value is not None:
        terms = replace(terms, value=terms.value * 2)
    values = yearly_values(terms, evidence)
    last = terms.target_year or on.year
    first, last = terms.period or (last, last)
    years = range(first, last + 1)
    known = {y: values[y] for y in years if y in values}
    if not known and not any(y > first - 6 for y in values):
        return not_measurable(
            "no_figure",
            terms,
            f"没有“{terms.name_zh}”在{first}–{last}年的逐年数据",
            f"there are no yearly figures of “{terms.name_en}” for {first}–{last}",
            missing=(terms.name_zh,),
        )
    latest = max(known, default=None)
    shown = Assessment(
        state="not_measurable",
        reason_zh="",
        reason_en="",
        value=known[latest] if latest is not None else None,
        value_now=evidence.of_year(latest) if latest is not None else None,
        attainment=measures.attainment(known[latest], terms) if latest is not None and terms.per else None,
        path=tuple(
            PathPoint(y, straight=terms.value, actual=known.get(y), missing=y not in known and y < on.year)
            for y in years
        ),
    )
    missed = [y for y in known if measures.meets(known[y], terms, settings) is False]
    missing = [y for y in years if y not in known and y < on.year]
    if missed:
        zh, en = "、".join(map(str, missed)), ", ".join(map(str, missed))
        return replace(
            shown,
            state="off_path",
            code="missed",
            chance=Decimal(0),
            reason_zh=f"{'有差距' if terms.binding else '与预期值有差距'}：{zh}年未达到每年的目标值。",
            reason_en=f"There is a gap: {en} did not reach the yearly value.",
        )
    if missing:
        zh, en = "、".join(map(str, missing)), ", ".join(map(str, missing))
        verdict = not_measurable(
            "missing_years",
            terms,
            f"缺{zh}年数据，缺的年份会改变结论",
            f"{en} missing, which could change the verdict",
            missing=tuple(map(str, missing)),
        )
        return replace(
            shown,
            reason_zh=verdict.reason_zh,
            reason_en=verdict.reason_en,
            missing=verdict.missing,
            code=verdict.code,
        )
    if len(known) == len(years):
        return replace(
            shown,
            state="met",
            code="met",
            final=True,
            chance=Decimal(1),
            reason_zh="已达：每一年都达到目标值。",
            reason_en="Met: every year reached the value.",
        )
    return _to_come(
        terms,
        replace(evidence, years=values, running={}, months={}, parts=None, peers=()),
        list(years),
        known,
        shown,
        settings,
    )


def yearly_values(terms: TargetTerms, evidence: Evidence) -> dict[int, Decimal]:
    """The yearly values that are measured: of a growth target the rates in per cent where the series is
    a level, of a yearly increment the steps, else the series itself."""
    if terms.kind == "increment" and terms.per == "year":
        return {y: v - evidence.years[y - 1] for y, v in evidence.years.items() if y - 1 in evidence.years}
    if terms.kind == "growth_rate" and not evidence.years:
        return {y: rate * HUNDRED for y, rate in evidence.rates.items()}
    return dict(evidence.years)


def _to_come(
    terms: TargetTerms,
    evidence: Evidence,
    years: list[int],
    known: dict[int, Decimal],
    shown: Assessment,
    settings: Settings,
) -> Assessment:
    limits = measures.band(terms, settings)
    chance, landing, note = Decimal(1), None, ("", "")
    for year in [y for y in years if y not in known]:
        one = landings.forecast(evidence, year, additive=True, settings=settings, signed=True)
        if one is None:
            verdict = not_measurable(
                "too_short",
                terms,
                "逐年数据太少，不足以判断以后各年",
                "there are too few yearly figures to judge the years to come",
            )
            return replace(shown, reason_zh=verdict.reason_zh, reason_en=verdict.reason_en, code="too_short")
        chance = min(chance, one.chance(*limits))
        landing, note = one.landing(), (one.note_zh, one.note_en)
    state = state_of(chance, settings)
    zh, en = say(state, terms, chance)
    return replace(
        shown,
        state=state,
        code="chance",
        chance=chance,
        landing=landing,
        reason_zh=f"{zh}。{note[0]}",
        reason_en=f"{en}; {note[1]}",
    )
