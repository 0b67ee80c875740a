"""Sums, measures and numbers of things, and the noun that they belong to."""

from __future__ import annotations

import re

from commercebrain.engine.plantext.amounts import Amount
from commercebrain.engine.plantext.findings import Kind
from commercebrain.engine.plantext.phrases import (
    child_of,
    clean,
    count_name,
    money_name,
    split_subjects,
    unmade,
)
from commercebrain.engine.plantext.reading import BASE, FROM, Reading, kit_of
from commercebrain.engine.plantext.tense import Tense

_OF_PROJECTS = re.compile(
    r"(?:计划|预计|协议|概算|年度|完成)*(?:总)?投资(?:额|总额)?|到位资金|注册资本|合同金额|总金额|金额|年?产值|营业额|总收入"
)
_HELD_EVENTS = re.compile(r"^[^，。；]{0,12}?(?:组织|开展|举办|举行)+了?(?=[^，。；]{3,})")
#: A place of some level, with what it is to be: 先行市, 样板县, 特色镇.
_PLACE_OF_LEVEL = re.compile(r"[\u4e00-\u9fff]{2}[市县区镇乡村]")
#: What is done with the things that stand before: 完成50个便民服务圈建设.
_WORK_DONE = re.compile(r"(?<=[^，。；、]{5})(?:建设|创建)$")
_PARTS = re.compile(r"其中[，：:]?")


def quantity(
    amount: Amount, left: str, right: str, lead: str, parent: str, tense: Tense, previous: str
) -> Reading | None:
    """Money and measures: a level, a total over years, or a change."""
    is_from = bool(FROM.search(left))
    if is_from:
        left = FROM.sub("", left)
    to = bool(
        re.match(
            r"^[ \u3000的]*(?:增加|提高|提升|扩大|上升|跃升|增长|下降|降低|减少|升|增|降|迈上|跃上|发展)(?:到|至|$)",
            left,
        )
    ) or bool(re.match(r"^[ \u3000，]*(?:台阶)?(?:迈|跃|升)上?[ ]*$", left))
    moved = bool(kit_of()["moved"].search(left)) and not re.search(r"(?:到|至)[ \u3000约近]*$", left) and not to
    if moved and (BASE.search(left) and not clean(BASE.sub("", left))):
        return Reading([f"{previous or parent}增量"], "increment", parent, True) if previous or parent else None
    if moved and (previous or parent) and re.fullmatch(r"净|新|", clean(left)):
        return Reading([f"{previous or parent}增量"], "increment", parent, True)
    if not left.strip(" \u3000、，") and lead.strip() and not parent:
        return None
    subject = clean(left)
    inherited = False
    if not subject or re.fullmatch(r"(?:总额|总量|总规模|规模|总值|金额)", subject):
        inherited, subject = True, parent
    elif _PARTS.match(lead.lstrip()) or len(subject) <= 3 or _OF_PROJECTS.fullmatch(subject):
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
    if subject in ("面积", "总面积", "容量", "库容", "产能"):
        return re.sub(r"数量$", "", parent) + subject
    if re.search(r"项目|企业|工程|园区|数量", parent) and _OF_PROJECTS.fullmatch(subject):
        return re.sub(r"数量$", "", parent) + subject
    return subject


def count(amount: Amount, left: str, right: str, lead: str, parent: str, tense: Tense, previous: str) -> Reading | None:
    """Numbers of things: the noun stands behind the number or before it."""
    is_from = bool(FROM.search(left))
    if is_from:
        left = FROM.sub("", left)
    to = bool(re.match(r"^[ \u3000的]*(?:增加|提高|提升|扩大|上升|增长|减少|降低|发展|升|增|拓展)(?:到|至)", left))
    moved = bool(kit_of()["moved"].search(left)) and not to
    if moved and BASE.search(left) and not clean(BASE.sub("", left)):
        return Reading([f"{previous or parent}增量"], "increment", parent, True) if previous or parent else None
    after = _noun_after(right)
    verb = kit_of()["count_verb"].search(left)
    before = unmade(re.sub(r"^(?:总?投资|投入)[\d.,]+[百千万亿]*元", "", clean(left)))
    subject, inherited = "", False
    if len(after) >= 2 and not (len(before) >= 4 and re.match(r"以上|左右|增长|增加", after)):
        subject = _WORK_DONE.sub("", after) if re.search(r"(?:完成|推进|开展|启动|实施)[ \u3000]*$", left) else after
        if verb and not after.startswith(verb.group().strip()):
            subject = verb.group().strip() + after
        elif re.search(r"等[ \u3000]*$", left) and len(after) <= 4:
            subject = clean(re.split(r"、", left)[-1]).removesuffix("等") + after
    elif before:
        subject = _HELD_EVENTS.sub("", before)
    else:
        subject, inherited = parent, True
    if moved and parent and re.fullmatch(r"净|新|年均|每年|", re.sub(r"净增|新增", "净", subject)):
        return Reading([f"{parent}增量"], "increment", parent, True)
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
    stem = re.sub(r"（.*", "", parent)
    if len(stem) < len(head) + 4:
        return subject
    after_noun = left.rstrip(" \u3000").endswith(tuple(parent[-3:] + mark for mark in ("、", "和", "及", "以及", "与")))
    if after_noun and not (_PLACE_OF_LEVEL.fullmatch(head) and _PLACE_OF_LEVEL.fullmatch(stem[-len(head) :])):
        return subject  # 5个跨境电商产业园、20家龙头企业 share no modifier
    if len(head) > 4 or not (after_noun or re.match(r"[ \u3000]*(?:、|和|及|以及)", left)):
        return subject
    return stem[: -len(head)] + subject if len(stem) > len(head) + 2 else subject


def _noun_after(right: str) -> str:
    """The counted noun behind a number: up to the comma, or to the connector before the next number."""
    if re.match(r"[ \u3000]*(?:、|和|及|与|以及)", right):
        return ""
    text = re.split(r"[，。；：]", right, maxsplit=1)[0].strip(" \u3000*")
    text = re.sub(r"(?:、|和|及|以及|与|或|，|并[\u4e00-\u9fff]{1,4}|[ \u3000“])+$", "", text)
    text = re.sub(r"^(?:的|左右|以上|、|和|及)+", "", text)
    if re.match(r"(?:增长|增加|提高|提升|扩大|拓展|[增升降减](?:至|到|为)|发展[至到]|占|，|其中|）|\))", text):
        return ""
    qualified = re.search(r"(?<!目)的((?:目的|[^的]){4,})$", text)
    if len(text) > 16 and qualified:
        text = qualified[1]
    if len(text) > 30:
        text = re.split(r"、|了|，", text)[0][:30]
    return text if re.match(r"[“\u4e00-\u9fffA-Za-z]", text) else ""


def ratio(amount: Amount, left: str, right: str, lead: str, parent: str, tense: Tense, previous: str) -> Reading | None:
    """N:1."""
    subject = clean(left)
    return Reading([subject], "ratio", subject) if subject else None
