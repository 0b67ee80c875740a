"""Whatever it is given, the reader answers, and what it says stands in the text."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.engine.plantext.scoring import PLANS

from commercebrain.engine.plantext.reader import read_plan

WORDS = st.sampled_from(
    [
        "到2025年",
        "2020年，",
        "“十三五”期间",
        "“十四五”",
        "全市",
        "力争",
        "出口额",
        "社会消费品零售总额",
        "占全国比重",
        "年均增长",
        "同比增长",
        "达到",
        "突破",
        "由",
        "从",
        "提高到",
        "分别",
        "、",
        "和",
        "，",
        "。",
        "；",
        "（",
        "）",
        "：",
        "\n",
        "\n\n",
        "\t",
        "100亿元",
        "3-5个",
        "6.5%",
        "12.3‰",
        "0.5个百分点",
        "1/3",
        "六分之一",
        "翻两番",
        "2.6倍",
        "第五位",
        "全国第一",
        "全覆盖",
        "“零”的突破",
        "1.5:1",
        "[130]",
        "<34",
        "一、发展基础",
        "二、主要目标",
        "（一）",
        "1.",
        "专栏1",
        "附件",
        "注：",
        "指标\t单位\t2020年\t2025年",
        "企业",
        "家",
        "项目",
        "其中",
        "累计",
        "每年",
        "较2015年",
        "总投资1亿美元以上项目25个",
        "左右",
        "以上",
        "**100%**",
        "等20家",
        "示例市",
        "东湖市、西山市",
        "的",
        "每半年",
        "①",
    ]
)


@settings(max_examples=150, deadline=None)
@given(st.lists(WORDS, max_size=40).map("".join))
def test_statements_made_of_plan_words_are_read_in_place(text: str) -> None:
    for finding in read_plan(text, "a.txt"):
        row = finding.to_row()
        assert 0 <= row["start"] < row["end"] <= len(text)
        if row["type"] != "task":
            assert "".join(text[row["start"] : row["end"]].splitlines()) == row["quote"]
            assert row["indicator"]
            assert 0 < row["confidence"] <= 1


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=300))
def test_text_of_any_kind_is_read_without_an_error(text: str) -> None:
    read_plan(text, "a.txt")


def test_nothing_to_read_gives_nothing() -> None:
    assert read_plan("", "a.txt") == []
    assert read_plan("\n\n \t\n", "a.txt") == []


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 4), st.integers(0, 20000), st.integers(50, 3000))
def test_any_stretch_of_a_plan_is_read_in_place(plan: int, start: int, size: int) -> None:
    whole = PLANS[plan].read_text("utf-8")
    text = whole[start % len(whole) :][:size]
    for finding in read_plan(text, "a.txt", ("target", "fact")):
        row = finding.to_row()
        assert "".join(text[row["start"] : row["end"]].splitlines()) == row["quote"]


def test_the_same_plan_twice_gives_each_statement_twice() -> None:
    text = PLANS[3].read_text("utf-8")
    once = read_plan(text, "a.txt", ("target",))
    twice = read_plan(text + "\n\n" + text, "a.txt", ("target",))
    assert len(twice) == 2 * len(once)
