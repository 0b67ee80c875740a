"""What is asked of a firm, in the words of the page: what is open, where each report stands, how often it was asked."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.urls import reverse
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from commercebrain.desk.core.clock import today
from commercebrain.desk.forms.filing import queries
from commercebrain.desk.forms.filing.words import say_moment
from commercebrain.desk.forms.models import Report, Round, Submission
from commercebrain.desk.forms.moment import now
from commercebrain.engine.forms.periods import say_period
from commercebrain.engine.forms.status import WORDS, Status, status

OPEN = (Report.State.ASKED, Report.State.RETURNED)
YEAR = timedelta(days=365)


def report_state(report: Report) -> Status:
    """Where a report stands now."""
    return status(report.state, report.round.opens_at, report.round.due_at, now())


def state_words(state: Status) -> str:
    """The word for it."""
    return WORDS[state].say(get_language() or "zh")


def period_words(round_: Round) -> str:
    """A period as people read it."""
    return period_said(round_.period)


def period_said(period: str) -> str:
    """The same from its text."""
    return say_period(period, get_language() or "zh")


def takes_words(seconds: int) -> str:
    """How long a form takes: about 90 seconds; minutes from three on."""
    if seconds < 180:
        return _("about %(n)s seconds") % {"n": seconds}
    return _("about %(n)s minutes") % {"n": round(seconds / 60)}


def until_words(report: Report) -> str:
    """Until when a report is due; once that is over, when it is locked."""
    language, round_ = get_language() or "zh", report.round
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
    language, found = get_language() or "zh", []
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


def burden_of(person: Any) -> dict[str, Any] | None:
    """How often the own firms were asked in twelve months, by form and office, and how much was filled in already."""
    since = now() - YEAR
    rows = queries.own_reports(person).filter(round__opens_at__gte=since, round__opens_at__lte=now())
    reports = list(rows.select_related("round__unit", "enterprise"))
    if not reports:
        return None
    sent: dict[int, tuple[int, int]] = {
        report: (asked, reused)
        for report, asked, reused in Submission.objects.filter(report__in=reports)
        .order_by("number")
        .values_list("report", "asked", "reused")
    }
    lines: dict[tuple[str, str], list[int]] = {}
    for report in reports:
        key = queries.declared(report.round).name.say(get_language() or "zh"), str(report.round.unit)
        line = lines.setdefault(key, [0, 0, 0])
        asked, reused = sent.get(report.pk, (0, 0))
        line[0], line[1], line[2] = line[0] + 1, line[1] + asked, line[2] + reused
    said = ngettext(
        "From %(since)s to %(day)s you were asked once; %(reused)s of %(asked)s answers were filled in already.",
        "From %(since)s to %(day)s you were asked %(n)s times; %(reused)s of %(asked)s answers were filled in already.",
        len(reports),
    )
    totals = _totals(lines.values())
    words = {"since": since.date(), "day": today(), "n": len(reports), "asked": totals[1], "reused": totals[2]}
    table = [
        {"form": form, "by": by, "times": line[0], "asked": line[1], "reused": line[2]}
        for (form, by), line in sorted(lines.items(), key=lambda item: -item[1][0])
    ]
    return {"said": said % words, "rows": table}


def _totals(lines: Iterable[list[int]]) -> list[int]:
    return [sum(column) for column in zip(*lines, strict=True)]
