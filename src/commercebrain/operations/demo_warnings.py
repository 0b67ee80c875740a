"""Warnings and cases of the demonstration's invented city: who acts, and what was there before."""

from __future__ import annotations

from datetime import date
from typing import Any

from commercebrain.operations.demo import Advance, story


def play(advance: Advance) -> str:
    """Rules, evaluations, signals and cases up to the story's day, a request of a firm, a case abroad; again changes nothing."""
    from commercebrain.desk.cases import demo as cases
    from commercebrain.desk.forms import outbox
    from commercebrain.desk.people.models import Membership
    from commercebrain.desk.registry.models import Enterprise
    from commercebrain.desk.warnings import demo

    told = story()["warnings"]
    unit, cast, approver = _cast(told)
    said = demo.play(told, unit, cast, approver, advance)
    user = Membership.objects.filter(firm__isnull=False).select_related("person", "firm__unit__region").first()
    if user is not None and user.firm is not None and user.firm.unit is not None:
        officer = cast.of(user.firm.unit)
        cases.request(told["request"], user.person, user.firm, user.firm.unit, officer)
    remedy = told["remedy"]
    makers = Enterprise.objects.filter(
        synthetic=True, status=Enterprise.Status.EXISTING, size="medium", industry=remedy["industry"], merged_into=None
    )
    cases.remedy(remedy, unit, cast.city, list(makers.order_by("uscc")[: remedy["named"]]))
    outbox.ship()
    return said


def go_on(day: date) -> int:
    """What the cast has done by ``day``."""
    from commercebrain.desk.warnings import demo

    told = story()["warnings"]
    unit, cast, _approver = _cast(told)
    return demo.go_on(told, unit, cast, day)


def make_sure(day: date) -> None:
    """What the morning's jobs of ``day`` do for the story, where a worker that was killed has left it undone."""
    from commercebrain.desk.cases import following
    from commercebrain.desk.warnings import evaluation
    from commercebrain.desk.warnings.models import Evaluation

    unit, _city, _approver = _cast(story()["warnings"])
    if not Evaluation.objects.filter(unit=unit, on=day, state=Evaluation.State.DONE).exists():
        evaluation.evaluate(unit, day)
    following.check_due(day)


def _cast(told: dict[str, Any]) -> tuple[Any, Any, Any]:
    from commercebrain.desk.cases.demo import Cast
    from commercebrain.desk.people.models import Person, Unit

    names = {row["key"]: row["name"]["zh"] for row in story()["units"]}
    county = Person.objects.get(username=told["county"])
    own = county.memberships.select_related("unit").get().unit
    city = Person.objects.get(username=told["proposer"])
    unit = Unit.objects.select_related("region").get(name_zh=names[told["unit"]])
    return unit, Cast(city, {own.pk: county}), Person.objects.get(username=told["approver"])
