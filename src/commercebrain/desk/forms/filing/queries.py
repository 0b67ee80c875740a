"""Reads of the firm's side: what is asked of a firm, what it sent last, whether a round still takes a report."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.db.models import Q, QuerySet, Subquery

from commercebrain.desk.core.clock import today
from commercebrain.desk.core.prepared import prepared
from commercebrain.desk.forms.models import LockException, Remark, Report, Round, StepTaken, Submission
from commercebrain.desk.people.models import Person, Right
from commercebrain.desk.people.scopes import Extent, extent_of, reaching
from commercebrain.engine.forms.kinds import FormKind, read_declaration

Reader = Person | AnonymousUser


def firms_of(person: Reader) -> frozenset[int]:
    """The firms whose user a person is today."""
    return extent_of(person, Right.ENTER, today()).firms


def own_reports(person: Reader) -> QuerySet[Report]:
    """Every report asked of the firms whose user a person is, the latest first."""
    rows = Report.objects.filter(enterprise__in=firms_of(person))
    return rows.select_related("round", "enterprise").order_by("-round__opens_at", "enterprise__name_zh", "pk")


def find(person: Reader, pk: int) -> Report | None:
    """A report in sight, with all that its pages need."""
    seen: Report | None = _in_sight.first(*extent_of(person, Right.SEE, today()).reach, pk)
    return seen


@prepared
def _in_sight(everything: bool, units: list[int], firms: list[int], pk: int) -> QuerySet[Report]:
    rows = Report.objects.inside(reaching(everything, units, firms), Right.SEE).filter(pk=pk)
    # one row: the usual order would only cost joins
    return rows.order_by().select_related("round__unit", "enterprise__unit", "unit", "county")


def within(extent: Extent, report: Report) -> bool:
    """Whether a report lies in what a right covers; asks the database nothing."""
    return extent.everything or report.unit_id in extent.units or report.enterprise_id in extent.firms


def may_file(person: Reader, report: Report) -> bool:
    """Whether a person fills in this report: the firm's own user, or the office that handles it on the firm's behalf."""
    return within(extent_of(person, Right.ENTER, today()), report)


def for_own_firm(person: Reader, report: Report) -> bool:
    """Whether a person reports as the firm itself, not as an office on its behalf."""
    return report.enterprise_id in firms_of(person)


def declared(round_: Round) -> FormKind:
    """The form as it stood when the round opened."""
    if (kept := round_.__dict__.get("_declared_kind")) is None or kept[0] is not round_.declaration:
        kept = round_.__dict__["_declared_kind"] = (round_.declaration, _declared(json.dumps(round_.declaration)))
    kind: FormKind = kept[1]
    return kind


@lru_cache(maxsize=64)
def _declared(text: str) -> FormKind:
    return read_declaration(json.loads(text))


def submissions(report: Report) -> QuerySet[Submission]:
    """What was sent, the latest first."""
    return Submission.objects.filter(report=report).select_related("sent_by").order_by("-number")


def latest(report: Report) -> Submission | None:
    """What was sent last in this round."""
    sent: Submission | None = _latest.first(report.pk)
    return sent


@prepared
def _latest(report: int) -> QuerySet[Submission]:
    return Submission.objects.filter(report=report).order_by("-number")[:1]


def before(report: Report) -> Submission | None:
    """What the firm sent last for an earlier round of the form; with its report, which counts the unchanged ones."""
    sent: Submission | None = _before.first(report.enterprise_id, report.round.form, report.round.opens_at)
    return sent


@prepared
def _before(enterprise: int, form: str, opens_at: datetime) -> QuerySet[Submission]:
    rows = Submission.objects.filter(
        report__enterprise=enterprise, report__round__form=form, report__round__opens_at__lt=opens_at
    )
    return rows.select_related("report__round").order_by("-report__round__opens_at", "-report", "-number")[:1]


def remarks(report: Report) -> list[Remark]:
    """What the office found wrong and no later submission has settled."""
    return list(Remark.objects.filter(report=report, settled_in=None).order_by("at", "pk"))


def last_step(report: Report) -> Any:
    """The latest step that an office took; none before the first."""
    return report.steps.select_related("unit").order_by("-at", "-pk").first()


def is_under_review(report: Report) -> bool:
    """Whether an office has passed on what was sent last."""
    number = Submission.objects.filter(report=report).order_by("-number").values("number")[:1]
    return StepTaken.objects.filter(report=report, verdict="passed", submission__number=Subquery(number)).exists()


def exception(report: Report, moment: datetime) -> LockException | None:
    """Leave to fill in the locked round that holds for this firm now: its own, or its unit's."""
    rows = LockException.objects.filter(
        Q(enterprise=report.enterprise_id) | Q(enterprise=None, unit=report.unit_id),
        round=report.round_id, granted=True, until__gte=moment,
    )  # fmt: skip
    return rows.order_by("-until").first()


def asked_exceptions(report: Report) -> QuerySet[LockException]:
    """Exceptions that were asked for the firm in this round, the latest first."""
    return LockException.objects.filter(round=report.round_id, enterprise=report.enterprise_id).order_by("-asked_at")


def series(enterprises: Iterable[int], form: str, periods: Sequence[str]) -> dict[int, dict[str, dict[str, Any]]]:
    """The latest answers of firms in periods of a form: firm → period → answers.

    The product itself asks, to form medians; nothing of it is shown by firm.
    """
    rows = Submission.objects.filter(
        report__enterprise__in=enterprises, report__round__form=form, report__round__period__in=periods
    )
    found: dict[int, dict[str, dict[str, Any]]] = {}
    wanted = rows.order_by("number").values_list("report__enterprise", "report__round__period", "answers")
    for enterprise, period, answers in wanted:
        found.setdefault(enterprise, {})[period] = answers
    return found
