"""Kinds of lists as files: what ships, what each rests on, and what is said of a file that is wrong."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.real import PLANS

from commercebrain.engine.catalogue import Catalogue, load_catalogue
from commercebrain.engine.catalogue.registers import Register
from commercebrain.engine.expressions import firm_vocabulary
from commercebrain.engine.lists.entries import read_row
from commercebrain.engine.lists.kinds import COUNTS, ListKind

GOOD = """\
code: green_firms
name: {zh: 绿色贸易企业名单, en: Green traders}
definition: {zh: 经评价的绿色贸易企业, en: Firms assessed as green traders}
source: {doc: 示例文件, clause: 第三条}
subject: firm
counts: [members]
fields:
  - {code: enterprise, name: {zh: 企业, en: Firm}, type: enterprise, required: true}
  - {code: grade, name: {zh: 等级, en: Grade}, type: choice, choices: {a: {zh: 甲级, en: A}}}
  - {code: partner, name: {zh: 国家, en: Partner}, type: partner}
examples:
  - row: {grade: 甲级}
    refused: enterprise
"""


@pytest.fixture(scope="module")
def shipped() -> Catalogue:
    return load_catalogue()


def loaded(tmp_path: Path, text: str) -> Catalogue:
    (tmp_path / "lists").mkdir()
    (tmp_path / "lists" / "green_firms.yaml").write_text(text, encoding="utf-8")
    return load_catalogue(tmp_path)


def test_the_kinds_that_the_plans_name_ship_and_each_is_a_register(shipped: Catalogue) -> None:
    assert set(shipped.lists) >= {
        "tariff_list", "remedy_products", "export_control", "us_exporters", "key_exporters", "canton_fair",
        "subsidy_receivers", "warning_point", "exhibition", "import_product", "overseas_warehouse",
        "brand_cultivation", "same_line_products", "service_firms",
    }  # fmt: skip
    assert all(isinstance(one, Register) for one in shipped.lists.values())
    assert {code for code, one in shipped.lists.items() if one.chase} == {
        "us_exporters", "key_exporters", "canton_fair", "subsidy_receivers",
    }  # fmt: skip


def test_every_kind_quotes_a_founding_document_word_for_word(shipped: Catalogue) -> None:
    texts = {path.name: path.read_text(encoding="utf-8") for path in PLANS.glob("*.txt")}
    for code, kind in shipped.lists.items():
        quoted = [ref for ref in kind.source if ref.doc in texts]
        assert quoted, code
        assert [ref.quote for ref in quoted if not ref.quote or ref.quote not in texts[ref.doc]] == [], code


def test_every_kind_says_who_keeps_it_what_counts_it_and_has_rows_that_are_refused(shipped: Catalogue) -> None:
    for code, kind in shipped.lists.items():
        assert kind.owner is not None and kind.counted(shipped), code
        if kind.members == "register":
            assert kind.register in shipped.registers, code
            assert kind.key_fields == () and kind.title_field == "", code
        else:
            assert {one.refused is None for one in kind.examples} == {True, False}, code
            assert kind.subject_field in kind.key_fields, code
    assert set(COUNTS) >= {"members", "exposed_firms", "exposed_value", "reporting_rate"}


def test_conditions_of_chase_lists_hold_for_the_firms_that_they_mean(shipped: Catalogue) -> None:
    american, key = shipped.lists["us_exporters"].expression, shipped.lists["key_exporters"].expression
    assert american is not None and key is not None
    words = firm_vocabulary()
    assert american.holds({"exports_to('USA')": 1}, words) is True
    assert american.holds({"exports_to('USA')": 0}, words) is False
    assert american.holds({}, words) is None
    assert key.holds({"exports_last_year": 5_000_000}, words) is True
    assert key.holds({"exports_last_year": 4_999_999}, words) is False


def test_a_good_file_is_taken_and_its_examples_run(tmp_path: Path) -> None:
    whole = loaded(tmp_path, GOOD)
    assert whole.check() == []
    kind = whole.lists["green_firms"]
    assert kind.members == "rows" and not kind.public and kind.newly_hit.share == 0
    assert kind.key_fields == ("enterprise",)


FIELDS = GOOD.index("fields:")
NO_FIELDS = GOOD[:FIELDS]


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        (GOOD.replace("counts: [members]", "counts: [membres]"), 6, "members"),
        (GOOD.replace("subject: firm", "subject: frim"), 5, "firm"),
        (GOOD.replace("type: enterprise, required: true", "type: text, required: true"), 1, "enterprise"),
        (GOOD.replace("enterprise, required: true", "enterprise"), 1, "required"),
        (GOOD + "chase: maybe\n", 14, "chase"),
        (GOOD.replace("subject: firm", "subject: country").replace("type: enterprise", "type: country") + "chase: true\n", 1, "firms"),
        (GOOD + "register: park\n", 1, "register"),
        (GOOD + "members: register\nregister: park\n", 1, "fields"),
        (NO_FIELDS + "members: register\nregister: parck\n", 8, "parck"),
        (NO_FIELDS, 1, "fields"),
        (GOOD + "members: condition\n", 1, "condition"),
        (GOOD + "members: condition\ncondition: exports_last_yaer > 0\n", 15, "exports_last_year"),
        (GOOD + "members: condition\ncondition: exports_last_year + imports_last_year\n", 15, "条件"),
        (GOOD + "members: condition\ncondition: exports_last_year >\n", 15, ">"),
        (GOOD + "members: condition\ncondition: list('green_frims')\n", 15, "green_frims"),
        (GOOD + "entry: {needs: [docment]}\n", 14, "document"),
        (GOOD + "entry: {by: [trade_secton]}\n", 14, "trade_section"),
        (GOOD + "newly_hit: {share: 5}\n", 14, "share"),
        (GOOD.replace("refused: enterprise", "refused: grade"), 12, "grade"),
        (GOOD.replace("{grade: 甲级}", "{grade: 乙级, enterprise: 91990101M000000787}").replace("    refused: enterprise\n", ""), 12, "甲级"),
    ],
)  # fmt: skip
def test_what_is_wrong_in_a_file_is_told_with_its_line(tmp_path: Path, text: str, line: int, said: str) -> None:
    faults = loaded(tmp_path, text).check()
    assert [one.line for one in faults][:1] == [line], faults
    assert any(said in one.reason_zh or said in one.reason_en for one in faults), faults


def test_product_codes_of_a_row_are_read_in_the_nomenclature_that_it_says_else_in_that_of_its_list(
    shipped: Catalogue,
) -> None:
    kind = shipped.lists["tariff_list"]
    assert isinstance(kind, ListKind)
    row = {"code": "8471.30.0100", "partner": "美国", "rate": "25", "excludes": "8471.30.01、8471.30.09"}
    read = read_row(kind, {**row, "excludes": ""}, nomenclature="USHTS", edition="2018")
    assert read.faults == () and read.key == "8471300100｜美国"
    assert read_row(kind, {**row, "nomenclature": "美国HTS"}).data["excludes"] == "84713001 84713009"
    refused = read_row(kind, row, nomenclature="EUCN")
    assert [fault.field for fault in refused.faults] == []  # ten digits are TARIC's
    assert [fault.field for fault in read_row(kind, {**row, "nomenclature": "HS"}).faults] == ["code", "excludes"]
    assert [fault.field for fault in read_row(kind, {**row, "nomenclature": "火星"}).faults] == ["nomenclature"]


def test_a_number_from_a_spreadsheet_gets_its_zero_back_and_the_row_says_so(shipped: Catalogue) -> None:
    kind = shipped.lists["tariff_list"]
    read = read_row(kind, {"code": 1012100}, nomenclature="CN")
    assert read.data["code"] == "01012100" and "01012100" in read.notes[0].zh
    assert read_row(kind, {"code": "1012100"}, nomenclature="CN").faults[0].code == "code.lost_zero"
    assert read_row(kind, {"code": "1012100"}, nomenclature="CN", numbers={"code"}).data["code"] == "01012100"


def test_a_partner_is_a_country_or_a_group_and_is_called_by_its_name(shipped: Catalogue) -> None:
    from commercebrain.engine.registers import Syntax, read_value, said

    partner, kind = (shipped.lists["tariff_list"].field(code) for code in ("partner", "nomenclature"))
    assert read_value(partner, "东盟", Syntax()) == "asean"
    assert said(partner, "asean", Syntax()) == "东盟" and said(partner, "asean", Syntax(), "en") == "ASEAN"
    assert said(partner, "USA", Syntax()) == "USA"
    assert read_value(kind, "美国HTS", Syntax()) == "USHTS" and "美国" in said(kind, "USHTS", Syntax())
