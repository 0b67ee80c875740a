"""One name for one indicator, whatever a plan calls it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commercebrain.engine.planaudit import names


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("外贸出口总额", "货物贸易出口额"),
        ("全市外贸进出口总额", "进出口贸易总额"),
        ("实到外资额", "累计实际利用外资额"),
        ("网络零售额", "网络零售交易额"),
        ("累计备案（核准）中方投资额", "备案中方投资额"),
        ("跨境电子商务进出口额", "跨境电商"),
        ("国内社会消费品零售总额", "社会消费品零售总额"),
        ("服务贸易进出口总额", "服务贸易"),
    ],
)
def test_names_of_one_indicator_are_one(one: str, other: str) -> None:
    assert names.stem(one) == names.stem(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("合同外资额", "实际利用外资额"),
        ("出口额", "进口额"),
        ("跨境网络零售额", "网络零售额"),
        ("农村网络零售额", "网络零售额"),
    ],
)
def test_names_of_different_indicators_stay_apart(one: str, other: str) -> None:
    assert names.stem(one) != names.stem(other)


@pytest.mark.parametrize(
    ("name", "part", "whole"),
    [
        ("外贸出口占全国份额", "出口", "全国"),
        ("出口份额占比全国比重", "出口", "全国"),
        ("开发区出口额占全市比重", "开发区出口", ""),
        ("数字服务进出口总额占服务贸易总额比重", "数字服务", "服务贸易"),
        ("高技术外资占比", "高技术外资", ""),
    ],
)
def test_a_share_has_a_part_and_a_whole(name: str, part: str, whole: str) -> None:
    assert names.share(name) == (part, whole)


def test_a_counted_thing_is_known_by_its_end_unless_that_says_nothing() -> None:
    assert names.same_thing("样板县", "省级数字生活新服务样板县")
    assert not names.same_thing("试点企业", "外贸综合服务试点企业")
    assert not names.same_thing("特色镇", "样板县")


@given(st.text(alphabet="出口进贸易额总累计全市网络零售（）“” 的占比重", max_size=20))
def test_no_name_breaks_the_reading_of_names(name: str) -> None:
    assert isinstance(names.stem(name), str)
    assert len(names.share(name)) == len(names.ratio(name)) == 2
