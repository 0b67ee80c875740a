"""Times in a plan: years, five-year periods, what is compared with what, and the plan's own years."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from commercebrain.engine.plantext.numbers import chinese
from commercebrain.engine.plantext.particulars import read_particulars
from commercebrain.engine.plantext.structure import Structure

Span = tuple[int, int]
Role = Literal["at", "goal", "base", "from"]
MarkKind = Literal["year", "span", "each", "mean", "whole", "compare", "years"]

#: 十一五 … 十六五: the five-year plans by their ordinal (the tenth ran 2001–2005).
_ORDINAL = {"十": 10, "十一": 11, "十二": 12, "十三": 13, "十四": 14, "十五": 15, "十六": 16}
_DASH = r"\s*(?:[-—–~～]{1,2}|至|到)\s*"
_TIME = re.compile(
    rf"(?P<a>(?:19|20)\d\d)\s*年?{_DASH}(?P<b>(?:19|20)\d\d|\d\d(?=年))\s*年?(?!均)"
    r"|(?P<y>(?:19|20)\d\d)\s*年(?!均)"
    r"|(?P<p>十[一二三四五六]?)五(?=[”’\"」]|规划|时期|期间|末|以来|期末|[^年\d十百千万个家条项大分])"
    r"|(?P<c>[二一][〇○零九][〇○零一二三四五六七八九]{2})年"
    r"|(?P<n>[一二三四五六七八九十两]|\d{1,2})\s*年(?=累计|来)"
    r"|(?P<w>每年|每半年|年均|平均每年|全年|(?<![一二三四五六七八九十两几\d])年内|今年|明年|本年|去年|上年|同比|年度)"
)
_BASE_BEFORE = re.compile(r"(?:较|比|与|相比|高于|同|对比|超过|继|距)[“\"‘ \u3000]*$")
_BASE_AFTER = re.compile(
    r"[”\"’]?(?:时期|期间|期末|末|底|年)*\s*(?:相比|基础上|增长了?(?=\d)|翻|的[约近]?[\d.一二两三四五六七八九十]+倍)"
)
_FROM_BEFORE = re.compile(r"(?:由|从|自)[“\"‘ \u3000]*$")
_GOAL_BEFORE = re.compile(r"(?:到|至|截至|截止|截止到)[“\"‘ \u3000]*$")
_NAME_AFTER = re.compile(r"[”\"’」]?\s*(?:(?:规划|计划|方案|纲要|目标)[^期，。]{0,4}|[^，。；]{0,24}》|[开良起]局)")
_END_AFTER = re.compile(r"[”\"’」]?\s*(?:期|规划)?末|[”\"’」]?\s*期初")
_RANGE = re.compile(rf"((?:19|20)\d\d)\s*年?{_DASH}((?:19|20)\d\d)")
_GOAL_YEAR = re.compile(r"(?:到|至)\s*(20\d\d)\s*年")
_NUMBER_YEAR = re.compile(r"[〔\[【（(]\s*((?:19|20)\d\d)\s*[〕\]】）)]\s*\d+\s*号")
_ANNUAL = re.compile(
    r"((?:19|20)\d\d)\s*年(?!\s*\d{1,2}\s*月|\s*实际|\s*基数)(?:[^，。；,;\s]| (?! )){0,30}?(?:计划|任务|目标|要点|工作安排|行动|方案|报告)"
)
#: Behind the name of a plan: a title that tells what became of it plans for no year.
_CARRIED_OUT = re.compile(r"(?:责任|任务|目标|实施|中期|终期)*(?:的)?(?:考核|评估|评价|执行|完成|落实|进展|情况)")
#: “2026年是…开局之年”: words spoken in that year, or just before it.
_YEAR_OF = re.compile(r"(20\d\d)\s*年[，,]?是[^。；\d]{0,60}?(?:之年|的一年|第一年|首年)")
#: “十五五”时期…的总体要求, …主要目标: the years that are planned for.
_OF_TERM = re.compile(
    r"(十[一二三四五六]?)五[”\"’」]?(?:时期|期间)[^。；]{0,24}?(?:总体要求|目标(?!任务(?:圆满|全面|顺利)))"
)
#: What stands before a document's number where the document is only cited.
_CITES = re.compile(r"(?:根据|按照|依据|遵照|贯彻|落实|结合|为了|参照)[^。]*《[^。]*$")
_NEXT_YEAR = re.compile(
    r"((?:19|20)\d\d)\s*年.{0,12}(?:重点工作|工作安排|工作打算|主要任务|目标任务|工作部署|工作重点|总体要求|主要工作)"
)
_FIVE_YEARS = re.compile(r"(?:过去|近|五年来)(?:的)?五年|五年(?:来|工作)")
_REVIEW = re.compile(r"((?:19|20)\d\d)\s*年[^，。；\n]{0,20}?(?:回顾|执行情况|完成情况|考核结果|总结)")


@dataclass(frozen=True, slots=True)
class TimeMark:
    """A word of time at ``start``–``end`` of a text; ``span`` is a year twice or a period of years."""

    start: int
    end: int
    kind: MarkKind
    span: Span | None
    role: Role = "at"
    word: str = ""


@dataclass(frozen=True, slots=True)
class PlanYears:
    """A document's own years: when published, what it plans for, what it looks back on (None where unsaid)."""

    published: int | None
    plan: Span | None
    horizon: int | None
    review: Span | None
    annual: bool

    @property
    def review_year(self) -> int | None:
        """The last year that the document looks back on."""
        return self.review[1] if self.review else None


def five_years(ordinal: str) -> Span | None:
    """The years of a five-year plan: 十四 → (2021, 2025)."""
    number = _ORDINAL.get(ordinal)
    return (1951 + 5 * number, 1955 + 5 * number) if number else None


def read_times(text: str) -> list[TimeMark]:
    """The words of time in ``text``, in order."""
    marks: list[TimeMark] = []
    for match in _TIME.finditer(text):
        mark = _mark(text, match)
        if mark is not None:
            marks.append(mark)
    return marks


def _mark(text: str, match: re.Match[str]) -> TimeMark | None:
    start, end = match.span()
    before, after = text[max(0, start - 5) : start], text[end : end + 32]
    group = match.lastgroup
    if group == "w":
        word = match["w"]
        kinds: dict[str, MarkKind] = {"每年": "each", "每半年": "each", "平均每年": "each", "年均": "mean"}
        return TimeMark(
            start, end, kinds.get(word, "compare" if word in ("同比", "去年", "上年") else "whole"), None, word=word
        )
    if group == "n":
        count = chinese(match["n"]) or float(match["n"])
        return TimeMark(start, end, "years", (0, int(count)))
    span: Span | None
    kind: MarkKind = "year"
    if group == "b":
        first = int(match["a"])
        last = int(match["b"]) if len(match["b"]) == 4 else first // 100 * 100 + int(match["b"])
        if not first < last <= first + 30:
            return None
        span, kind = (first, last), "span"
    elif group == "y":
        span = (int(match["y"]), int(match["y"]))
    elif group == "c":
        digits = re.sub("[〇○]", "零", match["c"])
        year = int("".join(str("零一二三四五六七八九".index(c)) for c in digits))
        span = (year, year)
    else:
        span = five_years(match["p"])
        if span is None:
            return None
        if _NAME_AFTER.match(after) and not re.match(r"[”\"’」]?\s*规划?(?:时期|期间|末|以来)", after):
            return None
        kind = "span"
        ended = _END_AFTER.match(after)
        if ended:
            year = span[0] - 1 if "期初" in ended.group() else span[1]
            span, kind = (year, year), "year"
    role: Role = "at"
    if _BASE_BEFORE.search(before) or (_BASE_AFTER.match(after) and not re.match(r"增长", after)):
        role = "base"
    elif _FROM_BEFORE.search(before):
        role = "from"
    elif _GOAL_BEFORE.search(before):
        role = "goal"
    return TimeMark(start, end, kind, span, role)


def plan_years(structure: Structure) -> PlanYears:
    """The document's own years, from its title, number, dates and headings."""
    text = structure.text
    head = text[:1500]
    titles = [block.text for block in structure.blocks[:14] if block.kind in ("title", "heading")]
    titles += re.findall(r"《([^《》]{4,80})》", head)[:1]
    # The document's own number comes before those that it quotes.
    first = structure.blocks[0].text if structure.blocks else ""
    published, sure = _published(text, titles, first)
    plan, annual = _plan(structure, titles, head, published)
    if published is None and plan is None:
        for block in structure.blocks:
            named = _NEXT_YEAR.search(block.text) if block.kind == "heading" else None
            if named:
                published, plan, annual = int(named[1]), (int(named[1]),) * 2, True
                break
    if published is None and plan is None:
        told_of = [int(year) for year in _YEAR_OF.findall(text[:20000])]
        published = max(told_of, default=None)
    review = _review(structure, plan, published, annual)
    if plan is None and published is None and review is None:
        told = None if _GOAL_YEAR.search(head) else re.search(r"((?:19|20)\d\d)\s*年", head)
        year = int(told[1]) if told else None
        ahead = told is not None and re.match(r"[^。]{0,40}(?:将|目标|力争|确保)", head[told.end() :])
        if year is not None and (ahead or re.search(r"方案|计划|规划|意见|目标任务", head[:80])):
            plan, annual = (year, year), True
        elif year is not None:
            review = (year, year)
    if published is None:
        published = plan[0] if plan else None
    if published is None and review:
        published = review[1] + 1
    horizon = plan[1] if plan else None
    if annual and review and review[1] - review[0] >= 3:
        # A report on five years that plans for five more: its goals without a year are the later ones.
        horizon = None
    if horizon is None:
        goals = [int(year) for year in _GOAL_YEAR.findall(text[:20000]) if not published or int(year) >= published]
        goals += [int(year) for year in re.findall(r"(20\d\d)\s*年底?前", text[:20000])] if not goals else []
        horizon = goals[0] if goals else published if sure else None
    return PlanYears(published, plan, horizon, review, annual)


def _published(text: str, titles: Sequence[str], first: str) -> tuple[int | None, bool]:
    """The year of issue, and whether the document says so itself: one that it cites is only not later."""
    issued = read_particulars(text).issued_on
    if issued is not None:
        return issued.year, True
    for line in (*titles, first):
        number = _NUMBER_YEAR.search(line)
        if number:
            return int(number[1]), not _CITES.search(line, max(0, number.start() - 200), number.start())
    dated = re.search(r"([二一][〇○零九][〇○零一二三四五六七八九]{2})年[一二三四五六七八九十]{1,2}月", text[:2000])
    if dated:
        digits = re.sub("[〇○]", "零", dated[1])
        return int("".join(str("零一二三四五六七八九".index(c)) for c in digits)), True
    head = text[:1500]
    numbers = [
        (int(match[1]), not _CITES.search(head, max(0, match.start() - 200), match.start()))
        for match in _NUMBER_YEAR.finditer(head)
    ]
    return max(numbers) if numbers else (None, True)


def _plan(structure: Structure, titles: Sequence[str], head: str, published: int | None) -> tuple[Span | None, bool]:
    """The years that the document plans for, and whether it is a plan of one year."""
    for line in titles:
        span = _RANGE.search(line)
        if span and re.search(r"(?:规划|计划|方案|纲要)[^，。]{0,8}评估|实施情况$", line[span.end() :][:60]):
            continue
        if span and int(span[1]) < int(span[2]):
            return (int(span[1]), int(span[2])), False
    term = re.search(r"(?:规划期|规划期限|期限|实施期)[^。]{0,12}?" + _RANGE.pattern, structure.text[:6000])
    if term:
        return (int(term[1]), int(term[2])), False
    for line in titles:
        ordinal = re.search(r"(十[一二三四五六]?)五[”\"’」]?[^，。]{0,16}(?:规划|方案|计划|纲要)", line)
        if ordinal and not _CARRIED_OUT.match(line, ordinal.end()):
            return five_years(ordinal[1]), False
    for line in titles:
        for year in _ANNUAL.finditer(line):
            if not _CARRIED_OUT.match(line, year.end()):
                return (int(year[1]), int(year[1])), True
    named = re.search(r"(十[一二三四五六]?)五[”\"’」]?(?:规划|时期|期间)", head[:600])
    for match in _RANGE.finditer(structure.text[:6000]):
        first, last = int(match[1]), int(match[2])
        if first < last and published is not None and published <= first <= published + 1:
            quoted = structure.text.rfind("《", 0, match.start())
            if quoted < 0 or "》" in structure.text[quoted : match.start()]:
                return (first, last), False
    if named and _GOAL_YEAR.search(structure.text[:6000]) and not re.search(r"报告|回顾", head[:200]):
        span5 = five_years(named[1])
        if span5 and (published is None or span5[0] - 1 <= published <= span5[1]):
            return span5, False
    term = _OF_TERM.search(head)
    if term and published is None:
        return five_years(term[1]), False
    for year in _ANNUAL.finditer(head):
        if _CARRIED_OUT.match(head, year.end()):
            continue
        if published is None or 0 <= int(year[1]) - published <= 1:
            return (int(year[1]), int(year[1])), True
    return None, False


def _review(structure: Structure, plan: Span | None, published: int | None, annual: bool) -> Span | None:
    """The years that the document looks back on."""
    for block in structure.blocks:
        if block.kind in ("heading", "title") and len(block.text) < 60:
            year = _REVIEW.search(block.text)
            if year:
                return int(year[1]), int(year[1])
            if published is not None and _FIVE_YEARS.search(block.text) and "回顾" in block.text:
                return published - 5, published - 1
            ordinal = re.search(r"(十[一二三四五六]?)五[”\"’」]?.{0,12}(?:回顾|成就|成效|成绩|基础|评估)", block.text)
            if ordinal:
                return five_years(ordinal[1])
    for block in structure.blocks[:60]:
        if block.kind == "prose" and (
            "现状" in str(block.section[:1]) or "基础" in str(block.section) or not block.section
        ):
            ordinal = re.search(
                r"(?<![较比与是于])(?<![较比与是于][“\"])(十[一二三四五六]?)五[”\"’」]?(?:时期|期间|以来)",
                block.text[:60],
            )
            if ordinal and _OF_TERM.match(block.text, ordinal.start()):
                continue
            span = five_years(ordinal[1]) if ordinal else None
            if span and (plan is None or span[1] < plan[1]) and (published is None or span[1] <= published + 1):
                return span
    if plan and not annual and plan[1] - plan[0] == 4:
        return plan[0] - 5, plan[0] - 1
    if annual and plan:
        return plan[0] - 1, plan[0] - 1
    if published is not None:
        return published - 1, published - 1
    return None
