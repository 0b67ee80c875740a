"""Reads of signals and of what became of them, as far as a person may see; a firm's user sees none.

A signal *asks* for somebody while it is open, nothing wider speaks for it, nobody has acknowledged it and no case is worked
on; it is *past its clock* when it asks longer than the rule allows.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.db.models import Count, Max, Min, Q, QuerySet

from commercebrain.desk.cases.models import FollowUp
from commercebrain.desk.core.clock import today
from commercebrain.desk.forms.moment import now
from commercebrain.desk.people.models import Person, Right, Unit
from commercebrain.desk.people.scopes import extent_of, memberships_held
from commercebrain.desk.registry.models import Enterprise
from commercebrain.desk.warnings import clearance
from commercebrain.desk.warnings.kinds import rank
from commercebrain.desk.warnings.models import Evaluation, Signal, SignalStep

Reader = Person | AnonymousUser
End = Signal.End
RECOVERED, NOT_RECOVERED, TOO_EARLY, NO_FIGURES = "recovered", "not_recovered", "too_early", "no_figures"


def signals(person: Reader) -> QuerySet[Signal]:
    """The signals that a person sees as one of the administration: those that units in sight deal with; each bears whether
    the person may be told the customs facts in it (:mod:`.clearance`)."""
    extent = replace(extent_of(person, Right.SEE, today()), firms=frozenset(), entries_of=frozenset())
    rows = clearance.marked(Signal.objects.inside(extent, Right.SEE), person)
    return rows.select_related("unit", "bureau", "enterprise", "region", "case", "inhibited_by", "acknowledged_by")


def signal(person: Reader, pk: int) -> Signal | None:
    """One signal; none where it is out of sight."""
    return signals(person).filter(pk=pk).first()


def steps(person: Reader, of: Signal) -> QuerySet[SignalStep]:
    """What happened to a signal in sight, in its order."""
    rows = SignalStep.objects.filter(signal=of.pk, signal__in=signals(person).order_by().values("pk"))
    return rows.select_related("by").order_by("at", "pk")


def open_now() -> Q:
    """What is open and nothing wider speaks for."""
    return Q(closed_at=None, inhibited_by=None)


def asking() -> Q:
    """What asks for somebody to acknowledge it."""
    return open_now() & Q(acknowledged_at=None, told_on__isnull=False, due_at__isnull=False)


def past_clock(person: Reader) -> QuerySet[Signal]:
    """The signals in sight that nobody acknowledged in time, the oldest first."""
    return signals(person).filter(asking(), due_at__lt=now()).order_by("due_at", "pk")


def waiting_for(person: Person) -> QuerySet[Signal]:
    """The signals that the own units of a person deal with and that ask for somebody; what units below have to do is
    theirs."""
    held = memberships_held(person.pk, today())
    own = [row.unit_id for row in held if row.firm_id is None and row.role.enter]
    return signals(person).filter(asking(), unit__in=own).order_by("due_at", "pk")


def of_firm(enterprise: Enterprise | int, person: Reader) -> QuerySet[Signal]:
    """The signals about a firm in a person's sight, open ones first, then the newest."""
    pk = enterprise if isinstance(enterprise, int) else enterprise.pk
    return signals(person).filter(enterprise=pk).order_by("closed_at", "-opened_at", "-pk")


def new_since(person: Reader) -> date | None:
    """The day of the newest evaluation whose signals a person sees: what it opened is new."""
    units = signals(person).order_by().values("bureau")
    rows = Evaluation.objects.filter(unit__in=units, state=Evaluation.State.DONE)
    found: date | None = rows.aggregate(last=Max("on"))["last"]
    return found


@dataclass(frozen=True)
class Headline:
    """The first line: how many are new since which day (none where nothing was evaluated yet), how many nobody answered in
    time, how many ask, how many are open at all and how many of them a wider one speaks for."""

    since: date | None
    new: int
    late: int
    asking: int
    open: int
    inhibited: int


def headline(person: Reader) -> Headline:
    """The counts of the first line, in one query beside the day of the last evaluation."""
    newest = new_since(person)
    fresh = Q(opened_on=newest) if newest else Q(pk__in=[])
    rows = signals(person).order_by()
    told = rows.aggregate(
        new=Count("pk", filter=open_now() & fresh),
        late=Count("pk", filter=asking() & Q(due_at__lt=now())),
        asking=Count("pk", filter=asking()),
        open=Count("pk", filter=open_now()),
        inhibited=Count("pk", filter=Q(closed_at=None, inhibited_by__isnull=False)),
    )
    return Headline(since=newest, **told)


@dataclass(frozen=True)
class Group:
    """Open signals of one cause: how many, how many of them ask, the highest level, since when, and how many stand behind a
    wider one. ``cause`` is empty for those that stand for themselves."""

    cause: str
    zh: str
    en: str
    count: int
    asking: int
    late: int
    inhibited: int
    level: str
    since: date


def grouped(person: Reader) -> list[Group]:
    """The open signals in sight by cause, the highest level and the largest group first."""
    rows = signals(person).filter(closed_at=None).order_by()
    by_level = rows.values("cause", "level").annotate(
        count=Count("pk", filter=Q(inhibited_by=None)),
        asking=Count("pk", filter=asking()),
        late=Count("pk", filter=asking() & Q(due_at__lt=now())),
        inhibited=Count("pk", filter=Q(inhibited_by__isnull=False)),
        since=Min("opened_on"), zh=Max("cause_zh"), en=Max("cause_en"),
    )  # fmt: skip
    found: dict[str, Group] = {}
    for row in by_level:
        one = Group(
            row["cause"], row["zh"], row["en"], row["count"], row["asking"], row["late"], row["inhibited"],
            row["level"], row["since"],
        )  # fmt: skip
        earlier = found.get(one.cause)
        found[one.cause] = one if earlier is None else _together(earlier, one)
    return sorted(found.values(), key=lambda one: (-rank(one.level), -one.count, one.cause))


def _together(one: Group, other: Group) -> Group:
    high = one if rank(one.level) >= rank(other.level) else other
    return Group(
        one.cause, high.zh, high.en, one.count + other.count, one.asking + other.asking, one.late + other.late,
        one.inhibited + other.inhibited, high.level, min(one.since, other.since),
    )  # fmt: skip


# --- the record of a rule ----------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class RuleRecord:
    """What became of a rule's signals at a bureau so far.

    ``handled`` had a case that ended with an outcome; of them ``recovered``, ``not_recovered``, ``too_early`` and
    ``no_figures`` by the newest follow-up (else by the case's outcome). ``precision``: of the signals that people judged
    (handled or called a false alarm) the share that was none; None where nobody judged any.
    """

    raised: int
    open: int
    inhibited: int
    in_case: int
    handled: int
    recovered: int
    not_recovered: int
    too_early: int
    no_figures: int
    false_alarms: int
    ended: int
    first: date | None
    last: date | None

    @property
    def judged(self) -> int:
        """Signals of which people said whether there was anything in them."""
        return self.handled + self.false_alarms

    @property
    def precision(self) -> float | None:
        """The share of the judged ones that were no false alarm, a fraction."""
        return self.handled / self.judged if self.judged else None


def record_of_rule(rule: str, unit: Unit) -> RuleRecord:
    """The record of a rule at the bureau that uses it; whoever shows it has looked whether the reader oversees the bureau."""
    rows = Signal.objects.filter(rule=rule, bureau=unit).order_by()
    told = rows.aggregate(
        raised=Count("pk"),
        open=Count("pk", filter=Q(closed_at=None)),
        inhibited=Count("pk", filter=Q(closed_at=None, inhibited_by__isnull=False)),
        in_case=Count("pk", filter=Q(closed_at=None, case__state="open")),
        handled=Count("pk", filter=Q(end=End.HANDLED)),
        false_alarms=Count("pk", filter=Q(end=End.FALSE_ALARM)),
        ended=Count("pk", filter=Q(end__in=(End.ENDED, End.RULE_OFF, End.MERGED, End.UNIT_CLOSED))),
        first=Min("opened_on"), last=Max("opened_on"),
    )  # fmt: skip
    results = list(_results(rows.filter(case__isnull=False)).values())
    counted = {code: results.count(code) for code in (RECOVERED, NOT_RECOVERED, TOO_EARLY, NO_FIGURES)}
    return RuleRecord(**told, **counted)


def _results(rows: QuerySet[Signal]) -> dict[int, str]:
    """What the figures said of each signal with a case: the newest follow-up that was checked, else the case's outcome, else
    too early where a follow-up is still to come."""
    known = list(rows.values_list("pk", "case", "case__outcome"))
    newest: dict[int, str] = {}
    for case, result, checked in _follow_ups({case for _pk, case, _outcome in known}):
        if checked is not None and result:
            newest[case] = result
        else:
            newest.setdefault(case, TOO_EARLY)
    return {pk: newest.get(case) or outcome for pk, case, outcome in known}


def _follow_ups(cases: Iterable[int]) -> Iterable[tuple[int, str, Any]]:
    rows = FollowUp.objects.filter(case__in=list(cases)).order_by("case", "periods", "pk")
    return rows.values_list("case", "result", "checked_at")
