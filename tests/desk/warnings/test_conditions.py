"""A declared condition is read as it is counted."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.utils.translation import override
from tests.desk.warnings.conftest import declared

import commercebrain
from commercebrain.desk.warnings import conditions
from commercebrain.engine.catalogue import load_catalogue


def said(rule: str, language: str) -> list[str]:
    with override(language):
        return conditions.parts(load_catalogue().rules[rule])


@pytest.mark.parametrize(
    ("rule", "zh", "en"),
    [
        (
            "R602",
            "12% × （集群企业数 + 一年内不再出口的企业数）",
            "12% × (firms + firms that stopped exporting within a year)",
        ),
        ("R206", "÷ （100% + 近3个月出口同比）", "÷ (100% + growth of the last 3 months on a year before)"),
        (
            "R211",
            "× （近12个月出口额 − 9个月前的近3个月出口额）",
            "× (exports of the last 12 months − exports of the last 3",
        ),
    ],
)
def test_a_sum_inside_of_a_product_stands_in_brackets(rule, zh, en):
    assert any(zh in part for part in said(rule, "zh-hans")) and any(en in part for part in said(rule, "en"))


@pytest.mark.parametrize(
    ("rule", "part"),
    [("R501", "比时序进度慢3百分点以上"), ("R201", "实际较预期低40%以上"), ("R201", "实际较预期低3个离散度以上")],
)
def test_what_lies_below_is_said_as_a_fall_without_a_note_on_its_sign(rule, part):
    assert part in said(rule, "zh-hans")


def test_a_list_that_the_bureau_declared_is_called_by_its_name(tmp_path: Path, settings: Any) -> None:
    settings.HOME = tmp_path
    own = tmp_path / "catalogue" / "lists"
    own.mkdir(parents=True)
    shipped = Path(commercebrain.__file__).parent / "catalogue" / "lists" / "tariff_list.yaml"
    text = shipped.read_text(encoding="utf-8").replace("code: tariff_list", "code: own_list")
    (own / "own_list.yaml").write_text(text.replace("关税清单", "重点商品清单", 1), encoding="utf-8")
    rule = declared("R900", when="exposure('own_list') > 0.5", parameters={}, levels=[{"level": "watch"}])
    with override("zh-hans"):
        (part,) = conditions.parts(rule)
    assert "重点商品清单" in part and "own_list" not in part
