"""Percentages, fractions, percentage points and multiples: growth, shares, gaps."""

from __future__ import annotations

import re

from commercebrain.engine.plantext.amounts import Amount
from commercebrain.engine.plantext.findings import Kind
from commercebrain.engine.plantext.phrases import (
    clean,
    metric_suffix,
    parallel,
    plain_time,
    rate_name,
    split_subjects,
    whole_of,
)
from commercebrain.engine.plantext.reading import FROM, Reading, kit_of
from commercebrain.engine.plantext.screen import grows
from commercebrain.engine.plantext.tense import Tense

_TO = re.compile(
    r"^[ \u3000，,的]*(?:增加|提高|提升|扩大|上升|跃升|增长|下降|降低|减少|压缩|缩短|发展|升|增|降|减|迈上|跃上|拓展|调整|优化|进一步)+(?:到|至|为|了)?"
)


_HELD = re.compile(r"占(?!比|用|有|地|领|据)")
#: “全省80%以上（的）行政村通光纤”: the percentage itself is the subject, of the things named behind it.
_NOTHING = re.compile(
    r"(?:全[省市县区州旗国]|[我本][省市县区州旗]|其中|力争|确保|争取|实现|基本|推动|使|让|有|[约近]|[ \u3000，、：:])*"
)
_SOME = re.compile(
    r"的?((?=[\u4e00-\u9fff])(?!以上|左右|增|的|目标)[^，。；、％%\d]{2,24}?(?:通(?!过)|建[成立有]|实现|达到|达标|完成|迈[入进]|进入|纳入|接入|设[有立]|开通|开展|使用|应用|得到|享受|拥有|配[备有])[^，。；、]{0,20})"
)


def share(amount: Amount, left: str, right: str, lead: str, parent: str, tense: Tense, previous: str) -> Reading | None:
    """Percentages and fractions: growth, share, ratio or score."""
    is_from = bool(FROM.search(left))
    if is_from:
        left = FROM.sub("", left)
    flags = {"to"} if _TO.match(left) and re.match(r"^[^，]{1,4}(?:到|至)", left.strip()) else set()
    done = re.search(r"(?:任务|目标|计划|预算)[^，。；]{0,14}的[ \u3000约近]*$", left)
    if done and parent:
        return Reading([f"{parent}任务完成率"], "share", parent, True)
    kit = kit_of()
    held = [m.start() for m in _HELD.finditer(left)]
    if held:
        return _held(left, held[-1], parent, is_from, flags)
    some = _SOME.match(right) if _NOTHING.fullmatch(left) else None
    if some:
        return Reading([f"{some[1]}占比"], "share", some[1])
    subject = clean(left)
    named_rate = kit["rate_word"].search(subject)
    if (
        not named_rate and kit["growth_tail"].search(left) and not re.search(r"(?:到|至)[ \u3000约近]*$", left)
    ) or grows(right, 0):
        return _growth(amount, left, parent)
    if named_rate:
        bare = kit["rate_word"].sub("", subject)
        bare = re.sub(r"(?:年均|同比)$", "", bare)
        if not bare and parent:
            return Reading([parent + subject], "growth_rate", parent, True, flags=flags, is_from=is_from)
        return Reading([subject], "growth_rate", bare or subject, flags=flags, is_from=is_from)
    attributed = re.match(r"的([\u4e00-\u9fff][^，。；、]{1,20}?)(?:和|、|，|。|；|$)", right)
    if attributed and not left.strip(" \u3000，、"):
        return Reading([f"{attributed[1]}占比"], "share", attributed[1])
    if attributed and re.search(r"(?:贡献|承担|创造|完成|集聚|集中|聚集|[、和])[^，]{0,8}$", left):
        owner = clean(re.split(r"贡献|承担|创造|完成|集聚|集中|聚集", left)[0]) if not left.startswith("的") else parent
        owner = owner or parent
        return Reading([f"{owner}{attributed[1]}占比"], "share", owner, not bool(owner != parent))
    if "相当于" in left:
        return Reading([subject], "ratio", subject)
    if not subject:
        if (
            parent
            and not is_from
            and (
                flags
                or re.match(r"[ \u3000]*(?:达|突破|超|提升|提高|首次|到|为|至)", plain_time(left))
                or not left.strip(" 的，")
            )
        ):
            return Reading(
                [parent if re.search(r"占|率$|比重$", parent) else previous or parent],
                "share",
                parent,
                True,
                flags=flags,
            )
        after = re.match(r"[\u4e00-\u9fff]{2,8}", right)
        owner = clean(lead)
        if after and not re.match(r"以上|左右|的", right) and (owner or parent):
            return Reading([f"{owner or parent}{after.group()}率"], "share", owner or parent)
        return None
    named = re.match(r"[\u4e00-\u9fff]{4,14}", right)
    if subject in ("使", "让", "推动") and named:
        return Reading([f"{named.group()}占比"], "share", named.group())
    if re.search(r"按|减按|含税", lead[-8:]):
        return None
    if re.fullmatch(r"(?:全国|全省|全市)?(?:占比|比重|份额|比例|占有率|市场份额)", subject) and parent:
        return Reading([parent + subject], "share", parent, True, flags=flags, is_from=is_from)
    if subject.endswith("占比") or kit_of()["score"].search(subject):
        kind: Kind = "share" if subject.endswith("占比") else "level"
        return Reading([subject], kind, re.sub(r"占比$", "", subject), flags=flags, is_from=is_from)
    if parent.endswith(("率", "比重", "占比")) and not metric_suffix(subject) and len(subject) <= 6:
        return Reading([subject + parent], "share", parent, True, flags=flags)
    lower = bool(re.search(r"失业率|能耗|排放|成本|费用率|死亡率|流通费用", subject))
    return Reading([subject], "share", subject, direction="down" if lower else "up", flags=flags, is_from=is_from)


def _held(left: str, at: int, parent: str, is_from: bool, flags: set[str]) -> Reading | None:
    """X占Y比重: the share of X in Y."""
    owner, of = clean(left[:at]), whole_of(left[at + 1 :])
    of = re.sub(r"^(?:到|了|约|据)", "", of)
    inherited = not owner
    owner = owner or parent
    if of and not re.search(r"(?:比重|份额|比例|比)$", of):
        of += "比重"
    name = f"{owner}占{of}" if of else f"{owner}占比"
    subject = owner
    return (
        Reading([name], "share", subject or name, inherited, flags=flags, is_from=is_from) if name != "占比" else None
    )


def _growth(amount: Amount, left: str, parent: str) -> Reading | None:
    """X增长N%: the growth of X."""
    based = re.sub(
        r"(?:较|(?<!占)比|与|同)[^，。；]{0,14}?(?:相比|基础上|(?=年均|分别|增长|增加|提高|下降|降低|减少|上涨|翻|同比))",
        "",
        left,
    )
    subject = clean(kit_of()["growth_tail"].sub("", based))
    subject = re.sub(r"(?:年均|同比|名义|实际)$", "", subject) if subject not in ("年均", "同比") else ""
    inherited = not subject
    subject = subject or parent
    if not subject:
        return None
    mean, yearly = "年均" in left, "同比" in left
    down = bool(re.search(r"(?:下降|降低|减少|压减|缩小|压缩|缩短|缩减)[^，]{0,4}$", left))
    name = rate_name(subject, mean, yearly, down)
    shared = "指标" in subject[-3:] or _all_measured(subject)
    names = [rate_name(s, mean, yearly, down) for s in split_subjects(subject)] if shared else [name]
    return Reading(names, "growth_rate", subject, inherited, "down" if down else "up")


def point(amount: Amount, left: str, right: str, lead: str, parent: str, tense: Tense, previous: str) -> Reading | None:
    """Percentage points: a change of a rate, or a gap between two growth rates."""
    gap = re.search(r"(?:^超|高于|快于|高出|低于|好于|优于)", left)
    subject = clean(
        re.sub(
            r"(?:较|(?<!占)比|与|同)(?:[“\"]?(?:十[一二三四五六]?五|(?:19|20)\d\d\s*年|上年|去年|同期)[^，。；]{0,8}?)?(?=提高|提升|增加|上升|下降|降低|减少|扩大|高|增长)",
            "",
            left,
        )
    )
    inherited = not subject or bool(gap and not clean(left[: gap.start()]))
    if inherited:
        if not (previous or parent):
            return None
        beyond = clean(left) if gap else ""
        subject = f"{previous or parent}{beyond}" if beyond else previous or parent
        subject = f"{subject}增量" if tense == "fact" and not beyond else subject
    kind: Kind = "growth_rate" if gap and re.search(r"增速|增长|增幅", subject) and not inherited else "increment"
    down = bool(re.search(r"(?:下降|降低|减少|压减)[^，]{0,4}$", left))
    return Reading([subject], kind, parent if inherited else subject, inherited, "down" if down else "up")


def times(amount: Amount, left: str, right: str, lead: str, parent: str, tense: Tense, previous: str) -> Reading | None:
    """倍 and 番: growth by a factor, or a multiple of something."""
    if re.search(r"的[ \u3000约近]*$", left) and not re.search(r"较|比", left):
        subject = clean(left)
        return Reading([subject or parent], "ratio", subject or parent) if subject or parent else None
    based = re.sub(
        r"(?:较|(?<!占)比|与|同|在)[^，。；]{0,14}?(?:相比|基础上|(?=增长|增加|提高|翻|扩大|$|基本|实现))", "", left
    )
    subject = clean(based)
    subject = re.sub(r"(?:增长|增加|提高|基本)+了?$", "", subject)
    inherited = not subject
    subject = subject or parent
    if not subject:
        return None
    shared = "指标" in subject[-3:] or _all_measured(subject)
    names = split_subjects(subject) if shared else [subject]
    return Reading([f"{name}增长倍数" for name in names], "growth_rate", subject, inherited)


def _all_measured(subject: str) -> bool:
    """Whether a subject is an enumeration of several things measured."""
    parts = parallel(subject)
    return len(parts) > 1 and all(_measured(part) for part in parts)


def _measured(part: str) -> bool:
    """Whether a part of an enumeration is something measured by itself."""
    return bool(metric_suffix(part)) or part.endswith(("游客", "人次", "客流"))
