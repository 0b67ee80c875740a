"""The one way to read a number: ``figure(…, reach)``. Pages, API, targets and bulletins all ask here."""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from decimal import Decimal

from commercebrain.engine.catalogue import Catalogue, Indicator
from commercebrain.engine.catalogue.expressions import Missing, Name, parse
from commercebrain.engine.clock import business_date
from commercebrain.engine.indicators import derive, growth
from commercebrain.engine.indicators.choose import Choice, choose
from commercebrain.engine.indicators.reach import Reach
from commercebrain.engine.indicators.result import NoValue
from commercebrain.engine.indicators.store import Snapshot, Store
from commercebrain.engine.observations import Observation
from commercebrain.engine.periods import Kind, Period
from commercebrain.engine.units import Unit, convert

NATION = "100000"
#: Percentage points by which a growth printed with one decimal may differ from the computed one.
ROUNDING = Decimal("0.15")
#: From the surest to the least sure: a computed figure carries the least sure flag of its terms.
_UNSURE = ("normal", "final", "revised", "provisional", "flash", "derived", "estimated")
_NO_GROWTH = ("ratio", "growth", "rank")


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure 数据: a value with all that a reader needs to trust it, or the reason why there is none.

    ``value`` is in ``unit`` (the indicator's display unit). ``growth`` is the published year-on-year growth,
    ``growth_computed`` the one computed from the values; both are fractions (0.06 is 6 %), and the
    published one is the one to show. ``summed`` is the sum of the published months where it differs
    from a published running total; ``note_zh``/``note_en`` explain that and any derivation.
    ``disagreements`` are rows of equal standing that tell another value; ``waiting`` are grade C rows
    that wait for a second source.
    """

    indicator: str
    region: str
    period: Period
    unit: str
    value: Decimal | None
    flag: str = "normal"
    bound: str = "="
    calibre: str = ""
    growth: Decimal | None = None
    growth_computed: Decimal | None = None
    summed: Decimal | None = None
    sources: tuple[Observation, ...] = ()
    disagreements: tuple[Observation, ...] = ()
    waiting: tuple[Observation, ...] = ()
    reason_zh: str = ""
    reason_en: str = ""
    note_zh: str = ""
    note_en: str = ""

    @property
    def known_growth(self) -> Decimal | None:
        """The published growth, else the computed one."""
        return self.growth if self.growth is not None else self.growth_computed

    @property
    def published(self) -> date | None:
        """When the last of its sources became public."""
        return max((row.published for row in self.sources), default=None)


def figure(
    store: Store,
    catalogue: Catalogue,
    code: str,
    region: str,
    period: Period | str,
    *,
    reach: Reach,
    calibre: str = "",
    as_of: date | None = None,
) -> Figure:
    """The figure of indicator ``code`` in ``region`` for ``period`` as it was known on ``as_of``
    (default: today).

    Published rows come first; a figure that nobody published is derived where the indicator says how it
    adds up (a month as a difference of running totals, a total of its parts), flagged, and never from
    incomplete parts. Calibres are never mixed. Outside ``reach`` there is a reason and no value. Raises
    :class:`~commercebrain.engine.errors.UserError` for an unknown indicator or an unreadable period.
    """
    when = Period.parse(period) if isinstance(period, str) else period
    return Reader(store, catalogue, reach, calibre, _day(store, as_of)).figure(code, region, when)


def series(
    store: Store,
    catalogue: Catalogue,
    code: str,
    region: str,
    *,
    reach: Reach,
    as_of: date | None = None,
    kinds: Iterable[Kind] = ("year",),
    calibre: str = "",
    single_months: bool = False,
) -> list[Figure]:
    """Every published figure of these kinds of period, in order, gaps between them as figures without a
    value.

    Months: January and February come as their joint running total unless ``single_months`` (Spring
    Festival moves between them).
    """
    reader = Reader(store, catalogue, reach, calibre, _day(store, as_of))
    indicator = catalogue.indicator(code)
    periods = {p for p in reader.periods(indicator, region) if p.kind in set(kinds)}
    periods |= {gap for kind in ("year", "month") for gap in _gaps(periods, kind)}
    if not single_months and any(p.kind == "month" for p in periods):
        joint = {Period.of_ytd(p.year, 2) for p in periods if p.kind == "month" and p.last[1] == 2}
        periods = {p for p in periods if not (p.kind == "month" and p.last[1] <= 2)} | joint
    return [reader.figure(code, region, period) for period in sorted(periods, key=lambda p: p.order)]


def history(
    store: Store, catalogue: Catalogue, code: str, region: str, *, reach: Reach, as_of: date | None = None
) -> list[Figure]:
    """All that is known of an indicator in a region, every kind of period and every calibre: what a
    target needs."""
    day = _day(store, as_of)
    indicator = catalogue.indicator(code)
    found: list[Figure] = []
    for calibre in Reader(store, catalogue, reach, "", day).calibres(code, region):
        reader = Reader(store, catalogue, reach, calibre, day)
        periods = sorted(reader.periods(indicator, region), key=lambda p: p.order)
        found += [reader.figure(code, region, period) for period in periods]
    return found


def _day(store: Store, as_of: date | None) -> date:
    """The day asked for, else the snapshot's own, else today."""
    if as_of is not None:
        return as_of
    return store.as_of if isinstance(store, Snapshot) else business_date()


def _gaps(periods: set[Period], kind: str) -> set[Period]:
    """The years (months) that lie between published ones and are themselves not published."""
    known = sorted((p for p in periods if p.kind == kind), key=lambda p: p.order)
    found: set[Period] = set()
    for first, last in itertools.pairwise(known):
        step = Period.of_year(first.year + 1) if kind == "year" else _next_month(first)
        while step.last < last.last:
            found.add(step)
            step = Period.of_year(step.year + 1) if kind == "year" else _next_month(step)
    return found


def _next_month(period: Period) -> Period:
    year, month = period.last
    return Period.of_month(year + month // 12, month % 12 + 1)


@dataclass(frozen=True)
class Reader:
    """One question's store, catalogue, reach, calibre and date; rows once chosen are held, so that many figures of a
    snapshot cost little more than one."""

    store: Store
    catalogue: Catalogue
    reach: Reach
    calibre: str
    as_of: date
    held: dict[tuple[str, str], dict[Period, Choice]] = field(default_factory=dict)
    numbers: dict[tuple[str, str], dict[Period, Decimal]] = field(default_factory=dict)

    def rows(self, code: str, region: str) -> list[Observation]:
        """The rows of the total, not adjusted, in this calibre."""
        found = self.store.observations(self.as_of, indicators=(code,), regions=(region,))
        wanted = self.calibre
        return [r for r in found if r.calibre == wanted and r.adjustment == "none" and r.breakdown == ""]

    def choices(self, indicator: Indicator, region: str) -> dict[Period, Choice]:
        """What is chosen for each published period; worked out once a question."""
        held = self.held.get((indicator.code, region))
        if held is None:
            by_period: dict[Period, list[Observation]] = defaultdict(list)
            for row in self.rows(indicator.code, region):
                by_period[row.when].append(row)
            held = {period: choose(rows, indicator.unit) for period, rows in by_period.items()}
            self.held[indicator.code, region] = held
        return held

    def values(self, indicator: Indicator, region: str) -> dict[Period, Decimal]:
        """The chosen values in the indicator's display unit; worked out once a question."""
        found = self.numbers.get((indicator.code, region))
        if found is None:
            unit = indicator.display_unit
            found = {
                period: convert(c.row.value, c.row.unit, unit)
                for period, c in self.choices(indicator, region).items()
                if c.row is not None and c.row.value is not None
            }
            self.numbers[indicator.code, region] = found
        return found

    def calibres(self, code: str, region: str) -> list[str]:
        """The calibres that rows of the indicator carry, the indicator's own ("") first."""
        found = {r.calibre for r in self.store.observations(self.as_of, indicators=(code,), regions=(region,))}
        return sorted(found | {""})

    def periods(self, indicator: Indicator, region: str) -> set[Period]:
        """The periods for which something is published (for a formula: for which all of its terms are)."""
        found = set(self.choices(indicator, region))
        if indicator.formula is None:
            return found
        terms = [
            self.periods(self.catalogue.indicator(name.code), scoped(name, region))
            for name in parse(indicator.formula).names
        ]
        return found | (set.intersection(*terms) if terms else set())

    def figure(self, code: str, region: str, period: Period) -> Figure:
        """One figure: see :func:`figure`."""
        indicator = self.catalogue.indicator(code)
        blank = Figure(code, region, period, indicator.display_unit, None, calibre=self.calibre)
        if not self.reach.sees(region, indicator.classification):
            return replace(
                blank,
                flag="confidential",
                reason_zh="不在您的数据权限之内",
                reason_en="outside what you may see",
            )
        found = self.direct(indicator, blank)
        if indicator.formula is not None and (found.value is None or found.flag == "derived"):
            computed = self.computed(indicator, blank)
            found = computed if computed.value is not None or found.value is None else found
        if found.value is None and not found.reason_zh:
            found = self.missing(indicator, found)
        if indicator.kind in _NO_GROWTH or found.value is None:
            return found
        before = self.direct(indicator, replace(blank, period=period.previous_year()))
        rate = growth.yoy(found.value, before.value)
        return found if isinstance(rate, NoValue) else _both_growths(replace(found, growth_computed=rate))

    def direct(self, indicator: Indicator, blank: Figure) -> Figure:
        """The published figure, else the one derived from published ones, else the blank with a growth
        or reason."""
        chosen = self.choices(indicator, blank.region)
        values = self.values(indicator, blank.region)
        here = chosen.get(derive.same(blank.period, chosen))
        result = blank
        if here is not None:
            rate = here.growth.growth if here.growth is not None else None
            result = replace(
                blank,
                growth=None if rate is None else rate / 100,
                sources=tuple({id(r): r for r in (here.row, here.growth) if r is not None}.values()),
                disagreements=here.disagreements,
                waiting=here.waiting,
            )
        if here is not None and here.row is not None:
            result = replace(
                result,
                value=values[derive.same(blank.period, values)],
                flag=here.row.flag,
                bound=here.row.bound,
            )
            return self.explained(indicator, result, values)
        if indicator.adds.time != "sum":
            return result
        found = derive.derive(blank.period, values)
        if found is None or isinstance(found, NoValue):
            if found is None:
                return result
            return replace(self.missing(indicator, result), reason_zh=found.zh, reason_en=found.en)
        parts = [c.row for p, c in chosen.items() if p in found.parts and c.row is not None]
        return replace(
            result,
            value=found.value,
            flag="derived",
            sources=(*result.sources, *parts),
            note_zh=found.zh,
            note_en=found.en,
        )

    def explained(self, indicator: Indicator, found: Figure, values: dict[Period, Decimal]) -> Figure:
        """A published running total beside the sum of the published months, where the two differ."""
        if indicator.adds.time != "sum" or found.value is None or found.period.kind not in ("ytd", "year"):
            return found
        summed = derive.months_sum(found.period, values)
        if summed is None or summed == found.value:
            return found
        gap = summed - found.value
        return replace(
            found,
            summed=summed,
            note_zh=f"各月数相加为{_plain(summed)}{found.unit}，与公布数相差{_plain(gap)}{found.unit}；"
            "公布的累计数含对前期各月的修订，以公布数为准。",
            note_en=f"The published months add up to {_plain(summed)} {found.unit}, "
            f"{_plain(gap)} {found.unit} from the published total, which includes revisions of earlier "
            "months and is the one that counts.",
        )

    def computed(self, indicator: Indicator, blank: Figure) -> Figure:
        """The figure of a formula, from its terms' figures; what is missing is named."""
        terms: dict[Name, Figure] = {}

        def look_up(name: Name) -> Decimal | None:
            term = self.figure(name.code, scoped(name, blank.region), blank.period)
            terms[name] = term
            if term.value is None:
                return None
            dimension_unit = Unit.parse(term.unit)
            return term.value.scaleb(dimension_unit.power)

        value = parse(indicator.formula or "").value(look_up)
        sources = tuple(row for term in terms.values() for row in term.sources)
        if isinstance(value, Missing):
            names = [terms[name] for name in value.names]
            zh = "、".join(f"{self.catalogue.indicator(t.indicator).name.zh}（{t.region}）" for t in names)
            en = ", ".join(f"{self.catalogue.indicator(t.indicator).name.en} ({t.region})" for t in names)
            return replace(
                blank,
                flag=next((t.flag for t in names), "missing"),
                sources=sources,
                reason_zh=f"缺{blank.period.say('zh')}的{zh}" if names else "分母为零",
                reason_en=f"{en} for {blank.period.say('en')} is missing" if names else "the denominator is zero",
            )
        flag = max((t.flag for t in terms.values()), key=lambda f: _UNSURE.index(f) if f in _UNSURE else 0)
        return replace(
            blank,
            value=Decimal(value).scaleb(-Unit.parse(indicator.display_unit).power),
            flag=flag,
            bound="=" if all(t.bound == "=" for t in terms.values()) else "~",
            sources=sources,
        )

    def missing(self, indicator: Indicator, found: Figure) -> Figure:
        """Why a figure that is not there is not there: not yet due, waiting for a second source, or
        missing."""
        said_zh, said_en = found.period.say("zh"), found.period.say("en")
        if found.growth is not None:
            zh, en = f"{said_zh}只公布了增速", f"only the growth was published for {said_en}"
            return replace(found, flag="not_published_separately", reason_zh=zh, reason_en=en)
        if found.waiting:
            zh, en = f"{said_zh}只有C级来源，待第二来源印证", f"only a grade C source for {said_en}"
            return replace(found, flag="missing", reason_zh=zh, reason_en=f"{en}; it waits for a second one")
        if found.period.end + timedelta(days=indicator.lag_days) > self.as_of:
            zh, en = f"{said_zh}的数据未到发布日", f"the figure for {said_en} is not yet due"
            return replace(found, flag="not_yet_due", reason_zh=zh, reason_en=en)
        return replace(
            found,
            flag="missing",
            reason_zh=f"{said_zh}缺报",
            reason_en=f"the figure for {said_en} is missing",
        )


def scoped(name: Name, region: str) -> str:
    """The region that a name in a formula means: the one asked for, its province, or the nation."""
    if name.scope == "nation":
        return NATION
    return region[:2] + "0000" if name.scope == "province" else region


def _both_growths(found: Figure) -> Figure:
    """The published growth beside the computed one: where they differ by more than rounding, why."""
    if found.growth is None or found.growth_computed is None:
        return found
    gap = (found.growth - found.growth_computed) * 100
    if abs(gap) <= ROUNDING:
        return found
    zh = f"公布增速与按公布数计算的相差{abs(gap):.1f}个百分点：公布增速按可比口径或修订后的上年数计算，以公布增速为准。"
    en = (
        f"The published growth differs from the computed one by {abs(gap):.1f} percentage points: it is on a comparable "
        "basis or on revised figures of last year, and is the one that counts."
    )
    return replace(found, note_zh=found.note_zh + zh, note_en=" ".join(filter(None, (found.note_en, en))))


def _plain(value: Decimal) -> str:
    """A value in a sentence: two decimals, thousands separated."""
    return f"{value:,.2f}".rstrip("0").rstrip(".")
