"""Writes of declared registers through the API, and the feed of one register.

Reads and writes of an address stand on one router: a second one would hide it.
Annotations are evaluated here (no postponed ones): ninja reads them where their names are unknown.
"""

from typing import Annotated, Any

from django.http import HttpRequest
from ninja import Query, Status
from pydantic import ConfigDict, Field, StringConstraints

from commercebrain.desk.core.rest import REFUSALS, Feed, FeedIn, FeedOut, found, idempotent
from commercebrain.desk.core.rest.shapes import CLEAN, Asked, Day, Flag, Id, Line, Reason, Text, Version, Word
from commercebrain.desk.people.models import Unit
from commercebrain.desk.people.queries import units_visible_to
from commercebrain.desk.registers import actions, queries
from commercebrain.desk.registers.api import EntryOut, entry_out, router
from commercebrain.desk.registers.lookups import DeskLookups
from commercebrain.desk.registers.models import Entry
from commercebrain.desk.registers.views import register_or_404
from commercebrain.engine.catalogue import Register

Plain = Annotated[float, Field(strict=True, allow_inf_nan=False, ge=-1e15, le=1e15)]
Whole = Annotated[int, Field(strict=True, ge=-(10**15), le=10**15)]
Value = Annotated[str, StringConstraints(max_length=5_000, pattern=CLEAN)] | Flag | Whole | Plain | None
Data = Annotated[dict[Word, Value], Field(max_length=200)]


class NewEntry(Asked):
    """A new entry: `data` by field code, as `/registers` tells the fields."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"data": {"name": "中印尼合作区", "country": "IDN", "level": "municipal"}, "unit": 2}
            ]
        }
    )  # fmt: skip
    data: Data
    unit: Id | None = Field(None, description="the unit in charge, where no field of the register says it")
    valid_from: Day | None = None
    valid_to: Day | None = None
    explanation: Text = Field("", description="why it may differ from what the register's rules expect")
    source: Line = Field("", description="document and clause that names the row")


class Edited(Asked):
    """A change: fields that `data` leaves out stay as they are, so do masked personal ones; null empties a field."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"data": {"level": "provincial"}, "reason": "升格", "version": 1}]}
    )
    data: Data = Field(default_factory=dict)
    unit: Id | None = None
    valid_from: Day | None = None
    valid_to: Day | None = None
    explanation: Text | None = None
    reason: Annotated[str, StringConstraints(max_length=200, pattern=CLEAN)] = ""
    version: Version


class Switched(Asked):
    """Why an entry is withdrawn or restored."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"reason": "重复登记", "version": 1}]})
    reason: Reason
    version: Version


def _unit(request: HttpRequest, pk: int | None) -> Unit | None:
    return None if pk is None else found(units_visible_to(request.user).filter(pk=pk).first())


def _seen(request: HttpRequest, code: str, pk: int) -> tuple[Register, Entry]:
    register = register_or_404(code)
    return register, found(queries.entry(request.user, register, pk))


def _told(register: Register, entry: Entry) -> dict[str, Any]:
    return entry_out(register, Entry.objects.select_related("region").get(pk=entry.pk))


@router.post(
    "/registers/{slug:code}", response={201: EntryOut, **REFUSALS}, operation_id="create_register_entry", by_alias=True
)
@idempotent
def create_entry(request: HttpRequest, code: str, asked: NewEntry) -> Any:
    """Adds an entry. Everything that is wrong is told at once, field by field."""
    register = register_or_404(code)
    made = actions.create(
        register, request.user, asked.data, unit=_unit(request, asked.unit), valid_from=asked.valid_from,
        valid_to=asked.valid_to, explanation=asked.explanation, source=asked.source[:300],
        known=DeskLookups(request.user),
    )  # fmt: skip
    return Status(201, _told(register, made))


@router.patch(
    "/registers/{slug:code}/{int:entry}", response={200: EntryOut, **REFUSALS}, operation_id="edit_register_entry",
    by_alias=True,
)  # fmt: skip
@idempotent
def edit_entry(request: HttpRequest, code: str, entry: int, asked: Edited) -> Any:
    """Changes an entry; what it was stays in its history."""
    register, row = _seen(request, code, entry)
    given = asked.model_fields_set
    data = {**{one.code: row.data.get(one.code) for one in register.fields}, **asked.data}
    days = {key: getattr(asked if key in given else row, key) for key in ("valid_from", "valid_to")}
    edited = actions.edit(
        row, register, request.user, asked.version, data, unit=_unit(request, asked.unit), reason=asked.reason,
        explanation=row.explanation if asked.explanation is None else asked.explanation,
        known=DeskLookups(request.user), **days,
    )  # fmt: skip
    return _told(register, edited)


@router.post(
    "/registers/{slug:code}/{int:entry}/withdraw", response={200: EntryOut, **REFUSALS},
    operation_id="withdraw_register_entry", by_alias=True,
)  # fmt: skip
@idempotent
def withdraw_entry(request: HttpRequest, code: str, entry: int, asked: Switched) -> Any:
    """Takes an entry out of the register; it stays with its history and can be restored."""
    register, row = _seen(request, code, entry)
    return _told(register, actions.withdraw(row, register, request.user, asked.version, asked.reason))


@router.post(
    "/registers/{slug:code}/{int:entry}/restore", response={200: EntryOut, **REFUSALS},
    operation_id="restore_register_entry", by_alias=True,
)  # fmt: skip
@idempotent
def restore_entry(request: HttpRequest, code: str, entry: int, asked: Switched) -> Any:
    """Puts a withdrawn entry back."""
    register, row = _seen(request, code, entry)
    return _told(register, actions.restore(row, register, request.user, asked.version, asked.reason))


@router.get(
    "/feed/registers/{slug:code}", response={200: FeedOut[EntryOut], **REFUSALS}, operation_id="feed_register",
    by_alias=True,
)  # fmt: skip
def feed_register(request: HttpRequest, code: str, asked: Query[FeedIn]) -> Any:
    """The entries of one register in your sight in the order of their last change, withdrawn ones included."""
    register = register_or_404(code)
    rows = Entry.objects.visible_to(request.user).filter(register=register.code).select_related("region")
    return Feed(rows, "updated_at", lambda entry: entry_out(register, entry)).piece(asked)
