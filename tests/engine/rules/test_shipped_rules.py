"""The rules that ship: complete, in words, each with the examples that hold it."""

from __future__ import annotations

from collections import Counter
from datetime import date

import pytest

from commercebrain.engine.catalogue import load_catalogue
from commercebrain.engine.rules import GROUPS, SUBJECTS, Rule, evaluate
from commercebrain.engine.rules.checking import Known, faults_of
from commercebrain.engine.rules.examples import example_frame, judged
from commercebrain.engine.rules.kinds import RuleExample

RULES = load_catalogue().rules
ON = date(2025, 7, 21)


def test_there_are_rules_of_every_group_and_about_every_subject() -> None:
    """Thirty at least, so that no line of work is without."""
    assert len(RULES) >= 30
    assert {one.group for one in RULES.values()} == set(GROUPS)
    assert {one.subject for one in RULES.values()} == set(SUBJECTS)


@pytest.mark.parametrize("code", RULES)
def test_a_shipped_rule_has_no_fault_and_says_what_its_examples_say(code: str) -> None:
    """It fires once, is silent once, and once it cannot tell."""
    rule = RULES[code]
    catalogue = load_catalogue()
    assert list(faults_of(rule, Known(catalogue, catalogue))) == []
    assert [told for one in rule.examples if (told := judged(rule, one))] == []
    kinds = Counter(("fires", "unknown", "silent")[0 if e.fires else 1 if e.unknown else 2] for e in rule.examples)
    assert set(kinds) == {"fires", "unknown", "silent"}
    told = {one.level for one in rule.examples if one.fires}
    assert {one.level for one in rule.levels} <= told, "a level without an example"


def test_numbers_say_the_group() -> None:
    """R1xx orders, R2xx trade, R3xx lists, R4xx reporting, R5xx targets, R6xx industrial safety, R7xx the whole."""
    groups = {code[1]: rule.group for code, rule in RULES.items()}
    assert groups == dict(zip("1234567", GROUPS, strict=True))
    assert all(groups[code[1]] == rule.group for code, rule in RULES.items())


def test_a_rule_can_be_written_down_and_read_again() -> None:
    """As it is copied into what a bureau uses."""
    for rule in RULES.values():
        copied = rule.model_dump(mode="json", by_alias=True)
        assert Rule.model_validate(copied) == rule


def test_no_rule_excludes_itself_by_way_of_others() -> None:
    """Round a circle of exclusions every rule would wait for another, and nobody would be told."""
    known: dict[str, frozenset[str]] = {}

    def ahead(code: str, way: tuple[str, ...]) -> frozenset[str]:
        assert code not in way, " > ".join([*way, code])
        if code not in known:
            others = RULES[code].exclusive_of
            known[code] = frozenset(others).union(*(ahead(one, (*way, code)) for one in others))
        return known[code]

    for code in RULES:
        ahead(code, ())


def test_a_firm_in_free_fall_is_one_piece_of_work_and_the_strongest_rule_speaks() -> None:
    """Orders and exports fall at once: a dozen conditions hold, one signal asks for a visit."""
    history = {
        "cover": [*(["3–6"] * 10), "≤1", "≤1"], "orders_in_hand": [*([200] * 11), 190, 40, 30],
        "orders_growth_4": [-0.8, -0.85], "exports_ahead_growth": -0.6, "exports_last_12m": 90_000_000,
        "below_95": True, "exports_gap": -0.8, "surprise": -5, "lasting_gap": -0.7, "peers_gap": -0.6,
        "exports_3m_growth": -0.9, "exports_3m_before": 20_000_000, "zero_months": 2, "highest36": 12_000_000,
        "top_market_share": 0.8, "new_orders": [0, 0, 0, 0, 0], "markets": 3, "markets_before": 9,
        "imports_growth": -0.6, "imports_last_12m": 40_000_000, "lag(orders_in_hand, 52)": 200, "trend": "less",
        "difficulties": [["lack_of_orders"], ["lack_of_orders"], ["lack_of_orders"]], "unchanged_in_row": 5,
    }  # fmt: skip
    falls = [one for one in RULES.values() if one.subject == "firm" and one.group in ("orders", "customs")]
    example = RuleExample(given=history, fires=True)
    frame = example_frame(RULES["R110"], example)

    def firing(of: list[Rule]) -> list[str]:
        return [one.rule.code for one in evaluate(of, {"firm": frame}, on=ON) if len(one.rows)]

    alone = [code for one in falls for code in firing([one])]
    assert {"R101", "R103", "R110", "R111", "R112", "R201", "R202", "R204", "R210", "R212"} <= set(alone)
    assert firing(falls) == ["R101"]


def test_what_is_to_come_is_told_while_exports_hold_and_a_plunge_once_by_the_rule_for_it() -> None:
    """A firm without order reports: first the quarter to come, then, when it has fallen, one signal and no other."""
    falls = [one for one in RULES.values() if one.subject == "firm" and one.group == "customs"]
    holds = {
        "exports_last_12m": 60_000_000, "lag(exports_3m, 9)": 30_000_000, "exports_ahead_growth": -0.5,
        "exports_3m_growth": 0.02, "below_95": False, "exports_gap": -0.05, "surprise": -0.3, "lasting_gap": 0,
        "peers_gap": -0.02, "zero_months": 0, "markets": 8, "markets_before": 8, "highest36": 12_000_000,
    }  # fmt: skip
    plunged = {
        **holds, "exports_3m_growth": -0.45, "below_95": True, "exports_gap": -0.7, "surprise": -4.8, "lasting_gap": -0.7,
        "peers_gap": [-0.6, -0.6],
    }  # fmt: skip

    def firing(given: dict[str, object]) -> list[str]:
        frame = example_frame(RULES["R212"], RuleExample(given=given, fires=True))
        return [one.rule.code for one in evaluate(falls, {"firm": frame}, on=ON) if len(one.rows)]

    assert firing(holds) == ["R211"]
    assert firing(plunged) == ["R212"]
