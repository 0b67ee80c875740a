"""What is asked of a firm, in the words of the page: what is open, where each report stands, how often it was asked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from commercebrain.desk.core import reader
from commercebrain.desk.core.clock import today
from commercebrain.desk.forms import burden
from commercebrain.desk.forms.filing import queries
from commercebrain.desk.forms.filing.words import say_moment
from commercebrain.desk.forms.models import Report, Round
from commercebrain.desk.forms.moment import now
from commercebrain.desk.registry.models import Enterprise
from commercebrain.engine.forms.periods import say_period
from commercebrain.engine.forms.status import WORDS, Status, status

OPEN = (Report.State.ASKED, Report.State.RETURNED)
MOST_FIRMS = 5


def report_state(report: Report) -> Status:
    """Where a report stands now."""
    return status(report.state, report.round.opens_at, report.round.due_at, now())


def state_words(state: Status) -> str:
    """The word for it."""
    return WORDS[state].say(reader.language())


def period_words(round_: Round) -> str:
    """A period as people read it."""
    return period_said(round_.period)


def period_said(period: str) -> str:
    """The same from its text."""
    return say_period(period, reader.language())


def takes_words(seconds: int) -> str:
    """How long a form takes: about 90 seconds; minutes from three on."""
    if seconds < 180:
        return _("about %(n)s seconds") % {"n": seconds}
    return _("about %(n)s minutes") % {"n": round(seconds / 60)}


def until_words(report: Report) -> str:
    """Until when a report is due; once that is over, when it is locked."""
    language, round_ = reader.language(), report.round
    if now() <= round_.due_at:
        return _("due %(when)s") % {"when": say_moment(round_.due_at, language)}
    if now() < round_.locks_at:
        return _("was due %(due)s, locked %(locks)s") % {
            "due": say_moment(round_.due_at, language), "locks": say_moment(round_.locks_at, language),
        }  # fmt: skip
    return _("locked since %(locks)s") % {"locks": say_moment(round_.locks_at, language)}


@dataclass(frozen=True)
class Open:
    """A report that waits for the firm."""

    name: str
    period: str
    firm: str
    state: str
    until: str
    takes: str
    approval: str
    url: str
    act: str
    pressing: bool


def open_now(person: Any) -> list[Open]:
    """What waits to be filled in or corrected, the first due first; locked ones last, since they need leave."""
    rows = queries.own_reports(person).filter(state__in=OPEN, round__opens_at__lte=now())
    language, found = reader.language(), []
    for row in rows.order_by("round__due_at", "pk")[:50]:
        kind, state = queries.declared(row.round), report_state(row)
        locked = now() >= row.round.locks_at and row.state == Report.State.ASKED
        acts = {True: _("Open"), False: _("Correct") if state is Status.RETURNED else _("Fill in")}
        found.append(
            Open(
                kind.name.say(language),
                period_words(row.round),
                str(row.enterprise),
                state_words(state),
                until_words(row),
                takes_words(kind.seconds),
                row.round.approval,
                reverse("filing:report", args=[row.pk]),
                acts[locked],
                not locked,
            )
        )
    return sorted(found, key=lambda one: not one.pressing)


def burdens_of(person: Any) -> list[dict[str, Any]]:
    """How often each of the own firms was asked in twelve months, by form and office, and what could have been spared."""
    language, found = reader.language(), []
    for firm in Enterprise.objects.filter(pk__in=queries.firms_of(person)).order_by("name_zh")[:MOST_FIRMS]:
        told = burden.burden_of(firm)
        if not told.reports:
            continue
        said = ngettext(
            "From %(since)s to %(day)s you were asked once, %(questions)s questions in all; %(spared)s of them could have "
            "been answered from what was known.",
            "From %(since)s to %(day)s you were asked %(n)s times, %(questions)s questions in all; %(spared)s of them could "
            "have been answered from what was known.",
            told.reports,
        ) % {
            "since": burden.since(), "day": today(), "n": told.reports, "questions": told.questions,
            "spared": told.could_be_reused,
        }  # fmt: skip
        rows = [
            {
                "form": row.name.say(language),
                "by": row.by,
                "times": row.times,
                "asked": row.questions,
                "reused": row.reused,
            }
            for row in told.forms
        ]
        found.append({"firm": str(firm), "said": said, "rows": rows})
    return found
