"""Personal answers (the clerk, the telephone): the firm sees its own, everybody else a mask until a reason was given."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from commercebrain.desk.forms.filing import queries
from commercebrain.desk.forms.models import Report
from commercebrain.engine.forms.kinds import FormKind, Question
from commercebrain.engine.registers.values import masked


def personal_of(kind: FormKind) -> tuple[str, ...]:
    """The codes of the questions whose answers are personal."""
    return tuple(code for code, one in kind.by_code.items() if one.personal)


def mask(one: Question, value: Any) -> str:
    """What anybody in sight of the report may read of a personal answer."""
    return masked(one.as_field, value)


def masked_answers(kind: FormKind, answers: Mapping[str, Any]) -> dict[str, Any]:
    """Answers with the personal ones masked."""
    hidden = set(personal_of(kind))
    return {code: mask(kind.by_code[code], value) if code in hidden else value for code, value in answers.items()}


def masked_lines(kind: FormKind, lines: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Lines with the personal columns masked."""
    fields = {} if kind.lines is None else {one.field: one for one in kind.lines.fields if one.personal}
    return [
        {code: mask(fields[code], value) if code in fields else value for code, value in row.items()} for row in lines
    ]


def with_hidden(report: Report, kind: FormKind, answers: Mapping[str, Any]) -> Mapping[str, Any]:
    """What an office typed for a firm: personal answers, which it was not shown, stay as they were where left empty."""
    hidden = [code for code in personal_of(kind) if answers.get(code) in (None, "")]
    held = (queries.latest(report) or queries.before(report)) if hidden else None
    return answers if held is None else {**answers, **{code: held.answers.get(code) for code in hidden}}
