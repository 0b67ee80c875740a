"""What an amount says of its subject: a level, a share, a growth, a place in a ranking, a number of things."""

from __future__ import annotations

import re

from commercebrain.engine.plantext.amounts import Amount
from commercebrain.engine.plantext.counts import count, quantity, ratio
from commercebrain.engine.plantext.phrases import (
    clean,
    count_name,
    metric_suffix,
    parallel,
    split_subjects,
)
from commercebrain.engine.plantext.rates import point, share, times
from commercebrain.engine.plantext.reading import BASE, Reading, kit_of
from commercebrain.engine.plantext.tense import Tense


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
    if BASE.search(left):
        reading.flags.add("base")
    if reading.is_from:
        reading.flags.add("from")
    return reading


def _rank(amount: Amount, left: str, right: str, lead: str, parent: str, tense: Tense, previous: str) -> Reading | None:
    """A place in a ranking: X居全国第N位."""
    verbs = list(kit_of()["rank_verb"].finditer(left))
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


_FORMS = {
    "percent": share,
    "fraction": share,
    "point": point,
    "times": times,
    "rank": _rank,
    "full": _full,
    "zero": _zero,
    "money": quantity,
    "measure": quantity,
    "bare": quantity,
    "time": quantity,
    "count": count,
    "ratio": ratio,
}
