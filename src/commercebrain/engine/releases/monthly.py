"""The county table of a monthly bulletin 月度快报: level, running total, growth, pull and rank, each a figure.

Nothing is estimated: a county that has not reported has a reason instead of a number, and a total is a published one
or the sum of all counties, never of some.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from commercebrain.engine.catalogue import Catalogue
from commercebrain.engine.errors import UserError
from commercebrain.engine.indicators import Figure, NoValue, Reach, Result, Store, figure
from commercebrain.engine.indicators.growth import yoy
from commercebrain.engine.indicators.structure import pull, share
from commercebrain.engine.periods import Period

PARTS_MISSING = NoValue(
    "parts_missing", "有区县未报，不能合计", "some counties have not reported, so there is no total"
)
NO_BASE = NoValue("base_missing", "上年同期数未入库", "the figure of the same period last year is not on file")


@dataclass(frozen=True, slots=True)
class Cell:
    """A number of the table, or the reason why there is none. ``value`` is in the table's unit, growth and share are
    fractions, a pull is in percentage points."""

    value: Decimal | None
    reason: NoValue | None = None
    flag: str = ""
    published: date | None = None

    @classmethod
    def of(cls, result: Result, flag: str = "derived") -> Cell:
        """From a computed number."""
        return cls(None, result) if isinstance(result, NoValue) else cls(result, None, flag)

    @classmethod
    def of_figure(cls, found: Figure) -> Cell:
        """The level of a figure."""
        if found.value is None:
            return cls(None, NoValue(found.flag, found.reason_zh, found.reason_en), found.flag)
        return cls(found.value, None, found.flag, found.published)

    @classmethod
    def of_growth(cls, found: Figure) -> Cell:
        """The growth of a figure, the published one first."""
        if found.known_growth is not None:
            flag = found.flag if found.growth is not None else "derived"
            return cls(found.known_growth, None, flag, found.published)
        return cls(None, NO_BASE if found.value is not None else NoValue(found.flag, found.reason_zh, found.reason_en))


@dataclass(frozen=True, slots=True)
class Line:
    """One county (or the city): ``month`` is empty for January–February, whose running total is the month's figure."""

    region: str
    name: str
    month: Cell
    month_growth: Cell
    ytd: Cell
    ytd_growth: Cell
    pull: Cell = field(default_factory=lambda: Cell(None))
    share: Cell = field(default_factory=lambda: Cell(None))
    rank: int | None = None

    @property
    def reported(self) -> bool:
        """Whether the running total is there."""
        return self.ytd.value is not None


@dataclass(frozen=True, slots=True)
class MonthlyTable:
    """The counties in the order of their codes, and the city. ``rest`` is the pull of what no county holds; ``notes``
    are (zh, en)."""

    indicator: str
    unit: str
    city: str
    month: Period
    ytd: Period
    total: Line
    lines: tuple[Line, ...]
    rest: Decimal | None
    notes: tuple[tuple[str, str], ...]
    as_of: date

    @property
    def late(self) -> tuple[Line, ...]:
        """The counties that have not reported."""
        return tuple(line for line in self.lines if not line.reported)

    @property
    def single(self) -> bool:
        """Whether there is a month beside the running total."""
        return self.month != self.ytd


def month_of(text: str) -> Period:
    """The period of a bulletin: a month, or January–February for both of these.

    Raises :class:`UserError` (``bulletin.not_a_month``) for what is neither.
    """
    period = Period.parse(text)
    if period.kind == "month" and period.last[1] <= 2:
        return Period.of_ytd(period.year, 2)
    if period.kind == "month" or period == Period.of_ytd(period.year, 2):
        return period
    raise UserError(
        "bulletin.not_a_month",
        f"“{text}”不是一个月份，请写成 2025-06（1月、2月合并为 2025-01..02）。",
        f"“{text}” is not a month; write it like 2025-06 (January and February come together as 2025-01..02).",
    )


def monthly_table(
    store: Store,
    catalogue: Catalogue,
    code: str,
    city: tuple[str, str],
    counties: Mapping[str, str],
    month: Period,
    *,
    reach: Reach,
    as_of: date,
) -> MonthlyTable:
    """The table of indicator ``code`` for ``city`` (code, name) and its ``counties`` (code → name) as known on ``as_of``.

    A county's pull is its change over the city's base of last year's same running total, so the pulls add up to the
    city's computed growth; what the counties leave open is ``rest``. Raises :class:`UserError` for an indicator that
    does not add up over places.
    """
    indicator = catalogue.indicator(code)
    if indicator.adds.place != "sum" or indicator.adds.time != "sum":
        raise UserError(
            "bulletin.does_not_add",
            f"“{indicator.name.zh}”不能由各区县相加，不能做分区县月度快报。",
            f"“{indicator.name.en}” does not add up over counties, so it has no county bulletin.",
        )
    ytd = Period.of_ytd(month.year, month.last[1])

    def ask(region: str, period: Period) -> Figure:
        return figure(store, catalogue, code, region, period, reach=reach, as_of=as_of)

    codes = sorted(counties)
    now = {region: ask(region, ytd) for region in (*codes, city[0])}
    single = {region: ask(region, month) for region in (*codes, city[0])} if month != ytd else now
    bases = {region: ask(region, ytd.previous_year()).value for region in codes}
    base = _base(now[city[0]], ask(city[0], ytd.previous_year()), list(bases.values()))
    notes: list[tuple[str, str]] = []
    whole, whole_growth = _whole(now[city[0]], [now[region] for region in codes], base)
    whole_month, month_growth = whole, whole_growth
    if month != ytd:
        before = month.previous_year()
        earlier = _base(single[city[0]], ask(city[0], before), [ask(region, before).value for region in codes])
        whole_month, month_growth = _whole(single[city[0]], [single[region] for region in codes], earlier)
    lines = _ranked(
        [
            Line(
                region, counties[region], Cell.of_figure(single[region]), Cell.of_growth(single[region]),
                Cell.of_figure(now[region]), Cell.of_growth(now[region]),
                _pull(now[region].value, bases[region], base),
                Cell.of(share(now[region].value, whole.value)),
            )
            for region in codes
        ]
    )  # fmt: skip
    total = Line(city[0], city[1], whole_month, month_growth, whole, whole_growth)
    rest = _rest(whole.value, base, lines)
    _differences(notes, whole, lines, indicator.display_unit, now[city[0]])
    return MonthlyTable(
        code, indicator.display_unit, city[0], month, ytd, total, lines, rest, tuple(notes), as_of
    )  # fmt: skip


def _sum(values: Sequence[Decimal | None]) -> Decimal | None:
    """The sum of all; None where one is missing, or where there is none."""
    known = [value for value in values if value is not None]
    return sum(known, Decimal(0)) if known and len(known) == len(values) else None


def _base(published: Figure, before: Figure, parts: Sequence[Decimal | None]) -> Decimal | None:
    """Last year's whole of the same making: published against published, a sum of counties against their sum."""
    return before.value if published.value is not None else _sum(parts)


def _whole(published: Figure, parts: Sequence[Figure], base: Decimal | None) -> tuple[Cell, Cell]:
    """The city's level and growth: published, else the sum of all its counties against the sum of their bases."""
    if published.value is not None:
        return Cell.of_figure(published), Cell.of_growth(published)
    value = _sum([part.value for part in parts])
    if value is None:
        return Cell(None, PARTS_MISSING), (
            Cell.of_growth(published) if published.known_growth is not None else Cell(None, PARTS_MISSING)
        )
    cell = Cell(value, None, "derived", max((p.published for p in parts if p.published), default=None))
    if published.known_growth is not None:
        return cell, Cell.of_growth(published)
    return cell, Cell(None, NO_BASE) if base is None else Cell.of(yoy(value, base))


def _pull(value: Decimal | None, before: Decimal | None, whole_before: Decimal | None) -> Cell:
    if value is None:
        return Cell(None, PARTS_MISSING)
    if before is None or whole_before is None:
        return Cell(None, NO_BASE)
    return Cell.of(pull(value, before, whole_before))


def _rest(whole: Decimal | None, base: Decimal | None, lines: Sequence[Line]) -> Decimal | None:
    """What the counties' pulls leave open of the city's growth, in percentage points; None where it is not known."""
    pulls = _sum([line.pull.value for line in lines])
    if whole is None or base is None or base <= 0 or pulls is None:
        return None
    return (whole - base) / base * 100 - pulls


def _ranked(lines: list[Line]) -> tuple[Line, ...]:
    """The lines with their rank by the growth of the running total; equal growths share a rank."""
    order = sorted((line.ytd_growth.value for line in lines if line.ytd_growth.value is not None), reverse=True)
    return tuple(
        Line(
            line.region, line.name, line.month, line.month_growth, line.ytd, line.ytd_growth, line.pull, line.share,
            None if line.ytd_growth.value is None else order.index(line.ytd_growth.value) + 1,
        )
        for line in lines
    )  # fmt: skip


def _differences(
    notes: list[tuple[str, str]], whole: Cell, lines: Sequence[Line], unit: str, published: Figure
) -> None:
    """What the reader has to know of the total: a sum, or apart from the counties' sum."""
    summed = _sum([line.ytd.value for line in lines])
    if whole.value is not None and published.value is None:
        notes.append(("合计由各区县数相加得出。", "The total is the sum of the counties."))
    if published.value is not None and summed is not None and summed != published.value:
        gap = abs(published.value - summed)
        zh = f"各区县之和与合计相差{gap:,.2f}{unit}，以公布的合计为准。"
        en = f"The counties' sum differs from the total by {gap:,.2f} {unit}; the published total counts."
        notes.append((zh, en))
