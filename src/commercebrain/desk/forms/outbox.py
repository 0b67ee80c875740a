"""The outbox: what was passed on the desk waits in the database, and goes to the lake in batches by the usual intake.

A row is put in the transaction that passes the report, so it waits if and only if the report passed. Shipping takes the
waiting rows of a dataset, oldest first, in a file whose bytes depend on them alone, has the lake take it in, and marks
them with the lake's batch. Killed before the lake's commit, nothing happened; killed between that and the mark, the same
rows go again and the lake finds that it has them. So nothing is lost and nothing counts twice.
"""

from __future__ import annotations

import csv
import json
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from commercebrain.desk.core.clock import today
from commercebrain.desk.core.figures import lake
from commercebrain.desk.core.jobs import JobContext, every, job
from commercebrain.desk.core.models import Setting
from commercebrain.desk.figures.actions import note
from commercebrain.desk.forms.models import Outgoing, Report, Round, Submission
from commercebrain.desk.forms.moment import now
from commercebrain.engine.errors import UserError
from commercebrain.engine.forms.feeds import About, Feed, rows_of
from commercebrain.engine.forms.status import counts_as_filed
from commercebrain.engine.lake.locks import held
from commercebrain.engine.lake.records.schema import record_dataset
from commercebrain.engine.working.store import refresh_dataset

JOB = "forms.ship"
STATUS = "filing_status"
#: Rows of one dataset in one file; and rows written to the database at once.
BATCH, CHUNK = 20_000, 2_000
#: Up to which lock rounds were counted: the moment, and the number of the newest round then.
COUNTED = "forms-counted"
#: A round that somebody closes while others are counted has its lock shortly before the mark: so far back it is looked
#: for again. What is counted twice has the same key, and one row in the lake.
OVERLAP = timedelta(hours=1)
INVENTED = "99"


@dataclass
class Shipped:
    """What a round of shipping did: files, rows that went, lines that the lake set aside as faulty."""

    files: int = 0
    rows: int = 0
    quarantined: int = 0
    datasets: list[str] = field(default_factory=list)


def put(report: Report) -> int:
    """Puts what a passed report says into the outbox; call it in the transaction that passes it. Returns the rows put.

    A form that fills no dataset puts nothing. Where the round was counted already (a report passed after its lock), its
    line of ``filing_status`` goes again.
    """
    sent = Submission.objects.filter(report=report).order_by("-number").first()
    if sent is None:
        return 0
    day = today()
    rows = list(_rows(report, sent, day))
    if report.round.locks_at <= now():
        rows.append(_status(report, day))
    _keep(rows)
    return len(rows)


def count_again(report: Report) -> None:
    """Puts the line of ``filing_status`` of a report anew where its round was locked before: sent late under an exception,
    sent back, excused. Call it in the transaction that changes the report; before the lock it does nothing."""
    if report.round.locks_at <= now():
        _keep([_status(report, today())])


def put_all(reports: Iterable[tuple[Report, Submission]]) -> int:
    """The same for many reports at once, each with its last submission."""
    day = today()  # once: every look at it asks the database
    rows = [row for report, sent in reports for row in _rows(report, sent, day)]
    _keep(rows)
    return len(rows)


def _keep(rows: list[Outgoing]) -> None:
    Outgoing.objects.bulk_create(rows, batch_size=CHUNK)


def _rows(report: Report, sent: Submission, day: date) -> Iterator[Outgoing]:
    """One row for each line of each dataset that the round's form fills; what is personal stays on the desk."""
    told = report.round.declaration
    units = {one["field"]: one.get("unit") or "" for one in told.get("questions", ())}
    of_lines = {one["field"]: one.get("unit") or "" for one in (told.get("lines") or {}).get("fields", ())}
    hidden = {one["field"] for one in told.get("questions", ()) if one.get("personal")}
    answers = {code: value for code, value in sent.answers.items() if code not in hidden}
    for declared in told.get("feeds", ()):
        feed = Feed.model_validate(declared)
        about = _about(report, sent)
        asked = units if feed.of == "answers" else of_lines
        found = rows_of(feed, record_dataset(feed.dataset), about, answers, sent.lines, asked)
        yield from (Outgoing(dataset=feed.dataset, key=key[:200], row=row, made_on=day) for key, row in found)


def _about(report: Report, sent: Submission) -> About:
    from commercebrain.engine.periods import Period

    due = timezone.localtime(report.round.due_at).date()
    try:
        last = Period.parse(report.round.period).end
    except UserError:  # a day, a week, a name: filed under the due day
        last = due
    return About(
        period=report.round.period, due=due, last=last, reported=sent.sent_on, uscc=report.enterprise.uscc,
        county=report.county.code, township=report.township.code if report.township else "", unchanged=sent.unchanged,
    )  # fmt: skip


def _status(report: Report, day: date) -> Outgoing:
    """The line of ``filing_status`` of a report as it stands now."""
    filed = counts_as_filed(report.state)
    asked = report.state != Report.State.EXCUSED
    row = {
        "month": f"{timezone.localtime(report.round.due_at):%Y-%m}",
        "form": report.round.form,
        "term": report.round.period,
        "uscc": report.enterprise.uscc,
        "county": report.county.code,
        "township": report.township.code if report.township else "",
        "asked": int(asked),
        "filed": int(asked and filed),
        "on_time": int(asked and filed and bool(report.on_time)),
        "passed": int(report.state == Report.State.PASSED),
        "unchanged": int(asked and filed and report.unchanged > 0),
    }
    key = json.dumps([row[name] for name in record_dataset(STATUS).key], ensure_ascii=False)
    return Outgoing(dataset=STATUS, key=key[:200], row=row, made_on=day)


@transaction.atomic
def count_locked() -> int:
    """Puts the lines of ``filing_status`` of rounds that were locked since this was last done; returns the rounds.

    The mark of how far it got is written with the lines, so that a round is counted once.
    """
    Setting.objects.get_or_create(key=COUNTED, defaults={"value": json.dumps(["", 0])})
    mark = Setting.objects.select_for_update().get(key=COUNTED)
    moment, day = now(), today()
    until, newest = json.loads(mark.value)
    rounds = Round.objects.filter(locks_at__lte=moment).order_by("pk")
    if until:  # what was locked since, and rounds that were written with a lock in the past
        rounds = rounds.filter(Q(locks_at__gt=datetime.fromisoformat(until) - OVERLAP) | Q(pk__gt=newest))
    count = 0
    for row in rounds:
        asked = row.reports.select_related("round", "enterprise", "county", "township").order_by("pk")
        _keep([_status(report, day) for report in asked])
        count += 1
    last = Round.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    mark.value = json.dumps([max(until, moment.isoformat()), max(newest, last)])
    mark.save()
    return count


def ship() -> Shipped:
    """Takes what waits into the lake, one dataset after another, and says how much went.

    One at a time on this machine: :class:`UserError` (``outbox.busy``) where another is at it for long. Of several
    waiting rows with one key the last goes; the marks of the others say the same batch. A dataset that the lake refuses
    keeps its rows waiting and stops no other; the first such fault is raised at the end.
    """
    faults: list[UserError] = []
    count_locked()
    done = Shipped()
    folder = Path(settings.MEDIA_ROOT)
    folder.mkdir(parents=True, exist_ok=True)
    busy = UserError(
        "outbox.busy",
        "另一个进程正在把通过的报表送入数据湖，请稍后再试。",
        "Another process is taking passed reports into the lake; try again in a while.",
    )
    with held(folder / ".outbox-lock", 20, busy):
        waiting = Outgoing.objects.filter(batch="").order_by("dataset").values_list("dataset", flat=True).distinct()
        for code in list(waiting):
            try:
                while batch := list(Outgoing.objects.filter(dataset=code, batch="").order_by("pk")[:BATCH]):
                    _ship(code, batch, done)
            except UserError as fault:
                faults.append(fault)
                continue
            refresh_dataset(lake().root, code)
            done.datasets.append(code)
    if faults:
        raise faults[0]
    return done


def _ship(code: str, batch: list[Outgoing], done: Shipped) -> None:
    """Ships rows of one dataset: invented ones and real ones apart, as the lake keeps them apart."""
    place = record_dataset(code).place or record_dataset(code).firm or ""
    for invented in (False, True):
        mine = [one for one in batch if str(one.row.get(place, "")).startswith(INVENTED) == invented]
        if not mine:
            continue
        newest = {one.key: one for one in mine}
        report = None
        with tempfile.TemporaryDirectory(dir=settings.MEDIA_ROOT, prefix=".outbox-") as folder:
            path = Path(folder) / f"{code}-{mine[0].pk}-{mine[-1].pk}.csv"
            _write(path, code, newest.values())
            report = lake().intake(path, code, taken_in=today(), by="outbox")
        marked(mine, report.batch)
        note(report, None)
        done.files += 1
        done.rows += len(newest)
        done.quarantined += report.quarantined


def marked(rows: list[Outgoing], batch: str) -> None:
    """Marks rows as taken in by a batch of the lake."""
    for start in range(0, len(rows), 500):
        Outgoing.objects.filter(pk__in=[one.pk for one in rows[start : start + 500]]).update(batch=batch)


def _write(path: Path, code: str, rows: Iterable[Outgoing]) -> None:
    columns = list(record_dataset(code).columns)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(columns)
        writer.writerows([one.row.get(name, "") for name in columns] for one in rows)


@job(JOB, zh="把通过的报表送入数据湖", en="Take passed reports into the lake", retries=5, idempotent=True)
def ship_job(context: JobContext) -> dict[str, Any]:
    """Ships what waits. Nothing waits: nothing happens."""
    done = ship()
    if done.quarantined:
        context.say(
            f"{done.quarantined} 行有误，在隔离区待改", f"{done.quarantined} lines are faulty and wait in quarantine"
        )
    return {"rows": done.rows, "files": done.files, "quarantined": done.quarantined}


every("day 19:00", JOB)


__all__ = ["Shipped", "count_again", "count_locked", "put", "put_all", "ship"]
