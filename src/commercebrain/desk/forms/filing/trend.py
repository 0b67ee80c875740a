"""The firm's own course beside the middle of firms like it. Of too few peers nothing is told, of a single one never."""

from __future__ import annotations

from typing import Any

from commercebrain.desk.core.formatting import number, unit_words
from commercebrain.desk.forms.filing import queries
from commercebrain.desk.forms.filing.kept import Kept
from commercebrain.desk.forms.filing.listing import period_said
from commercebrain.desk.forms.filing.lookups import Known
from commercebrain.desk.forms.models import Report, Round
from commercebrain.engine.forms import said
from commercebrain.engine.forms.kinds import FormKind, Question
from commercebrain.engine.forms.peers import Point, Trend, trend

ROUNDS = 9
MOST = 300  # firms whose middle is taken
WIDTH, HEIGHT, EDGE = 320, 90, 6
Answers = dict[int, dict[str, dict[str, Any]]]
KEPT: Kept[tuple[list[str], Answers]] = Kept(seconds=120, most=64)


def trends(report: Report, kind: FormKind, language: str) -> list[dict[str, Any]]:
    """Each question of the declaration's ``trend``, as the page draws it; none before there are two periods."""
    periods = periods_of(report.round)
    own = queries.series([report.enterprise_id], report.round.form, periods).get(report.enterprise_id, {})
    if len(own) < 2:
        return []
    others = _peers(report, kind, periods)
    shown = [period for period in periods if period in own or any(period in one for one in others)]
    return [_drawn(trend(kind, field, own, others, shown), language) for field in kind.trend]


def periods_of(round_: Round) -> list[str]:
    """The last periods of a form up to a round, the earliest first."""
    rows = Round.objects.filter(form=round_.form, opens_at__lte=round_.opens_at, unit=round_.unit_id)
    return list(rows.order_by("-opens_at").values_list("period", flat=True)[:ROUNDS])[::-1]


def _peers(report: Report, kind: FormKind, periods: list[str]) -> list[dict[str, dict[str, Any]]]:
    """The series of firms like this one: of its industry, or of all firms asked where those are too few."""
    industry = report.enterprise.industry[:2]
    groups = [industry, ""] if industry else [""]
    found: list[dict[str, dict[str, Any]]] = []
    for group in groups:
        key = (report.round_id, group, tuple(periods))
        _periods, series = KEPT.get(key, lambda group=group: (periods, _series(report, group, periods)))
        found = [one for firm, one in series.items() if firm != report.enterprise_id]
        if sum(report.round.period in one for one in found) >= kind.peers:
            return found
    return found


def _series(report: Report, group: str, periods: list[str]) -> Answers:
    firms = Report.objects.filter(round=report.round_id, enterprise__industry__startswith=group).order_by("enterprise")
    return queries.series(firms.values_list("enterprise", flat=True)[:MOST], report.round.form, periods)


def _drawn(course: Trend, language: str) -> dict[str, Any]:
    one = course.question
    values = [value for point in course.points for value in (point.own_index, point.peers) if value is not None]
    low, high = (min(values), max(values)) if values else (0.0, 1.0)
    several = len(course.points) > 1
    return {
        "name": one.short.say(language),
        "unit": unit_words(one.unit or ""),
        "said": course.said.say(language),
        "rows": [
            (period_said(point.period), _value(one, point.own, language), *_indices(one, point, language))
            for point in course.points
        ],
        "as_index": one.type != "choice",
        "own_points": _line([point.own_index for point in course.points], low, high) if several else "",
        "others_points": _line([point.peers for point in course.points], low, high) if several else "",
    }


def _value(one: Question, value: Any, language: str) -> str:
    if value is None:
        return "—"
    return number(value) if one.type in ("integer", "decimal") else said(one, value, Known(None), language)


def _indices(one: Question, point: Point, language: str) -> tuple[str, str]:
    """The own index and that of the peers; of a choice its words."""
    if one.type == "choice":
        words = list(one.choices.values())
        return "", words[int(point.peers)].say(language) if point.peers is not None else "—"
    return tuple("—" if value is None else number(round(value), 0) for value in (point.own_index, point.peers))


def _line(values: list[float | None], low: float, high: float) -> str:
    """The points of a line in the picture; what is missing is passed over."""
    span, step = (high - low) or 1.0, (WIDTH - 2 * EDGE) / max(1, len(values) - 1)
    told = [
        f"{EDGE + place * step:.1f},{HEIGHT - EDGE - (value - low) / span * (HEIGHT - 2 * EDGE):.1f}"
        for place, value in enumerate(values)
        if value is not None
    ]
    return " ".join(told) if len(told) > 1 else ""
