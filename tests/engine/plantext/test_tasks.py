"""A plan's tasks and their units: from clauses in prose, from tables, with the document's own rule of who
leads.
"""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.engine.plantext.scoring import PLANS, gold_rows, score

from commercebrain.engine.plantext.findings import TaskFinding
from commercebrain.engine.plantext.responsibility import find_clauses, lead_rules
from commercebrain.engine.plantext.structure import parse_structure
from commercebrain.engine.plantext.tasks import read_tasks
from commercebrain.engine.plantext.unit_lists import looks_like_unit, split_units


def tasks_of(text: str) -> list[TaskFinding]:
    found = read_tasks(parse_structure(text), "规划.txt")
    for task in found:
        assert text[task.start : task.end].replace("\n", "") == task.quote
        assert text.count("\n", 0, task.start) + 1 == task.line
    return found


def units(text: str) -> list[tuple[list[str], list[str]]]:
    return [(list(task.lead_units), list(task.responsible_units)) for task in tasks_of(text)]


def test_the_sample_plans_tasks_are_found_with_their_units() -> None:
    rows = []
    for path in PLANS:
        text = path.read_text("utf-8")
        found = read_tasks(parse_structure(text), path.name)
        for task in found:
            assert text[task.start : task.end].replace("\n", "") == task.quote
            assert 0 <= task.confidence <= 1
        rows += [json.loads(json.dumps(task.to_row())) for task in found]
    gold = gold_rows("task")
    assert set(gold[0]) <= set(rows[0])
    scores, missed, spurious = score("task", gold, rows)
    assert scores["detection"]["f1"] >= 0.98, (missed, spurious)
    assert scores["fields"]["lead_units"] >= 0.97
    assert scores["fields"]["responsible_units"] >= 0.97


# --- lists of units ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("各区、县〔市〕政府，滨海新区管委会", ["各区、县〔市〕政府", "滨海新区管委会"]),
        ("各市、县（市、区）人民政府", ["各市、县（市、区）人民政府"]),
        ("各县（市、区）人民政府、开发区管委会", ["各县（市、区）人民政府", "开发区管委会"]),
        ("各区县、市商务局", ["各区县", "市商务局"]),
        ("各镇、街道，市商务局", ["各镇、街道", "市商务局"]),
        ("市自然资源和规划局、市城管局及各区政府", ["市自然资源和规划局", "市城管局", "各区政府"]),
        ("市商务局 市财政局", ["市商务局", "市财政局"]),
        ("市发展\n改革委、市商务局。", ["市发展改革委", "市商务局"]),
        ("△市教育局，各区、县（市）政府", ["市教育局", "各区、县（市）政府"]),
        ("市商务局、市财政局等按职责分工负责", ["市商务局", "市财政局"]),
        ("市商务局（市口岸办）、杭州海关", ["市商务局（市口岸办）", "杭州海关"]),
        ("", []),
    ],
)
def test_a_list_of_units_is_split_where_units_end(text: str, expected: list[str]) -> None:
    assert split_units(text) == expected


UNIT = st.builds(
    lambda head, body, tail: head + body + tail,
    st.sampled_from(["市", "省", "县", ""]),
    st.sampled_from(["商务", "财政", "自然资源和规划", "农业农村", "市场监管", "人力资源社会保障"]),
    st.sampled_from(["局", "厅", "委"]),
)


@given(st.lists(UNIT, min_size=1, max_size=8), st.lists(st.sampled_from("、，；,"), min_size=8, max_size=8))
def test_units_joined_by_any_separator_come_back_in_order(names: list[str], separators: list[str]) -> None:
    text = names[0] + "".join(s + n for s, n in zip(separators, names[1:], strict=False))
    assert split_units(text) == names
    assert all(map(looks_like_unit, names))


@given(st.text(alphabet="市商务局牵头配合责任单位：；，。、（）〔〕△ \n各区县由负责", max_size=120))
def test_clauses_never_overlap_and_stay_within_the_text(text: str) -> None:
    end = 0
    for clause in find_clauses(text, lead_rules(text)):
        assert end <= clause.start < clause.end <= len(text)
        assert clause.lead or clause.joining
        end = clause.end


# --- clauses -------------------------------------------------------------------------------------------

ITEM = "1. 引进高质量项目。深化合作，引进一批高质量外资项目，扩大利用外资规模。"


@pytest.mark.parametrize(
    ("clause", "lead", "joining"),
    [
        (
            "（牵头单位：市商务局；责任单位：市发改委，各区、县〔市〕政府）",
            ["市商务局"],
            ["市发改委", "各区、县〔市〕政府"],
        ),
        ("（牵头部门：市商务局；配合单位：市财政局、市外办）", ["市商务局"], ["市财政局", "市外办"]),
        ("（责任单位：市商务局、市财政局）", [], ["市商务局", "市财政局"]),
        ("（责任单位：市商务局；配合单位：市财政局）", ["市商务局"], ["市财政局"]),
        ("（市商务局牵头，市财政局、各区县政府配合）", ["市商务局"], ["市财政局", "各区县政府"]),
        ("（商务部牵头，发展改革委、财政部按职责分工负责）", ["商务部"], ["发展改革委", "财政部"]),
        ("（商务厅、财政厅按职责分工负责）", [], ["商务厅", "财政厅"]),
        ("（省商务厅会同省财政厅负责）", ["省商务厅"], ["省财政厅"]),
        (
            "（省科技厅、工业和信息化厅按职责分工负责，各地级以上市人民政府结合实际落实）",
            [],
            ["省科技厅", "工业和信息化厅", "各地级以上市人民政府"],
        ),
        ("（市商务局、市财政局，各区县政府，排名第一的为牵头单位）", ["市商务局"], ["市财政局", "各区县政府"]),
        ("（牵头领导：张三；牵头单位：市商务局；责任人：李四；配合单位：市财政局）", ["市商务局"], ["市财政局"]),
        ("\n\n**责任单位：**市商务局、市财政局", [], ["市商务局", "市财政局"]),
        ("（省工业和信息化厅牵头）", ["省工业和信息化厅"], []),
        ("由市商务局牵头，市财政局、杭州海关配合。", ["市商务局"], ["市财政局", "杭州海关"]),
        (
            "〔责任单位：省商务厅、省市场监管局按职责分工负责。以下不再列出。〕",
            [],
            ["省商务厅", "省市场监管局"],
        ),
        ("(牵头单位:市商务局;责任单位:市财政局)", ["市商务局"], ["市财政局"]),
        ("（牵头单位：市商务局  责任单位：市编办、各区县政府）", ["市商务局"], ["市编办", "各区县政府"]),
        (
            "\n\n责任单位：市商务局、市财政局，\n\n各区、县（市）政府",
            [],
            ["市商务局", "市财政局", "各区、县（市）政府"],
        ),
        ("\n\n牵头单位：市商务局\n\n配合单位：市财政局", ["市商务局"], ["市财政局"]),
        ("（市商务局、各区县政府）", [], ["市商务局", "各区县政府"]),
    ],
)
def test_each_way_of_naming_units_is_read(clause: str, lead: list[str], joining: list[str]) -> None:
    (task,) = tasks_of(f"二、重点任务\n\n{ITEM}{clause}\n\n2. 优化环境。持续优化营商环境。\n")
    assert (list(task.lead_units), list(task.responsible_units)) == (lead, joining)
    assert task.title == "引进高质量项目" and task.number == 1 and task.section == "二、重点任务"


def test_the_first_unit_leads_where_the_document_says_so() -> None:
    text = (
        "二、重点\n\n（一）开拓市场。支持企业参展。\n\n责任单位：市商务局、市财政局；列第一位的为牵头单位，下同。\n\n"
        "（二）引进外资。招大引强。\n\n责任单位：各区、县（市）政府，市商务局\n"
    )
    assert units(text) == [(["市商务局"], ["市财政局"]), (["各区、县（市）政府"], ["市商务局"])]
    assert [task.number for task in tasks_of(text)] == ["二（一）", "二（二）"]


def test_a_sentence_about_units_is_no_task() -> None:
    text = (
        "三、保障措施\n\n（一）加强领导。各责任单位要加强协调，由牵头部门负责落实（含续建项目，由企业自行推进）。\n\n"
        "（二）强化考核。各牵头单位：要按时报送进展情况，推动工作落实。\n"
    )
    assert tasks_of(text) == []


def test_two_clauses_in_one_item_are_two_tasks() -> None:
    text = "（一）扩大开放。放宽准入。（省商务厅牵头）完善统计监测。（省统计局牵头，省商务厅配合）\n"
    assert units(text) == [(["省商务厅"], []), (["省统计局"], ["省商务厅"])]
    assert [task.title for task in tasks_of(text)] == ["扩大开放", "完善统计监测"]


def test_a_heading_on_its_own_line_gives_the_title() -> None:
    text = (
        "第一章 总则\n\n第一节 主要任务\n\n1. 培育外贸新业态\n\n"
        "建设综合试验区，\n支持海外仓建设。（牵头单位：市商务局）\n"
    )
    (task,) = tasks_of(text)
    assert task.title == "培育外贸新业态" and task.section == "第一节 主要任务"
    assert task.quote.startswith("1. 培育外贸新业态建设综合试验区，支持海外仓")


def test_units_after_the_last_part_belong_to_the_whole() -> None:
    text = (
        "（一）提升能级\n\n1. 建设平台。\n\n（1）建设园区，完善配套。\n\n（2）引进机构，集聚人才。"
        "\n\n责任单位：市商务局\n\n"
        "2. 壮大主体。\n"
    )
    (task,) = tasks_of(text)
    assert task.title == "建设平台" and "（2）引进机构" in task.quote


def test_a_deadline_in_the_clause_is_kept() -> None:
    (task,) = tasks_of(f"{ITEM}（责任单位：市商务局；完成时限：2023年12月底）\n")
    assert task.deadline == "2023年12月底" and list(task.responsible_units) == ["市商务局"]


# --- tables --------------------------------------------------------------------------------------------

TABLE = (
    "附件 2\n\n2020 年重点工作责任清单\n\n序号\t主要内容\t工作任务\t责任单位\n"
    "1\t打造时尚之都\t举办布商大会。\t△柯桥区政府，市经信局\n2\t拓展市场\t支持企业参展。\t市商务局\n\n"
    "3\t引进学校\t启动建设国际学校。\t△市教育局，各区、县（市）政府\n\n注：打“△”为牵头单位。\n"
)


def test_marked_units_lead_and_rows_without_a_mark_have_no_lead() -> None:
    assert units(TABLE) == [
        (["柯桥区政府"], ["市经信局"]),
        ([], ["市商务局"]),
        (["市教育局"], ["各区、县（市）政府"]),
    ]
    first = tasks_of(TABLE)[0]
    assert (first.number, first.title, first.quote) == (1, "打造时尚之都", "举办布商大会。")
    assert (first.list, first.deadline) == ("annex2", "2020")
    assert first.section == "附件 2 2020 年重点工作责任清单"


def test_other_marks_lead_where_a_note_explains_them() -> None:
    assert units(TABLE.replace("△", "*")) == units(TABLE)
    unexplained = TABLE.replace("△", "*").replace("注：打“*”为牵头单位。", "")
    assert [lead for lead, _ in units(unexplained)] == [[], [], []]


def test_columns_of_lead_and_joining_units_are_told_apart() -> None:
    text = (
        "序号\t任务名称\t牵头单位\t配合单位\t完成时限\n1\t建设平台\t市商务局\t市财政局、市外办\t2023年6月\n"
        "2\t引进外资\t市投资促进局\t\t2023年12月\n"
    )
    assert units(text) == [(["市商务局"], ["市财政局", "市外办"]), (["市投资促进局"], [])]
    assert [task.deadline for task in tasks_of(text)] == ["2023年6月", "2023年12月"]


def test_a_units_cell_merged_down_holds_for_the_rows_below() -> None:
    text = "序号\t工作任务\t责任单位\n1\t支持企业参展，开拓市场。\t市商务局\n2\t建设海外仓，提升服务。\t\n"
    assert units(text) == [([], ["市商务局"]), ([], ["市商务局"])]


def test_rows_whose_cells_only_spaces_part_are_read() -> None:
    text = (
        "附件：任务分解表 序号 名称 工作任务 牵头责任单位\n\n一、预期目标\n\n1 地区生产总值增长7%以上. "
        "发改委\n\n"
        "2 社会消费品零售总额增长8.5%左右. 商务局、财政局\n"
    )
    assert units(text) == [(["发改委"], []), (["商务局", "财政局"], [])]


def test_a_table_of_indicators_is_no_table_of_tasks() -> None:
    assert tasks_of("序号\t指标\t单位\t2025年\n1\t出口额\t亿元\t3000\n2\t进口额\t亿元\t400\n") == []
