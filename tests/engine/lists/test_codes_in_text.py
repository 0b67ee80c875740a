"""Finding product codes in what people paste: what is one, what is none, and what is said of what could be."""

from __future__ import annotations

import csv
import itertools
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.engine.lists.test_product_codes import codes
from tests.real import PLANS

from commercebrain.engine.lists import find_codes

MEASURES = Path(__file__).parents[4] / "shared" / "data" / "trade_measures"
real = pytest.mark.skipif(not MEASURES.is_dir(), reason="needs ../shared/data/trade_measures, which is not here")


def digits(text: str, **how: bool) -> list[str]:
    return [one.digits + (f"–{one.through}" if one.through else "") for one in find_codes(text, **how) if not one.fault]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("税则号列 8501.10、8501.20；第84章; 8418.10至8418.69; ex 8708", ["850110", "850120", "84", "841810–841869", "8708"]),
        ("对原产于美国的税则号列 8703.2361、87032362 等商品加征25%关税，自2018年7月6日起实施。", ["87032361", "87032362"]),
        ("subheadings 8501.10.40, 8501.20 through 8501.40 and 8502.11.0000 of the HTSUS", ["85011040", "850120–850140", "8502110000"]),
        ("8501\n8502\n9403 家具\n8471 30 00\n", ["8501", "8502", "9403", "84713000"]),
        ("第84章至第85章", ["84–85"]),
        ("chapters 84 and 85, heading 8708", ["84", "85", "8708"]),
        ("第84、85、90章的商品，税号9503", ["84", "85", "90", "9503"]),
        ("商品编码：８５０１．１０（电动机）、８５０１．２０", ["850110", "850120"]),
        ("品目84.71、85.01项下的商品", ["8471", "8501"]),
        ("8418.10-69; 8501–8504", ["841810–841869", "8501–8504"]),
        ("HS8471.30 exports rose", ["847130"]),
        ("84\n85\n90", ["84", "85", "90"]),
        ("8471.30.01 00", ["8471300100"]),
        ("1. 8501.10 电动机\n2. 8501.20 交直流两用电动机\n", ["850110", "850120"]),
        ("The following tariff lines:\n  (1) 0101.21\n  (2) 0102.29\n", ["010121", "010229"]),
        ("涉案产品归在税号73066050和73066070项下", ["73066050", "73066070"]),
        ("税号 8501.10.00，加征25%；8502.11，加征10%", ["85011000", "850211"]),
        ("被调查产品归在《中华人民共和国进出口税则》：29023000。", ["29023000"]),
        ("CN codes ex 7318 12 90 and 7318 14 91 (TARIC code 7318 12 90 11)", ["73181290", "73181491", "7318129011"]),
        ("8712\u202f00\u202f30 and 8712\u00a000\u00a070 of the CN codes", ["87120030", "87120070"]),
        ("84713000.0\n1012100.0\n85011010.0", ["84713000", "01012100", "85011010"]),
        ("8471.30.01,8471.30.09\n8471.41.01,8471.49.00", ["84713001", "84713009", "84714101", "84714900"]),
        ("subheading 7210.30.0030 of the HTS for 2018 and 2019", ["7210300030"]),
    ],
)  # fmt: skip
def test_codes_are_found_as_people_write_them(text: str, expected: list[str]) -> None:
    assert digits(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "2025年工作要点：推动1000家企业，完成8000万元，20250721",
        "自2018.06.15起施行，公告〔2018〕5号，83 FR 28710",
        "电话0575-85123456，手机13857512345，邮编312000",
        "涉及金额1234.56亿元，同比增长12.5%，共8501家企业、8471个岗位",
        "统一社会信用代码91330203MA2GR4WN7B，ISBN 9787508612345",
        "Invoice 1234, total $ 8471.30, 8501.10 USD, page 8708 of 9000",
        "第3章 发展目标\n第4章 重点任务",
        "",
        "20180615",
    ],
)
def test_dates_amounts_telephones_and_documents_are_no_codes(text: str) -> None:
    assert find_codes(text) == []


def test_the_founding_documents_hold_no_codes_and_none_is_found_in_them() -> None:
    for path in PLANS.glob("*.txt"):
        assert find_codes(path.read_text(encoding="utf-8")) == [], path.name


def test_what_stands_among_codes_and_is_none_is_told_with_its_reason() -> None:
    text = "税号：8599、85011、7701.10、8501.10；heading 9903.88.03；税号8504至8501"
    told = {one.text: one.fault for one in find_codes(text)}
    assert [name for name, fault in told.items() if fault is None] == ["8501.10"]
    said = {name: fault.en for name, fault in told.items() if fault}
    assert "no heading 8599" in said["8599"].replace("There is ", "")
    assert "zero" in said["85011"] and "chapter" in said["7701.10"] and "not of goods" in said["9903.88.03"]
    assert "the wrong way round" in said["8504至8501"]


def test_a_part_of_a_code_is_marked() -> None:
    found = find_codes("税则号列ex 8708.29、部分8501、8502、ex8503")
    assert [(one.digits, one.ex) for one in found] == [
        ("870829", True), ("8501", True), ("8502", False), ("8503", True),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "listed", "out"),
    [
        ("加征范围为第84章（8471、8473除外）的商品", ["84"], ["8471", "8473"]),
        ("除税号9503、9504外，第95章商品加征10%", ["95"], ["9503", "9504"]),
        ("chapter 84 (except 8471 and 8473), chapter 85 excluding headings 8517 and 8542; 8601", ["84", "85", "8601"], ["8471", "8473", "8517", "8542"]),
        ("税目8471、8473除外，8501照征", ["8501"], ["8471", "8473"]),
        ("税目8501，不包括8501.10", ["8501"], ["850110"]),
    ],
)  # fmt: skip
def test_what_a_notice_excepts_is_found_and_left_out(text: str, listed: list[str], out: list[str]) -> None:
    found = find_codes(text)
    assert [code for one in found for code in one.codes] == listed
    assert [code for one in found for code in one.excepts] == out
    assert all(one.note is not None for one in found if one.excepted)


def test_a_cell_for_codes_that_holds_none_is_told() -> None:
    for text in ("hs_code,rate\n8.4713E+07,25\n85011010,25\n85012000,25", "85011010\n8.4713E+07\n85012000\n85013000"):
        wrong = [one for one in find_codes(text) if one.fault]
        assert [one.text for one in wrong] == ["8.4713E+07"]


def test_spans_give_the_text_as_it_was_pasted() -> None:
    text = "商品编码：８５０１．１０ 至 ８５０１．４０，第８４章"
    for one in find_codes(text):
        assert text[one.start : one.end] == one.text
    assert [one.text for one in find_codes(text)] == ["８５０１．１０ 至 ８５０１．４０", "第８４章"]


def test_in_a_csv_the_column_of_codes_is_read_and_the_amounts_are_not() -> None:
    text = "序号,税号,商品名称,金额\n1,08011100,干的椰子,84713000\n2,1012100,马,12011000\n3,77010000,无,85011000\n"
    found = find_codes(text)
    assert [(one.digits, one.fault is None) for one in found] == [
        ("08011100", True), ("01012100", True), ("77010000", False),
    ]  # fmt: skip
    assert found[1].note is not None and "01012100" in found[1].note.zh


def test_two_columns_of_codes_are_both_read() -> None:
    assert digits("HS6\tHS8\n847130\t84713000\n850110\t85011010\n") == ["847130", "84713000", "850110", "85011010"]


@given(
    st.lists(codes(lengths=(4, 6, 8, 10)), min_size=1, max_size=30),
    st.sampled_from(["\n", "、", ", ", "；", "\t\n", " "]),
)
def test_every_code_of_a_notice_is_found_in_order(given_: list[str], mark: str) -> None:
    written = [f"{one[:4]}.{one[4:6]}" if len(one) == 6 else one for one in given_]
    assert digits("税则号列：" + mark.join(written)) == given_


@given(st.lists(codes(lengths=(8, 10)), min_size=2, max_size=40, unique=True))
def test_a_pasted_column_comes_back_whole(given_: list[str]) -> None:
    found = find_codes("\n".join(f"{one[:4]}.{one[4:6]}.{one[6:]}" for one in given_))
    assert [one.digits for one in found] == given_
    assert not any(one.fault for one in found)


@given(st.text(alphabet="0123456789.-,、;至to第章税号税目exHS 年元%\n\t（）()五", max_size=120))
def test_no_text_breaks_it_and_spans_never_overlap(text: str) -> None:
    found = find_codes(text)
    for one in found:
        assert text[one.start : one.end] == one.text and one.start < one.end
    for one, after in itertools.pairwise(found):
        assert one.end <= after.start


@pytest.mark.parametrize(
    "text",
    [
        "税号" + "(,)" * 39 + "x8501",
        "税号8501" + "(和)" * 5_000 + "8502",
        "12\n\n" * 3_000 + "x",
        "第3" + " " * 60_000 + "x",
        "8501.10" + " " * 60_000 + "8501.20",
        "税号8501" + "、" * 60_000 + "8502",
        "1." * 30_000 + "x",
        "8" * 60_000,
        "除" * 30_000 + "8501",
        "8501.10-" * 5_000,
        '"' * 30_000 + ",8501\n" + '8501,"' * 5_000,
        "chapters 1, " * 5_000,
    ],
)
def test_text_that_is_made_to_be_slow_is_read_all_the_same(text: str) -> None:
    for one in find_codes(text):
        assert text[one.start : one.end] == one.text


@real
def test_every_code_of_anti_dumping_measures_is_found_whatever_its_length() -> None:
    with (MEASURES / "us_antidumping_measures_wto_1977_2019.csv").open(encoding="utf-8") as file:
        cells = [row["hs_codes"] for row in csv.DictReader(file)]
    told = [part.strip() for cell in cells for part in cell.split(",") if part.strip()]
    found = [one for cell in cells for one in find_codes(cell, only_codes=True)]
    assert [one.text for one in found] == told and len(told) > 7_000
    assert {len(one.digits) for one in found} >= {4, 6, 8, 10}
    assert [one.text for one in found if one.fault] == []


@real
def test_the_annex_of_2018_is_read_from_its_text_with_the_names_beside_the_codes() -> None:
    with (MEASURES / "china_retaliation_20180402_hs8_zh.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    notice = "附件：中止减让产品清单\n序号 税则号列 商品名称\n"
    notice += "\n".join(f"{row['seq']} {row['hs8']} {row['name_zh']}" for row in rows)
    assert digits(notice) == [row["hs8"] for row in rows]
    dotted = "、".join(f"{row['hs8'][:4]}.{row['hs8'][4:]}（{row['name_zh']}）" for row in rows)
    assert digits(f"对税则号列 {dotted} 加征关税") == [row["hs8"] for row in rows]


def test_codes_behind_a_heading_of_exceptions_are_excepted_and_those_behind_an_exception_are_not() -> None:
    told = find_codes("税号：0101.21、0101.29，除外：0101.2910、0101.2920")
    assert [(one.digits, one.excepted) for one in told] == [
        ("010121", False), ("010129", False), ("01012910", True), ("01012920", True),
    ]  # fmt: skip
    after = find_codes("税则号列8471除外、8501.10")
    assert [(one.digits, one.excepted) for one in after] == [("8471", True), ("850110", False)]
