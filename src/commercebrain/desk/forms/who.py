"""Who reports a form: the firms of a unit that meet its condition, by lists, by what the register says and by trade."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from commercebrain.desk.core.clock import today
from commercebrain.desk.lists.exposure.facts import firm_facts
from commercebrain.desk.people.models import Unit
from commercebrain.desk.people.scopes import units_below
from commercebrain.desk.registry.models import Enterprise
from commercebrain.engine.expressions import Term, parse


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
    held = firm_facts([firm.pk for firm in firms], day).holding(parse(condition))
    return [firm for firm in firms if firm.pk in held]


def firm_columns(terms: Iterable[Term], firms: Iterable[int], unit: Unit, on: date) -> dict[str, tuple[Any, Any]]:
    """What is known of firms (ids, ascending) of a unit, by the text of each term: values, and which are known."""
    facts = firm_facts(list(firms), on)
    found = {}
    for term in terms:
        try:
            column = facts.column(str(term))
        except KeyError:  # a name that only the form itself knows
            continue
        found[str(term)] = (column.values, column.known)
    return found
