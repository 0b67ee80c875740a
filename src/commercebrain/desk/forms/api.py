"""Reports of a firm through the API, for its own ERP: what is due, the form filled in already, sending, how it stands.

Annotations are evaluated here (no postponed ones): ninja's pagination reads them where their names are unknown.
"""

from datetime import datetime
from typing import Annotated, Any, Literal

from django.http import HttpRequest
from ninja import Query, Router, Schema, Status
from ninja.pagination import paginate
from pydantic import ConfigDict, Field, StringConstraints

from commercebrain.desk.core import reader
from commercebrain.desk.core.rest import REFUSALS, Paged, Shaped, found, idempotent
from commercebrain.desk.core.rest.shapes import CLEAN, Asked, Flag, Names, UnitRef, Word, unit_ref
from commercebrain.desk.forms.filing import actions, queries
from commercebrain.desk.forms.filing.closed import closed
from commercebrain.desk.forms.filing.listing import report_state
from commercebrain.desk.forms.filing.reading import Before, known_before
from commercebrain.desk.forms.filing.views import receipt_number
from commercebrain.desk.forms.models import Report, Submission
from commercebrain.desk.forms.moment import now
from commercebrain.desk.forms.personal import masked_answers, masked_lines
from commercebrain.engine.forms.kinds import FormKind, Question

router = Router(tags=["filing"])
State = Literal["not_yet", "due", "overdue", "filed", "returned", "passed", "excused"]
Plain = Annotated[float, Field(strict=True, allow_inf_nan=False, ge=-1e15, le=1e15)]
Whole = Annotated[int, Field(strict=True, ge=-(10**15), le=10**15)]
Text = Annotated[str, StringConstraints(max_length=5_000, pattern=CLEAN)]
Ticks = Annotated[list[Word], Field(max_length=100)]
Value = Text | Flag | Whole | Plain | Ticks | None
Answers = Annotated[dict[Word, Value], Field(max_length=200)]
LineIn = Annotated[dict[Word, Text | Flag | Whole | Plain | None], Field(max_length=60)]
Sentence = Annotated[str, StringConstraints(max_length=300, pattern=CLEAN)]


class FilingOut(Schema):
    """A report that is asked of a firm."""

    id: int = Field(examples=[31])
    form: str = Field(description="code of the form", examples=["order_report"])
    name: Names = Field(examples=[{"zh": "企业订单情况表", "en": "Order report"}])
    period: str = Field(examples=["2025-W30"])
    uscc: str = Field(description="of the firm", examples=["91990100MA0000000D"])
    state: State = Field(
        description="not_yet 未到期, due 待报, overdue 逾期, filed 已报, returned 退回, passed 通过, excused 免报"
    )
    open: bool = Field(description="whether it can be sent now")
    opens_at: datetime
    due_at: datetime
    locks_at: datetime
    approval: str = Field(description="批准文号; empty: nobody is reminded or scored", examples=["示例批准文号"])
    first_sent_at: datetime | None
    on_time: bool | None
    unit: UnitRef | None = Field(description="who handles it now")
    version: int


class QuestionOut(Schema):
    """A question, or a column of the lines."""

    code: str = Field(examples=["orders_in_hand"])
    name: Names = Field(examples=[{"zh": "在手订单", "en": "Orders in hand"}])
    type: str = Field(examples=["decimal"])
    unit: str | None = Field(examples=["万美元"])
    required: bool
    choices: dict[str, Names] = Field(examples=[{}])


class FilingRemark(Schema):
    """What an office found wrong: at a question, at a line (from 1), or at neither."""

    question: str = Field(examples=["orders_in_hand"])
    line: int | None
    text: str = Field(examples=["请核对单位是否为万美元"])


class FilledOut(FilingOut):
    """The same with the form: its questions, and what stands in them already."""

    questions: list[QuestionOut]
    lines: list[QuestionOut] = Field(description="columns of the lines; empty where no lines are asked of the firm")
    answers: dict[str, Any] = Field(
        description="what was sent last in this round, else what is known: from last time or by the bureau",
        examples=[{"orders_in_hand": "120", "cover": "from_1_to_3", "first_market": "USA"}],
    )
    origins: dict[str, str] = Field(
        description="where an answer that was filled in came from: `last`, or `known`",
        examples=[{"orders_in_hand": "last"}],
    )
    line_values: list[dict[str, Any]] = Field(description="the lines that stand there already")
    unchanged: int = Field(description="how many reports in a row said “no change” until now")
    must_say_why: bool = Field(description="“no change” needs the answer to `unchanged_question` now")
    unchanged_question: QuestionOut | None
    closed: str = Field(description="why it cannot be sent, in the reader's language; empty where it can")
    remarks: list[FilingRemark]


class SubmissionOut(Schema):
    """One sending, as it was received."""

    id: int
    number: int = Field(description="within its report, from 1", examples=[1])
    receipt: str = Field(description="number of the receipt", examples=["2025-W30-000031-1"])
    sent_at: datetime
    answers: dict[str, Any]
    lines: list[dict[str, Any]]
    explanations: dict[str, str]
    unchanged: bool
    reused: int = Field(description="answers that were filled in already and left so")
    channel: Literal["page", "file", "api", "staff"]
    repeated: bool = Field(False, description="this very content had been received before: it is that submission")


class Sending(Asked):
    """A report as it is sent. Values are read as on the page: numbers or texts, choices by code or in words."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "answers": {
                        "orders_in_hand": 150, "trend": "more", "cover": "from_1_to_3", "first_market": "USA",
                        "difficulties": ["tariffs"],
                    },
                }
            ]
        }
    )  # fmt: skip
    answers: Answers = Field(default_factory=dict, description="by code of the question")
    lines: list[LineIn] = Field(default_factory=list, max_length=50_000, description="by code of the column")
    explanations: dict[Word, Sentence] = Field(
        default_factory=dict, max_length=200,
        description="by the code that a refusal names (`errors[].name`): why a value is right all the same; `lines.<check>` "
        "explains it for all lines, `reply` answers the office that sent the report back",
    )  # fmt: skip
    unchanged: Flag = Field(False, description="“no change”: answers and lines are those of last time")


def filing_out(report: Report) -> dict[str, Any]:
    """A report as the API tells it."""
    round_ = report.round
    return {
        "id": report.pk, "form": round_.form, "name": queries.declared(round_).name.model_dump(), "period": round_.period,
        "uscc": report.enterprise.uscc, "state": str(report_state(report)), "open": closed(report, now()) is None,
        "opens_at": round_.opens_at, "due_at": round_.due_at, "locks_at": round_.locks_at, "approval": round_.approval,
        "first_sent_at": report.first_sent_at, "on_time": report.on_time, "unit": unit_ref(report.unit),
        "version": report.version,
    }  # fmt: skip


def question_out(one: Question) -> dict[str, Any]:
    """A question as the API tells it."""
    choices = {code: words.model_dump() for code, words in one.choices.items()}
    return {
        "code": one.field, "name": one.short.model_dump(), "type": one.type, "unit": one.unit, "required": one.required,
        "choices": choices,
    }  # fmt: skip


def submission_out(sent: Submission, own: bool) -> dict[str, Any]:
    """A submission as the API tells it; personal answers are masked for everybody but the firm's ``own`` user."""
    names = ("number", "sent_at", "explanations", "unchanged", "reused", "channel")
    told = {name: getattr(sent, name) for name in names}
    told["answers"], told["lines"] = _seen(queries.declared(sent.report.round), sent.answers, sent.lines, own)
    return {
        "id": sent.pk, "receipt": receipt_number(sent), "repeated": bool(getattr(sent, "repeated", False)), **told,
    }  # fmt: skip


def _seen(kind: FormKind, answers: Any, lines: Any, own: bool) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Answers and lines as the reader may see them."""
    if own:
        return dict(answers), list(lines)
    return masked_answers(kind, answers), masked_lines(kind, lines)


def _filled(report: Report, kind: FormKind, before: Before, own: bool) -> dict[str, Any]:
    sent = queries.latest(report) if report.first_sent_at else None
    answers = before.values if sent is None else sent.answers
    answers, line_values = _seen(kind, answers, before.lines if sent is None else sent.lines, own)
    reason, asks = closed(report, now()), kind.unchanged_question
    lines = kind.lines.fields if kind.lines is not None and before.asks_lines else ()
    return {
        **filing_out(report),
        "questions": [question_out(one) for one in kind.questions],
        "lines": [question_out(one) for one in lines],
        "answers": answers,
        "origins": {} if sent is not None else {code: before.origin(code) for code in before.values},
        "line_values": line_values,
        "unchanged": before.last.unchanged if before.last else 0,
        "must_say_why": before.must_say_why,
        "unchanged_question": question_out(asks) if asks else None,
        "closed": reason.say(reader.language()) if reason else "",
        "remarks": [
            {"question": one.field, "line": one.line, "text": one.text}
            for one in (queries.remarks(report) if report.state == Report.State.RETURNED else [])
        ],
    }


@router.get("/filing/reports", response={200: list[FilingOut], **REFUSALS}, operation_id="list_own_reports")
@paginate(Paged)
def own_reports(
    request: HttpRequest,
    waiting: bool = Query(False, description="only those that wait to be filled in or corrected"),
    form: Word = Query("", description="code of a form"),
) -> Any:
    """The reports asked of the firms whose user you are, the latest first."""
    rows = queries.own_reports(request.user).select_related("unit")
    if waiting:
        rows = rows.filter(state__in=(Report.State.ASKED, Report.State.RETURNED), round__opens_at__lte=now())
    if form:
        rows = rows.filter(round__form=form)
    return Shaped(rows, filing_out)


@router.get("/filing/reports/{int:report}", response={200: FilledOut, **REFUSALS}, operation_id="get_own_report")
def own_report(request: HttpRequest, report: int) -> Any:
    """One report: how it stands, its questions, what stands in them already, what an office remarked."""
    row = found(queries.find(request.user, report))
    kind = queries.declared(row.round)
    own = queries.for_own_firm(request.user, row)
    return _filled(row, kind, known_before(row, kind, own), own)


@router.get(
    "/filing/reports/{int:report}/submissions", response={200: list[SubmissionOut], **REFUSALS},
    operation_id="list_submissions",
)  # fmt: skip
@paginate(Paged)
def submissions(request: HttpRequest, report: int) -> Any:
    """What was sent in one report, the latest first."""
    row = found(queries.find(request.user, report))
    own = queries.for_own_firm(request.user, row)
    return Shaped(queries.submissions(row).select_related("report__round"), lambda sent: submission_out(sent, own))


@router.post(
    "/filing/reports/{int:report}/submissions", response={201: SubmissionOut, **REFUSALS}, operation_id="send_report"
)
@idempotent
def send_report(request: HttpRequest, report: int, asked: Sending) -> Any:
    """Sends a report. Everything that is wrong is told at once; the same content sent twice is one submission.

    A refusal names in `errors` the question (`cover`), the field of a line (`lines.2.product`), or under
    `explanations.<code>` what wants a sentence.
    """
    row = found(queries.find(request.user, report))
    sent = actions.send(
        row, request.user, asked.answers, asked.lines, asked.explanations, channel=Submission.Channel.API,
        unchanged=asked.unchanged,
    )  # fmt: skip
    sent.report = row
    return Status(201, submission_out(sent, queries.for_own_firm(request.user, row)))
