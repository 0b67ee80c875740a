"""One pass over many subjects says what the language says of each row."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any
from unittest import mock

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.depth import examples

from commercebrain.engine.errors import UserError
from commercebrain.engine.expressions import Column, parse
from commercebrain.engine.rules import ArrayFrame, Coded, Rule, evaluate
from commercebrain.engine.rules.compiled import words_of
from commercebrain.engine.rules.kernels import BLOCK
from commercebrain.engine.rules.threads import side_by_side

ON = date(2025, 7, 21)
WORDS = {"zh": "规则", "en": "Rule"}
COVERS = ["under_1", "from_1_to_3", "from_3_to_6", "over_6"]


def rule(when: str, **more: Any) -> Rule:
    """A rule about firms with this condition."""
    declared: dict[str, Any] = {
        "code": "R900", "name": WORDS, "group": "orders", "subject": "firm", "practice": WORDS, "when": when,
        "levels": [{"level": "watch"}], "say": WORDS, "examples": [{"given": {}, "fires": False}],
    }  # fmt: skip
    return Rule.model_validate(declared | more)


def frame(columns: dict[str, Any], earlier: Any = None, rows: int | None = None, subject: str = "firm") -> ArrayFrame:
    """Rows of firms with these columns."""
    count = rows if rows is not None else len(next(iter(columns.values())))
    return ArrayFrame(subject, [f"k{n}" for n in range(count)], columns, "2025-06", ON, earlier=earlier or {})


def only(one: Rule, facts: ArrayFrame, **more: Any) -> Any:
    """What one rule finds."""
    (found,) = evaluate([one], {facts.subject: facts}, on=ON, **more)
    return found


# -- the vectorised pass against the language, row by row

NUMBERS = st.one_of(
    st.none(),
    st.sampled_from([0.0, 0.3, -0.3, 0.1, 0.5, 1.0, 2.0, 5_000_000.0, float("nan"), float("inf")]),
    st.floats(-2, 2, allow_nan=False),
)
ATOMS = st.sampled_from(
    [
        "exports_growth <= -0.3", "exports_growth <= -fall", "-0.3 >= exports_growth", "exports_growth == 0.3",
        "exports_growth != 0.3", "exports >= least", "exports >= 5000000", "least <= exports", "cover <= '≤1'",
        "cover == 'over_6'", "'3–6' > cover", "cover in ('≤1', '1–3')", "cover not in ('≤1')", "below_95",
        "not below_95", "known(exports_growth)", "not known(cover)", "known(below_95)", "not known(exports)", "top_market == 'USA'",
        "top_market in ('USA', 'DEU')", "top_market != 'USA'", "exports_gap - exports_growth < 0.1",
        "exports_gap / exports_growth >= 1.5", "exports_gap * 3 <= exports_growth", "'tariffs' in difficulties",
        "exports_growth + exports_gap < -fall", "not (exports_gap > 0.1)", "missed_in_row >= 2",
        "(exports_gap < 0 or cover <= '1–3')", "not (cover <= '1–3' and below_95)", "new_orders > 2 * orders_in_hand", "0.3 * exports_growth <= exports_gap * 1.0 - 0.1", "cover < lag(cover, 2)",
        "exports >= 2 * least", "missed_in_row * 0.1 == 0.3", "'costs' in difficulties or below_95",
        "orders_in_hand >= 3", "least >= 4000000", "lag(cover, 2) >= '3–6'", "exposure('tariff_list') > 0.5",
    ]
)  # fmt: skip
CONDITIONS = st.lists(ATOMS, min_size=1, max_size=5).map(" and ".join) | st.lists(ATOMS, min_size=2, max_size=3).map(
    " or ".join
)


@st.composite
def frames(draw: st.DrawFn) -> tuple[ArrayFrame, list[dict[str, Any]]]:
    """A frame and the same rows one by one."""
    count = draw(st.integers(1, 12))
    column = lambda values: draw(st.lists(values, min_size=count, max_size=count))  # noqa: E731
    columns: dict[str, Any] = {
        name: column(NUMBERS)
        for name in (
            "exports_growth", "exports", "exports_gap", "new_orders", "orders_in_hand", "exposure('tariff_list')"
        )
    }  # fmt: skip
    columns["missed_in_row"] = column(st.none() | st.integers(0, 4))
    columns["below_95"] = column(st.none() | st.booleans())
    columns["cover"] = column(st.none() | st.sampled_from(COVERS))
    columns["lag(cover, 2)"] = column(st.none() | st.sampled_from(COVERS))
    columns["top_market"] = column(st.none() | st.sampled_from(["USA", "DEU", "JPN"]))
    columns["difficulties"] = column(st.none() | st.sampled_from([frozenset(), frozenset({"tariffs", "costs"})]))
    rows = [{name: values[n] for name, values in columns.items()} for n in range(count)]
    ready = dict(columns)
    for name in ("exports_growth", "exports"):  # as a store keeps them: floats, NaN where nothing is known
        ready[name] = np.array([np.nan if one is None else one for one in columns[name]])
    if draw(st.booleans()):
        options = [COVERS.index(one) if one is not None else -1 for one in columns["cover"]]
        ready["cover"] = Coded(np.array(options, np.int8), tuple(COVERS))
    return frame(ready), rows


@settings(max_examples=examples(120), deadline=None)
@given(st.lists(CONDITIONS, min_size=1, max_size=6), frames(), st.decimals("0.1", "0.5", places=1))
def test_all_rules_in_one_pass_say_what_each_says_of_each_row(
    texts: list[str], made: tuple[ArrayFrame, list[dict[str, Any]]], fall: Decimal
) -> None:
    """Fires, does not, cannot be told: the same for every row as when it is evaluated alone."""
    facts, rows = made
    parameters = {
        "fall": {"value": "30", "unit": "%", "name": WORDS, "from": 1, "to": 90, "step": 1},
        "least": {"value": 500, "unit": "万元", "name": WORDS, "from": 100, "to": 1000, "step": 100},
    }
    rules = [rule(text, code=f"R{n + 1:03d}", parameters=parameters) for n, text in enumerate(texts)]
    chosen = {one.code: {"fall": fall * 100} for one in rules}
    for one, found in zip(rules, evaluate(rules, {"firm": facts}, parameters=chosen, on=ON), strict=True):
        given_ = {"fall": fall * 100, "least": Decimal(500)}
        said = [parse(one.when).holds({**row, **given_}, words_of(one)) for row in rows]
        assert found.rows.tolist() == [n for n, holds in enumerate(said) if holds], one.when
        assert found.unknown == said.count(None), one.when


@settings(max_examples=examples(120), deadline=None)
@given(
    st.decimals("-2", "2", places=15),
    st.sampled_from(["<", "<=", ">", ">=", "=="]),
    st.integers(-3, 3),
    st.sampled_from(["", "%"]),
)
def test_a_bound_on_floats_is_the_bound_on_decimals_to_the_last_digit(
    bound: Decimal, operator: str, steps: int, unit: str
) -> None:
    """The float nearest to a bound, and its neighbours, fall on the side of the decimals that they print as."""
    value = float(bound) if not unit else float(bound / 100)
    for _ in range(abs(steps)):
        value = float(np.nextafter(value, np.inf if steps > 0 else -np.inf))
    parameters = {"p": {"value": bound, "unit": unit, "name": WORDS, "from": -2, "to": 2, "step": 1}}
    one = rule(f"exports_growth {operator} p", parameters=parameters)
    wanted = parse(one.when).holds({"exports_growth": value, "p": bound}, words_of(one))
    assert (len(only(one, frame({"exports_growth": np.array([value])})).rows) == 1) == wanted


def test_whole_numbers_beyond_floats_are_compared_as_they_are() -> None:
    """2^53 + 1 is not 2^53."""
    values = np.array([2**53, 2**53 + 1, 2**53 + 2])
    found = only(rule("exports > 900719925474099 * 10 + 2"), frame({"exports": values}))
    assert found.rows.tolist() == [1, 2]


# -- hold, exclusive, levels, validity


def test_a_rule_with_a_hold_waits_until_the_condition_held_for_so_many_periods() -> None:
    """A report before that is missing holds back too."""
    covers = [["under_1"] * 3, ["under_1", "over_6", None], ["under_1"] * 3]
    facts = frame({"cover": covers[0]}, {"report": [frame({"cover": covers[1]}), frame({"cover": covers[2]})]})
    assert only(rule("cover <= '≤1'"), facts).rows.tolist() == [0, 1, 2]
    held = only(rule("cover <= '≤1'", hold={"for": 2, "of": "report"}), facts)
    assert held.rows.tolist() == [0]
    assert held.held_back["hold"] == 2
    assert only(rule("cover <= '≤1'", hold="4 reports"), facts).rows.tolist() == []


def test_a_lag_counts_reports_for_orders_and_months_for_trade() -> None:
    """The frames before are asked by what the name's periods are."""
    before = {
        "report": [frame({"cover": ["over_6", "under_1"]})],
        "month": [frame({"exports_growth": [0.1, -0.5], "cover": ["under_1", "over_6"]})],
    }
    facts = frame({"cover": ["under_1", "under_1"], "exports_growth": [-0.5, -0.5]}, before)
    assert only(rule("lag(cover, 1) >= '3–6'"), facts).rows.tolist() == [0]
    assert only(rule("lag(exports_growth, 1) < -0.3"), facts).rows.tolist() == [1]
    assert only(rule("lag(exports_growth, 7) < -0.3"), facts).unknown == 2


def test_a_rule_is_silent_where_one_that_excludes_it_holds() -> None:
    """Only among the rules that are evaluated together, and only for the subjects for which the other holds."""
    facts = frame({"exports_growth": [-0.6, -0.4, 0.1]})
    deep = rule("exports_growth <= -0.5", code="R001")
    fall = rule("exports_growth <= -0.3", code="R002", exclusive_of=["R001"])
    _, found = evaluate([deep, fall], {"firm": facts}, on=ON)
    assert found.rows.tolist() == [1]
    assert found.held_back == {"hold": 0, "exclusive": 1}
    assert only(fall, facts).rows.tolist() == [0, 1]


def test_the_first_level_that_holds_is_the_level_and_an_unknown_one_does_not_hold() -> None:
    """What cannot be told never raises a level."""
    levels = [{"level": "close_watch", "when": "exposure('tariff_list') > 0.5"}, {"level": "watch"}]
    facts = frame({"exports_growth": [-0.6, -0.6, -0.6], "exposure('tariff_list')": [0.6, 0.5, None]})
    found = only(rule("exports_growth <= -0.5", levels=levels), facts)
    assert found.levels.tolist() == ["close_watch", "watch", "watch"]


def test_a_rule_outside_its_valid_days_is_not_evaluated() -> None:
    """Nor is one whose subject has no frame."""
    facts = frame({"exports_growth": [-0.6]})
    gone = rule("exports_growth <= -0.5", valid={"from": "2024-01-01", "until": "2025-07-20"})
    assert evaluate([gone], {"firm": facts}, on=ON) == []
    assert evaluate([rule("exports_growth <= -0.5")], {"goods": facts}, on=ON) == []


def test_a_parameter_that_there_is_not_or_beyond_its_bounds_is_refused() -> None:
    """In a sentence that names it."""
    parameters = {"fall": {"value": "0.3", "name": WORDS, "from": "0.1", "to": "0.9", "step": "0.1"}}
    one, facts = rule("exports_growth <= -fall", parameters=parameters), frame({"exports_growth": [-0.6]})
    for wrong, code in (({"fal": Decimal(1)}, "unknown_parameter"), ({"fall": Decimal(1)}, "parameter_outside")):
        with pytest.raises(UserError) as raised:
            only(one, facts, parameters={"R900": wrong})
        assert raised.value.code == f"rule.{code}"


def test_a_fact_that_nobody_knows_is_unknown_of_everybody() -> None:
    """Never false, never true."""
    found = only(rule("exports_growth <= -0.3 and peers_gap < 0"), frame({"exports_growth": [-0.6, 0.1, None]}))
    assert (found.rows.tolist(), found.unknown) == ([], 2)


def test_infinite_numbers_are_unknown() -> None:
    """As the language has it."""
    column = Column(np.array([np.inf, -np.inf, -1.0]), np.ones(3, bool))
    found = only(rule("exports_growth <= -0.3"), frame({"exports_growth": column}, rows=3))
    assert (found.rows.tolist(), found.unknown) == ([2], 2)


def test_what_was_made_ready_for_one_frame_serves_another_with_other_values() -> None:
    """The plan is kept; values, kinds of columns and options of choices are looked at anew."""
    rules = [
        rule("exports_growth <= -0.3 and cover <= '1–3'", code="R001"),
        rule("exports_growth <= -0.5 and top_market == 'USA'", code="R002"),
    ]
    first = frame({"exports_growth": np.array([-0.6, 0.1]), "cover": ["under_1"] * 2, "top_market": ["USA", "DEU"]})
    other = frame(
        {
            "exports_growth": [None, -0.6],
            "cover": Coded(np.array([0, 0]), ("from_1_to_3",)),
            "top_market": ["DEU", "USA"],
        }
    )
    assert [one.rows.tolist() for one in evaluate(rules, {"firm": first}, on=ON)] == [[0], [0]]
    again = evaluate(rules, {"firm": other}, on=ON)
    assert [one.rows.tolist() for one in again] == [[1], [1]]
    assert [one.unknown for one in again] == [1, 0]


def test_many_rows_behind_one_gate_are_what_each_row_says() -> None:
    """Enough rows for gates, dense columns and the compiled loop to be used, against the language on a sample."""
    rng = np.random.default_rng(5)
    count = 4_000
    size = np.round(np.exp(rng.normal(12, 3, count)))
    growth = np.where(rng.random(count) < 0.7, np.round(rng.normal(0, 0.3, count), 2), np.nan)
    gap = np.where(rng.random(count) < 0.7, np.round(rng.normal(0, 0.3, count), 2), np.nan)
    columns = {
        "exports_last_12m": size, "exports_growth": growth, "exports_gap": gap,
        "cover": Coded(rng.integers(-1, 4, count).astype(np.int8), tuple(COVERS)),
        "missed_in_row": np.where(rng.random(count) < 0.1, rng.integers(0, 5, count), np.nan),
        "below_95": Column(rng.random(count) < 0.1, rng.random(count) < 0.8),
        "difficulties": Coded(rng.integers(-1, 2, count), (frozenset(), frozenset({"tariffs"}))),
    }  # fmt: skip
    texts = [
        "exports_last_12m >= 5000000 and exports_growth <= -0.3", "exports_last_12m >= 50000000 and cover <= '1–3'",
        "exports_last_12m >= 1000000 and below_95 and exports_gap < exports_growth", "missed_in_row >= 2",
        "missed_in_row >= 2 and exports_last_12m > 0", "exports_gap - 0.1 <= exports_growth and cover > '≤1'",
        "'tariffs' in difficulties and exports_gap <= -0.5", "below_95", "exports_growth <= 5 and exports_gap <= 5",
        "exports_growth <= 5 and exports_gap <= exports_growth + 0.25 and exports_last_12m > 0",
    ]  # fmt: skip
    rules = [rule(text, code=f"R{number:03d}") for number, text in enumerate(texts)]
    facts = frame(columns, rows=count)
    plain = {name: facts.column(parse(name).node) for name in columns}  # type: ignore[arg-type]
    rows = [
        {name: (column.values[n] if column.known[n] else None) for name, column in plain.items()}
        for n in range(0, count, 7)
    ]
    for one, found in zip(rules, evaluate(rules, {"firm": facts}, on=ON), strict=True):
        said = [
            parse(one.when).holds({k: getattr(v, "item", lambda v=v: v)() for k, v in row.items()}, words_of(one))
            for row in rows
        ]
        hits = set(found.rows.tolist())
        assert [n * 7 in hits for n in range(len(rows))] == [holds is True for holds in said], one.when
        whole, known = parse(one.when).column(plain, words_of(one))
        assert len(found.rows) == int(whole.sum()), one.when
        assert found.unknown == int((~known).sum()), one.when


@settings(max_examples=examples(6), deadline=None)
@given(st.integers(0, 10_000), st.booleans(), st.integers(1, 3))
def test_holds_levels_and_exclusions_are_what_the_language_says_in_whatever_order_firms_lie(
    seed: int, by_size: bool, threads: int
) -> None:
    """Sums that are nearly equal, facts that are not there before, two rules of which one silences the other; several blocks
    of rows, in one share or dealt out to threads."""
    rng = np.random.default_rng(seed)
    count = 2 * BLOCK + 300
    size = np.round(np.exp(rng.normal(13, 2, count)))
    size = np.sort(size)[::-1].copy() if by_size else size

    def facts() -> dict[str, Any]:
        return {
            "cover": Coded(rng.integers(-1, 4, count).astype(np.int8), tuple(COVERS)),
            "markets": rng.integers(0, 9, count).astype(np.float64),
            "orders_growth_4": np.where(rng.random(count) < 0.7, np.round(rng.normal(-0.2, 0.3, count), 1), np.nan),
            "below_95": Column(rng.random(count) < 0.6, rng.random(count) < 0.9),
        }

    before = [
        frame(facts(), rows=count),
        frame({name: one for name, one in facts().items() if name != "below_95"}, rows=count),
    ]
    now = {**facts(), "exports_last_12m": size, "markets_before": rng.integers(0, 9, count).astype(np.float64)}
    given_ = frame(now, {"report": before}, rows=count)
    texts = [
        "cover <= '1–3' and orders_growth_4 <= -0.1", "orders_growth_4 <= 0.1 and cover <= '3–6'", "below_95",
        "markets <= 0.1 * 3 * markets_before and exports_last_12m >= 2000000", "markets >= 0.3 * markets + 0.7 * markets",
    ]  # fmt: skip
    levels = [
        {"level": "close_watch", "when": "markets >= 0.1 * 3 * markets_before + 0.1 * 7 * markets_before"},
        {"level": "watch", "when": "exports_last_12m >= 3000000 and (below_95 or cover == 'under_1')"},
        {"level": "note"},
    ]
    rules = [
        rule(
            text, code=f"R{number:03d}", levels=levels,
            exclusive_of=[f"R{number - 1:03d}"] if number else [],
            hold={"for": 1 + number % 3, "of": "report"} if number < 3 else None,
        )
        for number, text in enumerate(texts)
    ]  # fmt: skip
    frames_ = [given_, *before]
    holding: list[set[int]] = []
    for number, one in enumerate(rules):
        periods = one.hold.for_ if one.hold is not None else 1
        said = [_said(one, one.when, frames_[back]) for back in range(periods)]
        holding.append({row for row in range(count) if all(each[row] is True for each in said)})
        wanted = sorted(holding[number] - (holding[number - 1] if number else set()))
        with mock.patch("commercebrain.engine.rules.evaluating.at_once", lambda rows: threads):
            found = evaluate(rules, {"firm": given_}, on=ON)[number]
        assert found.rows.tolist() == wanted, one.when
        assert found.unknown == said[0].count(None), one.when
        high, middle = (_said(one, level["when"], given_) for level in levels[:2])
        told = ["close_watch" if high[row] else "watch" if middle[row] else "note" for row in wanted]
        assert found.levels.tolist() == told, one.when


@settings(max_examples=examples(60), deadline=None)
@given(
    st.lists(st.tuples(st.integers(-(10**16), 10**16), st.integers(-9, 9), st.integers(0, 6)), min_size=1, max_size=8),
    st.sampled_from(["0.1", "0.3", "0.7", "1.1", "0.0001", "0.00000000012", "3"]),
    st.sampled_from(["<", "<=", "==", "!=", ">", ">="]),
)
def test_sums_that_floats_cannot_tell_apart_are_compared_to_the_last_digit(
    drawn: list[tuple[int, int, int]], factor: str, operator: str
) -> None:
    """Whole numbers, amounts with decimals, more digits than either holds: on the one side a product, on the other what it
    comes to, give or take the last digit."""
    before = [float(Decimal(value).scaleb(-places)) for value, _, places in drawn]
    now = [
        float(Decimal(repr(one)) * Decimal(factor) + Decimal(more).scaleb(-places))
        for one, (_, more, places) in zip(before, drawn, strict=True)
    ]
    facts = frame({"orders_in_hand": np.array(now), "new_orders": np.array(before)})
    one = rule(f"orders_in_hand {operator} {factor} * new_orders")
    said = [
        parse(one.when).holds({"orders_in_hand": a, "new_orders": b}, words_of(one))
        for a, b in zip(now, before, strict=True)
    ]
    assert only(one, facts).rows.tolist() == [row for row, holds in enumerate(said) if holds]


def test_a_fault_in_one_share_of_the_rows_is_told() -> None:
    def share(number: int) -> int:
        if number == 1:
            raise ValueError("the second")
        return number

    assert side_by_side(lambda number: number, 3) == [0, 1, 2]
    with pytest.raises(ValueError, match="the second"):
        side_by_side(share, 2)


def _said(one: Rule, text: str, facts: ArrayFrame) -> list[bool | None]:
    """What the language's columns say of each row."""
    condition = parse(text)
    columns = {str(term): facts.column(term) for term in condition.terms}
    value, known = condition.column(columns, words_of(one))
    return [bool(yes) if there else None for yes, there in zip(value, known, strict=True)]


def test_a_rule_read_anew_is_evaluated_by_the_plan_that_is_there() -> None:
    """What it says counts, not which object it is; a rule that says something else has its own answer."""
    facts = frame({"exports_growth": np.array([-0.6, -0.4, 0.1])})
    for bound, rows in (("-0.3", [0, 1]), ("-0.3", [0, 1]), ("-0.5", [0])):
        assert only(rule(f"exports_growth <= {bound}"), facts).rows.tolist() == rows
