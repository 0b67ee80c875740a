"""From what a firm typed to what is kept: the engine reads and checks it, this says it in the page's terms."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from commercebrain.desk.forms.filing import facts, queries
from commercebrain.desk.forms.filing.lookups import Known
from commercebrain.desk.forms.models import Report, Submission
from commercebrain.engine.errors import UserError
from commercebrain.engine.forms import FormCheck, FormKind, LastReport, ReadForm, read_answers
from commercebrain.engine.forms.prefill import Prefilled, prefilled, reused
from commercebrain.engine.forms.unchanged import Unchanged, same_as_last, unchanged_report

LONGEST = 300
#: What may stand in the form of whoever fills it in: what the register says of the firm, and what it reported.
TOLD = ("employees", "size", "industry", "county", "township", "established")
#: What only the firm itself is told: its own trade, as customs lines say, as long as their agreement holds.
OWN_TRADE = ("exports_last_year", "imports_last_year", "exports_last_12m", "imports_last_12m", "first_market")
ALL_LINES = "lines."


@dataclass(frozen=True)
class Told:
    """One thing that is wrong, or wants a sentence (``explain``: under which name that is given)."""

    question: str
    zh: str
    en: str
    code: str = ""
    value: str = ""
    line: int | None = None
    column: str = ""
    explain: str = ""

    @property
    def where(self) -> str:
        """The place in one word: ``cover``, ``lines.2.product``."""
        if self.line is None:
            return self.question
        return f"lines.{self.line}.{self.column}" if self.column else f"lines.{self.line}"

    def say(self, language: str = "zh") -> str:
        """The sentence."""
        return self.zh if language.startswith("zh") else self.en


class Refused(UserError):  # noqa: N818 - it is an answer, not an error
    """The report cannot be taken as it is; ``faults`` says everything at once."""

    status = 422

    def __init__(self, faults: Sequence[Told]) -> None:
        first = faults[0]
        super().__init__(
            first.code or "filing.refused",
            "".join(one.zh for one in faults[:20]),
            " ".join(one.en for one in faults[:20]),
        )
        self.faults = tuple(faults)

    @property
    def fields(self) -> dict[str, list[tuple[str, str]]]:
        """By place, for the API; what wants a sentence under the name by which it is given."""
        found: dict[str, list[tuple[str, str]]] = {}
        for one in self.faults:
            found.setdefault(f"explanations.{one.explain}" if one.explain else one.where, []).append((one.zh, one.en))
        return found


@dataclass(frozen=True)
class Content:
    """A report as read: what to keep, how much of it was known before, whether it says the same as last time."""

    answers: Mapping[str, Any]
    lines: Sequence[Mapping[str, Any]]
    explanations: Mapping[str, str]
    faults: tuple[Told, ...] = ()
    unchanged: bool = False
    streak: int = 0
    reused: int = 0
    asked: int = 0

    def refused(self) -> Refused:
        """As an answer."""
        return Refused(self.faults)


class Before:
    """What is known before anything is typed: the last report, and what the bureau knows of the firm; ``own``: as far as
    the firm itself is told."""

    def __init__(self, report: Report, kind: FormKind, own: bool) -> None:
        self.report, self.kind, self.own = report, kind, own

    @cached_property
    def submission(self) -> Submission | None:
        """What was sent last for an earlier round."""
        return queries.before(self.report)

    @cached_property
    def last(self) -> LastReport | None:
        """The same as the engine takes it."""
        sent = self.submission
        if sent is None:
            return None
        return LastReport(sent.answers, tuple(sent.lines), sent.report.unchanged, sent.report.round.period)

    @cached_property
    def facts(self) -> facts.Facts:
        """What the bureau knows."""
        return facts.facts_of(self.report, self.kind)

    @cached_property
    def filled(self) -> Prefilled:
        """What stands in the form at first."""
        names = (*TOLD, *OWN_TRADE) if self.own else TOLD
        return prefilled(self.kind, self.last, {name: self.facts.get(name) for name in names})

    @property
    def values(self) -> Mapping[str, Any]:
        """The answers that stand there at first."""
        return self.filled.values

    @property
    def lines(self) -> list[dict[str, Any]]:
        """The lines that stand there at first."""
        return [dict(row) for row in self.filled.lines] if self.asks_lines else []

    @cached_property
    def asks_lines(self) -> bool:
        """Whether the firm is asked for lines."""
        return self.kind.asks_lines(self.facts)

    def origin(self, question: str) -> str:
        """Where the value of a question came from: last, known, or nowhere."""
        return "known" if (found := self.filled.origins.get(question, "")).startswith("known") else found

    @cached_property
    def no_change(self) -> Unchanged | None:
        """What “no change” would send; none without a last report."""
        return None if self.last is None else unchanged_report(self.kind, self.last)

    @property
    def unchanged_values(self) -> Mapping[str, Any]:
        """The answers of “no change”."""
        return self.no_change.answers if self.no_change else {}

    @property
    def unchanged_lines(self) -> list[dict[str, Any]]:
        """The lines of “no change”."""
        return [dict(row) for row in self.no_change.lines] if self.no_change and self.asks_lines else []

    @property
    def must_say_why(self) -> bool:
        """Whether “no change” wants one question answered first."""
        return bool(self.no_change and self.no_change.asks)

    def at(self, check: FormCheck) -> str:
        """The question beside which a check is said."""
        return check.at or next((one.field for one in self.kind.questions if one.field in check.rule), "")


def known_before(report: Report, kind: FormKind, own: bool) -> Before:
    """What is known before anything is typed, to the firm's ``own`` user or to an office."""
    return Before(report, kind, own)


def read(
    report: Report, answers: Mapping[str, Any], lines: Sequence[Mapping[str, Any]], explanations: Mapping[str, str], *,
    unchanged: bool = False, own: bool = True,
) -> Content:  # fmt: skip
    """Reads and checks a report, sent by the firm's ``own`` user or by an office; everything that is wrong stands in
    ``faults``.

    ``explanations`` by the code of the check; ``lines.<check>`` explains it for all lines. With ``unchanged`` the answers
    and lines are those of last time, and of ``answers`` only the one to the question after too many of them counts.
    Raises :class:`UserError` for “no change” without a last report.
    """
    kind = queries.declared(report.round)
    before = known_before(report, kind, own)
    if unchanged:
        if before.no_change is None:
            raise UserError(
                "filing.no_last",
                "还没有上一期报表，不能按“与上期相同”报送；请填写各题。",
                "There is no earlier report to be the same as; please answer the questions.",
            )
        why = kind.unchanged_question
        given = {} if why is None else {why.field: answers.get(why.field)}
        answers, lines = {**before.unchanged_values, **given}, before.unchanged_lines
    told = _for_all_lines(explanations, len(lines))
    found = read_answers(
        kind, answers, lines, facts=before.facts, last=before.last, explanations=told, known=Known(None)
    )
    same = before.last is not None and same_as_last(kind, found.values, found.lines, before.last)
    faults = [*_faults(found, kind)]
    values = dict(found.values)
    why = kind.unchanged_question
    if why is not None:
        if not (same and before.must_say_why):
            values.pop(why.field, None)
        elif values.get(why.field) is None and not any(one.question == why.field for one in faults):
            faults.append(Told(why.field, why.ask.zh, why.ask.en, "form.unchanged_why"))
    kept = dict(found.explanations)
    if reply := " ".join(explanations.get("reply", "").split())[:LONGEST]:
        kept["reply"] = reply
    asked = [one for one in kind.questions if one.field in values or one.required]
    return Content(
        values, [dict(row) for row in found.lines], kept, tuple(faults), same,
        before.last.unchanged + 1 if same and before.last else 0, reused(kind, before.filled, values), len(asked),
    )  # fmt: skip


def _for_all_lines(explanations: Mapping[str, str], lines: int) -> dict[str, str]:
    """Explanations by the engine's names: one for all lines is one for each."""
    told = dict(explanations)
    for key, text in explanations.items():
        if key.startswith(ALL_LINES) and key.count(".") == 1:
            check = key.removeprefix(ALL_LINES)
            for number in range(1, lines + 1):
                told.setdefault(f"lines.{number}.{check}", text)
    return told


def _faults(found: ReadForm, kind: FormKind) -> Iterable[Told]:
    for one in found.faults:
        yield Told(one.question, one.zh, one.en, one.code, one.value, one.line, one.column)
    for explain in found.to_explain:
        parts = explain.code.split(".")
        if len(parts) == 3:
            column = explain.at.rpartition(".")[2]
            yield Told("lines", explain.say.zh, explain.say.en, "form.explain", "", int(parts[1]), column,
                       f"{ALL_LINES}{parts[2]}")  # fmt: skip
        else:
            yield Told(explain.at, explain.say.zh, explain.say.en, "form.explain", explain=explain.code)
