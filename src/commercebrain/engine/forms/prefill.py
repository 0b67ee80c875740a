"""What stands in a form before anything is typed: the last report, and what the bureau knows. A datum is asked once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from commercebrain.engine.errors import UserError
from commercebrain.engine.expressions import Vocabulary, firm_vocabulary
from commercebrain.engine.forms.kinds import FormKind, Question
from commercebrain.engine.forms.rules import LastReport
from commercebrain.engine.forms.values import Answer, read_answer
from commercebrain.engine.registers import Syntax
from commercebrain.engine.units import convert


@dataclass(frozen=True)
class Prefilled:
    """Answers and lines to begin with; ``origins`` says of each answer ``last`` or ``known:<fact>``."""

    values: Mapping[str, Answer] = field(default_factory=dict)
    origins: Mapping[str, str] = field(default_factory=dict)
    lines: tuple[Mapping[str, Answer], ...] = ()


def prefilled(
    form: FormKind,
    last: LastReport | None,
    facts: Mapping[str, object],
    vocabulary: Vocabulary | None = None,
) -> Prefilled:
    """What a form begins with. ``facts`` are those that the bureau may tell the firm itself, by name, in the units of the
    ``vocabulary``; amounts are converted to the question's unit. What no longer fits a question (a choice that was
    dropped) is left empty."""
    words = vocabulary or firm_vocabulary()
    values: dict[str, Answer] = {}
    origins: dict[str, str] = {}
    for one in form.questions:
        for way in one.prefill:
            given = _from_last(one, last) if way == "last" else _known(one, way.removeprefix("known:"), facts, words)
            if given is not None:
                values[one.field], origins[one.field] = given, way
                break
    return Prefilled(values, origins, _lines(form, last))


def reused(form: FormKind, begun: Prefilled, values: Mapping[str, Answer]) -> int:
    """How many answers came filled in and were left so."""
    return sum(
        1 for one in form.questions if one.field in begun.values and begun.values[one.field] == values.get(one.field)
    )


def _from_last(one: Question, last: LastReport | None) -> Answer:
    return None if last is None else _fitting(one, last.answers.get(one.field))


def _fitting(one: Question, value: Any) -> Answer:
    try:
        return read_answer(one, value, Syntax())
    except UserError:
        return None


def _known(one: Question, fact: str, facts: Mapping[str, object], words: Vocabulary) -> Answer:
    value = facts.get(fact)
    if value is None:
        return None
    known = words.names.get(fact)
    if known is not None and known.kind == "number" and isinstance(value, int | float | Decimal):
        number = value if isinstance(value, Decimal) else Decimal(repr(value))
        if not number.is_finite():
            return None
        try:
            if known.unit and one.unit and known.unit != one.unit:
                number = convert(number, known.unit, one.unit)
        except UserError:
            return None
        value = format(round(number, one.decimals if one.type == "decimal" else 0), "f")
    return _fitting(one, value)


def _lines(form: FormKind, last: LastReport | None) -> tuple[Mapping[str, Answer], ...]:
    if form.lines is None or last is None:
        return ()
    columns = [one for one in form.lines.fields if "last" in one.prefill]
    found = []
    for row in last.lines:
        kept = {one.field: value for one in columns if (value := _fitting(one, row.get(one.field))) is not None}
        if kept:
            found.append(kept)
    return tuple(found)
