"""Which facts of a rule tell what customs know of single firms."""

from __future__ import annotations

import pytest

from commercebrain.engine.catalogue import load_catalogue
from commercebrain.engine.rules.confidential import OPEN, tells, tells_in
from commercebrain.engine.rules.vocabulary import vocabulary


@pytest.mark.parametrize("text", ["exports", "-exports_gap", "exports_last_12m", "lag(exports, 12)", "exposure('tariff_list')", "duty('tariff_list')", "share_to('USA')", "zero_months", "top_market", "known(exports)", "nonsense", "1 +"])  # fmt: skip
def test_what_customs_know_of_a_firm_and_what_is_not_known_is_confidential(text):
    assert tells("firm", text)


@pytest.mark.parametrize("text", ["cover", "lag(cover, 4)", "-orders_growth_4", "difficulties", "missed_in_row", "employees", "size", "list('key_exporters')"])  # fmt: skip
def test_what_a_firm_reports_and_the_register_holds_is_open(text):
    assert not tells("firm", text)


def test_counties_markets_and_indicators_are_no_single_firms():
    for subject in ("county", "market", "indicator", "project"):
        assert not any(tells(subject, name) for name in vocabulary(subject).names)


def test_every_open_fact_is_a_fact():
    for subject, names in OPEN.items():
        known = vocabulary(subject)
        extra = {"list"} if subject != "cluster" else set()
        assert names - extra <= set(known.names), subject


def test_no_brief_of_a_shipped_rule_tells_a_customs_figure_and_orders_rules_keep_theirs():
    rules = load_catalogue().rules
    assert not {
        code: tells_in(rule.subject, rule.brief)
        for code, rule in rules.items()
        if rule.brief and tells_in(rule.subject, rule.brief)
    }
    lost = [code for code, rule in rules.items() if rule.group == "orders" and tells_in(rule.subject, rule.say) and rule.brief is None]  # fmt: skip
    assert not lost, "a rule of orders needs a sentence for who reads the orders and not the customs figures"
