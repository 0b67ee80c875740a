"""What a rule found, in words: the sentence that a section head would sign, the facts it rests on, and what was missing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import ROUND_HALF_UP, Context, Decimal
from functools import lru_cache
from typing import Any

import numpy as np

from commercebrain.engine.catalogue.models import Words
from commercebrain.engine.errors import UserError
from commercebrain.engine.expressions import Term, Type, Value, parse
from commercebrain.engine.expressions.checking import type_of
from commercebrain.engine.expressions.evaluating import Evaluator
from commercebrain.engine.expressions.nodes import Negative, Node, Number
from commercebrain.engine.rules.compiled import words_of
from commercebrain.engine.rules.evaluating import Found
from commercebrain.engine.rules.frame import About, Frame
from commercebrain.engine.rules.kinds import LEVELS, OWN_PLACES, PLACE, Rule
from commercebrain.engine.rules.vocabulary import Fact, periods_of

MISSING = Words(zh="（缺）", en="(missing)")
_WIDE = Context(prec=40)
#: What is said of a number that lies above, below or level with what it is held against.
_AGAINST = {
    "growth": (Words(zh="增长", en="up {}%"), Words(zh="下降", en="down {}%"), Words(zh="持平", en="unchanged")),
    "gap": (
        Words(zh="高", en="{}% above"), Words(zh="低", en="{}% below"), Words(zh="持平", en="level with"),
    ),
}  # fmt: skip
_MONEY = {"元": ("元", "CNY"), "美元": ("美元", "USD")}


@lru_cache(maxsize=1)
def _codes() -> Mapping[str, Mapping[str, Words]]:
    from commercebrain.engine.catalogue import load_catalogue

    codes = load_catalogue().codes
    return {name: codes(name) for name in ("countries", "industries")}


def shown(value: Value, known: Type | None) -> Words:
    """A value in words: shares as percentages, money in 万元 or 亿元, codes by their names; what is missing says so."""
    if value is None:
        return MISSING
    if isinstance(value, bool):
        return Words(zh="是", en="yes") if value else Words(zh="否", en="no")
    if isinstance(value, date):
        return Words(zh=value.isoformat(), en=value.isoformat())
    if isinstance(value, frozenset):
        named = [_choice(one, known) for one in sorted(value)]
        if not named:
            return Words(zh="无", en="none")
        return Words(zh="、".join(one.zh for one in named), en=", ".join(one.en for one in named))
    if isinstance(value, str):
        return _choice(value, known)
    return _number(value, known)


def _choice(value: str, known: Type | None) -> Words:
    if known is not None and value in known.choices:
        return known.choices[value]
    if isinstance(known, Fact) and known.shown == "country":
        return _codes()["countries"].get(value) or Words(zh=value, en=value)
    return Words(zh=value or "—", en=value or "—")


def _number(value: Decimal, known: Type | None) -> Words:
    form = known.shown if isinstance(known, Fact) else ""
    unit = known.unit if known is not None else ""
    if form in _AGAINST:
        return _against(value, *_AGAINST[form])
    if form == "percent" or unit == "%":
        said = _round(value if unit == "%" else value.scaleb(2, _WIDE), 1)
        return Words(zh=f"{said}%", en=f"{said}%")
    base = unit.removeprefix("万")
    if base in _MONEY:
        return _money(value.scaleb(4, _WIDE) if unit != base else value, *_MONEY[base])
    if form == "months":
        said = _round(value, 1)
        return Words(zh=f"{said}个月", en=f"{said} months" if said != "1" else "1 month")
    if form in ("points", "share_points"):
        said = _round(value if form == "points" else value.scaleb(2, _WIDE), 1)
        return Words(zh=f"{said}个百分点", en=f"{said} percentage points")
    said = _round(value, 2 if form == "spreads" or not unit else 0)
    return Words(zh=f"{said}{unit}" if unit != "个" else said, en=said)


def _against(value: Decimal, up: Words, down: Words, same: Words) -> Words:
    """How far up or down, in words and per cent: 下降28%, down 28%."""
    said = _round(abs(value).scaleb(2, _WIDE), 1)
    if said == "0":
        return same
    way = up if value > 0 else down
    return Words(zh=f"{way.zh}{said}%", en=way.en.format(said))


def _money(value: Decimal, zh: str, en: str) -> Words:
    size = abs(value)
    if size >= 100_000_000:
        told = f"{_round(value.scaleb(-8, _WIDE), 2)}亿{zh}"
    elif size >= 10_000:
        told = f"{_round(value.scaleb(-4, _WIDE), 1 if size < 10_000_000 else 0)}万{zh}"
    else:
        told = f"{_round(value, 0)}{zh}"
    million = value.scaleb(-6, _WIDE)
    english = f"{en} {_round(million, 1)} million" if size >= 1_000_000 else f"{en} {_round(value, 0)}"
    return Words(zh=told, en=english)


def _round(value: Decimal, places: int) -> str:
    """Half up, thousands apart, without zeros at the end and without a minus before nothing."""
    rounded = value.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP, _WIDE)
    if not rounded:
        return "0"
    text = f"{rounded:,f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


# -- one row of a frame


class Row:
    """One subject of a frame, looked up term by term."""

    def __init__(
        self, rule: Rule, frame: Frame, row: int, parameters: Mapping[str, Decimal] | None = None,
        lists: Mapping[str, Words] | None = None,
    ) -> None:  # fmt: skip
        self.rule, self.frame, self.row, self.lists = rule, frame, row, lists or {}
        self.given = rule.values() if parameters is None else dict(parameters)
        self.words = words_of(rule)
        self.evaluator = Evaluator(self.look_up, self.words)

    @property
    def about(self) -> About:
        """Who it is."""
        return self.frame.about(self.row)

    def look_up(self, term: Term) -> object:
        """What it has under a name or a call; None where nothing is known."""
        if term.args is None and term.name in self.given:
            return self.given[term.name]
        column = self.frame.column(term)
        if not column.known[self.row]:
            return None
        value = column.values[self.row]
        return value.item() if isinstance(value, np.generic) else value

    def said(self, place: str) -> Words:
        """What stands for ``place`` of a sentence."""
        if place == "name":
            return self.about.name
        if place == "county_name":
            about = self.about
            return about.county_name or Words(zh=about.county or "—", en=about.county or "—")
        node = parse(place).node
        return shown(self.evaluator.value(node), _type(node, self.words.names, self))

    def sentence(self, say: Words | None = None) -> Words:
        """The sentence of the rule, or another of its sentences, with every place filled."""
        say = say or self.rule.say
        told = {place: self.said(place) for place in places(say)}
        return Words(
            zh=PLACE.sub(lambda found: told[found[1].strip()].zh, say.zh),
            en=PLACE.sub(lambda found: told[found[1].strip()].en, say.en),
        )


def places(say: Words) -> list[str]:
    """What a sentence leaves open, each once."""
    return list(dict.fromkeys(found.strip() for text in (say.zh, say.en) for found in PLACE.findall(text)))


def _type(node: Node, names: Mapping[str, Type], row: Row) -> Type | None:
    inner = node.inner if isinstance(node, Negative) else node
    known = type_of(inner, row.words) if isinstance(inner, Term) else None
    if inner is not node and isinstance(known, Fact) and known.shown in _AGAINST:
        return replace(known, shown="percent")  # the sentence itself says which way
    return known


def place_fault(place: str, rule: Rule) -> tuple[str, str] | None:
    """Why a place of a sentence cannot be filled: it is no name, no call, nor one with a minus before it."""
    if place in OWN_PLACES:
        return None
    try:
        read = parse(place)
    except UserError as fault:
        return fault.zh, fault.en
    inner = read.node.inner if isinstance(read.node, Negative) else read.node
    if not isinstance(inner, Term):
        return f"句子里的“{{{place}}}”须是一个名称。", f"“{{{place}}}” in the sentence must be a name."
    for wrong in read.check(words_of(rule), condition=False):
        return wrong.zh, wrong.en
    return None


# -- evidence


@dataclass(frozen=True, slots=True)
class Told:
    """The cause by which signals are grouped: its key and its words; empty where a rule groups nothing."""

    key: str = ""
    words: Words | None = None


def cause_of(rule: Rule, about: About) -> Told:
    """What a signal of ``rule`` about this subject comes from."""
    by, given = rule.cause.by, rule.cause.words
    if by == "list" and rule.cause.list_ is not None:
        return Told(f"list:{rule.cause.list_}", given or rule.name)
    found = {"market": about.country, "county": about.county or about.region, "chapter": about.chapter}.get(by, "")
    if not found:
        return Told()
    if by == "market":
        name = _codes()["countries"].get(found) or Words(zh=found, en=found)
        words = Words(zh=f"{name.zh}市场", en=f"The market of {name.en}")
    elif by == "county":
        words = about.county_name or Words(zh=found, en=found)
    else:
        words = Words(zh=f"第{found}章商品", en=f"Goods of chapter {found}")
    if given is not None:
        words = Words(zh=f"{given.zh}·{words.zh}", en=f"{given.en}: {words.en}")
    return Told(f"{by}:{found}", words)


def evidence(
    found: Found | Rule, frame: Frame, row: int, parameters: Mapping[str, Decimal] | None = None, *,
    lists: Mapping[str, Words] | None = None,
) -> dict[str, Any]:  # fmt: skip
    """Why a rule fires for the subject in ``row`` of ``frame``, as plain JSON.

    ``lists``: what the kinds of lists are called that a bureau declared, by their codes; the product's are known.

    ``sentence`` and, where the rule declares one, ``brief`` (zh, en), ``terms`` (each fact with value, unit, words, and
    as it is told), ``parameters``, ``missing``,
    ``explanation`` (zh, en), ``cause`` (key, zh, en), and as a hint for a picture ``chart``: the fact whose history shows
    it, and of what its periods are.
    """
    rule = found.rule if isinstance(found, Found) else found
    chosen = found.parameters if isinstance(found, Found) and parameters is None else parameters
    one = Row(rule, frame, row, chosen, lists)
    brief = one.sentence(rule.brief) if rule.brief is not None else None
    sentence, why = one.sentence(), rule.condition.explain(one.look_up, one.words)
    cause, terms = cause_of(rule, one.about), [_term(term, one) for term in rule.terms]
    first = next((term for term in rule.condition.terms if term.args is None and term.name not in one.given), None)
    level = next(
        (
            code
            for code, wanted in rule.level_conditions
            if wanted is None or wanted.holds(one.look_up, one.words) is True
        ),
        rule.levels[-1].level,
    )
    return {
        "rule": rule.code,
        "key": str(frame.keys[row]),
        "period": frame.period,
        "synthetic": frame.synthetic,
        "level": {"code": level, "zh": LEVELS[level].zh, "en": LEVELS[level].en},
        "sentence": {"zh": sentence.zh, "en": sentence.en},
        "brief": {"zh": brief.zh, "en": brief.en} if brief is not None else None,
        "terms": terms,
        "parameters": [
            {
                "name": name,
                "value": format(one.given[name], "f"),
                "unit": declared.unit,
                "zh": declared.name.zh,
                "en": declared.name.en,
            }
            for name, declared in rule.parameters.items()
        ],
        "missing": [term["term"] for term in terms if term["value"] is None],
        "explanation": {"zh": why.zh, "en": why.en},
        "cause": {"key": cause.key, "zh": cause.words.zh if cause.words else "", "en": cause.words.en if cause.words else ""},
        "chart": {"term": str(first), "of": periods_of(rule.subject, first)} if first is not None else None,
    }  # fmt: skip


def _term(term: Term, one: Row) -> dict[str, Any]:
    value, known = one.evaluator.term(term), type_of(term, one.words)
    told, words = shown(value, known), _named(term, one)
    plain: Any = value
    if isinstance(value, Decimal):
        plain = format(value, "f")
    elif isinstance(value, frozenset):
        plain = sorted(value)
    elif isinstance(value, date):
        plain = value.isoformat()
    return {
        "term": str(term),
        "value": plain,
        "unit": known.unit if known is not None else "",
        "zh": words.zh,
        "en": words.en,
        "said_zh": told.zh,
        "said_en": told.en,
    }


def _named(term: Term, one: Row) -> Words:
    """What a fact is called: ``lag(cover, 4)`` is 4期前…, ``exposure('tariff_list')`` names the list."""
    if term.args is None:
        known = one.words.names.get(term.name)
        return known.words if known is not None and known.words is not None else Words(zh=term.name, en=term.name)
    inner = next((arg for arg in term.args if isinstance(arg, Term)), None)
    if term.name == "lag" and inner is not None and isinstance(term.args[-1], Number):
        of, count, words = periods_of(one.rule.subject, inner), term.args[-1].value, _named(inner, one)
        zh, en = ("期", "reports") if of == "report" else ("个月", "months")
        return Words(zh=f"{count}{zh}前的{words.zh}", en=f"{words.en}, {count} {en} earlier")
    function = one.words.functions.get(term.name)
    head = function.words if function is not None and function.words is not None else Words(zh=term.name, en=term.name)
    given = [_argument(str(arg.value), one.lists) if hasattr(arg, "value") else _plain(str(arg)) for arg in term.args]
    zh, en = "、".join(word.zh for word in given), ", ".join(word.en for word in given)
    return Words(zh=f"{head.zh}（{zh}）", en=f"{head.en} ({en})")


def _argument(code: str, lists: Mapping[str, Words]) -> Words:
    """What is given to a function: a list or a country by its name, anything else as it is written."""
    from commercebrain.engine.catalogue import load_catalogue

    if (own := lists.get(code)) is not None:
        return own
    kind = load_catalogue().lists.get(code)
    return kind.name if kind is not None else _codes()["countries"].get(code) or _plain(code)


def _plain(text: str) -> Words:
    return Words(zh=text, en=text)
