"""A template of cases as data: stages, gates, transitions, clocks, escalation, outcomes, follow-up, papers, examples.

One file under ``catalogue/templates/`` declares one template. ``docs/how-to/declare-a-case.md`` shows how in one page.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from functools import cached_property, lru_cache
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, ValidationInfo, field_serializer, field_validator, model_validator

from commercebrain.engine.cases.graph import vocabulary
from commercebrain.engine.cases.spans import Span
from commercebrain.engine.catalogue.models import Classification, Model, SourceRef, Words, read_kept
from commercebrain.engine.catalogue.registers import RegisterField
from commercebrain.engine.errors import UserError
from commercebrain.engine.expressions import Vocabulary

#: Who may move a case beside the roles of ``roles.yaml``: the person in charge (whoever may enter for the unit while there
#: is none), whoever may enter for the unit, the firm's user, a job.
ACTORS = ("officer", "owner", "firm", "system")
OUTCOME = "outcome"


def _as_list(value: object) -> object:
    return [value] if isinstance(value, dict | str) else value


def _as_words(value: object) -> object:
    return {"zh": value, "en": value} if isinstance(value, str) else value


def _by_code(value: object) -> object:
    """A list of ``code, …`` is a mapping kept in order: a database that keeps JSON forgets the order of keys."""
    if isinstance(value, list | tuple) and all(isinstance(one, dict) and "code" in one for one in value):
        return {str(one["code"]): {key: part for key, part in one.items() if key != "code"} for one in value}
    return value


def _ordered(items: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [{"code": code, **one.model_dump(mode="json", by_alias=True)} for code, one in items.items()]


def _span(text: str) -> Span:
    try:
        return Span.parse(text)
    except UserError as fault:
        raise ValueError(f"{fault.en} / {fault.zh}") from None


Named = Annotated[dict[str, Annotated[Words, BeforeValidator(_as_words)]], BeforeValidator(_by_code)]


class CaseField(RegisterField):
    """A field of a case or of a firm in it: read, shown and masked as fields of registers are.

    ``choices: measures`` are the declared kinds of measures. ``firm_enters``: the firm's user fills it in; ``internal``:
    the firm never sees it, also where it sees the case.
    """

    choices: Named = {}
    firm_enters: bool = False
    internal: bool = False

    @field_validator("choices", mode="before")
    @classmethod
    def _measures(cls, value: object, info: ValidationInfo) -> object:
        if value != "measures":
            return value
        measures = (info.context or {}).get("measures")
        if measures is None:
            from commercebrain.engine.catalogue.loader import load_catalogue

            measures = load_catalogue().measures
        return {code: one.name.model_dump() for code, one in measures.items()}

    @field_serializer("choices", when_used="json")
    def _in_order(self, choices: dict[str, Words]) -> list[dict[str, Any]]:
        return _ordered(choices)


class Stage(Model):
    """A stage. ``final``: the case is closed with it. ``contact``: being here means that the firm was met or called."""

    name: Words
    definition: Words | None = None
    final: bool = False
    contact: bool = False


class Gate(Model):
    """A row of the one table of gates: from this stage on, ``need`` (fields), ``papers`` (purposes) and ``firms`` (so many
    firms named) must be there, where ``when`` holds. ``of: firms``: the fields are those of every firm named."""

    from_: str = Field(alias="from")
    need: Annotated[tuple[str, ...], BeforeValidator(_as_list)] = ()
    papers: Annotated[tuple[str, ...], BeforeValidator(_as_list)] = ()
    firms: int = Field(default=0, ge=0)
    of: Literal["case", "firms"] = "case"
    when: str | None = None

    @model_validator(mode="after")
    def _asks_for_something(self) -> Gate:
        if not (self.need or self.papers or self.firms):
            raise ValueError("a gate needs something: need, papers or firms / 关口须写明 need、papers 或 firms")
        return self


class Transition(Model):
    """A way from one stage (or several) to another: who ``may`` take it, on what condition, what it needs of its own,
    whether it needs a ``sentence``, which clocks it ``pauses`` or ``resumes``, and which values it ``sets``.

    ``renews`` are fields that begin anew with it: what stood in them stays in the record of the step, and the gates ask for
    them again.
    """

    name: Words
    from_: Annotated[tuple[str, ...], BeforeValidator(_as_list)] = Field(alias="from", min_length=1)
    to: str
    may: Annotated[tuple[str, ...], BeforeValidator(_as_list)] = Field(min_length=1)
    when: str | None = None
    say: Words | None = None
    needs: Annotated[tuple[str, ...], BeforeValidator(_as_list)] = ()
    sentence: bool = False
    pauses: Annotated[tuple[str, ...], BeforeValidator(_as_list)] = ()
    resumes: Annotated[tuple[str, ...], BeforeValidator(_as_list)] = ()
    sets: dict[str, str | int | bool] = {}
    renews: Annotated[tuple[str, ...], BeforeValidator(_as_list)] = ()


class ClockOf(Model):
    """A clock 时限: from an event to an event. An event is a stage that is entered or a field that is filled in; ``since``
    is a date field that holds the day of the event where that is another day than the one on which it was entered.

    ``within`` is a span (``1 working day``, ``24 hours``, ``30 days``, ``5 years``); ``until`` instead names a date field
    that says when it is due. ``calendar`` is ``CN``, or the field that holds the authority abroad whose working days and
    zone count. ``holiday``: a due day off moves ``after`` or ``before``; at home after, abroad before, so that a paper is
    never late by a rule that was read too kindly.
    """

    name: Words
    from_: str = Field(alias="from")
    to: Annotated[tuple[str, ...], BeforeValidator(_as_list)] = Field(min_length=1)
    since: str | None = None
    within: str | None = None
    until: str | None = None
    calendar: str = "CN"
    holiday: Literal["before", "after"] | None = None
    source: Annotated[tuple[SourceRef, ...], BeforeValidator(_as_list)] = ()

    @model_validator(mode="after")
    def _one_end(self) -> ClockOf:
        if (self.within is None) == (self.until is None):
            raise ValueError("give within or until / within 与 until 须写且只写一个")
        if self.within is not None:
            _span(self.within)
        return self

    @property
    def holiday_rule(self) -> Literal["before", "after"]:
        """What becomes of a due day that is a day off."""
        return self.holiday or ("after" if self.calendar == "CN" else "before")


class EscalationStep(Model):
    """A clock that is late by ``after`` is told to those who hold the role ``to`` in the unit in charge, or in the nearest
    unit above it in which somebody does. ``clocks``: only these (all where none are named)."""

    after: str
    to: str
    clocks: Annotated[tuple[str, ...], BeforeValidator(_as_list)] = ()

    @model_validator(mode="after")
    def _is_a_span(self) -> EscalationStep:
        _span(self.after.removesuffix(" late"))
        return self

    @property
    def span(self) -> Span:
        """By how much it is late."""
        return Span.parse(self.after.removesuffix(" late"))


class Bounds(Model):
    """When a firm counts as recovered: it sold at least this share of what it is held against."""

    recovered: Decimal = Field(default=Decimal("0.9"), gt=0, le=2)


class FollowUpOf(Model):
    """The follow-up on the firm's own figures: ``figure`` over so many months after the day that the field ``after`` holds,
    held ``against`` the same months a year before, or against what was expected had nothing been done."""

    figure: str
    after: str
    periods: tuple[int, ...] = (1, 3)
    bounds: Bounds = Bounds()
    against: Literal["before", "expected"] = "before"

    @model_validator(mode="after")
    def _goes_up(self) -> FollowUpOf:
        if not self.periods or any(one < 1 for one in self.periods) or sorted(set(self.periods)) != [*self.periods]:
            raise ValueError("periods go up from 1 / periods 须自小到大，最小为1")
        return self


class PaperOf(Model):
    """A purpose of papers. ``foreign``: meant for authorities abroad, leaves the house only when another person has
    approved it. ``internal``: the firm does not see it."""

    name: Words
    foreign: bool = False
    internal: bool = True


class OwnerOf(Model):
    """Who answers for a case: the unit ``by`` the place of its firm or region, or the ``unit`` that starts it; ``line`` is
    the role whose section is in charge there."""

    by: Literal["region", "unit"] = "region"
    line: str | None = None


class WalkStep(Model):
    """A step of an example: what is filled in, which transition is taken by whom, what is lacking or due afterwards."""

    at: str | None = None
    by: str = "officer"
    fill: dict[str, Any] = {}
    firms: tuple[dict[str, Any], ...] | None = None
    facts: dict[str, Any] = {}
    move: str | None = None
    sentence: str = ""
    lacks: Annotated[tuple[str, ...] | None, BeforeValidator(_as_list)] = None
    refused: bool = False
    due: dict[str, date | None] = {}


class Walk(Model):
    """An example: a case walked from its start to where it ``ends``; runs as a test."""

    name: Annotated[Words | None, BeforeValidator(_as_words)] = None
    at: str = "2025-07-21 09:00"
    level: str = ""
    steps: tuple[WalkStep, ...]
    ends: str
    outcome: str | None = None


class Template(Model):
    """A declared template of cases.

    ``prefix`` begins the numbers of its cases. ``firm_sees``: the firm reads the case (never what is internal). ``starts``:
    who may start one (``signal``, ``firm``, ``owner``, or a role). ``gates`` is the one table of what is needed from which
    stage. ``sought``: the fields that lists and boards show.
    """

    code: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{1,39}$")]
    name: Words
    definition: Words
    source: Annotated[tuple[SourceRef, ...], BeforeValidator(_as_list)] = Field(min_length=1)
    owner: OwnerOf = OwnerOf()
    prefix: Annotated[str, Field(pattern=r"^[A-Z\u4e00-\u9fff]{1,6}$")]
    classification: Classification = "internal"
    icon: str = "clipboard"
    firm_sees: bool = False
    starts: Annotated[tuple[str, ...], BeforeValidator(_as_list)] = Field(min_length=1)
    fields: tuple[CaseField, ...] = ()
    firm_fields: tuple[CaseField, ...] = ()
    sought: tuple[str, ...] = ()
    stages: Annotated[dict[str, Stage], BeforeValidator(_by_code)] = Field(min_length=2)
    gates: tuple[Gate, ...] = ()
    transitions: Annotated[dict[str, Transition], BeforeValidator(_by_code)] = Field(min_length=1)
    clocks: Annotated[dict[str, ClockOf], BeforeValidator(_by_code)] = {}
    escalate: tuple[EscalationStep, ...] = ()
    outcomes: Named = {}
    follow_up: FollowUpOf | None = None
    participants: Named = {}
    papers: Annotated[dict[str, PaperOf], BeforeValidator(_by_code)] = {}
    examples: tuple[Walk, ...] = ()

    @field_serializer("stages", "transitions", "clocks", "outcomes", "participants", "papers", when_used="json")
    def _in_order(self, items: dict[str, Any]) -> list[dict[str, Any]]:
        return _ordered(items)

    @property
    def first(self) -> str:
        """The stage in which a case starts: the first."""
        return next(iter(self.stages))

    @cached_property
    def by_code(self) -> Mapping[str, CaseField]:
        """The fields of the case by their codes, the outcome among them where the template has outcomes."""
        own = {one.code: one for one in self.fields}
        if self.outcomes and OUTCOME not in own:
            own[OUTCOME] = CaseField(
                code=OUTCOME, name=Words(zh="结果", en="Outcome"), type="choice", choices=self.outcomes
            )
        return own

    @cached_property
    def firm_by_code(self) -> Mapping[str, CaseField]:
        """The fields of a firm in the case by their codes."""
        return {one.code: one for one in self.firm_fields}

    @cached_property
    def words(self) -> Vocabulary:
        """What a condition may speak of."""
        return vocabulary(self)

    @cached_property
    def firm_words(self) -> Vocabulary:
        """What a condition on one firm named may speak of."""
        return vocabulary(self, firms=True)

    def is_final(self, stage: str) -> bool:
        """Whether a case in that stage is closed."""
        return self.stages[stage].final

    def from_stage(self, stage: str) -> Mapping[str, Transition]:
        """The transitions that leave a stage, by code."""
        return {code: one for code, one in self.transitions.items() if stage in one.from_}


def declaration_of(template: Template) -> dict[str, Any]:
    """The template as JSON, for a case to keep as it stood when it was started (without its examples)."""
    return template.model_dump(mode="json", by_alias=True, exclude={"examples"})


def read_declaration(data: Mapping[str, Any]) -> Template:
    """The template from the declaration that a case keeps; a key that a later version no longer knows is left out. What was
    read once is not read again: a board reads one declaration for many cases."""
    return _read(json.dumps(data, sort_keys=True, ensure_ascii=False))


@lru_cache(maxsize=128)
def _read(text: str) -> Template:
    return read_kept(Template, json.loads(text))
