"""What the pages of warnings read beside the queries: the first line, groups by cause, what stands next, what came before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.db.models import Case, Count, IntegerField, Max, Q, QuerySet, Value, When
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _t
from django.utils.translation import ngettext

from commercebrain.desk.cases import declared
from commercebrain.desk.core import reader
from commercebrain.desk.core.clock import today
from commercebrain.desk.core.memo import once
from commercebrain.desk.people.models import Person, Right, Scope, Unit
from commercebrain.desk.people.scopes import extent_of, managed_by, memberships_held
from commercebrain.desk.warnings import clearance, kinds, queries, watching
from commercebrain.desk.warnings.models import Alarm, Evaluation, Quiet, RuleUse, Signal, SignalStep
from commercebrain.desk.warnings.queries import Headline
from commercebrain.desk.warnings.words import GRAVEST
from commercebrain.engine.rules.kinds import Rule

#: Groups that the page shows, and signals that the keyboard walks through.
GROUPS, QUEUE = 8, 500
#: Scopes of a role that reach at least the unit in which it is held.
PLACES = (Scope.OWN, Scope.BELOW, Scope.ALL)
#: Earlier signals of a subject that its card tells.
EARLIER = 10
#: Orders levels from the gravest.
WEIGHT = Case(
    *(When(level=code, then=Value(place)) for place, code in enumerate(GRAVEST)),
    default=Value(len(GRAVEST)), output_field=IntegerField(),
)  # fmt: skip


def office(person: Any) -> bool:
    """Whether a person reads as one of the administration: a firm's user sees no signal, no rule, no evaluation. Who holds a
    role in an office is known from the memberships alone; only for others the whole extent is asked."""
    if person.is_authenticated and person.is_active:
        held = memberships_held(person.pk, today())
        if any(row.firm_id is None and not row.role.for_firms and row.role.see in PLACES for row in held):
            return True
    extent = extent_of(person, Right.SEE, today())
    return extent.everything or bool(extent.units)


def in_sight(person: Any) -> QuerySet[Signal]:
    """The signals that a person sees: those that nobody answers for first, the gravest before the others, and last those
    that a wider one speaks for."""
    rows = queries.signals(person)
    calm = Q(case__isnull=False) | Q(acknowledged_at__isnull=False) | Q(closed_at__isnull=False)
    muted = Case(
        When(inhibited_by__isnull=False, then=Value(2)),
        When(calm, then=Value(1)),
        default=Value(0),
        output_field=IntegerField(),
    )
    return rows.annotate(weight=WEIGHT, muted=muted).order_by("muted", "weight", "-opened_at", "-pk")


def at(code: str, moment: datetime) -> Q:
    """The condition under which a signal stands at ``code`` of :data:`words.STANDINGS`; "open" and "all" besides."""
    own = queries.open_now() & Q(case=None)
    late = queries.asking() & Q(due_at__lt=moment)
    return {
        "open": Q(closed_at=None),
        "late": own & late,
        "waiting": own & Q(acknowledged_at=None) & ~late,
        "acknowledged": own & Q(acknowledged_at__isnull=False),
        "in_case": queries.open_now() & Q(case__isnull=False),
        "inhibited": Q(closed_at=None, inhibited_by__isnull=False),
        "closed": Q(closed_at__isnull=False),
        "all": Q(),
    }[code]


def headline(person: Any) -> Headline:
    """The counts of the first line, asked once a request."""
    return once(("signals' headline", person.pk, today()), lambda: queries.headline(person))


def first_line(found: Headline) -> str:
    """“9 new since 2025-07-21, 4 past their clock; 31 open.” Where nothing was evaluated yet, nothing is new."""
    if not found.open and not found.inhibited:
        return _t("No signal is open in your sight.")
    late = ngettext("%(n)s past its clock", "%(n)s past their clock", found.late) % {"n": found.late}
    told = _t("%(late)s; %(open)s open.") % {"late": late, "open": found.open}
    if found.since is not None:
        new = ngettext("%(n)s new since %(day)s, ", "%(n)s new since %(day)s, ", found.new)
        told = new % {"n": found.new, "day": found.since.isoformat()} + told
    if found.inhibited:
        told += " " + ngettext(
            "%(n)s more is kept behind a wider one and asks nobody to act.",
            "%(n)s more are kept behind a wider one and ask nobody to act.", found.inhibited,
        ) % {"n": found.inhibited}  # fmt: skip
    return told


@dataclass(frozen=True)
class Group:
    """Open signals of one cause, and where they are listed."""

    of: queries.Group
    name: str
    url: str

    @property
    def total(self) -> int:
        """All of them, those behind a wider one too."""
        return self.of.count + self.of.inhibited


@dataclass(frozen=True)
class Groups:
    """The first groups, how many more there are, and how many signals have no cause in common with others."""

    shown: Sequence[Group] = ()
    more: int = 0
    alone: int = 0


def groups(person: Any) -> Groups:
    """Open signals by cause: one list, one market, one shock. A cause of one signal alone is no group."""
    found = [
        Group(one, reader.said({"zh": one.zh, "en": one.en}) or one.cause, f"{reverse('warnings:signals')}?{urlencode({'cause': one.cause})}")
        for one in queries.grouped(person)
    ]  # fmt: skip
    shared = [one for one in found if one.of.cause and one.total > 1]
    alone = sum(one.total for one in found) - sum(one.total for one in shared)
    return Groups(shared[:GROUPS], max(0, len(shared) - GROUPS), alone)


def causes(person: Any) -> list[tuple[str, str]]:
    """Causes of open signals in sight, for the filter."""
    rows = queries.signals(person).exclude(cause="").order_by().values("cause")
    found = rows.annotate(zh=Max("cause_zh"), en=Max("cause_en")).order_by("zh")[:200]
    return [(row["cause"], reader.said(row) or row["cause"]) for row in found]


def rule_name(code: str, declaration: Any = None) -> str:
    """What a rule is called: as it was declared when the signal opened, else as it is."""
    if declaration and declaration.get("name"):
        return reader.said(declaration["name"])
    known = kinds.rules().get(code)
    return reader.said(known.name) if known is not None else code


def rules_of_signals(person: Any) -> list[tuple[str, str]]:
    """The rules of which signals are in sight, for the filter."""
    codes = queries.signals(person).order_by().values_list("rule", flat=True).distinct()
    return [(code, f"{code} {rule_name(code)}") for code in sorted(codes)]


# --- one signal --------------------------------------------------------------------------------------------------------
def queue(person: Any) -> list[int]:
    """The signals that wait for the person's own units, the most pressing first: what the keyboard walks through."""
    rows = queries.waiting_for(person).annotate(weight=WEIGHT)
    return list(rows.order_by("weight", "due_at", "pk").values_list("pk", flat=True)[:QUEUE])


def neighbours(person: Any, row: Signal) -> tuple[str, str, int]:
    """The cards of the next and the previous signal that wait, and how many wait."""
    waiting = queue(person)
    if row.pk in waiting:
        place = waiting.index(row.pk)
        after, before = waiting[place + 1 : place + 2], waiting[max(0, place - 1) : place]
    else:
        after, before = waiting[:1], []
    links = [reverse("warnings:signal", args=[pks[0]]) if pks else "" for pks in (after, before)]
    return links[0], links[1], len(waiting)


def earlier(person: Any, row: Signal) -> list[Signal]:
    """Other signals of the same subject or firm, the newest first, with their cases: what was done last time."""
    same = Q(subject_kind=row.subject_kind, subject=row.subject)
    if row.enterprise_id is not None:
        same |= Q(enterprise=row.enterprise_id)
    rows = queries.signals(person).filter(same).exclude(pk=row.pk)
    return list(rows.select_related("case").order_by("-opened_at", "-pk")[:EARLIER])


def steps(row: Signal) -> list[SignalStep]:
    """What happened to it, the latest first; the card has looked it up in sight."""
    return list(row.steps.select_related("by").order_by("-at", "-pk"))


def wider(row: Signal, person: Any) -> Signal | None:
    """The signal that speaks for it, where the reader sees that one."""
    if row.inhibited_by_id is None:
        return None
    return queries.signals(person).filter(pk=row.inhibited_by_id).first()


def narrower(row: Signal, person: Any) -> tuple[list[Signal], int]:
    """The first open signals that it speaks for, of those in sight, and how many there are."""
    rows = queries.signals(person).filter(inhibited_by=row.pk, closed_at=None).order_by("-opened_at", "pk")
    return list(rows[:20]), rows.count()


def measures(declaration: Any) -> list[str]:
    """What a rule proposes to do, in words."""
    known = declared.measures()
    return [
        reader.said(known[code].name) if code in known else code for code in (declaration or {}).get("proposes") or ()
    ]


def sentence(row: Signal) -> str:
    """What is the matter, in the reader's language, as far as the reader is cleared."""
    return reader.said(clearance.sentence(row))


# --- bureaus, evaluations, quiet periods -------------------------------------------------------------------------------
def bureaus(person: Any) -> list[Unit]:
    """The bureaus whose rules concern a person: those that use rules, above the own units or in sight, and the own ones;
    the first is shown where nothing is asked. Asked once a request."""
    return once(("bureaus of rules", person.pk, today()), lambda: _bureaus(person))


def _bureaus(person: Any) -> list[Unit]:
    extent = extent_of(person, Right.SEE, today())
    if not (extent.everything or extent.units):
        return []
    own = [row.unit for row in memberships_held(person.pk, today()) if row.firm_id is None]
    above = {int(part) for unit in own for part in unit.path.split("/") if part}
    using = Unit.objects.filter(pk__in=RuleUse.objects.order_by().values("unit"))
    if not extent.everything:
        using = using.filter(Q(pk__in=extent.units) | Q(pk__in=above))
    found = list(using.select_related("region").order_by("path"))
    found.sort(key=lambda unit: (unit.pk not in above, unit.path))
    known = {unit.pk for unit in found}
    if not found:
        found = list(Unit.objects.filter(pk__in={unit.pk for unit in own}).select_related("region").order_by("path"))
        known = {unit.pk for unit in found}
    entered = extent_of(person, Right.ENTER, today()).units
    rest = Unit.objects.filter(pk__in=entered - known, closed_on=None).select_related("region").order_by("path")[:20]
    return found + list(rest)


def bureau_asked(person: Any, text: str) -> Unit | None:
    """The bureau that an address asks for, where it concerns the person; the first one where it asks for none."""
    offered = bureaus(person)
    if text:
        return next((unit for unit in offered if str(unit.pk) == text), None)
    return offered[0] if offered else None


def own_unit(person: Any, offered: QuerySet[Unit]) -> Unit | None:
    """Of the units that a form offers the one in which the person works with a role that enters, the highest of several;
    else the only one that is offered."""
    held = memberships_held(person.pk, today())
    own = [row.unit_id for row in held if row.firm_id is None and row.role.enter]
    found = offered.filter(pk__in=own).first()
    first = list(offered[:2]) if found is None else []
    return first[0] if len(first) == 1 else found


def oversees(person: Any, unit: Unit) -> bool:
    """Whether a person sees the whole of what a bureau's rules find: all counties, all firms."""
    extent = extent_of(person, Right.SEE, today())
    return extent.everything or unit.pk in extent.units


def enters(person: Any, unit: Unit) -> bool:
    """Whether a person changes what a bureau uses."""
    extent = extent_of(person, Right.ENTER, today())
    return extent.everything or unit.pk in extent.units


def _watched(person: Person) -> Q:
    """Units whose evaluations a person looks after: those in sight, and those that an administrator manages."""
    seen, managed = extent_of(person, Right.SEE, today()), managed_by(person, today())
    if seen.everything or managed.everything:
        return Q()
    return Q(unit__in=seen.units | managed.units)


def watches(person: Any) -> bool:
    """Whether a person may look at evaluations at all."""
    managed = managed_by(person, today())
    return office(person) or managed.everything or bool(managed.units)


def evaluations(person: Any) -> QuerySet[Evaluation]:
    """Evaluations of the units that a person sees or runs, the newest first."""
    rows: QuerySet[Evaluation] = Evaluation.objects.filter(_watched(person)).select_related("unit")
    return rows


@dataclass(frozen=True)
class Missing:
    """A bureau whose rules were not evaluated: since which day (none: not raised yet), and why."""

    unit: Unit
    since: date | None
    why_zh: str
    why_en: str


def alarms(person: Any) -> list[Missing]:
    """The bureaus in sight whose rules are not evaluated: alarms of the watcher that are not over, and what is missing at
    this moment, so that it is told where the worker, and the watcher with it, stands still. Asked once a request."""
    return once(("alarms", person.pk, today()), lambda: _alarms(person))


def _alarms(person: Any) -> list[Missing]:
    rows = Alarm.objects.filter(_watched(person), over_at=None).select_related("unit").order_by("since", "pk")
    raised = {row.unit_id: Missing(row.unit, row.since, row.why_zh, row.why_en) for row in rows}
    using = RuleUse.objects.filter(_watched(person), state=RuleUse.State.ON, unit__closed_on=None)
    units = set(using.order_by().values_list("unit", flat=True)) - set(raised)
    now_missing = watching.troubles(units) if units else []
    return [*raised.values(), *(Missing(one.unit, None, one.why_zh, one.why_en) for one in now_missing)]


def quiet_periods(person: Any) -> QuerySet[Quiet]:
    """Quiet periods in sight."""
    rows: QuerySet[Quiet] = Quiet.objects.visible_to(person).select_related("unit", "by")
    return rows


@dataclass(frozen=True)
class Line:
    """A rule in the list: what is declared, how a bureau uses it, what it found there."""

    rule: Any
    use: RuleUse | None
    proposed: RuleUse | None
    raised: int = 0
    opened: int = 0
    handled: int = 0
    false_alarms: int = 0
    tested: dict[str, Any] = field(default_factory=dict)

    @property
    def pk(self) -> str:
        """Its code."""
        return str(self.rule.code)

    def __str__(self) -> str:
        """Code and name."""
        return f"{self.rule.code} {reader.said(self.rule.name)}"


def rule_shown(person: Any, code: str) -> Rule | None:
    """A rule as it is declared; where it is no more, as a bureau that concerns the person used it last: its signals may be
    open still, and it may have to be switched off."""
    if (declared_now := kinds.rules().get(code)) is not None:
        return declared_now
    use = RuleUse.objects.filter(rule=code, unit__in=bureaus(person)).order_by("-pk").first()
    return None if use is None else kinds.rule_of(use)


def lines(person: Any, unit: Unit | None) -> list[Line]:
    """Every rule that is declared or in use with its state at a bureau and what it found there, as far as the reader sees
    it; asked once a request."""
    return once(("lines of rules", person.pk, unit.pk if unit else 0, today()), lambda: _lines(person, unit))


def _lines(person: Any, unit: Unit | None) -> list[Line]:
    uses: dict[str, RuleUse] = {}
    waiting: dict[str, RuleUse] = {}
    told: dict[str, dict[str, Any]] = {}
    if unit is not None:
        for use in RuleUse.objects.filter(unit=unit).order_by("pk"):
            if use.state == RuleUse.State.PROPOSED:
                waiting[use.rule] = use
            elif use.rule not in uses or uses[use.rule].state != RuleUse.State.ON:
                uses[use.rule] = use  # a proposal that was declined since leaves the rule in use
        found = queries.signals(person).filter(bureau=unit).order_by().values("rule").annotate(
            raised=Count("pk"), opened=Count("pk", filter=Q(closed_at=None)),
            handled=Count("pk", filter=Q(end=Signal.End.HANDLED)),
            false_alarms=Count("pk", filter=Q(end=Signal.End.FALSE_ALARM)),
        )  # fmt: skip
        told = {row.pop("rule"): row for row in found}
    made = []
    working = {code: kinds.rule_of(use) for code, use in uses.items() if use.state == RuleUse.State.ON}
    for code, rule in {**working, **kinds.rules()}.items():
        use, proposed = uses.get(code), waiting.get(code)
        tested = (use or proposed).tested if use or proposed else {}
        made.append(Line(rule, use, proposed, tested=tested or {}, **told.get(code, {})))
    return made
