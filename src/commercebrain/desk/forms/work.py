"""What forms ask of a person of the bureau: reports that wait, firms that are late, requests to decide on."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from django.db.models import Count
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from commercebrain.desk.core.work import Item, provider
from commercebrain.desk.forms import exceptions, queries
from commercebrain.desk.forms.board.words import form_name, period_name
from commercebrain.desk.forms.models import Report, Round
from commercebrain.desk.forms.moment import now
from commercebrain.desk.people.models import Person
from commercebrain.desk.people.scopes import memberships_held


def _own(person: Person, on: date) -> list[int]:
    """The units in which a person works; what units below have to do is theirs."""
    return [row.unit_id for row in memberships_held(person.pk, on) if row.firm_id is None and row.role.enter]


def _by_round(rows: object) -> dict[int, int]:
    counts = rows.order_by().values("round").annotate(n=Count("pk"))
    return {row["round"]: row["n"] for row in counts}


@provider("reports")
def reports(person: Person, on: date) -> Iterator[Item]:
    """Reports that wait for the own unit, one line a round."""
    own = _own(person, on)
    if not own:
        return
    held = _by_round(Report.objects.filter(unit__in=own, state=Report.State.SENT))
    for row in Round.objects.filter(pk__in=held).order_by("due_at"):
        where = urlencode({"mine": "yes", "form": row.form, "period": row.period})
        title = _("%(n)s reports wait: %(form)s %(period)s") % {
            "n": held[row.pk], "form": form_name(row), "period": period_name(row.period),
        }  # fmt: skip
        yield Item(_("Review of reports"), title, f"{reverse('forms:reports')}?{where}", row.locks_at.date())


@provider("late reports")
def late(person: Person, on: date) -> Iterator[Item]:
    """Firms of the own unit that are past due in rounds that are still open, under an approval."""
    own = _own(person, on)
    if not own:
        return
    moment = now()
    rows = Report.objects.filter(
        unit__in=own, state=Report.State.ASKED, round__due_at__lt=moment, round__locks_at__gt=moment
    ).exclude(round__approval="")
    held = _by_round(rows)
    for row in Round.objects.filter(pk__in=held).order_by("due_at"):
        where = urlencode({"form": row.form, "period": row.period, "status": "overdue"})
        title = _("%(n)s firms are late: %(form)s %(period)s") % {
            "n": held[row.pk], "form": form_name(row), "period": period_name(row.period),
        }  # fmt: skip
        yield Item(_("Missing reports"), title, f"{reverse('forms:chase')}?{where}", None, "", late=True)


@provider("lock exceptions")
def locks(person: Person, on: date) -> Iterator[Item]:
    """Requests to file after a lock that the person may decide on."""
    if not _own(person, on) or not queries.bureau_reader(person):
        return
    rows = exceptions.in_sight(person).filter(granted=None, until__gt=now()).select_related("round__unit")
    for row in rows[:50]:
        if exceptions.may_decide(person, row):
            title = f"{row.enterprise or row.unit} · {form_name(row.round)} {period_name(row.round.period)}"
            place = reverse("forms:exception", args=[row.pk])
            yield Item(_("Exception to a lock"), title, place, row.until.date(), row.reason)
