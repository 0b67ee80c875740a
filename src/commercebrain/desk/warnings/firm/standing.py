"""What is open on a firm, as far as its reader may see it: signals, cases, clocks past due, reports that wait."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import Count, IntegerField, QuerySet, Subquery, Value
from django.http import HttpRequest
from django.utils.translation import ngettext

from commercebrain.desk.cases import queries as cases
from commercebrain.desk.cases.models import Case
from commercebrain.desk.core.clock import today
from commercebrain.desk.forms import queries as forms
from commercebrain.desk.forms.filing import queries as filing
from commercebrain.desk.forms.models import Report
from commercebrain.desk.forms.moment import now
from commercebrain.desk.people.models import Right
from commercebrain.desk.people.scopes import extent_of
from commercebrain.desk.registry.models import Enterprise
from commercebrain.desk.warnings import pages
from commercebrain.desk.warnings.queries import open_now


@dataclass(frozen=True)
class Reader:
    """Who looks at a firm: ``office`` one of the administration, ``own`` the firm's own user."""

    person: Any
    office: bool
    own: bool


def reader(person: Any, firm: Enterprise) -> Reader:
    """How somebody looks at a firm."""
    extent = extent_of(person, Right.SEE, today())
    office = pages.office(person)
    return Reader(person, office, firm.pk in extent.firms and not office)


def signals(who: Reader, firm: Enterprise) -> Any:
    """The signals about a firm that may be seen: for the administration alone."""
    rows = pages.in_sight(who.person).filter(enterprise=firm)
    return rows if who.office else rows.none()


def reports(who: Reader, firm: Enterprise) -> Any:
    """The reports asked of a firm that may be seen."""
    if who.own:
        return filing.own_reports(who.person).filter(enterprise=firm)
    return forms.reports(who.person).filter(enterprise=firm)


def open_on(request: HttpRequest, firm: Enterprise) -> list[str]:
    """What is open on a firm, each in a few words; what is not seen is not counted."""
    who = reader(request.user, firm)
    told = []
    moment = now()
    running = cases.of_firm(firm, who.person).filter(state=Case.State.OPEN)
    late = cases.past_clock(who.person, moment).order_by().values("pk")
    wanted = reports(who, firm).filter(state__in=[Report.State.ASKED, Report.State.RETURNED])
    counted = Enterprise.objects.filter(pk=firm.pk).values(
        open_signals=_count(signals(who, firm).filter(open_now())) if who.office else Value(0),
        open_cases=_count(running),
        late_cases=_count(running.filter(pk__in=late)),
        waiting_reports=_count(wanted.filter(round__opens_at__lte=moment, round__locks_at__gt=moment)),
    )[0]  # one query for all of them
    n = counted["open_signals"] or 0
    told.append((n, ngettext("%(n)s signal", "%(n)s signals", n)))
    n = counted["open_cases"] or 0
    told.append((n, ngettext("%(n)s case", "%(n)s cases", n)))
    n = counted["late_cases"] or 0
    told.append((n, ngettext("%(n)s case past its clock", "%(n)s cases past their clocks", n)))
    n = counted["waiting_reports"] or 0
    told.append((n, ngettext("%(n)s report it has not sent", "%(n)s reports it has not sent", n)))
    return [text % {"n": count} for count, text in told if count]


def _count(rows: QuerySet[Any]) -> Subquery:
    """How many rows there are, as a part of another query."""
    plain = rows.model._base_manager.filter(pk__in=rows.order_by().values("pk")).order_by()
    return Subquery(plain.annotate(one=Value(1)).values("one").annotate(n=Count("pk")).values("n"), IntegerField())
