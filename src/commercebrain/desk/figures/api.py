"""Figures through the API: one, or the whole series of an indicator in a region, with flag, vintage and sources.

Annotations are evaluated here (no postponed ones): ninja's pagination reads them where their names are unknown.
"""

from datetime import date
from typing import Annotated, Any, Literal

from django.http import HttpRequest
from ninja import Query, Router, Schema
from ninja.pagination import paginate
from pydantic import Field

from commercebrain.desk.core.catalogue import catalogue
from commercebrain.desk.core.figures import day_of, reach_for, store
from commercebrain.desk.core.rest import REFUSALS, Paged, Shaped
from commercebrain.desk.core.rest.shapes import Day, Names, Number, Word
from commercebrain.desk.figures.explorer.questions import offered_dimensions, offered_transforms
from commercebrain.desk.figures.explorer.views import figures_for
from commercebrain.engine.catalogue import Indicator
from commercebrain.engine.indicators import Figure, figure, series
from commercebrain.engine.indicators.request import Request
from commercebrain.engine.indicators.table import NUMBERS, FigureTable
from commercebrain.engine.observations import Observation

router = Router(tags=["figures"])


class SourceOut(Schema):
    """Where a figure comes from."""

    source: str
    address: str
    grade: str
    published: date
    taken_in: date
    value: Number | None
    unit: str
    note: str


class FigureOut(Schema):
    """A figure with its flag, vintage and sources, or the reason why there is none."""

    indicator: str
    region: str
    period: str
    unit: str
    value: Number | None
    bound: str
    flag: str
    calibre: str
    growth: Number | None = Field(description="published year on year, a fraction")
    growth_computed: Number | None
    published: date | None
    reason: Names
    note: Names
    sources: list[SourceOut]
    disagreements: list[SourceOut]


def source_out(row: Observation) -> dict[str, Any]:
    """An observation behind a figure."""
    keys = ("source", "address", "grade", "published", "taken_in", "value", "unit", "note")
    return {key: getattr(row, key) for key in keys}


def figure_out(row: Figure) -> dict[str, Any]:
    """A figure with its sources."""
    keys = ("indicator", "region", "unit", "value", "bound", "flag", "calibre", "growth", "growth_computed",
            "published")  # fmt: skip
    return {
        **{key: getattr(row, key) for key in keys},
        "period": row.period.text,
        "reason": {"zh": row.reason_zh, "en": row.reason_en},
        "note": {"zh": row.note_zh, "en": row.note_en},
        "sources": [source_out(one) for one in row.sources],
        "disagreements": [source_out(one) for one in row.disagreements],
    }


@router.get("/figures", response={200: list[FigureOut], **REFUSALS}, operation_id="list_figures")
@paginate(Paged)
def figures(
    request: HttpRequest,
    indicator: Annotated[Word, Query(description="code of the catalogue", examples=["export_value"])],
    region: Annotated[Word, Query(description="GB/T 2260", examples=["330200"])],
    period: Word | None = Query(None, description="2024, 2024-05, 2024-01..05 …; none: the whole series"),
    kind: Literal["year", "half", "quarter", "month", "ytd", "point", "span"] | None = Query(
        None, description="of the series"
    ),
    calibre: Word = "",
    as_of: Day | None = None,
) -> Any:
    """One figure, or the whole series of an indicator in a region, as known on `as_of`."""
    day, reach = day_of(as_of), reach_for(request.user)
    if period:
        one = figure(store(day), catalogue(), indicator, region, period, reach=reach, calibre=calibre, as_of=day)
        return Shaped([one], figure_out)
    kinds: Any = (kind,) if kind else ("year", "half", "quarter", "month", "ytd", "point", "span")
    rows = series(store(day), catalogue(), indicator, region, reach=reach, as_of=day, kinds=kinds, calibre=calibre)
    return Shaped(rows, figure_out)


class IndicatorOut(Schema):
    """An indicator of the catalogue, and what may be asked of it."""

    code: str
    name: Names
    definition: Names
    area: str
    unit: str
    decimals: int
    frequency: str | None
    adds_over_time: Literal["sum", "last", "mean", "none"]
    adds_over_place: Literal["sum", "last", "mean", "none"]
    better: Literal["higher", "lower", "hold"]
    classification: Literal["public", "internal", "confidential"]
    dataset: str | None = Field(
        description="the dataset that it is counted from, or `observations`; none for a formula"
    )
    measure: str | None
    where: str | None
    formula: str | None
    owner: str | None
    dimensions: list[str] = Field(description="what `by` of a table may name")
    transforms: list[str] = Field(description="what `transform` of a table may name")


def indicator_out(row: Indicator) -> dict[str, Any]:
    """An indicator as it is declared."""
    keys = ("code", "area", "decimals", "frequency", "better", "classification", "dataset", "measure", "where",
            "formula", "owner")  # fmt: skip
    return {
        **{key: getattr(row, key) for key in keys},
        "name": {"zh": row.name.zh, "en": row.name.en},
        "definition": {"zh": row.definition.zh, "en": row.definition.en},
        "unit": row.display_unit,
        "adds_over_time": row.adds.time,
        "adds_over_place": row.adds.place,
        "dimensions": offered_dimensions(row, ""),
        "transforms": [one.code for one in offered_transforms(row)],
    }


@router.get("/indicators", response={200: list[IndicatorOut], **REFUSALS}, operation_id="list_indicators")
@paginate(Paged)
def indicators(request: HttpRequest, q: Word = "", area: Word = "") -> Any:
    """Every declared indicator, or those of an area or with `q` in code or name."""
    wanted = q.strip().casefold()
    rows = [
        one
        for one in catalogue().indicators.values()
        if (not area or one.area == area)
        and (not wanted or any(wanted in text.casefold() for text in (one.code, one.name.zh, one.name.en)))
    ]
    return Shaped(rows, indicator_out)


class TableRow(Schema):
    """One row of a table: its period, the values of its break-down, its numbers, or the reason why there is none."""

    period: str
    dimensions: dict[str, str]
    value: float | None
    level: float | None = Field(description="the figure of the period itself")
    base: float | None = Field(description="what it is compared with")
    whole: float | None = Field(description="the whole that it is part of")
    change: float | None
    reason: str = Field(description="why there is no value; empty where there is one")
    flag: str
    unit: str
    level_unit: str
    as_of: date | None
    synthetic: bool


class _Rows:
    """The rows of a table, of which only those of a page become objects."""

    def __init__(self, found: FigureTable) -> None:
        self._found = found

    def __getitem__(self, wanted: slice) -> list[dict[str, Any]]:
        return list(self._found.part(wanted).rows())

    def count(self) -> int:
        """How many there are."""
        return len(self._found)


@router.get("/tables", response={200: list[TableRow], **REFUSALS}, operation_id="ask_table")
@paginate(Paged)
def ask_table(
    request: HttpRequest,
    code: Annotated[Word, Query(description="code of the catalogue", examples=["customs_export_value"])],
    region: Annotated[Word, Query(description="GB/T 2260; 000000 for records without a place", examples=["990100"])],
    period: Annotated[Word, Query(description="2025-06, 2024-01:2025-06, 2024:2025 …", examples=["2025-06"])],
    by: Word = Query("", description="dimensions, with commas: county,country"),
    transform: Word = Query("level", description="level, yoy, ytd_yoy, share, pull …"),
    where: list[Word] = Query([], description="country=USA,CAN; may be repeated"),
    option: list[Word] = Query([], description="of the transform, such as n=5; may be repeated"),
    calibre: Word = "",
    as_of: Day | None = None,
) -> Any:
    """Any indicator by region, period, break-down and transform, in the unit for readers; the same as the explorer.

    Who has no clearance for single firms may ask for the declared tables only, with what would tell about a firm withheld.
    """
    asked = Request.parse(
        code, region=region, period=period, by=by, transform=transform, where=where, options=option, calibre=calibre,
        as_of=as_of,
    )  # fmt: skip
    found = figures_for(request.user, asked)

    def shape(row: dict[str, Any]) -> dict[str, Any]:
        numbers = {name: None if row[name] is None else float(row[name]) for name in NUMBERS}
        return {
            "period": row["period"].text, "dimensions": {name: str(row[name]) for name in found.dims}, **numbers,
            "reason": row["reason"], "flag": row["flag"], "unit": found.unit, "level_unit": found.level_unit,
            "as_of": found.vintage.as_of, "synthetic": found.synthetic,
        }  # fmt: skip

    return Shaped(_Rows(found), shape)
