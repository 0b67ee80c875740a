"""Doubling and 番 against what doubled."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator

from commercebrain.engine.planaudit.check import Check, amount, num
from commercebrain.engine.planaudit.findings import Finding, Verdict
from commercebrain.engine.planaudit.growth import base_year
from commercebrain.engine.planaudit.interval import Interval
from commercebrain.engine.planaudit.ledger import Figure, Ledger

_NEAR = 200
_GREW = re.compile(r"增长|增加|提高|扩大|上升|提升|攀升")


def factor(figure: Figure, text: str) -> Interval:
    """What a multiple multiplies by: 翻N番 × 2^N up to half a 番 more, 增长N倍 × (N+1), 是…的N倍 × N."""
    if figure.unit == "番":
        return Interval(2**figure.value, 2 ** (figure.value + 0.5))
    said = figure.number.interval()
    return said.plus(1) if _GREW.search(text[max(0, figure.at[0] - 8) : figure.at[0]]) else said


class MultipleAndLevels(Check):
    """翻番和倍数应与前后两个数相符。 · A doubling must follow from its two figures.

    “网络零售总额达到1700亿元以上，比2020年翻一番” with 747.3 in 2020: twice that is 1494.6, and 1700 is more. 番 is a power
    of two; 增长N倍 is × (N+1). A reported multiple that was not reached is a contradiction, a promised level below the
    promised doubling a conflict. Half a 番 or more beyond is a tension, for the two thresholds do not belong together.
    """

    number = "PA501"

    def run(self, ledger: Ledger) -> Iterator[Finding]:
        """Every multiple with its last figure; without the first, the base that it implies."""
        for figure in ledger.of("times"):
            if figure.year is None:
                continue
            text = ledger.documents[figure.doc].text
            by = factor(figure, text)
            if by.low <= 0:
                continue
            several = isinstance(figure.base, tuple)
            last = ledger.level(figure, figure.stem, figure.year, promise=figure.promise)
            if last is None and not figure.promise and not several:
                last = self._kin(ledger, figure)
            if several:
                last = ledger.level(figure, figure.stem, figure.year, promise=False, measure="cumulative") or last
            if last is None:
                continue
            start = base_year(figure)
            if figure.promise and figure.time and figure.time[0] < figure.time[1] and figure.base is None:
                start = figure.time[0]
            first = None
            if start is not None and not several:
                first = ledger.level(figure, last.stem, start, dimension=last.dimension, promise=False)
            if first is not None and first.value > 0:
                yield self._judge(figure, first, last, by)
            elif not figure.promise and last.stem == figure.stem:
                base = last.value / by.low
                yield self.found(
                    "holds", [last, figure], f"{last.shown} ÷ {num(by.low)} = {amount(base, last.unit)}",
                    f"{figure.name}推算基数不超过{amount(base, last.unit)}，文中没有第二个出处",
                    f"{figure.name}: implies a base of at most {amount(base, last.unit)}, with no second source",
                    f"{figure.doc} {figure.stem} {figure.time}",
                )  # fmt: skip

    @staticmethod
    def _kin(ledger: Ledger, figure: Figure) -> Figure | None:
        """The first amount behind a multiple that has none of its own, of the same kind by its first two characters."""
        document = ledger.documents[figure.doc]
        for near in document.between(figure.at[1], figure.at[1] + _NEAR):
            if near.measure == "level" and near.year == figure.year and near.stem[:2] == figure.stem[:2]:
                return near
        return None

    def _judge(self, figure: Figure, first: Figure, last: Figure, by: Interval) -> Finding:
        ratio = last.number.interval() / first.number.interval()
        real = last.value / first.value
        if ratio.meets(by):
            verdict: Verdict = "holds"
        elif ratio.high < by.low:
            verdict = "conflict" if figure.promise else "contradiction"
        else:
            verdict = "tension" if figure.unit == "番" or figure.promise else "contradiction"
        if last.stem != figure.stem and verdict == "contradiction":
            verdict = "tension"
        fan = f", 2^{num(math.log2(real), 3)}" if real > 0 else ""
        return self.found(
            verdict, [first, last, figure],
            f"{last.shown} ÷ {first.shown} = {num(real, 3)}{fan}; {first.shown} × {num(by.low, 3)} = "
            f"{amount(first.value * by.low, first.unit)}",
            f"{figure.name}实为{num(real, 3)}倍，{figure.shown}需达到{amount(first.value * by.low, first.unit)}",
            f"{figure.name}: it is × {num(real, 3)}; {figure.shown} asks for {amount(first.value * by.low, first.unit)}",
            f"{figure.doc} {figure.stem} {figure.time}",
        )  # fmt: skip


CHECKS: tuple[type[Check], ...] = (MultipleAndLevels,)
