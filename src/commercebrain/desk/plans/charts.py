"""What a chart is given: plain numbers and words for ``static/js/charts.js``. Nothing is computed here."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from commercebrain.desk.core.formatting import unit_words
from commercebrain.desk.plans.answers import in_language
from commercebrain.desk.plans.outlook import TargetState
from commercebrain.engine.outlook.history import Answer


def _plain(value: Decimal | None) -> float | None:
    return None if value is None else float(value)


def path_chart(state: TargetState) -> dict[str, Any] | None:
    """The path of a target, year by year; None where there is nothing to draw."""
    points = state.assessment.path
    if not points:
        return None
    target = state.target
    return {
        "kind": "path",
        "unit": unit_words(state.unit),
        "years": [point.year for point in points],
        "actual": [_plain(point.actual) for point in points],
        "missing": [point.year for point in points if point.missing],
        "straight": [_plain(point.straight) for point in points],
        "growth": [_plain(point.growth) for point in points],
        "agreed": [_plain(point.agreed) for point in points],
        "forecast": [_plain(point.forecast) for point in points],
        "low80": [_plain(point.low80) for point in points],
        "high80": [_plain(point.high80) for point in points],
        "low95": [_plain(point.low95) for point in points],
        "high95": [_plain(point.high95) for point in points],
        "target": _plain(target.value) if state.unit == target.unit_text else None,
        "words": {
            "actual": _("actual"),
            "straight": _("straight line"),
            "growth": _("constant growth"),
            "agreed": _("agreed schedule"),
            "forecast": _("forecast"),
            "band80": _("80% band"),
            "band95": _("95% band"),
            "target": _("target"),
            "missing": _("missing"),
        },
    }


def season_chart(state: TargetState) -> dict[str, Any] | None:
    """The current year month by month: the running totals against the own season's share of the year's target."""
    points = state.assessment.season
    if not points:
        return None
    return {
        "kind": "season",
        "unit": unit_words(state.unit),
        "labels": [in_language(point.period.say("zh"), point.period.say("en")) for point in points],
        "expected": [_plain(point.expected) for point in points],
        "actual": [_plain(point.actual) for point in points],
        "forecast": [_plain(point.forecast) for point in points],
        "low80": [_plain(point.low80) for point in points],
        "high80": [_plain(point.high80) for point in points],
        "words": {
            "expected": _("own season"),
            "actual": _("actual"),
            "forecast": _("forecast"),
            "band80": _("80% band"),
        },
    }


def moved_chart(state: TargetState, answers: list[Answer]) -> dict[str, Any] | None:
    """How the landing and its band moved as figures came out; None where there are fewer than two landings."""
    rows = [one for one in answers if one.assessment.landing is not None and one.through is not None]
    if len(rows) < 2:
        return None
    landings = [one.assessment.landing for one in rows if one.assessment.landing is not None]
    target = state.target
    return {
        "kind": "moved",
        "unit": unit_words(state.unit),
        "labels": [through(one) for one in rows],
        "landing": [_plain(one.point) for one in landings],
        "low80": [_plain(one.low80) for one in landings],
        "high80": [_plain(one.high80) for one in landings],
        "target": _plain(state.terms.value if state.terms.value is not None else state.terms.base_value)
        if state.unit == target.unit_text
        else None,
        "words": {"landing": _("landing"), "band80": _("80% band"), "target": _("target")},
    }


def through(answer: Answer) -> str:
    """The last month that was known at an answer: 2025-06."""
    year, month = answer.through.last if answer.through else (0, 0)
    return f"{year}-{month:02d}"
