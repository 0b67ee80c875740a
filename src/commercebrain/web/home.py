"""The start page of whoever reads no plans: a firm's user, an administrator, an account without a role yet.

The cockpit would show them nothing, or what is none of theirs; here stands what they come for, each figure a link to the
rows that it counts. Everything is asked through the reads of the pages that it leads to, so it shows no more than they.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from commercebrain.desk.cases import pages as cases
from commercebrain.desk.cases.beginning import of_firms, open_requests
from commercebrain.desk.core import jobs
from commercebrain.desk.core import queries as core_queries
from commercebrain.desk.core.clock import today
from commercebrain.desk.core.models import Job
from commercebrain.desk.forms.filing.listing import Open, open_now
from commercebrain.desk.notices.queries import unread
from commercebrain.desk.people import queries as people
from commercebrain.desk.plans import queries as plans
from commercebrain.desk.registry import queries as registry
from commercebrain.desk.registry.models import Enterprise, EnterpriseChange
from commercebrain.web.navigation import FIRM, MANAGES, audience

#: Reports to fill in and open requests that the start page names; the others stand behind the figure.
WAITING, REQUESTS = 3, 5


@dataclass(frozen=True)
class Request:
    """An open request of the firm: its title, where it stands, what is due of it and when."""

    number: str
    title: str
    url: str
    stage: Any
    clock: str
    due: Any


@dataclass(frozen=True)
class Card:
    """A figure, what it counts, and where the rows are."""

    number: int
    label: str
    hint: str
    url: str


def firms_of(person: Any) -> list[Enterprise]:
    """The firms in the sight of a firm's user: the own ones."""
    return list(registry.enterprises_visible_to(person).select_related("region", "unit").order_by("pk")[:20])


def requests_of(person: Any) -> tuple[int, list[Request]]:
    """How many requests of the own firm are open, and the first of them by what is due next."""
    rows = open_requests(person)
    found = list(rows[:REQUESTS])
    many = len(found) if len(found) < REQUESTS else rows.count()
    return many, [
        Request(
            case.number, cases.title_of(case), cases.address(case), cases.stage_cell(case), cases.due_clock(case),
            cases.due_cell(case),
        )
        for case in found
    ]  # fmt: skip


def for_firm(person: Any, waiting: list[Open], requests: int) -> tuple[str, list[Card]]:
    """What is open for a firm's user: a sentence and the figures. ``waiting`` are the reports to fill in or correct,
    ``requests`` counts the own ones that are open."""
    asked = registry.change_requests_visible_to(person).filter(state=EnterpriseChange.State.OPEN).count()
    new = unread(person)
    said = _("As of %(day)s: %(asked)s change requests wait for the bureau's answer, %(new)s notices are not read yet.")
    first = ""
    if waiting:
        told = ngettext(
            "%(n)s report waits for you, the first %(until)s.",
            "%(n)s reports wait for you, the first %(until)s.",
            len(waiting),
        )
        first = told % {"n": len(waiting), "until": waiting[0].until} + " "
    return first + said % {"day": today().isoformat(), "asked": asked, "new": new}, [
        Card(len(waiting), _("reports to fill in"), _("for your firm"), reverse("filing:filings")),
        Card(requests, _("open requests"), _("to the bureau"), f"{reverse('cases:requests')}?state=open"),
        Card(asked, _("change requests"), _("waiting for the bureau"), reverse("registry:changes")),
        Card(new, _("notices"), _("not read yet"), reverse("notices:notices")),
        Card(plans.documents(person).count(), _("plans"), _("open to the public"), reverse("plans:documents")),
    ]


def for_office(person: Any) -> tuple[str, list[Card]]:
    """What an administrator looks after: a sentence and the figures."""
    accounts = people.persons_visible_to(person)
    units, all_of_them = people.units_visible_to(person).count(), accounts.count()
    off = accounts.filter(is_active=False).count()
    lent = people.delegations_visible_to(person).in_force(today()).count()
    failed = core_queries.jobs_visible_to(person).filter(state=Job.State.FAILED).count()
    alive = len(jobs.workers_alive())
    workers = ngettext("%(n)s worker is running.", "%(n)s workers are running.", alive) % {"n": alive}
    said = _(
        "As of %(day)s: %(units)s units and %(accounts)s accounts in your sight, %(off)s of the accounts switched off; "
        "%(failed)s background jobs failed."
    ) % {"day": today().isoformat(), "units": units, "accounts": all_of_them, "off": off, "failed": failed}
    return said, [
        Card(units, _("units"), _("in the directory"), reverse("people:units")),
        Card(all_of_them, _("accounts"), _("%(n)s switched off") % {"n": off}, reverse("people:persons")),
        Card(lent, _("delegations"), _("in force today"), reverse("people:delegations")),
        Card(failed, _("failed jobs"), workers, f"{reverse('core:jobs')}?state={Job.State.FAILED}"),
        Card(unread(person), _("notices"), _("not read yet"), reverse("notices:notices")),
    ]


def start_page(request: HttpRequest) -> HttpResponse:
    """The page."""
    kinds = audience(request.user)
    firms = firms_of(request.user) if FIRM in kinds else []
    waiting = [one for one in open_now(request.user) if one.pressing] if FIRM in kinds else []
    asked, requests = requests_of(request.user) if firms else (0, [])
    parts = [for_firm(request.user, waiting, asked)] if FIRM in kinds else []
    parts += [for_office(request.user)] if MANAGES in kinds else []
    own = Enterprise.objects.enterable_by(request.user).filter(pk__in=[firm.pk for firm in firms])
    entered = set(own.values_list("pk", flat=True))
    context = {
        "answer": " ".join(said for said, _cards in parts),
        "cards": [card for _said, cards in parts for card in cards],
        "waiting": waiting[:WAITING],
        "requests": requests,
        "requests_more": asked - len(requests),
        "may_request": bool(entered) and bool(of_firms()),
        "firms": [(firm, firm.pk in entered) for firm in firms],
        "manages": MANAGES in kinds,
        "firm_user": FIRM in kinds,
    }
    return render(request, "web/home.html", context)
