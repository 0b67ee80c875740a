"""Growth against what grew: end points, base figures, parts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from commercebrain.engine.planaudit import names
from commercebrain.engine.planaudit.check import Check, amount, num, pct
from commercebrain.engine.planaudit.findings import Finding, Verdict
from commercebrain.engine.planaudit.interval import Interval, Printed, grade
from commercebrain.engine.planaudit.ledger import Figure, Ledger


def base_year(figure: Figure) -> int | None:
    """The year that a growth starts from: the one named, else the year before its period."""
    if isinstance(figure.base, int):
        return figure.base
    if figure.base is None and figure.time and (figure.time[0] < figure.time[1] or figure.promise):
        return figure.time[0] - 1
    return None


def ends(ledger: Ledger, growth: Figure) -> tuple[Figure, Figure, int] | None:
    """The first and the last figure of a growth, and the years between them."""
    start = base_year(growth)
    if start is None or growth.year is None or growth.year <= start:
        return None
    last = ledger.level(growth, growth.stem, growth.year, promise=growth.promise)
    if last is None:
        return None
    first = ledger.level(growth, growth.stem, start, dimension=last.dimension, promise=False)
    if first is None and growth.promise:
        # 2021年达到2万亿元, 2022年增长10%，达到2.27万亿元: a promise may start from an earlier promise.
        first = ledger.level(growth, growth.stem, start, dimension=last.dimension, promise=True)
    return (first, last, growth.year - start) if first else None


def roots(growth: Figure, years: int) -> int:
    """Over how many years the rate is to be taken: all of them for a yearly rate, one for a total."""
    return years if growth.each_year else 1


def at_constant_prices(stem: str) -> bool:
    """Whether an indicator's growth is published at constant prices, its amounts at current ones."""
    return any(word in stem for word in names.lexicon()["constant_prices"])


class GrowthAndEndPoints(Check):
    """增速应与首末两个数相符。 · A growth rate must follow from its first and last figures.

    “从84.4亿元增长到364.1亿元，年均增长47.4%”: (364.1 ÷ 84.4)^(1/5) − 1 = 33.96 %. A reported rate that does not
    follow is a contradiction. A promised rate must lead to the promised level; one that does not is a conflict, for
    somebody must decide which of the two thresholds counts. GDP and value added grow at constant prices and are printed
    at current ones: there it is a tension.
    """

    number = "PA101"

    def run(self, ledger: Ledger) -> Iterator[Finding]:
        """Every growth rate whose two end points the document states."""
        for growth in ledger.of("growth"):
            found = ends(ledger, growth)
            if found is None or found[0].value <= 0:
                continue
            first, last, years = found
            n = roots(growth, years)

            def relation(numbers: Sequence[Interval], n: int = n) -> tuple[Interval, Interval]:
                return (numbers[1] / numbers[0]).power(1 / n).plus(-1), numbers[2]

            result = grade([first.number, last.number, growth.number], relation)
            off: Verdict = "conflict" if growth.promise else "contradiction"
            if at_constant_prices(growth.stem):
                off = "tension"
            real = (last.value / first.value) ** (1 / n) - 1
            at_rate = first.value * (1 + growth.value) ** n
            power = f"^(1/{n})" if n > 1 else ""
            computation = (
                f"({last.shown} ÷ {first.shown}){power} − 1 = {pct(real)} ⟷ {growth.shown}; "
                f"{first.shown} × (1 + {growth.shown})^{n} = {amount(at_rate, first.unit)}"
            )
            yield self.found(
                off if result == "off" else result, [first, last, growth], computation,
                f"{growth.name}按首末数计算为{pct(real)}，原文为{growth.shown}",
                f"{growth.name}: the figures give {pct(real)}, the text says {growth.shown}",
                f"{growth.doc} {growth.stem} {growth.time}",
            )  # fmt: skip


class GrowthWithoutBase(Check):
    """增速与末期数推算的基数应当成立。 · A growth rate and its last figure imply a base that must be possible.

    “6161.6亿元，较‘十二五’时期增长85.4%” implies 3,323.4亿元 for 2011–2015. There is no second source for it, so the
    check holds wherever the base is above zero.
    """

    number = "PA102"

    def run(self, ledger: Ledger) -> Iterator[Finding]:
        """Every reported rate whose base the document does not state."""
        for growth in ledger.of("growth", promise=False):
            if ends(ledger, growth) or growth.year is None:
                continue
            start = base_year(growth)
            last = ledger.level(growth, growth.stem, growth.year, promise=False)
            years = growth.year - start if start is not None else 1
            if isinstance(growth.base, tuple):
                last = ledger.level(growth, growth.stem, growth.year, promise=False, measure="cumulative") or last
                years = 1
            if last is None or years < 1 or growth.value <= -1:
                continue
            base = last.value / (1 + growth.value) ** roots(growth, years)
            when = f"{growth.base[0]}–{growth.base[1]}" if isinstance(growth.base, tuple) else f"{start}"
            yield self.found(
                "holds" if base > 0 else "contradiction", [last, growth],
                f"{last.shown} ÷ (1 + {growth.shown})^{roots(growth, years)} = {amount(base, last.unit)} ({when})",
                f"{growth.name}推算{when}年基数为{amount(base, last.unit)}，文中没有第二个出处",
                f"{growth.name}: implies {amount(base, last.unit)} for {when}, with no second source",
                f"{growth.doc} {growth.stem} {growth.time}",
            )  # fmt: skip


class ChangeAndLevel(Check):
    """增加的量不应超过增加后的总量。 · What was added cannot be more than what there is.

    “1459个，比‘十二五’时期增加655个” implies 804 before; “占比3.57%，提高0.44个百分点” implies 3.13 %. Below zero, or a
    share above one, is a contradiction.
    """

    number = "PA103"

    def run(self, ledger: Ledger) -> Iterator[Finding]:
        """Every reported change with a level of the same indicator."""
        for change in ledger.of("change", promise=False):
            if change.base is None or change.year is None:
                continue
            level = None
            for measure in ("share", "cumulative", "level"):
                if (change.dimension == "percentage_point") == (measure == "share"):
                    dimension = None if measure == "share" else change.dimension
                    level = level or ledger.level(
                        change, change.stem, change.year, promise=False, measure=measure, dimension=dimension
                    )
            if level is None:
                continue
            step = change.value / 100 if change.dimension == "percentage_point" else change.value
            before = level.value - step
            fits = before >= 0 and not (level.measure == "share" and before > 1)
            shown = pct(before) if level.measure == "share" else amount(before, level.unit)
            yield self.found(
                "holds" if fits else "contradiction", [level, change], f"{level.shown} − {change.shown} = {shown}",
                f"{level.name}推算此前为{shown}", f"{level.name}: implies {shown} before", f"{change.doc} {change.stem} {change.time}",
            )  # fmt: skip


class WholeAndPartsGrowth(Check):
    """总体的增速应与各部分的增速相符。 · A whole must grow as its parts do together.

    Exports 1003.04 (+19.2 %) and imports 804.36 (+44.5 %) were 1398.13 a year before; their total 1807.39 grew 29.27 %
    and not 27.7 %. Computed on intervals; what cannot be met is a contradiction.
    """

    number = "PA201"

    def run(self, ledger: Ledger) -> Iterator[Finding]:
        """Every whole with a rate, whose parts all have figures and rates of the same time."""
        for growth in ledger.of("growth", promise=False):
            start = base_year(growth)
            if start is None or growth.year is None:
                continue
            for partition in names.partitions():
                if not partition.complete:
                    continue
                rates = [self._rate(ledger, growth, part, start) for part in partition.parts]
                parts = [
                    ledger.level(growth, names.children(growth.stem, part), growth.year, promise=False)
                    for part in partition.parts
                ]
                if any(rate is None for rate in rates) or any(part is None for part in parts):
                    continue
                rated = [rate for rate in rates if rate is not None]
                valued = [part for part in parts if part is not None]
                if all(f.value > 0 for f in valued) and all(f.value > -1 for f in rated):
                    yield self._judge(growth, valued, rated, growth.year - start)

    @staticmethod
    def _rate(ledger: Ledger, growth: Figure, part: str, start: int) -> Figure | None:
        rate = ledger.rate(growth, names.children(growth.stem, part), growth.year or 0)
        return rate if rate and base_year(rate) == start and rate.each_year == growth.each_year else None

    def _judge(self, growth: Figure, parts: list[Figure], rates: list[Figure], years: int) -> Finding:
        n, k = roots(growth, years), len(parts)

        def relation(numbers: Sequence[Interval]) -> tuple[Interval, Interval]:
            now, before = Interval.point(0), Interval.point(0)
            for value, rate in zip(numbers[:k], numbers[k : 2 * k], strict=True):
                now, before = now + value, before + value / rate.plus(1).power(n)
            # The same values stand above and below the line: the mean of the parts' growth bounds the quotient.
            low, high = min(r.low for r in numbers[k : 2 * k]), max(r.high for r in numbers[k : 2 * k])
            whole = (now / before).power(1 / n).plus(-1)
            return Interval(max(low, whole.low), min(high, whole.high)), numbers[-1]

        numbers: list[Printed] = [f.number for f in (*parts, *rates, growth)]
        result = grade(numbers, relation)
        now = sum(p.value for p in parts)
        terms = [p.value / (1 + r.value) ** n for p, r in zip(parts, rates, strict=True)]
        real = (now / sum(terms)) ** (1 / n) - 1
        unit = parts[0].unit
        sums = " + ".join(f"{p.shown} ÷ {num((1 + r.value) ** n, 3)}" for p, r in zip(parts, rates, strict=True))
        return self.found(
            "contradiction" if result == "off" else result, [growth, *parts, *rates],
            f"{sums} = {amount(sum(terms), unit)}; {amount(now, unit)} ÷ {amount(sum(terms), unit)} → "
            f"{pct(real)} ⟷ {growth.shown}",
            f"{growth.name}按各部分推算为{pct(real)}，原文为{growth.shown}",
            f"{growth.name}: the parts give {pct(real)}, the text says {growth.shown}", f"{growth.doc} {growth.stem} {growth.time}",
        )  # fmt: skip


CHECKS: tuple[type[Check], ...] = (GrowthAndEndPoints, GrowthWithoutBase, ChangeAndLevel, WholeAndPartsGrowth)
