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
from commercebrain.engine.indicators import Figure, figure, series
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
