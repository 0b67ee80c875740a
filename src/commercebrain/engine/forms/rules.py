"""The rules of a form over the answers of one firm: which are broken, and where that is said."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from commercebrain.engine.expressions import Expression, Term, parse
from commercebrain.engine.forms.kinds import FormCheck, FormKind
from commercebrain.engine.forms.values import Answer

Line = Mapping[str, Answer]
#: A broken rule: the code under which it is explained, the place where it is said, and the rule.
Broken = tuple[str, str, FormCheck]


@dataclass(frozen=True)
class LastReport:
    """What a firm sent last: answers and lines as kept, how many times unchanged in a row, and for which period."""

    answers: Mapping[str, Any]
    lines: Sequence[Mapping[str, Any]] = ()
    unchanged: int = 0
    period: str = ""


@dataclass(frozen=True)
class Rules:
    """The rules of ``form`` for a firm of these ``facts`` (by each term's text), after its ``last`` report."""

    form: FormKind
    facts: Mapping[str, object]
    last: LastReport | None

    def look_up(self, values: Mapping[str, Answer], lines: Sequence[Line] | None) -> Callable[[Term], object]:
        """What a rule may ask for. ``lines`` are none where they could not all be read: their sums are not known then."""
        form, facts, last = self.form, self.facts, self.last

        def look_up(term: Term) -> object:
            if term.args is None:
                if term.name in form.by_code:
                    value = values.get(term.name)
                    return () if value is None and form.by_code[term.name].type == "ticks" else value
                return facts.get(term.name)
            if term.name == "last":
                return None if last is None else last.answers.get(str(term.args[0]))
            if term.name == "lines_given":
                return None if lines is None else len(lines)
            if term.name.startswith("total_"):
                return total(lines or (), term.name.removeprefix("total_"))
            return facts.get(str(term))

        return look_up

    def broken(
        self, values: Mapping[str, Answer], lines: Sequence[Line] | None, wrong: Collection[str] = ()
    ) -> list[Broken]:
        """The rules of the whole that are broken; one that names a question that is ``wrong`` anyway is left out."""
        look_up, vocabulary, found = self.look_up(values, lines), self.form.vocabulary(), []
        for check in self.form.checks:
            rule = parse(check.rule)
            if any(term.name in wrong for term in rule.terms):
                continue
            if rule.holds(look_up, vocabulary) is False:
                found.append((check.code, check.at or _first(rule, self.form.by_code), check))
        return found

    def broken_lines(self, values: Mapping[str, Answer], lines: Sequence[Line]) -> list[Broken]:
        """The rules of lines that are broken, as ``lines.2.<check>`` at ``lines.2.<column>``."""
        asked = self.form.lines
        if asked is None or not asked.checks:
            return []
        vocabulary, columns = self.form.line_vocabulary(), asked.by_code
        whole, found = self.look_up(values, None), []
        for number, line in enumerate(lines, 1):

            def look_up(term: Term, line: Line = line) -> object:
                return line.get(term.name) if term.args is None and term.name in columns else whole(term)

            for check in asked.checks:
                rule = parse(check.rule)
                if rule.holds(look_up, vocabulary) is False:
                    at = check.at or _first(rule, columns) or asked.key[0]
                    found.append((f"lines.{number}.{check.code}", f"lines.{number}.{at}", check))
        return found


def _first(rule: Expression, among: Collection[str]) -> str:
    """The first of ``among`` that a rule names; empty where it names none."""
    return next((term.name for term in rule.terms if term.args is None and term.name in among), "")


def total(lines: Sequence[Mapping[str, Any]], column: str) -> Decimal | None:
    """The sum of a column of lines; None where no line has a value."""
    found = [Decimal(str(line[column])) for line in lines if line.get(column) is not None]
    return sum(found, Decimal(0)) if found else None
