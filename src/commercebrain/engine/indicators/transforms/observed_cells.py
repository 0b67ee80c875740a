"""One cell of a table of published figures: a place, a row's stretches, a transform."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from functools import cached_property

from commercebrain.engine.catalogue import Catalogue, Indicator
from commercebrain.engine.catalogue.models import Words
from commercebrain.engine.indicators import growth, structure
from commercebrain.engine.indicators.figures import NATION, Figure, Reader
from commercebrain.engine.indicators.reach import Reach
from commercebrain.engine.indicators.result import NoValue, Result
from commercebrain.engine.indicators.spine import Slot, Stretch, months_between, months_in
from commercebrain.engine.indicators.store import Snapshot
from commercebrain.engine.indicators.table import row_period
from commercebrain.engine.indicators.transforms.plan import Plan
from commercebrain.engine.periods import Period
from commercebrain.engine.units import Unit, convert

HUNDRED = Decimal(100)
#: Transforms that fold the places below into one number.
FOLDED = ("hhi", "crn", "diffusion")
#: What the reasons of results are called in a table.
_REASONS = {"value_missing": "month_missing", "months_missing": "month_missing"}


@dataclass(frozen=True, slots=True)
class Cell:
    """The numbers of one row, exactly; None with a reason where there is none."""

    value: Decimal | None = None
    level: Decimal | None = None
    base: Decimal | None = None
    whole: Decimal | None = None
    change: Decimal | None = None
    reason: str = ""
    flag: str = "normal"


class Cells:
    """The cells of one request. ``notes`` gathers the sentences that belong under the table."""

    def __init__(
        self, store: Snapshot, catalogue: Catalogue, plan: Plan, reach: Reach, day: date, parts: tuple[str, ...]
    ) -> None:
        self.plan = plan
        self.parts = parts
        self.catalogue = catalogue
        self.indicator: Indicator = catalogue.indicator(plan.request.code)
        self.notes: list[Words] = []
        self.reader = Reader(store, catalogue, reach, plan.request.calibre, day)
        self._held: dict[tuple[str, Stretch], Figure] = {}

    @cached_property
    def unit(self) -> str:
        """The unit of the levels: the one asked for, else that of the indicator's figures."""
        if self.plan.transform.code == "convert":
            return self.plan.level_unit
        return self.plan.request.option("unit") or self.indicator.display_unit

    def cell(self, slot: Slot, region: str) -> Cell:
        """The cell of ``region`` in ``slot``."""
        own = self.figure(region, slot.stretches[0])
        level = self._told(own)
        found = Cell(level=level, flag=own.flag if own.flag != "confidential" else "missing")
        if slot.reason:
            return replace(found, reason=slot.reason)
        code = self.plan.transform.code
        if code in FOLDED:
            return self._folded(code, slot, found)
        if self.plan.ratio and code in ("yoy", "mom", "ytd_yoy"):
            return self._difference(slot, region, own, found)
        return self._rules[code](slot, region, own, found)

    # -- reading

    def figure(self, region: str, stretch: Stretch) -> Figure:
        """The figure of a stretch of months; of one that has no name of its own the sum of its months."""
        key = (region, stretch)
        if key not in self._held:
            self._held[key] = self._read(region, stretch)
            said = self._held[key]
            if said.note_zh:
                zh, en = said.period.say("zh"), said.period.say("en")
                self.notes.append(Words(zh=f"{zh}：{said.note_zh}", en=f"{en}: {said.note_en}"))
        return self._held[key]

    def _read(self, region: str, stretch: Stretch) -> Figure:
        code, state = self.indicator.code, self.plan.request.frequency == "point"
        length = months_between(*stretch)
        period = row_period(stretch[1], 0 if state else length)
        if period.kind == "span" and (stretch[0] % 100, stretch[1] % 100) != (1, 12):
            months = [self.reader.figure(code, region, row_period(m, 1)) for m in months_in(*stretch)]
            lacking = next((one for one in months if one.value is None), None)
            total = None if lacking else sum((one.value or Decimal(0) for one in months), Decimal(0))
            one = lacking or months[-1]
            return replace(one, period=period, value=total, growth=None, growth_computed=None, note_zh="", note_en="")
        found = self.reader.figure(code, region, period)
        if found.value is None and not state and self.indicator.adds.time == "last":
            at_end = self.reader.figure(code, region, Period.of_point(*divmod(stretch[1], 100)))
            return at_end if at_end.value is not None else found
        return found

    def _told(self, found: Figure) -> Decimal | None:
        if found.value is None or self.plan.transform.code == "convert":
            return found.value
        return convert(found.value, found.unit, self.unit)

    def _small(self, base: Decimal | None) -> bool:
        if base is None or not self.plan.small_base or self.plan.ratio:
            return False
        return abs(base.scaleb(Unit.parse(self.unit).power)) < self.plan.small_base

    # -- the rules

    @cached_property
    def _rules(self) -> dict[str, Callable[[Slot, str, Figure, Cell], Cell]]:
        return {
            "level": self._level,
            "ytd": self._level,
            "seasonal": self._level,
            "yoy": self._yoy,
            "ytd_yoy": self._yoy,
            "comparable": self._comparable,
            "mom": self._mom,
            "two_year_avg": self._two_years,
            "moving_avg": self._average,
            "index": self._index,
            "real": self._real,
            "convert": self._convert,
            "share": self._share,
            "contribution": self._share,
            "pull": self._share,
            "rank": self._rank,
        }

    def _level(self, slot: Slot, region: str, own: Figure, found: Cell) -> Cell:
        return replace(found, value=found.level, reason="" if found.level is not None else reason_of(own))

    def _yoy(self, slot: Slot, region: str, own: Figure, found: Cell) -> Cell:
        """The published growth, else the computed one."""
        before = self.figure(region, slot.stretches[1])
        found = self._based(found, self._told(before))
        if own.growth is not None:
            flag = "normal" if own.flag == "not_published_separately" else own.flag
            return replace(found, value=own.growth * HUNDRED, flag=flag)
        if own.value is None:
            return replace(found, reason=reason_of(own))
        return self._result(found, growth.yoy(own.value, before.value), times=HUNDRED)

    def _comparable(self, slot: Slot, region: str, own: Figure, found: Cell) -> Cell:
        """Published growth is on a comparable base; the base that it implies is shown. There is no other."""
        if own.growth is None:
            return replace(found, reason=reason_of(own) if own.value is None else "base_missing")
        value, flag = own.growth * HUNDRED, "normal" if own.flag == "not_published_separately" else own.flag
        if found.level is None or own.growth <= -1:
            return replace(found, value=value, flag=flag)
        return replace(self._based(found, found.level / (1 + own.growth)), value=value, flag=flag)

    def _mom(self, slot: Slot, region: str, own: Figure, found: Cell) -> Cell:
        if self.plan.adjust:
            return self._level(slot, region, own, found)
        before = self.figure(region, slot.stretches[1])
        found = self._based(found, self._told(before))
        if own.value is None:
            return replace(found, reason=reason_of(own))
        result = growth.mom(own.value, before.value, adjusted=False, raw=True)
        done = self._result(found, result, times=HUNDRED)
        return replace(done, flag="raw") if done.flag == "normal" else done

    def _difference(self, slot: Slot, region: str, own: Figure, found: Cell) -> Cell:
        before = self.figure(region, slot.stretches[1])
        found = self._based(found, self._told(before))
        if own.value is None:
            return replace(found, reason=reason_of(own))
        return self._result(found, growth.pp(found.level, found.base))

    def _two_years(self, slot: Slot, region: str, own: Figure, found: Cell) -> Cell:
        before = self.figure(region, slot.stretches[1])
        found = self._based(found, self._told(before))
        rates = []
        for late, early in ((own, before), (before, self.figure(region, slot.stretches[2]))):
            rate = late.growth if late.growth is not None else growth.yoy(late.value, early.value)
            if isinstance(rate, NoValue):
                gone = reason_of(late) if late is own and late.value is None else _REASONS.get(rate.code, rate.code)
                return replace(found, reason="base_missing" if late is before and late.value is None else gone)
            rates.append(rate)
        return self._result(found, growth.two_year_avg(*rates), times=HUNDRED)

    def _average(self, slot: Slot, region: str, own: Figure, found: Cell) -> Cell:
        months = [self.figure(region, (m, m)) for m in months_in(*slot.stretches[0])]
        last = months[-1]
        found = replace(found, level=self._told(last), flag=last.flag)
        lacking = next((one for one in months if one.value is None), None)
        if lacking is not None:
            return replace(found, reason=reason_of(lacking))
        total = sum((self._told(one) or Decimal(0) for one in months), Decimal(0))
        return replace(found, value=total / len(months))

    def _index(self, slot: Slot, region: str, own: Figure, found: Cell) -> Cell:
        base = self._told(self.figure(region, slot.stretches[1]))
        lengths = slot.lengths if self.indicator.adds.time == "sum" else (1, 1)
        found = self._based(found, base)
        if found.level is None:
            return replace(found, reason=reason_of(own))
        monthly = None if base is None else base / lengths[1]
        result = growth.yoy(found.level / lengths[0], monthly)
        return self._result(found, result if isinstance(result, NoValue) else (result + 1), times=HUNDRED)

    def _real(self, slot: Slot, region: str, own: Figure, found: Cell) -> Cell:
        before = self.figure(region, slot.stretches[1])
        found = self._based(found, self._told(before))
        if own.value is None:
            return replace(found, reason=reason_of(own))
        nominal = growth.yoy(own.value, before.value)
        if isinstance(nominal, NoValue):
            return self._result(found, nominal)
        prices = price_change(self.reader, self.plan.request.option("prices"), region, own.period)
        if prices is None or prices <= 0:
            return replace(found, reason="price_missing")
        return replace(found, value=((1 + nominal) / prices - 1) * HUNDRED)

    def _convert(self, slot: Slot, region: str, own: Figure, found: Cell) -> Cell:
        if own.value is None:
            return replace(found, reason=reason_of(own))
        rate = rate_of(self.reader, self.plan.request.option("rates"), region, own.period)
        if rate is None:
            return replace(found, reason="rate_missing", level=None)
        money = own.value.scaleb(Unit.parse(own.unit).power) / rate
        return replace(found, value=money, level=money)

    def _share(self, slot: Slot, region: str, own: Figure, found: Cell) -> Cell:
        """A place in the whole region, whose own published figure is the whole."""
        code = self.plan.transform.code
        whole = self._whole(slot.stretches[0])
        if code == "share":
            found = replace(found, whole=whole)
            if found.level is None:
                return replace(found, reason=reason_of(own))
            return self._result(found, structure.share(found.level, whole), "whole_missing", HUNDRED)
        before = self._told(self.figure(region, slot.stretches[1]))
        whole_before = self._whole(slot.stretches[1])
        found = replace(self._based(found, before), whole=whole_before)
        if found.level is None:
            return replace(found, reason=reason_of(own))
        if before is None:
            return replace(found, reason="base_missing")
        if whole is None or whole_before is None:
            return replace(found, reason="whole_missing")
        if code == "pull":
            return self._result(found, structure.pull(found.level, before, whole_before))
        return self._result(found, structure.contribution(found.level, before, whole, whole_before), times=HUNDRED)

    def _whole(self, stretch: Stretch) -> Decimal | None:
        """The region's own figure, else the sum of all parts; what the parts leave open is told in a note."""
        whole = self._told(self.figure(self.plan.request.region, stretch))
        values = {part: self._told(self.figure(part, stretch)) for part in self.parts}
        lacking = [part for part, value in values.items() if value is None]
        known = sum((value for value in values.values() if value is not None), Decimal(0))
        said = row_period(stretch[1], months_between(*stretch))
        if whole is None:
            return None if lacking or not values else known
        if lacking:
            told = "、".join(lacking)
            zh, en = f"{said.say('zh')}：{told}没有数据。", f"{said.say('en')}: no figure for {', '.join(lacking)}."
            self.notes.append(Words(zh=zh, en=en))
        if whole and known != whole:
            part = f"{float(known / whole * HUNDRED):.1f}"
            self.notes.append(
                Words(
                    zh=f"{said.say('zh')}：各地之和为总数的{part}%，其余未分列到各地。",
                    en=f"{said.say('en')}: the places add up to {part} % of the whole; the rest is not assigned to them.",
                )
            )
        return whole

    def _rank(self, slot: Slot, region: str, own: Figure, found: Cell) -> Cell:
        values = [self._told(self.figure(part, slot.stretches[0])) for part in self.parts]
        known = [value for value in values if value is not None]
        level = found.level
        found = replace(found, whole=Decimal(len(known)))
        if level is None:
            return replace(found, reason=reason_of(own))
        better = sum(value > level if self.plan.descending else value < level for value in known)
        return replace(found, value=Decimal(better + 1))

    def _folded(self, code: str, slot: Slot, found: Cell) -> Cell:
        figures = [self.figure(part, slot.stretches[0]) for part in self.parts]
        lacking = next((one for one in figures if one.value is None), None)
        if lacking is not None or not figures:
            return replace(found, reason=reason_of(lacking) if lacking else "too_few")
        values = [one.value or Decimal(0) for one in figures]
        if code == "diffusion":
            before = [self.figure(part, slot.stretches[1]).value for part in self.parts]
            changes = [None if old is None else new - old for new, old in zip(values, before, strict=True)]
            known = Decimal(sum(change is not None for change in changes))
            return self._result(replace(found, whole=known), structure.diffusion(changes), "base_missing")
        found = replace(found, whole=sum(values, Decimal(0)))
        if min(values) < 0:
            return replace(found, reason="not_inside")
        if code == "hhi":
            return self._result(found, structure.hhi(values))
        return self._result(found, structure.crn(values, self.plan.request.number("n", 5, most=1000)), times=HUNDRED)

    # -- small things

    def _based(self, found: Cell, base: Decimal | None) -> Cell:
        change = None if base is None or found.level is None else found.level - base
        flag = "small_base" if self._small(base) and found.flag in ("normal", "final") else found.flag
        return replace(found, base=base, change=change, flag=flag)

    def _result(self, found: Cell, result: Result, missing: str = "base_missing", times: Decimal = Decimal(1)) -> Cell:
        if isinstance(result, NoValue):
            code = missing if result.code == "base_missing" else _REASONS.get(result.code, result.code)
            return replace(found, reason=code)
        return replace(found, value=result * times)


def reason_of(found: Figure) -> str:
    """Why a published figure has no value, in the words of a table."""
    named = {"confidential": "out_of_reach"}
    kept = ("not_yet_due", "not_published_separately")
    return named.get(found.flag, found.flag if found.flag in kept else "month_missing")


def price_change(reader: Reader, code: str, region: str, period: Period) -> Decimal | None:
    """The price of ``period`` against the same period a year before (1.02 for +2 %), from the indicator ``code`` of the
    region, else of its province, else of the nation. A growth is taken as it is; of an index the published growth, else
    the quotient of the two values."""
    for place in dict.fromkeys((region, region[:2] + "0000", NATION)):
        found = reader.figure(code, place, period)
        if reader.catalogue.indicator(code).kind == "growth" and found.value is not None:
            return 1 + found.value / HUNDRED
        if found.known_growth is not None:
            return 1 + found.known_growth
        before = reader.figure(code, place, period.previous_year())
        if found.value is not None and before.value:
            return found.value / before.value
    return None


def rate_of(reader: Reader, code: str, region: str, period: Period) -> Decimal | None:
    """The average rate of ``period``, from the region, its province or the nation; of several months their mean."""
    for place in dict.fromkeys((region, region[:2] + "0000", NATION)):
        found = reader.figure(code, place, period)
        if found.value is not None and found.value > 0 and found.flag != "derived":
            return found.value
        months = [reader.figure(code, place, Period.of_month(*month)).value for month in period.months]
        known = [one for one in months if one is not None and one > 0]
        if len(known) == len(months):
            return sum(known, Decimal(0)) / len(known)
    return None
