"""Warnings of the demonstration's invented city: rules switched on after a back-test by two persons, evaluated on the
days of the story, and what its cast did about the signals; all of it through the same actions as anybody's.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import Any

from django.db import transaction

from commercebrain.desk.cases import demo as cases
from commercebrain.desk.cases.demo import Cast, Course
from commercebrain.desk.cases.models import Case, Clock
from commercebrain.desk.core.clock import standing_at
from commercebrain.desk.core.workdays import add_workdays
from commercebrain.desk.forms.moment import now
from commercebrain.desk.people.models import Person, Unit
from commercebrain.desk.warnings import backtesting, evaluation, facts, kinds
from commercebrain.desk.warnings.actions import signals, use
from commercebrain.desk.warnings.joining import joinable
from commercebrain.desk.warnings.models import BackTest, Evaluation, RuleUse, Signal
from commercebrain.desk.warnings.queries import asking
from commercebrain.engine.rules.backtest import History, backtest
from commercebrain.engine.rules.facts import CityFacts
from commercebrain.engine.rules.kinds import Rule

LEVELS = ("close_watch", "watch")
Advance = Callable[[int, int, str], None]
ORIGIN = signals.ORIGIN


class _History:
    """The bureau's facts as known on the day of the proposal, read once for all rules that are tested then."""

    def __init__(self, unit: Unit, day: date, months: tuple[str, str]) -> None:
        self.unit, self.day, self.months = unit, day, months
        self.first, self.last = (int(text[:4]) * 100 + int(text[5:]) for text in months)

    @cached_property
    def city(self) -> CityFacts:
        """The facts."""
        return facts.city(self.unit, self.day)

    @cached_property
    def by_month(self) -> History:
        """The same as each month knew them."""
        return History(self.city, self.first, self.last)

    def test(self, rule: Rule, parameters: Mapping[str, str], person: Person) -> BackTest:
        """What the rule would have told with these thresholds, kept; the earlier answer where there is one."""
        first, last = self.months
        kept = BackTest.objects.filter(rule=rule.code, unit=self.unit, first=first, last=last).first()
        if kept is not None:
            return kept
        found = backtest(
            rule, self.by_month, first=self.first, last=self.last, newest=self.city,
            parameters={name: Decimal(value) for name, value in parameters.items()},
        )  # fmt: skip
        return BackTest.objects.create(
            rule=rule.code, unit=self.unit, first=first, last=last, parameters=dict(parameters),
            truth=rule.backtest.truth, result=backtesting.result_of(found), synthetic=found.synthetic,
            made_on=self.day, made_by=person,
        )  # fmt: skip


def play(told: Mapping[str, Any], unit: Unit, cast: Cast, approver: Person, progress: Advance) -> str:
    """Everything up to the story's day; a second time nothing changes. Returns what there is now."""
    days: list[date] = list(told["evaluated"])
    total = len(told["rules"]) + len(days)
    history = _History(unit, told["proposed_on"], tuple(told["tested"]))
    for number, (code, parameters) in enumerate(told["rules"].items(), 1):
        _switch_on(code, parameters, told, history, cast.city, approver)
        progress(number, total, code)
    for number, day in enumerate(days, len(told["rules"]) + 1):
        if not Evaluation.objects.filter(unit=unit, on=day, state=Evaluation.State.DONE).exists():
            go_on(told, unit, cast, day, before=True)
            with standing_at(day):
                evaluation.evaluate(unit, day)
        if not Evaluation.objects.filter(unit=unit, on__gt=day, state=Evaluation.State.DONE).exists():
            open_cases(told, unit, cast, day)
            go_on(told, unit, cast, day)
        progress(number, total, str(day))
    return f"{Signal.objects.filter(bureau=unit).count()} 条预警 / signals, {Case.objects.filter(synthetic=True).count()} 件事项 / cases"


def _switch_on(
    code: str, parameters: Mapping[str, str], told: Mapping[str, Any], history: _History, proposer: Person,
    approver: Person,
) -> None:  # fmt: skip
    """One rule: tested on history, proposed by one, approved by another."""
    rule, unit = kinds.rules()[code], history.unit
    if RuleUse.objects.filter(rule=code, unit=unit, state=RuleUse.State.ON).exists():
        return
    with standing_at(told["proposed_on"]):
        tested = None if rule.backtest.truth == "none" else history.test(rule, parameters, proposer)
        proposal = RuleUse.objects.filter(rule=code, unit=unit, state=RuleUse.State.PROPOSED).first()
        proposal = proposal or use.propose(rule, unit, parameters, tested, proposer, told["reason"])
    with standing_at(told["approved_on"]):
        use.approve(proposal, approver)


def open_cases(told: Mapping[str, Any], unit: Unit, cast: Cast, day: date) -> None:
    """Of the open signals of firms that are not worked on yet those that become cases, the highest level first, until as many
    are there as declared by ``day``; of the others, so many are false alarms."""
    rows = Signal.objects.filter(bureau=unit, closed_at=None, inhibited_by=None, enterprise__isnull=False, case=None)
    rows = rows.filter(rule__in=told["cases_from"], level__in=LEVELS)
    fit = sorted(rows, key=lambda one: (LEVELS.index(one.level), -_size(one), one.subject))
    wanted = max(0, int(told["opened"].get(day, 0)) - len(story_cases(told)))
    left = []
    with standing_at(day):
        for row in fit:
            if not wanted or joinable(row, None).exists():
                left.append(row)
                continue
            with transaction.atomic():
                cases.begun(signals.open_case(row, cast.of(row.unit)))
            wanted -= 1
        said = Signal.objects.filter(bureau=unit, end=Signal.End.FALSE_ALARM, closed_on=day).count()
        for row in left[: max(0, int(told["false_alarms"].get(day, 0)) - said)]:
            signals.false_alarm(row, cast.of(row.unit), told["false_alarm"])


def _size(row: Signal) -> Decimal:
    """What the firm exported in twelve months, as the evidence has it."""
    known = {one["term"]: one["value"] for one in row.evidence.get("terms", ())}
    return Decimal(str(known.get("exports_last_12m") or 0))


def go_on(told: Mapping[str, Any], unit: Unit, cast: Cast, day: date, *, before: bool = False) -> int:
    """What the cast has done by ``day``: steps of cases, each on its own day, and signals acknowledged. ``before``: by the
    evening before, so that an evaluation of ``day`` finds it."""
    course = course_of(told)
    done = cases.work_on(cast, course, day) + cases.answer_requests(cast, told["request"], day)
    done += cases.extend(told["remedy"], cast.city, day)
    if before:
        return done
    with standing_at(day):
        for row in Signal.objects.filter(asking(), bureau=unit, case=None, opened_on__lt=day).select_related("unit"):
            signals.acknowledge(row, cast.of(row.unit), told["acknowledged"], add_workdays(day, signals.LONGEST))
            done += 1
    return done


def course_of(told: Mapping[str, Any]) -> Course:
    """The course, with the cases that fell behind: the last of the story's."""
    return Course(told["course"], frozenset(sorted(story_cases(told))[-int(told["course"]["behind"]["count"]) :]))


def story_cases(told: Mapping[str, Any]) -> list[int]:
    """The numbers of the story's cases: firms' warning cases of the levels that ask to watch, opened in its month."""
    first, last = told["cases_of"]
    rows = Case.objects.filter(template=cases.TEMPLATE, synthetic=True, level__in=LEVELS, origin__startswith=ORIGIN)
    rows = rows.filter(opened_on__gte=first, opened_on__lte=last, enterprise__isnull=False)
    return list(cases.of_cast(rows).values_list("pk", flat=True))


def past_clock(told: Mapping[str, Any]) -> int:
    """How many of them are past a clock now."""
    late = Clock.objects.filter(case__in=story_cases(told), met_at=None, dropped_at=None, due_at__lt=now())
    return late.values("case").distinct().count()


__all__ = ["course_of", "go_on", "open_cases", "past_clock", "play", "story_cases"]
