"""The rest of a year from the year so far: how much of a growth goes on, and how far wrong that was elsewhere.

The growth so far is what the year's own growth is plus the noise of its months; the more months are in and the quieter they
are, the more of it is believed. What is believed goes on for the rest of the year (not all of it: ``persistence``). The
constants were measured on customs series (``catalogue/codes/rest_of_year.yaml``); the noise of the months is the series'
own, and past cases of the region and of its peers widen or narrow the bands.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from itertools import pairwise

from commercebrain.engine.outlook.evidence import Evidence
from commercebrain.engine.yaml_text import read_yaml

#: Running totals by (year, month); month 12 is the whole year.
Totals = Mapping[tuple[int, int], float]
#: A flow, or a ratio as its numerator and its denominator.
Measure = tuple[Totals, ...]
#: Years of year-on-year growth that the noise of the months is taken from.
YEARS_OF_NOISE = 3
#: The years before that the season is taken from, and what each counts.
YEARS_OF_SEASON = 3
SEASON_WEIGHTS = (3.0, 2.0, 1.0)
#: A past case counts as wrong by at most so many scales: one broken year must not widen the bands for good.
WORST_CASE = 3.0
#: Years of its own that the typical share of a year weighs as much as.
LEAN = 4.0


@dataclass(frozen=True, slots=True)
class Share:
    """What part of a year is typically reached by a month, and the spread of its logarithm."""

    share: float
    spread: float


@dataclass(frozen=True, slots=True)
class Constants:
    """What was measured elsewhere; see ``catalogue/codes/rest_of_year.yaml``."""

    persistence: float
    growth_spread: float
    spread_by_volatility: float
    change_within_year: float
    clustering: float
    january: float
    volatility: float
    volatility_weight: float
    bound80: float
    bound95: float
    errors_weight: float
    shares_apply_to: frozenset[str]
    shares: Mapping[int, Share]


@lru_cache(maxsize=1)
def constants() -> Constants:
    """The measured constants of the catalogue."""
    text = (files("commercebrain.catalogue") / "codes" / "rest_of_year.yaml").read_text(encoding="utf-8")
    given = read_yaml(text)
    given.pop("source")
    shares = {int(month): Share(**one) for month, one in given.pop("shares").items()}
    return Constants(shares=shares, shares_apply_to=frozenset(given.pop("shares_apply_to")), **given)


@dataclass(frozen=True, slots=True)
class Rest:
    """The logarithm of the rest of a year over the same months of the year before: ``centre`` and the ``scale`` of its
    errors; ``own`` and ``peers`` are the past cases that the scale was set by."""

    centre: float
    scale: float
    own: int
    peers: int


def totals_of(evidence: Evidence, *, implied: bool = True) -> dict[tuple[int, int], float]:
    """The running totals that are known, also those that single months from January on add up to, and (``implied``) last
    year's where only this year's was published with its growth."""
    found = {key: float(value) for key, value in evidence.running.items()}
    for year in {y for y, _ in evidence.months}:
        total = 0.0
        for month in range(1, 13):
            if (year, month) not in evidence.months:
                break
            total += float(evidence.months[year, month])
            found.setdefault((year, month), total)
    for period, figure in evidence.figures.items() if implied else ():
        (year, month), growth = period.last, figure.growth
        if period.kind in ("year", "ytd") and growth is not None and growth > -1 and (year, month) in evidence.running:
            found.setdefault((year - 1, month), float(evidence.running[year, month] / (1 + growth)))
    return {key: value for key, value in found.items() if math.isfinite(value)}


def rest_of_year(own: Measure, year: int, month: int, peers: Sequence[Measure] = (), *, to: int = 12) -> Rest | None:
    """How the months after ``month`` (up to ``to``) of ``year`` compare with those of the year before; None where the year
    so far or the year before is not known, or not positive."""
    so_far = growth(own, year, 0, month)
    if so_far is None or growth(own, year - 1, month, to, over=0) is None:
        return None
    square = volatility(own, year, month, peers)
    centre, scale = _expected(own, year, month, to, square), _told(so_far, month, to, square)[1]
    weight = constants().errors_weight
    sums, counts = [0.0, 0.0], [0, 0]
    for number, group in enumerate(([own], peers)):
        for one in group:
            for past, first, last in _past(one, year, month):
                before, after = growth(one, past, 0, first), growth(one, past, first, last)
                if before is None or after is None:
                    continue
                told, width = _expected(one, past, first, last, square), _told(before, first, last, square)[1]
                # Normalised by the variance of Student's t with five degrees of freedom.
                sums[number] += min(((after - told) / width) ** 2, WORST_CASE**2) * 3 / 5
                counts[number] += 1
    factor = (weight + sums[0] + sums[1] / 2) / (weight + counts[0] + counts[1] / 2)
    return Rest(centre, scale * math.sqrt(factor), counts[0], counts[1])


def _expected(measure: Measure, year: int, month: int, last: int, square: float) -> float:
    """The months after ``month`` up to ``last`` over those of the year before, as the growth over one year, over two and
    over three tells them: one odd year before must not be the season of all."""
    found, weights = 0.0, 0.0
    for back in range(1, YEARS_OF_SEASON + 1):
        so_far = growth(measure, year, 0, month, over=back)
        moved = growth(measure, year - 1, month, last, over=back - 1) if back > 1 else 0.0
        if so_far is None or moved is None or growth(measure, year - back, month, last, over=0) is None:
            continue
        weight = SEASON_WEIGHTS[back - 1]
        found += weight * (_told(so_far, month, last, square, back)[0] - moved)
        weights += weight
    return found / weights if weights else 0.0


def _told(so_far: float, month: int, last: int, square: float, back: int = 1) -> tuple[float, float]:
    """What a growth over ``back`` years of the first ``month`` months says of those up to ``last``: the centre and scale of
    its logarithm."""
    given = constants()
    prior = (given.growth_spread**2 + given.spread_by_volatility**2 * square) * back
    noise = given.clustering * square / month + (given.january**2 if month == 1 else 0.0)
    believed = prior / (prior + noise)
    rest = given.clustering * square / (last - month)
    variance = given.persistence**2 * prior * (1 - believed) + given.change_within_year**2 + rest
    return given.persistence ** (1 / back) * believed * so_far, math.sqrt(variance)


def _past(measure: Measure, year: int, month: int) -> Iterator[tuple[int, int, int]]:
    """The past cases (year, months so far, months in all): earlier years at the same month, and the year so far cut in
    two."""
    years = sorted({y for y, m in measure[0] if m == 12 and y < year})
    yield from ((past, month, 12) for past in years)
    if month >= 4:
        yield year, month // 2, month


def growth(measure: Measure, year: int, first: int, last: int, over: int = 1) -> float | None:
    """The logarithm of months ``first`` + 1 … ``last`` over the same of ``over`` years before (0: of nothing but one).

    None where a running total is missing or what lies between is not positive.
    """
    found = 0.0
    for sign, totals in zip((1, -1), measure, strict=False):
        for back, direction in ((0, 1), (over, -1)) if over else ((0, 1),):
            piece = _piece(totals, year - back, first, last)
            if piece is None:
                return None
            found += sign * direction * math.log(piece)
    return found


def _piece(totals: Totals, year: int, first: int, last: int) -> float | None:
    to, since = totals.get((year, last)), totals.get((year, first)) if first else 0.0
    return None if to is None or since is None or to - since <= 0 else to - since


def volatility(own: Measure, year: int, month: int, peers: Sequence[Measure] = ()) -> float:
    """The variance of a single month's year-on-year growth around its year's: the series' own, leaning on its peers' and
    on the measured one the more, the fewer months are known."""
    given = constants()
    weight = given.volatility_weight
    known = [_noise(peer, year, month) for peer in peers]
    base = (sum(s for s, _ in known) + weight * given.volatility**2) / (sum(n for _, n in known) + weight)
    total, count = _noise(own, year, month)
    return (total + weight * base) / (count + weight)


def _noise(measure: Measure, year: int, month: int) -> tuple[float, int]:
    """The sum of squares and its degrees of freedom; January and February together (the festival moves between them), and
    a quarter known as a whole counts by its length."""
    total, count = 0.0, 0
    for past in range(year - YEARS_OF_NOISE + 1, year + 1):
        last = month if past == year else 12
        cuts = [0, *(m for m in range(2, last + 1) if all((y, m) in t for t in measure for y in (past, past - 1)))]
        steps = [(b - a, rate) for a, b in pairwise(cuts) if (rate := growth(measure, past, a, b)) is not None]
        if len(steps) < 2:
            continue
        mean = sum(n * rate for n, rate in steps) / sum(n for n, _ in steps)
        total += sum(n * (rate - mean) ** 2 for n, rate in steps)
        count += len(steps) - 1
    return total, count


def share_of_year(
    own: Totals, year: int, month: int, peers: Sequence[Totals] = (), *, code: str = ""
) -> tuple[float, float, int] | None:
    """The logarithm of the share of a year that is reached by ``month``, its spread, and how many years it is taken from
    (0: the typical one, told only of the indicators that it was measured on); the own years first, then the peers'."""
    typical = constants().shares.get(month)
    if typical is None:
        return None
    for group in ([own], peers):
        logs = [
            math.log(totals[y, month] / totals[y, 12])
            for totals in group
            for y, m in totals
            if m == 12 and year - 6 < y != year and 0 < totals.get((y, month), 0.0) <= totals[y, 12]
        ]
        if logs:
            # Leaning on the typical share where that one was measured on such figures.
            lean = LEAN if code in constants().shares_apply_to else 0.0
            mean = (sum(logs) + lean * math.log(typical.share)) / (len(logs) + lean)
            weight = constants().volatility_weight
            squares = sum((x - mean) ** 2 for x in logs) + weight * typical.spread**2
            return mean, math.sqrt(squares / (len(logs) - 1 + weight) * (1 + 1 / (len(logs) + lean))), len(logs)
    if code in constants().shares_apply_to:
        return math.log(typical.share), typical.spread, 0
    return None


def bands_from(told: Rest, enough: int, zh: str, en: str) -> tuple[str, str]:
    """The sentence that ends with what the bands rest on."""
    if told.own >= enough:
        return (
            f"{zh}；区间取自同一方法在本地历史上的{told.own}次误差，并参照海关序列上的实测误差。",
            f"{en}; bands from {told.own} own errors and those measured on customs series.",
        )
    more_zh = f"，并计入本地{told.own}次、同类地区{told.peers}次误差" if told.own + told.peers else ""
    more_en = f", with {told.own} own error(s) and {told.peers} of peers" if told.own + told.peers else ""
    return (
        f"{zh}；本地历史太短，区间取自海关序列上的实测误差{more_zh}。",
        f"{en}; the own history is short, so the bands rest on errors measured on customs series{more_en}.",
    )
