"""Which noun phrase carries an amount, and what the indicator is called."""

from __future__ import annotations

import re
from functools import cache

from commercebrain.engine.plantext.lexicon import any_of, words

_QUOTED = re.compile(r"“[^“”]*”|《[^《》]*》|（[^（）]*）|\([^()]*\)")
_TIME_WORDS = re.compile(
    r"(?:力争|争取|确保|努力)?(?:到|至|截至|截止到?|自|从|由|在|较|比|与)?[“\"‘ \u3000]*"
    r"(?:(?:19|20)\d\d\s*年?\s*(?:[-—–~～至到]{1,2}\s*)?(?:(?:19|20)?\d\d)?\s*年(?:底|末|初|度|以来)?|(?:19|20)\d\d\s*[-—–~～至到]{1,2}\s*(?:19|20)?\d\d|十[一二三四五六]?五[”\"’ ]*(?:规划)?(?:时期|期间|期末|末|以来|期初)?)"
    r"[”\"’]?(?:时期|期间|期末|末|以来|相比|基础上|前|的)*"
)
_SPAN_WORDS = re.compile(
    r"(?:后|近|前|过去)[两三四五\d]年|连续[一二三四五六七八九十\d]+个?(?:年|季度|月)|(?:今年)?(?:上半年|下半年|前?[一二三四]季度)|1[-—至]\d{1,2}月|[一二三四五六七八九十两\d]+年(?:累计|来)?|过去[一二三四五六七八九十\d]+年"
)


@cache
def _edges() -> tuple[re.Pattern[str], re.Pattern[str]]:
    lexicon = words("words")
    lead = any_of(lexicon["stripped"] + lexicon["own_region"])
    tail = any_of(lexicon["reaching"])
    return (
        re.compile(rf"^(?:(?:{lead})(?!率)|[一二三四五六七八九十]是|[ \u3000，、。；：:*·•]|(?<=、)和)+"),
        re.compile(rf"(?:{tail}|[ \u3000“\"*，、：:<>＜＞≤≥\[［(（])+$"),
    )


@cache
def _makers() -> re.Pattern[str]:
    drop = [
        w
        for w in words("words")["making"]
        if w
        not in (
            "新增",
            "引进",
            "承办",
            "举办",
            "新引进",
            "入围",
            "入选",
            "招引",
            "引入",
            "发展",
            "上市",
            "覆盖",
            "服务",
            "培训",
            "参展",
            "接入",
            "上线",
            "签约",
            "开工",
            "带动",
            "增加",
            "支持",
            "推广",
            "吸引",
            "发放",
            "储备",
        )
    ]
    return re.compile(rf"^(?:{any_of(drop)}|一批|、|和|并|及|了|全市|全省|我市|我省|[ ])+")


def clean(phrase: str) -> str:
    """A subject without the words of time, will and movement around it: 力争到2025年全市出口额达到 → 出口额."""
    lead, tail = _edges()
    text = _SPAN_WORDS.sub("", _TIME_WORDS.sub("", phrase))
    previous = None
    while text != previous:
        previous = text
        text = lead.sub("", text)
        if not text.endswith(("”", "）", ")")) or tail.search(text):
            text = tail.sub("", text)
    text = text.replace("**", "").strip(" \u3000，、：:；")
    return _balanced(text)


def plain_time(phrase: str) -> str:
    """``phrase`` without its words of time."""
    return _TIME_WORDS.sub("", phrase)


def whole_of(phrase: str) -> str:
    """The whole that something is a share of: 全省出口比重达到 → 全省出口比重."""
    _, tail = _edges()
    return _balanced(tail.sub("", _TIME_WORDS.sub("", phrase)).strip(" \u3000，、"))


def _balanced(text: str) -> str:
    """``text`` without a quotation mark or bracket whose partner was cut off."""
    for opening, closing in ("“”", "（）", "()"):
        if text.count(opening) != text.count(closing):
            if closing in text and text.find(closing) < (text.find(opening) if opening in text else len(text)):
                text = text.replace(closing, "", 1)
            elif opening in text:
                text = text[: text.rfind(opening)] + text[text.rfind(opening) + 1 :]
    return text


def unmade(phrase: str) -> str:
    """A counted thing without the verb that makes it: 培育建设示范园区 → 示范园区."""
    text = _makers().sub("", phrase)
    return text or phrase


def split_subjects(phrase: str) -> list[str]:
    """Parallel subjects of one predicate: 跨境电商、服务贸易进出口额 → 跨境电商进出口额, 服务贸易进出口额."""
    named = re.sub(r"等?(?:(?:[两三四五六七八九]|\d)[项个大]?|等)?(?:主要|核心)?(?:经济)?指标$", "", phrase)
    parts = parallel(named)
    if len(parts) == 1:
        whole = re.match(r"城乡(.{3,})", named)
        return [f"城镇{whole[1]}", f"农村{whole[1]}"] if whole else [named]
    last = parts[-1]
    suffix = metric_suffix(last)
    prefix = ""
    if metric_suffix(parts[0]) and len(last) <= 4 and len(parts[0]) > len(last) + 2:
        # 粮食播种面积和产量: the head noun of the first belongs to both.
        prefix = parts[0][: max(2, len(parts[0]) - len(metric_suffix(parts[0])) - 2)]
    out = []
    for part in parts[:-1]:
        out.append(part if metric_suffix(part) or not suffix else part + _shared_tail(part, last, suffix))
    out.append(prefix + last if prefix and not last.startswith(prefix) else last)
    return out


def _shared_tail(part: str, last: str, suffix: str) -> str:
    """What a short parallel part shares with the last one: 城镇、农村居民人均可支配收入 → 居民人均可支配收入."""
    rest = last[len(part) :]
    return rest if 2 <= len(part) <= 4 and rest.endswith(suffix) else suffix


def parallel(phrase: str) -> list[str]:
    """The parts of a phrase between 、, 和, 与 and 及, quotations and brackets left whole."""
    masked = _QUOTED.sub(lambda m: "\ue000" * len(m.group()), phrase)
    parts, at = [], 0
    for match in re.finditer(r"、|(?<=[^\s])和(?=[^平谐])|以及|与(?=.{3,})|及(?=.{3,})", masked):
        parts.append(phrase[at : match.start()])
        at = match.end()
    parts.append(phrase[at:])
    return [part.strip(" \u3000") for part in parts if part.strip(" \u3000")]


@cache
def _suffixes() -> re.Pattern[str]:
    lexicon = words("words")
    endings = (
        lexicon["money_endings"]
        + lexicon["count_endings"]
        + lexicon["share_endings"]
        + lexicon["open_endings"]
        + [
            "进出口额",
            "出口额",
            "进口额",
            "销售额",
            "零售额",
            "交易额",
            "面积",
            "余额",
            "贷款余额",
            "里程",
            "增速",
            "涨幅",
            "消费",
            "水平",
        ]
    )
    return re.compile(rf"(?:{any_of(endings)})$")


def metric_suffix(phrase: str) -> str:
    """The word at the end that says what is measured (额, 数量, 率 …), or nothing."""
    match = _suffixes().search(phrase)
    return match.group() if match else ""


_PARENT_TAIL = re.compile(r"(?:进出口|出口|进口)?(?:总额|总值|额|规模|总量)?$")


def child_of(parent: str, child: str) -> str:
    """The part of a whole: 跨境网络零售进出口额 + 出口 → 跨境网络零售出口额."""
    if not parent or len(child) > 5 or (child[:2] in parent and len(child) > 4):
        return child
    plain = re.sub(r"(?:总额|总值|额)$", "", child)
    if plain in ("出口", "进口", "进出口"):
        stem = _PARENT_TAIL.sub("", re.sub(r"(?:累计|年均|同比|占.*|增长率)+$", "", parent))
        return f"{stem}{plain}额" if stem and not stem.endswith(plain) else f"{plain}额"
    return child


@cache
def _open_endings() -> re.Pattern[str]:
    return re.compile(rf"(?:{any_of(words('words')['open_endings'])})$")


def money_name(phrase: str) -> str:
    """What a sum is called: 出口 → 出口额; 营业收入 stays."""
    name = phrase
    if _open_endings().search(name):
        name += "额"
    return name


def count_name(phrase: str) -> str:
    """What a number of things is called: 示范园区 → 示范园区数量; 用户数 stays."""
    if re.search(r"(?:数|数量|总量|总数|量|家数|人数|批次|次数|笔数|规模)$", phrase):
        return phrase
    return f"{phrase}数量"


def rate_name(phrase: str, mean: bool, yearly: bool, down: bool = False) -> str:
    """What a growth rate is called: 出口额 (年均) → 出口额年均增长率; 涨幅 and 增速 stay."""
    if re.search(r"(?:增速|涨幅|增幅|降幅|增长率|年均增长)$", phrase):
        base = re.sub(r"年均增长$", "", phrase)
        return phrase if base == phrase else f"{base}年均增长率"
    if down:
        return f"{phrase}{'年均' if mean else ''}降幅"
    middle = "年均" if mean and not phrase.endswith("年均") else "同比" if yearly and "同口径" not in phrase else ""
    return f"{phrase}{middle}增长率"
