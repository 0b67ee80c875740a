"""Groups of codes 分组: partners, products or supervision modes that statistics speak of as one, with dated membership.

``catalogue/groups/<code>.yaml``. A condition takes a whole group: ``country in group('asean')``,
``hs10 in group('textiles_garments')``. A question uses the members of one day for all its periods, as customs does when a
member joins (this year and last year with the same members: 可比口径); ``at`` gives them.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import BeforeValidator, Field, model_validator

from commercebrain.engine.catalogue.models import Code, Model, SourceRef, Words
from commercebrain.engine.catalogue.source import nearest

if TYPE_CHECKING:
    from commercebrain.engine.catalogue.codes import CodeLists

GroupColumn = Literal["country", "hs10", "mode"]
#: The code list that stands behind each column which groups may speak of.
LISTS: dict[str, str] = {"country": "countries", "hs10": "products", "mode": "trade_modes"}


def _as_list(value: object) -> object:
    return [value] if isinstance(value, dict) else value


class Membership(Model):
    """A member that came or left: from its first day up to and including its last; open where not given."""

    value: str
    from_: date | None = Field(default=None, alias="from")
    to: date | None = None
    note: Words | None = None

    @model_validator(mode="after")
    def _in_order(self) -> Membership:
        if self.from_ is None and self.to is None:
            raise ValueError("a dated member needs from or to / 有期限的成员须写明 from 或 to")
        if self.from_ is not None and self.to is not None and self.to < self.from_:
            raise ValueError("a membership ends before it begins / 成员的止期早于起期")
        return self

    def on(self, day: date) -> bool:
        """Whether it was a member on ``day``."""
        return (self.from_ is None or self.from_ <= day) and (self.to is None or day <= self.to)


class Group(Model):
    """A declared group: ``values`` are whole codes, ``prefixes`` first digits of product codes, ``dated`` the members
    that came or left (of a group of products: prefixes). ``simplified`` says in words where it is wider or narrower than
    the official list of the same name."""

    code: Code
    name: Words
    definition: Words
    column: GroupColumn
    values: tuple[str, ...] = ()
    prefixes: tuple[str, ...] = ()
    dated: tuple[Membership, ...] = ()
    simplified: Words | None = None
    source: Annotated[tuple[SourceRef, ...], BeforeValidator(_as_list)] = Field(min_length=1)

    @model_validator(mode="after")
    def _holds_something(self) -> Group:
        if not (self.values or self.prefixes or self.dated):
            raise ValueError(
                "a group needs members: values, prefixes or dated / 分组须有成员：values、prefixes 或 dated"
            )
        if (self.column == "hs10") != bool(self.prefixes or (self.column == "hs10" and self.dated)):
            raise ValueError(
                "prefixes are for products, and products need them / 商品分组用 prefixes，其他分组用 values"
            )
        every = [*self.values, *self.prefixes, *dict.fromkeys(one.value for one in self.dated)]
        if twice := sorted({one for one in every if every.count(one) > 1}):
            raise ValueError(f"given twice: {', '.join(twice)} / 重复：{'、'.join(twice)}")
        return self

    def at(self, day: date) -> tuple[frozenset[str], tuple[str, ...]]:
        """The whole codes and the prefixes that belonged to it on ``day``."""
        then = [one.value for one in self.dated if one.on(day)]
        if self.column == "hs10":
            return frozenset(), (*self.prefixes, *then)
        return frozenset((*self.values, *then)), ()

    def has(self, code: str, day: date) -> bool:
        """Whether ``code`` belonged to it on ``day``."""
        values, prefixes = self.at(day)
        return code in values or code.startswith(prefixes)


def faults_of(group: Group, lists: CodeLists) -> Iterator[tuple[tuple[str | int, ...], str, str]]:
    """Codes that no list knows: the place in the file and the sentence in both languages."""
    known = lists(LISTS[group.column])
    if not known:  # a catalogue without code lists (a folder of indicators only) has nothing to check against
        return
    places: list[tuple[tuple[str | int, ...], str]] = [
        *((("values", n), one) for n, one in enumerate(group.values)),
        *((("prefixes", n), one) for n, one in enumerate(group.prefixes)),
        *((("dated", n, "value"), one.value) for n, one in enumerate(group.dated)),
    ]
    for path, code in places:
        if group.column == "hs10":
            if not (code.isdigit() and 2 <= len(code) <= 10 and code[:2] in known):
                yield (
                    path,
                    f"“{code}”不是商品编码的开头（2—10位数字，前两位是一个章）。",
                    f"“{code}” is no beginning of a product code (2 to 10 digits, the first two a chapter).",
                )
        elif code not in known:
            zh, en = nearest(code, known)
            yield path, f"代码表里没有“{code}”{zh}", f"The code list has no “{code}”{en}"
