"""One figure stated twice: in the text and in a table, here and in another document."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence

from commercebrain.engine.planaudit import names
from commercebrain.engine.planaudit.check import Check, amount, pct
from commercebrain.engine.planaudit.findings import Finding, Verdict
from commercebrain.engine.planaudit.interval import Interval, grade
from commercebrain.engine.planaudit.ledger import Figure, Ledger

_SHORT = ("出口", "进口", "外资")
#: The largest factor by which one side of a mistaken ‰ for % can be off the other's digits.
_TENFOLD = 10.0


def same_number(numbers: Sequence[Interval]) -> tuple[Interval, Interval]:
    """The relation of a figure to itself."""
    return numbers[0], numbers[1]


def identity(figure: Figure) -> tuple[object, ...]:
    """What two mentions of one figure have in common, inside a region."""
    return (
        figure.region, figure.stem, figure.whole, figure.measure, figure.time, figure.scope, figure.promise,
        figure.dimension, figure.each_year, figure.base,
    )  # fmt: skip


def comparable(figure: Figure) -> bool:
    """Whether a figure's name says enough to be told from others."""
    return figure.time is not None and figure.measure != "rank" and (len(figure.stem) > 2 or figure.stem in _SHORT)


def agree(one: Figure, two: Figure, off: Verdict) -> Verdict:
    """Whether two mentions agree: promises to the point, measured figures within rounding."""
    if one.promise:
        same = abs(one.value - two.value) <= 1e-9 * abs(one.value) and (one.high or 0) == (two.high or 0)
        return "holds" if same else off
    coarse, fine = sorted((one, two), key=lambda f: f.number.step, reverse=True)
    result = grade([fine.number, coarse.number], same_number)
    return off if result == "off" else result


class TextAndTable(Check):
    """同一文件里同一个数应当一致。 · One figure must be the same throughout a document.

    4238.3亿元 in the text and 4238 in the table are one figure; 5万亿元 and 50000亿元 are one target. Measured figures
    beyond rounding are a contradiction, two thresholds for one target a conflict.
    """

    number = "PA601"

    def run(self, ledger: Ledger) -> Iterator[Finding]:
        """Every figure that a document states more than once."""
        groups: dict[tuple[object, ...], list[Figure]] = defaultdict(list)
        for figure in ledger.figures:
            if comparable(figure):
                groups[figure.doc, *identity(figure)].append(figure)
        for figures in groups.values():
            first = figures[0]
            for other in figures[1:]:
                if other.at == first.at:
                    continue
                off: Verdict = "conflict" if first.promise else "contradiction"
                if not first.promise and not (first.table or other.table) and first.name != other.name:
                    off = "tension"
                verdict = agree(first, other, off)
                yield self.found(
                    verdict, [first, other], f"{first.shown} | {other.shown}",
                    f"{first.name}一处为{first.shown}，一处为{other.shown}",
                    f"{first.name}: {first.shown} in one place, {other.shown} in another", f"{first.doc} {first.stem} {first.time}",
                )  # fmt: skip
        yield from self._counted(ledger)

    def _counted(self, ledger: Ledger) -> Iterator[Finding]:
        """Counts of a table against prose that parts their name: “67家世界500强企业投资兴办了147个项目”."""
        rows: dict[tuple[object, ...], Figure] = {}
        for figure in ledger.figures:
            if figure.table and figure.kind in ("count", "cumulative") and figure.measure == "level":
                rows[figure.doc, figure.region, figure.dimension, figure.time, figure.promise, figure.stem[-2:]] = (
                    figure
                )
        for figure in ledger.figures:
            if figure.table or figure.measure != "level" or figure.dimension != "count":
                continue
            row = rows.get((figure.doc, figure.region, figure.dimension, figure.time, figure.promise, figure.stem[-2:]))
            if row is None or row.stem == figure.stem or not row.stem.endswith(figure.stem):
                continue
            if row.stem.removesuffix(figure.stem) in re.sub(r"\s", "", figure.quote.quote):
                yield self.found(
                    agree(row, figure, "tension"), [row, figure], f"{row.shown} | {figure.shown}",
                    f"{row.name}表中为{row.shown}，正文为{figure.shown}",
                    f"{row.name}: {row.shown} in the table, {figure.shown} in the text", f"{row.doc} {row.stem} {row.time} text",
                )  # fmt: skip


class TwoDocuments(Check):
    """同一地区同一指标在不同文件里应当一致。 · One figure of one region must be the same in every document.

    Beyond rounding it is a conflict: the calibre or the target has changed, and somebody must say which counts.
    """

    number = "PA701"

    def run(self, ledger: Ledger) -> Iterator[Finding]:
        """Every figure stated in two or more documents, each held against the first."""
        groups: dict[tuple[object, ...], dict[str, Figure]] = defaultdict(dict)
        for figure in ledger.figures:
            if comparable(figure):
                groups[identity(figure)].setdefault(figure.doc, figure)
        for stated in groups.values():
            first, *others = stated.values()
            for other in others:
                verdict = agree(first, other, "conflict")
                yield self.found(
                    verdict, [first, other], f"{first.shown} | {other.shown}",
                    f"{first.name}一份文件为{first.shown}，另一份为{other.shown}",
                    f"{first.name}: {first.shown} in one document, {other.shown} in the other", f"{first.region} {first.stem} {first.time}",
                )  # fmt: skip


class PerMilleAndPercent(Check):
    """同一占比不应一处用‰、一处用%。 · One share cannot be told in ‰ here and in % there.

    “占全国份额13.1‰” and “占比全国比重保持在13%左右” differ by a factor of ten with the same digits: one sign is wrong.
    """

    number = "PA702"

    def run(self, ledger: Ledger) -> Iterator[Finding]:
        """Every share of a region that is stated with both signs and nearly the same digits."""
        signed: dict[tuple[str, str, str], dict[str, list[Figure]]] = defaultdict(lambda: defaultdict(list))
        for share in ledger.of("share"):
            if share.unit in ("%", "‰"):
                signed[share.region, share.stem, share.whole][share.unit].append(share)
        for (region, stem, _), by_sign in signed.items():
            if len(by_sign) < 2:
                continue
            distinct = {figure.value: figure for figure in reversed(by_sign["‰"])}.values()
            for other in by_sign["%"]:
                small = min(distinct, key=lambda f: abs(f.value * _TENFOLD - other.value))
                if not other.value < 1.5 * small.value * _TENFOLD < 2.25 * other.value:
                    continue
                level = ledger.level(small, stem, small.year or 0, promise=False)
                implied = ""
                if level is not None:
                    one, two = level.value / small.value, level.value / other.value
                    implied = (
                        f"; {level.shown} ÷ {small.shown} = {amount(one, level.unit)}, "
                        f"{level.shown} ÷ {other.shown} = {amount(two, level.unit)}"
                    )
                also = [f for f in distinct if f.quote == small.quote][:1]
                yield self.found(
                    "contradiction", [small, *also, other, *([level] if level else [])],
                    f"{small.shown} = {pct(small.value)}; {other.shown} ÷ {small.shown} = {other.value / small.value:.1f}{implied}",
                    f"{small.name}{small.shown}与{other.shown}相差约十倍", f"{small.name}: {small.shown} and {other.shown} are a factor of ten apart",
                    f"{region} {stem}",
                )  # fmt: skip


class Deadlines(Check):
    """同一目标应只有一个期限。 · One target must have one deadline.

    “到2022年，建设国际合作基地……20家以上” in one plan and “‘十四五’期间，建设国际合作基地……20家以上” in a later one: either
    the goal slipped or another twenty are meant. A conflict.
    """

    number = "PA703"

    def run(self, ledger: Ledger) -> Iterator[Finding]:
        """Every target with the same long name and number in two documents."""
        first: dict[tuple[object, ...], Figure] = {}
        for figure in ledger.figures:
            if not figure.promise or figure.measure not in ("level", "change", "cumulative") or len(figure.stem) < 8:
                continue
            if figure.table or figure.year is None:
                continue
            key = (figure.region, figure.stem, figure.dimension, figure.value, figure.high)
            known = first.setdefault(key, figure)
            if known.doc != figure.doc:
                same = known.year == figure.year
                yield self.found(
                    "holds" if same else "conflict", [known, figure],
                    f"{known.shown} ({known.year}) | {figure.shown} ({figure.year})",
                    f"{figure.name}同为{figure.shown}，期限一处{known.year}年、一处{figure.year}年",
                    f"{figure.name}: {figure.shown} in both, by {known.year} and by {figure.year}", f"{figure.region} {figure.stem}",
                )  # fmt: skip


class OneNumberTwoIndicators(Check):
    """同一占比目标应只对应一个指标。 · One target share must belong to one indicator.

    “进口中东欧国家商品……占全国比重提高到6%” and the table's “与中东欧国家进出口额占全国比重 4.3 → 6”: the same partner, whole and
    number, for imports here and for all trade there. A conflict of calibre.
    """

    number = "PA705"

    def run(self, ledger: Ledger) -> Iterator[Finding]:
        """Every two promised shares of one whole that agree in subject and number but not in what flows."""
        first: dict[tuple[object, ...], Figure] = {}
        for share in ledger.of("share", promise=True):
            about = names.subject(share.stem, share.region)
            if not share.whole or len(about) < 2:
                continue
            known = first.setdefault((share.region, share.whole, about, share.year, share.value), share)
            if known.stem != share.stem:
                yield self.found(
                    "conflict", [known, share], f"{known.stem} {known.shown} | {share.stem} {share.shown}",
                    f"{share.shown}一处指{known.name}，一处指{share.name}",
                    f"{share.shown} is of {known.name} in one place and of {share.name} in the other",
                    f"{share.region} {about} {share.time}",
                )  # fmt: skip


CHECKS: tuple[type[Check], ...] = (TextAndTable, TwoDocuments, PerMilleAndPercent, Deadlines, OneNumberTwoIndicators)
