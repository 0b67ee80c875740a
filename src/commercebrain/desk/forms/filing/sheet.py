"""The page on which a report is filled in: questions with what is known, remarks, faults, lines, the one button."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext as _

from commercebrain.desk.core import reader
from commercebrain.desk.core.formatting import unit_words
from commercebrain.desk.forms.filing import posted, queries
from commercebrain.desk.forms.filing.boxes import PRODUCTS, SELECTS, Box, Why, box, chapter_in_short, chapters, codes
from commercebrain.desk.forms.filing.closed import closed
from commercebrain.desk.forms.filing.files import ReadFile
from commercebrain.desk.forms.filing.listing import period_words, takes_words, until_words
from commercebrain.desk.forms.filing.reading import Refused, Told, known_before
from commercebrain.desk.forms.filing.words import heading, say_moment
from commercebrain.desk.forms.models import Report
from commercebrain.desk.forms.moment import now
from commercebrain.desk.forms.personal import personal_of
from commercebrain.engine.errors import UserError
from commercebrain.engine.forms.kinds import FormKind, Question

SHOWN_FAULTS = 40
SAMPLE = 20


@dataclass(frozen=True)
class LineBox:
    """One line on the page."""

    number: int | str
    place: int | str
    boxes: Sequence[Box]
    remarks: Sequence[str] = ()
    faults: Sequence[str] = ()


@dataclass
class Lines:
    """The lines on the page: as fields, or packed when they came from a file of many."""

    title: str
    rows: list[LineBox]
    pattern: LineBox
    help: str = ""
    heads: Sequence[str] = ()
    packed: str = ""
    packed_said: str = ""
    sample: Sequence[Sequence[str]] = ()
    remarks: Sequence[str] = ()
    faults: Sequence[str] = ()
    file_said: str = ""
    file_faults: Sequence[Any] = ()
    datalists: Sequence[Mapping[str, Any]] = field(default_factory=list)
    chapters: Sequence[tuple[str, str]] = ()


class Sheet:
    """One report as the page shows it. ``data`` is what was typed so far; none: what is known is filled in."""

    def __init__(
        self, report: Report, person: Any, data: QueryDict | None = None, *, refused: Refused | None = None,
        fault: UserError | None = None, file: ReadFile | None = None, numbers: Sequence[int] = (),
        unchanged: bool = False,
    ) -> None:  # fmt: skip
        self.report, self.person, self.file, self.numbers = report, person, file, list(numbers)
        self.kind: FormKind = queries.declared(report.round)
        self.language = reader.language()
        self.told: tuple[Told, ...] = refused.faults if refused else ()
        self.fault = fault
        self.unchanged = unchanged
        self.answered = data is not None and (refused is not None or fault is not None or file is not None)
        self.known = known_before(report, self.kind, not self.on_behalf)
        self.typed = data is not None
        self.data = data if data is not None else self._start()

    def _start(self) -> QueryDict:
        """What stands there at first: what was sent in this round, else what is known."""
        sent = queries.latest(self.report) if self.report.first_sent_at else None
        if sent is not None:
            return posted.as_data(self._shown(sent.answers), sent.lines, sent.explanations)
        return posted.as_data(self._shown(self.known.values), self.known.lines, {})

    def _shown(self, answers: Mapping[str, Any]) -> Mapping[str, Any]:
        """Answers as they may stand in the form: to an office that fills it in for the firm personal ones are left out."""
        hidden = personal_of(self.kind) if self.on_behalf else ()
        return {code: value for code, value in answers.items() if code not in hidden}

    # -- words -----------------------------------------------------------------------------------------------------
    @property
    def title(self) -> str:
        """Form and period."""
        return f"{self.kind.name.say(self.language)} · {period_words(self.report.round)}"

    @property
    def answer(self) -> str:
        """Until when, and how long it takes."""
        if self.closed:
            return until_words(self.report)
        words = {"until": until_words(self.report), "takes": self.takes, "n": len(self.kind.questions)}
        return _("%(n)s questions, %(takes)s, %(until)s.") % words

    @property
    def takes(self) -> str:
        """How long it takes."""
        return takes_words(self.kind.seconds)

    @property
    def approval(self) -> str:
        """The number under which it is asked."""
        return self.report.round.approval

    @cached_property
    def several(self) -> bool:
        """Whether the person reports for more than one firm, so that the page names it."""
        return self.on_behalf or len(queries.firms_of(self.person)) > 1

    @cached_property
    def on_behalf(self) -> bool:
        """Whether an office fills it in for the firm."""
        return not queries.for_own_firm(self.person, self.report)

    @property
    def moved(self) -> bool:
        """Whether the firm stands in another county than when it was asked."""
        return self.report.enterprise.region_id != self.report.county_id

    @property
    def draft_key(self) -> str:
        """Under which name the browser keeps a draft."""
        return f"filing:{self.person.pk}:{self.report.pk}"

    @property
    def since(self) -> str:
        """What a draft was begun on: a draft from before a sending is of no use after it."""
        return f"{self.report.state}-{self.report.version}"

    @cached_property
    def _closed(self) -> Any:
        return closed(self.report, now())

    @property
    def closed(self) -> str:
        """Why it cannot be sent; empty where it can."""
        return self._closed.say(self.language) if self._closed else ""

    @property
    def may_ask_exception(self) -> bool:
        """Whether leave to report late can be asked for."""
        return bool(self._closed and self._closed.locked)

    @cached_property
    def exception_asked(self) -> str:
        """What became of the leave that was asked for; empty where none was."""
        asked = queries.asked_exceptions(self.report).first() if self.may_ask_exception else None
        if asked is None or (asked.granted and asked.until < now()):
            return ""
        if asked.granted is None:
            return _("Leave to report until %(until)s was asked for; it waits for the bureau's answer.") % {
                "until": say_moment(asked.until, self.language)
            }
        return ""

    @cached_property
    def exception(self) -> str:
        """The leave under which a locked round is open for this firm."""
        if now() < self.report.round.locks_at or self._closed:
            return ""
        leave = queries.exception(self.report, now())
        if leave is None:
            return ""
        return _("You have leave to report this locked round until %(until)s.") % {
            "until": say_moment(leave.until, self.language)
        }

    # -- what was sent back ----------------------------------------------------------------------------------------
    @cached_property
    def returned(self) -> Any:
        """The step that sent the report back, with its sentence."""
        return queries.last_step(self.report) if self.report.state == Report.State.RETURNED else None

    @cached_property
    def _remarks(self) -> list[Any]:
        return queries.remarks(self.report) if self.report.state == Report.State.RETURNED else []

    def _remarks_at(self, question: str = "", line: int | None = None) -> list[str]:
        return [one.text for one in self._remarks if (one.line == line if line else one.field == question)]

    @property
    def reply(self) -> str:
        """What was answered to the office."""
        return str(self.data.get("x-reply", ""))

    # -- faults ----------------------------------------------------------------------------------------------------
    @property
    def faults(self) -> list[dict[str, str]]:
        """Everything that is wrong, each with the place on the page."""
        found = [{"text": self.fault.say(self.language), "anchor": ""}] if self.fault and not self.closed else []
        for one in self.told[:SHOWN_FAULTS]:
            anchor = f"at-l{self._number(one.line)}" if one.line else f"at-q-{one.question}" if one.question else ""
            found.append({"text": one.say(self.language), "anchor": anchor})
        return found

    @property
    def more_faults(self) -> int:
        """How many are not listed."""
        return max(0, len(self.told) - SHOWN_FAULTS)

    def _number(self, line: int) -> int:
        return self.numbers[line - 1] if 0 < line <= len(self.numbers) else line

    def _of(self, question: str) -> tuple[str, list[Why]]:
        mine = [one for one in self.told if one.question == question and not one.line]
        fault = " ".join(one.say(self.language) for one in mine if not one.explain)
        whys = [
            Why(f"x-{one.explain}", one.say(self.language), self.data.get(f"x-{one.explain}", ""))
            for one in mine
            if one.explain
        ]
        asked = {why.name for why in whys}
        for check in self.kind.checks:  # what was explained stays on the page
            name = f"x-{check.code}"
            if name not in asked and self.data.get(name) and self.known.at(check) == question:
                whys.append(Why(name, check.say.say(self.language), self.data[name]))
        return fault, whys

    # -- questions and lines ---------------------------------------------------------------------------------------
    @cached_property
    def questions(self) -> list[Box]:
        """The questions in order."""
        return [self._question(one) for one in self.kind.questions]

    def _question(self, one: Question) -> Box:
        fault, whys = self._of(one.field)
        name = f"q-{one.field}"
        origin = self.known.origin(one.field) if not self.report.first_sent_at and not self._edited(one) else ""
        said = {"last": _("last time"), "known": _("known to the bureau")}.get(origin, "")
        return box(
            one, name, self.data.getlist(name), origin=said, fault=fault, whys=whys, remarks=self._remarks_at(one.field)
        )

    def _edited(self, one: Question) -> bool:
        """Whether something else stands there than what was filled in."""
        if not self.typed:
            return False
        start = posted.as_data({one.field: self.known.values.get(one.field)}, [], {})
        return self.data.getlist(f"q-{one.field}") != start.getlist(f"q-{one.field}")

    @cached_property
    def quick(self) -> dict[str, Any] | None:
        """The one button for “no change”: what would be sent, and the question after too many unchanged ones."""
        if (
            self.known.last is None
            or self.report.first_sent_at
            or self.closed
            or (self.answered and not self.unchanged)
        ):
            return None
        told = told_answers(self.kind, self._shown(self.known.unchanged_values), self.language)
        if self.known.unchanged_lines:
            told.append((self.kind.lines.name.say(self.language), str(len(self.known.unchanged_lines))))
        return {"told": told, "question": self._why_unchanged}

    @cached_property
    def streak_question(self) -> Box | None:
        """The question after too many unchanged ones, where it was asked for in another way than by the one button."""
        asked = self.kind.unchanged_question
        if self.quick or asked is None or not any(one.question == asked.field for one in self.told):
            return None
        return self._why_unchanged

    @cached_property
    def _why_unchanged(self) -> Box | None:
        asked = self.kind.unchanged_question
        if asked is None or not self.known.must_say_why:
            return None
        fault, _whys = self._of(asked.field)
        return box(asked, f"q-{asked.field}", self.data.getlist(f"q-{asked.field}"), fault=fault)

    @cached_property
    def lines(self) -> Lines | None:
        """The lines, where the firm is asked for them."""
        of = self.kind.lines
        if of is None or not self.known.asks_lines:
            return None
        drawn = Lines(
            title=of.name.say(self.language), rows=[], pattern=self._line("__n__", "", {}),
            heads=[heading(one, self.language) for one in of.fields],
        )  # fmt: skip
        drawn.datalists = [
            {"id": f"codes-{kind}", "options": codes(kind, self.language)}
            for kind in SELECTS
            if any(one.type == kind for one in of.fields)
        ]
        if any(one.type == PRODUCTS for one in of.fields):
            drawn.chapters = chapters(self.language)
        if self.file is not None:
            drawn.file_said, drawn.file_faults = self.file.said(self.language), self.file.shown(self.language)
        try:
            packed = posted.packed(self.data)
        except UserError as fault:
            drawn.faults, packed = [fault.say(self.language)], None
        if packed is not None:
            self._pack(drawn, packed)
            return drawn
        rows = posted.numbered(self.data)
        if empty := self.data.get("_empty_line"):
            rows[int(empty)] = {}
        for place, (number, row) in enumerate(rows.items(), 1):
            drawn.rows.append(self._line(number, place, row))
        return drawn

    def _pack(self, drawn: Lines, rows: list[dict[str, Any]]) -> None:
        of = self.kind.lines
        assert of is not None  # noqa: S101 - asked by the caller
        drawn.packed = json.dumps(rows, ensure_ascii=False)
        drawn.packed_said = _("%(n)s lines stand in the form; to change them, change the file and read it again.") % {
            "n": f"{len(rows):,}"
        }
        known = {kind: dict(codes(kind, self.language)) for kind in SELECTS}
        for number, row in enumerate(rows[:SAMPLE], 1):
            cells = [str(number)]
            for one in of.fields:
                value = posted.typed(row.get(one.field))
                value = known.get(one.type, {}).get(value, value)
                words = one.choices.get(value)
                aside = chapter_in_short(value, self.language) if one.type == PRODUCTS else ""
                cells.append(words.say(self.language) if words else f"{value} {aside}".strip())
            drawn.sample = [*drawn.sample, cells]
        line = _("Line")
        drawn.remarks = [f"{line} {one.line}: {one.text}" for one in self._remarks if one.line]
        drawn.faults = [one.say(self.language) for one in self.told if one.line][:SHOWN_FAULTS]

    def _line(self, number: int | str, place: int | str, row: Mapping[str, str]) -> LineBox:
        of = self.kind.lines
        assert of is not None  # noqa: S101 - asked by the caller
        at = self.numbers.index(number) + 1 if number in self.numbers else place
        mine = [one for one in self.told if one.line == at]
        boxes = []
        for one in of.fields:
            fault = " ".join(t.say(self.language) for t in mine if t.column == one.field and not t.explain)
            value = row.get(one.field, "")
            boxes.append(box(one, f"l{number}-{one.field}", [value], fault=fault, compact=True))
        return LineBox(
            number, place, boxes, self._remarks_at(line=int(at) if str(at).isdigit() else None) if at else (),
            [one.say(self.language) for one in mine if one.explain or one.column not in of.by_code],
        )  # fmt: skip

    @property
    def line_whys(self) -> list[Why]:
        """Explanations that lines want: one sentence for all lines of a kind."""
        found: dict[str, Why] = {}
        for one in self.told:
            if one.line and one.explain:
                name = f"x-{one.explain}"
                found.setdefault(name, Why(name, one.say(self.language), self.data.get(name, "")))
        return list(found.values())


def told_answers(kind: FormKind, answers: Mapping[str, Any], language: str) -> list[tuple[str, str]]:
    """Answers in words, in the order of the questions; what was left empty is left out."""
    told = []
    for one in kind.by_code.values():
        value = answers.get(one.field)
        if value in (None, "", [], ()):
            continue
        several = value if isinstance(value, (list, tuple)) else [value]
        if one.choices:
            said = "、".join(one.choices[code].say(language) if code in one.choices else str(code) for code in several)
        elif one.type in SELECTS:
            said = dict(codes(one.type, language)).get(str(value), str(value))
        elif isinstance(value, bool):
            said = _("yes") if value else _("no")
        else:
            said = f"{value} {unit_words(one.unit or '')}".rstrip()
        told.append((one.short.say(language), said))
    return told
