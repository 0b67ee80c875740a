"""The first day of the Chinese year from the sun and the moon: an account independent of every table.

New moons and the sun's apparent longitude after Meeus, Astronomical Algorithms (chapters 25 and 49), good to a minute
or two; the rules are GB/T 33661's: days begin at midnight Beijing time, the month that holds the winter solstice is the
eleventh, and where thirteen months lie between two of those, the first without a principal term is the leap month.
"""

from __future__ import annotations

from datetime import date, timedelta
from math import floor, radians, sin

_BEIJING = 8 / 24
_EPOCH = date(2000, 1, 1)  # its noon is JD 2451545


def _delta_t(year: float) -> float:
    """Terrestrial less universal time, in days: near enough for 1980–2050 (Espenak and Meeus)."""
    t = year - 2000
    if year < 2005:
        seconds = 63.86 + 0.3345 * t - 0.060374 * t**2 + 0.0017275 * t**3
    else:
        seconds = 62.92 + 0.32217 * t + 0.005589 * t**2
    return seconds / 86400


def new_moon(k: int) -> float:
    """The Julian ephemeris day of the k-th new moon after the first of 2000."""
    t = k / 1236.85
    day = 2451550.09766 + 29.530588861 * k + 0.00015437 * t**2 - 0.00000015 * t**3
    e = 1 - 0.002516 * t - 0.0000074 * t**2
    sun = radians(2.5534 + 29.10535670 * k - 0.0000014 * t**2)
    moon = radians(201.5643 + 385.81693528 * k + 0.0107582 * t**2)
    lat = radians(160.7108 + 390.67050284 * k - 0.0016118 * t**2)
    node = radians(124.7746 - 1.56375588 * k + 0.0020672 * t**2)
    terms = (
        (-0.40720, moon),
        (0.17241 * e, sun),
        (0.01608, 2 * moon),
        (0.01039, 2 * lat),
        (0.00739 * e, moon - sun),
        (-0.00514 * e, moon + sun),
        (0.00208 * e * e, 2 * sun),
        (-0.00111, moon - 2 * lat),
        (-0.00057, moon + 2 * lat),
        (0.00056 * e, 2 * moon + sun),
        (-0.00042, 3 * moon),
        (0.00042 * e, sun + 2 * lat),
        (0.00038 * e, sun - 2 * lat),
        (-0.00024 * e, 2 * moon - sun),
        (-0.00017, node),
        (0.000325, radians(299.77 + 0.107408 * k - 0.009173 * t**2)),
        (0.000165, radians(251.88 + 0.016321 * k)),
        (0.000164, radians(251.83 + 26.651886 * k)),
        (0.000126, radians(349.42 + 36.412478 * k)),
        (0.000110, radians(84.66 + 18.206239 * k)),
    )
    return day + sum(size * sin(angle) for size, angle in terms)


def sun_longitude(jde: float) -> float:
    """The sun's apparent longitude in degrees, to about 0.01°."""
    t = (jde - 2451545) / 36525
    mean = 280.46646 + 36000.76983 * t + 0.0003032 * t**2
    m = radians(357.52911 + 35999.05029 * t - 0.0001537 * t**2)
    centre = (1.914602 - 0.004817 * t) * sin(m) + (0.019993 - 0.000101 * t) * sin(2 * m) + 0.000289 * sin(3 * m)
    return (mean + centre - 0.00569 - 0.00478 * sin(radians(125.04 - 1934.136 * t))) % 360


def _local(jde: float) -> date:
    """The day in Beijing on which an instant falls."""
    year = 2000 + (jde - 2451545) / 365.25
    return _EPOCH + timedelta(days=floor(jde - _delta_t(year) + _BEIJING + 0.5) - 2451545)


def _midnight(day: date) -> float:
    return 2451544.5 + (day - _EPOCH).days - _BEIJING + _delta_t(day.year)


def _term(day: date) -> int:
    """The principal term in force when a day begins: 0 at the spring equinox, 9 at the winter solstice."""
    return int(sun_longitude(_midnight(day)) // 30)


def _eleventh(year: int) -> int:
    """The number of the new moon that begins the month with the winter solstice of ``year``."""
    k = floor((year + 0.97 - 2000) * 12.3685) + 2
    while not (_term(_local(new_moon(k))) < 9 and _local(new_moon(k)) <= date(year, 12, 31)):
        k -= 1
    return k


def new_year(year: int) -> date:
    """The first day of the Chinese year that begins in ``year``."""
    begin, end = _eleventh(year - 1), _eleventh(year)
    starts = [_local(new_moon(k)) for k in range(begin, end + 1)]
    if end - begin == 13:
        leap = next(n for n in range(1, 13) if _term(starts[n]) == _term(starts[n + 1]))
        return starts[3] if leap <= 2 else starts[2]
    return starts[2]
