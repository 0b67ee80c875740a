"""A case walked through its template without a database: what examples run, and what pages show as “what would be”."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from commercebrain.engine.cases.gates import Facts, missing, moves, opened, taken_with
from commercebrain.engine.cases.kinds import OUTCOME, Template, Walk, WalkStep
from commercebrain.engine.cases.reading import read_values
from commercebrain.engine.cases.running import ClockEvent, events
from commercebrain.engine.catalogue.source import Fault, nearest
from commercebrain.engine.clock import BEIJING
from commercebrain.engine.errors import UserError

if TYPE_CHECKING:
    from commercebrain.engine.catalogue.loader import Catalogue

Told = tuple[str, str]


@dataclass
class Walked:
    """A case as it stands in a walk."""

    template: Template
    at: datetime
    level: str = ""
    stage: str = ""
    values: dict[str, Any] = field(default_factory=dict)
    firms: list[dict[str, Any]] = field(default_factory=list)
    entered: dict[str, datetime] = field(default_factory=dict)
    times: dict[str, int] = field(default_factory=dict)
    running: dict[str, datetime] = field(default_factory=dict)
    given: dict[str, Any] = field(default_factory=dict)
    heard: list[ClockEvent] = field(default_factory=list)
    renewed: list[dict[str, Any]] = field(default_factory=list)

    def start(self) -> None:
        """Starts the case."""
        self.stage = self.template.first
        self.entered[self.stage] = self.at
        self._hear({}, starts=True)

    @property
    def facts(self) -> Facts:
        """What is known of it beside its values."""
        late = [code for code, moment in self.running.items() if self.at > moment]
        return Facts(level=self.level, through=tuple(self.entered), times=self.times, late=late, **self.given)

    def fill(self, typed: Mapping[str, Any]) -> None:
        """Fills values in; raises :class:`UserError` for one that is not taken or that leaves a gate open."""
        before, after = self.values, {**self.values, **self.read(typed)}
        open_ = opened(self.template, self.stage, before, after, firms=self.firms, facts=self.facts)
        if open_:
            raise UserError("case.refused", open_[0].zh, open_[0].en)
        self.values = after
        self._hear(before)

    def read(self, typed: Mapping[str, Any]) -> dict[str, Any]:
        """What was typed, read; raises :class:`UserError` for a value that is not taken."""
        read = read_values(self.template.by_code, typed)
        if read.faults:
            raise UserError(read.faults[0].code, read.faults[0].zh, read.faults[0].en)
        return dict(read.values)

    def move(self, code: str, by: str, sentence: str = "", typed: Mapping[str, Any] | None = None) -> None:
        """Takes a transition, with what is ``typed`` on the way; raises :class:`UserError` (``case.refused``) with what
        stands against it."""
        given = self.read(typed or {})
        ways = {
            one.code: one
            for one in moves(
                self.template,
                self.stage,
                self.values,
                lambda who: _acts_as(by, who),
                firms=self.firms,
                facts=self.facts,
                typed=given,
            )
        }
        if code not in ways:
            zh, en = nearest(code, ways)
            raise UserError(
                "case.refused",
                f"在“{self.stage}”阶段，“{by}”不能办理“{code}”{zh}",
                f"In the stage {self.stage}, {by} cannot take {code}{en}",
            )
        way = ways[code]
        if way.missing:
            raise UserError("case.refused", way.missing[0].zh, way.missing[0].en)
        if way.holds is not True and way.why is not None:
            raise UserError("case.refused", way.why.zh, way.why.en)
        if way.transition.sentence and not sentence:
            raise UserError("case.refused", "请写一句说明。", "Write a sentence about it.")
        before = self.values
        self.values = taken_with(way.transition, self.values, given)
        if way.transition.renews:
            self.renewed.append({one: before[one] for one in way.transition.renews if before.get(one) is not None})
        self.stage = way.transition.to
        self.entered[self.stage] = self.at
        self.times[code] = self.times.get(code, 0) + 1
        self._hear(before, way.transition)

    def _hear(self, before: Mapping[str, Any], moved: Any = None, starts: bool = False) -> None:
        told = events(
            self.template, at=self.at, stage=self.stage, entered=self.entered, before=before, after=self.values,
            running=self.running, moved=moved, starts=starts,
        )  # fmt: skip
        for one in told:
            self.heard.append(one)
            if one.due_at is not None:
                self.running[one.clock] = one.due_at
            elif one.what in ("meet", "drop"):
                self.running.pop(one.clock, None)


def _acts_as(by: str, who: str) -> bool:
    """Whether somebody who acts as ``by`` is ``who``: whoever is in charge or holds a role also belongs to the unit."""
    return who == by or (who == "owner" and by not in ("firm", "system"))


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=BEIJING)


def walk(template: Template, example: Walk) -> tuple[Walked, Told | None]:
    """The case at the end of an example, and what does not come out as the example says; None where all does."""
    case = Walked(template, _moment(example.at), example.level)
    case.start()
    for number, step in enumerate(example.steps, 1):
        wrong = _step(case, step)
        if wrong is not None:
            return case, (f"第{number}步：{wrong[0]}", f"Step {number}: {wrong[1]}")
    if case.stage != example.ends:
        return case, (
            f"示例应止于“{example.ends}”，得到“{case.stage}”。",
            f"It should end in {example.ends}: {case.stage}.",
        )
    if example.outcome is not None and case.values.get(OUTCOME) != example.outcome:
        got = case.values.get(OUTCOME)
        return case, (f"结果应为“{example.outcome}”，得到“{got}”。", f"The outcome should be {example.outcome}: {got}.")
    return case, None


def _step(case: Walked, step: WalkStep) -> Told | None:
    if step.at is not None:
        case.at = _moment(step.at)
    case.given |= step.facts
    try:
        if step.firms is not None:
            read = [read_values(case.template.firm_by_code, one) for one in step.firms]
            for one in read:
                for fault in one.faults:
                    raise UserError(fault.code, fault.zh, fault.en)
            case.firms = [dict(one.values) for one in read]
        anew = case.template.transitions[step.move].renews if step.move in case.template.transitions else ()
        typed = {code: value for code, value in step.fill.items() if code in anew}
        case.fill({code: value for code, value in step.fill.items() if code not in anew})
        if step.lacks is not None and step.move is not None:
            lacks = {
                one.code
                for one in missing(
                    case.template, step.move, case.values, case.firms, case.facts, typed=case.read(typed)
                )
            }
            if lacks != set(step.lacks):
                return (
                    f"应缺{sorted(step.lacks)}，得到{sorted(lacks)}。",
                    f"Should lack {sorted(step.lacks)}: {sorted(lacks)}.",
                )
        if step.move is not None and not step.lacks:
            case.move(step.move, step.by, step.sentence, typed)
    except UserError as fault:
        return None if step.refused else (fault.zh, fault.en)
    if step.refused:
        return "应被拒绝，却办成了。", "It should be refused and is taken."
    for clock, day in step.due.items():
        found = case.running.get(clock)
        told = None if found is None else found.date()
        if told != day:
            return f"时限“{clock}”应到{day}，得到{told}。", f"The clock {clock} should be due {day}: {told}."
    return None


def run_examples(catalogue: Catalogue) -> Iterator[Fault]:
    """A fault for every example of a template that does not come out as it says."""
    for code, template in catalogue.templates.items():
        for number, example in enumerate(template.examples):
            try:
                told = walk(template, example)[1]
            except UserError as error:
                told = (f"示例无法运行：{error.zh}", f"The example cannot be run: {error.en}")
            if told is not None:
                yield catalogue.fault(f"template:{code}", *told, "examples", number)
