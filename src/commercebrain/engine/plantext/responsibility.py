"""Who is to do it: lists of units, and the clauses and marks that make one of them the lead.

Pure language: nothing here knows a document. The words are data (``catalogue/plantext/responsibility.yaml``).
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from commercebrain.engine.plantext.unit_lists import (
    BRACKETS,
    CLOSE,
    OPEN,
    is_organ,
    lexicon,
    looks_like_unit,
    split_marked,
    split_units,
)


@functools.cache
def _labels() -> dict[str, str]:
    """Label → role: lead, neutral, joining, deadline, or person, whose name is no unit."""
    words = lexicon()
    roles = ("lead", "neutral", "joining", "deadline", "person")
    return {label: role for role in roles for label in words[f"{role}_labels"]}


@functools.cache
def _label_pattern() -> re.Pattern[str]:
    alternatives = "|".join(sorted(map(re.escape, _labels()), key=len, reverse=True))
    return re.compile(rf"(?<![各位对])({alternatives})[\s*]*[:：][\s*]*")


def has_label(text: str) -> bool:
    """Whether ``text`` holds a label such as 牵头单位 before a colon."""
    return _label_pattern().search(text) is not None


# --- rules that hold for a whole document ------------------------------------------------------------------

_FIRST_LEADS = re.compile(
    r"(?:第一(?:位|个|家|名|顺位)?|首位|首个|首家|最前面?|前面)[^。；，]{0,10}?(?:为|是|系)[^。；，]{0,6}牵头[^。；，]{0,4}"
)
_MARK_LEADS = re.compile(r"[“\"‘「『]?([△▲★☆*＊※●◎○#◆])[”\"’」』]?[^。；]{0,12}?(?:为|是|系|表示|代表)[^。；]{0,6}牵头")


@dataclass(frozen=True, slots=True)
class LeadRules:
    """What a document says about which of the listed units leads."""

    first_leads: bool
    marks: str


def lead_rules(text: str) -> LeadRules:
    """The rules stated anywhere in ``text`` (“列第一位的为牵头单位，下同”, “打‘△’为牵头单位”)."""
    noted = "".join(match[1] for match in _MARK_LEADS.finditer(text))
    return LeadRules(first_leads=_FIRST_LEADS.search(text) is not None, marks=lexicon()["lead_marks"] + noted)


# --- clauses -----------------------------------------------------------------------------------------------


@dataclass(slots=True)
class Clause:
    """A clause that names who does a task: its place in the text, its words, the units and the rule that
    ranked them.
    """

    start: int
    end: int
    quote: str
    lead: list[str] = field(default_factory=list)
    joining: list[str] = field(default_factory=list)
    rule: str = ""
    deadline: str | None = None
    confidence: float = 0.97


NO_LEAD = "no 牵头单位 named in the text"


def find_clauses(text: str, rules: LeadRules, joints: Sequence[int] = ()) -> list[Clause]:
    """The responsibility clauses of one paragraph, in order; none of them overlap.

    ``joints`` are the positions where lines of the document were joined: a list of units outside brackets
    goes on over one only after a comma.
    """
    found: list[Clause] = []
    clauses = [*_labelled(text, rules, joints), *_verbal(text, rules)]
    for clause in sorted(clauses, key=lambda c: (c.start, -c.end)):
        if not found or clause.start >= found[-1].end:
            found.append(clause)
    return found


def _labelled(text: str, rules: LeadRules, joints: Sequence[int]) -> Iterator[Clause]:
    """“牵头单位：…；责任单位：…”, in brackets or as a line of its own."""
    labels = list(_label_pattern().finditer(text))
    i = 0
    while i < len(labels):
        start = labels[i].start()
        opening = re.search(rf"[{re.escape(OPEN)}]\s*$", text[max(start - 6, 0) : start])
        if opening:
            outer = max(start - 6, 0) + opening.start()
            end = _closing(text, outer)
        else:
            outer, end = start, len(text)
        inner_end = end - 1 if opening and end <= len(text) and text[end - 1 : end] in CLOSE else end
        inside: list[re.Match[str]] = []
        while i < len(labels) and labels[i].start() < inner_end:
            # Another label after a full stop opens another clause, unless brackets hold the two together.
            if inside and not opening and "。" in text[inside[-1].end() : labels[i].start()]:
                break
            inside.append(labels[i])
            i += 1
        if not opening:
            stop = text.find("。", inside[-1].end())
            cuts = [i for i in joints if i > inside[-1].end() and text[i - 1] not in "、，,；;和及"]
            end = inner_end = min([len(text) if stop < 0 else stop, *cuts])
        clause = _from_labels(text, inside, inner_end, rules)
        if clause is not None:
            clause.start, clause.end = outer, end
            yield clause


def _from_labels(text: str, labels: list[re.Match[str]], end: int, rules: LeadRules) -> Clause | None:
    by_role: dict[str, list[tuple[str, bool]]] = {"lead": [], "neutral": [], "joining": []}
    deadline = None
    last = labels[0].start()
    for label, following in zip(labels, [*labels[1:], None], strict=True):
        segment = text[label.end() : following.start() if following else end]
        role = _labels()[label[1]]
        words = _before_prose(segment)
        last = label.end() + len(words.rstrip(" ；;，,"))
        if role == "deadline":
            deadline = words.strip(" ；;，,。") or None
        elif role != "person":
            by_role[role] += split_marked(words, rules.marks)
    clause = rank(by_role, rules)
    if clause is None:
        return None
    clause.quote, clause.deadline = text[labels[0].start() : last].strip(), deadline
    return clause


def rank(by_role: dict[str, list[tuple[str, bool]]], rules: LeadRules) -> Clause | None:
    """Lead and joining units from what stood under each label; None when nothing did.

    A named lead wins; then a mark; then the document's own rule that the first one leads; a unit
    “responsible” beside others that only join leads too. Otherwise nobody leads.
    """
    lead, neutral, joining = by_role["lead"], by_role["neutral"], by_role["joining"]
    if not (lead or neutral or joining):
        return None
    names = [name for name, _ in neutral]
    clause = Clause(0, 0, "")
    if lead:
        clause.lead, clause.joining, clause.rule = [name for name, _ in lead], names, "牵头单位 named"
        if not neutral and not joining and any(mark for _, mark in lead):
            clause.lead = [name for name, mark in lead if mark]
            clause.joining, clause.rule = [name for name, mark in lead if not mark], _marks_of(rules)
    elif any(mark for _, mark in neutral):
        clause.lead = [name for name, mark in neutral if mark]
        clause.joining, clause.rule = [name for name, mark in neutral if not mark], _marks_of(rules)
    elif rules.first_leads and names:
        clause.lead, clause.joining, clause.rule = names[:1], names[1:], "列第一位的为牵头单位"
    elif joining and names:
        clause.lead, clause.rule = names, "责任单位 beside 配合单位"
    else:
        clause.joining, clause.rule = names, NO_LEAD
    clause.joining = clause.joining + [name for name, _ in joining]
    return clause


def _marks_of(rules: LeadRules) -> str:
    """The marks that lead: those a note explains, else △."""
    noted = rules.marks[len(lexicon()["lead_marks"]) :]
    return "".join(dict.fromkeys(noted)) or "△"


def rank_cell(text: str, role: str, rules: LeadRules) -> dict[str, list[tuple[str, bool]]]:
    """What one table cell under a heading of ``role`` contributes to :func:`rank`; labels within the cell
    win.
    """
    by_role: dict[str, list[tuple[str, bool]]] = {"lead": [], "neutral": [], "joining": []}
    labels = list(_label_pattern().finditer(text))
    if not labels:
        by_role[role] += split_marked(text, rules.marks)
        return by_role
    for label, following in zip(labels, [*labels[1:], None], strict=True):
        segment = text[label.end() : following.start() if following else len(text)]
        if _labels()[label[1]] in by_role:
            by_role[_labels()[label[1]]] += split_marked(_before_prose(segment), rules.marks)
    return by_role


def _before_prose(segment: str) -> str:
    """The unit list at the head of ``segment``: up to a full stop, or to a remark after a semicolon or
    comma.
    """
    segment = segment.split("。", 1)[0]
    rule = _FIRST_LEADS.search(segment)
    if rule is not None:
        cut = max(segment.rfind(mark, 0, rule.start()) for mark in "；;，,、（(")
        segment = segment[: max(cut, 0)]
    return segment


def _closing(text: str, opening: int) -> int:
    """The position after the bracket that closes the one at ``opening``; the text's end where none does."""
    depth = 0
    for i in range(opening, min(len(text), opening + 1500)):
        if text[i] in OPEN:
            depth += 1
        elif text[i] in CLOSE:
            depth -= 1
            if depth == 0:
                return i + 1
    return len(text)


# “（市商务局牵头，市财政局配合）”, “（市商务局、市财政局按职责分工负责）”
_VERB_END = re.compile(r"(?:负责|牵头|配合|参与|参加|协助|落实|实施|承办|推进)(?:落实|实施)?[。.]?\s*[）)〕\]】]")
# “由市商务局牵头，市财政局、海关配合”
_BY = re.compile(
    r"由([^，。；（）()]{2,80}?)(?:牵头|总牵头)(?:负责|落实|实施)?[，,、]([^。；（）()]{2,160}?)(?:配合|参与|协同|协助|参加)"
)
_UNITS_ONLY = re.compile(
    r"(?<=[。；！])\s*[（(〔\[]([^（(〔\[。；：]{2,160}(?:" + BRACKETS + r"[^（(。；：]{0,120})*)[）)〕\]]\s*[。]?\s*$"
)


def _verbal(text: str, rules: LeadRules) -> Iterator[Clause]:
    for match in _VERB_END.finditer(text):
        close = match.end() - 1
        start = _opening(text, close)
        if start is None:
            continue
        inner = text[start + 1 : close].strip()
        clause = _from_verbs(inner, rules)
        if clause is not None:
            clause.start, clause.end, clause.quote = start, close + 1, inner
            yield clause
    for match in _BY.finditer(text):
        lead, joining = split_units(match[1]), split_units(match[2])
        if all(map(looks_like_unit, lead)) and all(map(looks_like_unit, joining)) and lead and joining:
            yield Clause(match.start(), match.end(), match[0], lead, joining, "由…牵头", None, 0.85)
    for bare in (_UNITS_ONLY.search(text), *_FIRST_LEADS.finditer(text)):
        clause = _bare(text, bare, rules) if bare is not None else None
        if clause is not None:
            yield clause


def _bare(text: str, found: re.Match[str], rules: LeadRules) -> Clause | None:
    """A bracket that holds units and no verb: at a paragraph's end, or with the rule that the first of
    them leads.
    """
    start = found.start(1) - 1 if found.lastindex else _opening(text, found.start())
    if start is None:
        return None
    end = _closing(text, start)
    words = _before_prose(text[start + 1 : end - 1]).strip(" ，,；;")
    units = split_marked(words, rules.marks)
    if not units or not all(is_organ(name) for name, _ in units):
        return None
    clause = rank({"lead": [], "neutral": units, "joining": []}, rules)
    if clause is not None:
        clause.start, clause.end, clause.quote, clause.confidence = start, end, words, 0.75
    return clause


def _opening(text: str, close: int) -> int | None:
    """The bracket around position ``close`` or, where a bracket closes there, its own; within a clause's
    reach.
    """
    depth = 0 if text[close] in CLOSE else 1
    for i in range(close, max(close - 600, -1), -1):
        if text[i] in CLOSE:
            depth += 1
        elif text[i] in OPEN:
            depth -= 1
            if depth == 0:
                return i
    return None


def _from_verbs(inner: str, rules: LeadRules) -> Clause | None:
    """Lead and joining units from a bracket that says it with verbs; None when it holds no list of units."""
    if _label_pattern().search(inner):
        return None
    inner = inner.rstrip("。. ")
    head, verb, rest = re.sub(r"^由", "", inner).partition("牵头")
    if verb:
        lead = split_marked(head, rules.marks)
        rest = re.sub(r"^(?:负责|落实|实施|组织|推进)*[，,；;、。\s]*", "", rest)
        joining = split_marked(rest, rules.marks) if rest else []
        roles = {"lead": lead, "neutral": [], "joining": joining}
        rule = "…牵头"
    else:
        together = re.match(r"(.+?)(?:会同|会商?(?=[市省县区国]))(.+)", inner)
        charge = re.match(r"([^（(]+?)负责[，,；;](.+)", inner)
        if together or charge:
            first, second = (together or charge or [])[1], (together or charge or [])[2]
            roles = {
                "lead": split_marked(first, rules.marks),
                "neutral": [],
                "joining": split_marked(second, rules.marks),
            }
            rule = "…会同…" if together else "…负责，…配合"
        else:
            roles = {"lead": [], "neutral": split_marked(inner, rules.marks), "joining": []}
            rule = ""
    names = [name for units in roles.values() for name, _ in units]
    if not names or sum(map(looks_like_unit, names)) < 0.75 * len(names) or not looks_like_unit(names[0]):
        return None
    clause = rank(roles, rules)
    if clause is not None:
        clause.rule, clause.confidence = rule or clause.rule, 0.9
    return clause
