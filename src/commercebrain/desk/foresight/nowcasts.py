"""The quarter in progress from its months so far: offered where ``catalogue/foresight.yaml`` declares it."""

from __future__ import annotations

import calendar
import math
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache
from threading import Lock
from typing import TYPE_CHECKING

from django.urls import reverse
from django.utils.translation import gettext as _

from commercebrain.desk.core import reader
from commercebrain.desk.core.catalogue import catalogue
from commercebrain.desk.core.clock import today
from commercebrain.desk.core.figures import reach_for, sources
from commercebrain.desk.core.formatting import MINUS
from commercebrain.desk.foresight import words
from commercebrain.desk.foresight.asking import HORIZON, Asked
from commercebrain.desk.foresight.queries import State, lake_state
from commercebrain.desk.people.models import Person
from commercebrain.engine.catalogue import Indicator
from commercebrain.engine.indicators import Reach
from commercebrain.engine.outlook.kept import foresight_plan

if TYPE_CHECKING:
    from commercebrain.engine.outlook.quarters import QuarterNowcast

#: What moved the answer: so many figures are named.
NAMED = 6
_one_at_a_time = Lock()


@dataclass(frozen=True)
class News:
    """A figure that was not what the model expected, and how far it moved the quarter."""

    name: str
    month: str
    expected: str
    actual: str
    impact: str


@dataclass(frozen=True)
class Shown:
    """The panel."""

    title: str
    answer: str
    beside: str
    moved: str
    news: tuple[News, ...]
    synthetic: bool


def declared(code: str) -> tuple[str, ...] | None:
    """The indicators that tell about the quarter of ``code``; None where no nowcast is declared of it."""
    return next((one.others for one in foresight_plan().nowcasts if one.indicator == code), None)


def offered(indicator: Indicator, asked: Asked) -> str:
    """The address of the panel; "" where no nowcast is declared of the indicator, or the question narrows it."""
    if asked.where or declared(indicator.code) is None:
        return ""
    address = reverse("foresight:nowcast", args=[asked.code, asked.region])
    return f"{address}?as_of={asked.as_of}" if asked.as_of else address


def nowcast_of(person: Person, indicator: Indicator, asked: Asked) -> Shown | None:
    """The panel of a whole series; none where no nowcast is declared. Raises :class:`UserError` for what cannot be asked.

    The model takes seconds, so it is fitted once for each state of the lake, reach and day, one at a time in a process.
    """
    others = declared(indicator.code)
    if asked.where or others is None:
        return None
    states = tuple(lake_state(catalogue().indicator(code)) for code in (indicator.code, *others))
    with _one_at_a_time:
        found = _nowcast(states, reach_for(person), replace(asked, by=(), horizon=HORIZON), asked.as_of or today())
    return shown(found, indicator)


@lru_cache(maxsize=64)
def _nowcast(_states: tuple[State, ...], reach: Reach, asked: Asked, day: date) -> QuarterNowcast:
    from commercebrain.engine.outlook.quarters import nowcast_quarter  # loads the model's libraries

    return nowcast_quarter(
        sources(asked.as_of), catalogue(), asked.code, asked.region, as_of=day, since=month_before(day), reach=reach
    )


def month_before(day: date) -> date:
    """The same day of the month before: since then is told what moved the quarter."""
    year, month = (day.year, day.month - 1) if day.month > 1 else (day.year - 1, 12)
    return date(year, month, min(day.day, calendar.monthrange(year, month)[1]))


def shown(found: QuarterNowcast, indicator: Indicator) -> Shown:
    """The panel in words."""
    from commercebrain.engine.outlook.nowcasting import NOWCAST_REASONS

    told, places = found.told, indicator.decimals
    quarter = found.quarter.say(reader.language())
    title = _("The quarter in progress: %(quarter)s") % {"quarter": quarter}
    if told.reason:
        zh, en = NOWCAST_REASONS[told.reason]
        why = zh if reader.chinese() else en
        return Shown(title, _("No nowcast: %(why)s.") % {"why": why}, "", "", (), found.synthetic)
    answer = _("%(quarter)s: %(value)s (80%% interval %(span)s)") % {
        "quarter": quarter, "value": words.amount(told.value, places, found.unit),
        "span": words.span(told.low80, told.high80, places),
    }  # fmt: skip
    if math.isfinite(found.growth):
        answer += words.comma() + _("year on year %(change)s") % {"change": words.changed(found.growth)}
    beside = _("%(n)s of its 3 months are known; told by %(series)s.") % {
        "n": told.known, "series": words.listed(dict.fromkeys(_name(found.series[row]) for row in told.used)),
    }  # fmt: skip
    moved = ""
    if math.isfinite(told.before) and found.earlier is not None:
        moved = _("On %(day)s it stood at %(before)s; since then it was moved by:") % {
            "day": found.earlier, "before": words.amount(told.before, places, found.unit),
        }  # fmt: skip
    news = tuple(
        News(
            _name(found.series[one.series]), words.month_said(one.month), words.signed(one.expected),
            words.signed(one.actual), signed(one.impact, places),
        )
        for one in told.news[:NAMED]
    )  # fmt: skip
    return Shown(title, answer, beside, moved, news, found.synthetic)


def _name(code: str) -> str:
    return reader.said(catalogue().indicator(code).name)


def signed(value: float, places: int) -> str:
    """A difference with its sign."""
    text = words.amount(abs(value), places)
    if not text.strip("0.,"):
        return text  # no sign before a zero
    return f"+{text}" if value > 0 else f"{MINUS}{text}"
