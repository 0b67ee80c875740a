"""What the words around an amount say of it, and the patterns by which that is read."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cache

from commercebrain.engine.plantext.findings import Kind
from commercebrain.engine.plantext.lexicon import any_of, words


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


FROM = re.compile(
    r"(?:由|从)(?:[“\"]?(?:(?:19|20)\d\d\s*年?(?:底|末)?|十[一二三四五六]?五[”\"]?(?:期?末|时期|期间)?)?的?|原来的|目前的|上年的)?[约近 \u3000]*$"
)


BASE = re.compile(
    r"(?:较|(?<!占)比|与|同|高于|快于|低于|超过|高出|好于)[^，。；]{0,16}?(?:相比|增长|增加|提高|提升|上升|下降|减少|降低|扩大|多|高|快|低|$)"
)


@cache
def kit_of() -> dict[str, re.Pattern[str]]:
    """The patterns made of the word lists: growth, movement, ranking, counting."""
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
