"""Sums over counties and zones that overlap: every square counted once, or no sum at all."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from commercebrain.engine.territory import Place, total

COUNTIES = ["甲", "乙", "丙"]


@st.composite
def maps(draw):
    """A city of three counties, each of a few squares with a figure, and zones drawn over them, some with own figures."""
    squares = {(county, n): draw(st.integers(0, 9)) for county in COUNTIES for n in range(3)}
    places = [Place("市"), *(Place(county, frozenset({"市"})) for county in COUNTIES)]
    holds = {county: {s for s in squares if s[0] == county} for county in COUNTIES}
    holds["市"] = set(squares)
    beside = {}
    for number in range(draw(st.integers(0, 4))):
        code = f"区{number}"
        if draw(st.booleans()):
            inside = draw(st.sets(st.sampled_from(sorted(squares)), min_size=1))
            counties = frozenset(s[0] for s in inside)
            places.append(Place(code, counties) if len(counties) == 1 else Place(code, frozenset(), counties))
            holds[code] = inside
        else:
            extra = (code, 0)
            beside[extra] = draw(st.integers(1, 9))
            places.append(Place(code))
            holds[code] = {extra}
    return places, holds, squares | beside


@given(maps(), st.data())
def test_a_sum_over_any_choice_of_places_counts_every_square_once_or_says_why_not(city, data):
    places, holds, figures = city
    chosen = data.draw(st.sets(st.sampled_from(sorted(holds)), min_size=1))
    values = {code: Decimal(sum(figures[s] for s in holds[code])) for code in chosen}
    found = total(values, places)
    zones = [code for code in chosen if code.startswith("区")]
    if found.flag == "overlap":
        assert found.value is None and set(found.because) <= set(zones)
        return
    covered = set().union(*(holds[code] for code in chosen))
    if len(zones) <= 1 or chosen & {"市"}:
        assert found.value == sum(figures[s] for s in covered)
    assert not set(found.counted) & set(found.left_out) and set(found.counted) | set(found.left_out) == chosen


def test_a_zone_whose_figures_the_county_holds_is_left_out_and_one_beside_it_is_added():
    places = [Place("甲"), Place("开发区", frozenset({"甲"})), Place("综保区")]
    found = total({"甲": Decimal(10), "开发区": Decimal(4), "综保区": Decimal(3)}, places)
    assert (found.value, found.left_out) == (Decimal(13), ("开发区",))


def test_a_zone_across_two_counties_is_neither_added_to_one_of_them_nor_silently_dropped():
    places = [Place("甲"), Place("乙"), Place("开发区", frozenset(), frozenset({"甲", "乙"}))]
    half = total({"甲": Decimal(10), "开发区": Decimal(4)}, places)
    assert (half.value, half.flag, half.because) == (None, "overlap", ("开发区",))
    assert total({"甲": Decimal(10), "乙": Decimal(5), "开发区": Decimal(4)}, places).value == Decimal(15)


def test_a_missing_figure_is_never_taken_for_zero():
    found = total({"甲": Decimal(10), "乙": None}, [Place("甲"), Place("乙")])
    assert (found.value, found.flag, found.because) == (None, "missing", ("乙",))
