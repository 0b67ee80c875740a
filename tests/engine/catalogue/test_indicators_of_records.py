"""Indicators counted from records: what a definition may say, what its examples prove, and the rules of their codes."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from commercebrain.engine.catalogue import Catalogue, load_catalogue
from commercebrain.engine.catalogue.counted import value
from commercebrain.engine.indicators.definitions import define
from commercebrain.engine.indicators.matching import plain_name

#: The code of an indicator counted from records begins with its dataset's word; no published figure's does.
WORDS = {
    "declaration_lines": "customs_",
    "order_lines": "orders_",
    "retail_samples": "sample_",
    "online_retail": "monitored_online",
    "fdi_arrivals": "arrivals_",
    "odi_projects": "outward_",
    "service_trade": "services_",
    "prices": "price_",
    "stocks": "stock_",
    "parcels": "parcels_",
    "shops": "shops_",
    "us_imports": "us_",
    "filing_status": "reports_",
    "response_status": "response_",
    "order_reports": "order_report",
    "firm_basics": "employees_",
}
ROOT = Path(__file__).parents[3] / "src" / "commercebrain" / "catalogue"
INDICATOR = """code: customs_export_near
name: {zh: 对近邻出口, en: Exports to near partners}
definition: {zh: 举例, en: An example}
dataset: declaration_lines
measure: sum(value_cny)
where: flow == 'export' and country in group('asean')
unit: 元
show_in: 亿元
kind: annual_flow
adds: {time: sum, place: sum}
better: higher
area: trade
source: {doc: plan.txt}
examples:
  - given: {lines: [{month: 2024-01, flow: export, country: VNM, value_cny: 300000000}]}
    ask: {period: 2024-01}
    get: 3
"""


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return load_catalogue()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A catalogue with one indicator of the shipped declaration lines, groups and codes."""
    (tmp_path / "indicators").mkdir()
    (tmp_path / "areas.yaml").write_text("trade: {name: {zh: 外贸, en: Trade}}\n", encoding="utf-8")
    for name in ("datasets/declaration_lines.yaml", "groups/asean.yaml", "groups/processing_trade.yaml",
                 "codes/countries.csv", "codes/trade_modes.csv", "codes/products.csv"):  # fmt: skip
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes((ROOT / name).read_bytes())
    return tmp_path


def faults(folder: Path, text: str) -> list[tuple[int, str]]:
    (folder / "indicators" / "one.yaml").write_text(text, encoding="utf-8")
    return [(fault.line, fault.reason_en) for fault in load_catalogue(folder).check()]


def test_a_sound_indicator_of_records_has_no_fault(folder: Path) -> None:
    assert faults(folder, INDICATOR) == []


@pytest.mark.parametrize(
    ("before", "after", "line", "said"),
    [
        ("flow == 'export'", "flow == 'exports'", 6, "export"),
        ("flow == 'export'", "country == 'USB'", 6, "US"),
        ("group('asean')", "group('asaen')", 6, "asean"),
        ("group('asean')", "group('processing_trade')", 6, "processing_trade"),
        ("country in", "countri in", 6, "country"),
        ("where: flow", "where: flow ==", 6, "cannot be read"),
        ("sum(value_cny)", "sum(value_cnx)", 5, "value_cny"),
        ("sum(value_cny)", "average(value_cny)", 5, "average"),
        ("sum(value_cny)", "sum(value_usd)", 7, "unit"),
        ("sum(value_cny)", "count_distinct(uscc)", 10, "adds.time"),
        ("measure: sum(value_cny)\nwhere: flow == 'export' and country in group('asean')\n", "", 4, "measure"),
        ("    get: 3", "    get: 4", 14, "4"),
        ("    get: 3", "    get: {missing: missing}", 14, "no value"),
        ("country: VNM", "country: USA", 15, "got 0"),
    ],
)
def test_a_fault_names_its_line(folder: Path, before: str, after: str, line: int, said: str) -> None:
    assert before in INDICATOR
    found = faults(folder, INDICATOR.replace(before, after, 1))
    assert any(abs(at - line) <= 1 and said in reason for at, reason in found), found


def test_a_faulty_group_is_told_once(folder: Path) -> None:
    path = folder / "groups" / "asean.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("VNM", "VMN"), encoding="utf-8")
    (folder / "indicators" / "one.yaml").write_text(INDICATOR.split("examples:")[0], encoding="utf-8")
    (found,) = load_catalogue(folder).check()
    assert found.file == "groups/asean.yaml"


def test_every_indicator_of_records_can_be_defined_and_has_an_example(catalogue: Catalogue) -> None:
    of_records = [one for one in catalogue.indicators.values() if one.of_records]
    assert len(of_records) > 200
    for one in of_records:
        define(one, catalogue.records, catalogue.groups)
        assert one.examples, one.code


def test_at_least_sixty_additive_indicators_are_counted_from_customs_lines(catalogue: Catalogue) -> None:
    additive = [
        one
        for one in catalogue.indicators.values()
        if one.dataset == "declaration_lines" and define(one, catalogue.records, catalogue.groups).measure.additive
    ]
    assert len(additive) >= 60
    assert all(one.adds.time == "sum" and one.adds.place == "sum" for one in additive)


def test_codes_tell_what_is_counted_from_what_is_published(catalogue: Catalogue) -> None:
    for one in catalogue.indicators.values():
        if one.of_records:
            assert one.code.startswith(WORDS[one.dataset or ""]), one.code
        elif one.dataset == "observations":
            assert not one.code.startswith(tuple(WORDS.values())), one.code


def test_every_indicator_says_how_often_it_comes_and_every_quotient_what_it_divides(catalogue: Catalogue) -> None:
    for one in catalogue.indicators.values():
        assert one.frequency, one.code
        if one.formula and "/" in one.formula:
            assert one.numerator and one.denominator, one.code


def test_no_two_indicators_have_one_name(catalogue: Catalogue) -> None:
    seen: dict[str, str] = {}
    for one in catalogue.indicators.values():
        for name in (one.name.zh, one.name.en, *one.synonyms):
            plain = plain_name(name)
            assert seen.setdefault(plain, one.code) == one.code, f"{name}: {one.code} and {seen[plain]}"


def test_firms_are_shown_to_nobody_by_an_indicator_of_a_confidential_dataset_for_all(catalogue: Catalogue) -> None:
    for one in catalogue.indicators.values():
        if one.dataset in catalogue.records and catalogue.records[one.dataset].classification != "public":
            public = one.classification == "public"
            assert not public or catalogue.records[one.dataset].firm is None, one.code


LINES = st.lists(
    st.fixed_dictionaries(
        {
            "month": st.sampled_from([202401, 202402, 202403]),
            "flow": st.sampled_from(["export", "import"]),
            "country": st.sampled_from(["USA", "VNM", "DEU", "HKG"]),
            "mode": st.sampled_from(["0110", "1039", "9710"]),
            "hs10": st.sampled_from(["8517130000", "6109100021", "8703800090"]),
            "uscc": st.sampled_from(["A", "B", "C"]),
            "value_cny": st.integers(0, 10**12),
            "value_usd": st.integers(0, 10**11),
        }
    ),
    max_size=30,
)
KNOWN = {202401, 202402, 202403}


@settings(max_examples=60, deadline=None)
@given(LINES)
def test_parts_make_the_whole_over_flows_months_and_modes(lines: list[dict[str, object]]) -> None:
    catalogue = load_catalogue()

    def ask(code: str, period: str = "2024-01..03") -> Decimal:
        found = value(catalogue, code, lines, period, KNOWN)
        assert found is not None
        return found

    assert ask("customs_trade_value") == ask("customs_export_value") + ask("customs_import_value")
    months = sum(ask("customs_export_value", f"2024-{month:02d}") for month in (1, 2, 3))
    assert ask("customs_export_value") == months
    modes = ("customs_export_general_trade", "customs_export_market_procurement", "customs_export_cbec")
    assert ask("customs_export_value") == sum(ask(code) for code in modes)
    assert ask("customs_export_labour_intensive") >= ask("customs_export_garments")
    assert ask("customs_exporting_firms") <= ask("customs_trading_firms") <= 3


def test_a_month_that_was_not_taken_in_gives_no_number_and_one_without_lines_gives_nought(catalogue: Catalogue) -> None:
    lines = [{"month": 202401, "flow": "export", "value_cny": 5}]
    assert value(catalogue, "customs_import_value", lines, "2024-01") == 0
    assert value(catalogue, "customs_export_value", lines, "2024-01..02") is None
    assert value(catalogue, "customs_export_value", lines, "2024-01..02", {202401, 202402}) == Decimal("5E-8")
