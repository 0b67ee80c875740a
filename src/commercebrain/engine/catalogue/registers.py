"""A register 登记册 as data: its fields, what is checked on entry, what can be searched, filtered and sorted.

One file under ``catalogue/registers/`` declares one register; list, detail, form, import, export, search and API come
from it. ``docs/how-to/declare-a-register.md`` shows how in one page.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Annotated, Any, Literal

from lark import Tree
from pydantic import BeforeValidator, Field, model_validator

from commercebrain.engine.catalogue import expressions
from commercebrain.engine.catalogue.models import Classification, Code, Model, SourceRef, Words
from commercebrain.engine.catalogue.source import nearest
from commercebrain.engine.errors import UserError
from commercebrain.engine.units import Unit

FieldType = Literal[
    "text", "longtext", "integer", "decimal", "date", "choice", "boolean",
    "region", "unit", "enterprise", "country", "industry", "url", "phone",
    "product", "products", "nomenclature", "partner",
]  # fmt: skip
NUMBERS = frozenset({"integer", "decimal"})
RANGED = NUMBERS | {"date"}  # filtered from … to …
REFERENCES = frozenset({"region", "unit", "enterprise", "country", "industry"})
# What every entry has beside its fields; a field of that code would hide it.
RESERVED = frozenset({"id", "key", "unit", "valid_from", "valid_to", "version", "explanation", "source", "q", "sort",
                      "page", "columns", "export", "register", "state"})  # fmt: skip


def _as_list(value: object) -> object:
    return [value] if isinstance(value, dict) else value


def _as_words(value: object) -> object:
    return {"zh": value, "en": value} if isinstance(value, str) else value


class RegisterField(Model):
    """One column of a register.

    ``filter`` and ``sort`` make an index of the database; ``search`` makes the text findable; ``list`` says whether the
    list shows the column at first. ``personal`` hides the value until somebody gives a reason, which is kept.
    ``show_in`` is the unit of a decimal on pages where that differs from ``unit``, in which it is entered and kept.
    """

    code: Code
    name: Words
    type: FieldType = "text"
    required: bool = False
    filter: bool = False
    sort: bool = False
    search: bool = False
    list: bool | None = None
    personal: bool = False
    unit: str | None = None
    show_in: str | None = None
    decimals: int = Field(default=2, ge=0, le=6)
    min: Decimal | None = None
    max: Decimal | None = None
    max_length: int | None = Field(default=None, ge=1, le=20_000)
    choices: dict[str, Annotated[Words, BeforeValidator(_as_words)]] = {}
    help: Annotated[Words | None, BeforeValidator(_as_words)] = None
    source: Annotated[tuple[SourceRef, ...], BeforeValidator(_as_list)] = ()

    @model_validator(mode="before")
    @classmethod
    def _a_phone_is_personal(cls, data: Any) -> Any:
        if isinstance(data, dict) and data.get("type") == "phone":
            return {"personal": True, **data}
        return data

    @model_validator(mode="after")
    def _fits_its_type(self) -> RegisterField:
        if self.code in RESERVED:
            raise ValueError(
                f"“{self.code}” is kept for the entry itself; take another code / "
                f"“{self.code}”是每条记录自有的列，请换一个代码"
            )
        if (self.type == "choice") != bool(self.choices):
            raise ValueError(
                "choices belong to type: choice, and it needs them / choice 类型须给出 choices，其他类型不能给"
            )
        if self.type not in NUMBERS and (self.min is not None or self.max is not None or self.unit):
            raise ValueError("unit, min and max are for numbers / unit、min、max 只用于数值字段")
        if self.show_in and not self.unit:
            raise ValueError("show_in needs unit / 写了 show_in 须同时写 unit")
        if self.personal and (self.filter or self.sort or self.search):
            raise ValueError(
                "a personal field cannot be filtered, sorted or searched: that would tell it / "
                "个人信息字段不能用于筛选、排序或查找，否则会泄露内容"
            )
        if self.type == "longtext" and (self.filter or self.sort):
            raise ValueError("a longtext can be searched, not filtered or sorted / longtext 只能查找，不能筛选或排序")
        if self.type in ("text", "url") and self.filter and self.personal:
            raise ValueError("personal text is never a filter / 个人信息不能作筛选")
        return self

    @property
    def listed(self) -> bool:
        """Whether the list shows it at first."""
        return self.list if self.list is not None else self.type != "longtext" and not self.personal

    @property
    def indexed(self) -> bool:
        """Whether the database keeps an index of its values."""
        return self.filter or self.sort

    @property
    def display_unit(self) -> str:
        """The unit in the header of lists."""
        return self.show_in or self.unit or ""


class Check(Model):
    """A rule that an entry must keep, in the language of formulas over its numbers, dates and yes-no fields.

    A rule with a missing value says nothing. ``stop`` refuses the entry; ``explain`` lets it pass with an explanation,
    which is kept with it.
    """

    rule: str = Field(min_length=1)
    severity: Literal["stop", "explain"] = "stop"
    say: Words


class RegisterScope(Model):
    """Which fields say whose row it is: ``unit`` a field of type unit, ``region`` one of type region.

    Without ``unit`` the form asks for the unit in charge by itself.
    """

    unit: str | None = None
    region: str | None = None


class EntryExample(Model):
    """A row as somebody would type it; ``refused`` names the field at fault where it must not be taken."""

    row: dict[str, Any]
    refused: str | None = None


class Register(Model):
    """A declared register."""

    code: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{1,39}$")]
    name: Words
    definition: Words | None = None
    source: Annotated[tuple[SourceRef, ...], BeforeValidator(_as_list)] = Field(min_length=1)
    owner: Annotated[Words | None, BeforeValidator(_as_words)] = None
    classification: Classification = "internal"
    scope: RegisterScope = RegisterScope()
    key: tuple[str, ...] = ()
    title: str = ""
    dated: bool = False
    icon: str = "table"
    fields: tuple[RegisterField, ...] = Field(min_length=1)
    checks: tuple[Check, ...] = ()
    examples: tuple[EntryExample, ...] = ()

    @model_validator(mode="after")
    def _key_is_there(self) -> Register:
        for code in self.key_fields:
            found = next((one for one in self.fields if one.code == code), None)
            if found is not None and (not found.required or found.personal):
                raise ValueError(
                    f"the key field “{code}” must be required and not personal / 主键字段“{code}”须为必填且不是个人信息"
                )
        return self

    @property
    def key_fields(self) -> tuple[str, ...]:
        """The codes of the fields that tell one row from another (the first field where none are named)."""
        return self.key or (self.fields[0].code,)

    @property
    def title_field(self) -> str:
        """The code of the field by which a row is called."""
        return self.title or self.key_fields[0]

    @property
    def by_code(self) -> Mapping[str, RegisterField]:
        """The fields by their codes."""
        return {one.code: one for one in self.fields}

    @property
    def personal(self) -> tuple[RegisterField, ...]:
        """The fields that are hidden until somebody gives a reason."""
        return tuple(one for one in self.fields if one.personal)

    def field(self, code: str) -> RegisterField:
        """The field of a code."""
        return self.by_code[code]


def faults_of(register: Register) -> Iterator[tuple[tuple[str | int, ...], str, str]]:
    """What is wrong between the parts of one register: the place in its file, and the sentence in both languages."""
    codes = [one.code for one in register.fields]
    for place, one in enumerate(register.fields):
        if one.code in codes[:place]:
            yield ("fields", place, "code"), f"字段“{one.code}”写了两次。", f"The field “{one.code}” is given twice."
        for key, text in (("unit", one.unit), ("show_in", one.show_in)):
            try:
                if text and Unit.parse(text).dimension != Unit.parse(one.unit or text).dimension:
                    yield (
                        ("fields", place, key),
                        f"显示单位“{text}”不能由“{one.unit}”换算。",
                        f"show_in “{text}” cannot be converted from “{one.unit}”.",
                    )
            except UserError as error:
                yield ("fields", place, key), error.zh, error.en
    wanted: list[tuple[tuple[str | int, ...], str, str]] = [
        *((("key", n), code, "") for n, code in enumerate(register.key)),
        *([(("title",), register.title, "")] if register.title else []),
        *([(("scope", "unit"), register.scope.unit, "unit")] if register.scope.unit else []),
        *([(("scope", "region"), register.scope.region, "region")] if register.scope.region else []),
    ]
    for path, code, kind in wanted:
        if code not in codes:
            zh, en = nearest(code, codes)
            yield path, f"没有名为“{code}”的字段{zh}", f"There is no field “{code}”{en}"
        elif kind and register.field(code).type != kind:
            yield path, f"字段“{code}”须为 {kind} 类型。", f"The field “{code}” must have the type {kind}."
    for place, check in enumerate(register.checks):
        try:
            expression = expressions.parse(check.rule)
            known = True
            for name in expression.names:
                if str(name) not in codes:
                    zh, en = nearest(str(name), codes)
                    yield ("checks", place, "rule"), f"规则里的“{name}”不是字段{zh}", f"“{name}” is no field{en}"
                    known = False
                elif register.field(str(name)).type not in RANGED | {"boolean"}:
                    yield (
                        ("checks", place, "rule"),
                        f"规则只能用数值、日期和是否字段，“{name}”不是。",
                        f"A rule may speak of numbers, dates and yes-no fields; “{name}” is none.",
                    )
                    known = False
            if not known:
                continue
            if expression.tree.data != "comparison":
                yield ("checks", place, "rule"), "规则须是一个比较。", "A rule must be a comparison."
                continue
            sides = [
                expressions.Expression(check.rule, side) for side in expression.tree.children if isinstance(side, Tree)
            ]
            units = {register.field(str(name)).unit for name in expression.names}
            if not all(side.names for side in sides) and len(units) > 1:
                yield (
                    ("checks", place, "rule"),
                    "与数字比较时，各字段的单位须相同。",
                    "Fields that are compared with a bare number must have one unit.",
                )
            # A bare number stands in the unit of the field that it is compared with.
            for told in (expression,) if all(side.names for side in sides) else sides:
                told.measure(lambda name: _measure(register.field(str(name))))
        except UserError as error:
            yield ("checks", place, "rule"), error.zh, error.en


def _measure(one: RegisterField) -> expressions.Measure:
    if one.type == "date":
        return {"date": 1}
    dimension = Unit.parse(one.unit or "").dimension if one.unit else "ratio"
    return {} if dimension == "ratio" else {dimension: 1}
