"""Targets against what is already reached, and cumulative targets against the yearly path."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from itertools import pairwise

from commercebrain.engine.planaudit import names
from commercebrain.engine.planaudit.check import Check, amount, pct
from commercebrain.engine.planaudit.findings import Finding, Verdict
from commercebrain.engine.planaudit.interval import Interval
from commercebrain.engine.planaudit.ledger import Figure, Ledger

Key = tuple[str, str, str, str, str]


def series_key(figure: Figure) -> Key:
    """What a target and the fact that it starts from have in common."""
    return figure.region, figure.stem, figure.whole, figure.dimension, figure.unit if figure.measure == "share" else ""


class TargetAndReached(Check):
    """目标应高于已达到的水平。 · A target must lie beyond what is already reached.

    “创建样板县22个” in 2020 and “打造20个样板县” by 2025: the target is met before the plan starts. Below what is reached is a
    conflict, level with it a tension. Where it lies beyond, the yearly growth that it asks for is given.
    """

    number = "PA801"

    def run(self, ledger: Ledger) -> Iterator[Finding]:
        """Every target with a figure of an earlier year, of the same region."""
        facts: dict[tuple[str, str, Key], Figure] = {}
        heads: dict[tuple[str, str, str], dict[str, Figure]] = defaultdict(dict)
        for figure in ledger.figures:
            if figure.promise or figure.measure not in ("level", "share") or figure.scope or figure.year is None:
                continue
            if figure.kind == "count":
                heads[figure.region, figure.dimension, figure.stem[-3:]][figure.stem] = figure
            for doc in (figure.doc, ""):
                before = facts.get((doc, figure.measure, series_key(figure)))
                if before is None or (before.year or 0) < figure.year:
                    facts[doc, figure.measure, series_key(figure)] = figure
        seen: set[tuple[object, ...]] = set()
        for target in ledger.figures:
            if not target.promise or target.measure not in ("level", "share") or target.each_year or target.scope:
                continue
            fact = self._fact(target, facts, heads)
            if fact is None or fact.year is None or target.year is None or fact.year >= target.year:
                continue
            key = (target.region, target.stem, target.whole, target.measure, target.time, target.value, target.doc)
            if key not in seen:
                seen.add(key)
                yield self._judge(target, fact)

    @staticmethod
    def _fact(
        target: Figure, facts: dict[tuple[str, str, Key], Figure], heads: dict[tuple[str, str, str], dict[str, Figure]]
    ) -> Figure | None:
        series = target.measure, series_key(target)
        found = facts.get((target.doc, *series)) or facts.get(("", *series))
        if found is None and target.kind == "count":
            for stem, figure in heads.get((target.region, target.dimension, target.stem[-3:]), {}).items():
                if names.same_thing(stem, target.stem):
                    return figure
        return found

    def _judge(self, target: Figure, fact: Figure) -> Finding:
        up, years = not target.down, (target.year or 0) - (fact.year or 0)
        reached = fact.number.interval()
        short = target.value < reached.low if up else target.value > reached.high
        level = abs(target.value - fact.value) <= 1e-9 * max(abs(fact.value), 1e-9) or Interval.point(
            target.value
        ).meets(reached)
        loose = fact.stem != target.stem and fact.doc != target.doc
        verdict: Verdict = "tension" if level or (short and loose) else "conflict" if short else "holds"
        change = target.value / fact.value - 1 if fact.value else 0.0
        yearly = (
            f", {1 + change:.4g}^(1/{years}) − 1 = {pct((1 + change) ** (1 / years) - 1)}"
            if fact.value > 0 and change > -1
            else ""
        )
        return self.found(
            verdict, [target, fact],
            f"{fact.shown} ({fact.year}) → {target.shown} ({target.year}): {pct(change)}{yearly}",
            f"{target.name}{fact.year}年为{fact.shown}，{target.year}年目标为{target.shown}",
            f"{target.name}: {fact.shown} in {fact.year}, {target.shown} by {target.year}",
            f"{target.doc} {target.stem} {target.time}",
        )  # fmt: skip


class StepsOfTarget(Check):
    """远期目标不应低于近期目标。 · A later target cannot lie below an earlier one.

    170 by 2022 and 200 by 2025. A later threshold that asks for less is a conflict.
    """

    number = "PA802"

    def run(self, ledger: Ledger) -> Iterator[Finding]:
        """Every two targets of one indicator for different years in one document."""
        groups: dict[tuple[str, str, Key], dict[int, Figure]] = defaultdict(dict)
        for figure in ledger.figures:
            if (
                figure.promise
                and figure.measure in ("level", "share")
                and figure.year is not None
                and figure.time == (figure.year,) * 2
            ):
                groups[figure.doc, figure.measure, series_key(figure)].setdefault(figure.year, figure)
        for by_year in groups.values():
            steps = [by_year[year] for year in sorted(by_year)]
            for early, late in pairwise(steps):
                if early.each_year or late.each_year:
                    continue
                down = late.value > early.value if late.down else late.value < early.value
                yield self.found(
                    "conflict" if down else "holds", [early, late],
                    f"{early.shown} ({early.year}) → {late.shown} ({late.year})",
                    f"{early.name}{early.year}年{early.shown}，{late.year}年{late.shown}",
                    f"{early.name}: {early.shown} by {early.year}, {late.shown} by {late.year}", f"{late.doc} {late.stem} {late.time}",
                )  # fmt: skip


class CumulativeAndLastPeriod(Check):
    """累计目标不应低于上一时期，也不应低于按基年水平的累计。 · A cumulative target must not fall below the last period.

    [100]亿美元 over five years after 157.5 in the five before, with 24.8 in 2020 alone (5 × 24.8 = 124), is met by standing
    still: a conflict. [130] after 119.3, with 24.7 (123.5), holds.
    """

    number = "PA803"

    def run(self, ledger: Ledger) -> Iterator[Finding]:
        """Every cumulative target with the total of an equally long period before, or a base year."""
        totals: dict[Key, list[Figure]] = defaultdict(list)
        years: dict[Key, list[Figure]] = defaultdict(list)
        for figure in ledger.figures:
            if not figure.promise and not figure.scope and figure.time:
                if figure.measure == "cumulative" and not figure.stem.endswith("增量"):
                    totals[series_key(figure)].append(figure)
                elif figure.measure == "level":
                    years[series_key(figure)].append(figure)
        seen: set[tuple[object, ...]] = set()
        for target in ledger.of("cumulative", promise=True):
            if target.time is None or (target.region, target.stem, target.time, target.value) in seen:
                continue
            first, last = target.time
            length = last - first + 1
            before = [
                f
                for f in totals[series_key(target)]
                if f.time and f.time[1] < first and f.time[1] - f.time[0] + 1 == length
            ]
            base = [f for f in years[series_key(target)] if f.year is not None and f.year < first]
            previous = max(before, key=lambda f: (f.doc == target.doc, f.year or 0), default=None)
            start = max(base, key=lambda f: (f.doc == target.doc, f.year or 0), default=None)
            if previous is not None or (start is not None and start.doc == target.doc):
                seen.add((target.region, target.stem, target.time, target.value))
                yield self._judge(target, previous, start, length)

    def _judge(self, target: Figure, previous: Figure | None, start: Figure | None, length: int) -> Finding:
        sums: list[str] = []
        below = flat_below = False
        if previous is not None and previous.value > 0:
            below = target.value < previous.number.interval().low
            sums.append(f"{target.shown} ÷ {previous.shown} − 1 = {pct(target.value / previous.value - 1)}")
        if start is not None:
            flat = start.value * length
            flat_below = target.value < start.number.interval().low * length
            sums.append(f"{length} × {start.shown} = {amount(flat, start.unit)}")
        below = below or (previous is None and flat_below)
        verdict: Verdict = "conflict" if below else "tension" if flat_below else "holds"
        figures = [f for f in (target, previous, start) if f is not None]
        return self.found(
            verdict, figures, "; ".join(sums),
            f"{target.name}目标{target.shown}，此前{'、'.join(f.shown for f in figures[1:])}",
            f"{target.name}: target {target.shown}, before {' and '.join(f.shown for f in figures[1:])}",
            f"{target.region} {target.stem} {target.time}",
        )  # fmt: skip


CHECKS: tuple[type[Check], ...] = (TargetAndReached, StepsOfTarget, CumulativeAndLastPeriod)
