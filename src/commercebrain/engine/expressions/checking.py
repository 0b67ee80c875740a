"""What is wrong with an expression before it meets any value: unknown names, types and units that do not fit."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from commercebrain.engine.catalogue.source import nearest
from commercebrain.engine.expressions.nodes import (
    Compare,
    Day,
    Join,
    Literal_,
    Negative,
    Node,
    Not,
    Number,
    Sum,
    Term,
    Text,
    Within,
    printed,
    terms_in,
)
from commercebrain.engine.expressions.types import DAY, KNOWN, NUMBER, TEXT, TRUTH, Type, Vocabulary


@dataclass(frozen=True, slots=True)
class ExpressionFault:
    """What is wrong, in both languages."""

    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class _Seen:
    """The type of a part; ``bare`` where it names nothing, so that a number in it stands in the unit of the other side.
    ``units`` are the powers of its dimensions."""

    type: Type
    units: tuple[tuple[str, int], ...] = ()
    bare: bool = False


def is_bare(node: Node) -> bool:
    """Whether a side of a comparison names nothing: its number then stands in the unit of the other side."""
    return next(terms_in(node), None) is None


def type_of(term: Term, vocabulary: Vocabulary) -> Type | None:
    """What a name or a call stands for; None where it is unknown."""
    if term.args is None:
        return vocabulary.names.get(term.name)
    if term.name == KNOWN:
        return TRUTH
    function = vocabulary.functions.get(term.name)
    if function is None or function.result is not None:
        return function.result if function else None
    return next((type_of(arg, vocabulary) for arg in term.args if isinstance(arg, Term)), None)


class Checker:
    """Collects the faults of one expression."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self.vocabulary = vocabulary
        self.faults: list[ExpressionFault] = []

    def fault(self, zh: str, en: str) -> None:
        """Notes a fault."""
        self.faults.append(ExpressionFault(zh, en))

    def seen(self, node: Node) -> _Seen | None:
        """The type of ``node``; None where it has none because of a fault that is noted."""
        if isinstance(node, Number):
            return _Seen(NUMBER, bare=True)
        if isinstance(node, Text):
            return _Seen(TEXT, bare=True)
        if isinstance(node, Day):
            return _Seen(DAY, bare=True)
        if isinstance(node, Term):
            return self._term(node)
        if isinstance(node, Negative):
            return self._numeric(node.inner, "-")
        if isinstance(node, Sum):
            return self._sum(node)
        if isinstance(node, Compare):
            self._compare(node)
        elif isinstance(node, Within):
            self._within(node)
        else:
            for part in (node.inner,) if isinstance(node, Not) else node.parts if isinstance(node, Join) else ():
                inner = self.seen(part)
                if inner is not None and inner.type.kind != "truth":
                    self.fault(
                        f"and、or、not 只能连接条件，“{printed(part)}”不是条件。",
                        f"and, or and not join conditions; “{printed(part)}” is none.",
                    )
        return _Seen(TRUTH)

    # -- names

    def _term(self, term: Term) -> _Seen | None:
        names, functions = self.vocabulary.names, self.vocabulary.functions
        if term.args is None:
            found = names.get(term.name)
            if found is None:
                zh, en = nearest(term.name, [*names, *functions])
                self.fault(f"不认识的名称“{term.name}”{zh}", f"Unknown name “{term.name}”{en}")
                return None
        elif term.name == KNOWN:
            return self._known(term)
        else:
            found = self._call(term)
            if found is None:
                return None
        dimension = found.dimension
        return _Seen(found, ((dimension, 1),) if dimension else ())

    def _known(self, term: Term) -> _Seen | None:
        args = term.args or ()
        if len(args) != 1 or not isinstance(args[0], Term):
            self.fault("known(…) 的括号里须是一个名称。", "known(…) takes one name.")
            return None
        return _Seen(TRUTH) if self._term(args[0]) else None

    def _call(self, term: Term) -> Type | None:
        function, args = self.vocabulary.functions.get(term.name), term.args or ()
        if function is None:
            zh, en = nearest(term.name, [*self.vocabulary.functions, *self.vocabulary.names, KNOWN])
            self.fault(f"不认识的函数“{term.name}(…)”{zh}", f"Unknown function “{term.name}(…)”{en}")
            return None
        if len(args) != len(function.arguments):
            self.fault(
                f"“{term}”须有{len(function.arguments)}个参数，写了{len(args)}个。",
                f"“{term}” needs {len(function.arguments)} arguments, {len(args)} given.",
            )
            return None
        for arg, wanted in zip(args, function.arguments, strict=True):
            given = {Number: "number", Text: "text", Day: "day"}.get(type(arg), "name")
            if given != wanted:
                self.fault(
                    f"“{term}”里的“{printed(arg)}”须是{_ARGUMENTS[wanted][0]}。",
                    f"“{printed(arg)}” in “{term}” must be {_ARGUMENTS[wanted][1]}.",
                )
                return None
            if isinstance(arg, Term) and self._term(arg) is None:
                return None
        first = args[0] if args else None
        if function.options is not None and isinstance(first, Text) and first.value not in function.options:
            zh, en = nearest(first.value, function.options)
            self.fault(f"“{term}”里没有“{first.value}”{zh}", f"“{term}”: there is no “{first.value}”{en}")
            return None
        return type_of(term, self.vocabulary)

    # -- numbers

    def _numeric(self, node: Node, operator: str) -> _Seen | None:
        seen = self.seen(node)
        if seen is not None and seen.type.kind != "number":
            self.fault(
                f"“{printed(node)}”不是数值，不能用“{operator}”计算。",
                f"“{printed(node)}” is no number for “{operator}”.",
            )
            return None
        return seen

    def _sum(self, node: Sum) -> _Seen | None:
        left, right = self._numeric(node.left, node.operator), self._numeric(node.right, node.operator)
        if left is None or right is None:
            return None
        bare = left.bare and right.bare
        if node.operator in "*/":
            sign = 1 if node.operator == "*" else -1
            powers = dict(left.units)
            for dimension, power in right.units:
                powers[dimension] = powers.get(dimension, 0) + sign * power
            return _Seen(NUMBER, tuple(sorted((d, p) for d, p in powers.items() if p)), bare)
        if left.units != right.units:
            self._units(node, left, right)
            return None
        return _Seen(NUMBER, left.units, bare)

    def _units(self, node: Node, left: _Seen, right: _Seen) -> None:
        self.fault(
            f"“{printed(node)}”两边的单位不同（{_measured(left)[0]}与{_measured(right)[0]}）。",
            f"The sides of “{printed(node)}” have different units ({_measured(left)[1]} and {_measured(right)[1]}).",
        )

    # -- comparisons

    def _compare(self, node: Compare) -> None:
        left, right = self.seen(node.left), self.seen(node.right)
        if left is None or right is None:
            return
        for one, literal in ((left, node.right), (right, node.left)):
            if one.type.kind == "choice" and isinstance(literal, Text):
                self._option(one.type, literal)
            if one.type.kind == "ticks":
                self.fault(
                    f"多选题用“'选项' in 名称”判断，不能写成“{printed(node)}”。",
                    f"Ticks are asked by “'option' in name”, not by “{printed(node)}”.",
                )
                return
        kinds = {one.type.kind for one in (left, right)}
        if kinds == {"choice", "text"} and not (isinstance(node.left, Term) and isinstance(node.right, Term)):
            kinds = {"choice"}
        if len(kinds) > 1:
            self.fault(
                f"“{printed(node)}”比较的两边不是同一类（{_KINDS[left.type.kind][0]}与{_KINDS[right.type.kind][0]}）。",
                f"“{printed(node)}” compares {_KINDS[left.type.kind][1]} with {_KINDS[right.type.kind][1]}.",
            )
            return
        one_choice = left.type if left.type.kind == "choice" else right.type
        if node.operator in ("<", "<=", ">", ">=") and (
            kinds <= {"text", "truth"} or (one_choice.kind == "choice" and not one_choice.ordered)
        ):
            self.fault(f"“{printed(node)}”的两边没有大小之分。", f"The sides of “{printed(node)}” have no order.")
        if kinds == {"choice"} and left.type.kind == right.type.kind and left.type.choices != right.type.choices:
            self.fault(f"“{printed(node)}”两边的选项不同。", f"The sides of “{printed(node)}” have different options.")
        if kinds != {"number"}:
            return
        if left.units != right.units and not left.bare and not right.bare:
            self._units(node, left, right)
        elif left.bare != right.bare:
            side, units = (node.right, right.units) if left.bare else (node.left, left.units)
            given = {t.unit for term in terms_in(side) if (t := type_of(term, self.vocabulary)) and t.unit}
            if len(given) > 1 or (units and sum(abs(power) for _, power in units) > 1):
                self.fault(
                    f"“{printed(node)}”与数字比较时，各项的单位须相同。",
                    f"“{printed(node)}”: what is compared with a bare number must have one unit.",
                )

    def _within(self, node: Within) -> None:
        inner = self.seen(node.inner)
        if isinstance(node.options, Term):
            held = self._term(node.options)
            if held is None:
                return
            if held.type.kind != "ticks":
                self.fault(f"“{node.options}”不是多选题。", f"“{node.options}” holds no ticks.")
            elif isinstance(node.inner, Text):
                self._option(held.type, node.inner)
            else:
                self.fault(
                    "in 的左边须是一个带引号的选项。", "On the left of “in” stands one option in quotation marks."
                )
            return
        if inner is None:
            return
        for option in node.options:
            self._one_of(inner.type, option, node)

    def _one_of(self, wanted: Type, option: Literal_, node: Within) -> None:
        given = {Number: "number", Text: "text", Day: "day"}[type(option)]
        kind = "text" if wanted.kind == "choice" else wanted.kind
        if given != kind:
            self.fault(
                f"“{printed(node)}”里的“{printed(option)}”应为{_KINDS[kind][0]}。",
                f"“{printed(option)}” in “{printed(node)}” should be {_KINDS[kind][1]}.",
            )
        elif isinstance(option, Text) and wanted.kind == "choice":
            self._option(wanted, option)

    def _option(self, wanted: Type, literal: Text) -> None:
        if wanted.code(literal.value) is None:
            zh, en = nearest(literal.value, [*wanted.choices, *(w.zh for w in wanted.choices.values())])
            self.fault(f"没有选项“{literal.value}”{zh}", f"There is no option “{literal.value}”{en}")


_KINDS = {
    "number": ("数值", "a number"), "text": ("文字", "a text"), "day": ("日期", "a day"), "truth": ("是否", "yes or no"),
    "choice": ("选项", "a choice"), "ticks": ("多选", "ticks"),
}  # fmt: skip
_ARGUMENTS = {
    "number": ("数字", "a number"), "text": ("带引号的文字", "a text in quotation marks"), "day": ("日期", "a day"),
    "name": ("名称", "a name"),
}  # fmt: skip


def _measured(seen: _Seen) -> tuple[str, str]:
    told = " · ".join(d if p == 1 else f"{d}^{p}" for d, p in seen.units)
    return told or "无单位", told or "no unit"


def faults_of(node: Node, vocabulary: Vocabulary, *, condition: bool) -> Iterator[ExpressionFault]:
    """The faults of ``node``; ``condition``: it must say yes or no."""
    checker = Checker(vocabulary)
    seen = checker.seen(node)
    if condition and seen is not None and seen.type.kind != "truth":
        checker.fault(f"“{printed(node)}”不是条件。", f"“{printed(node)}” is no condition.")
    yield from dict.fromkeys(checker.faults)
