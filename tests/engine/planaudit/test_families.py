"""Each family of checks on plans of an invented city: what agrees holds, what is changed is flagged."""

from __future__ import annotations

import re
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.depth import examples
from tests.engine.planaudit.gold import plans
from tests.engine.planaudit.saying import HEAD, findings, verdicts

from commercebrain.engine.planaudit.audit import audit_plans

GREW = "全市货物进口从2015年的84.4亿元增长到2020年的364.1亿元，年均增长{}%。"
TRADE = "2020年，全市外贸进出口总额1807.4亿元，同比增长{}%；其中出口1003.04亿元，同比增长19.2%；进口804.36亿元，同比增长44.5%。"
DOUBLED = (
    "2020年，全市网络零售额747.3亿元。\n\n二、主要目标\n\n到2025年，全市网络零售额达到{}亿元以上，比2020年翻一番。"
)
TABLE = "2020年，全市社会消费品零售总额{}亿元。\n\n主要指标\n\n指标名称\t单位\t2020年基数\t2025年预期值\n社会消费品零售总额\t亿元\t{}\t{}\n"


@pytest.mark.parametrize(
    ("rate", "verdict"), [("34.0", "holds"), ("34.1", "rounding"), ("47.4", "contradiction"), ("25.0", "contradiction")]
)
def test_a_growth_rate_follows_from_its_end_points(rate: str, verdict: str) -> None:
    assert verdicts("PA101", GREW.format(rate)) == [verdict]


@pytest.mark.parametrize(("rate", "verdict"), [("29.3", "holds"), ("27.7", "contradiction"), ("60.0", "contradiction")])
def test_a_whole_grows_as_its_parts_do(rate: str, verdict: str) -> None:
    assert verdicts("PA201", TRADE.format(rate)) == [verdict]


@pytest.mark.parametrize(
    ("whole", "verdict"),
    [("1807.40", "holds"), ("1807.39", "rounding"), ("1870.40", "contradiction"), ("1700.00", "contradiction")],
)
def test_exports_and_imports_make_trade(whole: str, verdict: str) -> None:
    text = f"2020年，全市外贸进出口总额{whole}亿元，其中出口1003.04亿元，进口804.36亿元。"
    assert verdicts("PA301", text) == [verdict]


@pytest.mark.parametrize(("part", "verdict"), [("66.0", "holds"), ("166.0", "contradiction")])
def test_a_part_is_not_larger_than_its_whole(part: str, verdict: str) -> None:
    text = f"2020年，全市网店总数达145.7万家，其中活跃零售网店{part}万家。"
    assert verdicts("PA302", text) == [verdict]


@pytest.mark.parametrize(("share", "verdict"), [("45.3", "holds"), ("45.2", "rounding"), ("53.4", "contradiction")])
def test_a_share_is_its_part_over_its_whole(share: str, verdict: str) -> None:
    text = f"2020年，全市注册网店总数达145.7万家，其中活跃零售网店66.0万家，占注册网店总数的{share}%。"
    assert verdicts("PA401", text) == [verdict]


@pytest.mark.parametrize(
    ("level", "verdict"), [("1700", "holds"), ("1495", "holds"), ("1400", "conflict"), ("2300", "tension")]
)
def test_a_promised_doubling_and_a_promised_level_agree(level: str, verdict: str) -> None:
    assert verdicts("PA501", DOUBLED.format(level)) == [verdict]


@pytest.mark.parametrize(
    ("text", "base", "verdict"),
    [("4238.3", "4238", "holds"), ("4238.3", "4239", "rounding"), ("4238.3", "4338", "contradiction")],
)
def test_the_table_says_what_the_text_says(text: str, base: str, verdict: str) -> None:
    assert verdicts("PA601", TABLE.format(text, base, "6000")) == [verdict]


@pytest.mark.parametrize(("target", "verdict"), [("6000", "holds"), ("4000", "conflict"), ("4238", "tension")])
def test_a_target_lies_beyond_what_is_reached(target: str, verdict: str) -> None:
    said = verdicts("PA801", TABLE.format("4238", "4238", target))
    assert said == [verdict]


def test_a_row_without_a_base_is_told() -> None:
    assert verdicts(
        "PA1102", TABLE.format("4238", "——", "6000").replace("2020年，全市社会消费品零售总额4238亿元。", "")
    ) == ["tension"]


@pytest.mark.parametrize(
    ("named", "verdict"), [("“六大体系”", "holds"), ("“七大体系”", "tension"), ("“五大体系”", "tension")]
)
def test_a_list_has_as_many_items_as_it_says(named: str, verdict: str) -> None:
    text = f"构建主体培育、信息共享、智能物流、电商信用、统计监测、风险防控{named}。"
    assert verdicts("PA303", text) == [verdict]


def test_two_readings_of_one_list_are_no_doubt() -> None:
    text = "推进金融业、现代物流业、商务服务业、研发设计和科技服务业等{}个生产性服务业发展。"
    assert verdicts("PA303", text.format(4)) == verdicts("PA303", text.format(5)) == ["holds"]


def test_two_documents_of_one_region_agree() -> None:
    one, two = "2020年，全市实际利用外资{}亿美元。", "2020年，全市实到外资24.7亿美元。"
    assert verdicts("PA701", one.format("24.7"), two) == ["holds"]
    assert verdicts("PA701", one.format("31.2"), two) == ["conflict"]


def test_per_mille_here_and_percent_there_cannot_both_be() -> None:
    one = "2020年，外贸出口占全国份额13.1‰。"
    two = "二、主要目标\n\n到2025年，外贸出口占全国份额保持在13{}左右。"
    assert verdicts("PA702", one, two.format("%")) == ["contradiction"]
    assert verdicts("PA702", one, two.format("‰")) == []


def test_a_deadline_that_moves_between_two_plans_is_told() -> None:
    text = "二、主要目标\n\n到{}年，建设国际合作基地、海外研发中心、海外创新孵化中心等20家以上。"
    assert verdicts("PA703", text.format(2025), text.format(2023)) == ["conflict"]
    assert "conflict" not in verdicts("PA703", text.format(2025), text.format(2025))


def test_a_share_cannot_be_kept_and_raised() -> None:
    one = "二、主要目标\n\n到2025年，外贸进出口总额达到2万亿元，占全国的份额进一步提升。"
    two = "指标名称\t单位\t2020年基数\t2025年预期值\n货物贸易进出口额占全国比重\t%\t3.04\t保持全国占比份额\n"
    assert verdicts("PA704", one, two) == ["conflict"]


def test_a_cumulative_target_fits_the_yearly_path() -> None:
    table = (
        "主要指标\n\n指标名称\t单位\t2020年基数\t2022年目标值\t2025年预期值\n服务贸易进出口总额\t亿元\t140\t170\t200\n"
    )
    text = "二、主要目标\n\n“十四五”期间，服务贸易进出口累计{}亿元。\n\n" + table
    for amount, verdict in (("880", "holds"), ("300", "contradiction"), ("760", "conflict"), ("1500", "conflict")):
        assert verdicts("PA901", text.format(amount)) == [verdict], amount


def test_a_cumulative_target_does_not_fall_below_the_last_period() -> None:
    text = "“十三五”期间，累计实际利用外资119.3亿美元。\n\n二、主要目标\n\n“十四五”时期，累计实际利用外资{}亿美元。"
    assert verdicts("PA803", text.format("130")) == ["holds"]
    assert verdicts("PA803", text.format("100")) == ["conflict"]


def test_shares_of_the_nation_imply_one_nation() -> None:
    heads = (HEAD, HEAD.replace("示例市", "样本市"))
    bodies = (
        "2020年，全市外贸出口总额{}亿元，占全国比重1.31%。",
        "2020年，全市外贸出口总额6407.0亿元，占全国比重3.57%。",
    )
    holds = findings("PA1201", bodies[0].format("2351.0"), bodies[1], heads=heads)
    off = findings("PA1201", bodies[0].format("2586.36"), bodies[1], heads=heads)
    assert [f.verdict for f in holds] == ["holds"]
    assert [f.verdict for f in off] == ["conflict"]


def test_a_city_lies_inside_its_province() -> None:
    heads = (
        "浙江省商务发展“十四五”规划\n\n浙江省人民政府\n\n一、现实基础\n\n",
        "宁波市商务发展“十四五”规划\n\n宁波市人民政府\n\n一、现实基础\n\n",
    )
    province, city = "2020年，全省网络零售额22600亿元。", "2020年，全市网络零售额{}亿元。"
    assert [f.verdict for f in findings("PA1203", province, city.format("2512"), heads=heads)] == ["holds"]
    assert [f.verdict for f in findings("PA1203", province, city.format("25120"), heads=heads)] == ["conflict"]


def test_a_document_without_numbers_has_nothing_to_check() -> None:
    assert audit_plans([("empty.txt", ""), ("words.txt", "示例市商务发展规划\n\n推动高质量发展。")]) == []


@pytest.mark.parametrize(
    ("rate", "verdict"),
    [("年均下降4.4%", "holds"), ("年均下降8.4%", "contradiction"), ("年均增长4.4%", "contradiction")],
)
def test_a_decline_is_a_growth_below_zero(rate: str, verdict: str) -> None:
    text = f"全市货物进口从2015年的100.0亿元下降到2020年的80.0亿元，{rate}。"
    assert verdicts("PA101", text) == [verdict]


def test_a_decline_and_its_last_figure_imply_a_larger_base() -> None:
    (found,) = findings("PA102", "2020年，全市外贸出口总额6407.0亿元，同比下降3.2%。")
    assert "6,618.8" in found.computation


@given(st.randoms(use_true_random=False), st.sampled_from([0.1, 0.5, 1.0]))
@settings(max_examples=examples(25), deadline=None, suppress_health_check=list(HealthCheck))
def test_no_numbers_whatever_break_the_audit(random: Random, share: float) -> None:
    odd = ("0", "0.0", "1", "100", "-5", "-100", "99999999999", "0.001", "12.5")
    documents = [
        (name, re.sub(r"\d+(?:\.\d+)?", lambda m: random.choice(odd) if random.random() < share else m.group(), text))
        for name, text in plans().items()
    ]
    for finding in audit_plans(documents):
        assert all(quote.doc in plans() for quote in finding.quotes)
        assert "nan" not in finding.computation


def test_a_share_above_the_whole_is_told_in_prose_and_in_tables() -> None:
    table = "主要指标\n\n指标名称\t单位\t2020年基数\t2025年预期值\n开发区出口额占全市比重\t%\t60.1\t{}\n"
    assert verdicts("PA405", table.format("65")) == []
    assert verdicts("PA405", table.format("104")) == ["contradiction"]
    prose = "2020年，全市数字服务进出口总额1807.39亿元，占服务贸易总额{}%。"
    assert verdicts("PA405", prose.format("42.1")) == []
    assert verdicts("PA405", prose.format("142.1")) == ["contradiction"]


def test_a_yearly_growth_leads_to_the_level_that_another_plan_asks_for() -> None:
    one = "2020年，全市服务贸易进出口额100.0亿元。\n\n二、主要目标\n\n到2025年，全市服务贸易进出口额达到{}亿元。"
    two = "二、主要目标\n\n“十四五”期间，服务贸易进出口额年均增长5%。"
    assert verdicts("PA1002", one.format("120"), two) == ["holds"]
    assert verdicts("PA1002", one.format("150"), two) == ["tension"]


def test_a_yearly_growth_leads_to_the_share_that_is_asked_for() -> None:
    table = (
        "二、主要目标\n\n“十四五”期间，实际利用外资年均增长{}%。\n\n主要指标\n\n指标名称\t单位\t2020年基数\t2025年预期值\n"
        "GDP总量\t亿元\t5781\t8400\n外商直接投资占GDP比重\t%\t0.9\t1.3\n"
    )
    assert verdicts("PA1003", table.format("18")) == ["holds"]
    assert verdicts("PA1003", table.format("10")) == ["tension"]


@pytest.mark.parametrize(("rate", "verdict"), [("14", "holds"), ("10", "conflict")])
def test_a_promised_rate_leads_from_one_promised_year_to_the_next(rate: str, verdict: str) -> None:
    text = f"二、主要目标\n\n力争2021年社会消费品零售总额达到2万亿元，2022年社会消费品零售总额增长{rate}%，达到2.28万亿元。"
    assert verdicts("PA101", text) == [verdict]


def test_value_added_grows_at_constant_prices() -> None:
    text = "全市GDP总量从2019年的5781亿元增长到2020年的6001亿元，同比增长2.3%。"
    assert verdicts("PA101", text) == ["tension"]


def test_half_a_year_and_the_year_are_two_figures() -> None:
    text = "2020年上半年，全市外贸出口总额1000.5亿元。\n\n2020年，全市外贸出口总额2386.36亿元。"
    assert verdicts("PA601", text) == []
    assert verdicts("PA601", text.replace("上半年", "")) == ["contradiction"]


def test_what_is_done_of_a_yearly_task_is_no_share() -> None:
    assert verdicts("PA405", "2020年，全市实际利用外资24.7亿美元，占年度任务的105%。") == []
