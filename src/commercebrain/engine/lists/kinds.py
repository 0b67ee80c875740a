"""Kinds of lists as data: what stands on such a list, what a version of it needs, what figure counts it.

One file under ``catalogue/lists/`` declares one kind. A kind is a register with versions: its fields, checks and
examples are those of registers, read by the same reader. ``docs/how-to/declare-a-list.md`` shows how in one page.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import TYPE_CHECKING, Literal

from pydantic import Field, model_validator

from commercebrain.engine.catalogue import registers
from commercebrain.engine.catalogue.models import Model, Words
from commercebrain.engine.catalogue.registers import Register, RegisterField
from commercebrain.engine.catalogue.source import nearest
from commercebrain.engine.errors import UserError

if TYPE_CHECKING:
    from commercebrain.engine.catalogue.loader import Catalogue
    from commercebrain.engine.expressions import Expression

Subject = Literal["product", "firm", "country", "project", "place"]
Members = Literal["rows", "register", "condition"]
Need = Literal["document", "issued", "date", "reason"]
#: The type of the field that holds the subject. Projects have no register of their own yet: any key tells them apart.
SUBJECT_TYPES: dict[str, str] = {"product": "product", "firm": "enterprise", "country": "country", "place": "region"}
#: What counts a list beside indicators: the rows in force, the firms and the value that a product list hits, and how
#: many of its firms report.
COUNTS: dict[str, Words] = {
    "members": Words(zh="在列数", en="rows in force"),
    "exposed_firms": Words(zh="涉及企业数", en="firms exposed"),
    "exposed_value": Words(zh="涉及金额", en="value exposed"),
    "reporting_rate": Words(zh="填报率", en="reporting rate"),
}


class Entry(Model):
    """What a version of a list needs before it is put to another person for approval, and which roles may propose it.

    ``needs``: ``document`` (number or title of the decision), ``issued`` (its day), ``date`` (the day from which it is
    in force), ``reason``. Without ``by`` everybody who may enter for the unit proposes. A version is always approved by
    somebody else.
    """

    needs: tuple[Need, ...] = ("reason",)
    by: tuple[str, ...] = ()


class NewlyHit(Model):
    """From which exposure on a firm counts as newly hit by a version: a ``share`` of its exports (0 to 1), and a
    ``value`` in yuan. Both must be reached; without them any exposure counts."""

    share: Decimal = Field(default=Decimal(0), ge=0, le=1)
    value: Decimal = Field(default=Decimal(0), ge=0)


class ListKind(Register):
    """A declared kind of list.

    ``subject`` says what a row names. ``members``: ``rows`` are kept in versions; of ``register`` the rows live in the
    register named, which keeps its pages; of ``condition`` a version is built from the condition over facts about firms
    and approved by a person. ``chase``: its firms are chased for reports one list at a time. ``counts``: what counts it,
    of :data:`COUNTS` or an indicator's code.
    """

    definition: Words
    subject: Subject
    members: Members = "rows"
    register_: str | None = Field(default=None, alias="register")
    condition: str | None = None
    chase: bool = False
    public: bool = False
    entry: Entry = Entry()
    counts: tuple[str, ...] = Field(min_length=1)
    newly_hit: NewlyHit = NewlyHit()
    fields: tuple[RegisterField, ...] = ()

    @model_validator(mode="after")
    def _key_is_there(self) -> ListKind:
        """The first field of the key is required; a further one may be empty (a tariff on every country)."""
        for place, code in enumerate(self.key_fields):
            found = next((one for one in self.fields if one.code == code), None)
            if found is not None and (found.personal or (place == 0 and not found.required)):
                raise ValueError(
                    f"the key field “{code}” must not be personal, and the first of them is required / "
                    f"主键字段“{code}”不能是个人信息，第一个主键字段须为必填"
                )
        return self

    @model_validator(mode="after")
    def _fits_its_members(self) -> ListKind:
        if (self.members == "register") != (self.register_ is not None):
            raise ValueError("members: register and register: belong together / members: register 须与 register: 同写")
        if (self.members == "condition") != (self.condition is not None):
            raise ValueError(
                "members: condition and condition: belong together / members: condition 须与 condition: 同写"
            )
        if (self.members == "register") == bool(self.fields):
            raise ValueError(
                "a kind has fields of its own, or its rows are those of a register / "
                "清单种类须声明字段；条目在登记册里的不另写字段"
            )
        if self.condition is not None and self.subject != "firm":
            raise ValueError("conditions speak of firms only / 条件只能用于企业清单")
        if self.chase and self.subject != "firm":
            raise ValueError("only lists of firms are chased / 只有企业清单可以催报")
        wanted = SUBJECT_TYPES.get(self.subject)
        if self.fields and wanted and not any(one.type == wanted and one.required for one in self.fields):
            raise ValueError(
                f"a list of {self.subject} needs a required field of type {wanted} / "
                f"对象为 {self.subject} 的清单须有一个必填的 {wanted} 类型字段"
            )
        return self

    @property
    def key_fields(self) -> tuple[str, ...]:
        """The fields that tell one row from another; none where a register keeps the rows."""
        return self.key or tuple(one.code for one in self.fields[:1])

    @property
    def title_field(self) -> str:
        """The field by which a row is called."""
        return self.title or next(iter(self.key_fields), "")

    @property
    def register(self) -> str | None:
        """The register that keeps the rows; none for other kinds."""
        return self.register_

    @property
    def subject_field(self) -> str:
        """The field that holds the subject; empty where a register keeps the rows or it is no declared type."""
        wanted = SUBJECT_TYPES.get(self.subject)
        return next((one.code for one in self.fields if one.type == wanted), "")

    @property
    def names_firms(self) -> bool:
        """Whether its rows name firms, so that ``list('…')`` can ask whether one stands on it; a register's rows cannot."""
        return any(one.type == "enterprise" for one in self.fields)

    @property
    def expression(self) -> Expression | None:
        """The condition as read; none for kinds without one."""
        from commercebrain.engine.expressions import parse

        return parse(self.condition) if self.condition else None

    def counted(self, catalogue: Catalogue) -> tuple[Words, ...]:
        """What counts it, in words."""
        return tuple(
            COUNTS[one] if one in COUNTS else catalogue.indicators[one].name
            for one in self.counts
            if one in COUNTS or one in catalogue.indicators
        )


def faults_of(kind: ListKind, whole: Catalogue) -> Iterator[tuple[tuple[str | int, ...], str, str]]:
    """What is wrong between the parts of a kind, and with what it refers to: place, and the sentence in both languages."""
    yield from registers.faults_of(kind)
    register = kind.register
    if register is not None and f"register:{register}" not in whole.declared:
        zh, en = nearest(register, whole.registers)
        yield ("register",), f"没有登记册“{register}”{zh}", f"There is no register “{register}”{en}"
    for place, one in enumerate(kind.counts):
        if one not in COUNTS and f"indicator:{one}" not in whole.declared:
            zh, en = nearest(one, [*COUNTS, *whole.indicators])
            yield ("counts", place), f"没有指标“{one}”{zh}", f"There is no indicator “{one}”{en}"
    yield from _roles(kind)
    if kind.condition is None:
        return
    from commercebrain.engine.expressions import firm_vocabulary

    try:
        expression = kind.expression
    except UserError as error:
        yield ("condition",), error.zh, error.en
        return
    countries = tuple(whole.codes("countries")) or None
    kept = tuple(code for code, one in whole.lists.items() if one.members == "rows" and one.names_firms)
    if expression is not None:
        for fault in expression.check(firm_vocabulary(kept, countries)):
            yield ("condition",), fault.zh, fault.en


def _roles(kind: ListKind) -> Iterator[tuple[tuple[str | int, ...], str, str]]:
    from importlib.resources import files

    from commercebrain.engine.yaml_text import read_yaml

    text = (files("commercebrain.catalogue") / "roles.yaml").read_text(encoding="utf-8")
    known = read_yaml(text)["roles"] if kind.entry.by else {}
    for place, one in enumerate(kind.entry.by):
        if one not in known:
            zh, en = nearest(one, known)
            yield ("entry", "by", place), f"没有角色“{one}”{zh}", f"There is no role “{one}”{en}"
