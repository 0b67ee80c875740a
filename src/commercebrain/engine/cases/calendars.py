"""Which days count: at home the State Council's working days, abroad those of the authority's country, in its zone.

A year that the State Council has not announced yet counts by its weekends; a day set by that is preliminary, and said so.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from commercebrain.engine import workdays
from commercebrain.engine.cases.authorities import Authority
from commercebrain.engine.catalogue.models import Words
from commercebrain.engine.errors import UserError

HOME = "CN"
HOME_ZONE = "Asia/Shanghai"


@dataclass(frozen=True)
class Calendar:
    """A calendar: its code (``CN``, or that of an authority abroad), zone, and whether a day counts as a working day. ``days``
    says whose public holidays are meant where the name does not."""

    code: str
    zone: ZoneInfo
    name: Words
    is_workday: Callable[[date], bool]
    days: Words | None = None

    def unannounced(self, first: date, last: date) -> int | None:
        """The first year from ``first`` to ``last`` that counts by its weekends because its notice is not known yet."""
        return workdays.unannounced(first, last) if self.code == HOME else None

    def add(self, day: date, count: int) -> date:
        """The ``count``-th working day after ``day``; 0 is ``day`` itself."""
        left = count
        while left > 0:
            day += timedelta(days=1)
            left -= self.is_workday(day)
        return day

    def between(self, first: date, last: date) -> int:
        """How many working days come after ``first`` up to and with ``last``; negative where ``last`` is earlier."""
        if last < first:
            return -self.between(last, first)
        return sum(self.is_workday(first + timedelta(days=n)) for n in range(1, (last - first).days + 1))

    def moved(self, day: date, how: str, not_before: date | None = None) -> date:
        """``day`` where it is a working day, else the next one (``after``) or the one before (``before``); the next one,
        too, where the one before would lie before ``not_before``."""
        if self.is_workday(day):
            return day
        step = timedelta(days=-1 if how == "before" else 1)
        found = day
        while not self.is_workday(found):
            found += step
        if not_before is not None and found < not_before:
            return self.moved(day, "after")
        return found


def _declared() -> Mapping[str, Authority]:
    from commercebrain.engine.catalogue.loader import load_catalogue

    return load_catalogue().authorities


#: Who knows the authorities: the product's catalogue, unless an installation says otherwise (:func:`known_from`).
_KNOWN: list[Callable[[], Mapping[str, Authority]]] = [_declared]


def known_from(authorities: Callable[[], Mapping[str, Authority]]) -> None:
    """Says from where authorities are known: an installation has its own beside the product's."""
    _KNOWN[:] = [authorities]


def calendar_of(code: str) -> Calendar:
    """The calendar of ``CN`` or of an authority abroad.

    Raises :class:`UserError` (``case.no_calendar``) where the authority is not declared: its holidays are not guessed.
    """
    return _at_home() if code in (HOME, "CHN") else calendar_for(_KNOWN[0](), code)


@lru_cache(maxsize=1)
def _at_home() -> Calendar:
    return Calendar(
        HOME, ZoneInfo(HOME_ZONE), Words(zh="中国工作日", en="working days in China"), workdays.likely_workday
    )


def calendar_for(authorities: Mapping[str, Authority], code: str) -> Calendar:
    """The calendar of an authority among those given by code."""
    found = authorities.get(code)
    if found is None:
        raise UserError(
            "case.no_calendar",
            f"没有“{code}”的节假日和时区，时限不能自动计算；请在 authorities.yaml 中补充，或由经办人核对后手工填写截止日期。",
            f"The holidays and the time zone of “{code}” are not declared, so its deadlines are not computed; add it to "
            "authorities.yaml, or enter the due day by hand after checking it.",
        )
    days = (found.days.zh, found.days.en) if found.days is not None else None
    return _abroad(found.code, found.name.zh, found.name.en, found.zone, found.holidays, found.subdivision, days)


@lru_cache(maxsize=64)
def _abroad(
    code: str, zh: str, en: str, zone: str, holidays: str, subdivision: str | None, told: tuple[str, str] | None
) -> Calendar:
    from holidays import country_holidays

    days, whose = country_holidays(holidays, subdiv=subdivision), Words(zh=told[0], en=told[1]) if told else None
    return Calendar(code, ZoneInfo(zone), Words(zh=zh, en=en), lambda day: bool(days.is_working_day(day)), whose)
