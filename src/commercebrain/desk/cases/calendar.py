"""The month of cases: what is due on which day, foreign days in both time zones, follow-ups when their month is published,
and above it what fell due before and is still open."""

from __future__ import annotations

import calendar
from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, QueryDict
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from commercebrain.desk.cases import pages
from commercebrain.desk.cases.models import Case, Clock, FollowUp, Pause
from commercebrain.desk.cases.views import OWN, Drawn
from commercebrain.desk.core.clock import today
from commercebrain.desk.core.workdays import is_workday
from commercebrain.desk.forms.moment import now
from commercebrain.engine.clock import BEIJING

#: What one day of the month shows at most, and how much of what fell due before it; the rest is counted.
MOST, EARLIER = 6, 50
#: The years whose months are drawn: dates end with the year 9999, and nothing is due in the Middle Ages.
FIRST, LAST = 1950, 2199


@dataclass(frozen=True)
class Due:
    """One thing of a day: what is due, of which case, and how it stands."""

    case: Case
    what: str
    at: str
    elsewhere: str
    css: str
    shape: str
    words: str
    on: date | None = None

    @property
    def url(self) -> str:
        """The page of its case."""
        return pages.address(self.case)


def asked_month(request: HttpRequest) -> date:
    """The first day of the month that is asked for; this month where what is asked cannot be read."""
    text, here = request.GET.get("month", ""), today().replace(day=1)
    try:
        asked = date.fromisoformat(f"{text}-01") if text else here
    except ValueError:
        return here
    return asked if FIRST <= asked.year <= LAST else here


class Calendar(Drawn):
    """A month."""

    template_name = "cases/calendar.html"
    title = _("Cases")

    def drawn(self, request: HttpRequest, rows: QuerySet[Case]) -> dict[str, Any]:
        """The weeks of the month, each day with what is due on it."""
        first = asked_month(request)
        weeks = calendar.Calendar().monthdatescalendar(first.year, first.month)
        found = due_between(rows, weeks[0][0], weeks[-1][-1])
        day = today()
        drawn = [
            [
                {
                    "date": one, "things": found[one][:MOST], "more": max(0, len(found[one]) - MOST), "all": found[one],
                    "out": one.month != first.month, "today": one == day, "off": not is_workday(one),
                    "words": date_format(one, _t("l j F Y")),
                }
                for one in week
            ]
            for week in weeks
        ]  # fmt: skip
        kept = request.GET.copy()
        kept.pop("month", None)
        query = f"&{kept.urlencode()}" if kept else ""
        before, after = (first - timedelta(days=1)).replace(day=1), (first + timedelta(days=32)).replace(day=1)
        many = sum(len(found[one]) for week in weeks for one in week if one.month == first.month)
        return {
            "weeks": drawn,
            "month": f"{first:%Y-%m}",
            "month_words": date_format(first, _t("F Y")),
            "weekdays": [date_format(one, "D") for one in weeks[0]],
            "previous_url": f"?month={before:%Y-%m}{query}",
            "next_url": f"?month={after:%Y-%m}{query}",
            "now_url": f"?month={day:%Y-%m}{query}",
            "is_now": first == day.replace(day=1),
            "month_line": ngettext("%(n)s thing is due in this month", "%(n)s things are due in this month", many) % {"n": many},
            **earlier(rows, weeks[0][0]), "late_url": late_url(kept),
        }  # fmt: skip


def late_url(kept: QueryDict) -> str:
    """The list of the open cases past a clock, under the other filters of the month."""
    query = kept.copy()
    for name in OWN:
        query.pop(name, None)
    query["state"], query["late"] = "open", "yes"
    return f"{reverse('cases:cases')}?{query.urlencode()}"


def earlier(rows: QuerySet[Case], first: date) -> dict[str, Any]:
    """The clocks that ran out before ``first`` (a day in Beijing) and that nobody met, the oldest on top: those shown, how
    many more there are, and the line above them. Clocks that stand still are not late."""
    begin = min(now(), _midnight(first))
    still = Pause.objects.filter(until=None).order_by().values("clock")
    found = Clock.objects.filter(
        case__in=rows.filter(state=Case.State.OPEN).order_by().values("pk"), due_at__lt=begin, dropped_at=None, met_at=None
    ).exclude(pk__in=still)  # fmt: skip
    shown = [
        Due(clock.case, pages.clock_name(clock), "", "", *_state(clock, False), clock.due_at.astimezone(BEIJING).date())
        for clock in found.select_related("case").order_by("due_at", "pk")[:EARLIER]
    ]
    many = len(shown) if len(shown) < EARLIER else found.count()
    line = ngettext(
        "%(n)s clock ran out before %(day)s and is still open",
        "%(n)s clocks ran out before %(day)s and are still open", many,
    ) % {"n": many, "day": first.isoformat()}  # fmt: skip
    return {"earlier": shown, "earlier_line": line, "earlier_more": many - len(shown)}


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min), BEIJING)


def due_between(rows: QuerySet[Case], first: date, last: date) -> dict[date, list[Due]]:
    """What is due from the first to the last day, by its day in Beijing: clocks that run or stand still, follow-ups.

    What was done in time is no longer due: it stands on the page of its case.
    """
    found: dict[date, list[Due]] = defaultdict(list)
    begin, end = _midnight(first), _midnight(last + timedelta(days=1))
    keys = rows.order_by().values("pk")
    clocks = Clock.objects.filter(case__in=keys, due_at__gte=begin, due_at__lt=end, dropped_at=None, met_at=None)
    for clock in clocks.select_related("case").prefetch_related("pauses").order_by("due_at", "pk"):
        still = [one for one in clock.pauses.all() if one.until is None]
        here, there = pages.both_zones(clock)
        css, shape, words = _state(clock, bool(still))
        found[clock.due_at.astimezone(BEIJING).date()].append(
            Due(clock.case, pages.clock_name(clock), here[11:] if there else "", there, css, shape, words)
        )
    follow = FollowUp.objects.filter(case__in=keys, due_on__gte=first, due_on__lte=last).select_related("case")
    for one in follow.order_by("due_on", "pk"):
        done = one.checked_at is not None
        what = ngettext("follow-up after %(n)s month", "follow-up after %(n)s months", one.periods) % {"n": one.periods}
        css, shape, words = ("met", "✔", _t("checked")) if done else ("follow", "◷", _t("checked when published"))
        found[one.due_on].append(Due(one.case, what, "", "", css, shape, words))
    return found


def _state(clock: Clock, still: bool) -> tuple[str, str, str]:
    if still:
        return "left", "‖", _t("stands still")
    if clock.due_at < now():
        return "late", "▲", pages.left_words(clock.due_at, clock.calendar).removeprefix("▲ ")
    return pages.left_class(clock.due_at), "●", pages.left_words(clock.due_at, clock.calendar)


__all__ = ["Calendar", "due_between", "earlier"]
