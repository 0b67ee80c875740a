"""Shares and ratios against their terms."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence

from commercebrain.engine.planaudit import names
from commercebrain.engine.planaudit.check import Check, amount, num, pct
from commercebrain.engine.planaudit.findings import Finding, Verdict
from commercebrain.engine.planaudit.interval import Interval, Printed, grade
from commercebrain.engine.planaudit.ledger import Figure, Ledger
from commercebrain.engine.planaudit.wording import shares_said

_NEAR = 160


def is_part_of(short: str, long: str) -> bool:
    """Whether the characters of ``short``'s tail come in ``long`` in this order, with the same last two."""
    tail = short[-max(3, len(long) - 2) :]
    rest = iter(long)
    return len(long) >= 3 and short[-2:] == long[-2:] and all(char in rest for char in tail)


class ShareAndTerms(Check):
    """占比应等于部分除以总体。 · A share must be its part over its whole.

    “注册网店总数达145.7万家，其中活跃零售网店逾66.0万家，占45.3%”: 66.0 ÷ 145.7 = 45.30 %. “网络零售总额相当于社会消费品零售
    总额的50%以上” with 1700 and 3400亿元 holds to the point. A reported share that does not follow is a contradiction.
    Promised terms below the promised share are a conflict, terms above it a tension: two thresholds for one thing.
    """

    number = "PA401"

    def run(self, ledger: Ledger) -> Iterator[Finding]:
        """Every share or equivalence with both terms in the same document and year."""
        for measure in ("share", "ratio"):
            for share in ledger.of(measure):
                if not share.whole or share.year is None or share.unit.startswith(":"):
                    continue
                part = ledger.level(share, share.stem, share.year, promise=share.promise)
                whole = part and self._whole(ledger, share, part)
                if part and whole and whole.value > 0:
                    yield self._judge(share, part, whole)

    @staticmethod
    def _whole(ledger: Ledger, share: Figure, part: Figure) -> Figure | None:
        exact = ledger.level(share, share.whole, part.year or 0, dimension=part.dimension, promise=share.promise)
        if exact is not None:
            return exact
        document = ledger.documents[share.doc]
        start, end = document.sentence(share.at[0])
        near = [
            f
            for f in document.between(start, end)
            if f.measure == "level" and f.dimension == part.dimension and f.time == part.time and f is not part
            and f.value > part.value and is_part_of(f.stem, share.whole)
        ]  # fmt: skip
        return min(near, key=lambda f: abs(f.at[0] - share.at[0]), default=None)

    def _judge(self, share: Figure, part: Figure, whole: Figure) -> Finding:
        def relation(numbers: Sequence[Interval]) -> tuple[Interval, Interval]:
            return numbers[0] / numbers[1], numbers[2]

        said = share.number
        if share.promise:
            said = Printed(said.value, said.step or 0.01, said.about, 0.0, True)
        result = grade([part.number, whole.number, said], relation)
        real = part.value / whole.value
        verdict: Verdict = "contradiction" if result == "off" else result
        if result == "off" and share.promise:
            verdict = "conflict" if (real < share.value) != share.down else "tension"
        return self.found(
            verdict, [share, part, whole], f"{part.shown} ÷ {whole.shown} = {pct(real)} ⟷ {share.shown}",
            f"{share.name}：{part.shown}除以{whole.shown}为{pct(real)}，原文为{share.shown}",
            f"{share.name}: {part.shown} over {whole.shown} is {pct(real)}, the text says {share.shown}",
            f"{share.doc} {share.stem} {share.time}",
        )  # fmt: skip


class SharesOfOneWhole(Check):
    """由不同占比推算的总体应当一致。 · Shares of one whole must imply the same whole.

    1807.39亿元 at 42.1 % is 4,293.1 (4,288–4,298), 1319.65亿元 at 30.8 % is 4,284.6 (4,278–4,292): they meet. Ranges
    apart are a contradiction, and a tension where the second share does not name its whole.
    """

    number = "PA402"

    def run(self, ledger: Ledger) -> Iterator[Finding]:
        """Every two shares of a named whole of one year whose parts are stated in amounts."""
        first: dict[tuple[str, str, str, int, str], tuple[Figure, Figure]] = {}
        for document in ledger.documents.values():
            named: Figure | None = None
            for share in document.figures:
                if share.measure != "share" or share.promise or share.year is None or share.value <= 0:
                    continue
                whole, said = share.whole, bool(share.whole)
                if said:
                    named = share
                elif named is not None and share.at[0] - named.at[0] < _NEAR and share.time == named.time:
                    whole = named.whole
                if not whole or whole.startswith(("全", "GDP")):
                    continue
                part = ledger.level(share, share.stem, share.year, promise=False)
                if part is None or ledger.level(share, whole, share.year, dimension=part.dimension, promise=False):
                    continue
                key = (document.name, share.region, whole, share.year, part.dimension)
                if key in first:
                    yield self._judge(*first[key], share, part, said)
                else:
                    first[key] = (share, part)

    def _judge(self, share: Figure, part: Figure, other: Figure, piece: Figure, said: bool) -> Finding:
        def relation(numbers: Sequence[Interval]) -> tuple[Interval, Interval]:
            return numbers[0] / numbers[1], numbers[2] / numbers[3]

        ranges = [part.number.interval() / share.number.interval(), piece.number.interval() / other.number.interval()]
        meets = ranges[0].meets(ranges[1])
        result = grade([part.number, share.number, piece.number, other.number], relation)
        verdict: Verdict = "holds" if meets else result if result != "off" else "contradiction" if said else "tension"
        shown = [amount(p.value / s.value, p.unit) for p, s in ((part, share), (piece, other))]
        spans = [f"{amount(r.low, part.unit)}–{amount(r.high, part.unit)}" for r in ranges]
        return self.found(
            verdict, [share, part, other, piece],
            f"{part.shown} ÷ {share.shown} = {shown[0]} ({spans[0]}); {piece.shown} ÷ {other.shown} = {shown[1]} ({spans[1]})",
            f"{share.whole}推算总体分别为{shown[0]}和{shown[1]}", f"{share.whole}: the wholes implied are {shown[0]} and {shown[1]}",
            f"{share.doc} {share.whole} {share.time}",
        )  # fmt: skip


class RatioAndTerms(Check):
    """比例应与两项之比相符。 · A ratio must be its first term over its second.

    “出口与进口比例1.9:1” with trade 9786.9 and exports 6407.0 (so imports 3379.9): 1.896. What does not follow is a
    contradiction.
    """

    number = "PA403"

    def run(self, ledger: Ledger) -> Iterator[Finding]:
        """Every reported ratio n:1 with both terms, or one of them and the whole."""
        for ratio in ledger.of("ratio", promise=False):
            if not ratio.unit.startswith(":") or not ratio.whole or ratio.year is None:
                continue
            one = ledger.level(ratio, ratio.stem, ratio.year, promise=False)
            two = ledger.level(ratio, ratio.whole, ratio.year, promise=False)
            if one is None:
                continue
            if two is not None and two.dimension == one.dimension and two.value > 0:
                yield self._judge(ratio, one, two, False)
                continue
            stem = ratio.stem.removesuffix("出口") or "进出口"
            whole = ledger.level(ratio, stem, ratio.year, dimension=one.dimension, promise=False)
            if whole is not None and ratio.stem.endswith("出口") and whole.value != one.value:
                yield self._judge(ratio, one, whole, True)

    def _judge(self, ratio: Figure, one: Figure, two: Figure, rest: bool) -> Finding:
        def relation(numbers: Sequence[Interval]) -> tuple[Interval, Interval]:
            return numbers[0] / ((numbers[1] - numbers[0]) if rest else numbers[1]), numbers[2]

        result = grade([one.number, two.number, ratio.number], relation)
        other = two.value - one.value if rest else two.value
        real = one.value / other
        return self.found(
            "contradiction" if result == "off" else result, [ratio, one, two],
            f"{one.shown} ÷ {amount(other, one.unit)} = {num(real, 3)} ⟷ {ratio.shown}",
            f"{ratio.name}按两项计算为{num(real, 3)}:1，原文为{ratio.shown}", f"{ratio.name}: the terms give {num(real, 3)}:1, the text {ratio.shown}",
            f"{ratio.doc} {ratio.stem} {ratio.time}",
        )  # fmt: skip


class SharesOfPartition(Check):
    """同一总体各部分的占比之和不应超过100%。 · Shares of one whole cannot pass 100 % together.

    44.3 % for manufacturing and 54.7 % for services leave 1.0 % for the rest. More than 100 % is a contradiction.
    """

    number = "PA404"

    def run(self, ledger: Ledger) -> Iterator[Finding]:
        """Every partition with two or more shares of one whole and year."""
        groups: dict[tuple[str, str, str, object, bool, int], list[Figure]] = defaultdict(list)
        for share in ledger.of("share"):
            for number, partition in enumerate(names.partitions()):
                for part in partition.parts:
                    if share.stem.startswith(part) and len(share.stem) > len(part):
                        key = (
                            share.doc,
                            share.region,
                            share.stem.removeprefix(part),
                            share.time,
                            share.promise,
                            number,
                        )
                        if all(not f.stem.startswith(part) for f in groups[key]):
                            groups[key].append(share)
        for (doc, _, stem, time, _, _), shares in groups.items():
            if len(shares) < 2:
                continue
            low = sum(s.number.interval().low for s in shares)
            total = sum(s.value for s in shares)
            yield self.found(
                "holds" if low <= 1 + 1e-9 else "contradiction", shares,
                f"{' + '.join(s.shown for s in shares)} = {pct(total)}; 100 % − {pct(total)} = {pct(1 - total)}",
                f"{stem}合计{pct(total)}，其余{pct(1 - total)}", f"{stem}: together {pct(total)}, the rest {pct(1 - total)}",
                f"{doc} {stem} {time}",
            )  # fmt: skip


class ShareAboveAll(Check):
    """占比不应超过100%。 · A share cannot be above 100 %.

    “占服务贸易总额42.1%” can be; 142.1 % cannot, and is a contradiction. 相当于 compares two wholes and may be above.
    """

    number = "PA405"

    def run(self, ledger: Ledger) -> Iterator[Finding]:
        """Every percentage that the text calls a share (占…, 贡献了…的) and that is above 100."""
        for share in ledger.of("share"):
            if share.table and share.value > 1 + 1e-9 and "占" in share.name:
                yield self.found(
                    "contradiction", [share], f"{share.shown} > 100 %", f"{share.name}{share.shown}大于100%",
                    f"{share.name} of {share.shown} is above 100 %", f"{share.doc} {share.stem} {share.time}",
                )  # fmt: skip
        for document in ledger.documents.values():
            for quote, said in shares_said(document):
                if said > 100:
                    yield self.found(
                        "contradiction", [quote], f"{num(said)} % > 100 %", f"占比{num(said)}%大于100%",
                        f"a share of {num(said)} % is above 100 %", f"{document.name} {quote.start}",
                    )  # fmt: skip


CHECKS: tuple[type[Check], ...] = (ShareAboveAll, ShareAndTerms, SharesOfOneWhole, RatioAndTerms, SharesOfPartition)
