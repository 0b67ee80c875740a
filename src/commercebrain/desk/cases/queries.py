"""Reads of cases: what a person sees, what is due from them, what is late, what a template lets them start."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

from django.contrib.auth.models import AnonymousUser
from django.db.models import Case as Choice
from django.db.models import Exists, F, IntegerField, OuterRef, Q, QuerySet, Subquery, Value, When

from commercebrain.desk.cases.declared import templates
from commercebrain.desk.cases.models import (
    Case,
    CaseFirm,
    Clock,
    FollowUp,
    Note,
    Paper,
    Participant,
    Pause,
    StageChange,
)
from commercebrain.desk.cases.standing import standing
from commercebrain.desk.core.clock import today
from commercebrain.desk.forms.moment import now
from commercebrain.desk.people.models import Membership, Person, Right
from commercebrain.desk.people.scopes import extent_of, memberships_held
from commercebrain.desk.registry.models import Enterprise
from commercebrain.engine.cases.gates import Missing, Move
from commercebrain.engine.cases.kinds import Template
from commercebrain.engine.rules.kinds import LEVELS

Reader = Person | AnonymousUser
SHOWN = ("unit__region", "region", "enterprise", "officer")
#: The order of every list, see :func:`in_order`.
IN_ORDER = (
    "over", F("closed_at").desc(nulls_last=True), F("due").asc(nulls_last=True), F("follow_on").asc(nulls_last=True), "-pk",
)  # fmt: skip


def cases(person: Reader) -> QuerySet[Case]:
    """The cases that a person sees: of the own units and below, those in which the person or its unit takes part, and those
    of the own firm that the template lets it see."""
    return Case.objects.visible_to(person).select_related(*SHOWN)


def find(person: Reader, pk: int) -> Case | None:
    """One case in sight; none where it is not there or not to be seen."""
    return cases(person).filter(pk=pk).first()


def desk_cases(person: Reader) -> QuerySet[Case]:
    """The cases that a person sees as one of the administration."""
    extent = replace(extent_of(person, Right.SEE, today()), firms=frozenset())
    return Case.objects.inside(extent, Right.SEE).select_related(*SHOWN)


def own_requests(person: Reader) -> QuerySet[Case]:
    """The cases that a firm's user follows: of the own firm, as far as their templates let it see them."""
    extent = extent_of(person, Right.SEE, today())
    own = replace(extent, everything=False, units=frozenset())
    return Case.objects.inside(own, Right.SEE).select_related(*SHOWN)


def of_firm(enterprise: Enterprise, person: Reader) -> QuerySet[Case]:
    """The cases in sight that are about a firm or name it, the newest first."""
    named = CaseFirm.objects.filter(enterprise=enterprise).order_by().values("case")
    return cases(person).filter(Q(enterprise=enterprise) | Q(pk__in=named))


def running_clocks(person: Reader) -> QuerySet[Clock]:
    """The clocks in sight that run and do not stand still, the one that is due first at the top."""
    still = Pause.objects.filter(until=None).order_by().values("clock")
    rows = Clock.objects.visible_to(person).filter(met_at=None, dropped_at=None, case__state=Case.State.OPEN)
    return rows.exclude(pk__in=still).select_related("case__unit", "case__enterprise").order_by("due_at", "pk")


def past_clock(person: Reader, at: datetime | None = None) -> QuerySet[Case]:
    """The open cases in sight of which a clock is past due."""
    late = running_clocks(person).filter(due_at__lt=at or now()).order_by().values("case")
    return cases(person).filter(pk__in=late)


def mine(person: Reader) -> QuerySet[Case]:
    """The open cases that a person is in charge of."""
    return cases(person).filter(state=Case.State.OPEN, officer=person.pk)


def unassigned(person: Reader) -> QuerySet[Case]:
    """The open cases of the own units (not of those below) that nobody is in charge of: nobody yet, or somebody who works
    there no longer."""
    held = Membership.objects.in_force(today()).filter(firm=None, person__is_active=True).exclude(role__enter="")
    there = held.filter(person=OuterRef("officer"), unit=OuterRef("unit"))
    rows = cases(person).filter(state=Case.State.OPEN, unit__in=own_units(person))
    return rows.filter(~Exists(there))


def taking_part(person: Reader) -> QuerySet[Case]:
    """The open cases of other units in which a person or its own unit takes part."""
    part = Participant.objects.filter(left_at=None).filter(Q(person=person.pk) | Q(unit__in=own_units(person)))
    rows = cases(person).filter(state=Case.State.OPEN, pk__in=part.order_by().values("case"))
    return rows.exclude(unit__in=own_units(person))


def papers_to_decide(person: Reader) -> QuerySet[Paper]:
    """The papers of the own units that wait for an approval which this person may give: asked for by somebody else."""
    extent = replace(extent_of(person, Right.ENTER, today()), firms=frozenset())
    rows = Paper.objects.inside(extent, Right.ENTER).filter(approval=Paper.Approval.ASKED, case__state=Case.State.OPEN)
    return rows.exclude(asked_by=person.pk).select_related("case", "attachment", "asked_by")


def own_units(person: Reader) -> list[int]:
    """The units in which a person works with a role that enters; what units below have to do is theirs."""
    if person.pk is None:
        return []
    return [row.unit_id for row in memberships_held(person.pk, today()) if row.firm_id is None and row.role.enter]


def with_due(rows: QuerySet[Case]) -> QuerySet[Case]:
    """Cases with ``due``, when the first of their clocks that run and do not stand still is due, ``due_code`` and
    ``due_calendar``, the code and the calendar of that clock, ``late``, whether it is past, and ``follow_on``, the day of the next follow-up."""
    still = Pause.objects.filter(clock=OuterRef("pk"), until=None)
    clocks = Clock.objects.filter(~Exists(still), case=OuterRef("pk"), met_at=None, dropped_at=None)
    first = clocks.order_by("due_at", "pk")
    follow = FollowUp.objects.filter(case=OuterRef("pk"), checked_at=None).order_by("due_on")
    return rows.annotate(
        due=Subquery(first.values("due_at")[:1]),
        due_code=Subquery(first.values("code")[:1]),
        due_calendar=Subquery(first.values("calendar")[:1]),
        late=Exists(clocks.filter(due_at__lt=now())),
        follow_on=Subquery(follow.values("due_on")[:1]),
    )


def in_order(rows: QuerySet[Case]) -> QuerySet[Case]:
    """Cases :func:`with_due` in the order of every list: open ones first, by what is due next; then what ended last. With
    ``weight``, the place of their level from the gravest."""
    # Numbers: pages by key compare them, and NOT binds weaker than any comparison does.
    over = When(Q(state=Case.State.OPEN), then=Value(0))
    known = with_due(rows).annotate(over=Choice(over, default=Value(1), output_field=IntegerField()), weight=_weight())
    return known.order_by(*IN_ORDER)


def _weight() -> Choice:
    """The place of a level from the gravest, 0 on; what has none is last."""
    grades = [When(level=code, then=Value(place)) for place, code in enumerate(reversed(LEVELS))]
    return Choice(*grades, default=Value(len(LEVELS)), output_field=IntegerField())


def graver_first(rows: QuerySet[Case]) -> QuerySet[Case]:
    """Cases :func:`in_order`, of the open ones the gravest first."""
    return rows.order_by("over", F("closed_at").desc(nulls_last=True), "weight", *IN_ORDER[2:])


# --- one case ----------------------------------------------------------------------------------------------------------
def moves(case: Case, person: Reader) -> list[Move]:
    """The transitions that a person may take from where a case stands, with what is missing for each."""
    return standing(case).moves(person)


def missing(case: Case, to: str) -> list[Missing]:
    """What is missing for a stage or a transition: “2 more for 采取措施”."""
    return standing(case).missing(to)


def clocks(case: Case) -> list[Clock]:
    """The clocks of a case with their pauses, in the order of their due moments."""
    return list(case.clocks.prefetch_related("pauses__by").order_by("due_at", "pk"))


def history(case: Case) -> QuerySet[StageChange]:
    """The changes of stage, in order."""
    return StageChange.objects.filter(case=case).select_related("by").order_by("at", "pk")


def notes(case: Case, person: Reader) -> QuerySet[Note]:
    """The comments and decisions that a person reads; a firm's user those that are not internal."""
    return Note.objects.visible_to(person).filter(case=case).select_related("by").order_by("at", "pk")


def papers(case: Case, person: Reader) -> QuerySet[Paper]:
    """The documents that a person reads; a firm's user those that are not internal."""
    rows = Paper.objects.visible_to(person).filter(case=case)
    return rows.select_related("attachment__person", "asked_by", "decided_by", "case__unit").order_by("added_at", "pk")


def firms(case: Case, person: Reader) -> QuerySet[CaseFirm]:
    """The firms named in a case that a person reads; a firm's user its own alone."""
    return (
        CaseFirm.objects.visible_to(person).filter(case=case).select_related("enterprise__unit").order_by("enterprise")
    )


def participants(case: Case, person: Reader) -> QuerySet[Participant]:
    """Who takes part now."""
    rows = Participant.objects.visible_to(person).filter(case=case, left_at=None)
    return rows.select_related("unit", "person").order_by("joined_at")


def follow_ups(case: Case, person: Reader) -> QuerySet[FollowUp]:
    """The follow-ups of a case, by how many periods after the measure."""
    rows = FollowUp.objects.visible_to(person).filter(case=case)
    return rows.select_related("enterprise__region").order_by("periods", "pk")


def startable(person: Reader) -> list[Template]:
    """The templates of which a person may start a case somewhere: as an office, or as a firm's user."""
    return list(_startable(person))


def _startable(person: Reader) -> Iterator[Template]:
    extent = extent_of(person, Right.ENTER, today())
    if extent.empty or person.pk is None:
        return
    words = {"owner"} if extent.units or extent.everything else set()
    if extent.firms:
        words.add("firm")
    words |= {row.role.code for row in memberships_held(person.pk, today()) if row.firm_id is None and row.role.enter}
    for one in templates().values():
        if words & set(one.starts):
            yield one
