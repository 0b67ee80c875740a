"""Whether a sentence promises or reports: what its headings say, what its times say, what its words say."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from typing import Literal

from commercebrain.engine.plantext.dates import PlanYears, TimeMark
from commercebrain.engine.plantext.lexicon import any_of, words

_NUMBER = re.compile(
    r"[ \u3000]*(?:[一二三四五六七八九十]{1,3}、|第[一二三四五六七八九十]{1,3}[章节][ \u3000]*|[（(][一二三四五六七八九十百\d]{1,4}[）)]|\d{1,3}[.、．])[ \u3000]*"
)
Tense = Literal["target", "fact"]
_ENDS_BACK = re.compile(
    r"(?<![和与及、])(?:(?:完成|执行|实现|落实|推进|进展|达成)(?:的)?(?:情况|进度|结果)|回顾|评估|总结)[ \u3000）)]*$"
)


@cache
def _patterns() -> tuple[re.Pattern[str], ...]:
    lexicon = words("tense")
    return (
        re.compile(f"{any_of(lexicon['past_headings'])}|基础(?!{any_of(lexicon['foundation_names'])})"),
        re.compile(any_of(lexicon["future_headings"])),
        re.compile(f"(?:{any_of(lexicon['future_verbs'])})(?!基础|现状|条件|成就|成效|回顾|环境|形势|历程|优势)"),
        re.compile(any_of(lexicon["goal_words"])),
        re.compile(any_of(lexicon["done_words"])),
    )


#: Words by which a sentence promises, whatever stands above it. 争取到 and 确保了 report.
_PROMISES = re.compile(
    r"目标(?:任务)?(?:主要|分别|定|确定)*(?:是|为|有|包括|如下|[:：])"
    r"|(?:今年|明年|年内|(?:19|20)\d\d\s*年|今后|未来)[^，。；]{0,24}?(?:力争|计划(?!单列|经济|执行|生育)|确保(?!了)|将(?!近)|拟(?!定|订))"
    r"|(?:力争|争取|确保|计划)(?!投资|总投资|生育|单列)[^，。；]{0,8}?(?:完成(?!率|情况|度)|达|实现|突破|超过|引进|建成|新增|培育)(?!了)"
    r"|(?:力争|争取|确保|计划|拟|将)(?:在|于|到|年内|全年|今年|明年|再|新|至少|完成|达|实现|突破|超过|引进|建成|建设|培育|打造|增长|使)(?!了)"
    r"|今后[一二三四五两几\d]{1,2}年|未来[一二三四五两几\d]{1,2}年"
)
#: Words that no promise has, whatever heading it stands under.
_REACHED = re.compile(r"创(?:[^，。；]{0,8})(?:新高|历史)|历史最高|过去(?:的|这)?一年|已(?:经)?累计")
#: “去年，全市…”: a sentence that begins with the year before.
_LAST_YEAR = re.compile(
    r"[^，。；]{0,6}?(?<![比较与同于])(?:去年|上年|上一年|前年)(?:度|全年|以来|底|末)?(?:[，,]|全|我|[^，。；]{0,14}?(?:实现|完成|达|增长|增|为))"
)
_LAID_DOWN = re.compile(r"提出|明确|确定|制定|印发|出台|部署")
#: Words by which a sentence reports.
_REPORTS = re.compile(
    r"过去(?:的|这)?[一三五]?年|过往[三五]年|一年来|五年来|去年以来|新高(?!度|地|峰)|历史最高|(?<![^。；，\s])(?:目前|近年来|多年来)|已(?:经)?(?:累计|完成|实现|达|建成|突破)|累计(?:完成|实现)|截至|截止|得到了|取得了|初步核算"
    r"|(?<!在)(?:上半年|前三季度|一季度)(?![^，。；]{0,12}(?:前|要|力争|确保))"
    r"|(?<!确保)(?<!力争)(?<!努力)(?<!争取)(?<!推动)(?<!要)(?:超额|圆满|提前|顺利|如期)[^，。；]{0,8}?(?:完成|实现|达到)"
)


#: “超额完成…目标：”: the goals that follow have been reached.
_FULFILLED = re.compile(
    r"(?<!确保)(?<!力争)(?<!努力)(?<!争取)(?<!推动)(?<!要)(?:超额|圆满|提前|顺利|如期)[^，。；]{0,8}?(?:完成|实现|达到)[^，。；]{0,20}?(?:目标|任务|计划)[^，。；]{0,4}[：:]"
)


def looks(text: str) -> Tense | None:
    """Which way ``text`` looks by its own words: that of the last word of promise or report in it."""
    ahead = back = -1
    if _FULFILLED.search(text):
        return "fact"
    for match in _PROMISES.finditer(text):
        ahead = match.start()
    for match in _REPORTS.finditer(text):
        back = match.start()
    return None if ahead == back else "target" if ahead > back else "fact"


@cache
def heading_tense(section: tuple[str, ...]) -> Tense | None:
    """What the headings above a block say: the outermost that says anything decides."""
    past, future, verbs, _, _ = _patterns()
    for depth, title in enumerate(section):
        short = title[:40]
        looks_back = past.search(short)
        # A heading promises by its noun (目标) or when it begins with a verb (加快…); 规模持续扩大 does not.
        number = _NUMBER.match(short)
        noun = future.search(short)
        verb = verbs.match(short, number.end() if number else 0)
        if verb and looks_back and looks_back.group() in words("tense")["objects_of_work"]:
            looks_back = None  # 加快补齐短板
        looks_forward = noun or (None if looks_back else verb)
        if looks_back and noun and _ENDS_BACK.search(title[:60]):
            return "fact"  # 主要目标完成情况: the last word is what the section is about
        if looks_back and looks_forward:
            # “现实基础与发展目标”: the headings inside decide; in a run-in heading of a task 问题 is its object.
            if depth == 0 and len(section) > 1:
                continue
            return "fact" if looks_back.start() < looks_forward.start() and depth <= 1 else "target"
        if looks_back and (depth <= 1 or len(short) <= 20):
            return "fact"
        if looks_forward:
            return "target"
    return None


_GOAL_LINE = re.compile(
    r"[^，。；：:]{2,30}(?:增长|达到?|突破|超过|提高|下降|降低|降至|控制在|保持在?|完成|稳定在|实现|新增|不低于|力争)[^，。；：:]{0,12}\d[^，。；：:]{0,12}"
    r"|(?:力争|确保)?(?:新增|净增|培育|引进|建成|打造|新建|创建|举办|带动|完成)[^，。；：:\d]{2,24}\d[^，。；：:]{0,12}"
)


def is_goal(section: tuple[str, ...]) -> bool:
    """Whether the innermost heading of ``section`` is itself a goal: “（一）…增长7%以上” under “…预期目标”."""
    if len(section) < 2 or not re.search(r"目标|指标", section[-2][:60]):
        return False
    number = _NUMBER.match(section[-1])
    words_of = section[-1].rstrip(" \u3000，,；;。")
    return _GOAL_LINE.fullmatch(words_of, number.end() if number else 0) is not None


#: A title of these tells what became of the goals that it names.
_RESULTS = re.compile(
    r"(?:考核|评估|评价|检查|验收|督查)(?:的)?(?:结果|情况|报告)|(?:完成|执行|落实|进展|实现)情况(?:的?(?:通报|评估|报告|总结))?[ \u3000]*$|的通报"
)
#: A report's work shared out among offices is work to do.
_SHARED_OUT = re.compile(r"(?:任务|责任|工作|目标|项目)(?:的)?(?:分解|分工)|任务清单")


def document_tense(titles: Sequence[str]) -> Tense | None:
    """What the document's title says: a plan promises, a report reports."""
    for line in titles:
        title = _name(line)
        if _RESULTS.search(title):
            return "fact"
        if _SHARED_OUT.search(title):
            return "target"
        if re.search(r"报告工作|工作报告", title):
            return "fact"
        if re.search(r"规划|计划|方案|意见|目标|任务|纲要|措施|要点|细则|若干", title):
            return "target"
        if re.search(r"报告|亮点|回顾|公报|总结|成就|综述", title):
            return "fact"
    return None


def _name(line: str) -> str:
    """The name in a line of the head: the line itself, or the document that a sentence names first."""
    if "。" not in line[:200]:
        return line[:60]
    named = re.search(r"《([^《》]{4,80})》", line[:200])
    return line[:60] + named[1] if named else ""


def sentence_tense(
    sentence: str, marks: Sequence[TimeMark], years: PlanYears, heading: Tense | None, before: Tense | None
) -> Tense:
    """Whether the amounts of ``sentence`` are promised or reported.

    ``heading`` is what the headings say, ``before`` what the sentence before was found to be.
    """
    _, _, _, goal, done = _patterns()
    published = years.published
    promises = _PROMISES.search(sentence) is not None
    reports = _REPORTS.search(sentence) is not None
    laid_down = promises or _LAID_DOWN.search(sentence, 0, 30)
    if heading != "fact" and not laid_down and _LAST_YEAR.match(sentence):
        return "fact"
    if heading != "fact" and promises and not (reports or done.search(sentence)):
        return "target"
    if heading is None and _FULFILLED.search(sentence):
        return "fact"
    if heading is None and (reports or "同比" in sentence) and not (promises or goal.search(sentence)):
        return "fact"
    for mark in marks:
        if mark.span is None or mark.role == "base" or mark.kind == "years":
            continue
        last = mark.span[1]
        if years.plan and not years.annual and mark.kind == "span" and mark.span[1] >= years.plan[1]:
            return "target"
        if published is not None and last > published:
            return "target"
        ahead = published is None or last >= published
        if mark.role == "goal" and mark.start <= 8 and heading is None and ahead and not done.search(sentence):
            return "target"
        if years.annual and years.plan and last == years.plan[1] and heading != "fact" and mark.kind == "year":
            return "target"
        if published is not None and last < published and mark.role != "from":
            if years.plan and last >= years.plan[0] and heading == "target":
                continue
            if heading == "target" and not done.search(sentence) and mark.start > 12:
                continue
            return "fact"
    if heading is not None:
        if heading == "target" and re.search(r"截至|截止|目前已|现已|上年|去年", sentence):
            return "fact"
        if heading == "target" and not promises and _REACHED.search(sentence):
            return "fact"
        return heading
    promised = goal.search(sentence)
    reported = done.search(sentence)
    if promised and not reported:
        return "target"
    if promises and (promised or reported):
        return looks(sentence) or "target"
    if reported and not promised:
        return "fact"
    return before or ("target" if promised else "fact")
