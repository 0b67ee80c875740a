"""Structure: shares that add up, contributions that stop near zero, pulls that add exactly."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from commercebrain.engine.indicators import NoValue
from commercebrain.engine.indicators import structure as s

D = Decimal
parts_lists = st.lists(st.tuples(st.integers(0, 10**6), st.integers(1, 10**6)), min_size=1, max_size=8)


def test_a_part_outside_its_whole_has_no_share() -> None:
    assert isinstance(s.share(D(3), D(2)), NoValue)
    assert isinstance(s.share(D(-1), D(2)), NoValue)
    assert isinstance(s.share(D(1), D(0)), NoValue)
    assert s.ratio_to(D(3), D(2)) == D("1.5")


def test_the_missing_part_of_a_partition_is_named() -> None:
    found, rest = s.shares({"a": D(30), "b": None}, D(100))
    assert found["a"] == D("0.3")
    assert isinstance(found["b"], NoValue)
    assert rest == D("0.7")


def test_a_contribution_to_hardly_any_change_is_not_told() -> None:
    found = s.contribution(D(12), D(10), D("100.05"), D(100))
    assert isinstance(found, NoValue)
    assert s.pull(D(12), D(10), D(100)) == 2


def test_concentration() -> None:
    assert s.hhi([D(1)]) == 1
    assert s.hhi([D(1), D(1)]) == D("0.5")
    assert s.crn([D(5), D(3), D(2)], 2) == D("0.8")
    assert isinstance(s.hhi([]), NoValue)


def test_diffusion_counts_half_of_the_unchanged_and_leaves_the_unknown_out() -> None:
    assert s.diffusion([D(1), D(0), D(-1), D(2), None]) == D("62.5")
    assert isinstance(s.diffusion([None]), NoValue)


@given(parts_lists)
def test_pulls_add_up_to_the_growth_of_the_whole_exactly(pairs: list[tuple[int, int]]) -> None:
    now, before = D(sum(a for a, _ in pairs)), D(sum(b for _, b in pairs))
    pulls = [s.pull(D(a), D(b), before) for a, b in pairs]
    assert all(isinstance(p, Decimal) for p in pulls)
    total = sum(p for p in pulls if isinstance(p, Decimal))
    assert abs(total - (now - before) / before * 100) < D("1e-18") * max(now, before)


@given(st.lists(st.integers(1, 10**6), min_size=1, max_size=20))
def test_the_index_of_concentration_lies_between_equal_parts_and_one(values: list[int]) -> None:
    index = s.hhi([D(v) for v in values])
    assert isinstance(index, Decimal)
    assert D(1) / len(values) - D("1e-20") <= index <= 1
