"""This year's end: the growth so far as far as it can be believed, the usual share, the months, quotients."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from commercebrain.engine.indicators import Figure
from commercebrain.engine.outlook import Settings, TargetTerms, assess, landing, monthly, rest
from commercebrain.engine.outlook.distribution import Z80, Z95, Distribution, blended, from_quantiles, widened
from commercebrain.engine.outlook.evidence import Beside, Evidence, beside, gather
from commercebrain.engine.periods import Period

D = Decimal
ON = date(2025, 12, 31)
TERMS = TargetTerms(kind="level", direction="up", value=D(200), unit="亿元", target_year=2025)
SEASON = (0.8, 0.7, 1.0, 1.0, 1.0, 1.05, 1.05, 1.05, 1.1, 1.0, 1.05, 1.2)


def series(
    first: int, years: int, growth: float = 0.06, noise: Callable[[int], float] = lambda n: 0.0, code: str = "x"
) -> list[Figure]:
    """Single months with a season and a growth; ``noise`` of the month's number on logarithms."""
    found = []
    for n in range(years * 12):
        year, month = first + n // 12, n % 12 + 1
        value = 10 * SEASON[month - 1] * math.exp(growth * n / 12 + noise(n))
        found.append(Figure(code, "330200", Period.of_month(year, month), "亿元", D(repr(round(value, 4)))))
    return found


def totals(months: list[Figure], through: tuple[int, int]) -> list[Figure]:
    """Running totals and full years of single months up to ``through``."""
    found: list[Figure] = []
    sums: dict[int, Decimal] = {}
    for one in months:
        year, month = one.period.last
        if (year, month) > through:
            break
        assert one.value is not None
        sums[year] = sums.get(year, D(0)) + one.value
        found.append(
            replace(one, period=Period.of_ytd(year, month) if month < 12 else Period.of_year(year), value=sums[year])
        )
    return found


def seen(months: list[Figure], through: tuple[int, int], single: bool = True) -> Evidence:
    known = [one for one in months if one.period.last <= through] if single else []
    return gather([*known, *totals(months, through)], TERMS, ON)


def truth(months: list[Figure], year: int) -> Decimal:
    return sum((one.value or D(0) for one in months if one.period.year == year), D(0))


def told(evidence: Evidence, year: int = 2025) -> Distribution:
    found = landing.forecast(evidence, year, additive=False, settings=Settings())
    assert found is not None
    return found


def test_the_noisier_the_months_the_less_of_the_growth_so_far_is_believed() -> None:
    def growth(noise: float) -> float:
        months = series(2024, 2, 0.10, lambda n: noise * (1 if n % 2 else -1) if n >= 12 else 0.0)
        found = rest.rest_of_year((rest.totals_of(seen(months, (2025, 6))),), 2025, 6)
        assert found is not None
        return found.centre

    assert 0.08 > growth(0.0) > growth(0.1) > growth(0.3) > 0


def test_the_end_of_the_year_is_surer_with_every_month() -> None:
    months = series(2024, 2)
    spreads = [told(seen(months, (2025, month))).spread for month in range(2, 12)]
    assert spreads == sorted(spreads, reverse=True)


def test_past_misses_widen_the_bands_and_are_counted() -> None:
    def broken(n: int) -> float:
        # Every second half-year jumps: the growth so far never goes on.
        return 0.5 if (n // 6) % 4 == 1 else 0.0

    calm, wild = (seen(series(2020, 6, 0.06, noise), (2025, 6), single=False) for noise in (lambda n: 0.0, broken))
    found = [rest.rest_of_year((rest.totals_of(one),), 2025, 6) for one in (calm, wild)]
    assert found[0] is not None
    assert found[1] is not None
    assert found[1].scale > 1.5 * found[0].scale
    assert found[1].own >= 3


def test_a_published_growth_of_the_running_total_stands_for_last_years_same_months() -> None:
    rows = [
        Figure("x", "330200", Period.of_year(2024), "亿元", D(120)),
        Figure("x", "330200", Period.of_ytd(2025, 6), "亿元", D(66), growth=D("0.10")),
    ]
    evidence = gather(rows, TERMS, ON)
    found = told(evidence)
    assert found.method == "season"
    assert 126 < found.at(0) < 132


def test_without_last_year_a_region_goes_by_the_share_of_the_year_that_its_peers_had_reached() -> None:
    months = series(2024, 1, code="retail")
    peers = tuple((totals(series(2022, 2, code="retail"), (2023, 12)),) for _ in range(2))
    own = [Figure("retail", "330200", Period.of_year(2020), "亿元", D(100)), *totals(months, (2024, 6))]
    evidence = beside(gather(own, TERMS, ON), Beside(None, peers), TERMS, ON)
    found = told(evidence, 2024)
    assert found.method == "share"
    assert abs(float(found.at(0)) / float(truth(months, 2024)) - 1) < 0.05
    assert "上年同期缺数" in found.note_zh
    # Nobody knows the season of an indicator without a year of its own or of a peer: the yearly growth it is.
    assert landing.forecast(gather(own, TERMS, ON), 2024, additive=False, settings=Settings()) is None


def test_the_typical_share_is_told_of_trade_alone() -> None:
    assert rest.share_of_year({}, 2025, 6, code="trade_value") is not None
    assert rest.share_of_year({}, 2025, 6, code="hospitals") is None


def test_three_years_of_months_are_forecast_month_by_month() -> None:
    months = series(2021, 5)
    evidence = seen(months, (2025, 6))
    found = told(evidence)
    assert found.method == "monthly"
    assert abs(float(found.at(0)) / float(truth(months, 2025)) - 1) < 0.02
    assert found.at(-Z80) > evidence.running[2025, 6]
    # The sum of fewer than three years' months goes by the growth so far.
    assert told(seen(series(2023, 3), (2025, 6))).method == "season"


def test_the_next_year_is_less_sure_than_this_one() -> None:
    months = series(2021, 5, 0.06, lambda n: 0.04 * math.sin(n * 1.7))
    evidence = seen(months, (2025, 6))
    width = [math.log(float(one.at(Z80)) / float(one.at(-Z80))) for one in (told(evidence), told(evidence, 2026))]
    assert width[0] < width[1]
    assert told(evidence, 2030).method == "monthly" or told(evidence, 2030).spread > 0


def test_the_months_ahead_end_at_the_landing() -> None:
    for months in (series(2024, 2), series(2021, 5)):
        evidence = seen(months, (2025, 6))
        ahead = landing.running_ahead(evidence, Settings(), additive=False)
        assert sorted(ahead) == list(range(7, 13))
        assert ahead[12].at(0) == told(evidence).at(0)
        points = [ahead[month].at(0) for month in sorted(ahead)]
        assert points == sorted(points)


def test_a_page_never_shows_two_landings_of_one_year() -> None:
    """Things counted, and flows that were nothing in a year, go by yearly steps: no months are drawn that end elsewhere."""
    months = series(2021, 5)
    counted = [replace(one, unit="家") for one in [*months[:54], *totals(months, (2025, 6))]]
    nothing = Figure("x", "330200", Period.of_year(2022), "亿元", D(0))
    before = Figure("x", "330200", Period.of_year(2023), "亿元", D(100))
    later = [nothing, before, *totals(series(2024, 2), (2025, 6))]
    for rows, terms in ((counted, replace(TERMS, kind="count", unit="家")), (later, TERMS)):
        given_base = replace(terms, base_year=2020, base_value=D(100))
        found = assess(given_base, rows, on=date(2025, 8, 1))
        assert found.landing is not None
        assert {one.forecast for one in found.season} <= {None, found.landing.point}
        assert found.path[-1].forecast == found.landing.point


@given(st.integers(2, 11), st.floats(-0.4, 0.4), st.floats(0.0, 0.4), st.sampled_from([2, 5]))
@settings(max_examples=25, deadline=None)
def test_bands_are_ordered_whatever_the_figures(month: int, growth: float, noise: float, years: int) -> None:
    months = series(2026 - years, years, growth, lambda n: noise * math.sin(n * n))
    evidence = seen(months, (2025, month))
    one = told(evidence).landing()
    assert one.low95 <= one.low80 <= one.point <= one.high80 <= one.high95
    assert one.low80 > 0


@given(st.integers(1, 6))
@settings(max_examples=6, deadline=None)
def test_a_landing_does_not_depend_on_the_unit(power: int) -> None:
    months = series(2024, 2)
    larger = [replace(one, value=(one.value or D(0)).scaleb(power)) for one in months]
    small, large = (told(seen(rows, (2025, 6))) for rows in (months, larger))
    assert math.isclose(float(small.at(0)) * 10**power, float(large.at(0)), rel_tol=1e-6)
    assert math.isclose(small.spread, large.spread, rel_tol=1e-6)


def quotient(top: list[Figure], bottom: list[Figure], through: tuple[int, int]) -> tuple[list[Figure], Beside]:
    above, below = totals(top, through), totals(bottom, through)
    ratios = [
        replace(a, indicator="ratio", unit=":1", value=(a.value or D(0)) / (b.value or D(1)))
        for a, b in zip(above, below, strict=True)
    ]
    return ratios, Beside((above, below))


RATIO = TargetTerms(
    kind="ratio", direction="down", value=D("1.5"), unit=":1", target_year=2025, base_value=D("1.9"), base_year=2020
)


def test_a_quotient_is_forecast_through_its_parts_whose_common_noise_cancels() -> None:
    def shared(n: int) -> float:
        return 0.3 * math.sin(n * 2.3)

    def apart(n: int) -> float:
        return -shared(n)

    widths = []
    for noise in (shared, apart):
        ratios, helped_by = quotient(series(2024, 2, 0.06, shared), series(2024, 2, 0.02, noise), (2025, 6))
        found = assess(RATIO, ratios, on=date(2025, 8, 1), helped_by=helped_by).landing
        assert found is not None
        assert found.method == "joint"
        widths.append(found.high80 - found.low80)
    assert widths[0] < widths[1] / 2


def test_a_quotient_whose_parts_are_known_from_later_growth_alone_goes_by_its_own_figures() -> None:
    def half(year: int, code: str, value: str, growth: str | None = None) -> Figure:
        more = D(growth) if growth else None
        return Figure(code, "330200", Period.of_ytd(year, 6), "亿元", D(value), growth=more)

    ratios = [
        replace(half(2023, "ratio", "1.6"), period=Period.of_year(2023), unit=":1"),
        replace(half(2024, "ratio", "1.5"), unit=":1"),
    ]
    later = Beside(([half(2025, "export_value", "110", "0.1")], [half(2025, "import_value", "60", "0.2")]))
    found = assess(RATIO, ratios, on=date(2025, 8, 1), helped_by=later)
    assert found.landing is None or found.landing.method != "joint"


def test_the_landing_of_a_quotient_comes_near_what_the_year_became() -> None:
    for years in (2, 5):
        top, bottom = (series(2026 - years, years, growth, lambda n: 0.03 * math.sin(n)) for growth in (0.08, 0.03))
        ratios, helped_by = quotient(top, bottom, (2025, 6))
        found = assess(RATIO, ratios, on=date(2025, 8, 1), helped_by=helped_by).landing
        assert found is not None
        became = truth(top, 2025) / truth(bottom, 2025)
        assert abs(found.point / became - 1) < D("0.02")
        assert found.low95 < became < found.high95


def test_a_distribution_of_bounds_tells_chances_between_and_beyond_them() -> None:
    one = from_quantiles(0.0, (-3.0, -1.0, 2.0, 4.0), log=False, method="m", errors=0, notes=("", ""))
    assert one.chance(None, D(0)) == D("0.5")
    assert abs(one.chance(D(-1), D(2)) - D("0.8")) < D("0.001")
    assert abs(one.chance(D(-3), D(4)) - D("0.95")) < D("0.001")
    assert 0 < one.chance(D(8), None) < D("0.01")
    flat = from_quantiles(5.0, (5.0, 5.0, 5.0, 5.0), log=False, method="m", errors=0, notes=("", ""))
    assert flat.chance(D("4.9"), D("5.1")) == 1


def test_widening_and_blending_keep_the_order_of_the_bounds() -> None:
    one = from_quantiles(0.0, (-3.0, -1.0, 2.0, 4.0), log=False, method="m", errors=0, notes=("", ""))
    wide = widened(one, 10.0, 2.0)
    assert wide.at(0) == 10
    assert wide.at(-Z80) < D(9)
    assert wide.at(Z95) > D(14)
    half = blended(one, wide, ("", ""))
    assert half.at(0) == 5
    assert half.at(-Z95) < half.at(-Z80) < half.at(0) < half.at(Z80) < half.at(Z95)


def test_january_and_february_published_only_together_are_not_split() -> None:
    months = series(2021, 5)
    joint = [one for one in totals(months, (2025, 6)) if one.period.last[1] != 1]
    later = [one for one in months if one.period.last[1] > 2 and one.period.last <= (2025, 6)]
    evidence = gather([*joint, *later], TERMS, ON)
    own = rest.totals_of(evidence)
    found = monthly.months_of((own,), evidence)
    assert found is not None
    assert math.isnan(found.values[-6])
    assert math.isnan(found.values[-5])
    assert abs(float(told(evidence).at(0)) / float(truth(months, 2025)) - 1) < 0.03


@pytest.mark.parametrize("value", ["0", "-5"])
def test_a_running_total_that_is_not_positive_falls_back_to_the_years(value: str) -> None:
    rows = [Figure("x", "330200", Period.parse(p), "亿元", D(v)) for p, v in
            (("2023", "100"), ("2024", "110"), ("2024-01..06", "50"), ("2025-01..06", value))]  # fmt: skip
    assert told(gather(rows, TERMS, ON)).method == "growth"


def test_a_target_year_without_a_figure_that_a_later_year_has_passed_is_missing_not_forecast() -> None:
    rows = [Figure("x", "330200", Period.of_year(y), "亿元", D(v)) for y, v in ((2022, 90), (2023, 100), (2025, 120))]
    for kind in ("level", "ratio", "count"):
        terms = replace(TERMS, kind=kind, target_year=2024)
        found = assess(terms, rows, on=ON)
        assert (found.code, found.landing) == ("target_year_missing", None)
        assert "2025" in found.reason_zh
        assert landing.forecast(gather(rows, terms, ON), 2024, additive=False, settings=Settings()) is None


def test_growth_to_less_than_nothing_is_no_link_of_a_chain() -> None:
    rows = [Figure("x", "330200", Period.of_year(y), "亿元", D(v)) for y, v in
            ((2020, 100), (2021, -50), (2022, 40), (2023, 50), (2024, 60))]  # fmt: skip
    rows[2] = replace(rows[2], growth=D("0.8"))
    terms = replace(TERMS, target_year=2026)
    assert assess(terms, rows, on=ON).value == 60


def test_a_later_year_of_what_never_was_negative_has_no_bound_below_nothing() -> None:
    months = series(2021, 4, 0.0, lambda n: 2.5 * math.sin(n * n))
    months = [replace(one, value=D(0)) if n % 7 == 3 else one for n, one in enumerate(months)]
    found = monthly.forecast(seen(months, (2024, 6)), 2026)
    assert found is not None
    assert float(found.at(-Z95)) > -1e-5 * float(found.at(0))


def test_what_never_was_below_nothing_does_not_land_there_unless_it_is_growth() -> None:
    rows = [Figure("x", "330200", Period.of_year(y), "家", D(v)) for y, v in
            ((2019, 9), (2020, 12), (2021, 7), (2022, 8), (2023, 4), (2024, 2))]  # fmt: skip
    for target_year in (2025, 2028):
        terms = replace(TERMS, kind="count", unit="家", value=D(5), target_year=target_year)
        found = assess(terms, rows, on=ON)
        assert found.landing is not None
        assert found.landing.low95 == 0
        assert found.landing.low95 <= found.landing.low80 <= found.landing.point < found.landing.high80
    at_least_none = landing.forecast(gather(rows, terms, ON), 2028, additive=True, settings=Settings())
    assert at_least_none is not None
    assert at_least_none.chance(D(0), None) == 1
    assert at_least_none.chance(None, D(-1)) == 0
    assert at_least_none.chance(D(0), D(0)) == at_least_none.chance(None, D(0)) > D("0.3")
    growth = landing.forecast(gather(rows, terms, ON), 2028, additive=True, settings=Settings(), signed=True)
    assert growth is not None
    assert growth.at(-Z95) < 0


def test_a_sum_of_what_is_never_negative_does_not_fall_below_what_is_known() -> None:
    rows = [Figure("x", "330200", Period.of_year(y), "亿元", D(v)) for y, v in
            ((2019, 90), (2020, 0), (2021, 70), (2022, 0), (2023, 4), (2024, 0))]  # fmt: skip
    terms = replace(TERMS, kind="cumulative", value=D(500), period=(2021, 2026), target_year=2026)
    found = assess(terms, rows, on=date(2025, 2, 1)).landing
    assert found is not None
    assert found.low95 == 74
