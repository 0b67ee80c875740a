"""What warnings ask of a person: signals of the own units that wait for somebody, proposals of rules to decide on."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from django.db.models import Count, Min
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from commercebrain.desk.core.levels import level_word
from commercebrain.desk.core.work import Item, provider
from commercebrain.desk.forms.moment import now
from commercebrain.desk.people.models import Person
from commercebrain.desk.people.scopes import memberships_held
from commercebrain.desk.warnings import pages, queries, words
from commercebrain.desk.warnings.models import Alarm, RuleUse
from commercebrain.desk.warnings.ranking import work as ranking_work  # noqa: F401 - declares its own source

#: Signals that are named one by one; more are counted by level.
NAMED = 5


def _own(person: Person, on: date) -> list[int]:
    """The units in which a person works; what units below have to do is theirs."""
    return [row.unit_id for row in memberships_held(person.pk, on) if row.firm_id is None and row.role.enter]


@provider("signals")
def signals(person: Person, on: date) -> Iterator[Item]:
    """Signals that nobody answers for yet, the most pressing by name, the others by level."""
    rows, moment = queries.waiting_for(person), now()
    named = list(rows.annotate(weight=pages.WEIGHT).order_by("weight", "due_at", "pk")[: NAMED + 1])
    if len(named) <= NAMED:
        for row in named:
            due = row.due_at.date() if row.due_at else None
            late = row.due_at is not None and row.due_at < moment
            title = f"{words.of_row(row, 'subject')} · {pages.rule_name(row.rule, row.declaration)}"
            yield Item(_("Warning"), title, words.signal_address(row), due, level_word(row.level), late=late)
        return
    held = rows.order_by().values("level").annotate(n=Count("pk"), due=Min("due_at"))
    for found in sorted(
        held, key=lambda one: words.GRAVEST.index(one["level"]) if one["level"] in words.GRAVEST else 9
    ):
        due = found["due"]
        told = ngettext(
            "%(n)s signal waits to be acknowledged: %(level)s",
            "%(n)s signals wait to be acknowledged: %(level)s",
            found["n"],
        )
        where = urlencode({"level": found["level"], "state": "late" if due and due < moment else "waiting"})
        yield Item(
            _("Warning"), told % {"n": found["n"], "level": level_word(found["level"])},
            f"{reverse('warnings:signals')}?{where}", due.date() if due else None, "", late=bool(due and due < moment),
        )  # fmt: skip


@provider("rules")
def proposals(person: Person, on: date) -> Iterator[Item]:
    """Rules that somebody else proposed and that the person may approve."""
    own = _own(person, on)
    if not own:
        return
    rows = RuleUse.objects.filter(unit__in=own, state=RuleUse.State.PROPOSED).exclude(proposed_by=person)
    for row in rows.select_related("unit").order_by("proposed_at")[:20]:
        url = f"{reverse('warnings:rule', args=[row.rule])}?{urlencode({'unit': row.unit_id})}"
        yield Item(
            _("Rule to approve"), f"{row.rule} {pages.rule_name(row.rule, row.declaration)}", url, None, row.reason
        )


@provider("alarms of the watcher")
def alarms(person: Person, on: date) -> Iterator[Item]:
    """Rules of the own bureau that were not evaluated."""
    own = [
        row.unit_id
        for row in memberships_held(person.pk, on)
        if row.firm_id is None and (row.role.enter or row.role.runs_system)
    ]
    if not own:
        return
    for row in Alarm.objects.filter(unit__in=own, over_at=None).select_related("unit"):
        yield Item(
            _("Rules not evaluated"),
            words.of_row(row, "why"),
            reverse("warnings:evaluations"),
            None,
            str(row.unit),
            late=True,
        )
