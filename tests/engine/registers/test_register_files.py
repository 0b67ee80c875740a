"""What a register's file may say, and what is said of one that is wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from commercebrain.engine.catalogue import Catalogue, load_catalogue
from commercebrain.engine.registers import read_entry

GOOD = """\
code: market
name: {zh: 市场, en: Markets}
source: {doc: 000, clause: 专栏1}
fields:
  - {code: name, name: {zh: 名称, en: Name}, required: true}
  - {code: planned, name: {zh: 规划面积, en: Planned}, type: decimal, unit: 亩, filter: true}
  - {code: built, name: {zh: 建成面积, en: Built}, type: decimal, unit: 亩}
  - {code: turnover, name: {zh: 成交额, en: Turnover}, type: decimal, unit: 万元, show_in: 亿元}
  - {code: goal, name: {zh: 目标成交额, en: Goal}, type: decimal, unit: 亿元}
  - {code: opened, name: {zh: 开业, en: Opened}, type: date}
  - {code: closed, name: {zh: 关闭, en: Closed}, type: date}
  - {code: phone, name: {zh: 电话, en: Phone}, type: phone}
checks:
  - {rule: built <= planned, say: {zh: 建成大于规划, en: more built than planned}}
  - {rule: closed >= opened, say: {zh: 关闭早于开业, en: closed before it opened}}
  - {rule: turnover <= goal * 3, severity: explain, say: {zh: 成交额超过目标三倍, en: turnover above three times the goal}}
"""


def load(tmp_path: Path, text: str) -> Catalogue:
    (tmp_path / "registers").mkdir(exist_ok=True)
    (tmp_path / "registers" / "market.yaml").write_text(text.replace("doc: 000", "doc: '000'"), encoding="utf-8")
    return load_catalogue(tmp_path)


def test_the_products_registers_are_sound_and_name_their_clause() -> None:
    registers = load_catalogue().registers
    assert len(registers) >= 9
    assert all(one.source and all(ref.quote for ref in one.source) for one in registers.values())
    assert all(one.examples for one in registers.values())


def test_a_sound_file_has_no_fault(tmp_path: Path) -> None:
    loaded = load(tmp_path, GOOD)
    assert loaded.check() == []
    market = loaded.registers["market"]
    assert market.key_fields == ("name",) and market.title_field == "name"
    assert [one.code for one in market.personal] == ["phone"], "a telephone number is personal without saying so"


@pytest.mark.parametrize(
    ("wrong", "right", "line", "word"),
    [
        ("type: dezimal, unit: 亩, filter", "type: decimal, unit: 亩, filter", 6, "decimal"),
        ("filtr: true", "filter: true", 6, "filter"),
        ("built <= planed", "built <= planned", 14, "planned"),
        ("closed >= built", "closed >= opened", 15, "different"),
        ("closed >= name", "closed >= opened", 15, "name"),
        ("closed + opened", "closed >= opened", 15, ""),
        ("show_in: 公里", "show_in: 亿元", 8, "公里"),
        ("unit: 万圆, show_in", "unit: 万元, show_in", 8, "万圆"),
        ("{code: built, name: {zh: 建成面积, en: Built}, type: date, unit: 亩}", "{code: built, name: {zh: 建成面积, en: Built}, type: decimal, unit: 亩}", 7, "numbers"),
        ("{code: version, name: {zh: 开业, en: Opened}, type: date}", "{code: opened, name: {zh: 开业, en: Opened}, type: date}", 10, "version"),
        ("type: phone, filter: true}", "type: phone}", 12, "personal"),
        ("{code: name, name: {zh: 名称, en: Name}}", "{code: name, name: {zh: 名称, en: Name}, required: true}", 1, "required"),
        ("code: Market", "code: market", 1, "Market"),
        ("{code: built, name: {zh: 关闭, en: Closed}, type: date}", "{code: closed, name: {zh: 关闭, en: Closed}, type: date}", 11, "built"),
    ],
)  # fmt: skip
def test_a_fault_names_file_line_and_what_is_meant(
    tmp_path: Path, wrong: str, right: str, line: int, word: str
) -> None:
    assert right in GOOD
    loaded = load(tmp_path, GOOD.replace(right, wrong, 1))
    faults = loaded.check()
    assert faults and "market" not in loaded.registers
    assert any(f.file == "registers/market.yaml" and f.line == line and word in f.reason_en for f in faults), faults


def test_an_example_that_does_not_come_out_is_a_fault(tmp_path: Path) -> None:
    good = (
        GOOD
        + "examples:\n  - row: {name: 甲, built: 1, planned: 2}\n  - {row: {name: 甲, built: 3, planned: 2}, refused: built}\n"
    )
    assert load(tmp_path, good).check() == []
    faults = load(tmp_path, good.replace("built: 1, planned: 2", "built: 9, planned: 2")).check()
    assert [fault.line for fault in faults] == [18]


def test_a_rule_compares_quantities_whatever_their_units_and_says_nothing_of_what_is_missing(tmp_path: Path) -> None:
    market = load(tmp_path, GOOD).registers["market"]
    assert not read_entry(market, {"name": "甲", "turnover": "30000", "goal": "1"}).to_explain
    assert read_entry(market, {"name": "甲", "turnover": "30001", "goal": "1"}).to_explain
    assert not read_entry(market, {"name": "甲", "turnover": "30001"}).to_explain
    stopped = read_entry(market, {"name": "甲", "opened": "2025-02-01", "closed": "2025-01-31"}).faults
    assert [(fault.field, fault.en) for fault in stopped] == [("closed", "closed before it opened")]


def test_all_faults_of_an_entry_are_told_at_once(tmp_path: Path) -> None:
    market = load(tmp_path, GOOD).registers["market"]
    faults = read_entry(market, {"planned": "viel", "opened": "gestern", "phon": "1"}).faults
    assert {fault.field for fault in faults} == {"name", "planned", "opened", "phon"}
    assert next(fault for fault in faults if fault.field == "phon").en.endswith("did you mean “phone”?")
