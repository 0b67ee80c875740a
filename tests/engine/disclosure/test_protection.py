"""Whatever small city is drawn, nobody can work out an unsafe cell from what is published; without the complementary part
of the protection the same attack succeeds."""

from __future__ import annotations

from itertools import combinations, product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.engine.disclosure.attack import DIMS, Attack, Fact, Line, matching, recovered, targets, unsafe

from commercebrain.engine.disclosure.declared import Tables, declared_tables
from commercebrain.engine.disclosure.month import Contributions, Protected, protect

FLOW, MONTH = "export", 202501
TABLES_ = declared_tables()["declaration_lines"]


def city(seed: int, *, firms: int, lines: int, sizes: tuple[int, int, int, int], skew: float) -> list[Line]:
    """A month of a small city: firms of unequal size, each with some goods and countries of its own."""
    rng = np.random.default_rng(seed)
    weight = 1 / np.arange(1, firms + 1) ** skew
    made = []
    for firm in rng.choice(firms, lines, p=weight / weight.sum()).tolist():
        own = np.random.default_rng(seed * 1000 + firm)
        county = int(own.integers(sizes[0]))
        countries, goods, modes = (own.integers(0, size, 3).tolist() for size in sizes[1:])
        country, hs2, mode = (str(one[int(rng.integers(3))]) for one in (countries, goods, modes))
        value = int(rng.lognormal(6, 1.2)) + 1
        made.append(Line(MONTH, FLOW, str(firm), str(county), country, hs2, mode, value))
    return made


def labels_of(sizes: tuple[int, int, int, int]) -> dict[str, tuple[str, ...]]:
    return {dim: tuple(map(str, range(size))) for dim, size in zip(DIMS, sizes, strict=True)}


def contributions(lines: list[Line], labels: dict[str, tuple[str, ...]]) -> Contributions:
    codes = {dim: np.array([int(getattr(line, dim)) for line in lines], dtype=np.int64) for dim in DIMS}
    firm = np.array([int(line.firm) for line in lines], dtype=np.int64)
    return Contributions(codes, labels, firm, np.array([line.value for line in lines], dtype=np.int64))


def published(
    made: Protected, lines: list[Line], labels: dict[str, tuple[str, ...]], groups: dict[str, list[frozenset[str]]]
) -> Attack:
    """The attacker's knowledge: every cell, total and group sum that may be told."""
    attack = Attack(labels, (FLOW,), (MONTH,))

    def learn(chosen: dict[str, tuple[str, ...]]) -> None:
        value = sum(line.value for line in matching(lines, chosen))
        attack.learn(Fact((FLOW,), (MONTH,), tuple(chosen.items()), value))

    if made.whole:
        learn({})
    for dim in DIMS:
        for number, label in enumerate(labels[dim]):
            if not made.margins[dim].hidden[number]:
                learn({dim: (label,)})
        for size in range(2, len(labels[dim])):  # every set of categories that may be summed, declared group or not
            for members in combinations(labels[dim], size):
                if made.whole and made.margins[dim].allows(np.isin(labels[dim], members)):
                    learn({dim: members})
    for table in TABLES_.double:
        a, b = table.by
        for (i, first), (j, second) in product(enumerate(labels[a]), enumerate(labels[b])):
            if not made.cells[table.code][i, j]:
                learn({a: (first,), b: (second,)})
    return attack


def groups_of(seed: int, labels: dict[str, tuple[str, ...]]) -> dict[str, list[frozenset[str]]]:
    """Overlapping groups of countries and of goods."""
    rng = np.random.default_rng(seed + 99)
    return {
        dim: [frozenset(rng.choice(labels[dim], 3, replace=False).tolist()) for _ in range(2)]
        for dim in ("country", "hs2")
        if len(labels[dim]) > 3
    }


SIZES = (3, 5, 4, 3)
CITIES = st.tuples(
    st.integers(0, 10_000),
    st.integers(1, 40),
    st.integers(1, 160),
    st.tuples(st.integers(1, 4), st.integers(1, 6), st.integers(1, 5), st.integers(1, 4)),
    st.sampled_from([0.0, 0.6, 1.1, 2.0]),
)


@settings(max_examples=12, deadline=None)
@given(CITIES)
def test_no_unsafe_cell_of_any_small_city_can_be_worked_out(drawn: tuple) -> None:
    seed, firms, many, sizes, skew = drawn
    lines = city(seed, firms=firms, lines=many, sizes=sizes, skew=skew)
    labels = labels_of(sizes)
    groups = groups_of(seed, labels)
    made = protect(contributions(lines, labels), TABLES_, groups=groups)
    wanted = list(targets(lines, labels))
    assert recovered(published(made, lines, labels, groups), wanted[:25]) == []


@pytest.mark.slow
@settings(max_examples=300, deadline=None)
@given(CITIES)
def test_no_unsafe_cell_of_three_hundred_small_cities_can_be_worked_out(drawn: tuple) -> None:
    test_no_unsafe_cell_of_any_small_city_can_be_worked_out.hypothesis.inner_test(drawn)  # type: ignore[attr-defined]


@settings(max_examples=30, deadline=None)
@given(CITIES)
def test_every_unsafe_cell_and_every_sum_over_withheld_cells_of_a_line_is_judged_by_the_rule(drawn: tuple) -> None:
    """What is withheld in a row or a column can be had as a sum: it must be safe as an aggregate of its firms."""
    seed, firms, many, sizes, skew = drawn
    lines = city(seed, firms=firms, lines=many, sizes=sizes, skew=skew)
    labels = labels_of(sizes)
    made = protect(contributions(lines, labels), TABLES_)
    for fact, _ in targets(lines, labels):
        chosen = {dim: one[0] for dim, one in fact.chosen}
        if not chosen:
            assert not made.whole
        elif len(chosen) == 1:
            ((dim, label),) = chosen.items()
            assert made.margins[dim].hidden[labels[dim].index(label)]
        else:
            (a, first), (b, second) = chosen.items()
            table = TABLES_.table((a, b))
            assert table is not None
            assert made.cells[table.code][labels[a].index(first), labels[b].index(second)]
    if not made.whole:
        return
    for dim in DIMS:
        margin = made.margins[dim]
        for pool in np.unique(margin.pool[margin.hidden]):
            members = [labels[dim][i] for i in np.flatnonzero(margin.pool == pool)]
            inside = list(matching(lines, {dim: members}))
            assert not unsafe(inside)[0], (dim, pool)
    for table in TABLES_.double:
        a, b = table.by
        for axis, (own, other) in enumerate(((a, b), (b, a))):
            hidden = made.cells[table.code] if axis == 0 else made.cells[table.code].T
            for number, label in enumerate(labels[own]):
                if made.margins[own].hidden[number]:
                    continue
                members = [labels[other][i] for i in np.flatnonzero(hidden[number])]
                assert not unsafe(list(matching(lines, {own: (label,), other: members})))[0], (table.code, label)


def weak_and_full(seed: int) -> tuple[int, int]:
    """How many unsafe cells the attack finds: without the complementary part, and with it."""
    labels = labels_of(SIZES)
    lines = city(seed, firms=40, lines=240, sizes=SIZES, skew=0.6)
    wanted = list(targets(lines, labels))
    found = []
    for complementary in (False, True):
        made = protect(contributions(lines, labels), TABLES_, complementary=complementary)
        found.append(len(recovered(published(made, lines, labels, {}), wanted)))
    return found[0], found[1]


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_same_attack_succeeds_where_only_unsafe_cells_are_withheld(seed: int) -> None:
    weak, full = weak_and_full(seed)
    assert weak > 0
    assert full == 0


@pytest.mark.parametrize("seed", [4, 5])
def test_a_month_is_protected_in_the_same_way_every_time(seed: int) -> None:
    labels = labels_of(SIZES)
    lines = city(seed, firms=30, lines=200, sizes=SIZES, skew=1.1)
    shuffled = [lines[i] for i in np.random.default_rng(seed).permutation(len(lines))]
    first, second = (protect(contributions(given, labels), TABLES_) for given in (lines, shuffled))
    for code, hidden in first.cells.items():
        assert (hidden == second.cells[code]).all()
    for dim, margin in first.margins.items():
        assert (margin.pool == second.margins[dim].pool).all()


def test_the_declared_tables_name_their_margins_and_their_sources() -> None:
    assert {("county",), ("country",), ("hs2",), ("mode",)} <= {table.by for table in TABLES_.tables}
    for pair in [("county", "country"), ("county", "hs2"), ("county", "mode"), ("country", "hs2")]:
        assert TABLES_.table(pair) is not None
    given = TABLES_.model_dump()
    given["tables"] = [table for table in given["tables"] if table["code"] != "country"]
    with pytest.raises(ValueError, match="margin country"):
        Tables.model_validate(given)
