"""A whole report: every answer and line read, the rules checked. All faults are told at once, never only the first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from commercebrain.engine.catalogue.models import Words
from commercebrain.engine.catalogue.source import nearest
from commercebrain.engine.errors import UserError
from commercebrain.engine.expressions import parse
from commercebrain.engine.forms.kinds import FormKind, Question
from commercebrain.engine.forms.rules import LastReport, Rules
from commercebrain.engine.forms.unchanged import must_say_why, same_as_last
from commercebrain.engine.forms.values import Answer, read_answer
from commercebrain.engine.registers import Lookups, Syntax

LONGEST_EXPLANATION = 500


@dataclass(frozen=True, slots=True)
class AnswerFault:
    """What is wrong, where: ``question`` (a code), or the ``line`` (from 1) and its ``column``; with the value typed."""

    question: str
    code: str
    zh: str
    en: str
    value: str = ""
    line: int | None = None
    column: str = ""

    @property
    def where(self) -> str:
        """The place in one word: ``cover``, ``lines.2.product``, ``lines.2``, ``lines``."""
        if self.line is None:
            return self.question
        return f"lines.{self.line}.{self.column}" if self.column else f"lines.{self.line}"

    def say(self, language: str = "zh") -> str:
        """The sentence."""
        return self.zh if language.startswith("zh") else self.en


@dataclass(frozen=True, slots=True)
class ToExplain:
    """A rule that wants a sentence: its ``code`` (``lines.2.…`` for a line's), where it is said, and what to say."""

    code: str
    at: str
    say: Words


@dataclass(frozen=True)
class ReadForm:
    """A report as read: what to keep, every fault, what still wants an explanation, and the explanations given.

    ``unchanged`` says that it repeats the last one; ``streak`` how many in a row that makes, 0 where it does not.
    """

    values: Mapping[str, Answer]
    lines: tuple[Mapping[str, Answer], ...] = ()
    faults: tuple[AnswerFault, ...] = ()
    to_explain: tuple[ToExplain, ...] = ()
    explanations: Mapping[str, str] = field(default_factory=dict)
    unchanged: bool = False
    streak: int = 0

    @property
    def ready(self) -> bool:
        """Whether it can be taken as it is."""
        return not self.faults and not self.to_explain


def read_answers(
    form: FormKind,
    answers: Mapping[str, object],
    lines: Sequence[Mapping[str, object]] = (),
    *,
    facts: Mapping[str, object],
    last: LastReport | None = None,
    explanations: Mapping[str, str] | None = None,
    known: Lookups | None = None,
) -> ReadForm:
    """Reads what a firm typed.

    ``facts`` are those of the firm by each term's text (``exports_last_year``, ``list('key_exporters')``); what is not
    there is not known. ``explanations`` by the code of the check. A question that is not shown (``shown_if``) is left
    out, whatever stands in it.
    """
    return _Reader(form, facts, last, known or Syntax()).read(answers, lines, explanations or {})


class _Reader:
    """Reads one report."""

    def __init__(self, form: FormKind, facts: Mapping[str, object], last: LastReport | None, known: Lookups) -> None:
        self.form = form
        self.facts = facts
        self.last = last
        self.known = known
        self.rules = Rules(form, facts, last)
        self.faults: list[AnswerFault] = []

    def read(
        self, answers: Mapping[str, object], lines: Sequence[Mapping[str, object]], explanations: Mapping[str, str]
    ) -> ReadForm:
        """Everything at once."""
        form = self.form
        for code in answers:
            if code not in form.by_code:
                zh, en = nearest(str(code), form.by_code)
                self._fault(
                    code, "form.unknown_question", f"报表没有问题“{code}”{zh}", f"The form has no question “{code}”{en}"
                )
        values = self._answers(answers)
        read_lines, whole = self._lines(values, lines)
        wrong = {fault.question for fault in self.faults if fault.line is None}
        broken = self.rules.broken(values, read_lines if whole else None, wrong)
        broken += self.rules.broken_lines(values, read_lines)
        given = {code: " ".join(text.split()) for code, text in explanations.items() if text and text.strip()}
        to_explain, kept = [], {}
        for code, at, check in broken:
            if check.severity == "stop":
                line, column = _place(at)
                self.faults.append(
                    AnswerFault(at if line is None else "lines", "form.check", check.say.zh, check.say.en,
                                _typed(values.get(at)), line, column)
                )  # fmt: skip
            elif len(given.get(code, "")) > LONGEST_EXPLANATION:
                self._fault(
                    at, "form.long_explanation",
                    f"说明有{len(given[code])}个字，最多{LONGEST_EXPLANATION}个。",
                    f"The explanation has {len(given[code])} characters, at most {LONGEST_EXPLANATION}.", given[code],
                )  # fmt: skip
            elif code in given:
                kept[code] = given[code]
            else:
                to_explain.append(ToExplain(code, at, check.say))
        same = self._say_why(values, read_lines)
        streak = self.last.unchanged + 1 if same and self.last else 0
        return ReadForm(values, tuple(read_lines), tuple(self.faults), tuple(to_explain), kept, same, streak)

    def _say_why(self, values: dict[str, Answer], lines: Sequence[Mapping[str, Answer]]) -> bool:
        """Whether the report repeats the last; after too many of those the one question must be answered."""
        same, why = same_as_last(self.form, values, lines, self.last), self.form.unchanged_question
        if why is None:
            return same
        if not (same and must_say_why(self.form, self.last)):
            values.pop(why.field, None)
            self.faults = [fault for fault in self.faults if fault.question != why.field]
        elif why.field not in values and not any(fault.question == why.field for fault in self.faults):
            self._fault(why.field, "form.unchanged_why", why.ask.zh, why.ask.en)
        return same

    # -- answers

    def _answers(self, answers: Mapping[str, object]) -> dict[str, Answer]:
        values: dict[str, Answer] = {}
        failed: set[str] = set()
        for code, one in self.form.by_code.items():
            try:
                value = read_answer(one, answers.get(code), self.known)
            except UserError as fault:
                failed.add(code)
                self._fault(code, fault.code, fault.zh, fault.en, answers.get(code))
                continue
            if value is not None:
                values[code] = value
        for code, one in self.form.by_code.items():
            if one is self.form.unchanged_question:
                continue  # asked only after unchanged reports: unchanged.py
            if not self.shown(one, values):
                values.pop(code, None)
                self.faults = [fault for fault in self.faults if fault.question != code]
            elif one.required and code not in values and code not in failed:
                self._fault(code, "form.required", f"请填写“{one.short.zh}”。", f"Please answer “{one.short.en}”.")
        return values

    def shown(self, one: Question, values: Mapping[str, Answer]) -> bool:
        """Whether a question is asked, given the other answers."""
        if one.shown_if is None:
            return True
        return parse(one.shown_if).holds(self.rules.look_up(values, None), self.form.vocabulary()) is True

    # -- lines

    def _lines(
        self, values: Mapping[str, Answer], given: Sequence[Mapping[str, object]]
    ) -> tuple[list[Mapping[str, Answer]], bool]:
        """The lines as read, and whether all of them could be."""
        lines = self.form.lines
        filled = [(number, row) for number, row in enumerate(given, 1) if _has_anything(row)]
        if lines is None or not self.form.asks_lines(self.facts):
            if filled:
                self._fault("lines", "form.lines_not_asked", "贵企业不需填明细，请删去明细行。",
                            "Lines are not asked of your firm; remove them.")  # fmt: skip
            return [], False
        if len(filled) > lines.most:
            self._fault("lines", "form.too_many_lines", f"明细有{len(filled)}行，最多{lines.most}行；请合并金额小的商品。",
                        f"There are {len(filled)} lines, at most {lines.most}; join small ones.")  # fmt: skip
            return [], False
        if len(filled) < lines.least:
            self._fault("lines", "form.too_few_lines", f"请至少填{lines.least}行明细。",
                        f"Give at least {lines.least} lines.")  # fmt: skip
        before = len(self.faults)
        seen: dict[tuple[object, ...], int] = {}
        read: list[Mapping[str, Answer]] = []
        for number, row in filled:
            line = self._line(number, row)
            read.append(line)
            key = tuple(line.get(code) for code in lines.key)
            if None in key:
                continue
            if key in seen:
                names = "、".join(lines.by_code[code].short.zh for code in lines.key)
                told = " ".join(str(part) for part in key)
                self._line_fault(
                    number, lines.key[0], "form.double_line",
                    f"第{number}行与第{seen[key]}行的{names}相同（{told}），请合并为一行。",
                    f"Line {number} repeats line {seen[key]} ({told}); make them one.", told,
                )  # fmt: skip
            seen.setdefault(key, number)
        return read, len(self.faults) == before

    def _line(self, number: int, row: Mapping[str, object]) -> dict[str, Answer]:
        lines = self.form.lines
        assert lines is not None  # noqa: S101 — the caller asked
        made: dict[str, Answer] = {}
        for code in row:
            if code not in lines.by_code:
                zh, en = nearest(str(code), lines.by_code)
                self._line_fault(number, str(code), "form.unknown_column", f"明细没有“{code}”列{zh}",
                                 f"The lines have no column “{code}”{en}", row[code])  # fmt: skip
        for code, one in lines.by_code.items():
            try:
                value = read_answer(one, row.get(code), self.known)
            except UserError as fault:
                self._line_fault(number, code, fault.code, f"第{number}行：{fault.zh}", f"Line {number}: {fault.en}",
                                 row.get(code))  # fmt: skip
                continue
            if value is not None:
                made[code] = value
            elif one.required:
                self._line_fault(number, code, "form.required", f"第{number}行：请填写“{one.short.zh}”。",
                                 f"Line {number}: please fill in “{one.short.en}”.")  # fmt: skip
        return made

    # -- faults

    def _fault(self, question: str, code: str, zh: str, en: str, value: object = None) -> None:
        self.faults.append(AnswerFault(question, code, zh, en, _typed(value)))

    def _line_fault(self, line: int, column: str, code: str, zh: str, en: str, value: object = None) -> None:
        self.faults.append(AnswerFault("lines", code, zh, en, _typed(value), line, column))


def _has_anything(row: Mapping[str, object]) -> bool:
    return any(value is not None and str(value).strip() for value in row.values())


def _typed(value: object) -> str:
    return "" if value is None else str(value)[:200]


def _place(at: str) -> tuple[int | None, str]:
    parts = at.split(".")
    return (int(parts[1]), parts[2]) if len(parts) == 3 and parts[0] == "lines" else (None, "")
