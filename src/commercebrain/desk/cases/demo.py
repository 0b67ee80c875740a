"""Cases of the demonstration's invented city: its cast works on them day by day, through the same actions as anybody's.

What a case is asked on which day follows from the declared course (``catalogue/demo.yaml``), counted in working days from
its opening; the measures that are in place are what the simulation lets work (``engine.simulate.responses``). The cast works
on what it began itself and on what opened by itself; a case that a user of the demonstration began is left to the user, and
so is one that somebody else was put in charge of.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet

from commercebrain.desk.cases.actions.moving import fill, move
from commercebrain.desk.cases.actions.named_firms import fill_firm, name_firms, tell_firms
from commercebrain.desk.cases.actions.starting import start
from commercebrain.desk.cases.actions.taking_part import comment
from commercebrain.desk.cases.models import Case, FollowUp
from commercebrain.desk.core.clock import standing_at
from commercebrain.desk.core.models import Setting
from commercebrain.desk.core.workdays import add_workdays
from commercebrain.desk.people.models import Person, Unit
from commercebrain.desk.registry.models import Enterprise
from commercebrain.engine.errors import UserError
from commercebrain.engine.simulate.responses import Help

TEMPLATE, REQUEST, REMEDY = "warning_response", "firm_request", "remedy_case"
#: Results after which a case of the cast is closed.
DEFINITE = ("recovered", "not_recovered")


@dataclass(frozen=True)
class Cast:
    """Who works on cases: the city's trade section, and the person of a county's unit where the demonstration has one."""

    city: Person
    counties: Mapping[int, Person]

    def of(self, unit: Unit) -> Person:
        """Who acts for a unit."""
        return self.counties.get(unit.pk, self.city)

    def has(self, officer: Person | None) -> bool:
        """Whether a case with this officer is the cast's to work on."""
        return officer is None or officer in (self.city, *self.counties.values())


#: Where the cases that the cast began are written down.
BEGUN = "demo-cases-begun"


def begun(case: Case) -> Case:
    """Writes down that the cast began a case; in the transaction that begins it. In a demonstration that was made before this
    was written down, all its invented cases count as the cast's."""
    kept, made = Setting.objects.get_or_create(key=BEGUN, defaults={"value": "[]"})
    known = _invented() if made else set(json.loads(kept.value))
    kept.value = json.dumps(sorted(known | {case.pk}))
    kept.save()
    return case


def of_cast(rows: QuerySet[Case]) -> QuerySet[Case]:
    """Of some cases those that the cast began, or that opened by themselves."""
    kept = Setting.objects.filter(key=BEGUN).values_list("value", flat=True).first()
    known = _invented() if kept is None else set(json.loads(kept))
    return rows.filter(Q(pk__in=known) | Q(opened_by=None))


def _invented() -> set[int]:
    return set(Case.objects.filter(synthetic=True).order_by().values_list("pk", flat=True))


@dataclass(frozen=True)
class Course:
    """The declared course of a case, in working days from its opening."""

    told: Mapping[str, Any]
    late: frozenset[int] = frozenset()  # cases (by number) that fell behind

    def day(self, case: Case, step: str) -> date:
        """On which day a step is done."""
        if case.pk in self.late and step in self.told["behind"]:
            late: date = self.told["behind"][step]
            return late
        return add_workdays(case.opened_on, int(self.told["after"][step]))


def helps() -> list[Help]:
    """The measures that are in place, one for each case of an invented firm."""
    cases = Case.objects.filter(template=TEMPLATE, synthetic=True, enterprise__isnull=False).select_related(
        "enterprise"
    )
    found = []
    for case in cases:
        done = case.values.get("measure_done")
        if done and case.enterprise is not None and case.enterprise.uscc:
            kind = str(case.values.get("measure_kind", ""))
            found.append(Help(case.enterprise.uscc, date.fromisoformat(str(done)), kind))
    return sorted(found)


def work_on(cast: Cast, course: Course, until: date) -> int:
    """Everything that the course asks of the open cases by the day ``until``, each on its own day; how many steps."""
    done = 0
    cases = of_cast(Case.objects.filter(template=TEMPLATE, synthetic=True, state=Case.State.OPEN))
    for case in cases.select_related("unit", "enterprise", "officer").order_by("pk"):
        while cast.has(case.officer) and (step := _next(case, course)) is not None and step[0] <= until:
            day, transition, values, sentence = step
            try:
                with standing_at(max(day, case.opened_on)):
                    move(case, case.officer or cast.of(case.unit), transition, values=values, sentence=sentence)
            except UserError:  # somebody has it in hand otherwise: it is theirs
                break
            case.refresh_from_db()
            done += 1
    return done


def _next(case: Case, course: Course) -> tuple[date, str, dict[str, Any], str] | None:
    """The next step of a case: its day, the transition, what is filled in, the sentence; none where it waits."""
    told = course.told
    if case.stage == "opened":
        return course.day(case, "acknowledge"), "acknowledge", {}, ""
    if case.stage == "acknowledged":
        day = course.day(case, "contact")
        finding = told["findings"][case.pk % len(told["findings"])]
        way = "visit" if case.level == "close_watch" else "call"
        return day, "contact", {"contacted_on": day, "contact_way": way, "finding": finding}, ""
    if case.stage == "contacted":
        day, done = course.day(case, "decide"), course.day(case, "measure")
        finding = str(case.values["finding"])
        values = {
            "measure_kind": told["measures"][finding],
            "measure_note": told["note"],
            "measure_due": add_workdays(done, 2),
        }
        return day, "decide_measure", values, ""
    if case.stage == "measure":
        day = course.day(case, "measure")
        return day, "take_effect", {"measure_done": day}, ""
    result = _result(case)
    if case.stage != "followed" or result is None:
        return None
    row, day = result
    words = told["closed"][row.result]
    return add_workdays(day, int(told["after"]["close"])), "close_result", {"outcome": row.result}, words


def _result(case: Case) -> tuple[FollowUp, date] | None:
    """What the last follow-up says and as of which day, once all have been looked at."""
    rows = list(FollowUp.objects.filter(case=case).order_by("periods"))
    if not rows or any(row.checked_at is None for row in rows):
        return None
    last = rows[-1]
    return (last, last.as_of) if last.result in DEFINITE and last.as_of is not None else None


# --- the others ----------------------------------------------------------------------------------------------------------
def request(told: Mapping[str, Any], person: Person, firm: Enterprise, unit: Unit, officer: Person) -> Case:
    """A firm asks, and its request is taken in and handed on; again changes nothing."""
    earlier = Case.objects.filter(template=REQUEST, enterprise=firm, synthetic=True).first()
    if earlier is not None:
        return earlier
    with standing_at(told["day"]), transaction.atomic():
        case = begun(
            start(
                REQUEST, unit=unit, region=firm.region, title=(told["title"]["zh"], told["title"]["en"]), person=person,
                enterprise=firm, values={"topic": told["topic"], "wish": told["wish"]}, synthetic=True,
            )
        )  # fmt: skip
        move(case, officer, "accept")
        move(case, officer, "assign", values={"handled_by": unit.name_zh})
        comment(case, officer, told["reply"], internal=False)
    return case


def answer_requests(cast: Cast, told: Mapping[str, Any], until: date) -> int:
    """The request that was handed on is answered, and the firm says what it thinks of it, each on its declared day."""
    done = 0
    mine = Case.objects.filter(template=REQUEST, synthetic=True, state=Case.State.OPEN, title_zh=told["title"]["zh"])
    for case in of_cast(mine).select_related("unit", "opened_by"):
        if case.stage == "in_hand" and told["answered_on"] <= until:
            with standing_at(told["answered_on"]):
                move(case, cast.of(case.unit), "give_answer", values={"answer": told["answer"], "solved": "solved"})
            case.refresh_from_db()
            done += 1
        if case.stage == "answered" and told["confirmed_on"] <= until and case.opened_by is not None:
            with standing_at(told["confirmed_on"]):
                move(case, case.opened_by, "confirm", values={"rating": 5})
            done += 1
    return done


def remedy(told: Mapping[str, Any], unit: Unit, person: Person, firms: list[Enterprise]) -> Case:
    """A trade-remedy case abroad that runs, with its deadline there; again changes nothing."""
    earlier = of_cast(Case.objects.filter(template=REMEDY, title_zh=told["title"]["zh"])).first()
    if earlier is not None:
        return earlier
    with standing_at(told["day"]), transaction.atomic():
        case = begun(
            start(
                REMEDY, unit=unit, region=unit.region, title=(told["title"]["zh"], told["title"]["en"]), person=person,
                values=told["values"], synthetic=True,
            )
        )  # fmt: skip
        rows = name_firms(case, person, firms)
        tell_firms(case, person, rows)
        for number, row in enumerate(rows):
            answers = told["firms"][number % len(told["firms"])]
            fill_firm(row, person, answers)
        fill(case, person, {"told_firms_on": told["day"]})
    with standing_at(told["organised_on"]):
        move(case, person, "organise", values={"basics_sent_on": told["organised_on"]})
    return case


def extend(told: Mapping[str, Any], person: Person, until: date) -> int:
    """The authority abroad gives more time for the answers, on its declared day."""
    rows = Case.objects.filter(template=REMEDY, title_zh=told["title"]["zh"], stage="questionnaire")
    case = of_cast(rows).first()
    more = told["extended"]
    if case is None or more["day"] > until or case.values.get("questionnaire_due") == str(more["until"]):
        return 0
    with standing_at(more["day"]):
        fill(case, person, {"questionnaire_due": more["until"]})
    return 1


def outcomes(numbers: Iterator[int] | list[int]) -> dict[str, int]:
    """Of some cases (by number) how many recovered, did not, or cannot be told yet, by their newest follow-up."""
    found = {"recovered": 0, "not_recovered": 0, "too_early": 0}
    for pk in numbers:
        row = FollowUp.objects.filter(case=pk, checked_at__isnull=False).order_by("-periods").first()
        found[row.result if row is not None and row.result in DEFINITE else "too_early"] += 1
    return found
