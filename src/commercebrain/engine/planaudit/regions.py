"""What figures of a region imply for the nation and the province around it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from commercebrain.engine.planaudit import names
from commercebrain.engine.planaudit.check import Check, amount, num, pct
from commercebrain.engine.planaudit.findings import Finding, Verdict
from commercebrain.engine.planaudit.interval import Interval
from commercebrain.engine.planaudit.ledger import Figure, Ledger, region_parents

NATION = ("全国",)


def implied_totals(ledger: Ledger) -> Iterator[tuple[Figure, Figure, Interval]]:
    """(share, part, whole implied) for every reported share of the nation whose part is stated in amounts."""
    seen: set[tuple[str, str, str, int]] = set()
    for share in ledger.of("share", promise=False):
        if share.whole not in NATION or share.year is None or share.value <= 0:
            continue
        part = ledger.level(share, share.stem, share.year, promise=False)
        key = (share.doc, share.region, share.stem, share.year)
        if part is not None and key not in seen:
            seen.add(key)
            yield share, part, part.number.interval() / share.number.interval()


class NationalTotals(Check):
    """不同地区推算的全国总数应当一致。 · Shares of the nation must imply one national total.

    Exports 2386.36亿元 at 13.1‰ imply 181,472–182,863亿元, 6407.0 at 3.57 % imply 179,218–179,718: the ranges do not meet.
    A conflict: another national total, or a figure of another year.
    """

    number = "PA1201"

    def run(self, ledger: Ledger) -> Iterator[Finding]:
        """Every two documents that imply a national total of one indicator and year."""
        first: dict[tuple[str, int | None, str], tuple[Figure, Figure, Interval]] = {}
        for share, part, whole in implied_totals(ledger):
            known = first.setdefault((share.stem, share.year, part.dimension), (share, part, whole))
            if known[0] is share:
                continue
            meets = whole.meets(known[2])
            shown = [
                f"{p.shown} ÷ {s.shown} = {amount(p.value / s.value, p.unit)} "
                f"({amount(w.low, p.unit)}–{amount(w.high, p.unit)})"
                for s, p, w in (known, (share, part, whole))
            ]
            yield self.found(
                "holds" if meets else "conflict", [known[0], known[1], share, part], "; ".join(shown),
                f"推算全国{share.stem}分别为{amount(known[1].value / known[0].value, part.unit)}和"
                f"{amount(part.value / share.value, part.unit)}",
                f"the nation's {share.stem} implied are {amount(known[1].value / known[0].value, part.unit)} and "
                f"{amount(part.value / share.value, part.unit)}",
                f"{share.stem} {share.year}",
            )  # fmt: skip


class NationalPartAndWhole(Check):
    """推算的全国部分不应大于全国总体。 · A national part implied by a share must lie inside the national whole.

    Exports 6407.0 at 3.57 % imply 179,468亿元, trade 9786.9 at 3.04 % implies 321,938: exports are inside. More than the
    whole is a contradiction.
    """

    number = "PA1202"

    def run(self, ledger: Ledger) -> Iterator[Finding]:
        """Every document that implies a national whole and one of its parts in one year."""
        totals: dict[tuple[str, str, int | None], tuple[Figure, Figure, Interval]] = {}
        for share, part, whole in implied_totals(ledger):
            totals[share.doc, share.stem, share.year] = (share, part, whole)
        for (doc, stem, year), (share, part, whole) in totals.items():
            for name in ("出口", "进口"):
                inner = totals.get((doc, names.children(stem, name), year))
                if inner is None or part.value <= 0:
                    continue
                fits = inner[2].low <= whole.high
                a, b = inner[1].value / inner[0].value, part.value / share.value
                yield self.found(
                    "holds" if fits else "contradiction", [share, part, inner[0], inner[1]],
                    f"{inner[1].shown} ÷ {inner[0].shown} = {amount(a, part.unit)}; {part.shown} ÷ {share.shown} = "
                    f"{amount(b, part.unit)}; {pct(a / b)}",
                    f"推算全国{name}{amount(a, part.unit)}，全国总体{amount(b, part.unit)}",
                    f"the nation's part is {amount(a, part.unit)}, its whole {amount(b, part.unit)}", f"{doc} {stem} {year}",
                )  # fmt: skip


class CitiesInProvince(Check):
    """各市之和不应大于全省。 · Cities cannot have more than their province together.

    Online retail of 2512 and 747.3亿元 lie inside the province's 2.26万亿元; 5 and 20 model counties and towns inside 20 and
    100. Where the province states a share only, its whole is implied. More than the province is a conflict of calibre.
    """

    number = "PA1203"

    def run(self, ledger: Ledger) -> Iterator[Finding]:
        """Every figure of a province with figures of cities inside it, same indicator and year."""
        parents = region_parents()
        cities: dict[tuple[str, str, str, int | None, bool], dict[str, Figure]] = defaultdict(dict)
        heads: dict[tuple[str, str, str, int | None, bool], dict[str, str]] = defaultdict(dict)
        for figure in ledger.figures:
            if figure.measure == "level" and not figure.scope and not figure.each_year and figure.region in parents:
                above = parents[figure.region]
                tail = (figure.dimension, figure.year, figure.promise)
                cities[above, figure.stem, *tail].setdefault(figure.region, figure)
                if figure.kind == "count":
                    heads[above, figure.stem[-3:], *tail][figure.stem] = figure.stem
        done: set[tuple[object, ...]] = set()
        for whole in ledger.figures:
            tail = (whole.dimension, whole.year, whole.promise)
            stem = whole.stem
            if whole.measure == "level" and whole.kind == "count":
                for other in heads.get((whole.region, stem[-3:], *tail), {}):
                    if names.same_thing(stem, other):
                        stem = other
                        break
            key = (whole.region, stem, *tail)
            if whole.measure != "level" or whole.scope or key not in cities or key in done or whole.each_year:
                continue
            done.add(key)
            yield self._judge(
                list(cities[key].values()), whole.number.interval(), [whole], whole.value, whole.shown, whole.stem
            )
        for share in ledger.of("share", promise=False):
            part = ledger.level(share, share.stem, share.year or 0, promise=False) if share.whole else None
            if part is None or share.value <= 0:
                continue
            key = (share.region, share.whole, part.dimension, share.year, False)
            if key in cities and key not in done:
                done.add(key)
                implied = part.number.interval() / share.number.interval()
                yield self._judge(
                    list(cities[key].values()), implied, [share, part], part.value / share.value,
                    amount(part.value / share.value, part.unit), share.whole,
                )  # fmt: skip

    def _judge(
        self, cities: list[Figure], whole: Interval, stated: list[Figure], value: float, shown: str, stem: str
    ) -> Finding:
        low = sum(city.number.interval().low for city in cities)
        fits = low <= whole.high + 1e-9 * abs(whole.high)
        same = all(city.stem == stem for city in cities)
        verdict: Verdict = "holds" if fits else "conflict" if same else "tension"
        sums = "; ".join(f"{c.region} {c.shown}: {pct(c.value / value) if value else num(c.value)}" for c in cities)
        regions = "、".join(c.region for c in cities)
        return self.found(
            verdict, [*stated, *cities], f"{stated[0].region} {shown}; {sums}",
            f"{stated[0].region}{shown}，{regions}在其中占{pct(sum(c.value for c in cities) / value) if value else '—'}",
            f"{stated[0].region} {shown}, of which {regions} {pct(sum(c.value for c in cities) / value) if value else '—'}",
            f"{stated[0].region} {cities[0].stem} {cities[0].time}",
        )  # fmt: skip


CHECKS: tuple[type[Check], ...] = (NationalTotals, NationalPartAndWhole, CitiesInProvince)
