"""Which amounts are statements at all: size thresholds, structures, rules and names are left out."""

from __future__ import annotations

import re
from functools import cache

from commercebrain.engine.plantext.amounts import Amount
from commercebrain.engine.plantext.lexicon import any_of, words
from commercebrain.engine.plantext.tense import Tense

_GOES_ON = re.compile(
    r"[ \u3000*]*(?:$|[，。；、）)”’》：:,;.!！？（(\]］\t*]|和|及|与|以及|并|或|且|增长|增加|增至|提高|提升|扩大|上升|跃升|升至|升到|迈|大关|台阶|下降|降低|降至|降到"
    r"|减少|缩小|其中|占|居|位|同比|比上|较|左右|至|到|\d|年均|的?目标|多|余|元|的(?=\d+[个家项宗])|的(?:水平|比例|速度|增速|增幅))"
)
_GROWS = re.compile(r"[ \u3000]*(?:的?(?:年均)?(?:增长|增速|增幅|速度))")
#: Words behind a number by which a bracket tells which things are meant.
_SIZES = ("以上", "及以上", "以下", "以内")
_THING = re.compile(r"[\u4e00-\u9fff](?<![个家条项座吨人名户件辆台场所处元])$")
_SIZE_BEFORE = re.compile(
    r"(?:总投资|投资额?|规模|年?产值|收入|营收|销售额|交易额|金额|注册资本|社零额|总额|资产|税收|面积)(?:超过?|达到?|过|在|高于|不低于|不少于)*$"
)
_ENUM_COUNT = re.compile(r"等[ \u3000]*$")


@cache
def _lists() -> dict[str, re.Pattern[str]]:
    lexicon = words("words")
    return {
        "policy": re.compile(any_of(lexicon["policy"])),
        "existing": re.compile(any_of(lexicon["existing"])),
        "making": re.compile(any_of(lexicon["making"])),
        "structural": re.compile(
            rf"^[^，。；、（(]{{0,14}}?(?:{any_of(lexicon['structural'])})(?:等|上)?(?=[，。；、]|$)"
        ),
        "near": re.compile(rf"^(?:大|主要|重点|核心|关键)?(?:{any_of(lexicon['structural'])})"),
        "time_goal": re.compile(any_of(words("units")["time_goals"])),
    }


def is_policy(clause: str) -> bool:
    """Whether a clause sets a rule for firms or citizens (奖励, 税率) rather than a goal or a result."""
    return bool(_lists()["policy"].search(clause))


def is_threshold(text: str, amount: Amount) -> bool:
    """Whether an amount only sizes the noun behind it: 总投资1亿美元以上项目, 千亿级平台, 15万吨级码头."""
    after = text[amount.end : amount.end + 8]
    if amount.form in ("rank", "full", "zero"):
        return False
    if amount.suffix in _SIZES and text[amount.start - 1 : amount.start] in ("（", "(") and after[:1] in ("）", ")"):
        # 每个行政村（500人以上）: which of them are meant.
        return amount.form in ("count", "measure", "money") and _THING.search(text, 0, amount.start - 1) is not None
    if after.startswith("级"):
        return True
    if amount.form == "count":
        return False
    if amount.form in ("percent", "point", "fraction", "times"):
        return False
    return not _GOES_ON.match(after)


def grows(text: str, end: int) -> bool:
    """Whether a percentage is said to be a growth by the words behind it: 10%以上增长."""
    return bool(_GROWS.match(text, end))


def keep_count(text: str, amount: Amount, left: str, right: str, lead: str, tense: Tense) -> bool:
    """Whether a count is a goal or a result. ``lead`` is the clause before the amount, ``left`` its own part of it."""
    lists = _lists()
    after = right.lstrip(" \u3000")
    if lists["near"].match(after) or (
        tense == "target" and lists["structural"].match(after[:14]) and not amount.suffix
    ):
        return False
    if (
        amount.unit in ("次", "类", "种", "部", "批", "门", "级", "届")
        and not amount.suffix
        and tense == "target"
        and amount.unit != "次"
    ):
        return False
    if re.match(r"省(?!级|内|外|属|市)|自治区|直辖|计划单列|部委|民族", after) and not re.search(
        r"(?:建|增|引进)", lead
    ):
        return False
    if amount.word:
        return _keep_word(amount, left, after, lead, tense)
    if tense == "fact":
        return not re.match(r"[，。；、]", after) or bool(re.search(r"[\u4e00-\u9fff]{2}", left)) or len(lead) > 1
    making = _last(lists["making"], lead)
    existing = _last(lists["existing"], lead)
    if _ENUM_COUNT.search(left) and re.match(r"[^，。；、]{0,12}(?:部委|部门|城市（|政策|措施|任务)", after):
        return False
    if amount.suffix or amount.comparator != "=":
        return True
    if existing >= making > -1 or existing > making:
        return False
    if making >= 0 or re.match(r"[^，。；]{2,24}将(?:于|在|会|完|建|全)", after):
        return True
    # 电子商务镇 316 个 at the end of a clause: the noun stands before its number.
    return not after or (after[0] in "，。；、）)和及" and len(re.sub(r"[ \u3000、和及]", "", left)) >= 3)


def _keep_word(amount: Amount, left: str, after: str, lead: str, tense: Tense) -> bool:
    """Counts in words are mostly names of programmes; those behind a verb of making or an enumeration are kept."""
    if amount.unit not in ("个", "家", "座", "所", "项", "名", "场", "处") or not re.match(r"[\u4e00-\u9fff]", after):
        return False
    if re.search(r"[这那每前后一上下第]$", left) or re.match(
        r"(?:百年|市场|循环|方面|大|一|层|文明|维护|意识|自信|确保|统筹|结合)", after
    ):
        return False
    if tense == "target":
        return (
            bool(re.search(r"(?:建成|新建|新增|建设|培育|打造|创建)(?:[^，。；]{0,4})?$", lead)) and "级" in after[:12]
        )
    return bool(re.search(r"(?:形成|建成|拥有|获批|新增|建设)了?[^，。；]{0,24}$", lead)) and "级" in after[:8]


def keep_time(clause: str, amount: Amount) -> bool:
    """Whether a time (小时, 工作日) is a goal: only beside words of shortening or limiting."""
    return bool(_lists()["time_goal"].search(clause))


def _last(pattern: re.Pattern[str], text: str) -> int:
    at = -1
    for match in pattern.finditer(text):
        at = match.end()
    return at
