"""Who reports a form: the firms of a unit that meet its condition, by lists, by what the register says and by trade."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date
from typing import Any

import numpy as np

from commercebrain.desk.core.clock import today
from commercebrain.desk.people.models import Unit
from commercebrain.desk.people.scopes import units_below
from commercebrain.desk.registry.models import Enterprise
from commercebrain.engine.expressions import Column, Term, firm_vocabulary, parse
from commercebrain.engine.expressions.firm import NAMES
from commercebrain.engine.units import Unit as Measure


def firms_of(unit: Unit, on: date | None = None) -> Any:
    """The firms that ``unit`` and the units below it are in charge of: in business, not merged into another row."""
    below = units_below([unit], on or today())
    rows = Enterprise.objects.current().filter(status=Enterprise.Status.EXISTING, unit__in=below)
    return rows.select_related("unit", "region", "township").order_by("pk")


def who_reports(form: Any, unit: Unit, on: date | None = None) -> list[Enterprise]:
    """The firms of ``unit`` that report ``form`` (a declared one, or its condition) on a day.

    A firm of which the condition cannot be told (a fact that it speaks of is not known) is not asked.
    """
    day = on or today()
    condition = form if isinstance(form, str) else form.who
    firms = list(firms_of(unit, day))
    if not condition or not firms:
        return firms
    meets = meeting(condition, [firm.pk for firm in firms], unit, day)
    return [firm for firm, asked in zip(firms, meets, strict=True) if asked]


def meeting(condition: str, firms: list[int], unit: Unit, on: date) -> list[bool]:
    """Which of ``firms`` (ids, ascending) certainly meet a condition."""
    expression = parse(condition)
    facts = _Facts(firms, unit, on)
    columns = {str(term): Column(*facts.column(term)) for term in expression.terms}
    values, known = expression.column(columns, firm_vocabulary())
    return [bool(one) for one in np.broadcast_to(np.asarray(values, bool) & np.asarray(known, bool), (len(firms),))]


def firm_columns(terms: Iterable[Term], firms: list[int], unit: Unit, on: date) -> dict[str, tuple[Any, Any]]:
    """What is known of ``firms`` (ids, ascending) under each term, by its text: values, and which are known."""
    facts = _Facts(firms, unit, on)
    return {str(term): facts.column(term) for term in terms}


class _Facts:
    """What a condition may ask about firms: which lists they stand on, what the register and the trade say."""

    def __init__(self, firms: list[int], unit: Unit, on: date) -> None:
        self.firms, self.unit, self.on = firms, unit, on
        self._facts: Any = None

    @property
    def facts(self) -> Any:
        """Register and trade, read when first asked for."""
        if self._facts is None:
            from commercebrain.desk.lists.exposure.facts import firm_facts

            self._facts = firm_facts(self.firms, self.on)
        return self._facts

    def column(self, term: Term) -> tuple[Any, Any]:
        """The values of a name or a call, and which are known; a name that nobody knows is missing throughout."""
        from commercebrain.desk.lists.exposure.facts import FACTS
        from commercebrain.desk.lists.queries import firms_on

        many = len(self.firms)
        said = [getattr(one, "value", one) for one in term.args or ()]
        if term.name == "list":
            held = firms_on(str(said[0]), self.unit, self.on)
            return np.array([pk in held for pk in self.firms], bool), np.ones(many, bool)
        call: Callable[..., Any] | None = getattr(self.facts, term.name, None) if said else None
        if call is not None:
            values, known = call(*said)
        elif term.name in FACTS:
            values, known = self.facts.column(term.name)
        else:
            return np.empty(many, object), np.zeros(many, bool)
        meant = NAMES.get(term.name)
        if meant is not None and meant.unit and not _same(meant.unit, FACTS.get(term.name, ("", "元"))[1]):
            known = np.zeros(many, bool)  # another currency: no figure rather than a wrong one
        return values, known


def _same(one: str, other: str) -> bool:
    return one == other or Measure.parse(one).dimension == Measure.parse(other).dimension
