"""Reporting through the API for the administration: rounds, reports and their feed, rates, passing and sending back.

Annotations are evaluated here (no postponed ones): ninja's pagination reads them where their names are unknown.
"""

from datetime import datetime
from typing import Any, Literal

from django.http import HttpRequest
from ninja import Query, Router, Schema
from ninja.pagination import paginate
from pydantic import ConfigDict, Field

from commercebrain.desk.core.rest import REFUSALS, Feed, FeedIn, FeedOut, Paged, Shaped, found, idempotent
from commercebrain.desk.core.rest.shapes import (
    Asked,
    Id,
    Key,
    Line,
    Names,
    RegionOut,
    UnitRef,
    Word,
    names_out,
    region_out,
    unit_ref,
)
from commercebrain.desk.forms import queries, steps
from commercebrain.desk.forms.board.words import status_of
from commercebrain.desk.forms.filing.queries import declared
from commercebrain.desk.forms.models import Report, Round
from commercebrain.desk.forms.personal import masked_answers, masked_lines
from commercebrain.engine.forms.status import Rates

router = Router(tags=["reporting"])


class RoundOut(Schema):
    """A round of a form at a bureau."""

    id: int
    form: str = Field(examples=["order_report"])
    name: Names
    period: str = Field(examples=["2025-W30"])
    unit: UnitRef
    approval: str = Field(description="the number of its approval; empty: nobody is reminded, nothing is scored")
    opens_at: datetime
    due_at: datetime
    locks_at: datetime
    synthetic: bool


class RemarkOut(Schema):
    """What an office found wrong at one place."""

    field: str = Field(description="code of a question; empty for a line")
    line: int | None = Field(description="number of a line, from 1")
    text: str


class ReportOut(Schema):
    """What one firm owes in one round. `county` is where it was asked and is counted; `unit` handles it now."""

    id: int
    round: int
    form: str
    period: str
    uscc: str = Field(description="credit code of the firm")
    firm: Names
    county: RegionOut | None
    township: str = Field(description="code of the township, empty for none")
    unit: UnitRef
    state: str = Field(description="asked, sent, returned, passed or excused")
    status: str = Field(description="not_yet, due, overdue, filed, returned, passed or excused, as the clock stands")
    on_time: bool | None
    first_sent_at: datetime | None
    passed_at: datetime | None
    unchanged: int = Field(description="unchanged reports in a row, this one included")
    version: int
    updated_at: datetime


class ReportDetail(ReportOut):
    """A report with what was sent last and what is remarked on it."""

    number: int | None = Field(description="number of the last submission: send it as `seen`")
    answers: dict[str, Any] = Field(description="by question code; personal ones are masked")
    lines: list[dict[str, Any]]
    explanations: dict[str, Any]
    remarks: list[RemarkOut]


class RateOut(Schema):
    """Counts and shares of one place or list; shares are none where nobody was asked or the form has no approval."""

    key: str = Field(description="region code, township code or code of a list kind; empty: all in your sight")
    name: Names
    period: str
    asked: int
    filed: int
    missing: int
    passed: int
    returned: int
    rate: float | None = Field(description="filed of asked")
    on_time_rate: float | None
    unchanged_rate: float | None
    place: int | None = Field(description="among all counties of the bureau; for a county that sees its own row alone")


class Passing(Asked):
    """Passing a report on."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"seen": 1, "sentence": "已核"}]})
    seen: Id = Field(description="the number of the submission that you read")
    sentence: Line = ""


class RemarkIn(Asked):
    """A remark on a question or on a line."""

    field: Word = ""
    line: Id | None = None
    text: Line


class Returning(Asked):
    """Sending a report back."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "seen": 1,
                    "sentence": "请核对单位是否为万美元",
                    "remarks": [{"field": "orders_in_hand", "text": "像是美元"}],
                }
            ]
        }
    )
    seen: Id = Field(description="the number of the submission that you read")
    sentence: Line
    remarks: list[RemarkIn] = Field(default_factory=list, max_length=200)


def round_out(row: Round) -> dict[str, Any]:
    """A round as the API tells it."""
    name = row.declaration.get("name") or {"zh": row.form, "en": row.form}
    return {
        "id": row.pk, "form": row.form, "name": name, "period": row.period, "unit": unit_ref(row.unit),
        "approval": row.approval, "opens_at": row.opens_at, "due_at": row.due_at, "locks_at": row.locks_at,
        "synthetic": row.synthetic,
    }  # fmt: skip


def report_out(row: Report) -> dict[str, Any]:
    """A report as the API tells it."""
    return {
        "id": row.pk, "round": row.round_id, "form": row.round.form, "period": row.round.period,
        "uscc": row.enterprise.uscc, "firm": names_out(row.enterprise), "county": region_out(row.county),
        "township": row.township.code if row.township else "", "unit": unit_ref(row.unit), "state": row.state,
        "status": str(status_of(row)), "on_time": row.on_time, "first_sent_at": row.first_sent_at,
        "passed_at": row.passed_at, "unchanged": row.unchanged, "version": row.version, "updated_at": row.updated_at,
    }  # fmt: skip


def detail_out(row: Report) -> dict[str, Any]:
    """A report with its last submission."""
    sent, kind = steps.latest(row), declared(row.round)
    remarks = row.remarks.filter(settled_in=None)
    return {
        **report_out(row),
        "number": sent.number if sent else None,
        "answers": masked_answers(kind, sent.answers) if sent else {},
        "lines": masked_lines(kind, sent.lines) if sent else [],
        "explanations": sent.explanations if sent else {},
        "remarks": [{"field": one.field, "line": one.line, "text": one.text} for one in remarks],
    }


def rate_out(key: str, name: dict[str, str], period: str, rates: Rates, scored: bool, place: int | None) -> Any:
    """One line of rates."""
    return {
        "key": key, "name": name, "period": period, "asked": rates.asked, "filed": rates.filed, "missing": rates.missing,
        "passed": rates.passed, "returned": rates.returned, "rate": rates.rate if scored else None,
        "on_time_rate": rates.on_time_rate if scored else None,
        "unchanged_rate": rates.unchanged_rate if scored else None, "place": place if scored else None,
    }  # fmt: skip


def _seen(request: HttpRequest, pk: int) -> Report:
    row: Report = found(queries.reports(request.user).filter(pk=pk).first())
    return row


@router.get("/reporting/rounds", response={200: list[RoundOut], **REFUSALS}, operation_id="list_rounds")
@paginate(Paged)
def reporting_rounds(request: HttpRequest, form: Word = Query("", description="code of a form")) -> Any:
    """The rounds that concern you, the newest first."""
    rows = queries.rounds(request.user)
    return Shaped(rows.filter(form=form) if form else rows, round_out)


@router.get("/reporting/rounds/{int:round_id}", response={200: RoundOut, **REFUSALS}, operation_id="get_round")
def reporting_round(request: HttpRequest, round_id: Key) -> Any:
    """One round."""
    return round_out(found(queries.rounds(request.user).filter(pk=round_id).first()))


@router.get("/reporting/reports", response={200: list[ReportOut], **REFUSALS}, operation_id="list_reports")
@paginate(Paged)
def reporting_reports(
    request: HttpRequest,
    form: Word = Query("", description="code of a form"),
    period: Word = Query("", description="2025-W30"),
    state: Word = Query("", description="asked, sent, returned, passed or excused"),
    county: Word = Query("", description="code of the county where the firm was asked"),
    mine: bool = Query(False, description="only those that wait for your units"),
) -> Any:
    """The reports of firms in your sight as one of the administration."""
    rows = queries.waiting(request.user) if mine else queries.reports(request.user).order_by("-round__opens_at", "pk")
    wanted = {"round__form": form, "round__period": period, "state": state, "county__code": county}
    return Shaped(rows.filter(**{key: value for key, value in wanted.items() if value}), report_out)


@router.get("/reporting/reports/{int:report_id}", response={200: ReportDetail, **REFUSALS}, operation_id="get_report")
def reporting_report(request: HttpRequest, report_id: Key) -> Any:
    """One report with what was sent last."""
    return detail_out(_seen(request, report_id))


@router.post(
    "/reporting/reports/{int:report_id}/pass", response={200: ReportDetail, **REFUSALS}, operation_id="pass_report"
)
@idempotent
def pass_report(request: HttpRequest, report_id: Key, asked: Passing) -> Any:
    """Passes a report on to the next step, or for good where this was the last."""
    row = steps.pass_on(_seen(request, report_id), request.user, asked.sentence, seen=asked.seen)
    return detail_out(_seen(request, row.pk))


@router.post(
    "/reporting/reports/{int:report_id}/return", response={200: ReportDetail, **REFUSALS}, operation_id="return_report"
)
@idempotent
def return_report(request: HttpRequest, report_id: Key, asked: Returning) -> Any:
    """Sends a report back to the firm with a sentence and remarks."""
    remarks = [one.model_dump() for one in asked.remarks]
    row = steps.send_back(_seen(request, report_id), request.user, asked.sentence, remarks, seen=asked.seen)
    return detail_out(_seen(request, row.pk))


@router.get("/reporting/rates", response={200: list[RateOut], **REFUSALS}, operation_id="reporting_rates")
def reporting_rates(
    request: HttpRequest,
    form: Word = Query("", description="code of a form; default: the one with the newest round"),
    period: Word = Query("", description="default: the latest that is due"),
    unit: int | None = Query(None, ge=1, le=2**63 - 1, description="the bureau that asks"),
    by: Literal["county", "township", "list"] = "county",
) -> Any:
    """Reporting rate, on-time rate and share reported unchanged, all in your sight first, then line by line."""
    offered = [
        (code, where) for code, where in queries.offered(request.user)
        if form in ("", code) and unit in (None, where.pk)
    ]  # fmt: skip
    if not offered:
        return []
    code, where = offered[0]
    chosen = queries.round_at(code, where, period) if period else queries.shown_first(queries.last_periods(code, where))
    if chosen is None:
        return []
    board = queries.board(request.user, code, where, [chosen.period], chosen.period, by)
    scored = chosen.period in board.scored
    everything = {"zh": "合计", "en": "all in sight"}
    lines = [rate_out("", everything, chosen.period, board.now(), scored, None)]
    for line in board.lines:
        name = {"zh": line.name, "en": line.name_en}
        place = None if board.whole else line.place  # counties alone have one
        lines.append(rate_out(line.key, name, chosen.period, line.at(chosen.period), scored, place))
    return lines


@router.get("/feed/reports", response={200: FeedOut[ReportOut], **REFUSALS}, operation_id="feed_reports")
def feed_reports(request: HttpRequest, asked: Query[FeedIn]) -> Any:
    """The reports in your sight in the order of their last change."""
    return Feed(queries.reports(request.user), "updated_at", report_out).piece(asked)
