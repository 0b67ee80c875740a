"""A declaration is checked on load: file, line, reason, the nearest word; its examples run."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from tests.tracked import ROOT
from typer.testing import CliRunner

from commercebrain.engine.catalogue import load_catalogue

HOW_TO = ROOT / "docs" / "how-to" / "declare-a-form.md"
SMALL: dict[str, Any] = {
    "code": "small",
    "name": {"zh": "小表", "en": "Small"},
    "source": {"doc": "x"},
    "who": "exports_last_year > 1",
    "every": "week",
    "opens": "monday 00:00",
    "due": "friday 17:00",
    "questions": [
        {"field": "used", "ask": {"zh": "已用", "en": "used"}, "type": "decimal", "unit": "%", "prefill": "last"},
        {"field": "why", "ask": {"zh": "原因", "en": "why"}, "required": False},
    ],
}


def told(folder: Path, **keys: Any) -> list[str]:
    (folder / "forms").mkdir(exist_ok=True)
    text = yaml.safe_dump({**SMALL, **keys}, allow_unicode=True, sort_keys=False)
    (folder / "forms" / "small.yaml").write_text(text, encoding="utf-8")
    return [f"{one.file}:{one.line} {one.reason_zh}" for one in load_catalogue(folder).check()]


def test_the_forms_that_come_with_the_product_have_no_faults() -> None:
    catalogue = load_catalogue()
    assert {"order_report", "firm_basics", "daily_quick"} <= set(catalogue.forms)
    assert [one for one in catalogue.faults if one.file.startswith("forms/")] == []
    from commercebrain.engine.forms.checking import run_examples

    assert list(run_examples(catalogue)) == []
    assert all(one.examples for one in catalogue.forms.values())


def test_a_small_form_is_taken(tmp_path: Path) -> None:
    assert told(tmp_path) == []


@pytest.mark.parametrize(
    ("keys", "says"),
    [
        ({"questons": []}, "是否指“questions”？"),
        ({"due": "fryday 17:00"}, "请写成 friday 17:00"),
        ({"locks_after": "soon"}, "5 working days"),
        ({"who": "export_last_year > 1"}, "是否指“exports_last_year”？"),
        ({"who": "exports_last_year > 1 and"}, "读不懂"),
        ({"core": ["usd"]}, "是否指“used”？"),
        ({"steps": ["county", "firm"]}, "须以 firm 开头"),
        ({"unchanged_limit": 3}, "须同时写"),
        ({"checks": [{"code": "a", "rule": "usd > 3", "say": {"zh": "a", "en": "a"}}]}, "是否指“used”？"),
        ({"checks": [{"code": "a", "rule": "used > exports_last_year", "say": {"zh": "a", "en": "a"}}]}, "单位不同"),
        ({"checks": [{"code": "a", "rule": "used + 1", "say": {"zh": "a", "en": "a"}}]}, "不是条件"),
        ({"checks": [{"code": "a", "rule": "last(used) > 1", "at": "x", "say": {"zh": "a", "en": "a"}}]}, "没有名为“x”"),
        ({"questions": [SMALL["questions"][0]] * 2}, "写了两次"),
        ({"questions": [{**SMALL["questions"][0], "prefill": "known:employes"}]}, "是否指“employees”？"),
        ({"questions": [{**SMALL["questions"][0], "prefill": "today"}]}, "known:<事实>"),
        ({"questions": [{**SMALL["questions"][0], "shown_if": "wy == 'x'"}]}, "不认识的名称“wy”"),
        ({"questions": [{**SMALL["questions"][0], "unit": "摩尔"}]}, "摩尔"),
        ({"questions": [{**SMALL["questions"][0], "type": "choice"}]}, "须给出 choices"),
        ({"feeds": [{"dataset": "order_report"}]}, "没有数据集“order_report”"),
        ({"lines": {"name": {"zh": "行", "en": "lines"}, "key": ["prodct"],
                    "fields": [{"field": "product", "ask": {"zh": "商品", "en": "product"}, "type": "product"}]}},
         "是否指“product”？"),
        ({"examples": [{"answers": {"used": "x"}}]}, "示例应有错误[]"),
        ({"examples": [{"firm": {"exports_last_year": 5}, "asked": False}]}, "成立"),
        ({"examples": [{"period": "2025-W30", "due": "2025-07-24 17:00"}]}, "得到2025-07-25 17:00"),
        ({"examples": [{"period": "july"}]}, "示例无法运行"),
        ({"unchanged_limit": 3, "unchanged_question": SMALL["questions"][1],
          "questions": [{**SMALL["questions"][0], "prefill": ()}]}, "答不了“used”"),
    ],
)  # fmt: skip
def test_a_fault_is_told_with_file_line_and_the_nearest_word(tmp_path: Path, keys: dict[str, Any], says: str) -> None:
    found = told(tmp_path, **keys)
    assert any(says in one for one in found), found
    assert all(one.startswith("forms/small.yaml:") for one in found)


def test_the_form_of_the_how_to_page_is_taken_as_it_stands(tmp_path: Path) -> None:
    text = HOW_TO.read_text(encoding="utf-8")
    declared = yaml.safe_load(text.split("```yaml\n")[1].split("```")[0])
    (tmp_path / "forms").mkdir()
    (tmp_path / "forms" / "x.yaml").write_text(yaml.safe_dump(declared, allow_unicode=True), encoding="utf-8")
    assert [one.say() for one in load_catalogue(tmp_path).check()] == []
    assert len(declared["examples"]) == 3


@pytest.mark.parametrize(
    ("kind", "said"), [("overseas_warehouse", "overseas_warehouse"), ("tariff_list", "tariff_list")]
)
def test_who_reports_cannot_ask_for_a_list_that_names_no_firms(tmp_path: Path, kind: str, said: str) -> None:
    faults = told(tmp_path, who=f"list('{kind}')")
    assert len(faults) == 1 and said in faults[0]
    assert told(tmp_path, who="list('same_line_products')") == []


def test_every_key_of_a_form_is_told_on_the_page() -> None:
    from commercebrain.engine.forms.kinds import FormCheck, FormExample, FormKind, LinesOf, Question

    page = HOW_TO.read_text(encoding="utf-8")
    for model in (FormKind, Question, LinesOf, FormCheck, FormExample):
        missing = [name for name in model.model_fields if f"`{name}`" not in page and f"{name}:" not in page]
        assert missing == [], model.__name__


def test_cbrain_catalogue_check_runs_the_examples_of_forms(tmp_path: Path) -> None:
    from commercebrain.cli import app

    told(tmp_path, examples=[{"answers": {"used": "x"}}])
    ran = CliRunner().invoke(app, ["catalogue", "check", str(tmp_path)])
    assert ran.exit_code == 1
    assert "forms/small.yaml" in ran.output
    assert "报表 1 张" in ran.output


def test_a_bureaus_own_file_stands_in_the_place_of_the_products(tmp_path: Path) -> None:
    from commercebrain.engine.catalogue.own import with_own

    shipped = load_catalogue().forms
    assert with_own(tmp_path, "forms") == (shipped, ())
    text = (ROOT / "src/commercebrain/catalogue/forms/order_report.yaml").read_text(encoding="utf-8")
    (tmp_path / "forms").mkdir()
    own = tmp_path / "forms" / "order_report.yaml"
    own.write_text(text.replace("approval: 示例批准文号", "approval: 甬统制表〔2025〕1号"), encoding="utf-8")
    found, faults = with_own(tmp_path, "forms")
    assert faults == ()  # its lists and datasets are the product's
    assert found["order_report"].approval == "甬统制表〔2025〕1号"
    assert set(found) == set(shipped)
    own.write_text(text.replace("list('canton_fair')", "list('canton_fare')"), encoding="utf-8")
    found, faults = with_own(tmp_path, "forms")
    assert ["是否指“canton_fair”" in one.reason_zh for one in faults] == [True]
    assert found["order_report"].approval == "示例批准文号"
