"""Why a condition holds, fails, or cannot be told: in words, with the values it met."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from commercebrain.engine.expressions.checking import type_of
from commercebrain.engine.expressions.evaluating import Evaluator, Value
from commercebrain.engine.expressions.nodes import Join, Node, Not, Term, printed, terms_in
from commercebrain.engine.expressions.types import Type, Vocabulary

_MISSING = "缺"


@dataclass(frozen=True, slots=True)
class Part:
    """One part that decided: its text, whether it holds (None: not known), and the names that were missing."""

    text: str
    holds: bool | None
    missing: tuple[str, ...]
    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class Explanation:
    """What came out, and the parts that decided it."""

    holds: bool | None
    parts: tuple[Part, ...]

    @property
    def zh(self) -> str:
        """The sentence in Chinese."""
        head = {True: "成立", False: "不成立", None: "无法判断"}[self.holds]
        return f"{head}：{'；'.join(part.zh for part in self.parts)}。"

    @property
    def en(self) -> str:
        """The sentence in English."""
        head = {True: "Holds", False: "Does not hold", None: "Cannot be told"}[self.holds]
        return f"{head}: {'; '.join(part.en for part in self.parts)}."

    def say(self, language: str = "zh") -> str:
        """The sentence in ``language``."""
        return self.zh if language.startswith("zh") else self.en


def explained(node: Node, evaluator: Evaluator) -> Explanation:
    """Why ``node`` comes out as it does: of an ``and`` that fails the parts that fail, of an ``or`` that holds those
    that hold, of what cannot be told the parts that are not known."""
    holds = evaluator.truth(node)
    return Explanation(holds, tuple(_part(part, evaluator) for part in _deciding(node, evaluator)))


def _deciding(node: Node, evaluator: Evaluator) -> list[Node]:
    if isinstance(node, Not) and isinstance(node.inner, Join):
        return _deciding(node.inner, evaluator)
    if not isinstance(node, Join):
        return [node]
    holds = evaluator.truth(node)
    found = [part for part in node.parts if evaluator.truth(part) is holds]
    return [inner for part in found for inner in _deciding(part, evaluator)]


def _part(node: Node, evaluator: Evaluator) -> Part:
    holds = evaluator.truth(node)
    terms = list(dict.fromkeys(terms_in(node)))
    values = {term: evaluator.term(term) for term in terms}
    missing = [term for term in terms if values[term] is None]
    told = [
        (_called(term, evaluator.vocabulary, zh), _said(values[term], type_of(term, evaluator.vocabulary), zh))
        for zh in (True, False)
        for term in terms
    ]
    zh = "，".join(f"{name}{'' if value == _MISSING else '为'}{value}" for name, value in told[: len(terms)])
    en = ", ".join(f"{name}: {value}" for name, value in told[len(terms) :])
    state = {True: ("成立", "holds"), False: ("不成立", "does not hold"), None: ("无法判断", "cannot be told")}[holds]
    text = printed(node)
    return Part(
        text,
        holds,
        tuple(str(term) for term in missing),
        f"“{text}”{state[0]}" + (f"（{zh}）" if zh else ""),
        f"“{text}” {state[1]}" + (f" ({en})" if en else ""),
    )


def _called(term: Term, vocabulary: Vocabulary, chinese: bool) -> str:
    if term.args is None:
        known = vocabulary.names.get(term.name)
        words = known.words if known else None
    else:
        function = vocabulary.functions.get(term.name)
        words = function.words if function else None
    if words is None:
        return str(term)
    inside = "" if term.args is None else f"（{'、'.join(printed(arg).strip(chr(39)) for arg in term.args)}）"
    return words.say("zh" if chinese else "en") + (inside if chinese else inside.replace("（", " (").replace("）", ")"))


def _said(value: Value, known: Type | None, chinese: bool) -> str:
    if value is None:
        return _MISSING if chinese else "missing"
    if isinstance(value, bool):
        return {True: ("是", "yes"), False: ("否", "no")}[value][0 if chinese else 1]
    if isinstance(value, Decimal):
        return f"{value:,f} {known.unit if known else ''}".strip()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, frozenset):
        return "、".join(sorted(value)) or ("无" if chinese else "none")
    words = known.choices.get(value) if known else None
    return words.say("zh" if chinese else "en") if words else value
