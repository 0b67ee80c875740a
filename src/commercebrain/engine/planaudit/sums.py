"""Parts against their sum."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from commercebrain.engine.planaudit import names
from commercebrain.engine.planaudit.check import Check, amount
from commercebrain.engine.planaudit.findings import Finding, Verdict
from commercebrain.engine.planaudit.interval import Interval, grade
from commercebrain.engine.planaudit.ledger import Figure, Ledger

_OF_WHICH = re.compile(r"其中|包括")
_NEAR = 200


class PartsAndSum(Check):
    """各部分之和应等于总数。 · Parts must add up to their whole.

    Exports and imports are all of trade; so are the three sectors of the economy. 2386.36 + 191.92 = 2578.28. A sum
    beyond rounding is a contradiction; where a named sector is missing, a rest is a tension (196 + 1261 of 1459
    leaves 2) and only more than the whole a contradiction.
    """

    number = "PA301"

    def run(self, ledger: Ledger) -> Iterator[Finding]:
        """Every whole with at least two parts of a complete partition, at the same time in the same document."""
        for measure in ("level", "cumulative"):
            for whole in ledger.of(measure):
                if whole.scope or whole.year is None or whole.each_year:
                    continue
                for partition in names.partitions():
                    if partition.complete:
                        parts = [p for name in partition.parts if (p := self._part(ledger, whole, name))]
                        if len(parts) > 1:
                            yield self._judge(whole, parts, len(parts) == len(partition.parts))

    @staticmethod
    def _part(ledger: Ledger, whole: Figure, name: str) -> Figure | None:
        for stem, scope in ((names.children(whole.stem, name), ""), (whole.stem, name)):
            part = ledger.level(
                whole, stem, whole.year or 0, dimension=whole.dimension, promise=whole.promise, measure=whole.measure,
                scope=scope, time=whole.time,
            )  # fmt: skip
            if part is not None:
                return part
        return None

    def _judge(self, whole: Figure, parts: list[Figure], complete: bool) -> Finding:
        def relation(numbers: Sequence[Interval]) -> tuple[Interval, Interval]:
            total = Interval.point(0)
            for number in numbers[:-1]:
                total = total + number
            return total, numbers[-1]

        result = grade([*(p.number for p in parts), whole.number], relation)
        total = sum(p.value for p in parts)
        verdict: Verdict = "contradiction" if result == "off" else result
        if result == "off":
            if whole.promise:
                verdict = "tension" if total < whole.value else "conflict"
            elif not complete and total < whole.value:
                verdict = "tension"
        shown = amount(total, whole.unit)
        return self.found(
            verdict, [whole, *parts],
            f"{' + '.join(p.shown for p in parts)} = {shown} ⟷ {whole.shown} "
            f"(Δ {amount(whole.value - total, whole.unit)})",
            f"{whole.name}各部分合计{shown}，原文总数为{whole.shown}", f"{whole.name}: the parts make {shown}, the text says {whole.shown}",
            f"{whole.doc} {whole.stem} {whole.time}",
        )  # fmt: skip


class OfWhich(Check):
    """“其中”的数不应大于总数。 · A part named after 其中 cannot be larger than its whole.

    “网店总数达145.7万家，其中活跃零售网店逾66.0万家”: 66.0 lies inside 145.7. A larger part is a contradiction.
    """

    number = "PA302"

    def run(self, ledger: Ledger) -> Iterator[Finding]:
        """Every 其中 with a figure of the same measure shortly before it."""
        for document in ledger.documents.values():
            whole: Figure | None = None
            last = 0
            for figure in document.figures:
                if figure.measure not in ("level", "cumulative") or figure.table:
                    continue
                lead = document.text[max(last, figure.at[0] - 60) : figure.at[0]]
                if whole is not None and _OF_WHICH.search(lead) and _same_measure(figure, whole):
                    yield self._judge(figure, whole, document.sentence(figure.at[0])[0] <= whole.at[0])
                last = figure.at[1]
                if not figure.stem.endswith(("出口", "进口")) and not _OF_WHICH.search(lead):
                    # A flow is itself a part; what follows after 其中 belongs to the whole before it.
                    whole = figure

    def _judge(self, figure: Figure, whole: Figure, near: bool) -> Finding:
        fits = figure.number.interval().low <= whole.number.interval().high
        return self.found(
            "holds" if fits else "contradiction" if near else "tension", [whole, figure],
            f"{figure.shown} {'≤' if fits else '>'} {whole.shown}", f"其中{figure.name}{figure.shown}，总数{whole.shown}",
            f"{figure.name} {figure.shown}, the whole {whole.shown}", f"{figure.doc} {figure.stem} {figure.time}",
        )  # fmt: skip


def _same_measure(part: Figure, whole: Figure) -> bool:
    """Whether both are amounts of one measure and time, close to each other, and of different things."""
    return (
        part.at[0] - whole.at[1] < _NEAR and part.dimension == whole.dimension and part.promise == whole.promise
        and part.time == whole.time and part.measure == whole.measure and part.stem != whole.stem
        and part.each_year == whole.each_year
    )  # fmt: skip


CHECKS: tuple[type[Check], ...] = (PartsAndSum, OfWhich)
