"""Lists taken in from files, through the API: upload, which column is which, preview, apply, undo.

Annotations are evaluated here (no postponed ones): ninja's pagination reads them where their names are unknown.
"""

from datetime import datetime
from typing import Any, Literal

from django.http import Http404, HttpRequest
from ninja import File, Form, Router, Schema, Status
from ninja.files import UploadedFile
from ninja.pagination import paginate
from pydantic import ConfigDict, Field

from commercebrain.desk.core.imports import actions, find_importer
from commercebrain.desk.core.imports.declaring import Importer
from commercebrain.desk.core.models import ImportRow, ImportRun
from commercebrain.desk.core.rest import REFUSALS, Paged, Shaped, found, idempotent
from commercebrain.desk.core.rest.shapes import Asked, Flag, Names, Word
from commercebrain.engine.errors import UserError

router = Router(tags=["imports"])
State = Literal["new", "changed", "refused", "skipped", "added", "written", "undone", "kept"]


class ImportOut(Schema):
    """One file on its way into a register. Nothing is written before it is applied."""

    id: int = Field(examples=[8])
    importer: str = Field(examples=["registry.enterprises"])
    target: str = Field(description="which register, where one importer serves several", examples=[""])
    name: str = Field(description="of the file", examples=["企业.xlsx"])
    state: Literal["mapping", "ready", "applied", "undone"] = Field(
        description="mapping: say which column is which, or the comparison is still running"
    )
    headings: list[str] = Field(description="of the file's columns", examples=[["统一社会信用代码", "企业名称"]])
    mapping: list[str] = Field(
        description="for each heading the field that it is; empty: not read", examples=[["uscc", "name_zh"]]
    )
    fields: list[str] = Field(description="the fields that there are", examples=[["uscc", "name_zh", "region"]])
    counts: dict[str, int] = Field(examples=[{"new": 3, "changed": 1, "unchanged": 40, "refused": 0}])
    fault: dict[str, str] | None = Field(description="why the last step failed: code, zh, en")
    job: int | None = Field(description="the job of the last step")
    at: datetime


class ImportRowOut(Schema):
    """One row of the file that is new, changes something, or is refused."""

    row: int = Field(description="as a spreadsheet counts", examples=[2])
    sheet: str
    name: str
    state: State
    values: dict[str, Any]
    before: dict[str, Any] = Field(description="what the register says, or said before it was written")
    column: str = Field(description="heading of the column at fault")
    value: str = Field(description="what stands in it")
    why: Names = Field(description="why it is refused, skipped or kept")


class Sent(Asked):
    """Into which register a file goes."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"importer": "registry.enterprises"}]})
    importer: Word = Field(description="code of the importer", examples=["registry.enterprises", "registers.entries"])
    target: Word = Field("", description="code of the register, where one importer serves several")


class Mapped(Asked):
    """Which column is which: for each heading, in order, the field or an empty text."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"mapping": ["uscc", "name_zh", "region"]}]})
    mapping: list[Word] = Field(max_length=500)


class Undone(Asked):
    """How to undo."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"rest": False}]})
    rest: Flag = Field(False, description="undo the others where some rows were changed since")


def import_out(run: ImportRun, importer: Importer) -> dict[str, Any]:
    """An import."""
    keys = ("importer", "target", "name", "state", "headings", "mapping", "counts", "fault", "at")
    return {
        "id": run.pk, "job": run.job_id, "fields": list(importer.by_key), **{key: getattr(run, key) for key in keys},
    }  # fmt: skip


def row_out(row: ImportRow) -> dict[str, Any]:
    """A row."""
    keys = ("row", "sheet", "name", "state", "values", "before", "column", "value")
    return {"why": {"zh": row.why_zh, "en": row.why_en}, **{key: getattr(row, key) for key in keys}}


def _importer(request: HttpRequest, code: str, target: str) -> Importer:
    return found(find_importer(code, target, request.user))


def _run(request: HttpRequest, pk: int) -> tuple[ImportRun, Importer]:
    """One's own import: what a file holds was checked against that person's rights, so nobody else reads it."""
    run = ImportRun.objects.filter(person_id=request.user.pk, pk=pk).select_related("unit").first()
    if run is None:
        raise Http404
    return run, _importer(request, run.importer, run.target)


def _told(request: HttpRequest, pk: int) -> dict[str, Any]:
    return import_out(*_run(request, pk))


@router.get("/imports", response={200: list[ImportOut], **REFUSALS}, operation_id="list_imports")
@paginate(Paged)
def imports(request: HttpRequest) -> Any:
    """Your own imports, the newest first."""

    def shape(run: ImportRun) -> dict[str, Any]:
        return import_out(run, find_importer(run.importer, run.target) or Importer())

    return Shaped(ImportRun.objects.filter(person_id=request.user.pk), shape)


@router.post("/imports", response={201: ImportOut, **REFUSALS}, operation_id="upload_import")
@idempotent
def upload_import(request: HttpRequest, asked: Form[Sent], file: File[UploadedFile]) -> Any:
    """Takes an xlsx or csv file and begins to compare it with the register; nothing is written yet."""
    importer = _importer(request, asked.importer, asked.target)
    run = actions.upload(importer, file, request.user)
    return Status(201, _told(request, run.pk))


@router.get("/imports/{int:run}", response={200: ImportOut, **REFUSALS}, operation_id="get_import")
def get_import(request: HttpRequest, run: int) -> Any:
    """One import: where it stands, how many rows are new, changed, unchanged and refused."""
    return _told(request, run)


@router.get("/imports/{int:run}/rows", response={200: list[ImportRowOut], **REFUSALS}, operation_id="list_import_rows")
@paginate(Paged)
def import_rows(request: HttpRequest, run: int, state: State | None = None) -> Any:
    """The preview: the rows that are new, changed or refused; once applied, what became of each."""
    row, _importer = _run(request, run)
    rows = ImportRow.objects.filter(run=row)
    return Shaped(rows if state is None else rows.filter(state=state), row_out)


@router.post("/imports/{int:run}/mapping", response={202: ImportOut, **REFUSALS}, operation_id="map_import")
@idempotent
def map_import(request: HttpRequest, run: int, asked: Mapped) -> Any:
    """Says which column is which and begins the comparison anew."""
    row, importer = _run(request, run)
    actions.map_columns(row, importer, asked.mapping, request.user)
    return Status(202, _told(request, run))


@router.post("/imports/{int:run}/apply", response={202: ImportOut, **REFUSALS}, operation_id="apply_import")
@idempotent
def apply_import(request: HttpRequest, run: int) -> Any:
    """Writes what the preview shows, as one action; a row that somebody changed since is skipped and told."""
    row, _importer = _run(request, run)
    if row.state != ImportRun.State.READY:
        raise _not_now("imports.not_ready", "这次导入不在待应用状态。", "This import is not ready to apply.")
    actions.apply(row, request.user)
    return Status(202, _told(request, run))


@router.post("/imports/{int:run}/undo", response={202: ImportOut, **REFUSALS}, operation_id="undo_import")
@idempotent
def undo_import(request: HttpRequest, run: int, asked: Undone) -> Any:
    """Puts back what was before the import, as one action."""
    row, _importer = _run(request, run)
    if row.state != ImportRun.State.APPLIED:
        raise _not_now(
            "imports.not_applied", "这次导入没有应用，或已经撤销过。", "This import was not applied, or is undone."
        )
    actions.undo(row, request.user, rest=asked.rest)
    return Status(202, _told(request, run))


def _not_now(code: str, zh: str, en: str) -> UserError:
    fault = UserError(code, zh, en)
    fault.status = 409
    return fault
