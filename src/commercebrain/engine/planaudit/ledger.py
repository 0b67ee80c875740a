"""The figures of some documents, each with its exact print, found by what they are about and never by trying all."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from importlib.resources import files
from typing import Literal

from commercebrain.engine.errors import UserError
from commercebrain.engine.planaudit import names
from commercebrain.engine.planaudit.findings import Quote
from commercebrain.engine.planaudit.interval import Printed, printed
from commercebrain.engine.plantext.findings import FactFinding, TargetFinding
from commercebrain.engine.plantext.reader import read_plan
from commercebrain.engine.units import Unit

Span = tuple[int, int]
Time = tuple[int, int]
#: What an amount measures: of one year, of several years together, growth, a share …
Measure = Literal["level", "cumulative", "growth", "times", "share", "ratio", "change", "rank"]
_NEAR = 400
_EXACT = {"count", "person"}
_FELL = re.compile(r"下降|减少|降低|负增长|回落|缩减|下滑|减了|降了")
_MONTHS = re.compile(
    r"\d{1,2}\s*[-—–~～至]\s*\d{1,2}\s*月|[上下]半年|(?:第)?[一二三四1-4]季度|前[一二三四五六七八九十\d]+个?[月季]"
    r"|(?<!\d)(?:[1-9]|1[01])月份?(?!\s*\d{1,2}\s*日)"
)
_WORDS = re.compile(r"^\D*$")


@dataclass(frozen=True, slots=True)
class Figure:
    """One amount of one document.

    ``stem`` is the indicator's plain name (of a share: of its part, ``whole`` being the rest; of a ratio: of its
    first term); ``time`` the years that it covers; ``base`` the year or period that it is compared with; ``at``
    where its number stands in the document; ``scope`` the part of the whole that its sentence is about, where its
    name does not say so (第二产业).
    """

    quote: Quote
    at: Span
    region: str
    name: str
    stem: str
    whole: str
    measure: Measure
    kind: str
    promise: bool
    time: Time | None
    base: int | Time | None
    each_year: bool
    dimension: str
    unit: str
    number: Printed
    high: float | None
    down: bool
    table: bool
    comparator: str
    scope: str = ""
    id: str = ""

    @property
    def doc(self) -> str:
        """The document's name."""
        return self.quote.doc

    @property
    def year(self) -> int | None:
        """The year at the end of the time that it covers."""
        return self.time[1] if self.time else None

    @property
    def value(self) -> float:
        """The number in the dimension's first unit (元, 美元, 1; a percentage as a fraction)."""
        return self.number.value

    @property
    def shown(self) -> str:
        """The number and unit as printed."""
        return self.id


@dataclass(slots=True)
class Document:
    """One document: its text, its figures in order, and where its sentences end."""

    name: str
    text: str
    figures: list[Figure]
    region: str = ""
    _stops: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._stops = [
            m.start() for m in re.finditer(r"[。；;！？\t]|\n\s*\n\s*(?=[（(一二三四五六七八九十\d])", self.text)
        ]

    def sentence(self, position: int) -> Span:
        """The stretch between full stops or semicolons around ``position``."""
        i = bisect_right(self._stops, position - 1)
        start = self._stops[i - 1] + 1 if i else 0
        return start, self._stops[i] if i < len(self._stops) else len(self.text)

    def between(self, start: int, end: int) -> list[Figure]:
        """The figures whose numbers stand from ``start`` to ``end``."""
        first = bisect_left(self.figures, start, key=lambda f: f.at[0])
        return self.figures[first : bisect_left(self.figures, end, key=lambda f: f.at[0])]

    def quote(self, start: int, end: int) -> Quote:
        """The words from ``start`` to ``end``, white space at the ends left out."""
        piece = self.text[start:end]
        start += len(piece) - len(piece.lstrip(" \n\u3000"))
        end -= len(piece) - len(piece.rstrip(" \n\u3000"))
        return Quote(self.name, start, max(end, start), "".join(self.text[start:end].splitlines()))


class Ledger:
    """Figures of several documents, indexed by document or region, indicator, measure, year and scope."""

    def __init__(self, documents: Sequence[Document]) -> None:
        self.documents = {document.name: document for document in documents}
        self.figures = [figure for document in documents for figure in document.figures]
        self._own: dict[_Key, list[Figure]] = defaultdict(list)
        self._all: dict[_Key, list[Figure]] = defaultdict(list)
        self._rates: dict[tuple[str, str, str, int], list[Figure]] = defaultdict(list)
        for figure in self.figures:
            if figure.year is not None and not figure.each_year:
                key = (figure.region, figure.stem, figure.measure, figure.year, figure.scope)
                self._own[figure.doc, *key].append(figure)
                self._all["", *key].append(figure)
            if figure.year is not None and figure.measure == "growth":
                self._rates[figure.doc, figure.region, figure.stem, figure.year].append(figure)

    def of(self, measure: Measure, *, promise: bool | None = None) -> Iterator[Figure]:
        """All figures of a measure, in order."""
        for figure in self.figures:
            if figure.measure == measure and promise in (None, figure.promise):
                yield figure

    def rate(self, near: Figure, stem: str, year: int) -> Figure | None:
        """The growth of ``stem`` up to ``year`` closest to ``near`` in its document."""
        rates = self._rates.get((near.doc, near.region, stem, year), [])
        return _closest(rates, near.at[0], lambda f: f is not near and f.promise == near.promise)

    def level(
        self, near: Figure, stem: str, year: int, *, dimension: str | None = None, promise: bool | None = None,
        measure: Measure = "level", scope: str | None = None, time: Time | None = None, apart: bool = False,
    ) -> Figure | None:  # fmt: skip
        """The figure of ``stem`` in ``year`` closest to ``near`` in its document, of its region and scope.

        ``apart``: where its own document has none, the first of another document will do.
        """
        key = (near.region, stem, measure, year, near.scope if scope is None else scope)

        def fits(f: Figure) -> bool:
            return (
                f is not near and dimension in (None, f.dimension) and promise in (None, f.promise)
                and time in (None, f.time)
            )  # fmt: skip

        found = _closest(self._own.get((near.doc, *key), []), near.at[0], fits)
        if found is None and apart:
            found = next((f for f in self._all.get(("", *key), []) if fits(f)), None)
        return found


_Key = tuple[str, str, str, str, int, str]


def _closest(figures: list[Figure], position: int, fits: Callable[[Figure], bool]) -> Figure | None:
    """The figure that ``fits`` closest to ``position`` in ``figures``, which are in the order of the text."""
    right = bisect_left(figures, position, key=lambda f: f.at[0])
    left = right - 1
    while left >= 0 or right < len(figures):
        ahead = figures[right].at[0] - position if right < len(figures) else None
        behind = position - figures[left].at[0] if left >= 0 else None
        if behind is not None and (ahead is None or behind <= ahead):
            candidate, left = figures[left], left - 1
        else:
            candidate, right = figures[right], right + 1
        if fits(candidate):
            return candidate
    return None


def read_document(name: str, text: str) -> Document:
    """The figures of one document; time grows in proportion to its length."""
    rows = [row for row in read_plan(text, name, ("target", "fact")) if isinstance(row, (TargetFinding, FactFinding))]
    document = Document(name, text, [])
    figures: list[Figure] = []
    last: dict[tuple[int, int], int] = {}
    for row in rows:
        figure = _figure(row, text, last)
        if figure is not None:
            figures.append(figure)
    document.figures = _scoped(document, sorted(figures, key=lambda f: f.at))
    counted: dict[str, int] = defaultdict(int)
    for figure in figures:
        counted[figure.region] += 1
    document.region = max(counted, key=lambda region: (counted[region], region), default="")
    return document


def _figure(row: TargetFinding | FactFinding, text: str, last: dict[Span, int]) -> Figure | None:
    promise = isinstance(row, TargetFinding)
    value = row.target_value if isinstance(row, TargetFinding) else row.value
    if value is None or _is_worded(row.value_text):
        digits = None
    else:
        digits = row.value_text
    if value is None:
        return None
    unit = row.unit.replace(" ", "")
    measure = _measure(row, unit)
    if measure == "times":
        dimension, factor = unit, 1.0
    else:
        try:
            known = Unit.parse(unit)
        except UserError:
            return None
        dimension, factor = known.dimension, 10.0**known.power
    exact = (dimension in _EXACT and factor == 1) or (row.kind == "count" and factor == 1)
    reached = row.comparator in (">", ">=") and not promise
    firm = promise and row.kind != "growth_rate"
    about = row.comparator == "~"
    try:
        number = printed(
            digits or f"{value:.12g}", factor, exact=exact or (firm and not about), about=about, above=reached,
            firm=promise,
        )  # fmt: skip
    except ValueError:
        return None
    if digits is None:
        # 翻一番 has no digits that could be rounded; 约六分之一 lies between its neighbours 1/5½ and 1/6½.
        step = value * factor if about and dimension == "ratio" and value < 1 else 0.0
        number = Printed(value * factor, step * step, False, number.above, promise)
    at = _place(row, text, last)
    if measure in ("growth", "change") and _FELL.search(text[max(row.start, at[0] - 8) : at[0]]):
        # 下降3.2% prints no sign, but grew by −3.2 %.
        number = replace(number, value=-number.value, above=0.0)
    year = row.target_year if isinstance(row, TargetFinding) else row.year
    time: Time | None = row.period or ((year, year) if year is not None else None)
    if promise and measure in ("level", "share", "ratio") and year is not None and row.per is None:
        time = (year, year)
    stem, whole = names.stem(row.indicator), ""
    if measure == "share" or (measure == "change" and "占" in row.indicator):
        stem, whole = names.share(row.indicator)
    elif measure == "ratio":
        stem, whole = names.ratio(row.indicator)
    return Figure(
        quote=Quote(row.doc, row.start, row.end, row.quote), at=at, region=row.region, name=row.indicator, stem=stem,
        whole=whole, measure=measure, kind=row.kind, promise=promise, time=time,
        base=None if isinstance(row, TargetFinding) else row.base, each_year=row.per is not None,
        dimension=dimension, unit=unit, number=number,
        high=row.target_value_high * factor if isinstance(row, TargetFinding) and row.target_value_high else None,
        down=isinstance(row, TargetFinding) and row.direction == "down", table=row.quote_type == "table_row",
        comparator=row.comparator, id=("−" if number.value < 0 else "") + _shown(row.value_text, unit),
    )  # fmt: skip


def _is_worded(value_text: str) -> bool:
    """Whether no digits of ``value_text`` are the value itself (翻一番, 六分之一, 1/3)."""
    return bool(_WORDS.match(value_text)) or "/" in value_text or "分之" in value_text


def _shown(value_text: str, unit: str) -> str:
    text = re.sub(r"\s", "", value_text)
    if not unit or unit in text or unit.startswith(":") or not text[:1].isascii():
        return text
    return re.sub(r"\d[\d.,，]*(?!.*\d)\]?", lambda m: m.group() + unit, text, count=1)


def _measure(row: TargetFinding | FactFinding, unit: str) -> Measure:
    if unit in ("倍", "番") and row.kind in ("growth_rate", "increment", "ratio", "level"):
        return "times"
    if unit.endswith("百分点"):
        return "change"
    kinds: dict[str, Measure] = {
        "growth_rate": "growth", "share": "share", "ratio": "ratio", "increment": "change", "rank": "rank",
        "cumulative": "cumulative",
    }  # fmt: skip
    measure = kinds.get(row.kind, "level")
    # A cumulative number without a period is what has come together so far: a level.
    return "level" if measure == "cumulative" and row.period is None else measure


def _place(row: TargetFinding | FactFinding, text: str, last: dict[Span, int]) -> Span:
    """Where the number stands: its words inside the quote, the one after the last that was asked for."""
    pattern = _pattern(row.value_text)
    key = (row.start, hash(row.value_text))
    begin = max(row.start, last.get(key, 0))
    found = pattern.search(text, begin, row.end)
    if found is None:
        return row.start, row.end
    last[key] = found.end()
    return found.start(), found.end()


@cache
def _pattern(value_text: str) -> re.Pattern[str]:
    """``value_text`` with white space anywhere."""
    return re.compile(r"\s*".join(re.escape(char) for char in value_text if not char.isspace()) or r"(?!)")


def _inherits(document: Document, figure: Figure, whole: Figure) -> bool:
    """Whether a flow without a year of its own is a part of the cumulative amount shortly before it."""
    return (
        whole.measure == "cumulative" and figure.measure == "level" and figure.at[0] - whole.at[0] < _NEAR
        and figure.stem in (names.children(whole.stem, "出口"), names.children(whole.stem, "进口"))
        and not re.search(r"\d{4}", document.text[figure.quote.start : figure.at[0]])
    )  # fmt: skip


def _scoped(document: Document, figures: list[Figure]) -> list[Figure]:
    """Figures with the part that their sentence is about, and 其中 parts with the time of their whole."""
    parts = [part for partition in names.partitions() for part in partition.parts if part not in ("出口", "进口")]
    token = re.compile("|".join(parts))
    out: list[Figure] = []
    whole: Figure | None = None
    said, said_from = "", -1
    for figure in figures:
        start, _ = document.sentence(figure.at[0])
        months = _MONTHS.findall(document.text, max(start, figure.at[0] - 60), figure.at[0])
        if months and not figure.table:
            # The first half's exports and the year's are two figures.
            figure = replace(figure, scope=re.sub(r"\s", "", months[-1]))
        elif figure.measure in ("level", "cumulative") and not figure.table:
            named = token.search(figure.stem)
            if named:
                said, said_from = named.group(), start
            elif said_from == start:
                # 第二产业外资项目196个，实到外资18亿美元: the money is the second sector's as well.
                figure = replace(figure, scope=said)
        if figure.measure in ("level", "cumulative"):
            if whole is not None and _inherits(document, figure, whole):
                figure = replace(figure, measure="cumulative", time=whole.time)
            if not figure.stem.endswith(("出口", "进口")):
                whole = figure
        out.append(figure)
    return out


@cache
def region_parents() -> dict[str, str]:
    """Region → the region that it lies in, by name; names that several regions share are left out."""
    import csv

    lines = files("commercebrain.catalogue").joinpath("codes/regions.csv").read_text("utf-8").splitlines()
    rows = list(csv.DictReader(lines))
    by_code = {row["code"]: row["name_zh"] for row in rows}
    parents: dict[str, set[str]] = defaultdict(set)
    for row in rows:
        if row["parent"] in by_code:
            parents[row["name_zh"]].add(by_code[row["parent"]])
    return {name: next(iter(above)) for name, above in parents.items() if len(above) == 1}
