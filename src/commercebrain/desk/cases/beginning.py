"""What a person may begin: kinds of case by hand as an office, requests as a firm's user; and which of these are open."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet

from commercebrain.desk.cases import actions, queries
from commercebrain.desk.cases.declared import templates
from commercebrain.desk.cases.models import Case
from commercebrain.desk.core import reader
from commercebrain.desk.core.clock import today
from commercebrain.desk.people.models import Person, Right, Unit
from commercebrain.desk.people.scopes import extent_of
from commercebrain.desk.registry.models import Enterprise
from commercebrain.engine.cases.kinds import Template

FIRM, SIGNAL = "firm", "signal"


def by_hand(template: Template) -> bool:
    """Whether an office may begin such a case by hand."""
    return bool(set(template.starts) - {FIRM, SIGNAL})


def units_to_start(person: Person, template: Template) -> list[Unit]:
    """The units at which a person may begin a case of a template."""
    extent = extent_of(person, Right.ENTER, today())
    rows = Unit.objects.filter(closed_on=None).select_related("region").order_by("path")
    if not extent.everything:
        rows = rows.filter(pk__in=extent.units)
    return [unit for unit in rows if actions.may_start(template, person, unit)]


def startable(person: Any) -> list[dict[str, Any]]:
    """The kinds of case that a person may begin by hand, as one of an office."""
    extent = extent_of(person, Right.ENTER, today())
    if not (extent.units or extent.everything):
        return []
    return [{"code": one.code, "label": reader.said(one.name)} for one in queries.startable(person) if by_hand(one)]


def own_firms(person: Person) -> list[Enterprise]:
    """The firms whose user a person is."""
    extent = extent_of(person, Right.ENTER, today())
    return list(Enterprise.objects.filter(pk__in=extent.firms).select_related("unit__region", "region").order_by("pk"))


def open_requests(person: Person) -> QuerySet[Case]:
    """The open requests of the firms whose user a person is, by what is due next."""
    return queries.in_order(queries.own_requests(person)).filter(state=Case.State.OPEN, template__in=of_firms())


def of_firms() -> list[str]:
    """The kinds of case that a firm itself begins."""
    return [code for code, template in templates().items() if FIRM in template.starts]
