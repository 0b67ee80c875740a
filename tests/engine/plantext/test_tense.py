"""Promise or past: read from texts of an invented city whose titles and headings may say nothing of it."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commercebrain.engine.plantext.dates import plan_years
from commercebrain.engine.plantext.reader import read_plan
from commercebrain.engine.plantext.structure import parse_structure
from commercebrain.engine.plantext.tense import document_tense, heading_tense, is_goal, looks


def rows(text: str) -> list[dict[str, Any]]:
    return [finding.to_row() for finding in read_plan(text, "text.txt", ("target", "fact"))]


def told(text: str) -> list[tuple[str, float, int | None]]:
    """(type, value, year) of each statement."""
    return [(r["type"], r.get("target_value", r.get("value")), r.get("target_year", r.get("year"))) for r in rows(text)]


def kinds(text: str) -> str:
    """The statements' types in order, T for a promise and F for the past."""
    return "".join("T" if r["type"] == "target" else "F" for r in rows(text))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("据悉，今年全市网络零售额计划达到90亿元以上，培育电商企业30家以上。", "TT"),
        ("会议要求，全市上下要锚定目标，确保完成地区生产总值增长5.5%、规上工业增加值增长7%的目标。", "TT"),
        ("未来三年，全市将新增电商示范企业30家，网络零售额年均增长15%。", "TT"),
        ("“十五五”时期，经济社会发展的主要预期目标是：全市生产总值年均增长5%，城镇化率提高到75%左右。", "TT"),
        ("示例市获批综合试验区，计划三年内建成产业园10个。目前全市已有企业120家。", "TF"),
        ("去年我市提出，到2031年社会消费品零售总额突破800亿元。", "T"),
        ("上半年，全市外贸进出口120亿元，增长9.8%；下半年，将确保完成150亿元，全年突破270亿元。", "FFTT"),
    ],
)
def test_a_sentence_that_promises_is_a_promise_without_any_title(text: str, expected: str) -> None:
    assert kinds(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "记者获悉，一季度全市实现进出口总额80.5亿元，同比增长12.3%，完成全年目标的26.8%。",
        "示例市超额完成2023年目标：社会消费品零售总额增长8.1%，实际利用外资1.2亿美元。",
        "会议总结了工作，部署今年任务。去年，全市社会消费品零售总额增长8.2%，总量达到560亿元。",
        "关于公布2022年度工业发展目标考核结果的通报\n\n全市规模以上工业增加值增长8.8%，高于全省0.8个百分点。",
        "示例县2023年国民经济和社会发展计划执行情况\n\n全年地区生产总值增长6.1%，工业增加值增长8%。",
        "示例市“十三五”商务发展规划评估报告\n\n一、主要目标完成情况\n\n进出口总额由2015年的400亿元增加到2020年的560亿元。",
        "会议指出，过去一年，全市统筹推进各项工作。\n\n1、发展迈进快车道\n\n全市进出口总值289.5亿元，规模创历史新高。",
    ],
)
def test_what_was_reached_is_the_past_though_a_goal_is_named(text: str) -> None:
    assert set(kinds(text)) == {"F"}


def test_a_paragraph_without_a_figure_sets_the_way_that_the_next_ones_look() -> None:
    text = (
        "示例市召开商务工作会议。\n\n过去一年，全市商务工作取得新成效。\n\n全市进出口总额300亿元，增长6%。\n\n"
        "会议指出，今年的主要目标是推动商务提质。\n\n全市进出口总额增长5%以上。"
    )
    assert kinds(text) == "FFT"


def test_the_running_heads_of_a_list_say_which_way_its_lines_look() -> None:
    lines = "2024年成绩单：\n\n● 地区生产总值增长5.8%\n\n2025年主要预期目标：\n\n● 地区生产总值增长6%左右\n"
    assert told(lines) == [("fact", 5.8, 2024), ("target", 6, 2025)]
    marked = "政府工作报告摘要\n\n■ 2024年成绩单\n\n●粮食总产达到57万吨\n\n■ 2025年主要预期目标\n\n●经济增长6%左右\n"
    assert told(marked) == [("fact", 57, 2024), ("target", 6, 2025)]
    assert all("●" not in r["indicator"] for r in rows(lines + marked))


def test_a_report_whose_work_is_shared_out_is_work_to_do() -> None:
    titles = ["关于印发2026年政府工作报告重点工作责任分解的通知"]
    assert document_tense(titles) == "target"
    assert document_tense(["2026年政府工作报告"]) == "fact"
    assert document_tense(["关于2025年度目标任务完成情况的通报"]) == "fact"


def test_a_numbered_heading_that_is_a_goal_is_read() -> None:
    text = (
        "2026年示例区目标任务分解方案\n\n一、主要预期目标\n\n（一）地区生产总值增长7%以上\n\n责任单位：区发展改革局\n\n"
        "（二）固定资产投资增长10%以上\n\n责任单位：区发展改革局\n"
    )
    assert told(text) == [("target", 7, 2026), ("target", 10, 2026)]
    assert all("（" not in r["indicator"] for r in rows(text))
    assert not is_goal(("二、重点任务", "（一）培育100家企业"))


def test_numbered_lines_of_goals_are_read_without_their_numbers() -> None:
    text = "一、总体目标\n\n（一）电商交易额年均增长15%以上。\n\n（二）培育电商龙头企业5家以上，\n\n3.2026年力争实现进出口总额260亿元。"
    assert [r["indicator"] for r in rows(text)][:2] == ["电商交易额年均增长率", "电商龙头企业数量"]
    assert all(r["indicator"][0] not in "（3." for r in rows(text))


def test_a_task_that_follows_its_neighbour_at_once_has_a_title() -> None:
    text = (
        "示例区2026年工作目标任务分解\n一、主要预期指标\n1.地区生产总值增长5%左右，争取更好的发展。\n牵头单位：区发改委\n"
        "责任单位：各部门\n2.一般公共预算收入增长5%。\n牵头单位：区财政局\n责任单位：区税务局、区国资委等\n"
    )
    tasks = [f.to_row() for f in read_plan(text, "text.txt", ("task",))]
    assert [t["title"][:6] for t in tasks] == ["地区生产总值", "一般公共预算"]


def test_what_there_is_now_is_the_past_in_a_text_of_promises() -> None:
    text = "示例市提出，到2031年，培育商圈5个。目前，全市有商圈2个。近年来，全市社零总额年均增长8%。"
    assert kinds(text) == "TFF"


def test_the_last_word_of_a_heading_says_what_it_is_about() -> None:
    assert heading_tense(("一、主要目标完成情况",)) == "fact"
    assert heading_tense(("二、规划实施回顾",)) == "fact"
    assert heading_tense(("二、2026年工作打算",)) == "target"


def test_the_year_of_a_document_is_not_that_of_one_it_cites() -> None:
    cited = "根据《示例省关于促进消费的意见》（示政发〔2019〕8号），制定本方案。\n\n目标：新增限额以上企业200家。"
    assert plan_years(parse_structure(cited)).horizon is None
    own = "近日，示例省印发《关于促进消费的意见》（示政发〔2019〕8号）。全省新增企业200家。"
    assert plan_years(parse_structure(own)).published == 2019


def test_the_year_that_the_text_calls_its_own_comes_before_the_one_that_has_ended() -> None:
    text = (
        "报告提出，2030年是“十五五”规划收官之年，全省进出口总值665亿元。\n\n2031年是“十六五”开局之年，"
        "力争国际线路超过10条。"
    )
    assert told(text) == [("fact", 665, 2030), ("target", 10, 2031)]


def test_this_year_of_a_text_without_a_date_is_no_later_year_of_it() -> None:
    text = "到2030年，农村网点全部建成。今年，我省将培育一批示范县，每个市州不少于2个示范县。"
    assert told(text) == [("target", 2, None)]


@pytest.mark.parametrize(
    ("sentence", "indicator", "value"),
    [
        ("全省80%以上行政村通光纤。", "行政村通光纤占比", 80),
        ("其中，30%以上县域商业迈入增强型方阵。", "县域商业迈入增强型方阵占比", 30),
        ("60%以上的农产品批发市场完成改造。", "农产品批发市场完成改造占比", 60),
    ],
)
def test_a_percentage_may_be_the_subject(sentence: str, indicator: str, value: float) -> None:
    (row,) = rows(f"示例省2026年工作目标\n\n网络零售额增长9%；{sentence}")[1:]
    assert (row["indicator"], row["target_value"], row["kind"]) == (indicator, value, "share")


def test_a_size_in_brackets_is_no_goal_and_at_least_is_a_floor() -> None:
    text = "示例省2026年工作目标\n\n每个县至少建设1个配送中心，每个行政村（500人以上）建设1个网点。"
    assert next((r["target_value"], r["comparator"]) for r in rows(text)) == (1, ">=")
    assert all(r["target_value"] != 500 for r in rows(text))


def test_what_is_brought_in_within_a_year_has_that_year_as_period() -> None:
    found = rows("示例市2026年工作要点\n\n一、主要目标\n\n引进世界500强企业3家，新能源汽车销售网点达到40家。")
    assert [(r["kind"], r["period"]) for r in found] == [("increment", [2026, 2026]), ("count", None)]


def test_an_index_may_stand_above_a_hundred_per_cent() -> None:
    (row,) = rows("示例市2026年工作目标\n\n居民消费价格指数控制在103%以内。")
    assert (row["target_value"], row["comparator"]) == (103, "<=")


def test_a_name_before_a_colon_carries_its_goals() -> None:
    text = "示例市2026年工作目标\n\n内联引资：底线目标280亿元，增长10%；奋斗目标285亿元，增长12%。"
    assert [r["target_value"] for r in rows(text)] == [280, 10, 285, 12]
    assert all(r["indicator"].startswith("内联引资") for r in rows(text))


@given(st.text(alphabet="今年去目标是计划将力争达到完成已新高过一的，。；：123%年", max_size=80))
def test_any_words_look_one_way_or_none(text: str) -> None:
    assert looks(text) in (None, "target", "fact")


@given(st.integers(2, 900), st.sampled_from(["力争", "计划", "确保"]), st.sampled_from(["突破", "达到", "超过"]))
def test_a_promise_stays_one_whatever_its_number(value: int, will: str, verb: str) -> None:
    assert kinds(f"今年全市进出口总额{will}{verb}{value}亿元。") == "T"
    assert kinds(f"去年，全市进出口总额{verb}{value}亿元。") == "F"
