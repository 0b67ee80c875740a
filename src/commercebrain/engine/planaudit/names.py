"""One name for one indicator: what a plan calls 外贸出口总额 here and 货物贸易出口额 there."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any

from commercebrain.engine.yaml_text import read_yaml

_BRACKETS = re.compile(r"\([^()]*\)")
_MARKS = re.compile(r"[\s“”\"'*《》、,]")
_SHARE = re.compile(
    r"^(?P<part>.*?)(?:的?(?:份额|比重|比例))?(?:占比?(?P<whole>.*?)|比重)的?(?:比重|份额|比例|的)?(?:增量)?$"
)
_RATIO = re.compile(r"^(?P<part>.+?)(?:相当于|与)(?P<whole>.+?)(?:的?比例|之比|比)?$")
_HOME = ("全市", "全省", "全区", "全县", "本市", "本省")


@dataclass(frozen=True, slots=True)
class Partition:
    """A whole's parts; ``complete`` when there are no others."""

    parts: tuple[str, ...]
    complete: bool


@cache
def lexicon() -> dict[str, Any]:
    """``catalogue/planaudit/names.yaml``."""
    text = files("commercebrain.catalogue").joinpath("planaudit/names.yaml").read_text("utf-8")
    loaded: dict[str, Any] = read_yaml(text)
    return loaded


@cache
def partitions() -> tuple[Partition, ...]:
    """The lexicon's wholes and parts."""
    return tuple(Partition(tuple(p["parts"]), bool(p["complete"])) for p in lexicon()["partitions"])


@cache
def _edges() -> tuple[re.Pattern[str], re.Pattern[str]]:
    before = sorted(lexicon()["drop_before"], key=len, reverse=True)
    after = sorted(lexicon()["drop_after"], key=len, reverse=True)
    return re.compile(f"^(?:{'|'.join(before)})+(?=.)"), re.compile(f"(?<=.)(?:{'|'.join(after)})+$")


@lru_cache(maxsize=8192)
def stem(name: str) -> str:
    """``name`` without what changes from mention to mention: 全市外贸出口总额 → 出口; 进出口额 → 进出口."""
    text = unicodedata.normalize("NFKC", name)
    text = _MARKS.sub("", _BRACKETS.sub("", text))
    head, tail = _edges()
    text = head.sub("", text)
    for long, short in lexicon()["same"]:
        text = text.replace(long, short)
    text = head.sub("", tail.sub("", text))
    if text in ("外贸", "贸易", "外贸进出口", "对外贸易"):
        return "进出口"
    if text.endswith("进出口") and text != "进出口":
        return text.removesuffix("进出口")
    return text


def children(whole: str, part: str) -> str:
    """The name of a whole's part: 数字服务 + 出口 → 数字服务出口, 进出口 + 出口 → 出口."""
    if part in ("出口", "进口"):
        return part if whole == "进出口" else whole + part
    return part + whole


@lru_cache(maxsize=8192)
def share(name: str) -> tuple[str, str]:
    """(part, whole) of a share's name; the whole is empty where it is the region's own or is not said."""
    text = _MARKS.sub("", unicodedata.normalize("NFKC", name))
    match = _SHARE.match(text) if "占" in text or text.endswith("比重") else None
    if match is None:
        return stem(text), ""
    whole = re.sub(r"的?(?:比重|份额|比例)$", "", match["whole"] or "")
    return stem(match["part"]), "" if whole in _HOME else stem(whole)


@lru_cache(maxsize=2048)
def ratio(name: str) -> tuple[str, str]:
    """(first, second) of a ratio's name: 出口与进口比例 → 出口, 进口."""
    text = _MARKS.sub("", unicodedata.normalize("NFKC", name))
    match = _RATIO.match(text)
    if match is None:
        return stem(text), ""
    first, second = stem(match["part"]), stem(match["whole"])
    if first in ("出口", "进口") or not first.endswith(("出口", "进口")):
        return first, second
    # 货物贸易出口与进口: what stands before the first flow belongs to both.
    return first, (first[:-2] + second if second in ("出口", "进口") else second)


@lru_cache(maxsize=2048)
def same_thing(one: str, two: str) -> bool:
    """Whether one name of a counted thing is the other with more before it: 样板县, 数字生活新服务样板县."""
    short, long = sorted((one, two), key=len)
    if len(short) < 3 or not long.endswith(short):
        return False
    rest = short
    for word in lexicon()["generic"]:
        rest = rest.replace(word, "")
    return bool(rest)


@lru_cache(maxsize=2048)
def subject(name: str, region: str) -> str:
    """Which goods or partners a name is about, without flow and region: 宁波与中东欧国家进出口 → 中东欧国家."""
    text = name
    for word in (region, region.rstrip("省市县区"), *lexicon()["flow_words"]):
        if word:
            text = text.replace(word, "")
    return text
