"""What the pictures of foresight are drawn from: the fan, the components, the evidence of one month."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext as _

from commercebrain.desk.core.formatting import unit_words
from commercebrain.desk.foresight.queries import SeriesOutlook
from commercebrain.desk.foresight.words import month_text

#: Months of history that the fan shows; the components show all.
SHOWN = 36
DIGITS = 6  # significant digits of what is only drawn


def _drawn(value: float | None) -> float | None:
    return None if value is None else float(f"{value:.{DIGITS}g}")


def fan(found: SeriesOutlook, past: Sequence[Any] = ()) -> dict[str, Any]:
    """Actual, expected one month before, and the months ahead with both intervals; ``past`` are earlier forecasts as
    (target month, point, months before)."""
    months, ahead = found.months[-SHOWN:], found.ahead
    labels = [month_text(one.month) for one in months] + [month_text(one.month) for one in ahead]
    none: list[float | None] = [None] * len(months)
    later: list[float | None] = [None] * len(ahead)
    known = set(labels)
    return {
        "unit": unit_words(found.unit),
        "labels": labels,
        "actual": [_drawn(one.value) for one in months] + later,
        "expected": [_drawn(one.expected) for one in months] + later,
        "point": none + [_drawn(one.point) for one in ahead],
        "low80": none + [_drawn(one.low80) for one in ahead],
        "high80": none + [_drawn(one.high80) for one in ahead],
        "low95": none + [_drawn(one.low95) for one in ahead],
        "high95": none + [_drawn(one.high95) for one in ahead],
        "past": [[month_text(month), _drawn(point)] for month, point in past if month_text(month) in known],
        "words": {
            "actual": _("actual"), "expected": _("expected one month before"), "point": _("forecast"),
            "band80": _("80% interval"), "band95": _("95% interval"), "past": _("forecast three months before"),
        },
    }  # fmt: skip


def components(found: SeriesOutlook) -> dict[str, Any]:
    """Trend, season, festival, working days and the rest, each on an axis of its own; factors as they are, where the
    series is multiplicative."""
    factors = found.log
    rows = [
        ("trend", _("value and trend"), False), ("season", _("season"), factors), ("festival", _("Spring Festival"), factors),
        ("workdays", _("working days"), factors), ("rest", _("rest"), factors),
    ]  # fmt: skip
    return {
        "unit": unit_words(found.unit),
        "labels": [month_text(one.month) for one in found.months],
        "value": [_drawn(one.value) for one in found.months],
        "value_name": _("actual"),
        "parts": [
            {
                "name": name,
                "factor": as_factor,
                "values": [_drawn(getattr(one, key)) for one in found.months],
            }
            for key, name, as_factor in rows
        ],
        "shifts": [month_text(one.month) for one in found.months if one.shifted],
        "outliers": [month_text(one.month) for one in found.months if one.outlier],
        "words": {"shift": _("level shift"), "outlier": _("outlier")},
    }


def adjusted(found: SeriesOutlook) -> dict[str, Any]:
    """The series as it is and seasonally adjusted, for the kind ``lines``."""
    labels = [month_text(one.month) for one in found.months]
    names = (("value", _("actual")), ("adjusted", _("seasonally adjusted")))
    return {
        "unit": unit_words(found.unit),
        "labels": labels,
        "lines": [
            {
                "name": name,
                "points": [[label, _drawn(getattr(one, key))] for label, one in zip(labels, found.months, strict=True)],
            }
            for key, name in names
        ],
    }


def evidence(found: SeriesOutlook) -> dict[str, Any]:
    """The fan of an anomaly's page: the last month's interval stands at that month, nothing ahead."""
    drawn = fan(found)
    months, latest = found.months[-SHOWN:], found.latest
    size = len(months)
    for name in ("labels", "actual", "expected", "point", "low80", "high80", "low95", "high95"):
        drawn[name] = drawn[name][:size]
    if latest is not None and months and months[-1].month == latest.month:
        for name in ("low80", "high80", "low95", "high95"):
            drawn[name][-1] = _drawn(getattr(latest, name))
        drawn["point"][-1] = _drawn(latest.expected)
    drawn["words"]["point"] = _("expected value")
    return drawn
