"""What an amount says of its subject: a level, a share, a growth, a place in a ranking, a number of things."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cache

from commercebrain.engine.plantext.amounts import Amount
from commercebrain.engine.plantext.findings import Kind
from commercebrain.engine.plantext.lexicon import any_of, words
from commercebrain.engine.plantext.phrases import (
    child_of,
    clean,
    count_name,
    metric_suffix,
    money_name,
    parallel,
    plain_time,
    rate_name,
    split_subjects,
    unmade,
    whole_of,
)
from commercebrain.engine.plantext.screen import grows
from commercebrain.engine.plantext.tense import Tense


@dataclass(slots=True)
class Reading:
    """The indicators that an amount belongs to (several where subjects share it), and how."""

    indicators: list[str]
    kind: Kind
    subject: str
    inherited: bool = False
    direction: str = "up"
    confidence: float = 0.9
    is_from: bool = False
    flags: set[str] = field(default_factory=set)


_FROM = re.compile(
    r"(?:由|从)(?:[“\"]?(?:(?:19|20)\d\d\s*年?(?:底|末)?|十[一二三四五六]?五[”\"]?(?:期?末|时期|期间)?)?的?|原来的|目前的|上年的)?[约近 \u3000]*$"
)
_TO = re.compile(
    r"^[ \u3000，,的]*(?:增加|提高|提升|扩大|上升|跃升|增长|下降|降低|减少|压缩|缩短|发展|升|增|降|减|迈上|跃上|拓展|调整|优化|进一步)+(?:到|至|为|了)?"
)
_BASE = re.compile(
    r"(?:较|(?<!占)比|与|同|高于|快于|低于|超过|高出|好于)[^，。；]{0,16}?(?:相比|增长|增加|提高|提升|上升|下降|减少|降低|扩大|多|高|快|低|$)"
)
_SHORT = re.compile(
    r"(?:总额|总量|总规模|规模|总值|数量|总数|占比|比重|份额|比例|增速|增幅|占有率|全国占比|全省占比|年均增速|人数|总收入|总计|金额)$"
)
_PARTS = re.compile(r"其中[，：:]?")
_HELD = re.compile(r"占(?!比|用|有|地|领|据)")


@cache
def _kit() -> dict[str, re.Pattern[str]]:
    lexicon = words("words")
    growth = any_of(lexicon["growth_words"])
    rising = any_of(lexicon["rising"] + lexicon["falling"])
    return {
        "growth_tail": re.compile(
            rf"(?:{growth})(?:率|速度)?(?:了|率|幅度|分别|实现|达到|达|为|在|保持|不低于|不少于|不超过|超过|超|突破|高于|约|近|逾|控制在|稳定在|保持在|目标|力争|争取|[ \u3000“*])*$"
        ),
        "score": re.compile(rf"(?:{any_of(lexicon['score_endings'])})$"),
        "rate_word": re.compile(r"(?:增速|增幅|涨幅|降幅|增长率|增长速度)$"),
        "moved": re.compile(rf"(?:{rising})(?:了|约|近|超过|超|逾|[ \u3000])*$"),
        "rank_verb": re.compile(
            r"(?:稳居|跃居|位居|位列|名列|高居|分居|分列|居|列|排名|排在|排|重回|重返|升至|升到|上升到|前移至|跃升至|跃升到|进入|跻身|保持在?|为)"
        ),
        "falling": re.compile(rf"(?:{any_of(lexicon['falling'])})"),
        "count_verb": re.compile(
            r"(?:累计|共|历年|全年)*(?:新?引进|新增|新批|新设|新建|新引进|承办|举办|招引|吸引|入围|入选|签约|新认定|新培育|柔性引进|引育|组织|推广|带动|培训|开展|发放|服务|集聚|改造|认定)[ \u3000]*$"
        ),
    }


def read_relation(
    amount: Amount, left: str, right: str, lead: str, parent: str, tense: Tense, previous: str = ""
) -> Reading | None:
    """What ``amount`` says, from the words before it (``left``), behind it (``right``) and the clause's ``lead``.

    ``parent`` is the subject that the sentence handed on, ``previous`` the indicator read last. None where the
    words name no subject at all.
    """
    reading = _FORMS[amount.form](amount, left, right, lead, parent, tense, previous)
    if reading is None:
        return None
    reading.indicators = [
        re.sub(r"\s+(?=[\u4e00-\u9fff])|(?<=[\u4e00-\u9fff])\s+", "", name) for name in reading.indicators
    ]
    if not any(reading.indicators) or len(max(reading.indicators, key=len)) > 60:
        return None
    if re.search(r"年均|(?<![\d上去每])年增长", left):
        reading.flags.add("mean")
    if re.search(r"同比|[比较](?:上年|去年)", left):
        reading.flags.add("yearly")
    if re.search(r"累[计积]|历年|总计达", left) or (reading.kind == "cumulative"):
        reading.flags.add("cumulative")
    if _BASE.search(left):
        reading.flags.add("base")
    if reading.is_from:
        reading.flags.add("from")
    return reading


def _share(
    amount: Amount, left: str, right: str, lead: str, parent: str, tense: Tense, previous: str
) -> Reading | None:
    """Percentages and fractions: growth, share, ratio or score."""
    is_from = bool(_FROM.search(left))
    if is_from:
        left = _FROM.sub("", left)
    flags = {"to"} if _TO.match(left) and re.match(r"^[^，]{1,4}(?:到|至)", left.strip()) else set()
    kit = _kit()
    held = [m.start() for m in _HELD.finditer(left)]
    if held:
        return _held(left, held[-1], parent, is_from, flags)
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
            return Reading([previous or parent], "share", parent, True, flags=flags)
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
    if subject.endswith("占比") or _kit()["score"].search(subject):
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
    subject = clean(_kit()["growth_tail"].sub("", based))
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


def _point(
    amount: Amount, left: str, right: str, lead: str, parent: str, tense: Tense, previous: str
) -> Reading | None:
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


def _times(
    amount: Amount, left: str, right: str, lead: str, parent: str, tense: Tense, previous: str
) -> Reading | None:
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


def _rank(amount: Amount, left: str, right: str, lead: str, parent: str, tense: Tense, previous: str) -> Reading | None:
    """A place in a ranking: X居全国第N位."""
    verbs = list(_kit()["rank_verb"].finditer(left))
    if verbs:
        owner, scope = clean(left[: verbs[0].start()]), clean(left[verbs[-1].end() :])
        if not scope and re.search(r"全[国省市区]", owner):
            cut = max(owner.rfind(word) for word in ("全国", "全省", "全市", "全区"))
            owner, scope = owner[:cut], owner[cut:]
        if re.fullmatch(r"(?:全国|全省|全市|全区)(?:排名|位次)?", owner):
            owner, scope = "", owner + scope
    else:
        place = re.search(r"全国|全省|全区|全市|国内|世界|全球", left)
        cut = place.start() if place else len(left)
        owner, scope = clean(left[:cut]), left[cut:].strip(" \u3000，、和")
        if not place:
            scope, owner = clean(left), ""
    inherited = not owner
    if parent and re.fullmatch(r"数量|总量|规模|总额|增速", owner):
        owner = parent if metric_suffix(parent) == owner else parent + owner
    owner = owner or parent
    if not owner:
        return None
    measured = all(metric_suffix(part) for part in parallel(owner))
    subjects = split_subjects(owner) if measured else [owner]
    tail = "" if scope.endswith(("排名", "位次")) else "位次"
    return Reading([f"{s}{scope}{tail}" for s in subjects], "rank", owner, inherited, "down")


def _full(amount: Amount, left: str, right: str, lead: str, parent: str, tense: Tense, previous: str) -> Reading | None:
    """X全覆盖: a coverage of 100 %."""
    if re.search(r"基本(?:实现)?$|不断扩大$", left.rstrip()):
        return None
    subject = re.sub(
        r"^(?:推进|推动|实现|加快|全面|基本|实施|促进|完成|达到|力争|深化)+",
        "",
        clean(re.sub(r"(?:实现|达到|做到)$", "", left)),
    )
    if len(subject) < 2:
        return None
    masked = re.sub(r"“[^“”]*”|（[^（）]*）", lambda m: "x" * len(m.group()), subject)
    names = [subject]
    if masked.count("和") == 1 and "、" not in masked:
        cut = masked.index("和")
        if min(cut, len(subject) - cut - 1) >= 4 and not subject[cut + 1 :].startswith(("网络", "服务")):
            names = [subject[:cut], subject[cut + 1 :]]
    return Reading([f"{name}覆盖率" for name in names], "share", subject, confidence=0.75)


def _zero(amount: Amount, left: str, right: str, lead: str, parent: str, tense: Tense, previous: str) -> Reading | None:
    """X实现零的突破: from none to at least one."""
    phrase = re.sub(
        r"(?:上|方面|领域|等)$",
        "",
        re.sub(r"^在", "", clean(re.sub(r"(?:实现|取得|达到)[“\"]?$", "", lead.rstrip('“"')))),
    )
    if len(phrase) < 2:
        return None
    names = split_subjects(phrase)
    verb = re.match(r"(?:引进|培育|新增|建设|招引)", names[0])
    if verb:
        names = [names[0], *(n if n.startswith(verb.group()) else verb.group() + n for n in names[1:])]
    return Reading([count_name(name) for name in names], "count", phrase, confidence=0.8, flags={"zero"})


def _quantity(
    amount: Amount, left: str, right: str, lead: str, parent: str, tense: Tense, previous: str
) -> Reading | None:
    """Money and measures: a level, a total over years, or a change."""
    is_from = bool(_FROM.search(left))
    if is_from:
        left = _FROM.sub("", left)
    to = bool(
        re.match(
            r"^[ \u3000的]*(?:增加|提高|提升|扩大|上升|跃升|增长|下降|降低|减少|升|增|降|迈上|跃上|发展)(?:到|至|$)",
            left,
        )
    ) or bool(re.match(r"^[ \u3000，]*(?:台阶)?(?:迈|跃|升)上?[ ]*$", left))
    moved = bool(_kit()["moved"].search(left)) and not re.search(r"(?:到|至)[ \u3000约近]*$", left) and not to
    if moved and (_BASE.search(left) and not clean(_BASE.sub("", left))):
        return Reading([f"{previous or parent}增量"], "increment", parent, True) if previous or parent else None
    if not left.strip(" \u3000、，") and lead.strip() and not parent:
        return None
    subject = clean(left)
    inherited = False
    if not subject or re.fullmatch(r"(?:总额|总量|总规模|规模|总值|金额)", subject):
        inherited, subject = True, parent
    elif _PARTS.match(lead.lstrip()) or len(subject) <= 3:
        subject = _combined(parent, subject)
    if not subject:
        return None
    kind: Kind = "increment" if moved else "level"
    if re.search(r"新增|净增", left) and not moved:
        kind = "increment"
    if re.search(r"累[计积]", left) and kind == "level":
        kind = "cumulative"
    direction = "down" if re.search(r"能耗|排放|成本|浓度|PM2", subject) else "up"
    flags = {"to"} if to else set()
    if re.search(r"累[计积]", left):
        prefix = re.match(r"(?:历年)?累计", subject)
        name = subject if prefix else f"累计{subject}"
    else:
        name = subject
    named = [money_name(name)] if amount.form in ("money", "bare") else [name]
    several = re.search(r"[两三四五六七八九]项(?:主要)?指标$", subject) or re.search(r"[均都各][^，]{0,4}$", left)
    parts = split_subjects(subject) if several else []
    return Reading(parts or named, kind, subject, inherited, direction, is_from=is_from, flags=flags)


def _combined(parent: str, subject: str) -> str:
    """A short part named after its whole: 其中出口 → 货物贸易出口额; 总投资 → 项目总投资."""
    if not parent:
        return subject
    child = child_of(parent, subject)
    if child != subject:
        return child
    if subject in ("总投资", "投资额", "投资", "总收入", "营业额", "产值", "年产值", "金额"):
        return re.sub(r"数量$", "", parent) + subject
    return subject


def _count(
    amount: Amount, left: str, right: str, lead: str, parent: str, tense: Tense, previous: str
) -> Reading | None:
    """Numbers of things: the noun stands behind the number or before it."""
    is_from = bool(_FROM.search(left))
    if is_from:
        left = _FROM.sub("", left)
    to = bool(re.match(r"^[ \u3000的]*(?:增加|提高|提升|扩大|上升|增长|减少|降低|发展|升|增|拓展)(?:到|至)", left))
    moved = bool(_kit()["moved"].search(left)) and not to
    if moved and _BASE.search(left) and not clean(_BASE.sub("", left)):
        return Reading([f"{previous or parent}增量"], "increment", parent, True) if previous or parent else None
    after = _noun_after(right)
    verb = _kit()["count_verb"].search(left)
    before = unmade(clean(left))
    subject, inherited = "", False
    if len(after) >= 2 and not (len(before) >= 4 and re.match(r"以上|左右|增长|增加", after)):
        subject = after
        if verb and not after.startswith(verb.group().strip()):
            subject = verb.group().strip() + after
        elif re.search(r"等[ \u3000]*$", left) and len(after) <= 6:
            subject = clean(re.split(r"、", left)[-1]).removesuffix("等") + after
    elif before:
        subject = before
    else:
        subject, inherited = parent, True
    if parent and re.fullmatch(r"总数|总量|总计|数量|累计总数", subject):
        subject = re.sub(r"^(?:新增|新设|新建|净增)|(?:数量|总量|总数)$", "", parent) + subject
    if not subject:
        return None
    subject = _elliptic(subject, left, parent)
    increment = re.search(r"新增|净增|新引进|新设|新开|新培育|新认定|增开", left) or moved
    kind: Kind = "increment" if increment else "count"
    if re.search(r"累[计积]|历年", left) and not increment:
        kind = "cumulative"
        if "累计" not in subject and "累计" in left:
            subject = f"累计{subject}"
    scaled = amount.unit != amount.base_unit
    if kind == "count" and re.search(r"量$", subject) and not scaled and amount.unit not in ("个", "家", "件"):
        kind = "level"
    if re.match(r"每[百千万亿]?[人户亩平]|人均", subject):
        kind = "ratio"
    if kind == "count" and ((amount.base_unit == "户" and scaled) or (amount.base_unit == "人" and scaled)):
        kind = "level"
    flags = {"to"} if to else set()
    return Reading([count_name(subject)], kind, subject, inherited, is_from=is_from, flags=flags)


def _elliptic(subject: str, left: str, parent: str) -> str:
    """A short name in a row of counted things has the modifiers of the one before: 新服务先行市、样板县 → 新服务样板县."""
    head = re.sub(r"（.*", "", subject)
    if len(head) > 4 or not re.match(r"[ \u3000]*(?:、|和|及|以及)", left) or len(parent) < len(head) + 4:
        return subject
    stem = re.sub(r"（.*", "", parent)
    return stem[: -len(head)] + subject if len(stem) > len(head) + 2 else subject


def _noun_after(right: str) -> str:
    """The counted noun behind a number: up to the comma, or to the connector before the next number."""
    if re.match(r"[ \u3000]*(?:、|和|及|与|以及)", right):
        return ""
    text = re.split(r"[，。；：]", right, maxsplit=1)[0].strip(" \u3000*")
    text = re.sub(r"(?:、|和|及|以及|与|或|，|并[\u4e00-\u9fff]{1,4}|[ \u3000“])+$", "", text)
    text = re.sub(r"^(?:的|左右|以上|、|和|及)+", "", text)
    if re.match(r"(?:增长|增加|提高|建设完成|占|，|其中|）|\))", text):
        return ""
    if len(text) > 16 and re.search(r"的[^的]{4,}$", text):
        text = text[text.rfind("的") + 1 :]
    if len(text) > 30:
        text = re.split(r"、|了|，", text)[0][:30]
    return text if re.match(r"[“\u4e00-\u9fffA-Za-z]", text) else ""


def _ratio(
    amount: Amount, left: str, right: str, lead: str, parent: str, tense: Tense, previous: str
) -> Reading | None:
    """N:1."""
    subject = clean(left)
    return Reading([subject], "ratio", subject) if subject else None


_FORMS = {
    "percent": _share,
    "fraction": _share,
    "point": _point,
    "times": _times,
    "rank": _rank,
    "full": _full,
    "zero": _zero,
    "money": _quantity,
    "measure": _quantity,
    "bare": _quantity,
    "time": _quantity,
    "count": _count,
    "ratio": _ratio,
}
