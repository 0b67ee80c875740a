"""A condition means the same as a predicate, as a query over lines, as a query over codes and as sets of codes."""

from __future__ import annotations

from typing import Any

import duckdb
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.depth import examples

from commercebrain.engine.errors import UserError
from commercebrain.engine.indicators import conditions, predicates
from commercebrain.engine.indicators.conditions import AllOf, Among, AnyOf, Compared, Condition, InGroup, Members, Not
from commercebrain.engine.indicators.logical import columns, derived_values
from commercebrain.engine.lake.records.schema import record_dataset

DATASET = record_dataset("declaration_lines")
COLUMNS = columns(DATASET)
VALUES = {
    "hs10": ["8703231010", "8703800000", "8507600090", "0901110000", "8471300000"],
    "country": ["USA", "DEU", "VNM"],
    "mode": ["0110", "1039"],
    "flow": ["export", "import"],
    "county": ["990101", "990102", "990201"],
}
PREFIXES = {"hs10": ["87", "8703", "09", "8", "850760"], "hs2": ["8"], "hs6": ["87", "8507"], "city": ["99"]}
HELD = {
    **VALUES,
    **{name: sorted(set(derived_values(COLUMNS[name], VALUES[COLUMNS[name].base]))) for name in ("hs2", "hs6", "city")},
}

among = st.one_of(
    *(
        st.builds(Among, st.just(name), st.frozensets(st.sampled_from([*values, "none"])), prefixes)
        for name, values in HELD.items()
        for prefixes in [st.lists(st.sampled_from(PREFIXES.get(name, ["U"])), max_size=2, unique=True).map(tuple)]
    )
)
compared = st.builds(
    Compared, st.sampled_from(["month", "year"]), st.sampled_from(["==", "!=", "<", "<=", ">", ">="]), st.sampled_from([2023, 202301, 202406])
)  # fmt: skip


def nested(leaves: st.SearchStrategy[Any]) -> st.SearchStrategy[Condition]:
    several = lambda inner: st.lists(inner, max_size=3).map(tuple)  # noqa: E731
    return st.recursive(
        leaves,
        lambda inner: st.one_of(inner.map(Not), several(inner).map(AllOf), several(inner).map(AnyOf)),
        max_leaves=5,
    )


lines = st.lists(
    st.fixed_dictionaries(
        {"month": st.sampled_from([202212, 202301, 202406]), **{n: st.sampled_from(v) for n, v in VALUES.items()}}
    ),
    min_size=1,
    max_size=12,
)


def test_the_language_reads_what_the_catalogue_writes() -> None:
    read = conditions.parse("flow == 'export' and country in group('asean') and not hs10 startswith ('84', '85')")
    assert read == AllOf(
        (Among("flow", frozenset({"export"})), InGroup("country", "asean"), Not(Among("hs10", prefixes=("84", "85"))))
    )
    assert conditions.parse("value_cny >= -5 or mode != '0110'") == AnyOf(
        (Compared("value_cny", ">=", -5), Not(Among("mode", frozenset({"0110"}))))
    )
    assert conditions.parse(None) == conditions.ALWAYS


@pytest.mark.parametrize(
    ("text", "code", "told"),
    [
        ("flow = 'export'", "condition.unreadable", "第6个字符"),
        ("flow == ", "condition.unreadable", "第9个字符"),
        ("contry == 'USA'", "condition.column", "是否指“country”"),
        ("country in group('aseam')", "condition.group", "是否指“asean”"),
        ("mode in group('asean')", "condition.group", "country"),
        ("value_cny == '5'", "condition.number", "不加引号"),
        ("hs2 == 84", "condition.number", "引号"),
        ("hs2 > '84'", "condition.number", "比大小"),
    ],
)
def test_a_condition_that_cannot_hold_is_told_with_the_place_or_the_nearest_word(
    text: str, code: str, told: str
) -> None:
    groups = {"asean": Members("country", frozenset({"VNM"}))}
    with pytest.raises(UserError) as fault:
        conditions.check(conditions.parse(text), COLUMNS, groups)
    assert fault.value.code == code
    assert told in fault.value.zh


def test_members_of_a_group_are_put_in_before_anything_is_counted() -> None:
    found = conditions.resolved(
        conditions.parse("not country in group('asean')"), lambda name: Members("country", frozenset({"VNM", "THA"}))
    )
    assert found == Not(Among("country", frozenset({"VNM", "THA"})))


def test_a_line_without_a_value_satisfies_neither_a_comparison_nor_its_negation() -> None:
    empty = {"month": 202401, "value_cny": None}
    assert not conditions.holds(Compared("value_cny", ">", 1), empty, COLUMNS)
    assert not conditions.holds(Not(Compared("value_cny", ">", 1)), empty, COLUMNS)


@settings(max_examples=examples(60), deadline=None)
@given(nested(st.one_of(among, compared)), lines)
def test_the_query_over_lines_takes_what_the_predicate_takes(condition: Condition, rows: list[dict[str, Any]]) -> None:
    expected = [n for n, row in enumerate(rows) if conditions.holds(condition, row, COLUMNS)]
    held = {
        name: np.array([row[name] for row in rows], dtype=object)
        for name in ("hs10", "country", "mode", "flow", "county")
    }
    held |= {"month": np.array([row["month"] for row in rows]), "n": np.arange(len(rows))}
    with duckdb.connect() as connection:
        connection.register("lines", held)
        where = predicates.over_text(condition, COLUMNS).sql(dialect="duckdb")
        found = connection.execute(f"SELECT n FROM lines WHERE {where} ORDER BY n").fetchall()
    assert [n for (n,) in found] == expected


@settings(max_examples=examples(100), deadline=None)
@given(nested(among), lines)
def test_boxes_of_codes_take_each_line_that_the_predicate_takes_exactly_once(
    condition: Condition, rows: list[dict[str, Any]]
) -> None:
    boxes = predicates.code_boxes(condition, COLUMNS, VALUES)
    assert boxes is not None
    for row in rows:
        inside = sum(all(mask[VALUES[name].index(row[name])] for name, mask in box.items()) for box in boxes)
        assert inside == int(conditions.holds(condition, row, COLUMNS))


@settings(max_examples=examples(60), deadline=None)
@given(nested(st.one_of(among, compared)), lines)
def test_the_query_over_codes_takes_what_the_predicate_takes(condition: Condition, rows: list[dict[str, Any]]) -> None:
    held: dict[str, list[str]] = {**VALUES, "month": [], "year": []}
    query = predicates.over_codes(condition, COLUMNS, held)
    assert query is not None
    coded = {name: np.array([VALUES[name].index(row[name]) for row in rows]) for name in VALUES}
    coded |= {"month": np.array([row["month"] for row in rows]), "n": np.arange(len(rows))}
    coded["year"] = coded["month"] // 100
    with duckdb.connect() as connection:
        connection.register("codes", coded)
        found = connection.execute(f"SELECT n FROM codes WHERE {query.sql(dialect='duckdb')} ORDER BY n").fetchall()
    assert [n for (n,) in found] == [n for n, row in enumerate(rows) if conditions.holds(condition, row, COLUMNS)]


def test_a_finer_column_answers_for_a_coarser_one_and_never_the_other_way_round() -> None:
    hs2, hs6 = Among("hs2", frozenset({"87"})), Among("hs6", frozenset({"870323"}))
    found = predicates.codes_of(hs2, COLUMNS, {"hs6": ["850760", "870323", "870380"]})
    assert found is not None
    assert (found[0], found[1].tolist()) == ("hs6", [False, True, True])
    begins = predicates.codes_of(Among("hs10", prefixes=("8703",)), COLUMNS, {"hs4": ["8507", "8703"]})
    assert begins is not None
    assert (begins[0], begins[1].tolist()) == ("hs4", [False, True])
    assert predicates.codes_of(Among("hs10", prefixes=("87032",)), COLUMNS, {"hs4": ["8507", "8703"]}) is None
    assert predicates.codes_of(hs6, COLUMNS, {"hs2": ["85", "87"]}) is None
    assert predicates.over_codes(Not(hs6), COLUMNS, {"hs2": ["85", "87"]}) is None
