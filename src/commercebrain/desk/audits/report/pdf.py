"""The report as PDF, typeset by Typst with the fonts that this machine has."""

from __future__ import annotations

import dataclasses
import json
from functools import cache
from pathlib import Path

import typst

from commercebrain.desk.audits.report.content import Report
from commercebrain.engine.errors import UserError

TEMPLATE = Path(__file__).with_name("report.typ")
#: For each part of an official document the fonts wanted, the best first; the last ones are in every distribution.
WANTED = {
    "title": ("FZXiaoBiaoSong-B05S", "STZhongsong", "FandolSong", "Noto Serif CJK SC", "Source Han Serif SC", "SimSun"),
    "heading": ("SimHei", "FandolHei", "Noto Sans CJK SC", "Source Han Sans SC", "WenQuanYi Zen Hei"),
    "body": (
        "FangSong_GB2312", "FangSong", "STFangsong", "FandolFang R", "Noto Serif CJK SC", "Source Han Serif SC",
        "Noto Sans CJK SC", "AR PL UMing CN", "WenQuanYi Zen Hei",
    ),
}  # fmt: skip


@cache
def _families() -> frozenset[str]:
    return frozenset(typst.Fonts().families())


def fonts() -> dict[str, list[str]]:
    """The fonts of this machine for each part; every part falls back to any of the others.

    Raises :class:`UserError` where there is no Chinese font at all: the page would show boxes.
    """
    known = _families()
    every = [name for names in WANTED.values() for name in names if name in known]
    if not every:
        raise UserError(
            "audits.no_font",
            "服务器上没有可用的中文字体，无法生成 PDF；请安装 fonts-noto-cjk，或改为下载 Word 版。",
            "This server has no Chinese font, so no PDF can be made; install fonts-noto-cjk, or take the Word version.",
        )
    return {part: list(dict.fromkeys([n for n in names if n in known] + every)) for part, names in WANTED.items()}


def to_pdf(report: Report) -> bytes:
    """The report as a PDF file. Texts go in as data, never as markup."""
    data = {**dataclasses.asdict(report), "fonts": fonts()}
    made = typst.compile(TEMPLATE, format="pdf", sys_inputs={"report": json.dumps(data, ensure_ascii=False)})
    return bytes(made)
