"""Cumulative targets 累计: the sum over the years of a period, with its missing parts named."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from commercebrain.engine.outlook import landing as landings
from commercebrain.engine.outlook import measures
from commercebrain.engine.outlook.evidence import Evidence
from commercebrain.engine.outlook.reasons import say, state_of
from commercebrain.engine.outlook.terms import Assessment, Expected, Landing, PathPoint, Settings, TargetTerms

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Sum:
    """What is known of ΣV: the sum, the last year with a figure, the past years that miss a full figure."""

    total: Decimal
    through: int
    missing: tuple[int, ...]
    partial: dict[int, Decimal]


def known_sum(evidence: Evidence, first: int, last: int, on: date) -> Sum:
    """ΣV over ``first``…``last`` as known on ``on``. A published span from ``first`` wins over its years.

    A running total counts as far as it goes; a past year with nothing more than that stays missing.
    """
    spans = {end: value for (start, end), value in evidence.spans.items() if start == first and end <= last}
    covered = max(spans, default=first - 1)
    total = spans.get(covered, ZERO)
    through, missing, partial = covered, list[int](), dict[int, Decimal]()
    for year in range(covered + 1, last + 1):
        if year in evidence.years:
            total += evidence.years[year]
            through = year
            continue
        running = [m for (y, m) in evidence.running if y == year]
        if running:
            partial[year] = evidence.running[year, max(running)]
            total += partial[year]
            through = year
        if year < on.year:
            missing.append(year)
    return Sum(total, through, tuple(missing), partial)


def assess_sum(terms: TargetTerms, evidence: Evidence, on: date, settings: Settings) -> Assessment:
    """A sum to reach over a period: ΣV/T, flagged where years are missing, and without a verdict where
    the missing part could change it."""
    first, last = terms.period or (on.year, on.year)
    aim = measures.goal(terms) or ZERO
    known = known_sum(evidence, first, last, on)
    done = known.total / aim if aim else None
    years = [y for y in range(first, last + 1) if y in evidence.years]
    expected = None
    if not known.missing and not known.partial and known.through >= first and done is not None:
        share = Decimal(known.through - first + 1) / (last - first + 1)
        expected = Expected(aim * share, share, None, done - share)
    shown: dict[str, Any] = {
        "value": known.total,
        "value_now": evidence.of_year(years[-1]) if years else None,
        "attainment": done,
        "schedule_straight": expected,
        "ahead": expected.ahead if expected is not None else None,
        "path": _path(terms, evidence, first, last, on),
        "missing": tuple(str(y) for y in known.missing),
        "disagreements": tuple(f for f in evidence.figures.values() if f.disagreements),
    }
    gap_zh = f"{'、'.join(map(str, known.missing))}年数据不全，合计只是已知部分" if known.missing else ""
    gap_en = f"{', '.join(map(str, known.missing))} incomplete, the sum is of what is known" if known.missing else ""
    if terms.direction == "up" and measures.meets(known.total, terms, settings):
        return Assessment(
            state="met",
            code="met",
            chance=Decimal(1),
            final=known.through == last and last in evidence.years,
            reason_zh=f"已达：累计已达到目标{'；' + gap_zh if gap_zh else ''}。",
            reason_en=f"Met: the sum reaches the target{'; ' + gap_en if gap_en else ''}.",
            **shown,
        )
    return _verdict(terms, evidence, known, on, settings, shown, gap_zh, gap_en)


def _verdict(
    terms: TargetTerms,
    evidence: Evidence,
    known: Sum,
    on: date,
    settings: Settings,
    shown: dict[str, Any],
    gap_zh: str,
    gap_en: str,
) -> Assessment:
    """The verdict with the missing years at nothing more and at the best year on record; one only if
    both agree."""
    _, last = terms.period or (on.year, on.year)
    best = max(evidence.years.values(), default=None)
    rest = _rest(evidence, known, last, on, settings)
    if best is None or rest is None:
        return Assessment(
            state="not_measurable",
            code="too_short",
            reason_zh=f"不可测：{gap_zh or '历史太短，不足以推算剩余年份'}。",
            reason_en=f"Not measurable: {gap_en or 'the history is too short to reckon the years to come'}.",
            **shown,
        )
    more = sum((max(best - known.partial.get(y, ZERO), ZERO) for y in known.missing), ZERO)
    only_more = terms.kind == "cumulative" and evidence.never_negative
    low, high = (_distribution(known.total + add, rest, only_more=only_more) for add in (ZERO, more))
    limits = measures.band(terms, settings)
    chances = low.chance(*limits), high.chance(*limits)
    states = {state_of(c, settings) for c in chances}
    if len(states) > 1:
        return Assessment(
            state="not_measurable",
            code="missing_years",
            reason_zh=f"不可测：{gap_zh}，缺的部分会改变结论。",
            reason_en=f"Not measurable: {gap_en}, and the missing part could change the verdict.",
            **shown,
        )
    state, chance = states.pop(), chances[0]
    zh, en = say(state, terms, chance)
    landing: Landing | None = None if known.missing else low.landing()
    return Assessment(
        state=state,
        code="chance",
        chance=chance,
        landing=landing,
        final=rest[2] == 0 and not known.missing,
        reason_zh=f"{zh}{'；' + gap_zh + '，但不影响结论' if gap_zh else ''}。{low.note_zh}",
        reason_en=f"{en}{'; ' + gap_en + ' (no change of verdict)' if gap_en else ''}; {low.note_en}",
        **shown,
    )


def _rest(evidence: Evidence, known: Sum, last: int, on: date, settings: Settings) -> tuple[float, float, int] | None:
    """(expected, spread, number) of what the years still to come add; spreads add up, good and bad
    years cluster."""
    centre, spread, count = 0.0, 0.0, 0
    for year in range(on.year, last + 1):
        if year in evidence.years:
            continue
        one = landings.forecast(evidence, year, additive=False, settings=settings)
        if one is None:
            return None
        point = float(one.at(0))
        centre += point - float(known.partial.get(year, ZERO))
        spread += (float(one.at(1)) - float(one.at(-1))) / 2
        count += 1
    return centre, spread, count


def _distribution(total: Decimal, rest: tuple[float, float, int], *, only_more: bool) -> landings.Distribution:
    """The sum at the end; ``only_more``: the years to come take nothing away."""
    centre, spread, count = rest
    return landings.Distribution(
        float(total) + centre,
        max(spread, 1e-9),
        False,
        "sum",
        0,
        f"已知合计加上其余{count}年的预测。" if count else "全部年份已有数据。",
        f"the known sum plus the forecast of {count} more year(s)." if count else "all years are known.",
        least=float(total) if only_more else -math.inf,
    )


def _path(terms: TargetTerms, evidence: Evidence, first: int, last: int, on: date) -> tuple[PathPoint, ...]:
    """The running sum year by year; from the first missing year on it is not drawn."""
    aim, found, total, whole = measures.goal(terms), list[PathPoint](), ZERO, True
    for year in range(first, last + 1):
        value = evidence.years.get(year)
        if value is None and (first, year) not in evidence.spans:
            whole = False
        total += value or ZERO
        straight = None if aim is None else aim * (year - first + 1) / (last - first + 1)
        found.append(
            PathPoint(
                year,
                straight=straight,
                actual=total if whole and value is not None else None,
                missing=value is None and year < on.year,
            )
        )
    return tuple(found)
