"""A monthly bulletin as Word: one page in the fonts of official documents, red head, table, three sentences, notes."""

from __future__ import annotations

from typing import Any

from commercebrain.desk.bulletins.models import Bulletin
from commercebrain.desk.core.official import BODY, CENTER, HEADING, KAI, RED, TITLE, Paper

HEAD = "月度快报"
FOOT = "发送：局领导、各处室，各区县商务主管部门"
FLASH = "快报数，尚待核定"
SYNTHETIC = "演示数据：示例市及其区县为虚构，本期数字全部由程序合成，不对应任何真实地区。"


def frame(row: Bulletin) -> dict[str, str]:
    """What stands around the text: head, number, unit, day, signature, mark, foot; Chinese, as the document is."""
    again = f"（第{row.revision}次印发）" if row.revision > 1 else ""
    return {
        "head": HEAD,
        "number": f"{row.year}年第{row.number}期{again}",
        "unit": row.unit.name_zh,
        "day": f"{row.issued_on.year}年{row.issued_on.month}月{row.issued_on.day}日",
        "sign": "签发：＿＿＿＿＿＿",
        "synthetic": SYNTHETIC if row.synthetic else "",
        "foot": FOOT,
    }


def headers(content: dict[str, Any]) -> list[str]:
    """The table's headings; January–February has no single month."""
    unit = content["unit"]
    single = [f"当月\n（{unit}）", "同比\n（%）"] if content["single"] else []
    return ["区县", *single, f"累计\n（{unit}）", "同比\n（%）", "拉动\n（百分点）", "占比\n（%）", "增速\n位次"]


def cells(content: dict[str, Any], line: dict[str, Any]) -> list[str]:
    """One line of the table as printed."""
    single = ["month", "month_growth"] if content["single"] else []
    wanted = [*single, "ytd", "ytd_growth", "pull", "share"]
    rank = "—" if line["rank"] is None else str(line["rank"])
    total = line["region"] == content["region"]
    told = ["" if total and what in ("pull", "share") else line[what]["text"] for what in wanted]
    return ["全市" if total else line["name"], *told, "" if total else rank]


def notes(row: Bulletin) -> list[str]:
    """What stands below the table, in Chinese as the document is."""
    content = row.content
    told = [f"{FLASH}；数据截至{content['as_of']}，“—”表示未报或无法计算。"]
    if row.late:
        told.append(f"{'、'.join(row.late)}截至印发时未报送，未作任何估计。")
    if row.content["lines"] and any(
        line["reported"] and line["pull"]["value"] is None for line in row.content["lines"]
    ):
        told.append("部分区县拉动无法计算：上年同期数未入库或合计暂缺。")
    told += [one["zh"] for one in content["notes"]]
    told.append("拉动＝本区县累计增量÷全市上年同期累计数；位次按累计同比排列。")
    return told


def to_docx(row: Bulletin) -> bytes:
    """The file."""
    content, told = row.content, frame(row)
    paper = Paper(row.title, compact=True)
    paper.paragraph(told["head"], TITLE, 36, align=CENTER, color=RED, line=46)
    paper.paragraph(told["number"], KAI, 14, align=CENTER, line=22)
    line = "　　　　".join((told["unit"], told["day"], told["sign"]))
    paper.paragraph(line, KAI, 14, align=CENTER, line=24, rule=True)
    paper.paragraph(row.title, TITLE, 20, align=CENTER, heading=0, line=32, space=8)
    if told["synthetic"]:
        paper.paragraph(told["synthetic"], HEADING, 10.5, align=CENTER, line=16)
    for sentence in row.sentences:
        paper.paragraph(sentence, BODY, 15, indent=True, line=24)
    paper.paragraph("", size=6, line=8)
    rows = [cells(content, line) for line in (content["total"], *content["lines"])]
    widths = [24.0, *([23.0, 18.0] if content["single"] else []), 25.0, 18.0, 20.0, 18.0, 15.0]
    paper.table([h.replace("\n", "") for h in headers(content)], rows, size=12, line=20, widths=widths)
    paper.paragraph("", size=6, line=6)
    for number, text in enumerate(notes(row), 1):
        paper.paragraph(f"注{number}：{text}", KAI, 11, line=16)
    paper.paragraph(told["foot"], BODY, 12, line=20, space=6)
    return paper.to_bytes()
