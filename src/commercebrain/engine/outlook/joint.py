"""A quotient at the end of the year through numerator and denominator together.

What moves is the quotient of the months, and its own months say how much: errors that numerator and denominator share (a
festival, a currency) cancel in it as they do in life. The quotient of the rest of the year is weighed with the denominator
that is still to come.
"""

from __future__ import annotations

import math
from collections.abc import Callable

from commercebrain.engine.foresight.months import months_apart
from commercebrain.engine.outlook import monthly, rest
from commercebrain.engine.outlook.distribution import Z80, Z95, Distribution, from_quantiles, transformed
from commercebrain.engine.outlook.evidence import Evidence
from commercebrain.engine.outlook.terms import Settings

_Bounds = tuple[float, tuple[float, float, float, float]]


def forecast(evidence: Evidence, running: tuple[int, int], settings: Settings) -> Distribution | None:
    """The quotient of the year that ``running`` (year, month) is in; None where a part of it is not known."""
    if evidence.parts is None:
        return None
    top, bottom = (rest.totals_of(part) for part in evidence.parts)
    if top.get(running, 0.0) <= 0 or bottom.get(running, 0.0) <= 0:
        return None
    # The unit that the quotient is told in (%, :1) comes from its own figure.
    unit = float(evidence.running[running]) * bottom[running] / top[running]

    def weigh(to_come: float) -> Callable[[float], float]:
        return lambda quotient: (top[running] + quotient * to_come) / (bottom[running] + to_come)

    found = _by_months(evidence, (top, bottom), running, weigh)
    if found is None:
        found = _as_so_far(evidence, (top, bottom), running, settings, weigh) or _by_share(
            evidence, (top, bottom), running, weigh
        )
    if found is None:
        return None
    (point, bounds), method, errors, notes = found
    low95, low80, high80, high95 = (bound * unit for bound in bounds)
    return from_quantiles(
        point * unit, (low95, low80, high80, high95), log=False, method=method, errors=errors, notes=notes
    )


_Weigh = Callable[[float], Callable[[float], float]]
_Found = tuple[_Bounds, str, int, tuple[str, str]]


def _to_come(bottom: rest.Totals, year: int, month: int, peers: list[rest.Measure]) -> float | None:
    """What the denominator still adds this year."""
    told = rest.rest_of_year((bottom,), year, month, peers)
    if told is None:
        return None
    return (bottom[year - 1, 12] - bottom[year - 1, month]) * math.exp(told.centre)


def _by_months(evidence: Evidence, parts: rest.Measure, running: tuple[int, int], weigh: _Weigh) -> _Found | None:
    """With three years of months: the forecaster on the quotient's own months."""
    year, month = running
    series = monthly.months_of(parts, evidence)
    if series is None or series.known < monthly.LEAST_MONTHS or series.last != year * 100 + month:
        return None
    ahead = months_apart(series.last, year * 100 + 12)
    to_come, sums = _to_come(parts[1], year, month, []), monthly.sums_ahead(series, ahead)
    if to_come is None or sums is None:
        return None
    to = weigh(to_come)
    point, low95, low80, high80, high95 = (to(value / ahead) for value in sums.rows[-1])
    zh = f"{year}年由分子、分母的逐月之比预测推算（{series.known}个月的历史）；区间取自同一预测在本地历史上的误差。"
    en = (
        f"{year} from the forecast of the months’ own quotient ({series.known} months of history); bands from the errors of "
        "the same forecast on the own history."
    )
    return (point, (low95, low80, high80, high95)), "joint", sums.errors, (zh, en)


def _as_so_far(
    evidence: Evidence, parts: rest.Measure, running: tuple[int, int], settings: Settings, weigh: _Weigh
) -> _Found | None:
    """As the change so far against last year lets it be expected."""
    year, month = running
    peers = [tuple(map(rest.totals_of, peer.parts)) for peer in evidence.peers if peer.parts is not None]
    told = rest.rest_of_year(parts, year, month, peers)
    to_come = _to_come(parts[1], year, month, [])
    if told is None or to_come is None:
        return None
    before = [totals[year - 1, 12] - totals[year - 1, month] for totals in parts]
    given, to = rest.constants(), weigh(to_come)
    bounds = transformed(
        told.centre, told.scale, given.bound80, given.bound95, lambda x: to(before[0] / before[1] * math.exp(x))
    )
    zh = f"{year}年由分子、分母的本年累计和其余月份之比推算（按前{month}个月的变化折让）"
    en = f"{year} from numerator and denominator so far and the quotient of the rest, as far as {month} month(s) tell of it"
    return bounds, "joint", told.own, rest.bands_from(told, settings.own_errors, zh, en)


def _by_share(evidence: Evidence, parts: rest.Measure, running: tuple[int, int], weigh: _Weigh) -> _Found | None:
    """Without last year: the rest is as the year so far, give or take how much shares of a year move."""
    year, month = running
    codes = [part.code for part in evidence.parts or ()]
    parts = tuple(rest.totals_of(part, implied=False) for part in evidence.parts or ())
    if any(running not in totals for totals in parts):  # known from a later growth alone
        return None
    told = [rest.share_of_year(totals, year, month, code=code) for totals, code in zip(parts, codes, strict=True)]
    if told[0] is None or told[1] is None:
        return None
    bottom = parts[1][running]
    centre = math.log(parts[0][running] / bottom)
    to = weigh(max(bottom / math.exp(told[1][0]) - bottom, bottom * 1e-3))
    # The share's spread is of the whole year; the quotient of the rest alone moves by that over the rest's weight.
    scale = told[0][1] / max(1 - math.exp(told[0][0]), 0.05)
    bounds = transformed(centre, scale, Z80, Z95, lambda x: to(math.exp(x)))
    return (
        bounds,
        "joint",
        0,
        (
            f"{year}年其余月份按前{month}个月之比推算；上年同期缺数，区间取自各月占全年比重的历年波动。",
            f"the rest of {year} as its first {month} month(s); last year’s same months are missing, and the bands are how "
            "much the shares of months move.",
        ),
    )
