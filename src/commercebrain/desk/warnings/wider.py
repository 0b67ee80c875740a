"""Signals behind a wider one: it speaks for them and they ask nobody to act, until it is over."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date

from django.db import transaction

from commercebrain.desk.core.events import record
from commercebrain.desk.warnings.kinds import rank
from commercebrain.desk.warnings.models import Signal
from commercebrain.desk.warnings.taking import open_of, turn, with_open_case
from commercebrain.desk.warnings.telling import step_of, told

Key = tuple[str, str]


def release(wide: Iterable[int], on: date) -> list[Signal]:
    """Brings to life what stood behind signals that are over now: it is told anew, and asks for somebody to act. Call it
    at one's :func:`turn`."""
    rows = list(
        Signal.objects.select_for_update(of=("self",))
        .filter(inhibited_by__in=list(wide), closed_at=None)
        .select_related("unit", "inhibited_by")
        .order_by("pk")
    )
    return [_alive(row, on) for row in rows]


def _alive(row: Signal, on: date) -> Signal:
    behind = row.inhibited_by
    row.inhibited_by, row.told_on, row.due_at, row.version = None, None, None, row.version + 1
    row.save()
    step_of(row, "released", on, sentence=str(behind.pk) if behind else "").save()
    words = {"wide": behind.subject_zh, "wide_en": behind.subject_en or behind.subject_zh} if behind else {}
    if words:
        record("signal.released", row, None, row.unit, **words, **told(row))
    return row


@transaction.atomic
def settle(bureau: int, covers: Mapping[Key, Sequence[Key]], on: date, known: Collection[Key] | None = None) -> int:
    """Puts narrow signals behind open wider ones and brings back those whose wider one is over; returns how many stand
    behind another now.

    ``covers``: by (rule, subject) of a narrow one those of the wide ones that cover it. ``known``: what this evaluation
    judged; of anything else a wider one that is still open goes on speaking (none: everything was judged). A signal
    whose case is worked on stands for itself.
    """
    turn(bureau)
    rows = {(row.rule, row.subject): row for row in open_of(bureau)}
    busy = with_open_case(rows.values())
    by_pk = {row.pk: row for row in rows.values()}
    behind = 0
    for key, row in rows.items():
        wide = (
            None if row.pk in busy else _widest(row, [rows[one] for one in covers.get(key, ()) if one in rows], by_pk)
        )
        if (
            wide is None
            and row.pk not in busy
            and row.inhibited_by_id in by_pk
            and known is not None
            and key not in known
        ):
            wide = by_pk[row.inhibited_by_id]
        if wide is not None:
            behind += 1
        if (wide.pk if wide else None) == row.inhibited_by_id:
            continue
        if wide is None:
            _alive(row, on)
        else:
            _behind(row, wide, on)
    return behind


def _widest(row: Signal, wide: Sequence[Signal], by_pk: Mapping[int, Signal]) -> Signal | None:
    """The wider signal that speaks for a row: the one that does already, else the highest and oldest; never one that
    stands behind the row itself."""
    fit = [one for one in wide if one.pk != row.pk and not _stands_behind(one, row, by_pk)]
    if not fit:
        return None
    return next((one for one in fit if one.pk == row.inhibited_by_id), None) or min(
        fit, key=lambda one: (-rank(one.level), one.pk)
    )


def _stands_behind(one: Signal, row: Signal, by_pk: Mapping[int, Signal]) -> bool:
    seen: set[int] = set()
    while one.inhibited_by_id in by_pk and one.pk not in seen:
        seen.add(one.pk)
        one = by_pk[one.inhibited_by_id]
        if one.pk == row.pk:
            return True
    return False


def _behind(row: Signal, wide: Signal, on: date) -> None:
    row.inhibited_by, row.due_at, row.version = wide, None, row.version + 1
    row.save()
    step_of(row, "inhibited", on, sentence=str(wide.pk)).save()
    words = {"wide": wide.subject_zh, "wide_en": wide.subject_en or wide.subject_zh}
    record("signal.inhibited", row, None, row.unit, **words, **told(row))
