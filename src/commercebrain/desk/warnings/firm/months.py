"""The months of a firm on one axis: exports with what was expected, orders and how long they last, signals, visits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from types import MappingProxyType
from typing import Any

from django.utils.translation import gettext as _t

from commercebrain.desk.core import reader
from commercebrain.desk.core.catalogue import catalogue
from commercebrain.desk.core.clock import today
from commercebrain.desk.core.formatting import DASH, number, unit_words
from commercebrain.desk.core.levels import SHAPES, level_word
from commercebrain.desk.foresight import queries as foresight
from commercebrain.desk.foresight.asking import Asked
from commercebrain.desk.foresight.words import month_said
from commercebrain.desk.forms import queries as forms
from commercebrain.desk.forms.filing import queries as filing
from commercebrain.desk.forms.models import Report, Submission
from commercebrain.desk.registry.models import Enterprise
from commercebrain.desk.warnings.evidence import EXPORTS, ORDERS
from commercebrain.desk.warnings.models import Signal
from commercebrain.desk.warnings.pages import sentence
from commercebrain.engine.clock import BEIJING
from commercebrain.engine.errors import UserError
from commercebrain.engine.forms.moments import add_months
from commercebrain.engine.rules.vocabulary import COVER

#: Months behind and ahead on the axis, and months of the table below it.
BEHIND, AHEAD, TOLD = 24, 3, 12


@dataclass
class Line:
    """One month: what stands at it in words and numbers (None: not known)."""

    month: int
    label: str
    exports: float | None = None
    expected: float | None = None
    low: float | None = None
    high: float | None = None
    orders: float | None = None
    cover: str = ""
    signals: list[str] = field(default_factory=list)
    level: str = ""
    visits: int = 0


@dataclass(frozen=True)
class Course:
    """The months in order, the unit of exports, why there are no exports where there are none, and the newest in a sentence."""

    lines: tuple[Line, ...]
    unit: str
    no_exports: str
    said: str
    address: str

    @property
    def known(self) -> bool:
        """Whether anything stands on the axis."""
        return any(one.exports is not None or one.orders is not None or one.signals or one.visits for one in self.lines)

    @property
    def drawn(self) -> bool:
        """Whether there is an amount to draw: an axis with marks alone says less than the table."""
        return any(one.exports is not None or one.orders is not None for one in self.lines)

    @property
    def told(self) -> list[dict[str, Any]]:
        """The latest months for the table, the newest first; where no course is drawn, those of which something is known."""
        past = [one for one in self.lines if one.month <= _number(today())][-TOLD:]
        if not self.drawn:
            past = [one for one in past if one.signals or one.visits]
        return [
            {
                "label": one.label, "exports": _shown(one.exports), "expected": _shown(one.expected),
                "orders": _shown(one.orders), "cover": one.cover, "signals": one.signals, "visits": one.visits,
            }
            for one in reversed(past)
        ]  # fmt: skip

    @property
    def columns(self) -> set[str]:
        """The columns of the table in which some month has something: an empty one is not drawn."""
        return {name for one in self.told for name, cell in one.items() if cell not in ("", DASH, None, 0, [])}

    @property
    def data(self) -> dict[str, Any]:
        """What the script draws."""
        lines = self.lines
        return {
            "labels": [one.label for one in lines],
            "unit": self.unit,
            "orders_unit": unit_words("万美元"),
            "actual": [one.exports for one in lines],
            "expected": [one.expected for one in lines],
            "low80": [one.low for one in lines],
            "high80": [one.high for one in lines],
            "orders": [one.orders for one in lines],
            "covers": [one.cover for one in lines],
            "signals": [[SHAPES.get(one.level, "○"), one.signals] if one.signals else None for one in lines],
            "visits": [one.visits or None for one in lines],
            "words": {
                "actual": _t("exports"), "expected": _t("expected value"), "band80": _t("80% interval"),
                "orders": _t("orders in hand"), "cover": _t("months of work"), "signals": _t("Warnings"),
                "visits": _t("visits and calls"), "none": _t("not told"),
            },
        }  # fmt: skip


def course(person: Any, firm: Enterprise, *, own: bool, signals: list[Signal], visits: list[date]) -> Course:
    """The course of a firm. ``own``: the reader is the firm's user and reads its own figures; signals and visits are those
    that the reader may see."""
    last = today()
    axis = {
        _number(one): Line(_number(one), f"{one:%Y-%m}")
        for one in (add_months(last, n) for n in range(1 - BEHIND, AHEAD + 1))
    }
    unit, no_exports, said, address = _exports(person, firm, axis, own=own)
    _orders(person, firm, axis, own=own)
    for row in signals:
        if (line := axis.get(_number(row.opened_on))) is not None:
            line.signals.append(f"{level_word(row.level)} {sentence(row)}")
            line.level = line.level or row.level
    for day in visits:
        if (line := axis.get(_number(day))) is not None:
            line.visits += 1
    return Course(tuple(axis[key] for key in sorted(axis)), unit, no_exports, said, address)


def _number(day: date | datetime) -> int:
    return day.year * 100 + day.month


def _shown(value: float | None) -> str:
    return DASH if value is None else number(value, 0 if abs(value) >= 1_000 else 1 if abs(value) >= 10 else 2)


def _exports(person: Any, firm: Enterprise, axis: Mapping[int, Line], *, own: bool) -> tuple[str, str, str, str]:
    """Puts exports and what is expected on the axis; the unit, why there are none, the newest month, the whole series."""
    hidden = _t("A firm's customs figures are shown to whoever is cleared for its county, and to the firm itself.")
    if EXPORTS not in catalogue().indicators:
        return "", hidden, "", ""
    asked = Asked(EXPORTS, firm.region.code, (), MappingProxyType({"uscc": (firm.uscc,)}))
    try:
        found = foresight.outlook_of_own(person, firm, asked) if own else foresight.outlook_of(person, asked)
    except UserError as fault:
        closed = fault.code == "table.not_declared"
        return "", hidden if closed else fault.say("zh" if reader.chinese() else "en"), "", ""
    if not found.known:
        return "", _t("No month of its exports is held within your reach."), "", ""
    # A firm's months are small beside a city's: 244.8 万元 say more than 0.02 亿元.
    small = found.unit == "亿元" and max(abs(one.value or 0) for one in found.months[-BEHIND:]) < 1
    scale, unit = (10_000.0, unit_words("万元")) if small else (1.0, unit_words(found.unit))

    def scaled(value: float | None) -> float | None:
        return None if value is None else float(f"{value * scale:.6g}")

    for one in found.months:
        if (line := axis.get(one.month)) is not None:
            line.exports, line.expected = scaled(one.value), scaled(one.expected)
    for ahead in found.ahead:
        if (line := axis.get(ahead.month)) is not None:
            line.expected, line.low, line.high = scaled(ahead.point), scaled(ahead.low80), scaled(ahead.high80)
    latest = found.latest
    if latest is not None and (line := axis.get(latest.month)) is not None:
        line.expected, line.low, line.high = scaled(latest.expected), scaled(latest.low80), scaled(latest.high80)
    return unit, "", _said(latest, scaled, unit), "" if own else asked.address()


def _said(latest: Any, scaled: Any, unit: str) -> str:
    if latest is None or latest.value is None:
        return ""
    told = {
        "month": month_said(latest.month), "unit": unit, "value": _shown(scaled(latest.value)),
        "expected": _shown(scaled(latest.expected)), "low": _shown(scaled(latest.low80)), "high": _shown(scaled(latest.high80)),
    }  # fmt: skip
    if latest.expected is None or latest.low80 is None:
        return _t("%(month)s: exports %(value)s %(unit)s.") % told
    return _t("%(month)s: exports %(value)s %(unit)s; expected %(expected)s (80%% interval %(low)s–%(high)s).") % told


def _orders(person: Any, firm: Enterprise, axis: Mapping[int, Line], *, own: bool) -> None:
    """Puts the last order report of each month on the axis."""
    first = min(axis)
    held = (
        Report.objects.filter(pk__in=filing.own_reports(person).order_by().values("pk"))
        if own
        else forms.reports(person)
    )
    rows = held.filter(
        enterprise=firm, round__form=ORDERS, first_sent_at__isnull=False, round__opens_at__date__gte=date(first // 100, first % 100, 1)
    )  # fmt: skip
    asked = dict(rows.order_by("round__opens_at").values_list("pk", "round__due_at"))
    sent: dict[int, dict[str, Any]] = {}
    for pk, answers in (
        Submission.objects.filter(report__in=list(asked)).order_by("number").values_list("report", "answers")
    ):
        sent[pk] = answers
    for pk, due in asked.items():
        line, answers = axis.get(_number(due.astimezone(BEIJING))), sent.get(pk)
        if line is None or answers is None:
            continue
        try:
            line.orders = float(answers["orders_in_hand"])
        except (KeyError, TypeError, ValueError):
            line.orders = None
        line.cover = reader.said(COVER.get(str(answers.get("cover")))) or line.cover
