"""Declared registers through the API: what there is, the entries of one with the filters of its page, one entry.

Annotations are evaluated here (no postponed ones): ninja's pagination reads them where their names are unknown.
"""

from datetime import date, datetime
from typing import Any

from django.http import HttpRequest
from ninja import Query, Router, Schema
from ninja.pagination import paginate
from pydantic import Field

from commercebrain.desk.core.rest import REFUSALS, Paged, Shaped, found
from commercebrain.desk.core.rest.listing import narrowed
from commercebrain.desk.core.rest.shapes import Names, Word
from commercebrain.desk.registers import queries
from commercebrain.desk.registers.declared import registers
from commercebrain.desk.registers.models import Entry
from commercebrain.desk.registers.views import Entries, register_or_404
from commercebrain.engine.catalogue import Register
from commercebrain.engine.registers import masked, plain

router = Router(tags=["registers"])


class FieldOut(Schema):
    """A field of a declared register."""

    code: str
    name: Names
    type: str
    unit: str | None = Field(description="the unit of its numbers in `data`")
    required: bool
    filter: bool = Field(description="may be asked for; numbers and days as `code_from` and `code_to`")
    sort: bool
    personal: bool = Field(description="masked in every answer")
    choices: dict[str, Names]


class RegisterOut(Schema):
    """A declared register."""

    code: str
    name: Names
    classification: str
    entries: int = Field(description="in your sight")
    fields: list[FieldOut]


class EntryOut(Schema):
    """An entry: `data` by field code. Numbers are JSON numbers in the field's unit, days ISO, references codes."""

    id: int
    register_code: str = Field(serialization_alias="register")
    key: str
    title: str
    data: dict[str, Any]
    unit: int | None
    region: str | None
    valid_from: date | None
    valid_to: date | None
    withdrawn: bool
    synthetic: bool
    source: str
    version: int
    updated_at: datetime


def fields_out(one: Register) -> list[dict[str, Any]]:
    """The declared fields as the API tells them."""
    return [
        {
            **field.model_dump(include={"code", "type", "required", "filter", "sort", "personal"}),
            "name": field.name.model_dump(),
            "unit": field.display_unit or None,
            "choices": {code: words.model_dump() for code, words in field.choices.items()},
        }
        for field in one.fields
    ]


def register_out(one: Register, entries: int) -> dict[str, Any]:
    """A register as the API tells it."""
    return {
        "code": one.code,
        "name": one.name.model_dump(),
        "classification": one.classification,
        "entries": entries,
        "fields": fields_out(one),
    }


def entry_out(one: Register, entry: Entry) -> dict[str, Any]:
    """An entry as the API tells it; personal values are masked."""
    data: dict[str, Any] = {}
    for field in one.fields:
        value = entry.data.get(field.code)
        data[field.code] = masked(field, value) if field.personal else value_out(plain(field, value))
    return {
        "id": entry.pk, "register_code": entry.register, "key": entry.key, "title": entry.title, "data": data,
        "unit": entry.unit_id, "region": entry.region.code if entry.region else None,
        "valid_from": entry.valid_from, "valid_to": entry.valid_to, "withdrawn": entry.withdrawn,
        "synthetic": entry.synthetic, "source": entry.source, "version": entry.version, "updated_at": entry.updated_at,
    }  # fmt: skip


def value_out(value: Any) -> Any:
    """A value as JSON keeps it: decimals as numbers, days in ISO."""
    from decimal import Decimal

    if isinstance(value, Decimal):
        return float(value)
    return value.isoformat() if isinstance(value, date) else value


@router.get("/registers", response={200: list[RegisterOut], **REFUSALS}, operation_id="list_registers")
@paginate(Paged)
def list_registers(request: HttpRequest) -> Any:
    """The declared registers with their fields."""
    counted = queries.counts(request.user)
    return [register_out(one, counted.get(code, 0)) for code, one in registers().items()]


@router.get(
    "/registers/{slug:code}",
    response={200: list[EntryOut], **REFUSALS},
    operation_id="list_register_entries",
    by_alias=True,
)
@paginate(Paged)
def list_entries(
    request: HttpRequest,
    code: str,
    q: Word = Query("", description="part of a title, pinyin initials, any searchable field"),
    sort: Word = Query("", description="code of a field marked `sort`, or `title`; “-” before it: descending"),
) -> Any:
    """The entries in your sight. Every field marked `filter` is a parameter besides, as on the page: `kind=a`,
    `area_from=10`, `opened_to=2025-07-21`."""
    register = register_or_404(code)
    return Shaped(narrowed(Entries, request, prefix="register", code=code), lambda entry: entry_out(register, entry))


@router.get(
    "/registers/{slug:code}/{int:entry}",
    response={200: EntryOut, **REFUSALS},
    operation_id="get_register_entry",
    by_alias=True,
)
def get_entry(request: HttpRequest, code: str, entry: int) -> Any:
    """One entry."""
    register = register_or_404(code)
    return entry_out(register, found(queries.entry(request.user, register, entry)))
