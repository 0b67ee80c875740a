"""An expression: read once, checked on load, evaluated for one subject or for many."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from commercebrain.engine.expressions.checking import ExpressionFault, faults_of
from commercebrain.engine.expressions.columns import Array, Column, Columns
from commercebrain.engine.expressions.evaluating import Evaluator, LookUp, Value
from commercebrain.engine.expressions.explaining import Explanation, explained
from commercebrain.engine.expressions.nodes import Node, Term, printed, terms_in
from commercebrain.engine.expressions.reading import read
from commercebrain.engine.expressions.types import Vocabulary

_NOTHING = Vocabulary()


@dataclass(frozen=True, slots=True)
class Expression:
    """A parsed expression. ``str(expression)`` is its text in one canonical form, and reads back as the same.

    ``vocabulary`` wherever it is taken says what names mean: it scales units to each other, orders choices, and accepts
    a choice in words; without it values are taken as they are.
    """

    node: Node = field(repr=False)
    text: str

    def __str__(self) -> str:
        return printed(self.node)

    @property
    def terms(self) -> tuple[Term, ...]:
        """The names and calls whose values it needs, each once, in order of appearance."""
        return tuple(dict.fromkeys(_needed(self.node)))

    def check(self, vocabulary: Vocabulary, *, condition: bool = True) -> list[ExpressionFault]:
        """What is wrong with it; ``condition``: it must say yes or no."""
        return list(faults_of(self.node, vocabulary, condition=condition))

    def value(self, look_up: LookUp | Mapping[str, object], vocabulary: Vocabulary = _NOTHING) -> Value:
        """The value for one subject; None where it is not known. A mapping is looked up by each term's text.

        Raises :class:`UserError` (``expression.wrong_type``) where values do not fit together.
        """
        return Evaluator(_look_up(look_up), vocabulary).value(self.node)

    def holds(self, look_up: LookUp | Mapping[str, object], vocabulary: Vocabulary = _NOTHING) -> bool | None:
        """Whether a condition holds for one subject; None where that is not known."""
        return Evaluator(_look_up(look_up), vocabulary).truth(self.node)

    def column(self, columns: Mapping[str, Column], vocabulary: Vocabulary = _NOTHING) -> tuple[Array, Array]:
        """The values for many subjects, and where they are known; columns by each term's text
        (``"exports_to('USA')"``). Row by row what :meth:`value` says; a condition that is not known is False."""
        return Columns(columns, vocabulary).run(self.node)

    def explain(self, look_up: LookUp | Mapping[str, object], vocabulary: Vocabulary = _NOTHING) -> Explanation:
        """Which parts of a condition decided, with the values they met and what was missing."""
        return explained(self.node, Evaluator(_look_up(look_up), vocabulary))


def _needed(node: Node) -> list[Term]:
    """The terms to look up: ``known(x)`` needs x."""
    found: list[Term] = []
    for term in terms_in(node):
        if term.name == "known" and term.args and isinstance(term.args[0], Term):
            found.append(term.args[0])
        else:
            found.append(term)
    return found


def _look_up(given: LookUp | Mapping[str, object]) -> LookUp:
    if not isinstance(given, Mapping):
        return given
    return lambda term: given.get(str(term))


def parse(text: str) -> Expression:
    """The expression; :class:`UserError` (``expression.unreadable`` and the like) with the place and what may stand."""
    return Expression(read(text), text)
