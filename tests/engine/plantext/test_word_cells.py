"""Cells that promise in words become targets without a number; other words in a cell promise nothing."""

from __future__ import annotations

import pytest

from commercebrain.engine.plantext.findings import TargetFinding
from commercebrain.engine.plantext.reader import read_plan
from commercebrain.engine.plantext.word_cells import word_target

TABLE = (
    "示例市“十四五”商务发展规划\n"
    "专栏1 主要指标\n"
    "序号\t指标名称\t单位\t2020年\t2025年目标\n"
    "1\t社会消费品零售总额\t亿元\t4238\t5900\n"
    "2\t货物贸易进出口额占全国比重\t%\t2.15\t{cell}\n"
)


@pytest.mark.parametrize(
    ("cell", "comparator", "direction"),
    [
        ("保持全国占比份额", "~", "hold"),
        ("保持稳定", "~", "hold"),
        ("基本稳定", "~", "hold"),
        ("总体保持平稳", "~", "hold"),
        ("持续提升", ">", "up"),
        ("稳步提高", ">", "up"),
        ("稳中有升", ">", "up"),
        ("保持增长", ">", "up"),
        ("进一步降低", "<", "down"),
        ("高于全省平均水平", ">", "up"),
        ("不低于全国平均水平", ">=", "up"),
        ("低于全省平均水平", "<", "down"),
    ],
)
def test_words_in_a_target_cell_are_a_target_with_the_base_of_its_row(
    cell: str, comparator: str, direction: str
) -> None:
    found = [f for f in read_plan(TABLE.format(cell=cell), "示例.txt", ("target",)) if isinstance(f, TargetFinding)]
    share = next(f for f in found if f.quantifier == "word")
    assert (share.indicator, share.target_value, share.kind) == ("货物贸易进出口额占全国比重", None, "share")
    assert (share.comparator, share.direction, share.value_text) == (comparator, direction, cell)
    assert (share.baseline_value, share.baseline_year, share.baseline_unit) == (2.15, 2020, "%")
    assert (share.target_year, share.unit, share.region) == (2025, "%", "示例市")


@pytest.mark.parametrize("cell", ["—", "", "市商务局", "预期性", "建成平台并投入使用", "5900", "完成", "待定"])
def test_other_words_promise_nothing(cell: str) -> None:
    assert word_target(cell) is None


def test_a_row_without_unit_or_base_figure_promises_nothing_in_words() -> None:
    table = "示例市商务发展规划（2021—2025年）\n指标名称\t2025年目标\n营商环境\t持续优化\n零售额（亿元）\t5900\n"
    assert [f.value_text for f in read_plan(table, "示例.txt", ("target",)) if isinstance(f, TargetFinding)] == ["5900"]
