"""A declared condition as people read it: 在手订单可维持月数不超过≤1，且……. Words only; nothing is evaluated."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

from commercebrain.desk.core import reader
from commercebrain.desk.core.catalogue import catalogue
from commercebrain.desk.core.formatting import MINUS
from commercebrain.desk.lists.kinds import kind
from commercebrain.engine.expressions import Term, Type, Vocabulary, parse
from commercebrain.engine.expressions.nodes import (
    Compare,
    Day,
    Join,
    Negative,
    Node,
    Not,
    Number,
    Sum,
    Text,
    Within,
    children,
    terms_in,
)
from commercebrain.engine.rules.compiled import words_of
from commercebrain.engine.rules.kinds import PLACE, SUBJECTS, Rule
from commercebrain.engine.rules.saying import shown
from commercebrain.engine.rules.vocabulary import Fact, periods_of

_ZH = {"<": "低于", "<=": "不超过", ">": "高于", ">=": "不低于", "==": "为", "!=": "不为", "and": "，且", "or": "，或"}
_FALLS = {"growth": "下降{}", "gap": "低{}", "points": "慢{}", "spreads": "低{}个离散度"}
_EN = {
    "<": "is below", "<=": "is at most", ">": "is above", ">=": "is at least", "==": "is", "!=": "is not", "and": " and ",
    "or": " or ",
}  # fmt: skip


def _said(value: Decimal, kind: Type | None) -> str:
    """A number as the engine says it, with a minus that is one; a bound of a growth is a percentage, no rise or fall."""
    if isinstance(kind, Fact) and kind.shown == "growth":
        kind = replace(kind, shown="percent")
    return reader.said(shown(value, kind)).replace("-", MINUS)


def of_parameter(rule: Rule, name: str, value: Any = None) -> str:
    """A threshold of a rule with its unit; its own value where none is given."""
    chosen = rule.parameters[name].value if value is None else Decimal(str(value))
    kind = words_of(rule).names.get(name)
    return _said(chosen, kind if rule.parameters[name].unit else _compared(rule, name) or kind)


def _compared(rule: Rule, name: str) -> Type | None:
    """What a threshold without a unit of its own is compared with."""
    sayer = _Sayer(rule, {})
    for text in (rule.when, *(one.when for one in rule.levels if one.when)):
        waiting = [_root(text)]
        while waiting:
            node = waiting.pop()
            waiting += [child for child in children(node) if not isinstance(child, Term)]
            if isinstance(node, Compare):
                for side, other in ((node.left, node.right), (node.right, node.left)):
                    if any(term.args is None and term.name == name for term in terms_in(side)):
                        return sayer.kind(other)
    return None


class _Sayer:
    def __init__(self, rule: Rule, values: Mapping[str, Any]) -> None:
        self.rule, self.values = rule, values
        self.vocabulary: Vocabulary = words_of(rule)
        self.words = _ZH if reader.chinese() else _EN

    def kind(self, node: Node) -> Type | None:
        """What a node measures, where a name says it."""
        if isinstance(node, Term):
            if node.args is None:
                return self.vocabulary.names.get(node.name)
            if node.args and isinstance(node.args[0], Term):
                return self.kind(node.args[0])
            known = self.vocabulary.functions.get(node.name)
            return known.result if known else None
        if isinstance(node, Negative):
            return self.kind(node.inner)
        if isinstance(node, Sum):
            return self.kind(node.left) or self.kind(node.right)
        return None

    def say(self, node: Node, like: Type | None = None) -> str:
        """A part in words; ``like`` is what a bare number or text is compared with."""
        if isinstance(node, Number):
            return _said(node.value, like)
        if isinstance(node, Negative):
            if isinstance(node.inner, Number):
                return _said(-node.inner.value, like)
            return f"−{self.say(node.inner, like)}"
        if isinstance(node, Text):
            known = like.choices.get(like.code(node.value) or "") if like else None
            if known is None and getattr(like, "shown", "") == "country":
                known = catalogue().codes("countries").get(node.value)
            return f"“{reader.said(known) if known is not None else node.value}”"
        if isinstance(node, Day):
            return node.value.isoformat()
        if isinstance(node, Term):
            return self.term(node, like)
        if isinstance(node, Compare):
            told = self.kind(node.left) or self.kind(node.right)
            if (fall := self.fall(node, told)) is not None:
                return fall
            return self.joined(self.say(node.left, told), self.words[node.operator], self.say(node.right, told))
        if isinstance(node, Within):
            return self.within(node)
        if isinstance(node, Not):
            return ("不是：" if reader.chinese() else "not: ") + self.say(node.inner)
        if isinstance(node, Sum):
            sign = {"-": "−", "*": "×", "/": "÷", "+": "+"}[node.operator]
            told = self.kind(node)
            like = told if node.operator in "+-" else None  # a factor has no unit
            return f"{self.part(node.left, node, like)} {sign} {self.part(node.right, node, like)}"
        return self.words[node.operator].join(
            f"（{self.say(part)}）" if isinstance(part, Join) and reader.chinese() else f"({self.say(part)})" if isinstance(part, Join) else self.say(part)
            for part in node.parts
        )  # fmt: skip

    def part(self, node: Node, inside: Sum, like: Type | None) -> str:
        """One side of a sum or a product, in brackets where it would read as something else without them."""
        said = self.say(node, like)
        loose = isinstance(node, Sum) and (
            (inside.operator in "*/" and node.operator in "+-")
            or (node is inside.right and (inside.operator == "/" or (inside.operator == "-" and node.operator in "+-")))
        )
        return said if not loose else f"（{said}）" if reader.chinese() else f"({said})"

    def fall(self, node: Compare, told: Type | None) -> str | None:
        """A growth or a gap held below a negative bound, as Chinese says it: 同比下降30%以上; none for any other."""
        word = _FALLS.get(getattr(told, "shown", ""))
        if (
            not reader.chinese()
            or word is None
            or node.operator not in ("<", "<=")
            or not isinstance(node.right, Negative)
        ):
            return None
        share = replace(told, shown="percent") if isinstance(told, Fact) and told.shown in ("growth", "gap") else told
        return f"{self.bare(node.left, told)}{word.format(self.say(node.right.inner, share))}以上"

    def bare(self, node: Node, told: Type | None) -> str:
        """A part without the note which way its sign goes, where it is a fact that has one."""
        known = self.vocabulary.names.get(node.name) if isinstance(node, Term) and node.args is None else None
        return reader.said(known.bare) if isinstance(known, Fact) and known.bare is not None else self.say(node, told)

    def joined(self, left: str, operator: str, right: str) -> str:
        """Both sides of a comparison."""
        return f"{left}{operator}{right}" if reader.chinese() else f"{left} {operator} {right}"

    def within(self, node: Within) -> str:
        """One of several; several of one."""
        told = self.kind(node.inner)
        if isinstance(node.options, Term):
            inside = self.say(node.inner, self.kind(node.options))
            return self.joined(self.say(node.options), "不含" if node.negated else "含", inside) if reader.chinese() else (
                f"{self.say(node.options)} {'does not include' if node.negated else 'includes'} {inside}")  # fmt: skip
        options = ("、" if reader.chinese() else ", ").join(self.say(one, told) for one in node.options)
        words = (
            ("不属于" if node.negated else "属于")
            if reader.chinese()
            else ("is none of" if node.negated else "is one of")
        )
        return self.joined(self.say(node.inner), words, options)

    def term(self, term: Term, like: Type | None) -> str:
        """A name, a parameter with its value, a function with what it is asked for."""
        parameter = self.rule.parameters.get(term.name) if term.args is None else None
        if parameter is not None:
            kind = self.vocabulary.names.get(term.name)
            return _said(
                Decimal(str(self.values.get(term.name, parameter.value))), like if like and not parameter.unit else kind
            )
        if term.name == "known" and term.args:
            return ("已知" if reader.chinese() else "known: ") + self.say(term.args[0])
        if term.args is None:
            known = self.vocabulary.names.get(term.name)
            return reader.said(known.words) if known is not None and known.words else term.name
        if (
            term.name == "lag"
            and len(term.args) == 2
            and isinstance(term.args[0], Term)
            and isinstance(term.args[1], Number)
        ):
            return self.earlier(term.args[0], int(term.args[1].value))
        function = self.vocabulary.functions.get(term.name)
        name = reader.said(function.words) if function is not None and function.words else term.name
        inside = ("、" if reader.chinese() else ", ").join(_argument(one, self) for one in term.args)
        return f"{name}“{inside}”" if inside else name

    def earlier(self, name: Term, periods: int) -> str:
        """A value of some periods before."""
        report = periods_of(self.rule.subject, name) == "report"
        if reader.chinese():
            return f"{periods}{'期' if report else '个月'}前的{self.say(name)}"
        return f"{self.say(name)} {periods} {'reports' if report else 'months'} earlier"


def _argument(node: Any, sayer: _Sayer) -> str:
    if isinstance(node, Text):
        for named in (kind(node.value), catalogue().codes("countries").get(node.value)):
            if named is not None:
                return reader.said(getattr(named, "name", named))
        return node.value
    return sayer.say(node)


def parts(rule: Rule, values: Mapping[str, Any] | None = None) -> list[str]:
    """The conditions that must all hold, one by one; parameters with the values given, else their own."""
    sayer = _Sayer(rule, values or {})
    node = _root(rule.when)
    return [sayer.say(part) for part in (node.parts if isinstance(node, Join) and node.operator == "and" else (node,))]


def level_parts(rule: Rule, values: Mapping[str, Any] | None = None) -> list[tuple[str, str]]:
    """The levels in the order of trial, each with its condition in words; "" for the last."""
    sayer = _Sayer(rule, values or {})
    return [(one.level, sayer.say(_root(one.when)) if one.when else "") for one in rule.levels]


def _root(text: str) -> Node:
    return parse(text).node


def sentence(rule: Rule) -> str:
    """The sentence that people are shown, with the names of the facts where their values will stand."""
    sayer = _Sayer(rule, {})
    own = {
        "name": reader.said(SUBJECTS[rule.subject]) if reader.chinese() else "the subject",
        "county_name": "所在县（市、区）" if reader.chinese() else "its county",
    }

    def named(found: re.Match[str]) -> str:
        place = found[1].strip()
        told = own.get(place)
        if told is None:
            node = _root(place)
            told = sayer.bare(node.inner, None) if isinstance(node, Negative) else sayer.say(node)
        return f"〔{told}〕" if reader.chinese() else f"[{told}]"

    return PLACE.sub(named, reader.said(rule.say))


def hold(rule: Rule) -> str:
    """For how long it must hold before it counts; "" for at once."""
    if rule.hold is None or rule.hold.for_ < 2:
        return ""
    report = rule.hold.of == "report"
    if reader.chinese():
        return f"连续{rule.hold.for_}{'期' if report else '个月'}成立"
    return f"for {rule.hold.for_} {'reports' if report else 'months'} in a row"


_SPANS = {"working day": "个工作日", "day": "天", "hour": "小时", "month": "个月", "week": "周"}


def span(text: str) -> str:
    """“1 working day” in the reader's language."""
    count, _blank, what = text.partition(" ")
    word = _SPANS.get(what.removesuffix("s"))
    return f"{count}{word}" if reader.chinese() and word else text
