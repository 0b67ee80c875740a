"""Changes of cases through the API: starting, moving, filling in, comments, documents.

Annotations are evaluated here (no postponed ones): ninja reads them where their names are unknown.
"""

from typing import Annotated, Any, Literal

from django.http import HttpRequest
from ninja import File, Form, Schema, Status
from ninja.files import UploadedFile
from pydantic import ConfigDict, Field, StringConstraints

from commercebrain.desk.cases import actions, queries
from commercebrain.desk.cases.api import CaseDetail, CaseNoteOut, CasePaperOut, case_detail, paper_out, router
from commercebrain.desk.cases.declared import template as declared
from commercebrain.desk.cases.rights import reads_inside
from commercebrain.desk.core.clock import today
from commercebrain.desk.core.rest import REFUSALS, found, idempotent
from commercebrain.desk.core.rest.shapes import CLEAN, Asked, Flag, Id, Line, Version, Word, person_ref
from commercebrain.desk.people.models import Right, Unit
from commercebrain.desk.people.scopes import extent_of, memberships_held
from commercebrain.desk.registry.models import Enterprise, Region
from commercebrain.engine.errors import UserError

Plain = Annotated[float, Field(strict=True, allow_inf_nan=False, ge=-1e15, le=1e15)]
Whole = Annotated[int, Field(strict=True, ge=-(10**15), le=10**15)]
Said = Annotated[str, StringConstraints(max_length=5_000, pattern=CLEAN)]
Values = Annotated[dict[Word, Said | Flag | Whole | Plain | None], Field(max_length=200)]
Title = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=CLEAN)]
Note = Annotated[str, StringConstraints(min_length=1, max_length=2_000, pattern=CLEAN)]


class CaseStarting(Asked):
    """A case to start. A firm's user leaves `unit` and `region` out: it starts where its firm belongs."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "template": "firm_request",
                    "title": "参展诉求",
                    "values": {"topic": "market", "wish": "希望参加广交会"},
                }
            ]
        }
    )
    template: Word = Field(description="code of a template: see `/cases/templates`")
    title: Title
    uscc: Word = Field("", description="credit code of the firm that it is about")
    unit: Id | None = Field(None, description="where it begins; who answers follows from the template")
    region: Word = Field("", description="code of its region; that of the firm or the unit where it is left out")
    values: Values = Field(default_factory=dict, description="fields, by code")
    firms: list[Word] = Field(
        default_factory=list, max_length=2_000, description="credit codes of further firms it names"
    )


class CaseMoving(Asked):
    """A transition to take, with the fields that are filled in on the way."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"transition": "acknowledge", "version": 1}]})
    transition: Word
    version: Version
    values: Values = Field(default_factory=dict)
    sentence: Line = ""


class CaseFilling(Asked):
    """Fields to fill in; an empty text empties a field."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"values": {}, "version": 1}]})
    values: Values
    version: Version


class CaseNoting(Asked):
    """A comment, or a decision."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"text": "已电话联系企业"}]})
    text: Note
    kind: Literal["comment", "decision"] = "comment"
    internal: Flag = Field(True, description="not shown to the firm; what a firm's user says never is")


class CasePaperAdding(Schema):
    """What a document is for."""

    purpose: Word = Field(description="one of the template's")
    internal: bool = Field(False, description="not shown to the firm")
    foreign: bool = Field(False, description="meant for authorities abroad: needs an approval")


class CasePaperDeciding(Asked):
    """A decision on a document that is meant for abroad."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"approve": True}]})
    approve: Flag
    sentence: Line = ""


def _case(request: HttpRequest, pk: int) -> Any:
    return found(queries.find(request.user, pk))


@router.post("/cases", response={201: CaseDetail, **REFUSALS}, operation_id="start_case")
@idempotent
def start_case(request: HttpRequest, asked: CaseStarting) -> Any:
    """Starts a case: an office for its own work, a firm's user a request."""
    declared(asked.template)
    extent = extent_of(request.user, Right.ENTER, today())
    firm = _firm(request, asked.uscc) if asked.uscc else None
    if firm is None and extent.firms and not extent.units and not extent.everything:
        firm = Enterprise.objects.filter(pk__in=extent.firms).select_related("unit", "region").order_by("pk").first()
    unit = _unit(request, asked.unit, firm)
    region = firm.region if firm is not None else unit.region
    if asked.region:
        region = Region.objects.filter(code=asked.region).first()
        if region is None:
            raise _unknown("region", f"没有代码为“{asked.region}”的地区。", f"There is no region “{asked.region}”.")
    named = [_firm(request, code) for code in asked.firms]
    case = actions.start(
        asked.template, unit=unit, region=region, title=asked.title, person=request.user, enterprise=firm,
        values=asked.values, firms=named, synthetic=bool(firm and firm.synthetic),
    )  # fmt: skip
    return Status(201, case_detail(_case(request, case.pk), request.user))


def _firm(request: HttpRequest, code: str) -> Enterprise:
    row = Enterprise.objects.visible_to(request.user).filter(uscc=code.strip().upper(), merged_into=None)
    firm = row.select_related("unit", "region").first()
    if firm is None:
        raise _unknown("uscc", f"没有企业“{code}”，或您看不到它。", f"There is no firm “{code}” in your sight.")
    return firm


def _unit(request: HttpRequest, pk: int | None, firm: Enterprise | None) -> Unit:
    extent = extent_of(request.user, Right.ENTER, today())
    if pk is not None:
        if not extent.everything and pk not in extent.units:
            raise _unknown("unit", "您不能在这个单位立项。", "You cannot start a case at this unit.")
        return found(Unit.objects.filter(pk=pk, closed_on=None).select_related("region").first())
    if firm is not None and firm.unit is not None and (firm.pk in extent.firms or firm.unit_id in extent.units):
        return firm.unit
    held = [row.unit for row in memberships_held(request.user.pk, today()) if row.firm_id is None and row.role.enter]
    if firm is not None and firm.pk in extent.firms:
        held = [row.unit for row in memberships_held(request.user.pk, today()) if row.firm_id == firm.pk]
    if not held:
        raise _unknown("unit", "请写明在哪个单位立项。", "Say at which unit the case begins.")
    return held[0]


def _unknown(name: str, zh: str, en: str) -> UserError:
    fault = UserError("cases.unfit", zh, en)
    fault.status = 422
    fault.fields = {name: [(zh, en)]}
    return fault


@router.post("/cases/{int:case}/moves", response={200: CaseDetail, **REFUSALS}, operation_id="move_case")
@idempotent
def move_case(request: HttpRequest, case: int, asked: CaseMoving) -> Any:
    """Takes a transition. A refusal names in `errors` every field that is missing or does not fit."""
    row = _case(request, case)
    actions.move(row, request.user, asked.transition, values=asked.values, sentence=asked.sentence, seen=asked.version)
    return case_detail(_case(request, case), request.user)


@router.patch("/cases/{int:case}", response={200: CaseDetail, **REFUSALS}, operation_id="fill_case")
@idempotent
def fill_case(request: HttpRequest, case: int, asked: CaseFilling) -> Any:
    """Fills in fields where the case stands."""
    actions.fill(_case(request, case), request.user, asked.values, asked.version)
    return case_detail(_case(request, case), request.user)


@router.post("/cases/{int:case}/notes", response={201: CaseNoteOut, **REFUSALS}, operation_id="note_case")
@idempotent
def note_case(request: HttpRequest, case: int, asked: CaseNoting) -> Any:
    """Leaves a comment, or keeps a decision."""
    row = _case(request, case)
    act = actions.decide if asked.kind == "decision" else actions.comment
    note = act(row, request.user, asked.text, internal=asked.internal)
    told = {key: getattr(note, key) for key in ("kind", "text", "internal", "at")}
    by = person_ref(note.by) if reads_inside(request.user, row) else None
    return Status(201, {"id": note.pk, **told, "by": by})


@router.post("/cases/{int:case}/papers", response={201: CasePaperOut, **REFUSALS}, operation_id="add_case_paper")
@idempotent
def add_case_paper(request: HttpRequest, case: int, asked: Form[CasePaperAdding], file: File[UploadedFile]) -> Any:
    """Adds a document. The same file is stored once."""
    row = _case(request, case)
    paper = actions.add_paper(row, request.user, file, asked.purpose, internal=asked.internal, foreign=asked.foreign)
    return Status(201, paper_out(paper))


@router.post(
    "/cases/{int:case}/papers/{int:paper}/approval",
    response={200: CasePaperOut, **REFUSALS},
    operation_id="ask_case_paper",
)
@idempotent
def ask_case_paper(request: HttpRequest, case: int, paper: int) -> Any:
    """Asks that a document may go to authorities abroad."""
    row = _case(request, case)
    held = found(queries.papers(row, request.user).filter(pk=paper).first())
    return paper_out(actions.ask_paper(held, request.user))


@router.post(
    "/cases/{int:case}/papers/{int:paper}/decision",
    response={200: CasePaperOut, **REFUSALS},
    operation_id="decide_case_paper",
)
@idempotent
def decide_case_paper(request: HttpRequest, case: int, paper: int, asked: CasePaperDeciding) -> Any:
    """Approves or refuses it; never by who asked."""
    row = _case(request, case)
    held = found(queries.papers(row, request.user).filter(pk=paper).first())
    return paper_out(actions.decide_paper(held, request.user, approve=asked.approve, sentence=asked.sentence))
