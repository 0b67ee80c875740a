"""Breaking a target down: the sum against the parent, exactly, and only where a sum has a meaning."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commercebrain.engine.errors import UserError
from commercebrain.engine.outlook.breakdown import Part, adds_up, standing, turns_back, year_sums
from commercebrain.engine.units import convert

amounts = st.decimals(min_value=0, max_value=10**9, places=4, allow_nan=False, allow_infinity=False)
places = st.text("甲乙丙丁戊己", min_size=1, max_size=1)


def parts_of(values: dict[str, Decimal], unit: str = "亿元") -> list[Part]:
    return [Part(place, 2025, value, unit) for place, value in values.items()]


@given(st.dictionaries(places, amounts), amounts)
def test_shortfall_and_excess_close_the_gap_between_sum_and_parent(values: dict[str, Decimal], parent: Decimal) -> None:
    one = next(s for s in year_sums(parts_of(values), unit="亿元", parents={2025: parent}, places=values))
    assert one.total == sum(values.values(), Decimal(0))
    assert one.total + one.shortfall - one.excess == parent
    assert min(one.shortfall, one.excess) == 0 and one.open == ()


@given(st.dictionaries(places, amounts, min_size=1))
def test_the_sum_does_not_depend_on_the_unit_that_a_part_is_written_in(values: dict[str, Decimal]) -> None:
    mixed = [
        Part(place, 2025, value if n % 2 else convert(value, "亿元", "万元"), "亿元" if n % 2 else "万元")
        for n, (place, value) in enumerate(values.items())
    ]
    both = [year_sums(parts, unit="亿元", parents={}, places=values)[0].total for parts in (mixed, parts_of(values))]
    assert both[0] == both[1]


def test_a_place_without_a_part_is_named_and_a_year_without_a_promise_has_no_shortfall() -> None:
    sums = year_sums(
        [Part("甲", 2024, Decimal(3), "亿元"), Part("甲", 2025, Decimal(4), "亿元")],
        unit="亿元", parents={2025: Decimal(10)}, places=["甲", "乙"],
    )  # fmt: skip
    assert [(s.year, s.shortfall, s.open) for s in sums] == [(2024, None, ("乙",)), (2025, Decimal(6), ("乙",))]


def test_a_part_in_another_currency_is_refused_with_the_place_and_both_units() -> None:
    with pytest.raises(UserError) as fault:
        year_sums([Part("甲区", 2025, Decimal(1), "亿美元")], unit="亿元", parents={}, places=[])
    assert "甲区" in fault.value.zh and "亿美元" in fault.value.zh and "亿元" in fault.value.zh


def test_shares_growth_and_ranks_have_no_sum_however_the_indicator_adds() -> None:
    assert adds_up("level", "sum") and adds_up("cumulative", "sum")
    assert not adds_up("share", "sum") and not adds_up("growth_rate", "sum") and not adds_up("rank", "sum")
    assert not adds_up("level", "none")


def test_a_path_that_turns_back_names_the_year_and_yearly_amounts_may_vary() -> None:
    path = {2023: Decimal(5), 2024: Decimal(4), 2025: Decimal(6)}
    assert turns_back(path, "level", "up") == (2024,)
    assert turns_back(path, "level", "down") == (2025,)
    assert turns_back(path, "increment", "up") == () and turns_back(path, "level", "hold") == ()


@given(st.dictionaries(places, st.none() | amounts, min_size=1))
def test_a_rank_counts_who_is_better_and_what_is_unmeasured_takes_no_place(values: dict[str, Decimal | None]) -> None:
    for place, own in values.items():
        found = standing(values, place)
        assert (found is None) == (own is None)
        if found is not None and own is not None:
            assert 1 <= found.rank <= found.measured <= found.all == len(values)
            assert found.rank == 1 + sum(v is not None and v > own for v in values.values())
