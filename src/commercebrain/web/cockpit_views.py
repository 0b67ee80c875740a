"""The cockpit and the page for the meeting 会前一页纸."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.templatetags.static import static
from django.urls import reverse
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from django.views import View

from commercebrain.desk.bulletins.meeting import question_of, question_of_late, to_docx, why
from commercebrain.desk.core import reader
from commercebrain.desk.core.clock import today
from commercebrain.desk.core.formatting import percent
from commercebrain.desk.core.official import CONTENT_TYPE
from commercebrain.desk.plans.answers import answer, chance_words, summary
from commercebrain.desk.plans.charts import path_chart
from commercebrain.desk.plans.lines import promise, promised_for, subject
from commercebrain.desk.plans.outlook import TargetState
from commercebrain.desk.registry.models import Region
from commercebrain.web import cockpit, meeting
from commercebrain.web.home import start_page
from commercebrain.web.navigation import OUTSIDE, audience

PROVINCE = "33"
CHARTS = 3
HINTS = {
    "not_measurable": _("the series is missing"),
    "unmet": _("binding, and its time is over"),
    "off_path": _("chance below 20%"),
    "at_risk": _("chance 20–80%"),
    "on_path": _("chance 80% or more"),
    "met": _("reached already"),
}


def _state_word(code: str) -> str:
    from commercebrain.web.templatetags.desk import STATES

    return str(STATES[code][0])


def _counts(count: cockpit.Count) -> str:
    """“3 gap, 5 at risk …” for the map's tooltip."""
    return "\n".join(f"{_state_word(code)} {count.by_state[code]}" for code in cockpit.STATES if count.by_state[code])


def _map(groups: Sequence[tuple[Region, cockpit.Count]]) -> dict[str, Any]:
    """What the map shows: for each region its worst state, the count behind it, and where a click leads."""
    chinese = reader.chinese()
    return {
        "none": _t("no plan taken in"),
        "names": {
            region.code: str(region) for region in Region.objects.filter(parent__code="330000", valid_to=None)
        } if not chinese else {},
        "regions": [
            {
                "code": region.code,
                "name": str(region),
                "state": cockpit.worst(count),
                "word": _state_word(cockpit.worst(count)),
                "line": _counts(count),
                "url": f"{reverse('web:cockpit')}?region={region.code}",
            }
            for region, count in groups
            if region.level != "province"
        ],
    }  # fmt: skip


@dataclass(frozen=True)
class Line:
    """One target as the cockpit tells it."""

    row: TargetState
    subject: str
    promise: str
    due: str
    answer: str
    chance: str
    url: str
    chart: dict[str, Any] | None = None
    script: str = ""


def _line(row: TargetState, number: int = 0, *, chart: bool = False) -> Line:
    return Line(
        row=row,
        subject=f"{row.target.region or row.target.region_text} · {subject(row.target)}",
        promise=promise(row.target),
        due=promised_for(row.target),
        answer=answer(row),
        chance=chance_words(row.assessment.chance),
        url=reverse("plans:target", args=[row.target.pk]),
        chart=path_chart(row) if chart else None,
        script=f"gap-{number}",
    )


def _told(request: HttpRequest) -> dict[str, Any]:
    """Everything that cockpit and briefing share."""
    on = today()
    everywhere = cockpit.rows_of(request.user, on=on)
    groups = cockpit.regions(everywhere)
    asked = next((region for region, _count in groups if region.code == request.GET.get("region")), None)
    rows = everywhere
    if asked is not None:
        rows = [row for row in everywhere if row.target.region and row.target.region.code == asked.code]
    counted = cockpit.counted(rows)
    decided = cockpit.decisions(request.user, rows)
    overdue_count, overdue = cockpit.overdue(request.user, on)
    return {
        "rows": rows,
        "groups": groups,
        "asked": asked,
        "count": counted,
        "areas": cockpit.areas(rows),
        "answer": summary(rows),
        "gaps": [_line(row, n, chart=n <= CHARTS) for n, row in enumerate(cockpit.one_each(cockpit.gaps(rows)), 1)],
        "changes": [
            (_line(change.now), change.before)
            for change in cockpit.one_each_change(cockpit.changes(request.user, rows, on))
        ],
        "states": [
            (code, counted.by_state[code], HINTS[code])
            for code in ("not_measurable", *cockpit.MEASURED)
            if code != "unmet" or counted.by_state[code]  # no binding target has run out unmet: nothing to say
        ],
        "since": cockpit.last_month_end(on),
        "news": cockpit.news(request.user, rows, on),
        "decisions": decided,
        "disputes": [_line(row) for row in decided.disagreements],
        "breaks": [_line(row) for row in decided.broken_calibre],
        "overdue_count": overdue_count,
        "overdue": overdue,
        "silence": cockpit.silence(request.user, on),
        "on": on,
        "chinese": reader.chinese(),
    }


def questions(told: dict[str, Any]) -> list[tuple[str, str]]:
    """The three questions that this state of things provokes, each answered from the assessments."""
    asked: list[tuple[str, str]] = []
    for line in told["gaps"][:2]:
        found = line.row.assessment
        reply = line.answer
        needed = found.required_rest_growth if found.required_rest_growth is not None else found.required_growth
        if needed is not None:
            reply += " " + _t("To reach it %(needed)s growth is needed from here; so far it was %(so_far)s a year.") % {
                "needed": percent(needed),
                "so_far": percent(found.growth_so_far),
            }
        asked.append((_t("Can “%(name)s” still be met?") % {"name": line.subject}, reply))
    count: cockpit.Count = told["count"]
    missing = Counter(
        subject(row.target) for row in told["rows"] if row.state == "not_measurable" and row.target.indicator
    )
    named = "、".join(name for name, _n in missing.most_common(4))
    asked.append(
        (
            _t("Why can %(n)s of %(all)s promises not be measured?") % {"n": count.not_measurable, "all": count.total},
            _t("Their series have no figure after the base year, or only one of another calibre; most often missing: "
               "%(names)s.") % {"names": named or "—"},
        )
    )  # fmt: skip
    if len(asked) < 3 and told["overdue_count"]:
        asked.append(
            (
                _t("Which tasks are late?"),
                "；".join(f"{task.title}（{task.due_on}）" for task in told["overdue"][:3]),
            )
        )
    return asked


class Cockpit(View):
    """One page for the director: whether the plan holds, and what is on fire."""

    def get(self, request: HttpRequest) -> HttpResponse:
        """The page, for all regions or for ``?region=``; whoever reads no plans gets the start page instead."""
        if OUTSIDE in audience(request.user):
            return start_page(request)
        told = _told(request)
        told["measured"] = [_line(row) for row in cockpit.one_each(row for row in told["rows"] if row.measurable)]
        told["map"] = _map(told["groups"])
        told["map_file"] = static(f"vendor/maps/{PROVINCE}-cities.json")
        told["map_approval"] = settings.MAP_APPROVAL_NUMBER
        told["charts"] = [line for line in told["gaps"] if line.chart]
        return render(request, "web/cockpit.html", told)


def _briefing(request: HttpRequest) -> dict[str, Any]:
    """What the page for the meeting tells, on the screen and in Word."""
    told = _told(request)
    place = meeting.place_of(told, request.user)
    told["why"], told["why_synthetic"] = why(request.user, place)
    asked = question_of(request.user, place)
    found = [*([asked] if asked else []), *questions(told)][:3]
    told["questions"] = found if len(found) == 3 else [*found, question_of_late(request.user)]
    return told


class Briefing(View):
    """会前一页纸: what changed, why, what next, three questions likely to be asked; one A4."""

    def get(self, request: HttpRequest) -> HttpResponse:
        """The page."""
        return render(request, "web/briefing.html", _briefing(request))


class BriefingDocument(View):
    """The same page as Word."""

    def get(self, request: HttpRequest) -> HttpResponse:
        """The file."""
        told = _briefing(request)
        response = HttpResponse(to_docx(meeting.page(told)), content_type=CONTENT_TYPE)
        name = f"{_t('Page for the meeting')}-{told['on'].isoformat()}.docx"
        response["Content-Disposition"] = f"attachment; filename=\"briefing.docx\"; filename*=UTF-8''{quote(name)}"
        return response
