"""Conditions made ready for many rows: each read once, taken apart at its ``and``, every part as cheap as it can be.

A comparison of one number with a constant becomes a comparison of floats that says exactly what the decimals would say:
``x < c`` for every float x that is not the float nearest to c, and for that one the answer is known beforehand. A part that
asks one choice or text becomes a table of answers by code. Everything else stays as it is and runs through
:class:`commercebrain.engine.expressions.columns.Columns` on the rows that are left.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Context, Decimal
from functools import lru_cache
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from commercebrain.engine.expressions import Type, Value, Vocabulary
from commercebrain.engine.expressions.checking import is_bare, type_of
from commercebrain.engine.expressions.evaluating import ORDER, Evaluator, wrong_type
from commercebrain.engine.expressions.nodes import (
    Compare,
    Join,
    Negative,
    Node,
    Not,
    Number,
    Sum,
    Term,
    Text,
    Within,
    terms_in,
)
from commercebrain.engine.expressions.reading import read
from commercebrain.engine.expressions.types import KNOWN
from commercebrain.engine.rules.kinds import Rule
from commercebrain.engine.rules.vocabulary import vocabulary

_TURNED: Final = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "==": "==", "!=": "!="}
_MOST_WHOLE: Final = 2.0**53
_EXACT: Final = Context(prec=120)
_MOST_SAID: Final = 200
_MOST_EXACT: Final = 20_000
#: Floats nearer to each other than this part of what they were added up from are compared exactly.
NEAR: Final = 1e-12
Floats = NDArray[np.float64]
Answers = tuple[list[bool], list[bool]]


@dataclass(frozen=True, slots=True)
class Threshold:
    """``term`` against a number: it holds for the floats from ``low`` to ``high``, both counted. ``node`` is the part as
    declared, for values that floats do not hold. Parts of one ``fact`` share its column."""

    term: Term
    low: float
    high: float
    node: Node
    fact: str = field(init=False, compare=False)

    def __post_init__(self) -> None:
        """What the fact is called."""
        object.__setattr__(self, "fact", f"number {self.term}")


@dataclass(frozen=True, slots=True)
class Table:
    """A part that asks one choice, text or set of ticks, or two choices: its answer for each value that there is, worked out
    when the values are known."""

    terms: tuple[Term, ...]
    node: Node
    fact: str = field(init=False, compare=False)

    def __post_init__(self) -> None:
        """What the fact is called."""
        object.__setattr__(self, "fact", f"code {' '.join(map(str, self.terms))}")


@dataclass(frozen=True, slots=True)
class Flag:
    """A truth as it stands, or (``asks_known``) whether there is a value; ``turned`` the contrary."""

    term: Term
    turned: bool
    asks_known: bool
    node: Node
    fact: str = field(init=False, compare=False)

    def __post_init__(self) -> None:
        """What the fact is called."""
        object.__setattr__(self, "fact", f"{'known' if self.asks_known else 'truth'} {self.term}")


@dataclass(frozen=True, slots=True)
class Either:
    """Parts of which one must hold."""

    parts: tuple[Part, ...]
    node: Node


@dataclass(frozen=True, slots=True)
class Sums:
    """A comparison of sums and products of numbers. ``terms`` are its facts, each as a bound that rules nothing out."""

    terms: tuple[Threshold, ...]
    node: Compare
    words: Vocabulary
    given: Mapping[str, Decimal]
    _exact: dict[tuple[float, ...], bool | None] = field(default_factory=dict, repr=False, compare=False)

    def exactly(self, values: tuple[float, ...]) -> bool | None:
        """What the language says of these values of the terms; kept, for the values that are too near are few: counts and
        round numbers."""
        if values not in self._exact:
            if len(self._exact) > _MOST_EXACT:
                self._exact.clear()
            facts: dict[Term, object] = {one.term: value for one, value in zip(self.terms, values, strict=True)}
            self._exact[values] = Evaluator(lambda term: facts.get(term, self.given.get(term.name)), self.words).truth(
                self.node
            )
        return self._exact[values]

    def difference(self, values: Mapping[Term, Floats], rows: int) -> tuple[Floats, Floats]:
        """Left less right in floats, and the size of what was added up, of which the error is a tiny part."""
        own = is_bare(self.node.left) or is_bare(self.node.right)
        left, large = self._side(self.node.left, values, own)
        right, larger = self._side(self.node.right, values, own)
        return np.broadcast_to(left - right, rows), np.broadcast_to(large + larger, rows)

    def _side(self, node: Node, values: Mapping[Term, Floats], own: bool) -> tuple[Any, Any]:
        if isinstance(node, Number):
            return float(node.value), abs(float(node.value))
        if isinstance(node, Negative):
            value, size = self._side(node.inner, values, own)
            return -value, size
        if isinstance(node, Sum):
            (one, large), (other, larger) = (self._side(side, values, own) for side in (node.left, node.right))
            if node.operator == "*":
                return one * other, large * larger
            return (one + other if node.operator == "+" else one - other), large + larger
        if not isinstance(node, Term):
            raise wrong_type(node)
        known = type_of(node, self.words)
        factor = 1.0 if own or known is None else 10.0**known.power
        value = float(self.given[node.name]) if node.args is None and node.name in self.given else values[node]
        return value * factor, np.abs(value) * factor


@dataclass(frozen=True, slots=True)
class Whole:
    """A part that runs through the language's own columns."""

    node: Node


Part = Threshold | Table | Flag | Either | Sums | Whole


@dataclass(frozen=True)
class Condition:
    """A condition taken apart: all of ``parts`` must hold. ``words`` is its vocabulary with the parameters, ``given`` the
    parameters' values by name."""

    node: Node
    parts: tuple[Part, ...]
    words: Vocabulary
    given: Mapping[str, Decimal]
    _said: dict[tuple[int, tuple[Any, ...]], Answers] = field(default_factory=dict, repr=False, compare=False)

    def said(self, part: Table, options: tuple[Any, ...]) -> Answers:
        """What a part of this condition says for each value, worked out once for each set of values."""
        key = id(part), options
        if key not in self._said:
            if len(self._said) > _MOST_SAID:
                self._said.clear()
            self._said[key] = answers(part, options, self.words)
        return self._said[key]


def words_of(rule: Rule, base: Vocabulary | None = None) -> Vocabulary:
    """The vocabulary of a rule: that of its subject (or ``base``) and its parameters."""
    named = {name: Type("number", one.unit, words=one.name) for name, one in rule.parameters.items()}
    return (base or vocabulary(rule.subject)) | Vocabulary(named)


def condition(rule: Rule, text: str, values: Mapping[str, Decimal]) -> Condition:
    """The condition ``text`` of ``rule`` with its parameters at ``values``, made ready; the same again where it was."""
    units = tuple((name, one.unit) for name, one in rule.parameters.items())
    return _condition(rule.subject, text, units, tuple(values.items()))


@lru_cache(maxsize=4_096)
def _condition(
    subject: str, text: str, units: tuple[tuple[str, str], ...], values: tuple[tuple[str, Decimal], ...]
) -> Condition:
    words = vocabulary(subject) | Vocabulary({name: Type("number", unit) for name, unit in units})
    node, given = read(text), dict(values)
    parts = node.parts if isinstance(node, Join) and node.operator == "and" else (node,)
    return Condition(node, tuple(_part(one, words, given) for one in parts), words, given)


def _part(node: Node, words: Vocabulary, given: Mapping[str, Decimal]) -> Part:
    inner, turned = (node.inner, True) if isinstance(node, Not) else (node, False)
    if isinstance(inner, Term):
        if inner.name == KNOWN and inner.args and isinstance(inner.args[0], Term):
            return Flag(inner.args[0], turned, True, node) if inner.args[0].name not in given else Whole(node)
        found = type_of(inner, words)
        return Flag(inner, turned, False, node) if found is not None and found.kind == "truth" else Whole(node)
    if isinstance(node, Join) and node.operator == "or":
        return Either(tuple(_part(one, words, given) for one in node.parts), node)
    if isinstance(node, Compare):
        simple = _threshold(node, words, given) or _table(node, (node.left, node.right), words)
        return simple or _sums(node, words, given) or Whole(node)
    if isinstance(node, Within):
        if isinstance(node.options, Term):
            return Table((node.options,), node) if isinstance(node.inner, Text) else Whole(node)
        return _table(node, (node.inner,), words) or Whole(node)
    return Whole(node)


def _table(node: Node, sides: tuple[Node, ...], words: Vocabulary) -> Table | None:
    """Choices and texts against texts or each other."""
    terms = tuple(side for side in sides if isinstance(side, Term))
    kinds = [found.kind if (found := type_of(term, words)) is not None else "" for term in terms]
    if not terms or len(terms) + sum(isinstance(side, Text) for side in sides) < len(sides):
        return None
    fits = set(kinds) <= {"choice", "text"} if len(terms) == 1 else set(kinds) == {"choice"}
    return Table(terms, node) if fits else None


def _sums(node: Compare, words: Vocabulary, given: Mapping[str, Decimal]) -> Sums | None:
    waiting: list[Node] = [node.left, node.right]
    terms: dict[Term, Threshold] = {}
    while waiting:
        one = waiting.pop()
        if isinstance(one, Term):
            found = type_of(one, words)
            if found is None or found.kind != "number":
                return None
            if one.args is not None or one.name not in given:
                terms[one] = Threshold(one, -np.inf, np.inf, node)
        elif isinstance(one, Negative | Sum):
            if isinstance(one, Sum) and one.operator == "/":
                return None  # what is divided by may be next to nothing
            waiting += [one.inner] if isinstance(one, Negative) else [one.left, one.right]
        elif not isinstance(one, Number):
            return None
    return Sums(tuple(terms.values()), node, words, given) if terms else None


def _threshold(node: Compare, words: Vocabulary, given: Mapping[str, Decimal]) -> Threshold | None:
    for one, other, operator in (
        (node.left, node.right, node.operator),
        (node.right, node.left, _TURNED[node.operator]),
    ):
        if not isinstance(one, Term) or one.name in given or one.name == KNOWN or operator == "!=":
            continue
        found = type_of(one, words)
        if found is None or found.kind != "number" or not _constant(other, given):
            continue
        bare = is_bare(other)
        value: Value = Evaluator(lambda term: given.get(term.name), words).value(other, bare)
        if not isinstance(value, Decimal):
            continue
        wanted = value if bare else value.scaleb(-found.power, _EXACT)
        return _bounds(one, operator, wanted, node)
    return None


def _constant(node: Node, given: Mapping[str, Decimal]) -> bool:
    if isinstance(node, Text):
        return False
    terms = tuple(terms_in(node))
    if not terms and not isinstance(node, Number):
        return not isinstance(node, Compare | Join | Within | Not)
    return all(term.args is None and term.name in given for term in terms)


def _bounds(term: Term, operator: str, wanted: Decimal, node: Node) -> Threshold | None:
    """The floats that hold: the one nearest to the bound is asked exactly, those beyond it are clear."""
    nearest = float(wanted)
    if not np.isfinite(nearest):
        return None
    at = bool(ORDER[operator](Decimal(repr(nearest)), wanted))
    if operator in ("<", "<="):
        return Threshold(term, -np.inf, nearest if at else float(np.nextafter(nearest, -np.inf)), node)
    if operator in (">", ">="):
        return Threshold(term, nearest if at else float(np.nextafter(nearest, np.inf)), np.inf, node)
    return Threshold(term, nearest, nearest, node) if at else Threshold(term, np.inf, -np.inf, node)


def answers(part: Table, options: tuple[Any, ...], words: Vocabulary) -> Answers:
    """What the part says for each value (with two terms: each pair of values), and where it is known; one more at the end
    for what is not known."""
    holds, known = [], []
    for option in options:
        given = dict(zip(part.terms, option if len(part.terms) > 1 else (option,), strict=True))
        said = Evaluator(given.get, words).truth(part.node)
        holds.append(bool(said))
        known.append(said is not None)
    return [*holds, False], [*known, False]


def floats_hold(values: np.ndarray[tuple[int], np.dtype[np.generic]]) -> bool:
    """Whether floats hold the numbers exactly: floats do, whole numbers up to 2^53."""
    if values.dtype.kind == "f":
        return True
    if values.dtype.kind not in "iu":
        return False
    if values.dtype.itemsize < 8 or not len(values):
        return True
    return bool(values.max() < _MOST_WHOLE and values.min() > -_MOST_WHOLE)
