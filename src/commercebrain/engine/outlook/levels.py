"""Targets that a value must reach by a year: yearly flows, stocks, shares, ratios, ranks, and values to
hold."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from commercebrain.engine.indicators import Figure
from commercebrain.engine.outlook import landing as landings
from commercebrain.engine.outlook import measures, paths
from commercebrain.engine.outlook.evidence import Evidence
from commercebrain.engine.outlook.reasons import not_measurable, say, state_of
from commercebrain.engine.outlook.terms import Assessment, PathPoint, SeasonPoint, Settings, TargetTerms
from commercebrain.engine.periods import Period

#: No flows: measured within a year as well as at its end, and no yearly growth is told.
ADDITIVE = frozenset({"share", "ratio", "rank", "growth_rate"})
#: Forecast by yearly steps: those, and things that are counted.
STEPS = ADDITIVE | {"count"}
#: A year's figures are all out by then; after it a missing one is missing.
DUE = timedelta(days=550)


@dataclass(frozen=True, slots=True)
class Now:
    """The value that counts now: of which period, and when that is on the year scale (end of 2024 = 2024)."""

    value: Decimal
    figure: Figure
    when: Decimal
    full: bool


def assess_level(terms: TargetTerms, evidence: Evidence, on: date, settings: Settings) -> Assessment:
    """A value to reach (or hold) by the end of the target year."""
    year = terms.target_year or on.year
    now = value_now(terms, evidence, year)
    known = _with_states(evidence)
    shown = Assessment(
        state="not_measurable",
        reason_zh="",
        reason_en="",
        path=path(terms, known, on, settings),
        season=season(terms, evidence, year, settings),
        disagreements=tuple(f for f in evidence.figures.values() if f.disagreements),
    )
    if now is None:
        verdict = not_measurable(
            "no_full_year",
            terms,
            f"只有年内累计数，缺“{terms.name_zh}”的全年数",
            f"there are only running totals, no full year of “{terms.name_en}”",
            missing=(terms.name_zh,),
        )
        return _unjudged(replace(shown, **_this_year(terms, evidence, year, settings)), verdict)
    shown = replace(shown, **_measured(terms, now, known, year), **_this_year(terms, evidence, year, settings))
    return _verdict(terms, shown, now, known, on, settings)


def _verdict(
    terms: TargetTerms, shown: Assessment, now: Now, evidence: Evidence, on: date, settings: Settings
) -> Assessment:
    year = terms.target_year or on.year
    met = measures.meets(now.value, terms, settings, now.figure.bound)
    final = now.full and now.when == year
    said, said_en = now.figure.period.say("zh"), now.figure.period.say("en")
    if met and (final or (now.full and terms.direction != "hold")):
        zh, en = f"已达：{said}已达到目标", f"Met: {said_en} meets the target"
        return replace(
            shown,
            state="met",
            final=final,
            chance=Decimal(1),
            code="met",
            reason_zh=f"{zh}。",
            reason_en=f"{en}.",
        )
    if final and met is None:
        zh, en = f"{said}只公布了界限", f"for {said_en} only a bound was published"
        verdict = not_measurable("bound_open", terms, f"{zh}，不足以判断", f"{en}, which leaves it open")
        return _unjudged(shown, verdict)
    if final:
        zh = f"{said}数据已出，未达到目标" if terms.binding else f"{said}数据已出，与预期值有差距"
        en = f"{said_en} is out and " + ("misses the target" if terms.binding else "there is a gap to the value")
        return replace(
            shown,
            state="off_path",
            final=True,
            chance=Decimal(0),
            code="final",
            reason_zh=f"有差距：{zh}。",
            reason_en=f"Off path: {en}.",
        )
    later = max(evidence.years, default=year)
    if on > date(year, 12, 31) + DUE or later > year:
        had_zh, had_en = (
            (f"已有{later}年数", f"{later} is out") if later > year else (f"最新为{said}", f"the latest is {said_en}")
        )
        verdict = not_measurable(
            "target_year_missing",
            terms,
            f"目标年{year}年的数据缺失（{had_zh}）",
            f"the figure of the target year {year} is missing ({had_en})",
            missing=(str(year),),
        )
        return _unjudged(shown, verdict)
    stale = _stale(evidence, on, settings)
    if stale is not None:
        missing = tuple(map(str, stale))
        verdict = not_measurable(
            "stale",
            terms,
            f"最新的数据是{said}，其后缺{'、'.join(missing)}年，不足以判断落点",
            f"the latest figure is of {said_en}; {', '.join(missing)} missing since: too few to go by",
            missing=missing,
        )
        return _unjudged(shown, verdict)
    found = landings.forecast(evidence, year, additive=terms.kind in STEPS, settings=settings)
    if found is None:
        verdict = not_measurable(
            "too_short",
            terms,
            f"只有{said}一期数据，没有可比的前期，不足以判断落点",
            f"{said_en} alone is known, with nothing before it to compare, which is too little for a landing",
        )
        return _unjudged(shown, verdict)
    chance = found.chance(*measures.band(terms, settings))
    state = state_of(chance, settings)
    zh, en = say(state, terms, chance)
    return replace(
        shown,
        state=state,
        code="chance",
        chance=chance,
        landing=found.landing(() if terms.kind in ADDITIVE else landings.scenarios(evidence, year)),
        reason_zh=f"{zh}。{found.note_zh}",
        reason_en=f"{en}; {found.note_en}",
    )


def _unjudged(shown: Assessment, verdict: Assessment) -> Assessment:
    """What was measured, with the reason why there is no verdict, and without any forecast."""
    bare: dict[str, Any] = {"forecast": None, "low80": None, "high80": None, "low95": None, "high95": None}
    return replace(
        verdict,
        path=tuple(replace(point, **bare) for point in shown.path),
        **{
            one.name: getattr(shown, one.name)
            for one in fields(Assessment)
            if one.name not in ("state", "reason_zh", "reason_en", "missing", "code", "path")
        },
    )


def _stale(evidence: Evidence, on: date, settings: Settings) -> tuple[int, ...] | None:
    """The past years that miss a figure, where they are too many to look beyond them."""
    last = evidence.last_year
    if last is None:
        return None
    chained = landings.chained_years(evidence, on.year)
    latest = max([last, *chained])
    running = evidence.last_running
    # Of a quotient whose parts are known the value now is all that is gone on from.
    if running is not None and (running[0] == latest + 1 or (evidence.parts is not None and running[0] > latest)):
        latest = running[0]
    missing = tuple(range(latest + 1, on.year))
    return missing if len(missing) >= settings.stale_years else None


def value_now(terms: TargetTerms, evidence: Evidence, year: int) -> Now | None:
    """The value that counts: a flow's last full year; of a state or a ratio the latest there is, up to
    ``year``."""
    found: list[Now] = []
    for y, value in evidence.years.items():
        one = evidence.of_year(y)
        if one is not None and y <= year:
            found.append(Now(value, one, Decimal(y), True))
    within: list[tuple[Mapping[tuple[int, int], Decimal], bool]] = [(evidence.states, True)]
    if terms.kind in ADDITIVE:
        within.append((evidence.running, False))
    for values, full in within:
        for (y, month), value in values.items():
            period = Period.of_point(y, month) if full else Period.of_ytd(y, month)
            if y <= year and month < 12 and period in evidence.figures:
                when = Decimal(y - 1) + Decimal(month) / 12
                found.append(Now(value, evidence.figures[period], when, full))
    after = [n for n in found if terms.base_year is None or n.when > terms.base_year]
    return max(after, key=lambda n: n.when, default=None)


def _with_states(evidence: Evidence) -> Evidence:
    """States within a year stand for that year where its end is not known (a stock is what it last was)."""
    years = dict(evidence.years)
    for (y, _), value in sorted(evidence.states.items()):
        if y not in evidence.years:
            years[y] = value
    return replace(evidence, years=years)


def _measured(terms: TargetTerms, now: Now, evidence: Evidence, year: int) -> dict[str, Any]:
    aim, base = measures.goal(terms), terms.base_value
    straight = paths.expected(terms, now.value, paths.straight(terms, now.when))
    agreed = paths.expected(terms, now.value, paths.agreed(terms, now.when))
    leading = agreed or straight
    ahead_years = Decimal(year) - now.when
    short = aim is not None and (now.value < aim if terms.direction == "up" else now.value > aim)
    since = None if terms.base_year is None else now.when - terms.base_year
    return {
        "value_now": now.figure,
        "value": now.value,
        "attainment": measures.attainment(now.value, terms),
        "progress": measures.progress(now.value, terms),
        "schedule_straight": straight,
        "schedule_growth": paths.expected(terms, now.value, paths.constant_growth(terms, now.when)),
        "schedule_agreed": agreed,
        "ahead": leading.ahead if leading is not None else None,
        "required_growth": measures.yearly_growth(aim, now.value, ahead_years)
        if short and terms.kind not in ADDITIVE and terms.direction != "hold"
        else None,
        "growth_so_far": measures.yearly_growth(now.value, base, since)
        if since is not None and terms.kind not in ADDITIVE
        else None,
        "best_three_year_growth": best_three_years(evidence) if terms.kind not in ADDITIVE else None,
        "notes_zh": _notes(terms, "zh"),
        "notes_en": _notes(terms, "en"),
    }


def _notes(terms: TargetTerms, language: str) -> tuple[str, ...]:
    """What the reader must know beside the numbers."""
    zh = language == "zh"
    found: list[str] = []
    aim = measures.goal(terms)
    if terms.base_value is None:
        found.append("原文没有基期数，只算目标完成率" if zh else "no base is given: attainment only, no schedule")
    elif terms.base_value == aim and terms.direction != "hold":
        found.append("目标等于基数" if zh else "the target equals the base")
    elif measures.met_at_base(terms):
        found.append("基期已达到目标" if zh else "the base met the target already")
    if aim == 0:
        found.append("目标为零，不算目标完成率" if zh else "the target is 0, so there is no attainment")
    return tuple(found)


def best_three_years(evidence: Evidence) -> Decimal | None:
    """The best yearly growth over three years on record, from levels, else from three known yearly rates."""
    levels = [
        measures.yearly_growth(value, evidence.years.get(y - 3), 3)
        for y, value in evidence.years.items()
        if y - 3 in evidence.years
    ]
    rates = {y: rate for y, rate in evidence.rates.items() if rate > -1}  # no growth leads to less than nothing
    chains = [
        ((1 + rates[y]) * (1 + rates[y - 1]) * (1 + rates[y - 2])) ** (Decimal(1) / 3) - 1
        for y in rates
        if y - 1 in rates and y - 2 in rates
    ]
    return max((x for x in (*levels, *chains) if x is not None), default=None)


def _this_year(terms: TargetTerms, evidence: Evidence, year: int, settings: Settings) -> dict[str, Any]:
    """The running total of the year that is not complete, against that year's own target and the own
    season."""
    last, running = evidence.last_year, evidence.last_running
    if terms.kind in ADDITIVE or running is None or running[1] == 12 or (last is not None and running[0] <= last):
        return {}
    if running[0] > year:
        return {}
    so_far = evidence.running[running]
    figure = evidence.figures[Period.of_ytd(*running)]
    own = measures.goal(terms) if running[0] == year else None
    if own is None:
        when = Decimal(running[0])
        own = paths.agreed(terms, when) or paths.straight(terms, when)
    found: dict[str, Any] = {"ytd": figure, "year_target": own}
    if own is None or own <= 0 or terms.direction != "up":
        return found
    found["ytd_attainment"] = so_far / own
    share = _share(evidence, running, settings)
    if share is not None:
        at = replace(terms, value=own, value_high=None, base_value=None, base_year=None)
        found["schedule_season"] = paths.expected(at, so_far, own * share)
    before, before_year = (
        evidence.running.get((running[0] - 1, running[1])),
        evidence.years.get(running[0] - 1),
    )
    if running[0] == year and before is not None and before_year is not None:
        found["required_rest_growth"] = measures.rest_growth(own, so_far, before_year, before)
    return found


def _share(evidence: Evidence, running: tuple[int, int], settings: Settings) -> Decimal | None:
    totals = {y: v for y, v in evidence.years.items() if y < running[0]}
    parts = {y: evidence.running[y, running[1]] for y in totals if (y, running[1]) in evidence.running}
    return paths.season_share(totals, parts, settings.season_years)


def season(terms: TargetTerms, evidence: Evidence, year: int, settings: Settings) -> tuple[SeasonPoint, ...]:
    """The current year month by month: own-season share × this year's target, beside the running totals
    and where they will be."""
    this = _this_year(terms, evidence, year, settings)
    own, running = this.get("year_target"), evidence.last_running
    if not isinstance(own, Decimal) or running is None:
        return ()
    found: list[SeasonPoint] = []
    ahead = landings.running_ahead(evidence, settings, additive=terms.kind in STEPS)
    for month in range(1, 13):
        share = Decimal(1) if month == 12 else _share(evidence, (running[0], month), settings)
        if share is not None:
            actual = evidence.running.get((running[0], month))
            one = SeasonPoint(Period.of_ytd(running[0], month), share, own * share, actual)
            if month in ahead:
                landing = ahead[month].landing()
                one = replace(one, forecast=landing.point, low80=landing.low80, high80=landing.high80)
            found.append(one)
    return tuple(found)


def path(terms: TargetTerms, evidence: Evidence, on: date, settings: Settings) -> tuple[PathPoint, ...]:
    """Year by year from the base to the target year: expected, actual (or missing), forecast with bands."""
    last = terms.target_year or on.year
    first = terms.base_year if terms.base_year is not None else min([*evidence.years, last])
    known = evidence.last_year
    found: list[PathPoint] = []
    for y in range(min(first, last), last + 1):
        when, actual = Decimal(y), evidence.years.get(y)
        point = PathPoint(
            y,
            straight=paths.straight(terms, when),
            growth=paths.constant_growth(terms, when),
            agreed=paths.agreed(terms, when),
            actual=actual,
            missing=actual is None and y < on.year,
        )
        ahead = None
        if known is not None and y > known and not point.missing:
            ahead = landings.forecast(evidence, y, additive=terms.kind in STEPS, settings=settings)
        if ahead is not None:
            one = ahead.landing()
            point = replace(
                point,
                forecast=one.point,
                low80=one.low80,
                high80=one.high80,
                low95=one.low95,
                high95=one.high95,
            )
        found.append(point)
    return tuple(found)
