"""Cases through the API: list, feed, one case with all that is known of it, templates.

Annotations are evaluated here (no postponed ones): ninja's pagination reads them where their names are unknown.
"""

from datetime import date, datetime
from decimal import Decimal
from typing import Any, Literal

from django.http import HttpRequest
from ninja import Query, Router, Schema
from ninja.pagination import paginate
from pydantic import Field

from commercebrain.desk.cases import queries
from commercebrain.desk.cases.actions import hand_over_paper
from commercebrain.desk.cases.causes import causes_of
from commercebrain.desk.cases.declared import template_of, templates
from commercebrain.desk.cases.lost import lost_out
from commercebrain.desk.cases.models import Case, CaseFirm, Clock, FollowUp, Paper
from commercebrain.desk.cases.pages import how_counted
from commercebrain.desk.cases.results import amounts_open
from commercebrain.desk.cases.rights import reads_inside
from commercebrain.desk.cases.standing import standing
from commercebrain.desk.cases.values import shown_to_firm
from commercebrain.desk.core.rest import REFUSALS, Feed, FeedIn, FeedOut, Paged, Shaped, found
from commercebrain.desk.core.rest.shapes import (
    Key,
    Names,
    PersonRef,
    RegionOut,
    UnitRef,
    Word,
    person_ref,
    region_out,
    unit_ref,
)
from commercebrain.engine.cases.gates import Missing
from commercebrain.engine.registers import masked

router = Router(tags=["cases"])
FILE = {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}, "example": "%PDF-1.7 …"}}
State = Literal["open", "closed", "withdrawn"]


class CaseOut(Schema):
    """A case: what it is, who answers for it, where it stands."""

    id: int = Field(examples=[12])
    template: str = Field(description="code of its template", examples=["warning_response"])
    number: str = Field(examples=["示预〔2025〕12号"])
    title: Names = Field(examples=[{"zh": "在手订单下降", "en": "Orders fall"}])
    unit: UnitRef
    region: RegionOut | None
    uscc: str = Field(description="credit code of its firm; empty for none", examples=["91990100MA0000000D"])
    officer: PersonRef | None = Field(description="who is in charge; none yet, or not told to a firm")
    level: str = Field(
        description="the gravest of the signals in its hands, it never falls: note 提示, watch 关注, close_watch 重点关注"
    )
    origin: str = Field(description="what opened it", examples=["warnings.signal:12"])
    stage: str = Field(examples=["acknowledged"])
    stage_name: Names
    state: State
    outcome: str
    synthetic: bool
    opened_on: date
    stage_since: datetime
    closed_on: date | None
    version: int = Field(description="send it as `version` where you change the case")
    updated_at: datetime


class CaseClockOut(Schema):
    """A clock of a case."""

    id: int
    code: str = Field(examples=["contact"])
    name: Names
    calendar: str = Field(description="`CN`, or the authority abroad whose working days count", examples=["CN"])
    zone: str = Field(examples=["Asia/Shanghai"])
    started_at: datetime
    due_at: datetime
    met_at: datetime | None
    dropped_at: datetime | None = Field(description="what it waited for will not come any more")
    paused: bool
    how: Names | None = Field(
        description="what is to be known of `due_at`: a year whose holidays are not announced yet, or whose holidays count"
    )


class CaseMissingOut(Schema):
    """Something that is missing for a move."""

    what: Literal["field", "paper", "firms"]
    code: str = Field(examples=["finding"])
    name: Names


class CaseMoveOut(Schema):
    """A transition that you may take, and what it still needs."""

    code: str = Field(examples=["contact"])
    name: Names
    to: str = Field(examples=["contacted"])
    ready: bool
    needs_sentence: bool
    missing: list[CaseMissingOut]
    why: Names | None = Field(description="why its condition does not hold")


class CaseFirmOut(Schema):
    """A firm that the case names."""

    id: int
    uscc: str
    name: Names
    values: dict[str, Any]
    told_at: datetime | None
    version: int


class CaseNoteOut(Schema):
    """A comment or a decision."""

    id: int
    kind: Literal["comment", "decision"]
    text: str
    internal: bool
    at: datetime
    by: PersonRef | None


class CasePaperOut(Schema):
    """A document of the case."""

    id: int
    name: str
    purpose: str
    size: int
    sha256: str
    internal: bool
    foreign: bool
    approval: Literal["none", "draft", "asked", "approved", "refused"]
    added_at: datetime


class FollowUpOut(Schema):
    """What the firm's own figures said so many months after the measure."""

    periods: int
    figure: str
    first: str = Field(examples=["2025-08"])
    last: str
    due_on: date
    before: float | None = Field(description="null where nothing is known yet, or where it is withheld")
    after: float | None
    expected: float | None = Field(description="had nothing been done, as known when the case was opened")
    expected_by: str = Field(description="forecast, year_before, none; empty while nothing is known yet")
    withheld: bool = Field(description="whether you are not cleared for its amounts: customs figures of a single firm")
    result: str
    as_of: date | None


class CauseOut(Schema):
    """A signal in the hands of the case; its evidence is told by `/signals`."""

    origin: str = Field(examples=["warnings.signal:12"])
    rule: str
    level: str = Field(description="note, watch or close_watch")
    sentence: Names
    since: date
    ended: str = Field(description="why it is closed; empty while it is open")


class CaseChangeOut(Schema):
    """A change of stage."""

    source: str
    target: str
    transition: str
    sentence: str
    renewed: dict[str, Any] = Field(description="what stood in the fields that began anew with it, by code")
    at: datetime
    by: PersonRef | None


class LostMonthOut(Schema):
    """A month of the exports that a trade-remedy case is about, in yuan."""

    month: str = Field(examples=["2025-07"])
    actual: Decimal | None = Field(description="none where the month is missing")
    expected: Decimal | None = Field(description="without the case; since the initiation only")
    low80: Decimal | None
    high80: Decimal | None


class LostTradeOut(Schema):
    """The trade that a trade-remedy case cost, estimated: expected less actual exports since the initiation, in yuan."""

    missing: list[str] = Field(description="codes of the fields that it needs", examples=[["products"]])
    fault: Names | None = Field(description="why it cannot be made")
    withheld: bool = Field(description="you are not cleared for firm-level customs data")
    method: Literal["forecast", "year_before", "none"] | None = Field(
        None, description="how the expected value was made"
    )
    sentence: Names | None = None
    how: Names | None = None
    goods: list[str] = Field([], description="codes of 2, 4 or 6 digits", examples=[["690721"]])
    whole_chapters: bool = Field(
        False, description="goods are the chapters that hold those of the case: finer ones need clearance"
    )
    countries: list[str] = Field([], examples=[["DEU", "FRA"]])
    region: str = Field("", examples=["990100"])
    expected: Decimal | None = None
    actual: Decimal | None = None
    lost: Decimal | None = Field(None, description="below nought where more was exported than expected")
    low80: Decimal | None = None
    high80: Decimal | None = None
    unknown: list[str] = Field([], description="months since the initiation that are missing and left out")
    months: list[LostMonthOut] = Field(description="from twelve before the initiation to the latest")
    synthetic: bool = False
    as_of: date | None = None


class CaseDetail(CaseOut):
    """A case with its fields, clocks, moves, firms, notes, documents, follow-ups and history, as far as you may read them."""

    values: dict[str, Any] = Field(description="by code of the field; personal ones are masked")
    clocks: list[CaseClockOut]
    moves: list[CaseMoveOut] = Field(description="what you may do now")
    firms: list[CaseFirmOut]
    notes: list[CaseNoteOut]
    papers: list[CasePaperOut]
    causes: list[CauseOut] = Field(
        description="signals that it was opened for or that joined it, as far as you see them"
    )
    follow_ups: list[FollowUpOut]
    lost_trade: LostTradeOut | None = Field(description="of a trade-remedy case, for the administration")
    history: list[CaseChangeOut]


class TemplateField(Schema):
    """A field of a template."""

    code: str
    name: Names
    type: str
    unit: str | None
    choices: dict[str, Names]
    firm_enters: bool


class CaseTemplateOut(Schema):
    """A kind of case that you may start."""

    code: str = Field(examples=["firm_request"])
    name: Names
    definition: Names
    stages: dict[str, Names]
    fields: list[TemplateField]


def case_out(row: Case, inside: bool = True) -> dict[str, Any]:
    """A case as the API tells it; ``inside``: to one of the administration."""
    stage = template_of(row).stages[row.stage]
    return {
        "id": row.pk, "template": row.template, "number": row.number, "title": {"zh": row.title_zh, "en": row.title_en},
        "unit": unit_ref(row.unit), "region": region_out(row.region), "uscc": row.enterprise.uscc if row.enterprise else "",
        "officer": person_ref(row.officer) if inside else None, "level": row.level, "origin": row.origin if inside else "",
        "stage": row.stage, "stage_name": stage.name.model_dump(), "state": row.state, "outcome": row.outcome,
        "synthetic": row.synthetic, "opened_on": row.opened_on, "stage_since": row.stage_since, "closed_on": row.closed_on,
        "version": row.version, "updated_at": row.updated_at,
    }  # fmt: skip


def _case_out(request: HttpRequest) -> Any:
    inside = set(queries.desk_cases(request.user).order_by().values_list("pk", flat=True)) if _firms(request) else None
    return lambda row: case_out(row, inside is None or row.pk in inside)


def _firms(request: HttpRequest) -> bool:
    from commercebrain.desk.core.clock import today
    from commercebrain.desk.people.models import Right
    from commercebrain.desk.people.scopes import extent_of

    return bool(extent_of(request.user, Right.SEE, today()).firms)


def clock_out(clock: Clock, case: Case) -> dict[str, Any]:
    """A clock as the API tells it."""
    declared = template_of(case).clocks.get(clock.code)
    name = declared.name.model_dump() if declared else {"zh": clock.code, "en": clock.code}
    told = {
        key: getattr(clock, key) for key in ("code", "calendar", "zone", "started_at", "due_at", "met_at", "dropped_at")
    }
    how = how_counted(clock)
    told["how"] = how.model_dump() if how is not None else None
    return {"id": clock.pk, "name": name, **told, "paused": any(one.until is None for one in clock.pauses.all())}


def missing_out(one: Missing) -> dict[str, Any]:
    """Something missing, as the API tells it."""
    return {"what": one.what, "code": one.code, "name": one.name.model_dump()}


def paper_out(paper: Paper) -> dict[str, Any]:
    """A document as the API tells it."""
    told = {key: getattr(paper, key) for key in ("purpose", "internal", "foreign", "approval", "added_at")}
    kept = paper.attachment
    return {"id": paper.pk, "name": kept.name, "size": kept.size, "sha256": kept.sha256, **told}


def firm_out(row: CaseFirm, fields: Any, inside: bool) -> dict[str, Any]:
    """A firm of a case as the API tells it."""
    firm = row.enterprise
    values = _masked(fields, row.values if inside else shown_to_firm(fields, row.values), inside)
    names = {"zh": firm.name_zh, "en": firm.name_en or firm.name_zh}
    return {
        "id": row.pk, "uscc": firm.uscc, "name": names, "values": values, "told_at": row.told_at, "version": row.version,
    }  # fmt: skip


def follow_up_out(one: FollowUp, person: Any) -> dict[str, Any]:
    """A follow-up as the API tells it: amounts only for whoever is cleared for them."""
    told = {key: getattr(one, key) for key in ("periods", "figure", "first", "last", "due_on", "result", "as_of")}
    shown = amounts_open(one, person)
    amounts = {key: getattr(one, key) if shown else None for key in ("before", "after", "expected")}
    how = (one.details.get("expected") or {}).get("method", "")
    return {**told, **amounts, "expected_by": how, "withheld": not shown}


def _masked(fields: Any, values: Any, inside: bool) -> dict[str, Any]:
    return {
        code: masked(fields[code], value) if code in fields and fields[code].personal and inside else value
        for code, value in values.items()
    }


def case_detail(case: Case, person: Any) -> dict[str, Any]:
    """One case with all that a person may read of it."""
    inside, template, stands = reads_inside(person, case), template_of(case), standing(case)
    values = case.values if inside else shown_to_firm(template.by_code, case.values)
    ways = [
        {
            "code": one.code, "name": one.transition.name.model_dump(), "to": one.transition.to, "ready": one.ready,
            "needs_sentence": one.transition.sentence, "missing": [missing_out(each) for each in one.missing],
            "why": one.why.model_dump() if one.why else None,
        }
        for one in stands.moves(person)
    ]  # fmt: skip
    return {
        **case_out(case, inside),
        "values": _masked(template.by_code, values, inside),
        "clocks": [clock_out(one, case) for one in queries.clocks(case)],
        "moves": ways,
        "firms": [firm_out(one, template.firm_by_code, inside) for one in queries.firms(case, person)],
        "notes": [
            {
                "id": one.pk, "kind": one.kind, "text": one.text, "internal": one.internal, "at": one.at,
                "by": person_ref(one.by) if inside else None,
            }
            for one in queries.notes(case, person)
        ],
        "papers": [paper_out(one) for one in queries.papers(case, person)],
        "causes": [
            {key: getattr(one, key) for key in ("origin", "rule", "level", "sentence", "since", "ended")}
            for one in (causes_of(case, person).seen if inside else ())
        ],
        "follow_ups": [follow_up_out(one, person) for one in queries.follow_ups(case, person)],
        "lost_trade": lost_out(case, person) if inside else None,
        "history": [
            {
                "source": one.source, "target": one.target, "transition": one.transition,
                "sentence": one.sentence if inside else "", "at": one.at, "by": person_ref(one.by) if inside else None,
                "renewed": _masked(
                    template.by_code, one.renewed if inside else shown_to_firm(template.by_code, one.renewed), inside
                ),
            }
            for one in queries.history(case)
        ],
    }  # fmt: skip


@router.get("/cases", response={200: list[CaseOut], **REFUSALS}, operation_id="list_cases")
@paginate(Paged)
def cases(
    request: HttpRequest,
    template: Word | None = Query(None, examples=["warning_response"]),
    state: State | None = None,
    stage: Word | None = None,
    unit: Key | None = Query(None, description="who answers for it"),
    uscc: Word | None = Query(None, description="credit code of its firm"),
    mine: bool = Query(False, description="those that you are in charge of"),
    late: bool = Query(False, description="those that are past a clock"),
) -> Any:
    """The cases in your sight, the newest first."""
    rows = queries.mine(request.user) if mine else queries.cases(request.user)
    wanted = {"template": template, "state": state, "stage": stage, "unit_id": unit, "enterprise__uscc": uscc}
    rows = rows.filter(**{key: value for key, value in wanted.items() if value is not None})
    if late:
        rows = rows.filter(pk__in=queries.past_clock(request.user).order_by().values("pk"))
    return Shaped(rows, _case_out(request))


@router.get("/feed/cases", response={200: FeedOut[CaseOut], **REFUSALS}, operation_id="feed_cases")
def feed_cases(
    request: HttpRequest, asked: Query[FeedIn], template: Word | None = Query(None, examples=["warning_response"])
) -> Any:
    """The cases in your sight as they change, the oldest change first."""
    rows = queries.cases(request.user)
    if template is not None:
        rows = rows.filter(template=template)
    return Feed(rows, "updated_at", _case_out(request)).piece(asked)


@router.get("/cases/templates", response={200: list[CaseTemplateOut], **REFUSALS}, operation_id="list_case_templates")
def case_templates(request: HttpRequest) -> Any:
    """The kinds of cases that you may start, with their fields."""
    known = {one.code for one in queries.startable(request.user)}
    return [
        {
            "code": code, "name": one.name.model_dump(), "definition": one.definition.model_dump(),
            "stages": {stage: held.name.model_dump() for stage, held in one.stages.items()},
            "fields": [
                {
                    "code": field.code, "name": field.name.model_dump(), "type": field.type, "unit": field.unit,
                    "choices": {key: words.model_dump() for key, words in field.choices.items()},
                    "firm_enters": field.firm_enters,
                }
                for field in one.fields
            ],
        }
        for code, one in templates().items()
        if code in known
    ]  # fmt: skip


@router.get("/cases/{int:case}", response={200: CaseDetail, **REFUSALS}, operation_id="get_case")
def case(request: HttpRequest, case: int) -> Any:
    """One case: how it stands, what you may do, what is missing for it."""
    return case_detail(found(queries.find(request.user, case)), request.user)


@router.get(
    "/cases/{int:case}/papers/{int:paper}", response=REFUSALS, operation_id="get_case_paper",
    openapi_extra={"responses": {200: {"description": "OK", "content": FILE}}},
)  # fmt: skip
def case_paper(
    request: HttpRequest,
    case: int,
    paper: int,
    to_send: bool = Query(False, description="to send it abroad, which only an approved paper may be"),
) -> Any:
    """The file of a document."""
    row = found(queries.find(request.user, case))
    held = found(queries.papers(row, request.user).filter(pk=paper).first())
    return hand_over_paper(held, request.user, to_send=to_send)
