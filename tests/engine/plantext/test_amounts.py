"""Amounts as Chinese plans write them, and what is none."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commercebrain.engine.plantext.amounts import read_amounts
from commercebrain.engine.plantext.numbers import arabic, chinese

READ = [
    ("进出口规模达 2578.28 亿元", [(2578.28, "亿元", ">=")]),
    ("突破2万亿元大关", [(2, "万亿元", ">")]),
    ("占比达到1/3以上", [(0.3333, "", ">=")]),
    ("约占全国六分之一", [(0.1667, "", "=")]),
    ("比2020年翻一番", [(1, "番", "=")]),
    ("较2015年翻了四番多", [(4, "番", ">")]),
    ("基本实现翻番", [(1, "番", "~")]),
    ("增长了2.6倍", [(2.6, "倍", "=")]),
    ("增长了四倍", [(4, "倍", "=")]),
    ("年均增长6.5%左右", [(6.5, "%", "~")]),
    ("由12.3‰跃升到13.1‰", [(12.3, "‰", "="), (13.1, "‰", ">=")]),
    ("压缩到0.5个工作日以内", [(0.5, "个工作日", "<=")]),
    ("不低于120万立方米", [(120, "万立方米", ">=")]),
    ("控制在4.5%以内", [(4.5, "%", "<=")]),
    ("不超过3%", [(3, "%", "<=")]),
    ("低于3%", [(3, "%", "<")]),
    ("近30%", [(30, "%", "~")]),
    ("达100万人次以上", [(100, "万人次", ">=")]),
    ("集装箱吞吐量超过3200万标箱", [(3200, "万标箱", ">")]),
    ("45.6万TEU", [(45.6, "万TEU", "=")]),
    ("5平方公里", [(5, "平方公里", "=")]),
    ("1,234.5亿元", [(1234.5, "亿元", "=")]),
    ("覆盖率达**100%**", [(100, "%", ">=")]),
    ("居全国第二位", [(2, "位", "=")]),
    ("位列全省第10位", [(10, "位", "=")]),
    ("营业收入过万亿，", [(1, "万亿", ">")]),
    ("进出口突破千亿元，", [(1000, "亿元", ">")]),
    ("实现“零”的突破", [(1, "个", ">=")]),
    ("实现县域网点全覆盖", [(100, "%", "=")]),
    ("PM2.5 年均浓度", []),
    ("加快5G网络建设", []),
    ("世界500强企业", []),
    ("绍政发〔2021〕25号", []),
    ("“1+6”步行街", []),
    ("15分钟便民生活圈", [(15, "分钟", "=")]),
    ("第18届论坛", []),
    ("2021年8月16日", []),
    ("G60科创走廊", []),
    ("服务贸易2.0版", []),
    ("每12个月评估", []),
]


@pytest.mark.parametrize(("text", "expected"), READ, ids=[text for text, _ in READ])
def test_an_amount_is_read_as_it_is_written(text: str, expected: list[tuple[float, str, str]]) -> None:
    assert [(a.value, a.unit, a.comparator) for a in read_amounts(text)] == expected


def test_a_range_has_two_ends() -> None:
    (amount,) = read_amounts("培育3-5个千亿级平台")
    assert (amount.value, amount.high, amount.unit) == (3, 5, "个")


@given(st.integers(0, 10**9))
def test_chinese_numerals_come_back(number: int) -> None:
    import cn2an

    assert chinese(cn2an.an2cn(number)) == number


@given(st.floats(0, 1e9, allow_nan=False).map(lambda x: round(x, 2)))
def test_thousands_separators_do_not_change_a_number(number: float) -> None:
    assert arabic(f"{number:,.2f}") == pytest.approx(number)


@given(
    st.text(
        alphabet="0123456789.,一二三四五六七八九十百千万亿第全覆盖零翻番倍分之%‰个家元美吨/：:-—以上左右约超“”",
        max_size=60,
    )
)
def test_amounts_of_any_text_lie_inside_it_in_order(text: str) -> None:
    amounts = read_amounts(text)
    assert all(0 <= a.start < a.end <= len(text) for a in amounts)
    assert all(a.end <= b.start for a, b in itertools.pairwise(amounts))
