"""Section 301 against real imports: what each list covers, and what chapters did that stand on the lists and those that
do not. Nothing here is particular to these files but their columns."""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from bench.harness import ROOT
from commercebrain.engine.effects import Effect, difference_in_differences
from commercebrain.engine.foresight.months import months_from
from commercebrain.engine.lists import Matcher, ProductRow

Floats = NDArray[np.float64]
DATA: Final = ROOT.parent / "shared/data"
PRODUCTS = "trade_measures/us_section301_products_hts8.csv"
ACTIONS = "trade_measures/us_section301_actions.csv"
LINES = "trade_series/us_imports_from_china_hts10_2024.csv"
MONTHS = "trade_series/us_imports_by_country_hs2_monthly_2013_2021.csv"
NEEDED: Final = (PRODUCTS, ACTIONS, LINES, MONTHS)
#: The lists as the notices number them; the additional lines of list 3 took effect with it.
LISTS: Final = ("1", "2", "3", "4A", "4B")
ALSO: Final = {"3_addl": "3"}
#: Lists that took effect together count as one dose.
DOSES: Final = {"1+2": ("1", "2"), "3": ("3",), "4A": ("4A",)}
#: A chapter joins when it brought at least so many dollars a month from China, and from the others, before.
LEAST: Final = 5e6
CHINA, ALL_GOODS = "CHINA", "00"


def present(folder: Path = DATA) -> bool:
    """Whether all files are there."""
    return all((folder / name).is_file() for name in NEEDED)


def _rows(path: Path) -> Iterable[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as lines:
        yield from csv.DictReader(lines)


def _day(text: str) -> date | None:
    return date.fromisoformat(text) if text else None


def product_rows(folder: Path = DATA) -> dict[str, list[ProductRow]]:
    """List → its rows, one for each rate with its days, as the product's own lists hold them."""
    steps: dict[str, list[tuple[date | None, date | None, float]]] = defaultdict(list)
    for row in _rows(folder / ACTIONS):
        if row["effective_from"]:
            steps[row["list"]].append(
                (_day(row["effective_from"]), _day(row["effective_to"]), float(row["extra_rate_pct"]))
            )
    found: dict[str, list[ProductRow]] = {name: [] for name in LISTS}
    for row in _rows(folder / PRODUCTS):
        name = ALSO.get(row["list"], row["list"])
        if name in found:
            for first, last, rate in steps.get(row["list"], [(None, None, 0.0)]):
                found[name].append(ProductRow(row["hts8"], "USHTS", "", "CHN", rate, first, last))
    return found


@dataclass(frozen=True)
class Covered:
    """What a list covers of a year's imports, in dollars: line by line, and all of the six digits it touches."""

    list: str
    lines: int
    exact: float
    upper: float
    share: float

    @property
    def overstated(self) -> float:
        """How many times too much six digits alone would say."""
        return self.upper / self.exact


def imports_by_line(folder: Path = DATA) -> tuple[list[str], Floats]:
    """Ten-digit codes of the American tariff, and the dollars imported from China under each in 2024."""
    held = [(row["hts10"], float(row["value_usd"])) for row in _rows(folder / LINES)]
    return [code for code, _ in held], np.array([value for _, value in held])


def covered(folder: Path = DATA) -> list[Covered]:
    """Each list against the imports of 2024: within one nomenclature, and at six digits as another country sees it."""
    codes, values = imports_by_line(folder)
    out = []
    for name, rows in product_rows(folder).items():
        exact = values[_touched(rows, codes, ("USHTS", ""))].sum()
        upper = values[_touched(rows, codes, ("CN", "2022"))].sum()
        lines = len({row.digits for row in rows})
        out.append(Covered(name, lines, float(exact), float(upper), float(exact / values.sum())))
    return out


def _touched(rows: Sequence[ProductRow], codes: Sequence[str], against: tuple[str, str]) -> NDArray[np.intp]:
    matcher = Matcher(rows, against, codes)
    return np.unique(matcher.upper.code).astype(np.intp)


@dataclass(frozen=True)
class Standing:
    """What stood under a duty on a day, of the imports of 2024: dollars, share of all, duty in dollars a year."""

    day: date
    value: float
    share: float
    duty: float


def standing(folder: Path = DATA) -> list[Standing]:
    """The day of every step, and what stood under a duty from it on."""
    codes, values = imports_by_line(folder)
    rows = [row for of in product_rows(folder).values() for row in of if row.valid_from]
    matcher = Matcher(rows, ("USHTS", ""), codes)
    days = sorted({row.valid_from for row in rows if row.valid_from and row.rate})
    out = []
    for day in days:
        cover = matcher.cover(["CHN"], on=day)
        code, _country, rate, _row = cover.entries()
        hit = values[code]
        out.append(Standing(day, float(hit.sum()), float(hit.sum() / values.sum()), float((hit * rate).sum() / 100)))
    return out


@dataclass(frozen=True)
class Chapters:
    """Imports by chapter and month: from China, and from all other partners together (chapters × months, dollars);
    ``doses``: chapters × kinds of :data:`DOSES`, the part of a chapter's lines that stand on the list."""

    codes: list[str]
    months: list[int]
    china: Floats
    others: Floats
    doses: Floats

    def span(self, table: Floats, first: int, last: int) -> Floats:
        """The monthly mean of each chapter from ``first`` to ``last``."""
        there = [n for n, month in enumerate(self.months) if first <= month <= last]
        return np.asarray(table[:, there].mean(axis=1))


def chapters(folder: Path = DATA) -> Chapters:
    """The monthly series, and how much of each chapter stands on each list (counted in lines imported from China)."""
    lines = sorted({code[:8] for code in imports_by_line(folder)[0]})
    rows = product_rows(folder)
    codes = sorted({line[:2] for line in lines})
    at = {code: n for n, code in enumerate(codes)}
    of = np.array([at[line[:2]] for line in lines])
    many = np.bincount(of, minlength=len(codes))
    doses = np.zeros((len(codes), len(DOSES)))
    for kind, names in enumerate(DOSES.values()):
        hit = _touched([row for name in names for row in rows[name]], lines, ("USHTS", ""))
        doses[:, kind] = np.bincount(of[hit], minlength=len(codes)) / many
    held: dict[tuple[bool, str, int], float] = defaultdict(float)
    seen = set()
    for row in _rows(folder / MONTHS):
        if row["hs2"] != ALL_GOODS:
            month = int(row["month"].replace("-", ""))
            seen.add(month)
            held[(row["partner"] == CHINA, row["hs2"], month)] += float(row["value_usd"])
    months = months_from(min(seen), len(seen))

    def table(china: bool) -> Floats:
        return np.array([[held.get((china, code, month), 0.0) for month in months] for code in codes])

    return Chapters(codes, [int(month) for month in months], table(True), table(False), doses)


@dataclass(frozen=True)
class Answer:
    """What one comparison says: the spans, and the effect of every dose on imports from China beyond those from others
    (``against_others``) and beyond chapters not on the lists only (``plain``)."""

    name: str
    before: tuple[int, int]
    after: tuple[int, int]
    chapters: int
    against_others: dict[str, Effect]
    plain: dict[str, Effect]


#: (name, before, after): lists 1–3 in their first year; the same a year after; list 4A until the pandemic; and the same
#: questions asked of two earlier years, when nothing had happened.
QUESTIONS: Final = (
    ("lists 1–3, first year", (201707, 201806), (201809, 201908)),
    ("placebo for lists 1–3", (201507, 201606), (201609, 201708)),
    ("list 4A until the pandemic", (201809, 201901), (201909, 202001)),
    ("placebo for list 4A", (201609, 201701), (201709, 201801)),
)


def answers(data: Chapters, *, seed: int = 0) -> list[Answer]:
    """Every question answered. Chapters count by the root of what they brought before: neither all alike nor one for all."""
    out = []
    for name, before, after in QUESTIONS:
        china = [data.span(data.china, *span) for span in (before, after)]
        others = [data.span(data.others, *span) for span in (before, after)]
        kept = (china[0] >= LEAST) & (others[0] >= LEAST) & (china[1] > 0) & (others[1] > 0)
        moved = np.log(china[1][kept] / china[0][kept])
        beside = moved - np.log(others[1][kept] / others[0][kept])
        weights, doses = np.sqrt(china[0][kept]), data.doses[kept]
        both = [
            dict(zip(DOSES, difference_in_differences(change, doses, weights=weights, seed=seed), strict=True))
            for change in (beside, moved)
        ]
        out.append(Answer(name, before, after, int(kept.sum()), *both))
    return out


def groups(data: Chapters) -> dict[str, NDArray[np.intp]]:
    """Chapters by the list on which most of their lines stand; ``none``: at most a fifth of them on any."""
    found: dict[str, NDArray[np.intp]] = {}
    for kind, name in enumerate(DOSES):
        found[name] = np.flatnonzero(data.doses[:, kind] > 0.5)
    found["none"] = np.flatnonzero(data.doses.sum(axis=1) <= 0.2)
    return found


def index(data: Chapters, table: Floats, which: NDArray[np.intp], base: tuple[int, int] = (201707, 201806)) -> Floats:
    """Twelve-month sums of some chapters, 100 in the twelve months of ``base``; NaN before there are twelve."""
    line = table[which].sum(axis=0)
    sums = np.full(len(line), np.nan)
    sums[11:] = np.convolve(line, np.ones(12), "valid")
    return np.asarray(100 * sums / sums[data.months.index(base[1])])
