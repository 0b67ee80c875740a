"""Cells of a table that promise in words: 保持稳定, 稳步提高, 高于全省平均水平; no number, but a direction."""

from __future__ import annotations

import re
from typing import Literal, NamedTuple

from commercebrain.engine.plantext.findings import Comparator

_LONGEST = 20
_MANNER = r"(?:持续|稳步|逐步|逐年|不断|进一步|明显|显著|大幅|大幅度|较大幅度|稳中|总体|基本|平稳|有所|稳定|合理|继续|力争|确保|实现|保持)*"
_UP = re.compile(rf"{_MANNER}(?:有升|提升|提高|上升|增长|扩大|增加|改善|优化|提质|向好)")
_DOWN = re.compile(rf"{_MANNER}(?:有降|下降|降低|减少|缩小|压缩|缩短|压减|回落)")
_HOLD = re.compile(r"(?:总体|基本|继续|力争|确保)*(?:保持|维持|稳定|不变|持平|平稳)")
_BOUND = re.compile(r"(?:力争|确保|保持|达到|稳定)*(不低于|不少于|不高于|不超过|高于|超过|优于|低于|小于)")
_BOUNDS: dict[str, tuple[Comparator, Literal["up", "down"]]] = {
    "不低于": (">=", "up"), "不少于": (">=", "up"), "高于": (">", "up"), "超过": (">", "up"), "优于": (">", "up"),
    "不高于": ("<=", "down"), "不超过": ("<=", "down"), "低于": ("<", "down"), "小于": ("<", "down"),
}  # fmt: skip


class WordTarget(NamedTuple):
    """Where an indicator is to go, and how the value reached compares with the one to start from or to beat."""

    comparator: Comparator
    direction: Literal["up", "down", "hold"]


def word_target(cell: str) -> WordTarget | None:
    """The promise of a cell without a number, or None where the cell promises nothing in words."""
    words = re.sub(r"\s+", "", cell)
    if not words or len(words) > _LONGEST or re.search(r"\d|[。；，]", words):
        return None
    bound = _BOUND.match(words)
    if bound:
        return WordTarget(*_BOUNDS[bound[1]])
    if _UP.match(words):
        return WordTarget(">", "up")
    if _DOWN.match(words):
        return WordTarget("<", "down")
    return WordTarget("~", "hold") if _HOLD.match(words) else None
