"""From an indicator to what has to be counted for it: one term, or the terms of its formula."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from lark import Token, Tree

from commercebrain.engine.catalogue.expressions import parse
from commercebrain.engine.errors import UserError
from commercebrain.engine.indicators.cells import Term
from commercebrain.engine.indicators.conditions import Members
from commercebrain.engine.indicators.definitions import Definition, define
from commercebrain.engine.indicators.transforms.compile import Columns, Shape
from commercebrain.engine.lake.records.schema import RecordDataset
from commercebrain.engine.units import Unit

if TYPE_CHECKING:
    from commercebrain.engine.catalogue.loader import Catalogue
    from commercebrain.engine.catalogue.models import Indicator

_OPERATORS = {"add": "+", "sub": "-", "mul": "*"}


@dataclass(frozen=True)
class Counted:
    """An indicator of records: the definitions of its terms by name, and the formula that joins them (SQL over the
    names, None for a single term). ``time`` is how the terms of a formula join over time: states by the last month."""

    dataset: RecordDataset
    definitions: Mapping[str, Definition]
    formula: str | None = None
    time: str | None = None

    def terms(self, catalogue: Catalogue, day: date) -> tuple[Term, ...]:
        """The terms with the members that groups have on ``day``."""

        def members(name: str) -> Members:
            group = catalogue.groups[name]
            return Members(group.column, *group.at(day))

        return tuple(Term(name, one, one.takes(members)) for name, one in self.definitions.items())

    @property
    def scale(self) -> int:
        """How many digits of a cell stand after the point; 0 for a formula, which takes care of it itself."""
        return 0 if self.formula else next(iter(self.definitions.values())).scale

    @property
    def member(self) -> str:
        """The column of which different values are counted, "" for none."""
        return next((one.measure.column for one in self.definitions.values() if not one.measure.additive), "")

    @property
    def additive(self) -> bool:
        """Whether parts add up to the whole."""
        return self.formula is None and all(one.measure.additive for one in self.definitions.values())

    @property
    def shape(self) -> Shape:
        """What the cells look like to the transforms."""
        if self.formula is not None:
            text = self.formula
            return Shape(
                tuple(self.definitions),
                member=self.member,
                combine=lambda columns: _put_in(text, columns),
                distinct=tuple(name for name, one in self.definitions.items() if not one.measure.additive),
            )
        return Shape(member=self.member)


def counted(catalogue: Catalogue, indicator: Indicator) -> Counted | None:
    """What to count for ``indicator``; None where it is not, or not wholly, counted from records of one dataset.

    Raises :class:`UserError` (``formula.of_counts``) for a formula that counts different values of several columns.
    """
    return _counted(_Key(catalogue), indicator.code)


class _Key:
    """A catalogue as the key of a cache: itself and no other."""

    def __init__(self, catalogue: Catalogue) -> None:
        self.catalogue = catalogue

    def __hash__(self) -> int:
        return id(self.catalogue)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Key) and other.catalogue is self.catalogue


@lru_cache(maxsize=2048)
def _counted(key: _Key, code: str) -> Counted | None:
    catalogue = key.catalogue
    indicator = catalogue.indicator(code)
    if indicator.measure is not None:
        definition = define(indicator, catalogue.records, catalogue.groups)
        return Counted(definition.dataset, {"value": definition})
    if indicator.formula is None:
        return None
    found: dict[str, Definition] = {}
    text = _formula(catalogue, indicator, found)
    if text is None or len({id(one.dataset) for one in found.values()}) != 1:
        return None
    members = {one.measure.column for one in found.values() if not one.measure.additive}
    if len(members) > 1:
        raise UserError(
            "formula.of_counts",
            f"“{indicator.name.zh}”的公式里计数的是不同的列（{'、'.join(sorted(members))}），不能一次算出。",
            f"The formula of “{indicator.name.en}” counts different values of several columns "
            f"({', '.join(sorted(members))}), which one query cannot do.",
        )
    factor = f" / 1e{power}" if (power := Unit.parse(indicator.unit).power) else ""
    joins = {catalogue.indicators[one.code].adds.time for one in found.values()}
    time = "last" if joins == {"last"} else "sum"
    return Counted(next(iter(found.values())).dataset, found, f"({text}){factor}", time)


def _formula(catalogue: Catalogue, indicator: Indicator, found: dict[str, Definition]) -> str | None:
    """The formula in first units as SQL over the terms' names; None where a term is not counted from records."""

    def name(node: Tree[Token]) -> str | None:
        scope, code = node.children
        one = catalogue.indicators.get(str(code))
        if scope or one is None:
            return None
        if one.formula is not None:
            return _formula(catalogue, one, found)
        if one.measure is None:
            return None
        definition = define(one, catalogue.records, catalogue.groups)
        term = found.setdefault(f"t_{one.code}", definition)
        power = Unit.parse(one.unit).power - term.scale
        return f"CAST({{t_{one.code}}} AS DOUBLE)" + (
            f" * 1e{power}" if power > 0 else f" / 1e{-power}" if power else ""
        )

    def walk(node: Any) -> str | None:
        if node.data == "number":
            return f"CAST({node.children[0]} AS DOUBLE)"
        if node.data == "name":
            return name(node)
        parts = [walk(child) for child in node.children if isinstance(child, Tree)]
        told = [part for part in parts if part is not None]
        if len(told) < len(parts) or node.data == "comparison":
            return None
        if node.data == "neg":
            return f"(- {told[0]})"
        if node.data == "div":
            return f"({told[0]} / NULLIF({told[1]}, 0))"
        return f"({told[0]} {_OPERATORS[str(node.data)]} {told[1]})"

    return walk(parse(indicator.formula or "").tree)


def _put_in(text: str, columns: Columns) -> str:
    for name, column in columns.items():
        text = text.replace(f"{{{name}}}", column)
    return text
