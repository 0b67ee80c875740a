"""A further signal of a firm whose case is worked on: which cases it may join, and what joining leaves behind.

It joins instead of opening a case beside: nobody visits a firm twice for one trouble. The case goes on as it stands, its
clocks as they run; when it ends all its signals end with it. What is written belongs to the signal alone: the row of the
case is not touched, so whoever works on the case at that moment is not in the way. A graver signal lets the level of the
case rise afterwards (:mod:`.rising`).
"""

from __future__ import annotations

from django.db.models import QuerySet

from commercebrain.desk.cases import queries as cases
from commercebrain.desk.cases.models import Case
from commercebrain.desk.core.clock import today
from commercebrain.desk.core.events import record
from commercebrain.desk.people.models import Person
from commercebrain.desk.warnings.models import Signal
from commercebrain.desk.warnings.telling import step_of, told


def joinable(row: Signal, person: Person | None) -> QuerySet[Case]:
    """The cases that a signal may join, the newest first: of the same firm, by the template that its rule names, still
    worked on, in the person's sight (``person`` none: the system, which sees all)."""
    template = (row.declaration or {}).get("case")
    if row.enterprise_id is None or not template:
        return Case.objects.none()
    rows = Case.objects.all() if person is None else cases.cases(person)
    return rows.filter(template=template, enterprise=row.enterprise_id, state=Case.State.OPEN).order_by(
        "-opened_at", "-pk"
    )


def joined(row: Signal, case: Case, person: Person | None) -> None:
    """Writes down that a signal joined a case: its step, and the event in the log of both."""
    step_of(row, "case_joined", today(), person, sentence=case.number).save()
    words = told(row)
    record("signal.case_joined", row, person, row.unit, number=case.number, **words)
    record("case.cause_joined", case, person, case.unit, number=case.number, **words)
