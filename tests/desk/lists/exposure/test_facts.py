"""Facts about firms are what their lines add up to, and missing where a month of the window was not taken in."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from tests.desk.lists.exposure.conftest import COUNTRIES, City, code_of

from commercebrain.desk.lists.exposure.facts import firm_facts
from commercebrain.desk.registry.models import Enterprise
from commercebrain.engine.expressions import parse
from commercebrain.engine.expressions.firm import NAMES
from commercebrain.engine.lake import Lake

ON = date(2025, 7, 21)
TWELVE = range(202407, 202507)


def _by_code(facts: Any, column: Any) -> dict[str, int]:
    rows = zip(facts.codes, column.values, column.known, strict=True)
    return {code: int(value) for code, value, known in rows if known}


def test_sums_of_twelve_months_and_of_last_year_are_the_sums_of_the_lines(city: City) -> None:
    facts = firm_facts(on=ON)
    every = {code_of(number): 0 for number in city.firms}
    wanted = {
        "exports_last_12m": city.sum(flow="export", month=TWELVE),
        "exports_last_year": city.sum("value_usd", flow="export", month=range(202401, 202413)),
        "imports_last_12m": city.sum(flow="import", month=TWELVE),
        "imports_last_year": city.sum("value_usd", flow="import", month=range(202401, 202413)),
    }
    for name, sums in wanted.items():
        assert _by_code(facts, facts.column(name)) == every | sums
    assert facts.month == 202506


def test_exports_to_a_country_count_only_that_country(city: City) -> None:
    facts = firm_facts(on=ON)
    told = _by_code(facts, facts.exports_to("USA"))
    assert {code: value for code, value in told.items() if value} == city.sum(
        flow="export", month=TWELVE, country="USA"
    )
    assert not any(_by_code(facts, facts.exports_to("BRA")).values())
    assert (
        _by_code(facts, facts.imports_from("DEU")).items()
        >= city.sum(flow="import", month=TWELVE, country="DEU").items()
    )


@pytest.mark.parametrize("on", [ON, date(2025, 1, 20)])
def test_the_first_market_is_the_country_of_the_largest_exports(city: City, on: date) -> None:
    facts = firm_facts(on=on)
    window = TWELVE if on == ON else range(202401, 202413)
    sums = {one: city.sum(flow="export", month=window, country=one) for one in COUNTRIES}
    column = facts.column("first_market")
    told = {code: name for code, name, known in zip(facts.codes, column.values, column.known, strict=True) if known}
    exporters = {code for of_one in sums.values() for code in of_one}
    assert told == {code: max(COUNTRIES, key=lambda one: sums[one].get(code, 0)) for code in exporters}
    assert not firm_facts(on=date(2024, 3, 20)).column("first_market").known.any()


def test_a_day_in_the_past_counts_the_months_that_were_known_then(city: City) -> None:
    facts = firm_facts(on=date(2025, 1, 20))  # December came out on the 18th
    window = range(202401, 202413)
    assert facts.month == 202412
    told = _by_code(facts, facts.exports_to("USA"))
    assert {c: v for c, v in told.items() if v} == city.sum(flow="export", month=window, country="USA")


def test_a_window_with_a_month_that_is_not_held_is_missing_not_less(city: City) -> None:
    facts = firm_facts(on=date(2024, 3, 20))  # nine months are known
    for name in ("exports_last_12m", "exports_last_year"):
        assert not facts.column(name).known.any()
    assert not facts.exports_to("USA").known.any()


def test_without_any_lines_trade_is_unknown_and_the_register_is_known(city: City, settings: Any, tmp_path: Any) -> None:
    settings.LAKE_ROOT = tmp_path / "empty"
    Lake.create(settings.LAKE_ROOT)
    facts = firm_facts(on=ON)
    assert facts.month is None
    one = facts.of(city.firms[1].pk)
    assert one["exports_last_12m"] is None
    assert (one["size"], one["county"], one["township"]) == ("small", "990102", "990102001")
    assert set(one) == set(NAMES)


def test_facts_come_in_one_query_for_whatever_firms_are_asked(city: City, django_assert_num_queries: Any) -> None:
    wanted = [city.firms[3].pk, city.firms[1].pk]
    with django_assert_num_queries(1):
        facts = firm_facts(wanted, ON)
        assert set(facts.firms) == set(wanted)
        assert facts.of(wanted[0])["exports_last_12m"] == city.sum(flow="export", month=TWELVE)[code_of(3)]
    with django_assert_num_queries(1):
        assert len(firm_facts(Enterprise.objects.filter(region__code="990101"), ON).firms) == 10
    for nonsense in ("exports_to_usa", "exports_at('USA')", "exports_to(USA)", ""):
        with pytest.raises(KeyError):
            facts.column(nonsense)


def test_terms_as_they_are_written_in_a_condition_find_their_columns(city: City) -> None:
    facts = firm_facts(on=ON)
    wanted = parse("exports_to('USA') > 3000000 and county in ('990101', '990102') and not (size == 'large')")
    sums = city.sum(flow="export", month=TWELVE, country="USA")
    by_pk = {firm.pk: firm for firm in city.firms.values()}
    expected = {pk for pk, firm in by_pk.items() if sums.get(firm.uscc, 0) > 3_000_000 and firm.region.code != "990103"}
    assert expected
    assert facts.holding(wanted) == expected
    share = facts.column("share_to('USA')")
    whole = city.sum(flow="export", month=TWELVE)
    told = {code: value for code, value, one in zip(facts.codes, share.values, share.known, strict=True) if one}
    assert told == pytest.approx({code: sums.get(code, 0) / value for code, value in whole.items()})


def test_an_amount_is_compared_in_the_unit_that_the_condition_says(city: City) -> None:
    """Last year's exports are kept in US dollars, as the vocabulary says."""
    facts = firm_facts(on=ON)
    sums = city.sum("value_usd", flow="export", month=range(202401, 202413))
    middle = sorted(sums.values())[len(sums) // 2]
    told = facts.holding(parse(f"exports_last_year >= {middle}"))
    by_code = {firm.uscc: firm.pk for firm in city.firms.values()}
    assert told == {by_code[code] for code, value in sums.items() if value >= middle}


def test_nobody_asked_is_no_firm(city: City) -> None:
    facts = firm_facts([], ON)
    assert facts.firms == ()
    assert len(facts.column("exports_last_12m").values) == 0
    assert facts.holding(parse("exports_last_12m > 0")) == frozenset()
