"""Assessing a target: each kind by its own rule, and no verdict where the figures do not carry one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal

from commercebrain.engine.indicators import Figure
from commercebrain.engine.indicators.calibres import calibre_words
from commercebrain.engine.indicators.growth import doublings, grown_by
from commercebrain.engine.outlook import measures
from commercebrain.engine.outlook.evidence import Beside, Evidence, beside, calibre_break, gather
from commercebrain.engine.outlook.levels import assess_level
from commercebrain.engine.outlook.reasons import not_measurable
from commercebrain.engine.outlook.sums import assess_sum
from commercebrain.engine.outlook.terms import KIND_ALIASES, Assessment, Settings, TargetTerms
from commercebrain.engine.outlook.yearly import assess_yearly
from commercebrain.engine.units import compatible, convert

HUNDRED = Decimal(100)
DEFAULT = Settings()


def assess(
    terms: TargetTerms,
    series: Sequence[Figure],
    *,
    on: date,
    settings: Settings = DEFAULT,
    helped_by: Beside | None = None,
) -> Assessment:
    """How the target stands on ``on``, from all that is known of its indicator in its region.

    ``series`` is what :func:`commercebrain.engine.indicators.history` gives: every kind of period and
    every calibre, so that a figure of another calibre can be told from no figure at all. A target
    without a figure after its base year, with figures of another calibre only, or with a break of
    calibre since its base gets no verdict. ``helped_by`` brings what the landing can use beside the series: the parts of a
    quotient, and other regions.
    """
    given = _plain(terms, series)
    if given.target_year is None:
        return not_measurable("no_year", given, "没有目标年份", "the target has no year")
    if measures.goal(given) is None:
        return not_measurable(
            "no_threshold",
            given,
            "目标值不在原文之内（如“全省平均水平”），须先补充",
            "the value to reach is outside the text (a provincial average) and must be supplied",
        )
    evidence = gather(series, given, on)
    if helped_by is not None:
        evidence = beside(evidence, helped_by, given, on)
    if given.base_year is not None and given.base_value is None and given.base_year in evidence.years:
        given = replace(given, base_value=evidence.years[given.base_year])
    stands = given.kind not in ("cumulative", "increment", "growth_rate")
    if given.base_year is not None and given.base_value is not None and stands:
        evidence.years.setdefault(given.base_year, given.base_value)
    verdict = _no_verdict(given, evidence)
    if verdict is not None:
        return verdict
    if given.per in ("year", "half-year") or given.kind == "growth_rate":
        found = assess_yearly(given, evidence, on, settings)
    elif given.period is not None and given.kind in ("cumulative", "increment"):
        found = assess_sum(given, evidence, on, settings)
    else:
        found = assess_level(given, evidence, on, settings)
    return closed(given, found, on)


def closed(terms: TargetTerms, found: Assessment, on: date) -> Assessment:
    """A binding 约束性 target that missed its value when its time was over is unmet 未完成.

    An expected 预期性 one keeps its gap: it never fails. Nor does a binding one before its last figure is in.
    """
    over = found.final or (found.code == "missed" and terms.target_year is not None and terms.target_year < on.year)
    if not (terms.binding and over and found.state == "off_path"):
        return found
    return replace(
        found,
        state="unmet",
        reason_zh=f"未完成：约束性指标到期未达到目标值。{found.reason_zh}",
        reason_en=f"Unmet: the binding target was not reached when its time was over. {found.reason_en}",
    )


def _plain(terms: TargetTerms, series: Sequence[Figure]) -> TargetTerms:
    """The same promise in plain terms: one name of its kind, the base in the target's unit, 番 and 倍
    as levels."""
    kind = KIND_ALIASES.get(terms.kind, terms.kind)
    if kind == "hold":
        kind, terms = "level", replace(terms, direction="hold")
    terms = replace(terms, kind=kind, direction="hold" if terms.comparator == "hold" else terms.direction)
    terms = _in_one_unit(terms)
    if terms.unit in ("番", "倍") and kind == "growth_rate" and terms.value is not None:
        if terms.base_value is None:
            return terms
        times = doublings(terms.value) if terms.unit == "番" else grown_by(terms.value)
        unit = terms.base_unit or next((f.unit for f in series), terms.unit)
        return replace(
            terms,
            kind="level",
            value=terms.base_value * times,
            unit=unit,
            base_unit=unit,
            per=None,
            period=None,
        )
    if terms.average and kind == "growth_rate" and terms.period is not None and terms.value is not None:
        return _average(terms, series)
    stock = any(f.period.is_state for f in series) or terms.period is None
    if kind == "increment" and terms.per is None and stock:
        if terms.base_value is None or terms.value is None:
            return terms
        # 新增/提高 N of a stock: the promise is the base plus N; progress against it is the increment's own.
        sign = -1 if terms.direction == "down" else 1
        return replace(terms, kind="count", value=terms.base_value + sign * terms.value, period=None)
    return terms


def _in_one_unit(terms: TargetTerms) -> TargetTerms:
    """The base in the target's unit; a base that measures something else is no base."""
    if terms.base_value is None or terms.base_unit in ("", terms.unit) or terms.unit in ("番", "倍"):
        return terms
    if not compatible(terms.base_unit, terms.unit):
        return replace(terms, base_value=None, base_year=None, base_unit="")
    return replace(terms, base_value=convert(terms.base_value, terms.base_unit, terms.unit), base_unit="")


def _average(terms: TargetTerms, series: Sequence[Figure]) -> TargetTerms:
    """年均增长 over a period as the level that it leads to, where the level before the period is known."""
    first, last = terms.period or (0, 0)
    before = next(
        (
            f
            for f in series
            if f.period.year == first - 1 and f.period.kind in ("year", "point") and f.calibre == terms.calibre
        ),
        None,
    )
    if before is None or before.value is None or terms.value is None:
        return terms
    times = (1 + terms.value / HUNDRED) ** (last - first + 1)
    return replace(
        terms,
        kind="level",
        unit=before.unit,
        value=before.value * times,
        base_value=before.value,
        base_year=first - 1,
        base_unit="",
        target_year=last,
        period=None,
        per=None,
    )


def _no_verdict(terms: TargetTerms, evidence: Evidence) -> Assessment | None:
    """Why nothing can be said at all, if so."""
    start = first_year(terms)
    known = [p for p in evidence.figures if p.year > start]
    grows = terms.kind == "growth_rate" and any(y > start for y in evidence.rates)
    if not known and not grows:
        return _nothing_known(terms, evidence, start)
    broken = calibre_break(evidence, terms.base_value, terms.base_year)
    if broken is not None:
        level = evidence.years[broken].normalize()
        return not_measurable(
            "calibre_break",
            terms,
            f"口径有断点：{broken}年公布数{level:f}{terms.unit}低于（或背离）{terms.base_year}年基数"
            f"{terms.base_value}{terms.unit}，而其间公布的增速方向相反；缺少两种口径之间的官方衔接数",
            f"the calibre breaks: {broken} stands at {level:f} {terms.unit} against the base "
            f"{terms.base_value} {terms.unit} of {terms.base_year} while the growth published "
            "in between points the other way; the official bridge between the two calibres is missing",
            missing=(f"{terms.base_year}–{broken}",),
            evidence=evidence,
        )
    return None


def _nothing_known(terms: TargetTerms, evidence: Evidence, start: int) -> Assessment:
    others = sorted({f.calibre or "—" for f in evidence.other_calibres if f.period.year > start})
    if others:
        said_zh = "、".join(calibre_words(c).zh for c in others)
        said_en = ", ".join(calibre_words(c).en for c in others)
        return not_measurable(
            "other_calibre",
            terms,
            f"{start}年之后只有其他口径的数据（{said_zh}），与目标口径不能直接比较；缺少口径衔接数",
            f"after {start} there are only figures of another calibre ({said_en}), which cannot be set "
            "against the target; the bridge between the calibres is missing",
            missing=tuple(others),
            evidence=evidence,
        )
    if evidence.other_units and terms.kind != "growth_rate":
        units = sorted({f.unit for f in evidence.other_units})
        return not_measurable(
            "other_unit",
            terms,
            f"现有数据的单位是{'、'.join(units)}，目标的单位是{terms.unit}，不能换算",
            f"the figures are in {', '.join(units)}, the target in {terms.unit}; they cannot be converted",
            evidence=evidence,
        )
    rates = sorted(y for y in evidence.published_rates if y > start)
    waits = any(f.period.year > start for f in evidence.waiting)
    only = f"（{'、'.join(map(str, rates))}年只公布了增速）" if rates else ""
    only_en = f" (only growth was published for {', '.join(map(str, rates))})" if rates else ""
    return not_measurable(
        "no_figure",
        terms,
        f"{start}年之后没有“{terms.name_zh}”的数据{only}{'（C级来源的数据待第二来源印证）' if waits else ''}",
        f"there is no figure of “{terms.name_en}” after {start}{only_en}"
        + (" (a grade C figure waits for a second source)" if waits else ""),
        missing=(terms.name_zh,),
        evidence=evidence,
    )


def first_year(terms: TargetTerms) -> int:
    """The year after which a figure speaks about the target: the base year, else the one before its
    period."""
    if terms.period is not None and terms.kind in ("cumulative", "increment", "growth_rate"):
        return terms.period[0] - 1
    if terms.base_year is not None:
        return terms.base_year
    if terms.period is not None:
        return terms.period[0] - 1
    if terms.issued_year is not None:
        return terms.issued_year - 1
    # Plans run five years: without a base, a period or a date, older figures belong to the plan before.
    return (terms.target_year or 0) - 5
