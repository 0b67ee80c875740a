"""Tables of indicators in the forms in which plans print them."""

from __future__ import annotations

from typing import Any

from commercebrain.engine.plantext.reader import read_plan

HEAD = "示例市商务发展“十四五”规划\n\n二、发展目标\n\n"


def read(table: str, head: str = HEAD) -> list[dict[str, Any]]:
    text = head + table + "\n"
    rows = [finding.to_row() for finding in read_plan(text, "plan.txt", ("target", "fact"))]
    assert all("".join(text[r["start"] : r["end"]].splitlines()) == r["quote"] for r in rows)
    return rows


def brief(rows: list[dict[str, Any]], kind: str) -> list[tuple[Any, ...]]:
    if kind == "target":
        return [
            (
                r["indicator"],
                r["comparator"],
                r["target_value"],
                r["unit"],
                r["kind"],
                r["target_year"],
                r["baseline_value"],
            )
            for r in rows
            if r["type"] == kind
        ]
    return [(r["indicator"], r["value"], r["unit"], r["kind"], r["year"]) for r in rows if r["type"] == kind]


def test_a_row_gives_its_base_figure_its_goal_and_its_growth() -> None:
    rows = read(
        "指标\t单位\t2020年\t2025年\t年均增长（%）\t属性\n"
        "社会消费品零售总额\t亿元\t1205.3\t1800以上\t8.5左右\t预期性\n"
        "城镇登记失业率\t%\t3.2\t<4.5\t—\t约束性"
    )
    assert brief(rows, "fact") == [
        ("社会消费品零售总额", 1205.3, "亿元", "level", 2020),
        ("城镇登记失业率", 3.2, "%", "share", 2020),
    ]
    assert brief(rows, "target") == [
        ("社会消费品零售总额", ">=", 1800, "亿元", "level", 2025, 1205.3),
        ("社会消费品零售总额年均增长率", "~", 8.5, "%", "growth_rate", 2025, None),
        ("城镇登记失业率", "<", 4.5, "%", "share", 2025, 3.2),
    ]


def test_a_bracketed_goal_is_the_total_of_the_plans_years() -> None:
    rows = read(
        "指标名称\t单位\t2020年\t2025年\n累计实际利用外资额\t亿美元\t24.7\t[130]\n出口额\t亿元\t50\t80\n注：[ ]内为五年累计数。"
    )
    total = next(r for r in rows if r["type"] == "target" and r["target_value"] == 130)
    assert (total["kind"], total["period"]) == ("cumulative", [2021, 2025])
    assert brief(rows, "fact")[0] == ("实际利用外资额", 24.7, "亿美元", "level", 2020)


def test_a_unit_in_brackets_behind_the_indicator_is_its_unit() -> None:
    rows = read("序号\t主要指标\t2020年\t2025年\n1\t网络零售额（亿元）\t302\t600\n2\t限上企业（家）\t1256\t2000")
    assert brief(rows, "target") == [
        ("网络零售额", "=", 600, "亿元", "level", 2025, 302),
        ("限上企业数量", "=", 2000, "家", "count", 2025, 1256),
    ]


def test_cells_parted_by_spaces_are_cells() -> None:
    rows = read("指标  单位  2020年  2025年\n森林覆盖率  %  42.1  43\n出口额  亿元  50  80")
    assert [r[2] for r in brief(rows, "target")] == [43, 80]


def test_cells_that_came_down_one_to_a_line_are_rows_again() -> None:
    cells = [
        "指标",
        "2020年",
        "2025年",
        "属性",
        "社会物流总额（万亿元）",
        "4.6",
        "6.5",
        "预期性",
        "A级物流企业（家）",
        "236",
        "300",
        "预期性",
    ]
    rows = read("\n".join(cells))
    assert brief(rows, "target") == [
        ("社会物流总额", "=", 6.5, "万亿元", "level", 2025, 4.6),
        ("A级物流企业数量", "=", 300, "家", "count", 2025, 236),
    ]


def test_a_table_of_places_gives_each_places_goals() -> None:
    head = "示例市2024年外经贸目标任务\n\n一、目标任务\n\n"
    rows = read("金额单位：万美元\n责任单位 外贸出口目标 实到外资目标\n东城区 1900 300\n西城区 2000 1000", head)
    got = [(r["region"], r["indicator"], r["target_value"], r["unit"], r["target_year"]) for r in rows]
    assert got == [
        ("东城区", "外贸出口额", 1900, "万美元", 2024),
        ("东城区", "实到外资额", 300, "万美元", 2024),
        ("西城区", "外贸出口额", 2000, "万美元", 2024),
        ("西城区", "实到外资额", 1000, "万美元", 2024),
    ]


def test_sentences_in_cells_are_read_as_sentences() -> None:
    rows = read(
        "重点\t内容\n贸易\t总量提升，出口突破3000亿元；质量提升，机电产品出口占比达到1/3以上。\n消费\t社会消费品零售总额突破3400亿元。"
    )
    assert [(r["target_value"], r["quote_type"]) for r in rows] == [
        (3000, "table_prose"),
        (0.3333, "table_prose"),
        (3400, "table_prose"),
    ]


def test_row_numbers_and_dashes_are_no_figures() -> None:
    rows = read("序号\t指标\t单位\t2020年\t2025年\n1\t出口额\t亿元\t——\t80\n2\t进口额\t亿元\t40\t50")
    assert [r["target_value"] for r in rows if r["type"] == "target"] == [80, 50]
    assert [r["value"] for r in rows if r["type"] == "fact"] == [40]


def test_growth_of_the_years_before_is_a_report() -> None:
    rows = read(
        "指标\t2020年完成\t“十三五”年均增速（%）\t2025年目标\t“十四五”年均增速（%）\n"
        "网络零售额（亿元）\t302\t24.5\t600左右\t15以上\n#进出口总额（亿美元）\t58.4\t12.4\t80\t6.5"
    )
    grown = [
        (r["indicator"], r["value"], r["period"]) for r in rows if r["type"] == "fact" and r["kind"] == "growth_rate"
    ]
    assert grown == [("网络零售额年均增长率", 24.5, [2016, 2020]), ("进出口总额年均增长率", 12.4, [2016, 2020])]


def test_the_sum_of_all_places_belongs_to_the_issuer() -> None:
    head = "示例市2024年招商引资目标任务\n\n一、目标任务\n\n"
    rows = read("单位：亿元、个\n县区\t到位资金\t亿元以上项目个数\n东城区\t60\t12\n合计\t105\t21", head)
    assert [(r["region"], r["unit"], r["target_value"]) for r in rows] == [
        ("东城区", "亿元", 60),
        ("东城区", "个", 12),
        ("示例市", "亿元", 105),
        ("示例市", "个", 21),
    ]


def test_a_table_of_pipes_is_a_table() -> None:
    rows = read("| 指标 | 单位 | 2020年 | 2025年 |\n| --- | --- | --- | --- |\n| 限上企业数量 | 家 | 320 | ≥500 |")
    assert brief(rows, "target") == [("限上企业数量", ">=", 500, "家", "count", 2025, 320)]
