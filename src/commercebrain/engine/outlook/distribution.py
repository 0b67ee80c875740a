"""A forecast value as a distribution: its point, its bands, the chance of reaching a value."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass, replace
from decimal import Decimal
from statistics import NormalDist

from commercebrain.engine.outlook.terms import Landing, Scenario

_NORMAL = NormalDist()
Z80, Z95 = _NORMAL.inv_cdf(0.9), _NORMAL.inv_cdf(0.975)
_AT = (-Z95, -Z80, 0.0, Z80, Z95)


@dataclass(frozen=True, slots=True)
class Distribution:
    """The forecast value: on logarithms when ``log`` (then ``centre``, ``spread`` and ``tails`` are of the logarithm).

    Normal with ``centre`` and ``spread``; with ``tails`` (the lower 95 % and 80 %, the upper 80 % and 95 % bounds) it
    runs straight between those bounds on the normal scale and goes on beyond them as between them. Nothing of it lies below
    ``least`` (a value, also when ``log``): what would, is ``least``.
    """

    centre: float
    spread: float
    log: bool
    method: str
    errors: int
    note_zh: str
    note_en: str
    tails: tuple[float, float, float, float] | None = None
    least: float = -math.inf

    def at(self, z: float) -> Decimal:
        """The value ``z`` normal standard deviations from the point."""
        x = self.knots((z,))[0]
        return Decimal(repr(round(max(math.exp(x) if self.log else x, self.least), 6)))

    def chance(self, low: Decimal | None, high: Decimal | None) -> Decimal:
        """P(low ≤ value ≤ high); None is an open end."""
        upper = 1.0 if high is None else self._below(float(high))
        lower = 0.0 if low is None or low <= self.least else self._below(float(low))
        return Decimal(repr(round(min(max(upper - lower, 0.0), 1.0), 6)))

    def knots(self, at: tuple[float, ...]) -> tuple[float, ...]:
        """The bounds at these normal standard deviations, on the distribution's own scale."""
        if self.tails is None:
            return tuple(self.centre + z * self.spread for z in at)
        return tuple(_between(_AT, self._knots(), z) for z in at)

    def _knots(self) -> tuple[float, ...]:
        low95, low80, high80, high95 = self.tails or (0.0, 0.0, 0.0, 0.0)
        return (low95, low80, self.centre, high80, high95)

    def _below(self, value: float) -> float:
        if value < self.least:
            return 0.0
        if self.log:
            if value <= 0:
                return 0.0
            value = math.log(value)
        if self.tails is None:
            return _NORMAL.cdf((value - self.centre) / self.spread)
        return _NORMAL.cdf(_between(self._knots(), _AT, value))

    def landing(self, scenarios: tuple[Scenario, ...] = ()) -> Landing:
        """The point and the bands as values."""
        return Landing(
            point=self.at(0),
            low80=self.at(-Z80),
            high80=self.at(Z80),
            low95=self.at(-Z95),
            high95=self.at(Z95),
            method=self.method,
            errors=self.errors,
            note_zh=self.note_zh,
            note_en=self.note_en,
            scenarios=scenarios,
        )


def from_quantiles(
    point: float,
    tails: tuple[float, float, float, float],
    *,
    log: bool,
    method: str,
    errors: int,
    notes: tuple[str, str],
) -> Distribution:
    """The distribution with this point and these bounds (values, or logarithms when ``log``); bounds that fall together
    are drawn a hair apart."""
    hair = max(abs(point), 1e-3) * 1e-6
    low95, low80, high80, high95 = tails
    low80, high80 = min(low80, point - hair), max(high80, point + hair)
    low95, high95 = min(low95, low80 - hair), max(high95, high80 + hair)
    spread = (high80 - low80) / (2 * Z80)
    return Distribution(point, spread, log, method, errors, *notes, tails=(low95, low80, high80, high95))


def transformed(
    centre: float, scale: float, near: float, far: float, to: Callable[[float], float]
) -> tuple[float, tuple[float, float, float, float]]:
    """The point and bounds of ``to(x)``, which rises, where x lies ``near`` and ``far`` scales from the centre with 80 %
    and 95 %."""
    low95, low80, high80, high95 = (to(centre + scale * t) for t in (-far, -near, near, far))
    return to(centre), (low95, low80, high80, high95)


def widened(found: Distribution, centre: float, spread: float) -> Distribution:
    """``found`` moved to ``centre`` and widened by an independent normal ``spread``, on its own scale."""
    if found.tails is None:
        return replace(found, centre=centre, spread=math.hypot(found.spread, spread))
    low95, low80, high80, high95 = (
        math.copysign(math.hypot(bound - found.centre, z * spread), z)
        for bound, z in zip(found.tails, (-Z95, -Z80, Z80, Z95), strict=True)
    )
    tails = (centre + low95, centre + low80, centre + high80, centre + high95)
    return replace(found, centre=centre, spread=math.hypot(found.spread, spread), tails=tails)


def blended(one: Distribution, other: Distribution, notes: tuple[str, str]) -> Distribution:
    """Halfway between two forecasts (both on logarithms or neither), each bound as far off as the wider of the two has it;
    named like ``one``.

    Points put together err less than either, but how much less a short history cannot tell: on past years narrower bands
    held too few.
    """
    at = (-Z95, -Z80, Z80, Z95)
    centre = (one.centre + other.centre) / 2
    widths = [
        max((a - one.centre, b - other.centre), key=abs) for a, b in zip(one.knots(at), other.knots(at), strict=True)
    ]
    low95, low80, high80, high95 = (centre + width for width in widths)
    return from_quantiles(
        centre,
        (low95, low80, high80, high95),
        log=one.log,
        method=one.method,
        errors=max(one.errors, other.errors),
        notes=notes,
    )


def _between(xs: tuple[float, ...], ys: tuple[float, ...], x: float) -> float:
    """Straight between the knots (xs rise), and on beyond the first and the last two."""
    n = min(max(bisect_right(xs, x), 1), len(xs) - 1)
    slope = (ys[n] - ys[n - 1]) / (xs[n] - xs[n - 1])
    return ys[n - 1] + slope * (x - xs[n - 1])
