"""Two exposures side by side: before and after a day, and whom a new version of a list hits that the old one did not."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from commercebrain.engine.errors import UserError
from commercebrain.engine.exposure.base import TradeBase
from commercebrain.engine.exposure.compute import exposure
from commercebrain.engine.exposure.lines import NotAvailableError, Span
from commercebrain.engine.exposure.result import Exposure
from commercebrain.engine.lists.rows import ProductRow
from commercebrain.engine.rollups.panel import months_back

Change = Literal["new", "gone", "harder", "softer", "same"]


@dataclass(frozen=True)
class BeforeAfter:
    """The trade that one list takes in the months before a day and in those since.

    The month of ``day`` counts with the later ones. ``per_month`` compares windows of different length: value ÷ the
    months that are known (None where none is); of a stock, which no number of months adds to, the value as it stands. Trade has its seasons, so ``year_before`` holds the months since the day
    as they were a year earlier (None where they are not known).
    """

    day: date
    before: Exposure | None
    after: Exposure | None
    year_before: Exposure | None = None

    @property
    def per_month(self) -> tuple[float | None, float | None]:
        """The value of a month (of a stock: the value), before and since."""
        return _per_month(self.before), _per_month(self.after)

    @property
    def change(self) -> float | None:
        """By how much a month's value changed, as a part of what it was; None where either side has nothing."""
        before, after = self.per_month
        return None if not before or after is None else after / before - 1

    @property
    def on_year(self) -> float | None:
        """By how much the value since the day differs from that of the same months a year earlier, as a part of it; None
        where not just the same months are known."""
        if self.after is None or self.year_before is None or not self.year_before.totals.value:
            return None
        if [months_back(month, 12) for month in self.after.base.months] != list(self.year_before.base.months):
            return None
        return self.after.totals.value / self.year_before.totals.value - 1


def _per_month(one: Exposure | None) -> float | None:
    if one is None or not one.base.months:
        return None
    return one.totals.value / (1 if one.base.stock else len(one.base.months))


def before_after(
    rows: Sequence[ProductRow], base_of: Callable[[Span], TradeBase], day: date, *, months: int = 12, **options: Any
) -> BeforeAfter:
    """The exposure to ``rows`` in the ``months`` before the month of ``day`` and in as many from it on.

    ``base_of`` gives the base of a span, as ``lambda span: best_base(…, span=span)``; both must be of one tier and unit.
    ``options`` are those of :func:`exposure`; ``on`` is left out: the same rows are held against both sides. Raises
    :class:`UserError` (``exposure.two_tiers``) where the sides cannot be compared, ``exposure.no_tier`` where neither
    has lines.
    """
    here = day.year * 100 + day.month
    spans = (months_back(here, months), months_back(here, 1)), (here, months_back(here, 1 - months))
    bases: list[TradeBase | None] = []
    faults: list[UserError] = []
    for span in spans:
        try:
            bases.append(_had(base_of, span))
        except UserError as fault:
            if fault.code != "exposure.no_tier":
                raise
            faults.append(fault)
            bases.append(None)
    if len(faults) == 2:
        raise faults[0]
    if len({(one.tier, one.unit) for one in bases if one is not None}) > 1:
        raise UserError(
            "exposure.two_tiers",
            "前后两段只能用不同档次的数据，不能相比；请指定一个档次（--tier）。",
            "The months before and after can only be had in different tiers and cannot be compared; ask for one tier.",
        )
    options.pop("on", None)
    before, after = (None if base is None else exposure(rows, base, **options) for base in bases)
    return BeforeAfter(day, before, after, _year_before(rows, base_of, after, options))


def _had(base_of: Callable[[Span], TradeBase], span: Span) -> TradeBase:
    try:
        return base_of(span)
    except NotAvailableError as fault:
        raise UserError("exposure.no_tier", fault.why.zh, fault.why.en) from None


def _year_before(
    rows: Sequence[ProductRow], base_of: Callable[[Span], TradeBase], after: Exposure | None, options: dict[str, Any]
) -> Exposure | None:
    if after is None or not after.base.months:
        return None
    try:
        base = _had(base_of, (months_back(after.base.months[0], 12), months_back(after.base.months[-1], 12)))
    except UserError as fault:
        if fault.code != "exposure.no_tier":
            raise
        return None
    same = (base.tier, base.unit) == (after.base.tier, after.base.unit)
    return exposure(rows, base, **options) if same else None


@dataclass(frozen=True, slots=True)
class FirmChange:
    """What a new version of a list means to one firm, over the same trade: value hit, duty and share, old and new."""

    uscc: str
    change: Change
    old: int
    new: int
    old_duty: float
    new_duty: float
    old_share: float
    new_share: float
    county: str
    township: str
    jobs: int | None


@dataclass(frozen=True)
class NewlyHit:
    """The firms whose exposure differs between two versions, by kind; the greatest difference first."""

    new: tuple[FirmChange, ...]
    gone: tuple[FirmChange, ...]
    harder: tuple[FirmChange, ...]
    softer: tuple[FirmChange, ...]
    unchanged: int

    @property
    def value(self) -> int:
        """What the new version takes of the newly hit firms' trade."""
        return sum(one.new for one in self.new)


def newly_hit(old: Exposure, new: Exposure, *, least_value: int = 1, least_share: float = 0.0) -> NewlyHit:
    """Whom ``new`` hits that ``old`` did not, whom it no longer hits, whom harder (more value, or more duty) and softer.

    A firm counts as hit from ``least_value`` on and if at least ``least_share`` of its trade is taken. Both must be
    computed on the same trade; :class:`UserError` (``exposure.two_bases``) else.
    """
    if (old.base.tier, old.base.span, old.base.unit) != (new.base.tier, new.base.span, new.base.unit):
        raise UserError(
            "exposure.two_bases",
            "两个版本要用同一档次、同一时段的贸易数据才能相比，请重新计算其中一个。",
            "Two versions can be compared on the same tier and months of trade only; compute one of them again.",
        )
    before, after = _by_firm(old), _by_firm(new)
    found: dict[str, list[FirmChange]] = {name: [] for name in ("new", "gone", "harder", "softer", "same")}
    for uscc in before.keys() | after.keys():
        one = _change(uscc, before.get(uscc), after.get(uscc), least_value, least_share)
        if one is not None:
            found[one.change].append(one)
    for held in found.values():
        held.sort(key=lambda one: (-abs(one.new - one.old), -abs(one.new_duty - one.old_duty), one.uscc))
    new_ones, gone, harder, softer = (tuple(found[name]) for name in ("new", "gone", "harder", "softer"))
    return NewlyHit(new_ones, gone, harder, softer, len(found["same"]))


#: Value, duty, share, county, township, jobs.
_Firm = tuple[int, float, float, str, str, int | None]


def _by_firm(one: Exposure) -> dict[str, _Firm]:
    jobs = [None] * len(one.firm) if one.jobs is None else [many if many >= 0 else None for many in one.jobs.tolist()]
    held = zip(one.upper.tolist(), one.duty.tolist(), one.share.tolist(), one.county, one.township, jobs, strict=True)
    return dict(zip(one.firms, held, strict=True))


def _change(uscc: str, old: _Firm | None, new: _Firm | None, least_value: int, least_share: float) -> FirmChange | None:
    def hit(one: _Firm | None) -> bool:
        return one is not None and one[0] >= least_value and (least_share <= 0 or one[2] >= least_share)

    was, now = hit(old), hit(new)
    if not was and not now:
        return None
    nothing: _Firm = (0, 0.0, 0.0, "", "", None)
    a, b = old or nothing, new or nothing
    change: Change = "same"
    if was != now:
        change = "new" if now else "gone"
    elif a[0] != b[0]:
        change = "harder" if b[0] > a[0] else "softer"
    elif a[1] != b[1]:
        change = "harder" if b[1] > a[1] else "softer"
    where = new or old or nothing
    return FirmChange(uscc, change, a[0], b[0], a[1], b[1], a[2], b[2], where[3], where[4], where[5])
