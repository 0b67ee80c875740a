"""Constructions of national practice that the five sample plans do not hold, in plans of an invented city."""

from __future__ import annotations

from typing import Any

import pytest

from commercebrain.engine.plantext.reader import read_plan

PLAN = "示例市“十四五”商务发展规划\n\n第二章 总体要求\n\n第二节 发展目标\n\n"
HEAD = "指标\t单位\t2020年\t2025年\t年均增速〔累计〕\t属性\n"


def rows(text: str, kind: str = "target") -> list[dict[str, Any]]:
    return [finding.to_row() for finding in read_plan(text, "示例.txt", (kind,))]


def goal(row: dict[str, Any]) -> tuple[Any, ...]:
    return tuple(row[key] for key in ("indicator", "comparator", "target_value", "unit", "kind", "target_year"))


@pytest.mark.parametrize(
    ("sentence", "goals"),
    [
        (
            "到2025年，社会消费品零售总额、进出口总额、实际利用外资分别达到1800亿元、500亿元、6亿美元。",
            [
                ("社会消费品零售总额", ">=", 1800, "亿元", "level", 2025),
                ("进出口总额", ">=", 500, "亿元", "level", 2025),
                ("实际利用外资额", ">=", 6, "亿美元", "level", 2025),
            ],
        ),
        (
            "“十四五”期间，全市社会消费品零售总额年均增长6.5%左右，高于全省平均1个百分点。",
            [
                ("社会消费品零售总额年均增长率", "~", 6.5, "%", "growth_rate", 2025),
                ("社会消费品零售总额年均增长率高于全省", "=", 1, "个百分点", "increment", 2025),
            ],
        ),
        ("实际利用外资五年累计达到20亿美元。", [("累计实际利用外资额", ">=", 20, "亿美元", "cumulative", 2025)]),
        (
            "到2025年，网络零售额比2020年翻一番，服务业增加值占地区生产总值比重较2020年提高5个百分点。",
            [
                ("网络零售额增长倍数", "=", 1, "番", "growth_rate", 2025),
                ("服务业增加值占地区生产总值比重", "=", 5, "个百分点", "increment", 2025),
            ],
        ),
        ("民营企业进出口占比稳定在30%以上。", [("民营企业进出口占比", ">=", 30, "%", "share", 2025)]),
        (
            "展望2035年，社会消费品零售总额突破4000亿元，建成3个国际消费集聚区。",
            [
                ("社会消费品零售总额", ">", 4000, "亿元", "level", 2035),
                ("国际消费集聚区数量", "=", 3, "个", "count", 2035),
            ],
        ),
    ],
)
def test_a_sentence_of_goals_is_read_whole(sentence: str, goals: list[tuple[Any, ...]]) -> None:
    assert [goal(row) for row in rows(PLAN + sentence + "\n")] == goals


def test_from_one_value_to_another_gives_the_base() -> None:
    (row,) = rows(PLAN + "跨境电商交易额从2020年的12亿元提高到2025年的60亿元。\n")
    assert goal(row) == ("跨境电商交易额", "=", 60, "亿元", "level", 2025)
    assert row["baseline_value"] == 12


def test_each_year_and_a_fall_keep_their_sense() -> None:
    new, energy = rows(PLAN + "每年新增外贸实绩企业5家以上，单位GDP能耗下降14%。\n")
    assert (new["target_value"], new["comparator"], new["per"], new["kind"]) == (5, ">=", "year", "increment")
    assert (energy["target_value"], energy["direction"], energy["kind"]) == (14, "down", "growth_rate")


def test_a_total_in_brackets_in_the_growth_column_is_no_growth_rate() -> None:
    found = rows(
        PLAN
        + HEAD
        + "社会消费品零售总额\t亿元\t1205.3\t1800\t8.5\t预期性\n"
        + "实际利用外资\t亿美元\t3.2\t—\t〔20〕\t预期性\n"
        + "新增限上企业\t家\t58\t\t[300]\t预期性\n"
        + "单位GDP能耗下降\t%\t—\t—\t〔14〕\t约束性\n"
        + "注：〔 〕内为五年累计数。\n"
    )
    brief = [(r["target_value"], r["unit"], r["kind"], r["period"], r["per"]) for r in found]
    assert brief == [
        (1800, "亿元", "level", None, None),
        (8.5, "%", "growth_rate", [2021, 2025], "year"),
        (20, "亿美元", "cumulative", [2021, 2025], None),
        (300, "家", "cumulative", [2021, 2025], None),
        (14, "%", "growth_rate", [2021, 2025], None),
    ]
    assert found[-1]["direction"] == "down"
    assert [r["binding"] for r in found] == ["expected"] * 4 + ["binding"]


def test_a_plan_that_does_not_say_leaves_the_nature_open() -> None:
    (row,) = rows(PLAN + "指标\t单位\t2020年\t2025年\n网络零售额\t亿元\t120\t200\n")
    assert row["binding"] is None


def test_columns_parted_by_single_spaces_with_the_nature_last_are_a_table() -> None:
    found = rows(
        PLAN
        + "序号 指标名称 单位 2020年 2025年 属性\n1 货物进出口总额 亿元 350 500 预期性\n2 商贸企业数 家 120 200 约束性\n"
    )
    assert [goal(row) for row in found] == [
        ("货物进出口总额", "=", 500, "亿元", "level", 2025),
        ("商贸企业数", "=", 200, "家", "count", 2025),
    ]
    assert [(r["baseline_value"], r["binding"]) for r in found] == [(350, "expected"), (120, "binding")]


def test_units_in_brackets_behind_the_name_are_the_rows_own() -> None:
    found = rows(
        PLAN + "序号\t指标\t2020年\t2025年\n1\t货物进出口总额（亿元）\t350\t500\n2\t便民生活圈覆盖率（%）\t60\t≥90\n"
    )
    assert [goal(row) for row in found] == [
        ("货物进出口总额", "=", 500, "亿元", "level", 2025),
        ("便民生活圈覆盖率", ">=", 90, "%", "share", 2025),
    ]


def test_a_three_year_action_plan_has_a_goal_for_each_year() -> None:
    text = (
        "示例市商务高质量发展三年行动计划（2023—2025年）\n\n二、主要目标\n\n"
        "指标\t单位\t2023年\t2024年\t2025年\n社会消费品零售总额\t亿元\t1500\t1620\t1750\n"
        "注：2022年社会消费品零售总额为1400亿元。\n"
    )
    found = rows(text)
    assert [(r["target_value"], r["target_year"], r["baseline_value"], r["baseline_year"]) for r in found] == [
        (1500, 2023, 1400, 2022),
        (1620, 2024, 1400, 2022),
        (1750, 2025, 1400, 2022),
    ]
    assert [(r["value"], r["year"]) for r in rows(text, "fact")] == [(1400, 2022)]


def test_opinions_on_implementation_promise_for_the_year_that_they_name() -> None:
    text = (
        "示例市人民政府关于促进消费扩容提质的实施意见\n\n为贯彻落实国家部署，现提出如下意见。\n\n一、总体要求\n\n"
        "到2027年，全市社会消费品零售总额达到2000亿元以上，培育5条特色商业街区，首店达到50家。\n"
    )
    assert [goal(row) for row in rows(text)] == [
        ("社会消费品零售总额", ">=", 2000, "亿元", "level", 2027),
        ("特色商业街区数量", "=", 5, "条", "count", 2027),
        ("首店数量", ">=", 50, "家", "count", 2027),
    ]
