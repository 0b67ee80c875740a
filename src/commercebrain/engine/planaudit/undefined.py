"""Checks on words: lists and their count, directions, and indicators without base or definition."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator

from commercebrain.engine.planaudit.check import Check, amount
from commercebrain.engine.planaudit.findings import Finding, Quote, Verdict
from commercebrain.engine.planaudit.ledger import Figure, Ledger, region_parents
from commercebrain.engine.planaudit.wording import Count, Direction, counts, directions, examples, lists

#: A cell that says that there is no figure.
_DASH = re.compile(r"(?:^|[\t|\s])[—–―-]{1,3}(?:[\t|\s]|$)")


class ListAndCount(Check):
    """列举的项数应与所说的数目相符。 · A list must have as many items as its count says.

    “主体培育、信息共享、智能物流、电商信用、统计监测、风险防控‘六大体系’” names six. A list that differs is a tension: a name may
    hold two things, or 等 may leave some out (then only more than the count is told).
    """

    number = "PA303"

    def run(self, ledger: Ledger) -> Iterator[Finding]:
        """Every enumeration that ends in its own count."""
        for document in ledger.documents.values():
            for listed in lists(document):
                named = len(listed.items)
                if listed.more and named < listed.said - 1:
                    continue
                verdict: Verdict = "holds" if named <= listed.said <= listed.most else "tension"
                yield self.found(
                    verdict, [listed.quote], f"{'、'.join(listed.items)}: {named} ⟷ {listed.said}",
                    f"列举{named}项，原文称{listed.shown}", f"{named} are named, the text says {listed.said}",
                    f"{document.name} {listed.shown}",
                )  # fmt: skip


class CountsRestated(Check):
    """同一类事物的数目应前后一致，市内的不多于省内的。 · A number of things must be the same each time it is told.

    “10条标志性产业链” and “十条标志性产业链” agree. Two numbers in one document are a tension. A city's 3 省级服务贸易发展基地 lie
    inside the province's 35; more than the province has is a tension, too.
    """

    number = "PA602"

    def run(self, ledger: Ledger) -> Iterator[Finding]:
        """Every noun of five characters or more that is counted twice."""
        parents = region_parents()
        known: dict[tuple[str, str], Count] = {}
        cities: dict[tuple[str, str], dict[str, Count]] = defaultdict(dict)
        provinces: dict[tuple[str, str], Count] = {}
        for document in ledger.documents.values():
            for count in counts(document):
                first = known.setdefault((document.name, count.noun), count)
                if first is not count:
                    verdict: Verdict = "holds" if first.value == count.value else "tension"
                    yield self.found(
                        verdict, [first.quote, count.quote], f"{first.value} | {count.value}",
                        f"{count.noun}一处{first.value}，一处{count.value}", f"{first.value} here, {count.value} there",
                        f"{document.name} {count.noun}",
                    )  # fmt: skip
                    continue
                provinces.setdefault((count.region, count.noun), count)
                if count.region in parents:
                    cities[parents[count.region], count.noun].setdefault(count.region, count)
        for key, inside in cities.items():
            whole = provinces.get(key)
            if whole is None or len(key[1]) < 7:
                continue
            total = sum(count.value for count in inside.values())
            yield self.found(
                "holds" if total <= whole.value else "tension", [whole.quote, *(count.quote for count in inside.values())],
                f"{total} ⟷ {whole.value}",
                f"全省{whole.value}，市内{total}", f"{total} in the city, {whole.value} in the province", key[1],
            )  # fmt: skip


class KeepOrRaise(Check):
    """同一占比目标的方向应当一致。 · One share cannot be both kept and raised.

    “占全国的份额进一步提升” in the text and “保持全国占比份额” in the table: two directions for one indicator, a conflict.
    """

    number = "PA704"

    def run(self, ledger: Ledger) -> Iterator[Finding]:
        """Every share of a region whose direction is told twice."""
        first: dict[tuple[str, str, str], Direction] = {}
        for document in ledger.documents.values():
            for said in directions(document):
                known = first.setdefault((said.region, said.part, said.whole), said)
                if known is said:
                    continue
                words = {"up": ("提高", "raised"), "hold": ("保持", "kept")}
                yield self.found(
                    "holds" if known.way == said.way else "conflict", [known.quote, said.quote],
                    f"{known.way} | {said.way}", f"{said.part}占{said.whole}的份额一处要求{words[known.way][0]}，一处要求{words[said.way][0]}",
                    f"share of {said.part} in {said.whole}: {words[known.way][1]} in one place, {words[said.way][1]} in the other",
                    f"{said.region} {said.part} {said.whole}",
                )  # fmt: skip


class WholeAgainstExamples(Check):
    """没有定义的总体不应小于文中点名的部分。 · An undefined whole cannot be less than the parts named for it.

    “新型国际贸易额 2500亿元” has no base and no definition; the text names 数字贸易、跨境电商、服务贸易 as 新型贸易 and asks 2000亿元
    of two of them. Less than the named parts is a conflict: the indicator means something narrower than its words, and
    cannot be followed up as it stands.
    """

    number = "PA1101"

    def run(self, ledger: Ledger) -> Iterator[Finding]:
        """Every target without a base whose name the documents define by examples with targets of their own."""
        named: dict[tuple[str, str], tuple[Quote, tuple[str, ...]]] = {}
        for document in ledger.documents.values():
            for quote, noun, items in examples(document):
                known = named.get((document.name, noun))
                if known is None or len(items) > len(known[1]):
                    named[document.name, noun] = (quote, items)
        seen: set[tuple[str, str, float]] = set()
        for whole in ledger.of("level", promise=True):
            definition = named.get((whole.doc, whole.stem))
            if definition is None or whole.year is None or (whole.doc, whole.stem, whole.value) in seen:
                continue
            seen.add((whole.doc, whole.stem, whole.value))
            parts = [
                part
                for item in definition[1]
                if (part := ledger.level(whole, item, whole.year, dimension=whole.dimension, promise=True))
            ]
            if not parts:
                continue
            yield self._judge(ledger, whole, parts, definition[0])

    def _judge(self, ledger: Ledger, whole: Figure, parts: list[Figure], definition: Quote) -> Finding:
        total = sum(part.value for part in parts)
        base = [f for part in parts if (f := ledger.level(part, part.stem, (whole.year or 0) - 5, promise=False))]
        now = (
            f"; {(whole.year or 0) - 5}: {' + '.join(f.shown for f in base)} = {amount(sum(f.value for f in base), whole.unit)}"
            if base
            else ""
        )
        return self.found(
            "conflict" if total > whole.value * (1 + 1e-9) else "holds", [whole, *parts, definition],
            f"{' + '.join(part.shown for part in parts)} = {amount(total, whole.unit)} ⟷ {whole.shown}{now}",
            f"{whole.name}目标{whole.shown}，点名的{'、'.join(part.stem for part in parts)}合计{amount(total, whole.unit)}",
            f"the target is {whole.shown}, the parts named make {amount(total, whole.unit)}",
            f"{whole.doc} {whole.stem} {whole.time}",
        )  # fmt: skip


class NoBase(Check):
    """目标应有基数。 · A target needs a base.

    A row of an indicator table with “——” for its base cannot be followed up as an increment: a tension.
    """

    number = "PA1102"

    def run(self, ledger: Ledger) -> Iterator[Finding]:
        """Every target of an indicator table whose document states no earlier figure."""
        seen: set[tuple[str, str, str]] = set()
        reported = {
            (f.doc, f.region, f.stem, f.whole, f.dimension)
            for f in ledger.figures
            if not f.promise and f.measure != "growth"
        }
        for target in ledger.figures:
            key = (target.doc, target.region, target.stem)
            if not target.promise or not target.table or key in seen or not _DASH.search(target.quote.quote):
                continue
            seen.add(key)
            if (target.doc, target.region, target.stem, target.whole, target.dimension) not in reported:
                yield self.found(
                    "tension", [target], f"— → {target.shown}", f"{target.name}没有基数",
                    f"no earlier figure of {target.name} is stated", f"{target.doc} {target.stem} {target.time}",
                )  # fmt: skip


CHECKS: tuple[type[Check], ...] = (ListAndCount, CountsRestated, KeepOrRaise, WholeAgainstExamples, NoBase)
