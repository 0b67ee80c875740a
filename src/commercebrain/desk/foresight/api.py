"""What is expected, what broke and how good forecasts were, through the API; the same answers as the pages.

Annotations are evaluated here (no postponed ones): ninja's pagination reads them where their names are unknown.
"""

from datetime import date
from typing import Annotated, Any, Literal

from django.http import HttpRequest
from ninja import Path as InPath
from ninja import Query, Router, Schema
from ninja.pagination import paginate
from pydantic import Field

from commercebrain.desk.core.figures import day_of
from commercebrain.desk.core.rest import REFUSALS, Paged, Shaped
from commercebrain.desk.core.rest.shapes import Day, Names, Word
from commercebrain.desk.foresight import quality, queries, unusual
from commercebrain.desk.foresight.asking import MOST_AHEAD, Asked
from commercebrain.engine.catalogue.models import Words
from commercebrain.engine.indicators.request import Request
from commercebrain.engine.outlook.anomalies import Anomaly

router = Router(tags=["foresight"])
Code = Annotated[Word, InPath(description="code of the catalogue", examples=["customs_export_value"])]
Region = Annotated[Word, Query(description="GB/T 2260; 000000 for records without a place", examples=["990100"])]
Reason = Literal["", "no_values", "too_short", "stopped", "not_current", "too_small"]


def asked_of(code: str, region: str, by: str, where: list[str], as_of: date | None, horizon: int) -> Asked:
    """The question of the parameters; a part that cannot be read is told in a sentence."""
    day_of(as_of)
    request = Request.parse(code, region=region, period="2025-01", by=by, where=where, as_of=as_of)
    return Asked(request.code, request.region, request.by, request.where, as_of, horizon)


class AheadOut(Schema):
    """A month to come with its intervals; none where a series has stopped."""

    month: str
    point: float
    low80: float | None
    high80: float | None
    low95: float | None
    high95: float | None


class LatestOut(Schema):
    """The latest month against what it should have been."""

    month: str
    value: float | None
    expected: float | None
    low80: float | None
    high80: float | None
    low95: float | None
    high95: float | None
    score: float | None = Field(description="the surprise in robust spreads, signed")
    year_on_year: float | None
    base_effect: float | None = Field(description="how far the month a year before was off its own expectation")
    calendar: float | None = Field(description="what the calendar multiplied the month by")
    kind: Literal["", "drop", "rise"]
    reason: Reason = Field(description="why there is no verdict; empty where there is one")


class OutlookOut(Schema):
    """One series: its latest month, the months ahead, their sum for what adds up over time."""

    dimensions: dict[str, str]
    unit: str
    latest: LatestOut
    ahead: list[AheadOut]
    total: AheadOut | None = Field(description="of all months ahead together; only for one series asked alone")
    reason: Reason = Field(description="why there is no forecast; empty where there is one")
    method: str
    as_of: date
    synthetic: bool


def _month(month: int) -> str:
    return f"{month // 100}-{month % 100:02d}"


def _ahead(one: queries.Ahead) -> dict[str, Any]:
    keys = ("point", "low80", "high80", "low95", "high95")
    return {"month": _month(one.month), **{key: getattr(one, key) for key in keys}}


def outlook_out(one: queries.Member) -> dict[str, Any]:
    """One series of a set."""
    latest = {key: getattr(one.latest, key) for key in LatestOut.model_fields if key != "month"}
    return {
        "dimensions": dict(zip(one.by, one.key, strict=True)),
        "unit": one.unit,
        "latest": {"month": _month(one.latest.month), **latest},
        "ahead": [_ahead(each) for each in one.ahead],
        "total": _ahead(one.total) if one.total else None,
        "reason": one.reason,
        "method": one.method,
        "as_of": one.as_of,
        "synthetic": one.synthetic,
    }


@router.get("/outlook/{code}", response={200: list[OutlookOut], **REFUSALS}, operation_id="outlook")
@paginate(Paged)
def outlook(
    request: HttpRequest,
    code: Code,
    region: Region,
    by: Word = Query("", description="dimensions, with commas: a series for each member"),
    where: list[Word] = Query([], description="country=USA,CAN; may be repeated"),
    horizon: int = Query(6, ge=1, le=MOST_AHEAD, description="months ahead"),
    as_of: Day | None = None,
) -> Any:
    """What was expected of the latest month and what the next months will bring, with 80 % and 95 % intervals.

    Every answer is computed from what was known on `as_of` and within the person's reach.
    """
    asked = asked_of(code, region, by, where, as_of, horizon)
    return Shaped(queries.members_of(request.user, asked), outlook_out)


class PeersOut(Schema):
    """The series that an anomaly is compared with."""

    name: Names
    count: int
    change: float
    score: float
    moved: int
    wide: bool


class AnomalyOut(Schema):
    """One series whose latest month is not what it should have been."""

    indicator: str
    region: str
    month: str
    dimensions: dict[str, str]
    names: list[Names]
    unit: str
    kind: Literal["drop", "rise"]
    value: float
    expected: float
    low80: float
    high80: float
    low95: float
    high95: float
    gap: float
    change: float | None
    score: float
    rank: int
    year_on_year: float | None
    base_effect: float | None
    year_on_year_less_base: float | None
    calendar: float
    peers: PeersOut | None
    sentence: Names
    as_of: date | None
    synthetic: bool


def _names(words: Words) -> dict[str, str]:
    return {"zh": words.zh, "en": words.en}


def anomaly_out(one: Anomaly) -> dict[str, Any]:
    """An anomaly as the API tells it."""
    named = ("month", "dimensions", "names", "peers", "sentence")
    told = {key: getattr(one, key) for key in AnomalyOut.model_fields if key not in named}
    peers = one.peers
    return told | {
        "month": _month(one.month),
        "dimensions": dict(zip(one.by, one.key, strict=True)),
        "names": [_names(each) for each in one.names],
        "sentence": _names(one.sentence),
        "peers": None if peers is None else {
            "name": _names(peers.words), "count": peers.count, "change": peers.change, "score": peers.score,
            "moved": peers.moved, "wide": peers.wide,
        },
    }  # fmt: skip


@router.get("/anomalies", response={200: list[AnomalyOut], **REFUSALS}, operation_id="anomalies")
@paginate(Paged)
def anomalies(
    request: HttpRequest,
    code: Annotated[Word, Query(description="code of the catalogue", examples=["customs_export_value"])],
    region: Region,
    by: Annotated[Word, Query(description="the dimension whose members are judged", examples=["county"])],
    where: list[Word] = Query([], description="country=USA,CAN; may be repeated"),
    as_of: Day | None = None,
) -> Any:
    """The members of a break-down whose latest month lies outside the 95 % interval, the most striking first."""
    asked = asked_of(code, region, by, where, as_of, 1)
    return Shaped(list(unusual.anomalies_of(request.user, asked).anomalies), anomaly_out)


class QualityOut(Schema):
    """How good the kept forecasts of an indicator were, some months ahead."""

    indicator: str
    region: str
    by: list[str]
    horizon: int | None = Field(description="months ahead; none: all together")
    n: int
    smape: float | None = Field(description="mean symmetric absolute percentage error, per cent")
    mase: float | None = Field(description="mean absolute error ÷ that of the seasonal naive forecast in the history")
    bias: float | None = Field(description="mean of forecast less truth ÷ mean of truth, a fraction")
    coverage80: float | None
    coverage95: float | None
    smape_naive: float | None
    mase_naive: float | None
    synthetic: bool


@router.get("/foresight/quality", response={200: list[QualityOut], **REFUSALS}, operation_id="foresight_quality")
@paginate(Paged)
def foresight_quality(request: HttpRequest, indicator: Word = "", region: Word = "") -> Any:
    """How good the forecasts were that were kept before the truth was known, per indicator and horizon."""
    rows = [
        one
        for one in quality.rows(request.user)
        if (not indicator or one.indicator.code == indicator) and (not region or one.region == region)
    ]
    return Shaped(rows, quality.out)
