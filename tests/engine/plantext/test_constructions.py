"""Ways in which Chinese plans promise and report, each read from a small plan of an invented city."""

from __future__ import annotations

from typing import Any

import pytest

from commercebrain.engine.plantext.reader import read_plan

PLAN = "示例市商务发展“十四五”规划\n\n一、发展基础\n\n{past}\n\n二、发展目标\n\n{future}\n"
REPORT = (
    "示例县2022年政府工作报告\n\n（2023年1月10日）\n\n一、2022年工作回顾\n\n{past}\n\n二、2023年工作安排\n\n{future}\n"
)


def read(future: str = "", past: str = "", frame: str = PLAN) -> list[dict[str, Any]]:
    text = frame.format(past=past or "全市商务运行平稳。", future=future or "全市商务持续发展。")
    return [finding.to_row() for finding in read_plan(text, "plan.txt", ("target", "fact"))]


# sentence → rows of (indicator, comparator, value, unit, kind, year, period)
FUTURE: list[tuple[str, list[tuple[Any, ...]]]] = [
    (
        "到2025年，全市社会消费品零售总额达到1800亿元，年均增长8.5%左右。",
        [
            ("社会消费品零售总额", ">=", 1800, "亿元", "level", 2025, None),
            ("社会消费品零售总额年均增长率", "~", 8.5, "%", "growth_rate", 2025, [2021, 2025]),
        ],
    ),
    ("网络零售额突破600亿元。", [("网络零售额", ">", 600, "亿元", "level", 2025, None)]),
    ("城镇登记失业率控制在4.5%以内。", [("城镇登记失业率", "<=", 4.5, "%", "share", 2025, None)]),
    ("服务贸易占外贸比重提高到15%。", [("服务贸易占外贸比重", ">=", 15, "%", "share", 2025, None)]),
    ("冷链流通率提高１０个百分点。", [("冷链流通率", "=", 10, "个百分点", "increment", 2025, None)]),
    (
        "实际利用外资五年累计达到30亿美元。",
        [("累计实际利用外资额", ">=", 30, "亿美元", "cumulative", 2025, [2021, 2025])],
    ),
    (
        "引进世界500强企业10家以上、行业龙头企业20家。",
        [
            ("引进世界500强企业数量", ">=", 10, "家", "count", 2025, None),
            ("行业龙头企业数量", "=", 20, "家", "count", 2025, None),
        ],
    ),
    ("引进总投资1亿美元以上项目25个。", [("引进总投资1亿美元以上项目数量", "=", 25, "个", "count", 2025, None)]),
    ("培育3-5个千亿级电子商务平台。", [("千亿级电子商务平台数量", "=", 3, "个", "count", 2025, None)]),
    (
        "新增跨境电商企业2000家以上。",
        [("新增跨境电商企业数量", ">=", 2000, "家", "increment", 2025, [2021, 2025])],
    ),
    ("实现县域商业网点全覆盖。", [("县域商业网点覆盖率", "=", 100, "%", "share", 2025, None)]),
    ("货运量翻两番。", [("货运量增长倍数", "=", 2, "番", "growth_rate", 2025, None)]),
    ("境外并购项目实现零突破。", [("境外并购项目数量", ">=", 1, "个", "count", 2025, None)]),
    (
        "外贸进出口、实际利用外资年均分别增长6%和5%。",
        [
            ("外贸进出口年均增长率", "=", 6, "%", "growth_rate", 2025, [2021, 2025]),
            ("实际利用外资年均增长率", "=", 5, "%", "growth_rate", 2025, [2021, 2025]),
        ],
    ),
    (
        "油品储备能力、油气交易额分别超2500万吨、4300亿元。",
        [
            ("油品储备能力", ">", 2500, "万吨", "level", 2025, None),
            ("油气交易额", ">", 4300, "亿元", "level", 2025, None),
        ],
    ),
    ("每年举办促消费活动不少于100场。", [("促消费活动数量", ">=", 100, "场", "count", 2025, [2021, 2025])]),
    ("集装箱吞吐量突破100万标箱。", [("集装箱吞吐量", ">", 100, "万标箱", "level", 2025, None)]),
    ("进口通关时间压缩到30小时以内。", [("进口通关时间", "<=", 30, "小时", "level", 2025, None)]),
    ("展望2035年，进出口总额突破4000亿元。", [("进出口总额", ">", 4000, "亿元", "level", 2035, None)]),
    # what is no goal of the government's own
    ("围绕13条先进制造业产业链精准招商。", []),
    ("落实国家14部委印发的10项政策措施。", []),
    ("对进出口额超过1000万美元的企业给予最高50万元奖励。", []),
    ("打造15分钟便民生活圈。", []),
    ("实施“225”外贸双万亿行动，建设5G网络。", []),
    ("重点推进金融、物流等5个方面改革。", []),
]

PAST: list[tuple[str, list[tuple[Any, ...]]]] = [
    (
        "“十三五”期间，网络零售额年均增长24.3%。",
        [("网络零售额年均增长率", "=", 24.3, "%", "growth_rate", None, [2016, 2020])],
    ),
    (
        "商品销售额由2015年的1769亿元增加到2020年的3560亿元。",
        [
            ("商品销售额", "=", 1769, "亿元", "level", 2015, None),
            ("商品销售额", "=", 3560, "亿元", "level", 2020, None),
        ],
    ),
    (
        "2020年，出口额达640亿元，占全国比重3.57%，较2015年提高0.44个百分点，居全国第五位。",
        [
            ("出口额", "=", 640, "亿元", "level", 2020, None),
            ("出口额占全国比重", "=", 3.57, "%", "share", 2020, None),
            ("出口额占全国比重增量", "=", 0.44, "个百分点", "increment", None, [2015, 2020]),
            ("出口额全国位次", "=", 5, "位", "rank", 2020, None),
        ],
    ),
    (
        "合同外资和实际利用外资累计分别为116.5亿美元和56.9亿美元。",
        [
            ("累计合同外资额", "=", 116.5, "亿美元", "cumulative", None, [2016, 2020]),
            ("累计实际利用外资额", "=", 56.9, "亿美元", "cumulative", None, [2016, 2020]),
        ],
    ),
    (
        "实际利用外资21亿美元，是“十二五”时期的1.6倍。",
        [
            ("实际利用外资额", "=", 21, "亿美元", "level", 2020, None),
            ("实际利用外资", "=", 1.6, "倍", "ratio", 2020, None),
        ],
    ),
    (
        "全市拥有限上企业1256家，其中年销售额超亿元企业86家。",
        [
            ("限上企业数量", "=", 1256, "家", "count", 2020, None),
            ("年销售额超亿元企业数量", "=", 86, "家", "count", 2020, None),
        ],
    ),
]


def seen(row: dict[str, Any]) -> tuple[Any, ...]:
    year = row["target_year"] if row["type"] == "target" else row["year"]
    value = row["target_value"] if row["type"] == "target" else row["value"]
    return (row["indicator"], row["comparator"], value, row["unit"], row["kind"], year, row["period"])


@pytest.mark.parametrize(("sentence", "expected"), FUTURE, ids=[s for s, _ in FUTURE])
def test_a_promise_is_read_with_all_its_parts(sentence: str, expected: list[tuple[Any, ...]]) -> None:
    rows = read(sentence)
    assert [seen(row) for row in rows] == expected
    assert all(row["type"] == "target" and row["region"] == "示例市" for row in rows)


@pytest.mark.parametrize(("sentence", "expected"), PAST, ids=[s for s, _ in PAST])
def test_a_report_is_read_with_all_its_parts(sentence: str, expected: list[tuple[Any, ...]]) -> None:
    rows = read(past=sentence)
    assert [seen(row) for row in rows] == expected
    assert all(row["type"] == "fact" for row in rows)


def test_from_a_to_b_gives_a_goal_with_its_base() -> None:
    (row,) = read("外贸进出口总额从58.4亿美元提高到80亿美元。")
    assert (row["target_value"], row["baseline_value"], row["comparator"]) == (80, 58.4, ">=")


def test_the_base_comes_from_the_same_documents_report() -> None:
    rows = read("到2025年，网络零售额达到600亿元。", "2020年，全市网络零售额302亿元。")
    target = next(row for row in rows if row["type"] == "target")
    assert (target["baseline_value"], target["baseline_year"], target["baseline_unit"]) == (302, 2020, "亿元")


def test_a_total_over_years_takes_no_single_years_base() -> None:
    rows = read("“十四五”时期，累计实际利用外资130亿美元。", "2020年，累计实际利用外资119亿美元。")
    target = next(row for row in rows if row["type"] == "target")
    assert target["baseline_value"] is None


def test_a_range_keeps_both_ends() -> None:
    (row,) = read("培育3-5个千亿级平台。")
    assert (row["target_value"], row["target_value_high"]) == (3, 5)


def test_a_yearly_goal_says_so() -> None:
    (row,) = read("每年市场采购贸易出口20亿美元以上。")
    assert (row["per"], row["period"]) == ("year", [2021, 2025])


def test_a_report_reviews_one_year_and_promises_the_next() -> None:
    rows = read("社会消费品零售总额增长8%。", "社会消费品零售总额89.7亿元，增长3.1%。", REPORT)
    facts = [seen(row) for row in rows if row["type"] == "fact"]
    targets = [seen(row) for row in rows if row["type"] == "target"]
    assert facts == [
        ("社会消费品零售总额", "=", 89.7, "亿元", "level", 2022, None),
        ("社会消费品零售总额同比增长率", "=", 3.1, "%", "growth_rate", 2022, None),
    ]
    assert targets == [("社会消费品零售总额增长率", "=", 8, "%", "growth_rate", 2023, None)]


def test_a_goal_for_named_cities_belongs_to_each_of_them() -> None:
    rows = read("东湖市、西山市网络零售额突破200亿元。")
    assert [(row["region"], row["target_value"]) for row in rows] == [("东湖市", 200), ("西山市", 200)]


def test_a_short_name_stands_for_the_long_one() -> None:
    rows = read("全市社会消费品零售总额（以下简称社零额）达到900亿元。限上社零额达到300亿元。")
    assert [row["indicator"] for row in rows] == ["社会消费品零售总额", "限上社会消费品零售总额"]


def test_the_same_document_in_one_line_gives_the_same_amounts() -> None:
    text = PLAN.format(past="2020年，出口额640亿元。", future="到2025年，出口额达到800亿元。")
    lines = {f.to_row()["value_text"] for f in read_plan(text, "a", ("target", "fact"))}
    assert lines == {f.to_row()["value_text"] for f in read_plan(text.replace("\n", ""), "a", ("target", "fact"))}


UNDATED = (
    "各位代表：\n\n现在，我代表市人民政府向大会报告工作。\n\n一、过去五年工作回顾\n\n{past}\n\n"
    "二、2022年重点工作\n\n{future}\n"
)


def test_a_report_without_a_date_takes_its_years_from_its_headings() -> None:
    rows = read(
        "新增限上商贸企业100家，外贸进出口增长10%。",
        "高新技术企业由35家增至172家，争取国债项目69个，进出口总额年均增长18.6%。",
        UNDATED,
    )
    assert [seen(row) for row in rows if row["type"] == "fact"] == [
        ("高新技术企业数量", "=", 35, "家", "count", 2016, None),
        ("高新技术企业数量", "=", 172, "家", "count", 2021, None),
        ("国债项目数量", "=", 69, "个", "count", 2021, None),
        ("进出口总额年均增长率", "=", 18.6, "%", "growth_rate", None, [2017, 2021]),
    ]
    assert [seen(row) for row in rows if row["type"] == "target"] == [
        ("新增限上商贸企业数量", "=", 100, "家", "increment", 2022, [2022, 2022]),
        ("外贸进出口增长率", "=", 10, "%", "growth_rate", 2022, None),
    ]


@pytest.mark.parametrize(
    "heading", ["一、夯实数字基础设施底座", "（一）优化营商环境", "（十七）发展首发经济", "二、加快补齐短板"]
)
def test_a_heading_that_calls_for_work_promises(heading: str) -> None:
    text = f"示例市工作要点（2025年）\n\n{heading}\n\n新引进首店300家以上。\n"
    assert [f.type for f in read_plan(text, "a", ("target", "fact"))] == ["target"]


@pytest.mark.parametrize(
    "heading", ["一、发展基础", "一、2023年计划执行情况", "一、“十三五”发展回顾", "（一）现状与问题"]
)
def test_a_heading_that_looks_back_reports(heading: str) -> None:
    text = f"示例市商务工作\n\n{heading}\n\n全市首店达到300家。\n"
    assert [f.type for f in read_plan(text, "a", ("target", "fact"))] == ["fact"]


def test_one_verb_over_several_subjects_counts_for_each() -> None:
    rows = read("到2025年，社会消费品零售总额、商品销售总额、物流业增加值等主要经济指标都将翻一番。")
    assert [row["indicator"] for row in rows] == [
        "社会消费品零售总额增长倍数",
        "商品销售总额增长倍数",
        "物流业增加值增长倍数",
    ]


def test_several_wholes_of_one_share() -> None:
    rows = read(past="2020年，物流业增加值1380亿元，占GDP和服务业增加值的比重分别为6.8%和13.2%。")
    assert [row["indicator"] for row in rows][1:] == ["物流业增加值占GDP比重", "物流业增加值占服务业增加值比重"]


def test_subjects_and_amounts_side_by_side_are_paired() -> None:
    rows = read(past="2020年，城镇和农村居民人均可支配收入29092元、17191元，分别增长3%、6.4%。")
    assert [(row["indicator"], row["value"]) for row in rows] == [
        ("城镇居民人均可支配收入", 29092),
        ("农村居民人均可支配收入", 17191),
        ("城镇居民人均可支配收入同比增长率", 3),
        ("农村居民人均可支配收入同比增长率", 6.4),
    ]


def test_punctuation_folded_to_half_width_reads_the_same() -> None:
    sentence = "到2025年，全市网络零售额达到600亿元以上，年均增长8.5%；培育电商企业20家。"
    folded = sentence.translate(str.maketrans("，；。", ",;."))
    assert [seen(row) for row in read(folded)] == [seen(row) for row in read(sentence)]


def test_places_in_a_row_share_the_modifier_of_the_first_and_other_things_do_not() -> None:
    def names(sentence: str) -> list[str]:
        text = f"示例市商务发展规划（2021—2025年）\n\n一、发展目标\n到2025年，{sentence}。"
        return [f.to_row()["indicator"] for f in read_plan(text, "示例.txt", ("target",))]

    assert names("打造5个智慧商贸先行市、20个样板县和100个特色镇") == [
        "智慧商贸先行市数量",
        "智慧商贸样板县数量",
        "智慧商贸特色镇数量",
    ]
    assert names("培育5个跨境电商产业园、20家龙头企业") == ["跨境电商产业园数量", "龙头企业数量"]
    assert names("完成50个以上便民服务圈建设") == ["便民服务圈数量"]
