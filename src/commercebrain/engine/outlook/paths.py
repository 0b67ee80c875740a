"""时序进度: where the value should be by now, by a straight line, constant growth, the own season or an
agreed table."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from decimal import Decimal

from commercebrain.engine.outlook import measures
from commercebrain.engine.outlook.terms import Expected, TargetTerms

ONE = Decimal(1)


def elapsed(terms: TargetTerms, when: Decimal) -> Decimal | None:
    """(d − s)/(e − s), 0–1: ``when`` is a year count, the end of 2024 is 2024, the end of June 2025 is
    2024.5."""
    if terms.base_year is None or terms.target_year is None or terms.target_year <= terms.base_year:
        return None
    share = (when - terms.base_year) / (terms.target_year - terms.base_year)
    return min(max(share, Decimal(0)), ONE)


def straight(terms: TargetTerms, when: Decimal) -> Decimal | None:
    """The straight line B → T."""
    share, aim, base = elapsed(terms, when), measures.goal(terms), terms.base_value
    return None if share is None or aim is None or base is None else base + share * (aim - base)


def constant_growth(terms: TargetTerms, when: Decimal) -> Decimal | None:
    """B · (T/B)^elapsed; none unless both are positive."""
    share, aim, base = elapsed(terms, when), measures.goal(terms), terms.base_value
    if share is None or aim is None or base is None or base <= 0 or aim <= 0:
        return None
    return base * (aim / base) ** share


def agreed(terms: TargetTerms, when: Decimal) -> Decimal | None:
    """The agreed table's value, straight between its years (the base stands before the first)."""
    if not terms.schedule:
        return None
    table = dict(terms.schedule)
    if terms.base_year is not None and terms.base_value is not None:
        table.setdefault(terms.base_year, terms.base_value)
    years = sorted(table)
    if not years[0] <= when <= years[-1]:
        return None
    for first, last in itertools.pairwise(years):
        if first <= when <= last:
            return table[first] + (when - first) / (last - first) * (table[last] - table[first])
    return table[years[0]]


def season_share(totals: Mapping[int, Decimal], running: Mapping[int, Decimal], years: int) -> Decimal | None:
    """The share of a year that the latest ``years`` past years had reached by then: the mean of c_t ÷
    year."""
    known = [y for y in sorted(totals, reverse=True) if y in running and totals[y] > 0][:years]
    return sum((running[y] / totals[y] for y in known), Decimal(0)) / len(known) if known else None


def expected(terms: TargetTerms, value: Decimal, at: Decimal | None) -> Expected | None:
    """``at`` through the formulas, against ``value`` through the same."""
    if at is None:
        return None
    got, should = measures.progress(value, terms), measures.progress(at, terms)
    if got is None or should is None:
        got, should = measures.attainment(value, terms), measures.attainment(at, terms)
    ahead = None if got is None or should is None else got - should
    return Expected(at, measures.attainment(at, terms), measures.progress(at, terms), ahead)
