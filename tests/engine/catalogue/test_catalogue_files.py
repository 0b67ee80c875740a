"""Catalogue files: every fault with its file, line, reason and the nearest valid word; examples run as
tests."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

import commercebrain
from commercebrain.engine.catalogue import Fault, load_catalogue
from commercebrain.engine.catalogue.cli import catalogue_app as app
from commercebrain.engine.errors import UserError

GOOD = """code: export_value
name: {zh: 出口额, en: Exports}
definition: {zh: 货物出口, en: Goods exports}
dataset: observations
unit: 元
show_in: 亿元
kind: annual_flow
adds: {time: sum, place: sum}
better: higher
area: trade
source: {doc: plan.txt, clause: 二（二）}
examples:
  - given: {observations: [{period: 2024-01..02, value: 300000000}, {period: 2024-03, value: 50000000}]}
    ask: {period: 2024-01..03}
    get: 3.5
  - given: {observations: []}
    ask: {period: "2024"}
    get: {missing: missing}
"""
RATIO = """code: export_import_ratio
name: {zh: 比例, en: Ratio}
definition: {zh: 出口比进口, en: Exports to imports}
formula: export_value / import_value
unit: ":1"
kind: ratio
adds: {time: none, place: none}
better: lower
area: trade
source: {doc: plan.txt}
examples:
  - given: {figures: {export_value: 300, import_value: 200}}
    get: 1.5
"""
DATASET = """code: observations
record: {zh: 观测值, en: Observation}
definition: {zh: 数据, en: Data}
period: period
key: [indicator]
classification: public
provider: 统计
purpose: 监测
source: [{doc: plan.txt}]
columns:
  indicator: {type: indicator, label: {zh: 指标, en: Indicator}}
"""
AREAS = "trade: {name: {zh: 外贸, en: Trade}, order: 1}\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("indicators", "datasets"):
        (tmp_path / name).mkdir()
    (tmp_path / "areas.yaml").write_text(AREAS, encoding="utf-8")
    (tmp_path / "datasets" / "observations.yaml").write_text(DATASET, encoding="utf-8")
    put(tmp_path, "export_value", GOOD)
    put(tmp_path, "import_value", GOOD.replace("export_value", "import_value"))
    put(tmp_path, "ratio", RATIO)
    return tmp_path


def put(folder: Path, name: str, text: str) -> None:
    (folder / "indicators" / f"{name}.yaml").write_text(text, encoding="utf-8")


def faults(folder: Path) -> list[Fault]:
    return load_catalogue(folder).check()


def test_a_sound_catalogue_has_no_fault(folder: Path) -> None:
    assert faults(folder) == []
    assert set(load_catalogue(folder).indicators) == {"export_value", "import_value", "export_import_ratio"}


@pytest.mark.parametrize(
    ("before", "after", "line", "said"),
    [
        ("better: higher", "bettter: higher", 9, "better"),
        ("kind: annual_flow", "kind: anual_flow", 7, "annual_flow"),
        ("area: trade", "area: trad", 10, "trade"),
        ("dataset: observations", "dataset: observation", 4, "observations"),
        ("unit: 元", "unit: 金币", 5, "金币"),
        ("show_in: 亿元", "show_in: 亿美元", 6, "亿美元"),
        ("code: export_value", "code: 出口", 1, "出口"),
        ("name: {zh: 出口额, en: Exports}", "name: {zh: 出口额, e: Exports}", 2, "en"),
        ("    get: 3.5", "    get: 4.5", 13, "3.5"),
        ("better: higher\n", "", 1, "better"),
        ("area: trade", "area: trade\nunit: 元", 11, "unit"),
        ("zh: 出口额", "zh: [出口额", 2, "YAML"),
        ("period: 2024-01..02, value", "perod: 2024-01..02, value", 13, "perod"),
    ],
)
def test_a_fault_names_file_line_and_the_nearest_valid_word(
    folder: Path, before: str, after: str, line: int, said: str
) -> None:
    assert before in GOOD
    put(folder, "export_value", GOOD.replace(before, after, 1))
    found = [f for f in faults(folder) if f.file == "indicators/export_value.yaml"]
    assert line in [f.line for f in found], found
    assert any(said in f.reason_zh and said in f.reason_en for f in found), found
    for fault in found:  # no two marks end a sentence
        assert not re.search(r"[？。?.]{2}$", fault.reason_zh) and not re.search(r"[?.]{2}$", fault.reason_en), fault


@pytest.mark.parametrize(
    ("formula", "said"),
    [
        ("export_value / import_valeu", "import_value"),
        ("export_value +", "14"),
        ("export_value * import_value", ":1"),
        ("export_import_ratio / 2", "leads back"),
    ],
)
def test_a_formula_is_checked_on_load(folder: Path, formula: str, said: str) -> None:
    put(folder, "ratio", RATIO.replace("export_value / import_value", formula))
    found = [f for f in faults(folder) if f.file == "indicators/ratio.yaml" and f.line == 4]
    assert any(said in f.reason_en for f in found), faults(folder)


def test_a_code_used_twice_names_both_places(folder: Path) -> None:
    put(folder, "zz", GOOD)
    (found,) = faults(folder)
    assert found.file == "indicators/zz.yaml"
    assert "indicators/export_value.yaml" in found.reason_en


def test_one_faulty_dataset_is_one_fault(folder: Path) -> None:
    (folder / "datasets" / "observations.yaml").write_text(DATASET + "colour: red\n", encoding="utf-8")
    found = faults(folder)
    assert len(found) == 1
    assert "colour" in found[0].reason_zh


def test_an_empty_file_and_a_wrong_encoding_are_told(folder: Path) -> None:
    put(folder, "empty", "")
    (folder / "indicators" / "gbk.yaml").write_bytes(GOOD.encode("gb18030"))
    told = {f.file: f.reason_en for f in faults(folder)}
    assert "empty" in told["indicators/empty.yaml"]
    assert "UTF-8" in told["indicators/gbk.yaml"]


def test_a_system_that_works_needs_its_proof(folder: Path) -> None:
    text = "- {id: S001, name: {zh: 甲, en: A}, source: {doc: d}, state: works, link: /x/}\n"
    (folder / "systems.yaml").write_text(text, encoding="utf-8")
    (found,) = faults(folder)
    assert "proof" in found.reason_en


def test_the_command_prints_faults_and_fails(folder: Path) -> None:
    assert CliRunner().invoke(app, ["check", str(folder)]).exit_code == 0
    put(folder, "export_value", GOOD.replace("better", "bettter"))
    result = CliRunner().invoke(app, ["check", str(folder), "--language", "en"])
    assert result.exit_code == 1
    assert "indicators/export_value.yaml:9" in result.output
    assert "did you mean “better”" in result.output


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(UserError):
        load_catalogue(tmp_path / "nowhere")


def test_the_installed_catalogue_has_no_fault() -> None:
    found = load_catalogue().check()
    assert not found, "\n".join(fault.say("en") for fault in found)
    assert len(load_catalogue().indicators) > 100


@pytest.mark.parametrize(
    ("wrong", "right", "said"),
    [
        ("share: 850", "share: 85", "“rule.share” is “850”"),
        ("dimensionz:", "dimensions:", "did you mean “dimensions”?"),
        ("coarse: hs3", "coarse: hs2", "has no column “hs3”"),
        ("dataset: declaration_linez", "dataset: declaration_lines", "did you mean “declaration_lines”?"),
        ("by: [county, modes]", "by: [county, mode]", "no such dimension"),
    ],
)
def test_declared_tables_are_checked_with_file_and_line(tmp_path: Path, wrong: str, right: str, said: str) -> None:
    installed = Path(commercebrain.__file__).parent / "catalogue"
    for name in ("datasets", "tables"):
        shutil.copytree(installed / name, tmp_path / name)
    assert len(load_catalogue(tmp_path).tables["declaration_lines"].tables) == 10
    assert not [fault for fault in load_catalogue(tmp_path).check() if fault.file.startswith("tables/")]
    file = tmp_path / "tables" / "declaration_lines.yaml"
    sound = file.read_text(encoding="utf-8")
    file.write_text(sound.replace(right, wrong, 1), encoding="utf-8")
    faults = [fault for fault in load_catalogue(tmp_path).check() if fault.file == "tables/declaration_lines.yaml"]
    assert any(said in fault.say("en") for fault in faults), faults
    # A fault of a whole file stands at its first key or at the place itself, never beside them.
    spot = sound[: sound.index(right)].count("\n") + 1
    assert {fault.line for fault in faults} <= {spot, 3, sound[: sound.index("\ntables:")].count("\n") + 2}
