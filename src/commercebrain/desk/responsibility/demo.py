"""The demonstration's invented plan of 示例市: what a bureau would do with it in a year, through the same actions."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.core.files.base import ContentFile

from commercebrain.desk.people.models import Person, Unit
from commercebrain.desk.plans.actions import accept_unattended, import_document, read_document
from commercebrain.desk.plans.models import Document, Target, Task
from commercebrain.desk.responsibility import actions
from commercebrain.desk.responsibility.models import Adjustment, Assignment, Need, Update

PAPER = b"%PDF-1.4\n% invented for the demonstration\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"


def play(told: dict[str, Any], folder: Path, unit_named: Callable[[str], Unit]) -> str:
    """Takes in the invented plan and does with it what ``told`` (``demo.yaml``) says; again changes nothing."""
    document = import_document(
        folder / told["file"], unit=unit_named(told["unit"]), person=None, title=told["title"],
        number=told["number"], issued_on=told["issued_on"], classification="internal",
    )  # fmt: skip
    if document.state == Document.State.READING and document.job is None:
        document.state = Document.State.WAITING  # an earlier preparation was killed while it read
        document.save(update_fields=["state"])
    if document.state in (Document.State.WAITING, Document.State.FAILED):
        read_document(document)
    accept_unattended(document)
    targets = {row.indicator_text: row for row in Target.objects.filter(document=document)}
    tasks = {row.title: row for row in Task.objects.filter(document=document)}
    proposer = Person.objects.get(username=told["proposer"])
    for name, parts in told["parts"].items():
        values = {(code, int(year)): Decimal(v) for code, years in parts.items() for year, v in years.items()}
        if not targets[name].allocations.exists():
            actions.allocate(proposer, targets[name], dict(values))
    for kind in ("approved", "proposed"):
        _adjust(told[kind], targets[told[kind]["indicator"]], proposer, kind == "approved")
    Assignment.objects.filter(task__document=document).update(since=told["since"])
    _updates(told, tasks)
    need = told["need"]
    lead = Assignment.objects.filter(task=tasks[need["task"]], role="lead").exclude(unit=None).first()
    if lead is not None and lead.unit is not None and not Need.objects.filter(task=lead.task).exists():
        actions.ask(None, lead.task, lead.unit, unit_named(need["to"]), need["text"])
    return f"{len(targets)} + {len(tasks)}"


def _adjust(row: dict[str, Any], target: Target, proposer: Person, approve: bool) -> None:
    if Adjustment.objects.filter(target=target, state="approved" if approve else "proposed").exists():
        return
    made = Adjustment.objects.filter(target=target, state="proposed").first() or actions.propose(
        proposer, target, value=Decimal(row["value"]), reason=row["reason"], asked_of=row["organ"]
    )
    if approve:
        actions.approve(
            None, made, number=row["number"], approved_on=row["approved_on"], effective_on=row["effective_on"],
            document=ContentFile(PAPER, name="批复（演示）.pdf"),
        )  # fmt: skip


def _updates(told: dict[str, Any], tasks: dict[str, Task]) -> None:
    """Writes the months as their lead units would have; each month is entered while it was open."""
    for title, months in told["updates"].items():
        lead = Assignment.objects.filter(task=tasks[title], role="lead").exclude(unit=None).first()
        if lead is None or lead.unit is None:
            continue
        for text, (light, done, reason) in months.items():
            month = date.fromisoformat(f"{text}-01")
            if not Update.objects.filter(task=lead.task, unit=lead.unit, month=month).exists():
                actions.save_update(None, lead.task, lead.unit, month, light=light, done=done, reason=reason)
