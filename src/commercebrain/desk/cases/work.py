"""What cases ask of a person: own cases by their next clock, cases that nobody is in charge of, what waits for a decision."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from django.utils.translation import gettext as _

from commercebrain.desk.cases import queries
from commercebrain.desk.cases.declared import template_of
from commercebrain.desk.cases.models import Case
from commercebrain.desk.core import reader
from commercebrain.desk.core.work import Item, provider
from commercebrain.desk.people.models import Person
from commercebrain.desk.people.scopes import extent_of
from commercebrain.engine.clock import BEIJING

#: How many cases one person's list names; the rest stands in the list of cases.
MOST = 100


def _address(case: Case) -> str:
    from django.urls import reverse

    return reverse("cases:case", args=[case.pk])


def _title(case: Case) -> str:
    chinese = reader.chinese()
    return f"{case.number} {case.title_zh if chinese else case.title_en or case.title_zh}"


def _clock(case: Case) -> str:
    """What its first clock measures."""
    declared = template_of(case).clocks.get(case.due_code)
    return declared.name.say(reader.language()) if declared else case.due_code


@provider("cases")
def own(person: Person, on: date) -> Iterator[Item]:
    """The cases that the person is in charge of, and those of the own unit that nobody who works there is in charge of, by
    the clock that is due first; what stands still just waits."""
    for case in queries.in_order(queries.mine(person) | queries.unassigned(person))[:MOST]:
        due = case.due.astimezone(BEIJING).date() if case.due else None
        if case.officer_id != person.pk:
            yield Item(_("Case without anybody in charge"), _title(case), _address(case), due)
        else:
            yield Item(_("Case"), _title(case), _address(case), due, _clock(case) if case.due else "")


@provider("case papers")
def papers(person: Person, on: date) -> Iterator[Item]:
    """The papers that wait for an approval that the person may give."""
    if not extent_of(person, "enter", on).units:
        return
    for paper in queries.papers_to_decide(person)[:MOST]:
        yield Item(_("Paper to approve"), f"{paper.case.number} {paper.attachment.name}", _address(paper.case))


@provider("case requests")
def requests(person: Person, on: date) -> Iterator[Item]:
    """What waits for the firm's own user: requests in which the next step is the firm's."""
    if not extent_of(person, "enter", on).firms:
        return
    for case in queries.own_requests(person).filter(state=Case.State.OPEN)[:MOST]:
        ways = [one for one in template_of(case).from_stage(case.stage).values() if "firm" in one.may]
        if ways:
            names = [one.name.say(reader.language()) for one in ways]
            hint = _("Waits for your firm: %(what)s") % {"what": " / ".join(names)}
            yield Item(_("Firm's request"), _title(case), _address(case), None, hint)
