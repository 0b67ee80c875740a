"""Every write about bulletins: keeping the sheet, taking it in, issuing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.db.models import Max
from django.urls import reverse

from commercebrain.desk.bulletins import queries
from commercebrain.desk.bulletins.models import Bulletin
from commercebrain.desk.core.clock import today
from commercebrain.desk.core.events import record
from commercebrain.desk.core.figures import lake
from commercebrain.desk.core.jobs import JobContext, start
from commercebrain.desk.core.models import Job
from commercebrain.desk.figures.actions import keep, note
from commercebrain.desk.figures.queries import names
from commercebrain.desk.people.models import Person, Unit
from commercebrain.engine.errors import UserError
from commercebrain.engine.lake import IntakeReport, SheetMapping
from commercebrain.engine.periods import Period
from commercebrain.engine.releases.issue import changes
from commercebrain.engine.releases.monthly import month_of

TOTALS = ("合计", "总计", "全市", "全市合计", "全市总计", "合计数", "市合计")


def begin(person: Person, unit: Unit, indicator: str, month: str, upload: UploadedFile | None = None) -> Job:
    """Keeps the sheet and queues the bulletin of ``month`` for ``unit``'s city.

    Raises :class:`PermissionDenied` for a unit for which ``person`` may not enter, :class:`UserError` for a file that
    does not pass, an indicator that has no county bulletin, or what is no month.
    """
    if not queries.issuing_units(person).filter(pk=unit.pk).exists():
        raise PermissionDenied
    _known(indicator)
    period = month_of(month)
    kept = keep(upload, person) if upload is not None else ""
    return start("bulletins.issue", person, unit=unit.pk, indicator=indicator, month=period.text, path=kept)


def _known(indicator: str) -> None:
    if indicator not in {item.code for item in queries.indicators()}:
        raise UserError(
            "bulletin.no_indicator",
            f"“{indicator}”不能做分区县月度快报：只有按月公布、可由区县相加的指标可以。",
            f"“{indicator}” has no county bulletin: only indicators that add up over months and counties have one.",
        )


def issue(context: JobContext, unit: int, indicator: str, month: str, path: str = "") -> dict[str, Any]:
    """The job: takes the sheet in, draws the table and the sentences, and issues them. Begun again, it issues the same."""
    person = context.person
    office = queries.issuing_units(person).filter(pk=unit).first() if person else None
    if person is None or office is None:
        raise PermissionDenied
    period = month_of(month)
    report = _take_in(context, person, office, indicator, path) if path else None
    context.progress(1, 2, "生成快报", "making the bulletin")
    row = make(person, office, indicator, period, report)
    return {
        "url": reverse("bulletins:bulletin", args=[row.pk]),
        "zh": f"{row.title}第{row.revision}次印发",
        "en": f"{row.title}: issue {row.revision}",
    }


def _take_in(context: JobContext, person: Person, office: Unit, indicator: str, path: str) -> IntakeReport:
    """Takes the sheet in as flash figures that this unit published today, of its own city and counties alone."""
    known = names(person)
    own = {office.region.code, *queries.counties(office.region)}
    narrowed = type(known)(
        indicators=known.indicators,
        regions={code: words for code, words in known.regions.items() if code in own},
        units=known.units,
    )
    defaults = {
        "indicator": indicator, "flag": "flash", "grade": "A", "source": source_of(office, indicator),
        "published": today().isoformat(),
    }  # fmt: skip
    mapping = SheetMapping(defaults=defaults, names={"region": dict.fromkeys(TOTALS, office.region.code)})
    report = lake().intake(
        Path(settings.MEDIA_ROOT) / path,
        taken_in=today(), mapping=mapping, names=narrowed, by=person.username,
        progress=lambda done, total: context.progress(0, 2, f"校验第 {done} 行", f"checking row {done}"),
    )  # fmt: skip
    note(report, person)
    return report


def source_of(office: Unit, indicator: str) -> str:
    """The source of a bulletin's figures: one for all months, so that a later sheet revises an earlier one."""
    return f"{office.name_zh}月度快报（{indicator}）"


def make(
    person: Person | None, office: Unit, indicator: str, month: Period, report: IntakeReport | None = None
) -> Bulletin:
    """Issues the bulletin from what is known now; one that would say the same as the last issue is that issue.

    Raises :class:`UserError` (``bulletin.nothing``) when no county has a figure of the month.
    """
    content = queries.drawn(person, indicator, office.region, month) if person else {}
    if not any(line["reported"] or line["month"]["value"] for line in content["lines"]):
        aside = f"；这个文件有{report.quarantined}行被隔离" if report and report.quarantined else ""
        aside_en = f"; {report.quarantined} rows of the file were set aside" if report and report.quarantined else ""
        raise UserError(
            "bulletin.nothing",
            f"没有任何区县{month.say('zh')}的数据{aside}。请核对表里写的时期、区县名称与所选月份，改正后重新上传。",
            f"No county has a figure for {month.say('en')}{aside_en}. Check the period and the names in the sheet "
            "against the month that you chose, and upload it again.",
        )
    with transaction.atomic():
        Unit.objects.select_for_update().get(pk=office.pk)  # one number at a time for a unit
        rows = Bulletin.objects.filter(unit=office)
        last = rows.filter(indicator=indicator, month=month.text).order_by("revision").last()
        if (
            last is not None
            and last.content["sentences"] == content["sentences"]
            and not changes(last.content, content)
        ):
            return last
        if last is not None:
            number, revision = last.number, last.revision + 1
        else:
            highest = rows.filter(year=month.year).aggregate(top=Max("number"))["top"] or 0
            number, revision = highest + 1, 1
        row = Bulletin.objects.create(
            unit=office, region=office.region, indicator=indicator, month=month.text, year=month.year, number=number,
            revision=revision, issued_on=today(), made_by=person, content=content,
            batch=report.batch if report else "", aside=report.quarantined if report else 0,
        )  # fmt: skip
        record("bulletin.issued", row, person, office, name=row.title, revision=revision, late=len(row.late))
    return row


def again(person: Person, row: Bulletin) -> Bulletin:
    """Issues ``row`` anew from the figures as they stand now.

    Raises :class:`PermissionDenied` without the right to enter for its unit, :class:`UserError` (``bulletin.unchanged``)
    where nothing has changed since the last issue.
    """
    if not queries.issuing_units(person).filter(pk=row.unit_id).exists():
        raise PermissionDenied
    made = make(person, row.unit, row.indicator, row.period)
    if made.pk == row.pk:
        raise UserError(
            "bulletin.unchanged",
            "自这一期印发以来数据没有变化，无需重新印发。",
            "No figure has changed since this issue, so there is nothing to issue anew.",
        )
    return made
