"""What the signals of a firm do when its row becomes part of another, and when the two are set apart again.

The columns that name the firm move with everything else that refers to it (:mod:`..registry.relations`), so its page and
its history have all signals of both. An open signal is also judged by the surviving firm from then on: its subject is that
firm's credit code. Where both rows have an open signal of one rule, only one can go on. The older does and the newer closes
with the merge as its reason; one whose case is worked on goes on before one without, and where both have such a case each
stays until its case ends. Undoing the merge gives subjects back, and opens again what the merge closed while the signal
that went on in its place is still open; otherwise the next evaluation tells whether the rule holds for the firm.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from django.db import IntegrityError, transaction

from commercebrain.desk.core.clock import today
from commercebrain.desk.people.models import Person
from commercebrain.desk.registry.models import Enterprise
from commercebrain.desk.warnings import lifecycle, rates, taking, wider
from commercebrain.desk.warnings.models import RuleUse, Signal
from commercebrain.desk.warnings.telling import step_of

NAMED = ("subject", "subject_zh", "subject_en")
TAKEN_OVER, REOPENED = "taken_over", "reopened"


def take(kept: int, merged: int) -> None:
    """Waits for the turn of every bureau with an open signal of the two firms, and for evaluations of its rules: they would
    open or end meanwhile what is handed over here."""
    rows = Signal.objects.filter(enterprise__in=(kept, merged), closed_at=None).order_by()
    bureaus = sorted(set(rows.values_list("bureau", flat=True)))
    for bureau in bureaus:
        taking.turn(bureau)
    uses = RuleUse.objects.select_for_update(of=("self",)).filter(unit__in=bureaus, state=RuleUse.State.ON)
    list(uses.order_by("pk").values_list("pk", flat=True))


def merged(kept: Enterprise, gone: Enterprise, person: Person | None) -> list[dict[str, Any]]:
    """Lets the open signals of ``gone`` go on as those of ``kept``; the notes by which :func:`undone` takes it back."""
    rows = _of(kept).filter(closed_at=None, subject_kind="firm", subject__in=(kept.uscc, gone.uscc))
    pairs: dict[tuple[int, str], dict[str, Signal]] = defaultdict(dict)
    for row in rows:
        pairs[row.bureau_id, row.rule][row.subject] = row
    notes: list[dict[str, Any]] = []
    for held in pairs.values():
        own, came = held.get(kept.uscc), held.get(gone.uscc)
        if came is None:
            continue
        if own is not None:
            stays, over = _which(own, came)
            if over is None:
                continue
            notes.append(_closed(over, stays, person))
            if stays is own:
                continue
        notes.append({"signal": came.pk, "was": {name: getattr(came, name) for name in NAMED}})
        step_of(came, TAKEN_OVER, today(), person, sentence=gone.name_zh, to=gone.uscc).save()
        came.subject, came.subject_zh, came.subject_en = kept.uscc, kept.name_zh[:200], kept.name_en[:200]
        came.version += 1
        came.save()
    return notes


def undone(kept: Enterprise, gone: Enterprise, person: Person | None, notes: Sequence[dict[str, Any]]) -> None:
    """Gives back what :func:`merged` noted, after the columns that name the firm went back."""
    held = {row.pk: row for row in _rows([note.get("signal") or note["closed"] for note in notes])}
    for note in notes:
        row = held.get(note.get("signal", 0))
        if row is None or row.subject != kept.uscc:
            continue
        for name, before in note["was"].items():
            setattr(row, name, before)
        row.version += 1
        try:
            with transaction.atomic():
                row.save()
        except IntegrityError:  # an evaluation has opened one of its own for the firm: this one goes on where it is
            continue
    for note in notes:
        row = held.get(note.get("closed", 0))
        if row is not None and row.end == Signal.End.MERGED:
            _open_again(row, note, person)


def _of(firm: Enterprise) -> Any:
    return _locked().filter(enterprise=firm.pk)


def _rows(keys: Sequence[int]) -> list[Signal]:
    return list(_locked().filter(pk__in=keys))


def _locked() -> Any:
    rows = Signal.objects.select_for_update(of=("self",))
    return rows.select_related("unit__region", "region", "enterprise").order_by("pk")


def _which(own: Signal, came: Signal) -> tuple[Signal, Signal | None]:
    """Of two open signals of one rule the one that goes on, and the one that closes (none: both are worked on)."""
    older, newer = sorted((own, came), key=lambda row: (row.opened_at, row.pk))
    busy = taking.with_open_case((own, came))
    if len(busy) == 2:
        return older, None
    return (newer, older) if newer.pk in busy else (older, newer)


def _closed(over: Signal, stays: Signal, person: Person | None) -> dict[str, Any]:
    due = over.due_at.isoformat() if over.due_at else None
    note = {"closed": over.pk, "for": stays.pk, "due_at": due, "inhibited_by": over.inhibited_by_id}
    lifecycle.close([over], Signal.End.MERGED, today(), person, f"{stays.rule} {stays.opened_on}")
    wider.release([over.pk], today())
    return note


def _open_again(row: Signal, note: dict[str, Any], person: Person | None) -> None:
    """Opens what the merge closed, as it was, while the signal that went on in its place is still open."""
    if not Signal.objects.filter(pk=note["for"], closed_at=None).exists():
        return
    wide = Signal.objects.filter(pk=note["inhibited_by"], closed_at=None).first() if note["inhibited_by"] else None
    row.end, row.closed_at, row.closed_on, row.version = "", None, None, row.version + 1
    row.due_at, row.inhibited_by = note["due_at"], wide
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError:  # one of the same rule and subject was opened meanwhile
        return
    row.refresh_from_db(fields=["due_at"])
    step_of(row, REOPENED, today(), person).save()
    rates.put([row])
