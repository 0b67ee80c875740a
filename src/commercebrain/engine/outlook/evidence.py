"""What is known about a target: its figures by year and by running total, and whether they can be
compared at all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from commercebrain.engine.indicators import Figure
from commercebrain.engine.outlook.terms import TargetTerms
from commercebrain.engine.periods import Period
from commercebrain.engine.units import compatible, convert

#: A level this far on the wrong side of the base, against the published growth, is a break and not a
#: rounding.
BREAK = Decimal("0.02")


@dataclass(frozen=True, slots=True)
class Evidence:
    """A target's figures in the target's unit and calibre.

    ``years`` holds full years (and states at year ends), ``running`` the totals from January by (year,
    month),
    ``months`` single months, ``states`` states within a year,
    ``spans`` several years' totals by (first, last) year, ``rates`` the known growth of years
    (published, else computed), ``published_rates`` only what was published, also of running totals of
    years without a full figure.
    """

    years: dict[int, Decimal]
    running: dict[tuple[int, int], Decimal]
    months: dict[tuple[int, int], Decimal]
    states: dict[tuple[int, int], Decimal]
    spans: dict[tuple[int, int], Decimal]
    rates: dict[int, Decimal]
    published_rates: dict[int, Decimal]
    figures: dict[Period, Figure]
    other_calibres: tuple[Figure, ...]
    other_units: tuple[Figure, ...]
    waiting: tuple[Figure, ...]
    parts: tuple[Evidence, Evidence] | None = None
    peers: tuple[Evidence, ...] = ()

    @property
    def code(self) -> str:
        """The indicator's code, "" where no figure is known."""
        return next((figure.indicator for figure in self.figures.values()), "")

    @property
    def last_year(self) -> int | None:
        """The last year with a full figure."""
        return max(self.years, default=None)

    @property
    def last_running(self) -> tuple[int, int] | None:
        """The latest (year, month) with a running total."""
        return max(self.running, default=None)

    @property
    def never_negative(self) -> bool:
        """Whether no known value lies below 0."""
        known = (self.years, self.running, self.months, self.states)
        return all(value >= 0 for values in known for value in values.values())

    def of_year(self, year: int) -> Figure | None:
        """The figure of the year, or of the state at its end."""
        return self.figures.get(Period.of_year(year)) or self.figures.get(Period.of_point(year))


def gather(series: Sequence[Figure], terms: TargetTerms, on: date) -> Evidence:
    """Sort ``series`` out for ``terms`` as seen on ``on``."""
    years: dict[int, Decimal] = {}
    running: dict[tuple[int, int], Decimal] = {}
    months: dict[tuple[int, int], Decimal] = {}
    states: dict[tuple[int, int], Decimal] = {}
    spans: dict[tuple[int, int], Decimal] = {}
    rates: dict[int, Decimal] = {}
    published: dict[int, Decimal] = {}
    figures: dict[Period, Figure] = {}
    calibres: list[Figure] = []
    units: list[Figure] = []
    for one in sorted(series, key=lambda f: f.period.order):
        if one.period.end > on:
            continue
        if one.calibre != terms.calibre:
            calibres += [one] if one.value is not None or one.waiting else []
            continue
        year, month = one.period.last
        if one.growth is not None and one.period.kind in ("year", "ytd"):
            published[year] = one.growth  # running totals come in order, the year's own last
        if one.period.kind == "year" and one.known_growth is not None:
            rates[year] = one.known_growth
        if one.value is None:
            continue
        if not compatible(one.unit, terms.unit):
            units.append(one)
            continue
        value = convert(one.value, one.unit, terms.unit)
        figures[one.period] = one
        match one.period.kind:
            case "year":
                years[year] = running[year, 12] = value
            case "point" if month == 12:
                years[year] = value
            case "point":
                states[year, month] = value
            case "ytd":
                running[year, month] = value
            case "month":
                months[year, month] = value
                if month == 1:
                    running[year, 1] = value
            case "span":
                spans[one.period.first[0], year] = value
    for year in sorted(years):
        before = years.get(year - 1)
        if year not in rates and before is not None and before > 0:
            rates[year] = years[year] / before - 1
    return Evidence(
        years=years,
        running=running,
        months=months,
        states=states,
        spans=spans,
        rates=rates,
        published_rates=published,
        figures=figures,
        other_calibres=tuple(calibres),
        other_units=tuple(units),
        waiting=tuple(f for f in series if f.waiting and f.value is None),
    )


@dataclass(frozen=True, slots=True)
class Beside:
    """What helps a forecast beside the indicator's own figures: ``parts`` are the figures of numerator and denominator of
    a quotient, ``peers`` those of the same indicator in other regions (of a quotient its two parts there). All of them as
    one reader may see them."""

    parts: tuple[Sequence[Figure], Sequence[Figure]] | None = None
    peers: tuple[tuple[Sequence[Figure], ...], ...] = ()


def beside(evidence: Evidence, given: Beside, terms: TargetTerms, on: date) -> Evidence:
    """``evidence`` with its parts and peers, as seen on ``on``; numerator and denominator in one unit each."""
    peers = []
    for one in given.peers:
        if len(one) == 1:
            peers.append(gather(one[0], terms, on))
        else:
            peers.append(replace(gather((), terms, on), parts=_parts(one, terms, on)))
    parts = None if given.parts is None else _parts(given.parts, terms, on)
    return replace(evidence, parts=parts, peers=tuple(peers))


def _parts(given: Sequence[Sequence[Figure]], terms: TargetTerms, on: date) -> tuple[Evidence, Evidence]:
    top, bottom = (gather(one, replace(terms, unit=_unit(one), calibre=""), on) for one in given)
    return top, bottom


def _unit(series: Sequence[Figure]) -> str:
    return next((figure.unit for figure in series if figure.value is not None), "")


def calibre_break(evidence: Evidence, base_value: Decimal | None, base_year: int | None) -> int | None:
    """The first year whose level contradicts the published growth since the base, None where none does.

    A level below the base while every published growth since is a rise (or above it while every one is
    a fall) is not the same calibre; which of the two is right only an official bridge can say.
    """
    if base_value is None or base_year is None or base_value <= 0:
        return None
    for year in sorted(y for y in evidence.years if y > base_year):
        rates = [rate for y, rate in evidence.published_rates.items() if base_year < y <= year]
        implied = evidence.years[year] / base_value - 1
        if rates and min(rates) >= 0 < max(rates) and implied < -BREAK:
            return year
        if rates and max(rates) <= 0 > min(rates) and implied > BREAK:
            return year
    return None
