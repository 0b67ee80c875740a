"""A plan's text taken apart: paragraphs across page breaks, sections, boxes, tables, notes."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.engine.plantext.scoring import PLANS

from commercebrain.engine.plantext.markers import read_mark
from commercebrain.engine.plantext.structure import parse_structure


def kinds(text: str) -> list[tuple[str, str]]:
    return [(block.kind, block.text) for block in parse_structure(text).blocks]


@pytest.mark.parametrize("plan", PLANS, ids=lambda p: p.name[:3])
def test_block_text_is_the_document_without_line_breaks(plan) -> None:
    text = plan.read_text("utf-8")
    for block in parse_structure(text).blocks:
        assert "".join(text[block.start : block.end].splitlines()) == block.text
        assert all(text[block.offset(i)] == char for i, char in enumerate(block.text))
        assert block.end_offset(len(block.text)) == block.end


def test_a_sentence_cut_by_a_page_break_is_one_paragraph() -> None:
    text = "全市商务系统攻坚克难，全年完成境外工程营业额\n\n超过 10 亿美元。\n\n其他工作有序推进。"
    blocks = parse_structure(text).blocks
    assert [b.text for b in blocks] == [
        "全市商务系统攻坚克难，全年完成境外工程营业额超过 10 亿美元。",
        "其他工作有序推进。",
    ]


def test_a_page_number_inside_a_paragraph_is_stepped_over() -> None:
    text = "扩大利用外资规模，优化外资结构，\n— 12 —\n提升外资质量。"
    assert parse_structure(text).blocks[0].text == "扩大利用外资规模，优化外资结构，提升外资质量。"


def test_headings_of_every_level_become_a_tree() -> None:
    text = "\n".join(
        [
            "第一章 总体要求",
            "第一节 目标",
            "一、主要任务",
            "（一）扩大消费",
            "1. 提升商圈",
            "（1）改造步行街。做好工作。",
            "第二章 保障",
        ]
    )
    roots = parse_structure(text).sections
    assert [s.title for s in roots] == ["第一章 总体要求", "第二章 保障"]
    node, depth = roots[0], 0
    while node.children:
        node, depth = node.children[0], depth + 1
    assert depth == 5 and node.title == "（1）改造步行街"
    assert roots[0].end <= roots[1].start


def test_numbering_goes_on_behind_a_box() -> None:
    text = "\n\n".join(
        [
            "1. 扩大消费。做好工作。",
            "专栏 1：重点工程",
            "1. 商圈改造：推进改造。",
            "2. 冷链建设：推进建设。",
            "2. 稳定外贸。做好工作。",
        ]
    )
    sections = [block.section for block in parse_structure(text).blocks]
    assert sections[2] == ("1. 扩大消费", "专栏 1：重点工程"[:4], "1. 商圈改造") or "专栏" in sections[2][1]
    assert sections[-1] == ("2. 稳定外贸",)


def test_an_unnumbered_review_heading_is_a_heading() -> None:
    assert ("heading", "“十三五”时期的工作回顾") in kinds(
        "政府工作报告\n\n“十三五”时期的工作回顾\n\n过去五年，全市工作取得成绩。"
    )


def test_a_table_of_tabs_keeps_its_columns_unit_and_note() -> None:
    text = "专栏1 主要指标\n\n指标\t单位\t2020年\t2025年\n出口额\t亿元\t100\t150\n\t\t\t\n进口额\t亿元\t40\t〔90〕\n注：〔〕内为五年累计数。"
    table = parse_structure(text).tables[0]
    assert [cell.text for cell in table.headers[0]] == ["指标", "单位", "2020年", "2025年"]
    assert [cell.text for cell in table.rows[0].cells] == ["出口额", "亿元", "100", "150"]
    cell = table.rows[0].cells[2]
    assert text[cell.start : cell.end] == "100"


def test_a_table_parted_by_spaces_takes_the_line_above_as_its_header() -> None:
    text = "目标任务分解表\n单位：万美元\n责任单位 外贸出口目标 实到外资目标\n东城区 1900 300\n西城区 2000 1000"
    table = parse_structure(text).tables[0]
    assert [cell.text for cell in table.headers[0]] == ["责任单位", "外贸出口目标", "实到外资目标"]
    assert [cell.text for cell in table.rows[1].cells] == ["西城区", "2000", "1000"]


def test_a_decimal_at_the_head_of_a_line_is_no_heading() -> None:
    assert read_mark("2.5万亿元") is None
    assert read_mark("2.推动外贸") is not None


@given(st.text(alphabet="一二、（）()1.2专栏附件章第\n\t 。，；：注%亿元年a", max_size=200))
def test_any_text_is_taken_apart_without_losing_a_word(text: str) -> None:
    blocks = parse_structure(text).blocks
    for block in blocks:
        assert 0 <= block.start < block.end <= len(text)
    joined = "".join(block.text for block in blocks)
    kept = set("".join(text.split()))
    assert set("".join(joined.split())) <= kept
    assert all(a.end <= b.start for a, b in itertools.pairwise(blocks))


def test_lines_of_a_list_stay_apart() -> None:
    lines = [
        "新增国家级专精特新“小巨人”企业20家",
        "整备连片产业用地1.5平方公里以上",
        "新增商事主体10万户、上市企业10家以上",
        "打造6个高品质校园",
    ]
    assert [block.text for block in parse_structure("\n".join(lines)).blocks] == lines


def test_lines_broken_at_a_fixed_width_are_one_paragraph() -> None:
    text = "加快构建现代流通体系推动商贸物流提质降本增效促进内外贸一体化发展" * 4
    lines = [text[i : i + 30] for i in range(0, 120, 30)]
    assert len(parse_structure("\n".join([*lines, "并且完成。"])).blocks) == 1
