"""An answer laid out for reading: the sentence, the table, the picture. Numbers are written here, never computed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from django.templatetags.static import static
from django.utils.translation import gettext as _

from commercebrain.desk.core import reader
from commercebrain.desk.core.formatting import DASH, number, unit_words
from commercebrain.desk.figures.explorer.labels import labels
from commercebrain.desk.figures.explorer.largest import largest, remarks
from commercebrain.desk.people.models import Person
from commercebrain.engine.indicators.table import FLAGS, REASONS, FigureTable
from commercebrain.engine.periods import Period

#: Members and periods that a page shows; the export has all.
MEMBERS, PERIODS, LINES, BARS, LEAVES = 60, 25, 8, 20, 200
#: With more members than this the least of them says nothing.
FEW = 20
#: Where the cities of a province lie on the map, by the province.
BOUNDARIES = {"330000": "vendor/maps/33-cities.json"}
WITHHELD = "•"


@dataclass(frozen=True)
class Cell:
    """One number as it is written, and what there is to say of it."""

    text: str
    remark: str = ""
    negative: bool = False


@dataclass(frozen=True)
class Member:
    """One line of the table: what it is of, and a cell for each period shown."""

    names: tuple[str, ...]
    codes: tuple[str, ...]
    cells: tuple[Cell, ...]


@dataclass(frozen=True)
class Laid:
    """The answer for the page."""

    figures: FigureTable
    periods: tuple[Period, ...]
    members: tuple[Member, ...]
    more_members: int
    more_periods: int
    remarks: tuple[tuple[str, int], ...]
    last: Period | None
    top: tuple[str, Cell] | None
    bottom: tuple[str, Cell] | None
    total: Cell | None
    chart: str
    data: dict[str, Any] = field(default_factory=dict)

    @property
    def unit(self) -> str:
        """The unit of the values in the reader's words."""
        return unit_words(self.figures.unit)

    @property
    def withheld(self) -> bool:
        """Whether any number is withheld because it would tell about single firms."""
        return bool((self.figures.columns["reason"] == "suppressed").any())


def cell(row: dict[str, Any], decimals: int) -> Cell:
    """A row's value as it is written, with its reason or flag in words."""
    reason, flag, value = row["reason"], row["flag"], row["value"]
    if value is None:
        text = WITHHELD if reason == "suppressed" else DASH
        return Cell(text, reader.said(REASONS[reason]) if reason in REASONS else reason)
    remark = "" if flag in ("normal", "") or flag not in FLAGS else reader.said(FLAGS[flag])
    whole = isinstance(value, int) and decimals == 0
    return Cell(number(value, 0 if whole else decimals), remark, value < 0)


def lay_out(
    found: FigureTable, person: Person, dataset: str | None, chart: str, total: FigureTable | None = None
) -> Laid:
    """The table with one line for each member of the break-down and one column for each period, the largest first (of
    ranks the first). ``total`` is the same question without a break-down, where that may be asked."""
    dims = found.dims
    every = largest(found, LEAVES, LINES, PERIODS)
    periods, last, ordered = every.periods, every.last, every.head
    shown = periods[-PERIODS:]
    kept = ordered[:MEMBERS]
    edges = ordered if every.tail is None else (*ordered, every.tail)  # the picture names more than the table
    known = {
        dim: labels(person, dim, {codes[place] for codes, _row in edges}, dataset) for place, dim in enumerate(dims)
    }

    def names(codes: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(known[dim].get(code, code) or _("not told") for dim, code in zip(dims, codes, strict=True))

    empty = Cell(DASH)
    members = tuple(
        Member(
            names(codes), codes,
            tuple(cell(of[period], found.decimals) if period in of else empty for period in shown),
        )
        for codes, of in kept
    )  # fmt: skip
    valued = [(codes, rows[last]) for codes, rows in ordered[: every.valued]] if last else []
    ends = [(" · ".join(names(codes)), cell(row, found.decimals)) for codes, row in (valued[:1] + valued[-1:])]
    whole = [row for row in total.rows() if row["period"] == last and row["value"] is not None] if total else []
    kind = _chart(found, periods, every.count, chart) if last else ""
    return Laid(
        found, tuple(shown), members, every.count - len(kept), len(periods) - len(shown),
        tuple(sorted(remarks(found, reader.said).items(), key=lambda item: -item[1])), last,
        ends[0] if ends else None, ends[1] if 1 < every.valued == every.count <= FEW else None,
        cell(whole[0], found.decimals) if whole else None, kind, _data(kind, found, periods, last, ordered, names),
    )  # fmt: skip


def _chart(found: FigureTable, periods: Sequence[Period], members: int, asked: str) -> str:
    """The picture that fits the question, or the one asked for where it can be drawn."""
    additive = found.unit == found.level_unit and found.request.transform in ("level", "ytd")
    several = members > 1
    offered = [name for name, fits in (
        ("lines", len(periods) > 1),
        ("map", found.dims == ("region",) and found.request.region in BOUNDARIES and several),
        ("tiles", found.dims in (("county",), ("region",)) and several),
        ("bars", several),
        ("treemap", bool(found.dims) and additive and several),
    ) if fits]  # fmt: skip
    if asked in offered:
        return asked
    if len(found.dims) > 1 and "treemap" in offered:
        return "treemap"
    return offered[0] if offered else ""


def _data(
    kind: str, found: FigureTable, periods: Sequence[Period], last: Period | None, ordered: Any, names: Any
) -> dict[str, Any]:
    """What the picture is drawn from; absent numbers stay absent."""
    unit, language = unit_words(found.unit), reader.language()

    def value(of: dict[Period, dict[str, Any]], period: Period | None) -> float | None:
        row = of.get(period) if period else None
        return None if row is None or row["value"] is None else round(float(row["value"]), found.decimals + 2)

    def name(codes: tuple[str, ...]) -> str:
        return " · ".join(names(codes)) or reader.said(found.indicator.name)

    if kind == "lines":
        labels = [period.text.lstrip("@") for period in periods]
        lines = [
            {
                "name": name(codes),
                "points": [[label, value(of, one)] for label, one in zip(labels, periods, strict=True)],
            }
            for codes, of in ordered[:LINES]
        ]
        return {"unit": unit, "labels": labels, "lines": lines}
    head = [(codes, value(of, last)) for codes, of in ordered if value(of, last) is not None]
    if kind in ("bars", "tiles", "map"):
        head = head[: BARS if kind == "bars" else MEMBERS]
        return {
            "unit": unit, "name": last.say(language) if last else "", "codes": [c[-1] if c else "" for c, _v in head],
            "labels": [name(codes) for codes, _v in head], "values": [v for _c, v in head], "decimals": found.decimals,
            **({"boundaries": static(BOUNDARIES[found.request.region]), "failed": _("The map could not be loaded; the table says the same.")}
               if kind == "map" else {}),
        }  # fmt: skip
    if kind == "treemap":
        tree: dict[str, list[dict[str, Any]]] = {}
        for codes, amount in head[:LEAVES]:
            if amount is not None and amount > 0:
                told = names(codes)
                tree.setdefault(told[0], []).append({"name": " · ".join(told[1:]) or told[0], "value": amount})
        nested = len(found.dims) > 1
        leaves = [{"name": first, "children": rest} if nested else rest[0] for first, rest in tree.items()]
        return {"unit": unit, "tree": leaves}
    return {}


def export_rows(found: FigureTable, person: Person, dataset: str | None) -> tuple[list[str], Any]:
    """Headings and rows of everything that was asked, with codes and names, for csv and xlsx."""
    known = {dim: labels(person, dim, np.unique(found.columns[dim]).tolist(), dataset) for dim in found.dims}
    headings = [_("period")]
    for dim in found.dims:
        headings += [dim, _("%(dimension)s, name") % {"dimension": dim}]
    headings += [_("value"), _("unit"), _("of the period itself"), _("compared with"), _("remark")]

    def rows() -> Any:
        for row in found.rows():
            told: list[Any] = [row["period"].text]
            for dim in found.dims:
                told += [str(row[dim]), known[dim].get(str(row[dim]), "")]
            told += [row["value"], unit_words(found.unit), row["level"], row["base"], cell(row, found.decimals).remark]
            yield told

    return headings, rows()
