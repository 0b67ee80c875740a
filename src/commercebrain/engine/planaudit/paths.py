"""Cumulative targets against yearly ones, and yearly growth against the levels that it leads to."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from itertools import pairwise

from commercebrain.engine.planaudit.check import Check, amount, pct
from commercebrain.engine.planaudit.findings import Finding, Verdict
from commercebrain.engine.planaudit.interval import Interval
from commercebrain.engine.planaudit.ledger import Figure, Ledger

Key = tuple[str, str, str]


def _levels(ledger: Ledger) -> dict[Key, dict[int, Figure]]:
    """(region, indicator, dimension) → year → its level, promised or reported; the first one stated counts."""
    levels: dict[Key, dict[int, Figure]] = defaultdict(dict)
    for figure in ledger.of("level"):
        if figure.year is not None and not figure.each_year and not figure.scope and figure.time == (figure.year,) * 2:
            levels[figure.region, figure.stem, figure.dimension].setdefault(figure.year, figure)
    return levels


def path(levels: dict[int, Figure], first: int, last: int) -> dict[int, float] | None:
    """The levels of the years ``first`` to ``last`` on straight lines between those that are known."""
    known = sorted(levels)
    if not known or known[0] > first or known[-1] < last:
        return None
    out: dict[int, float] = {}
    for year in range(first, last + 1):
        left = max(k for k in known if k <= year)
        right = min(k for k in known if k >= year)
        a, b = levels[left].value, levels[right].value
        out[year] = a if left == right else a + (b - a) * (year - left) / (right - left)
    return out


class CumulativeAndYearly(Check):
    """累计目标应与逐年目标之和相符。 · A cumulative target must fit the sum of the yearly ones.

    “‘十四五’期间服务贸易……累计完成300亿元” against 140 (2019) → 170 (2022) → 200 (2025): the path adds up to 900, and even
    the lowest year five times to 700. A total below the lowest year throughout is a contradiction, one below or above
    what the path allows a conflict.
    """

    number = "PA901"

    def run(self, ledger: Ledger) -> Iterator[Finding]:
        """Every cumulative target with yearly targets that span its period, in any document of its region."""
        levels = _levels(ledger)
        seen: set[tuple[object, ...]] = set()
        for total in ledger.of("cumulative", promise=True):
            if total.time is None or (total.region, total.stem, total.time, total.value) in seen:
                continue
            by_year = levels.get((total.region, total.stem, total.dimension), {})
            first, last = total.time
            if not any(first <= year <= last and figure.promise for year, figure in by_year.items()):
                continue
            years = path(by_year, first, last)
            if years is None:
                continue
            seen.add((total.region, total.stem, total.time, total.value))
            yield self._judge(total, by_year, years)

    def _judge(self, total: Figure, by_year: dict[int, Figure], years: dict[int, float]) -> Finding:
        first, last = min(years), max(years)
        known = [
            by_year[y] for y in sorted(by_year) if by_year[y].promise or y == max(k for k in by_year if k <= first)
        ]
        marks = sorted(by_year)
        low = high = 0.0
        for year in years:
            around = [
                by_year[max(m for m in marks if m <= year)].value, by_year[min(m for m in marks if m >= year)].value
            ]  # fmt: skip
            low, high = low + min(around), high + max(around)
        flat = len(years) * min(f.value for f in known)
        if total.value < flat * (1 - 1e-9):
            verdict: Verdict = "contradiction"
        elif not low * (1 - 1e-9) <= total.value <= high * (1 + 1e-9):
            verdict = "conflict"
        else:
            verdict = "holds"
        steps = " + ".join(amount(value, total.unit).removesuffix(total.unit) for value in years.values())
        return self.found(
            verdict, [total, *known],
            f"{steps} = {amount(sum(years.values()), total.unit)} ({first}–{last}; "
            f"{amount(low, total.unit)}–{amount(high, total.unit)}); "
            f"{len(years)} × {amount(flat / len(years), total.unit)} = {amount(flat, total.unit)} ⟷ {total.shown}",
            f"{total.name}逐年累计约{amount(sum(years.values()), total.unit)}，累计目标为{total.shown}",
            f"{total.name}: the years add up to about {amount(sum(years.values()), total.unit)}, the total asked for is {total.shown}",
            f"{total.region} {total.stem} {total.time}",
        )  # fmt: skip


class PeriodInsidePeriod(Check):
    """较短时期的累计不应超过包含它的时期。 · A total cannot be more than that of the longer period around it.

    40亿美元 in 2023–2025 of 60 in 2021–2025 leaves 20 for the first two years. More than the whole is a conflict.
    """

    number = "PA902"

    def run(self, ledger: Ledger) -> Iterator[Finding]:
        """Every two cumulative targets of one indicator and region, one period inside the other."""
        groups: dict[Key, dict[tuple[int, int], Figure]] = defaultdict(dict)
        for figure in ledger.of("cumulative", promise=True):
            if figure.time and not figure.scope:
                groups[figure.region, figure.stem, figure.dimension].setdefault(figure.time, figure)
        for by_time in groups.values():
            spans = sorted(by_time, key=lambda t: (t[0] - t[1], t))
            for outer, inner in pairwise(spans):
                whole, part = by_time[outer], by_time[inner]
                if not (outer[0] <= inner[0] and inner[1] <= outer[1]) or whole.value <= 0:
                    continue
                rest = whole.value - part.value
                fits = rest >= -1e-9 * whole.value
                yield self.found(
                    "holds" if fits else "conflict", [whole, part],
                    f"{whole.shown} ({outer[0]}–{outer[1]}) − {part.shown} ({inner[0]}–{inner[1]}) = "
                    f"{amount(rest, whole.unit)}; {pct(part.value / whole.value)}",
                    f"{whole.name}{outer[0]}–{outer[1]}年{whole.shown}，其中{inner[0]}–{inner[1]}年{part.shown}",
                    f"{whole.name}: {whole.shown} in {outer[0]}–{outer[1]}, {part.shown} of it in {inner[0]}–{inner[1]}",
                    f"{whole.region} {whole.stem}",
                )  # fmt: skip


class YearlyGrowthAndTotal(Check):
    """年增速目标应足以达到累计目标。 · A yearly growth target must lead to the cumulative target.

    7.2141亿美元 in 2020 growing 10 % a year make 48.4 in 2021–2025, below the 60 that are asked for. Both can be true, for
    10 % is a floor: a tension.
    """

    number = "PA1001"

    def run(self, ledger: Ledger) -> Iterator[Finding]:
        """Every yearly growth target with a base and a cumulative target of the same indicator and region."""
        levels = _levels(ledger)
        totals: dict[tuple[str, str], Figure] = {}
        for figure in ledger.of("cumulative", promise=True):
            if figure.time:
                totals.setdefault((figure.region, figure.stem), figure)
        seen: set[tuple[str, str]] = set()
        for rate in ledger.of("growth", promise=True):
            total = totals.get((rate.region, rate.stem))
            if total is None or total.time is None or not rate.each_year or (rate.region, rate.stem) in seen:
                continue
            base = levels.get((rate.region, rate.stem, total.dimension), {}).get(total.time[0] - 1)
            if base is None or base.promise or base.value <= 0:
                continue
            seen.add((rate.region, rate.stem))
            length = total.time[1] - total.time[0] + 1
            made = sum(base.value * (1 + rate.value) ** k for k in range(1, length + 1))
            fits = made >= total.value * (1 - 1e-9)
            yield self.found(
                "holds" if fits else "tension", [rate, base, total],
                f"Σ {base.shown} × (1 + {pct(rate.value)})^k, k = 1…{length}: {amount(made, total.unit)} "
                f"⟷ {total.shown}",
                f"{total.name}按{rate.shown}的年增速{length}年累计{amount(made, total.unit)}，累计目标为{total.shown}",
                f"{total.name}: {rate.shown} a year makes {amount(made, total.unit)}, the total asked for is {total.shown}",
                f"{rate.region} {rate.stem}",
            )  # fmt: skip


class YearlyGrowthAndLevel(Check):
    """年增速目标应足以达到另一份文件的目标水平。 · A yearly growth target must lead to the level asked for elsewhere.

    100亿元 in 2020 at 5 % a year is 127.6 in 2025; another plan of the region that asks for 150 wants more. Both can be
    true: a tension. Inside one document PA101 holds them to each other.
    """

    number = "PA1002"

    def run(self, ledger: Ledger) -> Iterator[Finding]:
        """Every yearly growth target with a base, and a level target of the same year in another document."""
        levels = _levels(ledger)
        dimensions: dict[tuple[str, str], list[str]] = defaultdict(list)
        for region, stem, dimension in levels:
            dimensions[region, stem].append(dimension)
        seen: set[tuple[str, str, str]] = set()
        for rate in ledger.of("growth", promise=True):
            key = (rate.doc, rate.region, rate.stem)
            if rate.time is None or not rate.each_year or key in seen:
                continue
            for dimension in dimensions.get((rate.region, rate.stem), []):
                by_year = levels[rate.region, rate.stem, dimension]
                base, goal = by_year.get(rate.time[0] - 1), by_year.get(rate.time[1])
                if base is None or goal is None or base.promise or not goal.promise or goal.doc == rate.doc:
                    continue
                seen.add(key)
                years = rate.time[1] - rate.time[0] + 1
                made = base.value * (1 + rate.value) ** years
                fits = made >= goal.value * (1 - 1e-9)
                yield self.found(
                    "holds" if fits else "tension", [rate, base, goal],
                    f"{base.shown} × (1 + {pct(rate.value)})^{years} = {amount(made, goal.unit)} ⟷ {goal.shown}",
                    f"{goal.name}按{rate.shown}的年增速为{amount(made, goal.unit)}，另一份文件的目标为{goal.shown}",
                    f"{goal.name}: {rate.shown} a year makes {amount(made, goal.unit)}, the other plan asks for {goal.shown}",
                    f"{rate.region} {rate.stem} {rate.time}",
                )  # fmt: skip


class YearlyGrowthAndShare(Check):
    """年增速目标应足以达到占比目标。 · A yearly growth target must lead to the share that is asked for.

    “外商直接投资占GDP比重” from 0.9 % of 5781 to 1.1 % of 6800亿元 is 12.9 % a year for three years; “每年保持10%以上增长” is
    not enough for it. Both can be true, for 10 % is a floor: a tension.
    """

    number = "PA1003"

    def run(self, ledger: Ledger) -> Iterator[Finding]:
        """Every promised share with a base, levels of its whole, and a yearly growth target for its part."""
        rates: dict[tuple[str, str], Figure] = {}
        for rate in ledger.of("growth", promise=True):
            if rate.each_year:
                rates.setdefault((rate.region, rate.stem), rate)
        bases: dict[tuple[str, str, str, str], Figure] = {}
        for share in ledger.of("share", promise=False):
            if share.whole and share.year is not None:
                bases.setdefault((share.doc, share.region, share.stem, share.whole), share)
        seen: set[tuple[object, ...]] = set()
        for share in ledger.of("share", promise=True):
            rate_of = rates.get((share.region, share.stem))
            base = bases.get((share.doc, share.region, share.stem, share.whole))
            key = (share.region, share.stem, share.whole, share.year, share.value)
            if rate_of is None or base is None or base.year is None or share.year is None or key in seen:
                continue
            seen.add(key)
            first = ledger.level(share, share.whole, base.year, promise=False)
            last = first and ledger.level(share, share.whole, share.year, dimension=first.dimension, promise=True)
            years = share.year - base.year
            if first is None or last is None or years < 1 or base.value * first.value <= 0:
                continue
            ratio = Interval.point(share.value * last.value) / (base.number.interval() * first.number.interval())
            needed = ratio.power(1 / years).plus(-1)
            real = (share.value * last.value / (base.value * first.value)) ** (1 / years) - 1
            fits = rate_of.value >= real or (rate_of.value >= needed.low and rate_of.comparator == "~")
            yield self.found(
                "holds" if fits else "tension", [rate_of, base, share, first, last],
                f"({share.shown} × {last.shown} ÷ ({base.shown} × {first.shown}))^(1/{years}) − 1 = {pct(real)} "
                f"({pct(needed.low)}–{pct(needed.high)}) ⟷ {rate_of.shown}",
                f"{share.name}需要每年增长{pct(real)}，增速目标为{rate_of.shown}",
                f"{share.name} needs {pct(real)} a year, the growth asked for is {rate_of.shown}",
                f"{share.region} {share.stem} {share.whole} {share.time}",
            )  # fmt: skip


CHECKS: tuple[type[Check], ...] = (
    CumulativeAndYearly,
    PeriodInsidePeriod,
    YearlyGrowthAndTotal,
    YearlyGrowthAndLevel,
    YearlyGrowthAndShare,
)
