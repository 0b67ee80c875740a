"""A form 报表 as data: who reports, how often, which questions, what is checked, who passes it on.

One file under ``catalogue/forms/`` declares one form. ``docs/how-to/declare-a-form.md`` shows how in one page.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, field_serializer, model_validator

from commercebrain.engine.catalogue.models import Classification, Code, Model, SourceRef, Words, read_kept
from commercebrain.engine.catalogue.registers import NUMBERS, FieldType, RegisterField
from commercebrain.engine.expressions import Expression, Function, Type, Vocabulary, firm_vocabulary, parse
from commercebrain.engine.forms.feeds import Feed
from commercebrain.engine.forms.moments import Every, Moment

QuestionType = FieldType | Literal["ticks", "product"]
HolidayRule = Literal["before", "after", "same"]
Step = Literal["firm", "township", "county", "city"]


def _as_list(value: object) -> object:
    return [value] if isinstance(value, dict | str) else value


def _as_words(value: object) -> object:
    return {"zh": value, "en": value} if isinstance(value, str) else value


def _as_choices(value: object) -> object:
    """A plain list of words is a choice whose codes are the words; a list of ``code, zh, en`` is one kept in order."""
    if not isinstance(value, list | tuple):
        return value
    if all(isinstance(one, dict) and "code" in one for one in value):
        return {str(one["code"]): {key: text for key, text in one.items() if key != "code"} for one in value}
    return {str(one): str(one) for one in value}


def _as_moment(value: object) -> object:
    """YAML reads a bare 12:00 as the number 720."""
    return f"{value // 60:02d}:{value % 60:02d}" if isinstance(value, int) and not isinstance(value, bool) else value


def _as_text(value: object) -> object:
    """YAML reads a bare 2025-02-01 as a day and 2025 as a number."""
    return str(value) if isinstance(value, date | int) and not isinstance(value, bool) else value


class Question(Model):
    """One question of a form, or one column of its lines.

    ``ask`` is what the reporter reads, ``name`` the short name in tables (``ask`` where left out). ``choices`` from the
    lowest to the highest where ``ordered``. ``prefill`` says what stands in it at first: ``last`` (the last report),
    ``known:<fact>`` (what the bureau knows); the first that has a value wins. ``datum`` is the code of what is asked for,
    the same wherever another form asks for it: the burden meter counts by it. ``shown_if`` shows it only then.
    ``unchanged`` is the answer that “no change” gives where that is not the last one (较上期: 平).
    """

    field: Code
    ask: Words
    name: Words | None = None
    type: QuestionType = "text"
    required: bool = True
    unit: str | None = None
    decimals: int = Field(default=2, ge=0, le=6)
    min: Decimal | None = None
    max: Decimal | None = None
    max_length: int | None = Field(default=None, ge=1, le=20_000)
    choices: Annotated[dict[str, Annotated[Words, BeforeValidator(_as_words)]], BeforeValidator(_as_choices)] = {}
    ordered: bool = False
    prefill: Annotated[tuple[str, ...], BeforeValidator(_as_list)] = ()
    datum: Code | None = None
    shown_if: str | None = None
    help: Annotated[Words | None, BeforeValidator(_as_words)] = None
    unchanged: str | None = None
    personal: bool = False
    synonyms: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _fits_its_type(self) -> Question:
        if (self.type in ("choice", "ticks")) != bool(self.choices):
            raise ValueError(
                "choices belong to choice and ticks, and they need them / choice、ticks 须给出 choices，其他类型不能给"
            )
        for one in self.prefill:
            if one != "last" and not one.startswith("known:"):
                raise ValueError(f"prefill is last or known:<fact>, not “{one}” / prefill 只能写 last 或 known:<事实>")
        _ = self.as_field  # the rules of fields hold for questions too
        return self

    @cached_property
    def as_field(self) -> RegisterField:
        """The question as a field: how one value of it is read and said."""
        kind: Any = {"ticks": "choice", "product": "text"}.get(self.type, self.type)
        numeric = self.type in NUMBERS
        return RegisterField(
            code=f"q_{self.field}"[:60],
            name=self.short,
            type=kind,
            unit=self.unit if numeric else None,
            decimals=self.decimals,
            min=self.min if numeric else None,
            max=self.max if numeric else None,
            max_length=self.max_length,
            choices=self.choices,
            personal=self.personal,
        )

    @field_serializer("choices", when_used="json")
    def _in_order(self, choices: dict[str, Words]) -> list[dict[str, str]]:
        """Choices as a list: a database that keeps JSON as objects forgets the order of their keys, and it matters."""
        return [{"code": code, **words.model_dump()} for code, words in choices.items()]

    @property
    def short(self) -> Words:
        """The short name."""
        return self.name or self.ask

    @property
    def as_type(self) -> Type:
        """What its answers are to a rule."""
        kinds: dict[str, Any] = {
            "integer": "number", "decimal": "number", "date": "day", "boolean": "truth", "choice": "choice",
            "ticks": "ticks",
        }  # fmt: skip
        kind = kinds.get(self.type, "text")
        return Type(kind, self.unit or "" if kind == "number" else "", self.choices, self.ordered, self.short)


class FormCheck(Model):
    """A rule that answers must keep. One with a missing value says nothing.

    ``stop`` refuses the report; ``explain`` asks for a sentence, kept under ``code``. ``say`` tells the reporter what to
    do. ``at`` is the question beside which it is said; the first that the rule names where left out.
    """

    code: Code
    rule: str = Field(min_length=1)
    severity: Literal["stop", "explain"] = "stop"
    say: Words
    at: str | None = None


class LinesOf(Model):
    """Lines of a form: one for each ``key`` (product and market), asked only of the firms of ``who``."""

    name: Words
    who: str | None = None
    key: tuple[str, ...] = Field(min_length=1)
    least: int = Field(default=0, ge=0)
    most: int = Field(default=5_000, ge=1, le=50_000)
    fields: tuple[Question, ...] = Field(min_length=1)
    checks: tuple[FormCheck, ...] = ()

    @cached_property
    def by_code(self) -> Mapping[str, Question]:
        """The columns by their codes."""
        return {one.field: one for one in self.fields}


class FormExample(Model):
    """A small case that runs as a test, of one of three sorts.

    ``answers`` (with ``lines``, ``facts``, ``last``): they are taken; or ``refused`` names the questions at fault
    (``lines.2.product`` a line's), and ``explain`` the checks that want a sentence. ``firm`` (facts, lists):
    ``asked`` says whether it reports. ``period``: ``due`` says when, or ``none`` where there is no round.
    """

    answers: dict[str, Any] | None = None
    lines: tuple[dict[str, Any], ...] = ()
    facts: dict[str, Any] = {}
    last: dict[str, Any] | None = None
    refused: Annotated[tuple[str, ...], BeforeValidator(_as_list)] = ()
    explain: Annotated[tuple[str, ...], BeforeValidator(_as_list)] = ()
    firm: dict[str, Any] | None = None
    asked: bool | None = None
    period: Annotated[str | None, BeforeValidator(_as_text)] = None
    due: str | None = None


class FormKind(Model):
    """A declared form.

    ``approval`` is the number under which the report was approved (批准文号); without it nobody is reminded and nobody
    is scored. ``opened`` says whether rounds open by the calendar, or only by somebody's decision (an emergency).
    ``holiday`` is what becomes of a due day off: ``before``, ``after``, or the ``same`` (a day's form). ``trend`` are the
    questions whose course a firm sees beside its peers after sending. ``feeds`` are the datasets that passed reports fill.
    """

    code: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{1,39}$")]
    name: Words
    definition: Words | None = None
    source: Annotated[tuple[SourceRef, ...], BeforeValidator(_as_list)] = Field(min_length=1)
    owner: Annotated[Words | None, BeforeValidator(_as_words)] = None
    approval: str = ""
    classification: Classification = "confidential"
    who: str = Field(min_length=1)
    every: Every
    opened: Literal["calendar", "decision"] = "calendar"
    weekends: bool = False
    opens: Annotated[str, BeforeValidator(_as_moment)]
    due: Annotated[str, BeforeValidator(_as_moment)]
    locks_after: str = "5 working days"
    holiday: HolidayRule | None = None
    core: tuple[str, ...] = ()
    questions: tuple[Question, ...] = Field(min_length=1)
    lines: LinesOf | None = None
    checks: tuple[FormCheck, ...] = ()
    steps: tuple[Step, ...] = ("firm", "county")
    unchanged_limit: int | None = Field(default=None, ge=1, le=52)
    unchanged_question: Question | None = None
    seconds: int = Field(default=90, ge=10, le=3_600)
    peers: int = Field(default=5, ge=5)
    trend: tuple[str, ...] = ()
    feeds: tuple[Feed, ...] = ()
    examples: tuple[FormExample, ...] = ()

    @model_validator(mode="after")
    def _whole(self) -> FormKind:
        if self.steps[:1] != ("firm",) or len(set(self.steps)) != len(self.steps):
            raise ValueError("steps begin with firm, each once / steps 须以 firm 开头，每级只写一次")
        order = ("firm", "township", "county", "city")
        if sorted(self.steps, key=order.index) != list(self.steps):
            raise ValueError("steps go up the tree: firm, township, county, city / steps 须自下而上排列")
        if (self.unchanged_limit is None) != (self.unchanged_question is None):
            raise ValueError(
                "unchanged_limit and unchanged_question go together / unchanged_limit 与 unchanged_question 须同时写"
            )
        return self

    @cached_property
    def by_code(self) -> Mapping[str, Question]:
        """The questions by their codes, the one after unchanged reports included."""
        extra = (self.unchanged_question,) if self.unchanged_question else ()
        return {one.field: one for one in (*self.questions, *extra)}

    @cached_property
    def opening(self) -> Moment:
        """When a round opens."""
        return Moment.parse(self.opens, self.every)

    @cached_property
    def deadline(self) -> Moment:
        """When a round is due."""
        return Moment.parse(self.due, self.every)

    @property
    def holiday_rule(self) -> HolidayRule:
        """What becomes of a due day that is a day off: a week's moves forward, a day's stays, others move on."""
        return self.holiday or {"day": "same", "once": "same", "week": "before"}.get(self.every, "after")  # type: ignore[return-value]

    @cached_property
    def reporters(self) -> Expression:
        """The condition that says who reports."""
        return parse(self.who)

    def asks_lines(self, facts: Mapping[str, object], vocabulary: Vocabulary | None = None) -> bool:
        """Whether a firm of these facts is asked for lines; not known is no."""
        if self.lines is None:
            return False
        if self.lines.who is None:
            return True
        return parse(self.lines.who).holds(facts, vocabulary or firm_vocabulary()) is True

    def vocabulary(self, firm: Vocabulary | None = None) -> Vocabulary:
        """What a check may speak of: the questions, the facts of the firm, ``last(question)`` (the last report),
        ``total_<column>()`` and ``lines_given()`` of the lines."""
        answers = {one.field: one.as_type for one in self.by_code.values()}
        own: dict[str, Function] = {"last": Function(("name",), None, words=Words(zh="上期", en="last time"))}
        if self.lines is not None:
            own["lines_given"] = Function((), Type("number"), words=Words(zh="明细行数", en="number of lines"))
            for one in self.lines.fields:
                if one.type in NUMBERS:
                    name = Words(zh=f"{one.short.zh}合计", en=f"total of {one.short.en}")
                    own[f"total_{one.field}"] = Function((), Type("number", one.unit or "", words=name), words=name)
        return (firm or firm_vocabulary()) | Vocabulary(answers, own)

    def line_vocabulary(self, firm: Vocabulary | None = None) -> Vocabulary:
        """What a check of one line may speak of: its columns, the questions, the facts of the firm."""
        columns = {one.field: one.as_type for one in self.lines.fields} if self.lines else {}
        return self.vocabulary(firm) | Vocabulary(columns)


def read_declaration(data: Mapping[str, Any]) -> FormKind:
    """The form from the declaration that a round keeps (:func:`declaration_of`).

    A key that a later version of the product no longer knows is left out, so that a running round outlives an update.
    """
    return read_kept(FormKind, data)


def declaration_of(form: FormKind) -> dict[str, Any]:
    """The form as JSON, for a round to keep as it stood at its opening (without its examples)."""
    return form.model_dump(mode="json", exclude={"examples"})


def codes_of(form: FormKind) -> Iterator[tuple[str, Question]]:
    """Every question and column by the code under which faults name it: ``cover``, ``lines.product``."""
    for one in form.by_code.values():
        yield one.field, one
    for one in form.lines.fields if form.lines else ():
        yield f"lines.{one.field}", one
