"""Follow-ups 回访: what the firm's own figures say so many months after a measure.

They are planned when the day of the measure is filled in, and looked at when their last month is published: sums of the
figure over the span, of the same months a year before, what the span was to bring had nothing been done (by the firm's own
months as known when the case was opened), and what the engine judges of them, kept with the day whose knowledge counted.
The result is proposed as the outcome; a person closes the case.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date
from decimal import Decimal
from math import isnan
from pathlib import Path
from types import MappingProxyType
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef

from commercebrain.desk.cases import comparing, rates
from commercebrain.desk.cases.comparing import SYSTEM, city_of, year_before
from commercebrain.desk.cases.declared import template_of
from commercebrain.desk.cases.models import Case, CaseFirm, FollowUp
from commercebrain.desk.cases.taking import taken
from commercebrain.desk.cases.telling import told
from commercebrain.desk.core.catalogue import catalogue
from commercebrain.desk.core.clock import today
from commercebrain.desk.core.events import record
from commercebrain.desk.core.figures import sources
from commercebrain.desk.core.jobs import JobContext
from commercebrain.desk.figures.explorer.labels import FIRM
from commercebrain.desk.foresight.asking import Asked
from commercebrain.desk.foresight.queries import series_of
from commercebrain.desk.forms.moment import now
from commercebrain.desk.registry.models import Enterprise
from commercebrain.engine.cases.following import DEFINITE, Span, foreseen, judge, overall, spans
from commercebrain.engine.cases.kinds import OUTCOME, FollowUpOf, Template
from commercebrain.engine.errors import UserError
from commercebrain.engine.indicators.request import Request
from commercebrain.engine.indicators.tables import table
from commercebrain.engine.indicators.vintages import in_force
from commercebrain.engine.lake.records.schema import record_dataset
from commercebrain.engine.units import convert

#: What a follow-up may propose; an outcome that a person chose besides these stays.
RESULTS = ("recovered", "not_recovered", "too_early", "no_figures")


def plan(case: Case, template: Template, changed: Collection[str]) -> None:
    """Plans the follow-ups where the day of the measure is another now; in the transaction that fills it in.

    After a further measure they begin anew, and what was found before is kept in their details.
    """
    declared = template.follow_up
    if declared is None or declared.after not in changed:
        return
    rows = {(row.enterprise_id, row.periods): row for row in FollowUp.objects.filter(case=case)}
    value = case.values.get(declared.after)
    if not value:
        FollowUp.objects.filter(case=case, checked_at=None).delete()
        return
    day = date.fromisoformat(str(value))
    firms = [case.enterprise_id] if case.enterprise_id else _named(case)
    for firm in firms:
        for one in _spans(day, declared):
            when = {"figure": declared.figure, "first": one.first, "last": one.last, "due_on": one.due_on}
            row = rows.get((firm, one.periods))
            if row is None:
                FollowUp.objects.create(case=case, enterprise_id=firm, periods=one.periods, **when)
                continue
            earlier = list(row.details.get("earlier", ()))
            if row.checked_at is not None:
                earlier.append(_kept(row))
            blank = {"before": None, "after": None, "expected": None, "result": "", "checked_at": None, "as_of": None}
            FollowUp.objects.filter(pk=row.pk).update(**when, **blank, details={"earlier": earlier} if earlier else {})


def withdrawn(case: Case) -> None:
    """Of a withdrawn case nothing is looked at any more."""
    FollowUp.objects.filter(case=case, checked_at=None).delete()


def check_due(on: date | None = None, context: JobContext | None = None) -> int:
    """Looks at the follow-ups that are due on a day (default: today) and whose months are published; returns how many have a
    result now. One transaction each: killed half-way, the next run does the rest."""
    day = on or today()
    due = FollowUp.objects.filter(checked_at=None, due_on__lte=day).exclude(case__state=Case.State.WITHDRAWN)
    # Of a case that names two firms that are one by now the surviving one's own follow-up speaks.
    other = FollowUp.objects.filter(
        case=OuterRef("case"), periods=OuterRef("periods"), enterprise=OuterRef("enterprise__merged_into")
    )
    rows = list(
        due.exclude(Exists(other)).select_related("case__unit", "enterprise__region__parent").order_by("due_on", "pk")
    )
    count = 0
    for number, row in enumerate(rows):
        if context is not None:
            context.progress(number, len(rows), f"第{number + 1}项", f"no. {number + 1}")
        count += _check(row, day)
    return count


def _spans(day: date, declared: FollowUpOf) -> list[Span]:
    """The spans after a measure; where the working days of the year in which a month is published are not known yet, it
    counts as published at the end of the month after."""
    indicator = catalogue().indicators.get(declared.figure)
    dataset = str(indicator.dataset) if indicator is not None else ""
    try:
        return spans(day, declared.periods, dataset)
    except UserError:
        return spans(day, declared.periods, "")


def values_of(figure: str, firm: Enterprise, first: str, last: str, as_of: date) -> Decimal | None:
    """The sum of a figure of a firm over months, in the figure's unit; None where one of them is not known.

    A firm without a line in a month that is known has sold nothing in it.
    """
    indicator = catalogue().indicator(figure)
    wanted = _months(first, last)
    dataset = record_dataset(str(indicator.dataset))
    known = {version.month for version in in_force(Path(settings.LAKE_ROOT), dataset, as_of)}
    if not set(wanted) <= known:
        return None
    request = Request(figure, city_of(firm.region), first, last, where={str(dataset.firm): (firm.uscc,)}, as_of=as_of)
    found = table(sources(as_of), catalogue(), request, reach=SYSTEM)
    total = Decimal(0)
    for row in found.rows():
        if row["value"] is not None:
            total += Decimal(str(row["value"]))
    return total


def foreseen_of(row: FollowUp) -> tuple[Decimal | None, dict[str, Any]]:
    """What the months of a follow-up were to bring had nothing been done, by what was known on the day on which its case was
    opened; and how that was made: ``method`` (forecast, year_before, none), from how many months (``history``), ``known_on``."""
    day, firm = row.case.opened_on, row.enterprise
    values: dict[int, Decimal | None] = {}
    if firm is not None:
        asked = Asked(row.figure, city_of(firm.region), (), MappingProxyType({FIRM: (firm.uscc,)}), day)
        try:
            told = series_of(SYSTEM, asked)
        except UserError:  # nothing of it was there yet
            told = None
        if told is not None and told.values.size:
            unit = catalogue().indicator(row.figure).unit
            pairs = zip(told.labels(), told.values[0].tolist(), strict=True)
            values = {
                month: None if isnan(one) else convert(Decimal(str(one)), told.unit, unit) for month, one in pairs
            }
    made = foreseen(values, row.first, row.last)
    return made.value, {"method": made.method, "history": made.history, "known_on": day.isoformat()}


def _check(row: FollowUp, day: date) -> int:
    template = template_of(row.case)
    declared = template.follow_up
    if declared is None or row.enterprise is None:
        return 0
    before_first, before_last = year_before(row.first), year_before(row.last)
    try:
        after = values_of(row.figure, row.enterprise, row.first, row.last, day)
        before = values_of(row.figure, row.enterprise, before_first, before_last, day)
    except UserError as fault:
        FollowUp.objects.filter(pk=row.pk).update(details={**row.details, "fault": {"zh": fault.zh, "en": fault.en}})
        return 0
    if after is None:  # due by the calendar, not here yet
        return 0
    expected, how = foreseen_of(row)
    against = expected if declared.against == "expected" else None
    result = judge(before, after, against, declared.bounds, last=row.periods == declared.periods[-1])
    row.before, row.after = before, after
    pair = comparing.pair_of(row, declared.bounds, day) if result in DEFINITE else {}
    with transaction.atomic():
        case = taken(row.case, ended=True)
        held = FollowUp.objects.filter(pk=row.pk, checked_at=None)
        details = {**{key: one for key, one in row.details.items() if key not in ("fault", "pair")}, "expected": how}
        if pair:
            details["pair"] = pair
        found = {"before": before, "after": after, "expected": expected, "result": result, "details": details}
        if not held.update(**found, checked_at=now(), as_of=day):
            return 0
        _propose(case, template)
        case.save(update_fields=["values", "updated_at"])
        words = template.outcomes.get(result)
        record(
            "case.followed", case, None, case.unit, periods=row.periods, result=words.zh if words else result,
            result_en=words.en if words else result, **{k: v for k, v in told(case).items() if k != "firm"},
        )  # fmt: skip
        rates.put(case)
    return 1


def _propose(case: Case, template: Template) -> None:
    """What the follow-ups say together, as the outcome of a case that is open, unless a person has chosen another."""
    rows = FollowUp.objects.filter(case=case).exclude(result="")
    found = dict(rows.order_by("periods", "pk").values_list("periods", "result"))
    planned = template.follow_up.periods if template.follow_up is not None else ()
    result = overall(found, planned)
    if case.state != Case.State.OPEN or result not in template.outcomes:
        return
    if case.values.get(OUTCOME) in {None, "", *RESULTS}:
        case.values = {**case.values, OUTCOME: result}


def _kept(row: FollowUp) -> dict[str, Any]:
    told_: Mapping[str, Any] = {
        name: getattr(row, name) for name in ("first", "last", "before", "after", "expected", "result", "as_of")
    }
    return {name: None if value is None else str(value) for name, value in told_.items()}


def _named(case: Case) -> list[int]:
    other = CaseFirm.objects.filter(case=OuterRef("case"), enterprise=OuterRef("enterprise__merged_into"))
    rows = CaseFirm.objects.filter(~Exists(other), case=case)
    return list(rows.order_by("enterprise").values_list("enterprise", flat=True))


def _months(first: str, last: str) -> list[int]:
    (year, month), (last_year, last_month) = _split(first), _split(last)
    whole = range(year * 12 + month - 1, last_year * 12 + last_month)
    return [number // 12 * 100 + number % 12 + 1 for number in whole]


def _split(month: str) -> tuple[int, int]:
    year, _dash, number = month.partition("-")
    return int(year), int(number)
