"""The burden meter: what a firm was asked, how often, by whom, and what could have been re-used."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django.db.models import Count, Q, QuerySet, Sum

from commercebrain.desk.core.clock import today
from commercebrain.desk.forms.filing.queries import declared
from commercebrain.desk.forms.models import Report, Submission
from commercebrain.desk.forms.moment import now
from commercebrain.desk.lists.exposure.facts import firm_facts
from commercebrain.desk.registry.models import Enterprise
from commercebrain.engine.expressions.firm import NAMES
from commercebrain.engine.forms.burden import AskedReport, Burden, burden

YEAR = timedelta(days=365)


def since(day: date | None = None) -> date:
    """The first day of the twelve months that are counted."""
    return (day or today()) - YEAR


def asked_of(enterprise: Enterprise, first: date | None = None) -> list[AskedReport]:
    """Every report asked of a firm in rounds that opened since ``first`` (default: twelve months)."""
    rows = Report.objects.filter(
        enterprise=enterprise, round__opens_at__date__gte=first or since(), round__opens_at__lte=now()
    ).exclude(state=Report.State.EXCUSED)
    rows = rows.select_related("round__unit")
    last: dict[int, Submission] = {}
    for sent in Submission.objects.filter(report__in=rows).order_by("number"):
        last[sent.report_id] = sent
    found = []
    for row in rows:
        sent_last = last.get(row.pk)
        found.append(
            AskedReport(
                declared(row.round), row.round.period, row.round.unit.name_zh, row.round.opens_at.date(),
                sent_last.answers if sent_last else None, sent_last.reused if sent_last else 0,
                sent_last.seconds if sent_last else None,
            )
        )  # fmt: skip
    return found


def burden_of(enterprise: Enterprise, first: date | None = None) -> Burden:
    """The burden of one firm over twelve months."""
    rows = asked_of(enterprise, first)
    return burden(rows, known_of(enterprise)) if rows else Burden()


def known_of(enterprise: Enterprise) -> set[str]:
    """The facts that the bureau has of a firm anyway."""
    facts = firm_facts([enterprise.pk], today())
    return {name for name in NAMES if bool(facts.column(name).known.any())}


def firms_asked(reports: QuerySet[Report], first: date | None = None) -> Any:
    """The firms of ``reports`` (those in sight) with how often each was asked, and what that took."""
    opened = Q(reports__round__opens_at__date__gte=first or since(), reports__round__opens_at__lte=now())
    counted = opened & ~Q(reports__state=Report.State.EXCUSED) & Q(reports__in=reports.order_by().values("pk"))
    rows = Enterprise.objects.filter(pk__in=reports.order_by().values("enterprise"))
    return rows.annotate(
        asked=Count("reports", filter=counted, distinct=True),
        forms=Count("reports__round__form", filter=counted, distinct=True),
        bodies=Count("reports__round__unit", filter=counted, distinct=True),
        sent=Count("reports", filter=counted & Q(reports__first_sent_at__isnull=False), distinct=True),
        same=Count("reports", filter=counted & Q(reports__unchanged__gt=0), distinct=True),
    ).select_related("region")


def by_form(reports: QuerySet[Report], first: date | None = None) -> list[dict[str, Any]]:
    """By form: firms and reports asked, answers that came filled in and stayed, seconds that filling in took."""
    rows = reports.filter(round__opens_at__date__gte=first or since(), round__opens_at__lte=now())
    rows = rows.exclude(state=Report.State.EXCUSED)
    counts = rows.order_by().values("round__form").annotate(
        firms=Count("enterprise", distinct=True), asked=Count("pk"), unapproved=Count("pk", filter=Q(round__approval=""))
    )  # fmt: skip
    took = {
        row["report__round__form"]: row
        for row in Submission.objects.filter(report__in=rows.order_by().values("pk"))
        .order_by()
        .values("report__round__form")
        .annotate(
            questions=Sum("asked"), left=Sum("reused"), took=Sum("seconds"),
            timed=Count("pk", filter=Q(seconds__isnull=False)),
        )
    }  # fmt: skip
    return [{**row, **took.get(row["round__form"], {})} for row in counts]
