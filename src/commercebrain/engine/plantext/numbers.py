"""Numbers as plans write them: Arabic, full-width, Chinese numerals, fractions, with 万 and 亿."""

from __future__ import annotations

import re
from functools import lru_cache

import cn2an

CHINESE = "〇零一二两三四五六七八九十百千万亿半"
#: Full-width digits and signs to plain ones, each one character wide so that positions stay.
NARROW = str.maketrans("０１２３４５６７８９％．＋－～＜＞［］／", "0123456789%.+-~<>[]/")
SCALE = {
    "万亿": 1e12,
    "千亿": 1e11,
    "百亿": 1e10,
    "十亿": 1e9,
    "亿": 1e8,
    "千万": 1e7,
    "百万": 1e6,
    "十万": 1e5,
    "万": 1e4,
    "千": 1e3,
    "百": 1e2,
}
_FOLDED = re.compile(
    r"(?<!\d),|,(?!\d)|(?<![\d:]):(?!\d)|:(?=\D)|;|\(|\)|(?<=[\u4e00-\u9fff%]),|(?<=[\u4e00-\u9fff%”）)])\.(?=\s|$|[\u4e00-\u9fff])"
)
_WIDE = {",": "，", ":": "：", ";": "；", "(": "（", ")": "）", ".": "。"}
_GROUPED = re.compile(r"(?<=\d)[,，](?=\d{3})")


def normal(text: str) -> str:
    """``text`` with plain digits and Chinese punctuation, every character in its place.

    Many copies of official documents on the web have their punctuation folded to half width.
    """
    narrow = text.translate(NARROW)
    return _FOLDED.sub(lambda match: _WIDE[match.group()], narrow)


def arabic(text: str) -> float:
    """The value of an Arabic number, thousands separators allowed."""
    return float(_GROUPED.sub("", text))


@lru_cache(maxsize=4096)
def chinese(text: str) -> float | None:
    """The value of a Chinese numeral (十二, 三百二十, 两千, 一点五, 二〇三五), or None where it is none."""
    if not text:
        return None
    try:
        return float(cn2an.cn2an(text.replace("两", "二").replace("〇", "零"), "smart"))
    except (ValueError, KeyError, IndexError):
        return None


def plain(value: float) -> float | int:
    """``value`` as an int where it is whole, so that rows print 3000 and not 3000.0."""
    return int(value) if value == int(value) and abs(value) < 1e15 else value
