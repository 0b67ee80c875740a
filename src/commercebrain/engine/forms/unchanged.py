"""“No change” in one click, and the one question after too many of them.

An unchanged report repeats the answers that are filled in from last time (``prefill: last``); a question with an
``unchanged`` answer of its own takes that (较上期 is 平), any other stays empty. Who types the same by hand has reported
unchanged too.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from commercebrain.engine.forms.kinds import FormKind, Question
from commercebrain.engine.forms.rules import LastReport
from commercebrain.engine.forms.values import Answer


@dataclass(frozen=True)
class Unchanged:
    """What “no change” sends, how many in a row that makes, and whether the one question must be answered first."""

    answers: Mapping[str, Answer]
    lines: tuple[Mapping[str, Answer], ...]
    streak: int
    asks: bool


def unchanged_report(form: FormKind, last: LastReport) -> Unchanged:
    """What “no change” would send after ``last``."""
    answers = {one.field: value for one in form.questions if (value := _same(one, last.answers)) is not None}
    lines: tuple[Mapping[str, Answer], ...] = ()
    if form.lines is not None:
        fields = form.lines.fields
        lines = tuple({one.field: v for one in fields if (v := _same(one, row)) is not None} for row in last.lines)
    return Unchanged(answers, lines, last.unchanged + 1, must_say_why(form, last))


def must_say_why(form: FormKind, last: LastReport | None) -> bool:
    """Whether one more unchanged report needs the answer to ``unchanged_question``."""
    return last is not None and form.unchanged_limit is not None and last.unchanged >= form.unchanged_limit


def same_as_last(
    form: FormKind, values: Mapping[str, Answer], lines: Sequence[Mapping[str, Answer]], last: LastReport | None
) -> bool:
    """Whether a report says what “no change” would have said. Amounts are compared as numbers; in lines nothing and 0
    are one."""
    if last is None:
        return False
    wanted = unchanged_report(form, last)
    if any(not _equal(one, values.get(one.field), wanted.answers.get(one.field)) for one in form.questions):
        return False
    if form.lines is None:
        return True
    return _table(form, lines) == _table(form, wanted.lines)


def _same(one: Question, before: Mapping[str, Any]) -> Answer:
    if one.unchanged is not None:
        return one.unchanged
    return before.get(one.field) if "last" in one.prefill else None


def _equal(one: Question, value: Answer, other: Answer) -> bool:
    return _plain(one, value) == _plain(one, other)


def _plain(one: Question, value: Answer) -> object:
    if value is None or value == []:
        return None
    if one.type in ("integer", "decimal"):
        return Decimal(str(value))
    return tuple(value) if isinstance(value, list) else value


def _table(form: FormKind, lines: Sequence[Mapping[str, Answer]]) -> frozenset[tuple[object, ...]]:
    assert form.lines is not None  # noqa: S101 — the caller asked
    fields = form.lines.fields
    return frozenset(tuple(_plain(one, row.get(one.field)) or None for one in fields) for row in lines)
