"""The back-test of a rule as the desk runs it: over the bureau's own facts, with progress, and as plain JSON to be kept."""

from __future__ import annotations

from collections.abc import Mapping
from math import isfinite
from typing import Any

from commercebrain.desk.core.clock import today
from commercebrain.desk.core.jobs import JobContext
from commercebrain.desk.people.models import Unit
from commercebrain.engine.rules.backtest import BackTest, Case, History, Load, Point, backtest
from commercebrain.engine.rules.facts import CityFacts
from commercebrain.engine.rules.kinds import Rule


def computed(context: JobContext, rule: Rule, unit: Unit, first: int, last: int) -> tuple[dict[str, Any], bool]:
    """What a rule would have told at a bureau in the months from first to last, and whether that is invented.

    Raises :class:`UserError` where nothing can be tested, and lets a cancelled job end between two months.
    """
    from commercebrain.desk.warnings import facts

    context.progress(0, 1, "读取数据", "reading the facts")
    city: CityFacts = facts.city(unit, today())

    def told(done: int, total: int) -> None:
        context.progress(done, total + 1, f"回测第{done}个月，共{total}个月", f"month {done} of {total}")

    def asked_to_stop() -> bool:
        context.check()
        return False

    found = backtest(
        rule, History(city, first, last), first=first, last=last, newest=city, progress=told, cancelled=asked_to_stop
    )
    return result_of(found), found.synthetic


def result_of(found: BackTest) -> dict[str, Any]:
    """A back-test as it is kept: figures that cannot be told are null."""
    months = max(found.counted, 1)
    return {
        "signals": found.signals, "right": found.right, "false": found.false, "repeats": found.repeats,
        "hits": found.hits, "episodes": found.episodes, "precision": _told(found.precision), "recall": _told(found.recall),
        "lead": _told(found.lead_median), "false_a_month": _told(found.false_a_month),
        "signals_a_month": found.signals / months, "unknown": _told(found.unknown), "months": len(found.months),
        "counted": found.counted, "slider": found.slider, "leads": _leads(found.lead),
        "counties": {code: _load(load, months) for code, load in found.by_county.items()},
        "curve": [_point(point, months) for point in found.curve],
        "found": [_case(one) for one in found.hit_examples], "missed": [_case(one) for one in found.missed_examples],
        "false_examples": [_case(one) for one in found.false_examples],
        "reasons": [{"zh": one.zh, "en": one.en} for one in found.too_short],
        "by_month": [list(one) for one in found.by_month],
    }  # fmt: skip


def _told(value: float) -> float | None:
    return float(value) if isfinite(value) else None


def _leads(lead: tuple[int, ...]) -> Mapping[str, int]:
    return {str(months): lead.count(months) for months in sorted(set(lead))}


def _load(load: Load, months: int) -> dict[str, Any]:
    judged = load.right + round(load.false_a_month * months)
    return {
        "signals": load.signals, "right": load.right, "signals_a_month": _told(load.signals_a_month),
        "false_a_month": _told(load.false_a_month), "precision": load.right / judged if judged else None,
    }  # fmt: skip


def _point(point: Point, months: int) -> dict[str, Any]:
    return {
        "value": format(point.value, "f"), "signals": point.signals, "hits": point.hits,
        "precision": _told(point.precision), "recall": _told(point.recall), "lead": _told(point.lead),
        "false_a_month": _told(point.false_a_month), "signals_a_month": point.signals / months,
    }  # fmt: skip


def _case(one: Case) -> dict[str, Any]:
    return {"key": one.key, "name": {"zh": one.name.zh, "en": one.name.en}, "month": one.month, "shown": one.shown}
