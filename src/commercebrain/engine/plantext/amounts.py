"""Amounts in a text: a number with its unit, the words that say how it binds, and what is no amount at all.

:func:`read_amounts` looks at every run of digits or numerals once and decides with a bounded window around it, so
that time grows in proportion to the length of the text.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import cache
from typing import Literal

from commercebrain.engine.plantext.findings import Comparator
from commercebrain.engine.plantext.lexicon import any_of, words
from commercebrain.engine.plantext.numbers import arabic, chinese

Form = Literal[
    "money",
    "count",
    "measure",
    "percent",
    "point",
    "times",
    "ratio",
    "fraction",
    "rank",
    "full",
    "zero",
    "bare",
    "time",
]


@dataclass(frozen=True, slots=True)
class Amount:
    """An amount at ``start``–``end`` of a text; ``end`` is behind the unit and words such as 以上.

    ``value`` is the number as printed (2 for 2万亿元, 1 for 翻番, 100 for 全覆盖), ``unit`` with its scale as printed.
    """

    start: int
    end: int
    value: float
    high: float | None
    unit: str
    base_unit: str
    form: Form
    comparator: Comparator
    word: bool = False
    suffix: str = ""


_NUMBER = r"\d+(?:[,，]\d{3})*(?:\.\d+)?"
_RUN = re.compile(r"\d[\d,，.]*|[〇零一二两三四五六七八九十百千万亿]+|[全翻首]|“?零")
_CN_NUM = "一二两三四五六七八九十百千万亿零〇"


@cache
def _patterns() -> dict[str, re.Pattern[str]]:
    units = words("units")
    scales = any_of(units["scales"])
    money = any_of(units["money"])
    counters = any_of(units["counters"])
    measures = any_of(units["measures"])
    times = any_of(units["times"])
    unit = (
        rf"(?:(?P<point>个?百分点)|(?P<percent>[%‰])|(?P<times>倍)|(?P<fan>番)"
        rf"|(?P<scale>{scales})?\s*(?:(?P<time>{times})|(?P<money>{money})|(?P<measure>{measures})|(?P<count>{counters})(?!阶))"
        rf"|(?P<bare>{scales}))"
    )
    return {
        "digits": re.compile(
            rf"(?P<n>{_NUMBER})(?:\s*(?:[-—–~～]{{1,2}}|至|到)\s*(?P<h>{_NUMBER}))?[多余几]?\s*(?:\*\*)?\s*{unit}"
        ),
        "marked_range": re.compile(
            rf"(?P<n>{_NUMBER})\s*[%‰]\s*(?:[-—–~～]{{1,2}}|至|到)\s*(?P<h>{_NUMBER})\s*(?P<u>[%‰])"
        ),
        "ratio": re.compile(r"(?P<n>\d+(?:\.\d+)?)\s*[:：∶]\s*(?P<d>\d+(?:\.\d+)?)(?!\s*[:：∶\d])"),
        "fraction": re.compile(r"(?P<n>\d{1,2})\s*/\s*(?P<d>\d{1,3})(?![\d/.])"),
        "cn_fraction": re.compile(rf"(?P<d>[{_CN_NUM}]+)分之(?P<n>[{_CN_NUM}点]+)"),
        "cn_fan": re.compile(r"翻\s*(?:了)?\s*(?P<n>[一二两三四五六])?\s*番(?P<more>多)?"),
        "cn_times": re.compile(rf"(?P<n>[{_CN_NUM}]{{1,3}})倍"),
        "cn_money": re.compile(
            rf"(?P<n>[一二两三四五六七八九]?)(?P<s>万亿|千亿|百亿|十亿|亿|千万|百万|万)(?P<u>{money})?(?!级|以上|元|[企户]|规模|[一二三四五六七八九十百千])"
        ),
        "cn_count": re.compile(rf"(?P<n>[二两三四五六七八九十百]{{1,4}})(?P<count>{counters})"),
        "plain": re.compile(rf"{_NUMBER}"),
        "after": re.compile(
            rf"\s*(?:\*\*)?\s*(?:人民币)?\s*(?P<s>{any_of(['左右', '上下', '及以上', '以上', '以内', '之内', '以下', '多', '余'])})"
        ),
    }


@cache
def _comparators() -> tuple[re.Pattern[str], dict[str, Comparator]]:
    """The words before an amount that bind it, to be matched at the end of the text before it."""
    table: dict[str, Comparator] = {}
    signs: dict[str, Comparator] = {"above": ">", "at_least": ">=", "about": "~", "at_most": "<=", "below": "<"}
    for key, sign in signs.items():
        for word in words("words")["comparators"][key]:
            table[word] = sign
    for word in ("以上", "及以上", "左右", "上下", "以内", "以下", "之内", "多", "余", "有余", "破"):
        table.pop(word, None)
    table["破"] = ">"
    return re.compile(rf"({any_of(list(table))})(?:了|至|到|年均|[ \u3000“*])*$"), table


_FULL = re.compile(r"全(?:面)?覆盖(?!面|率|，?无死角)")
_FIRST = re.compile(r"首位")
_ZERO = re.compile(r"[“\"]?零[”\"]?的?突破")
_RANK = re.compile(
    rf"(?P<n>[{_CN_NUM}]{{1,3}}|\d{{1,3}})\s*(?:(?P<u>位|名)(?!专家|书记|党员)|(?P<big>大)(?=[^会道学厅街]{{0,6}}(?:方式|经济体|出口|市场|城市|省份|来源|国|地|港)))?"
)
_RANK_BEFORE = re.compile(
    r"(?:居|位列|位居|列|排名|排|名列|位次|跃居|跃升|升至|升到|重回|保持|稳居|全国|全省|全区|全市|国|省|城市|单列市|行业|前|进入|为|、|，|业|和|及|与)\s*第?\s*$"
)


def read_amounts(text: str) -> list[Amount]:
    """The amounts of ``text`` in order, none overlapping another."""
    found: list[Amount] = []
    at = 0
    for run in _RUN.finditer(text):
        if run.start() < at:
            continue
        amount = _at(text, run)
        if amount is not None:
            found.append(_bound(text, amount))
            at = found[-1].end
    return found


def _at(text: str, run: re.Match[str]) -> Amount | None:
    start = run.start()
    first = text[start]
    if first.isdigit():
        return _arabic(text, start)
    if first == "全":
        full = _FULL.match(text, start)
        return Amount(start, full.end(), 100.0, None, "%", "%", "full", "=", True) if full else None
    if first == "首":
        top = _FIRST.match(text, start)
        if top and re.search(r"(?:居|列|升至|占据|全国|全省|全区|全市)$", text[max(0, start - 3) : start]):
            return Amount(start, top.end(), 1.0, None, "位", "位", "rank", "=", True)
        return None
    zero = _ZERO.match(text, start)
    if zero:
        return Amount(start, zero.end(), 1.0, None, "个", "个", "zero", ">=", True)
    return _chinese(text, start)


def _arabic(text: str, start: int) -> Amount | None:
    before = text[start - 1 : start]
    if before and (
        (before.isascii() and before.isalpha()) or (before in "+＋/.〔[（(-—–~" and not _opens(text, start))
    ):
        return None
    ordinal = text.rfind("第", max(0, start - 2), start)
    if ordinal >= 0 and not text[ordinal + 1 : start].strip():
        return _rank(text, start, ordinal)
    kit = _patterns()
    fraction = kit["fraction"].match(text, start)
    if fraction and int(fraction["d"]) > int(fraction["n"]) > 0:
        value = round(int(fraction["n"]) / int(fraction["d"]), 4)
        return Amount(start, fraction.end(), value, None, "", "", "fraction", "=")
    ratio = kit["ratio"].match(text, start)
    if ratio and not re.match(r"\d+\s*[:：]\s*\d{2}(?!\d|\.)", text[start : start + 8]) and arabic(ratio["d"]) == 1:
        return Amount(start, ratio.end(), arabic(ratio["n"]), None, ":1", ":1", "ratio", "=")
    spread = kit["marked_range"].match(text, start)
    if spread:
        return Amount(
            start, spread.end(), arabic(spread["n"]), arabic(spread["h"]), spread["u"], spread["u"], "percent", "="
        )
    match = kit["digits"].match(text, start)
    if match is None:
        return None
    return _unit(text, start, match)


def _opens(text: str, start: int) -> bool:
    """Whether the sign before a digit opens a bracket or a dash rather than joining it to a name or a range."""
    return (text[start - 1] in "（([" and not re.match(r"\d+[)）]", text[start : start + 5])) or (
        text[start - 1] in "—–" and (start < 2 or not text[start - 2].isdigit())
    )


def _unit(text: str, start: int, match: re.Match[str]) -> Amount | None:
    value, high = arabic(match["n"]), arabic(match["h"]) if match["h"] else None
    end = match.end()
    following = text[end : end + 6]
    if high is not None and high <= value:
        return None
    if match["point"]:
        return Amount(start, end, value, high, match["point"], "百分点", "point", "=")
    if match["percent"]:
        return Amount(start, end, value, high, match["percent"], "%", "percent", "=")
    if match["times"]:
        return Amount(start, end, value, high, "倍", "倍", "times", "=")
    if match["fan"]:
        return Amount(start, end, value, high, "番", "番", "times", "=")
    if match["bare"]:
        scale = match["bare"]
        if scale in ("千", "百") or (
            re.match(r"[\u4e00-\u9fff]", following)
            and not re.match(r"以上|以下|左右|大关|迈|台阶|元|，|。|[的、和及]", following)
        ):
            return None
        return Amount(start, end, value, high, scale, "", "bare", "=")
    scale = match["scale"] or ""
    if match["money"]:
        unit = match["money"].replace("人民币", "") or "元"
        return Amount(start, end, value, high, scale + unit, unit, "money", "=")
    if match["time"]:
        return Amount(start, end, value, high, scale + match["time"], match["time"], "time", "=")
    unit = match["measure"] or match["count"]
    if not scale and _no_amount(text, match, following):
        return None
    return Amount(start, end, value, high, scale + unit, unit, "measure" if match["measure"] else "count", "=")


def _no_amount(text: str, match: re.Match[str], following: str) -> bool:
    """Whether a number and unit name something rather than count it (世界500强, 3大, 2.0版, 12个月)."""
    unit = match["measure"] or match["count"]
    if unit in ("个", "条") and following.startswith(("月", "季度", "工作日", "小时", "百分点", "五年", "百年")):
        return True
    if unit in ("点", "分", "位数", "级", "部", "届", "篇", "种", "类", "次", "单", "班", "列", "团", "张", "根", "度"):
        if unit in ("点", "级") or (unit == "部" and following.startswith(("委", "门", "分"))):
            return True
        if unit == "分" and following[:1] in "钟之":
            return True
        if unit == "类" and text[match.start() - 1 : match.start()] in "第":
            return True
    return unit == "村" or unit == "镇"


def _rank(text: str, start: int, ordinal_at: int) -> Amount | None:
    """第N位, 第N名, 第N at the end of a clause: a place in a ranking."""
    match = _RANK.match(text, start)
    if match is None:
        return None
    number = match["n"]
    value = float(number) if number.isdigit() else chinese(number)
    if value is None:
        return None
    after = text[match.end() : match.end() + 2]
    if match["u"] is None and match["big"] is None and not re.match(r"[，。；、！）)]|$|的|位|名", after):
        return None
    before = text[max(0, ordinal_at - 18) : ordinal_at]
    if not _RANK_BEFORE.search(before[-8:]) and not re.search(r"(?:居|列|排名|排在)[^，。；]{0,14}$", before):
        return None
    return Amount(ordinal_at, match.end(), value, None, "位", "位", "rank", "=", not number.isdigit())


def _chinese(text: str, start: int) -> Amount | None:
    kit = _patterns()
    if text[start - 1 : start] == "第":
        return _rank(text, start, start - 1)
    if text[start] == "翻":
        fan = kit["cn_fan"].match(text, start)
        if fan is None:
            return None
        number = chinese(fan["n"]) if fan["n"] else 1.0
        sign: Comparator = (
            ">" if fan["more"] else "~" if re.search(r"基本(?:实现)?$", text[max(0, start - 5) : start]) else "="
        )
        return Amount(start, fan.end(), number or 1.0, None, "番", "番", "times", sign, True)
    fraction = kit["cn_fraction"].match(text, start)
    if fraction:
        top, bottom = chinese(fraction["n"]), chinese(fraction["d"])
        if fraction["d"] == "百" and top:
            return Amount(start, fraction.end(), top, None, "%", "%", "percent", "=", True)
        if top and bottom:
            return Amount(start, fraction.end(), round(top / bottom, 4), None, "", "", "fraction", "=", True)
    times = kit["cn_times"].match(text, start)
    if times:
        number = chinese(times["n"])
        return Amount(start, times.end(), number, None, "倍", "倍", "times", "=", True) if number else None
    money = kit["cn_money"].match(text, start)
    if money and re.search(
        r"(?:突破|超过|过|破|超|达|达到|跃上|迈上|跨过|站上|逼近)$", text[max(0, start - 2) : start]
    ):
        return _cn_money(start, money)
    count = kit["cn_count"].match(text, start)
    if count and text[count.end() : count.end() + 1] not in "月百":
        number = chinese(count["n"])
        if number and number >= 2:
            return Amount(start, count.end(), number, None, count["count"], count["count"], "count", "=", True)
    return None


def _cn_money(start: int, money: re.Match[str]) -> Amount | None:
    """突破千亿元, 过万亿: a bare scale word stands for one of it."""
    scale, unit = money["s"], money["u"] or ""
    number = chinese(money["n"]) if money["n"] else 1.0
    if scale in ("千亿", "百亿", "十亿") and not money["n"]:
        number, scale = {"千亿": 1000.0, "百亿": 100.0, "十亿": 10.0}[scale], "亿"
    if not unit and scale in ("万", "百万", "千万"):
        return None
    form: Form = "money" if unit else "bare"
    return Amount(start, money.end(), number or 1.0, None, scale + unit, unit, form, "=", True)


def _bound(text: str, amount: Amount) -> Amount:
    """``amount`` with its comparator: the word behind it decides, else the word before it."""
    kit = _patterns()
    end = amount.end
    after = kit["after"].match(text, end)
    sign = amount.comparator
    suffix = ""
    if after and amount.form not in ("rank", "full", "zero"):
        suffix = after["s"]
        end = after.end()
        signs: dict[str, Comparator] = {
            "左右": "~",
            "上下": "~",
            "以内": "<=",
            "之内": "<=",
            "以下": "<=",
            "多": ">",
            "余": ">",
        }
        sign = signs.get(suffix, ">=")
    elif re.search(r"\d\s*[多余]", text[amount.start : end]):
        sign = ">"
    pattern, table = _comparators()
    before = pattern.search(text, max(0, amount.start - 10), amount.start)
    if before and amount.form not in ("rank", "full", "zero"):
        word = table[before[1]]
        if (word in (">", "<", "<=") and sign in ("=", ">=")) or sign == "=":
            sign = word
    if text[amount.start - 1 : amount.start] in "<＜≤" and amount.start:
        sign = "<" if text[amount.start - 1] != "≤" else "<="
    elif text[amount.start - 1 : amount.start] in ">＞≥" and amount.start:
        sign = ">" if text[amount.start - 1] != "≥" else ">="
    return replace(amount, end=end, comparator=sign, suffix=suffix)
