"""Applying an import and undoing it: each is one transaction, so that a crash at any moment leaves all or nothing.

Between preview and apply the register may have moved on: every row is compared again, and one that somebody changed
meanwhile is not overwritten but told (state ``skipped``). Undoing works the same way round.

Progress is not written inside the transaction: nobody would see it before its end, and who wants to cancel would wait
for it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.db import transaction
from django.utils import timezone

from commercebrain.desk.core.events import record
from commercebrain.desk.core.imports.checking import CHUNK
from commercebrain.desk.core.imports.declaring import Found, Importer
from commercebrain.desk.core.jobs import JobContext
from commercebrain.desk.core.memo import remembering
from commercebrain.desk.core.models import ImportRow, ImportRun
from commercebrain.desk.people.models import Person
from commercebrain.engine.errors import UserError

State = ImportRow.State
NAMED = 5  # rows that a sentence names


def _chunks(rows: Any, *, backwards: bool = False) -> Iterator[list[ImportRow]]:
    """Rows in order, a chunk at a time, by key: neither memory nor a cursor is held for long."""
    order, beyond = ("-pk", "pk__lt") if backwards else ("pk", "pk__gt")
    left = rows.order_by(order)
    while chunk := list(left[:CHUNK]):
        yield chunk
        left = rows.order_by(order).filter(**{beyond: chunk[-1].pk})


def apply_run(run: ImportRun, importer: Importer, person: Person, context: JobContext | None = None) -> dict[str, int]:
    """Writes all rows of the preview as one action and returns how many were added, changed and skipped.

    Raises :class:`UserError` (``imports.not_ready``) when the import is not ready, or was applied by another process.
    """
    with transaction.atomic():
        claimed = ImportRun.objects.filter(pk=run.pk, state=ImportRun.State.READY).update(
            state=ImportRun.State.APPLIED, applied_at=timezone.now(), fault=None
        )
        if not claimed:
            raise UserError(
                "imports.not_ready",
                f"导入“{run.name}”不在待应用状态，可能已由您在另一个窗口应用；请刷新页面查看。",
                f"The import “{run.name}” is not ready to apply; perhaps it was applied in another window: reload.",
            )
        counts = {"added": 0, "written": 0, "skipped": 0}
        for chunk in _chunks(ImportRow.objects.filter(run=run, state__in=[State.NEW, State.CHANGED])):
            if context is not None:
                context.check()
            _apply_chunk(chunk, importer, person)
            for row in chunk:
                counts[row.state] += 1
            _store(chunk)
        run.refresh_from_db()
        run.counts = {**run.counts, **counts}
        run.save(update_fields=["counts"])
        record(
            "import.applied", run, person, unit=run.unit, name=run.name, register=importer.zh, register_en=importer.en,
            **counts,
        )  # fmt: skip
        if context is not None:
            context.check()  # the last moment at which a cancel counts
    return counts


def _store(chunk: list[ImportRow]) -> None:
    """Keeps what became of the rows: written over themselves at once, many times quicker than an update with cases."""
    ImportRow.objects.bulk_create(
        chunk,
        update_conflicts=True,
        unique_fields=["id"],
        update_fields=["state", "object_id", "seen", "why_zh", "why_en"],
    )


def _apply_chunk(chunk: list[ImportRow], importer: Importer, person: Person) -> None:
    keys = {row.pk: tuple(row.keys) for row in chunk}
    found = importer.existing(set(keys.values()), person)
    new, changed = [], []
    for row in chunk:
        now = found.get(keys[row.pk])
        if row.state == State.NEW and now is None:
            new.append(row)
        elif row.state == State.CHANGED and now is not None and _same(now, row.before) and str(now.id) == row.object_id:
            changed.append((row, now))
        else:
            _skip(row)
    with remembering():
        for row in new:
            importer.check(row.values, None, person)  # the person's scope may have narrowed since the preview
        for row, now in changed:
            importer.check({**now.values, **row.values}, now, person)
    for row, written in zip(new, importer.create_many([row.values for row in new], person), strict=True):
        _note(row, written, State.ADDED)
    pairs = [(now, row.values) for row, now in changed]
    for (row, _now), written in zip(changed, importer.change_many(pairs, person), strict=True):
        _note(row, written, State.WRITTEN)


def _same(now: Found, before: dict[str, Any]) -> bool:
    """Whether the fields that the file speaks of still are as they were compared."""
    return all(now.values.get(key) == value for key, value in before.items())


def _note(row: ImportRow, written: Found | None, state: str) -> None:
    if written is None:
        _skip(row)
    else:
        row.state, row.object_id, row.seen = state, str(written.id), written.version


def _skip(row: ImportRow) -> None:
    row.state = State.SKIPPED
    row.why_zh = "预览之后有人改过这一条，没有覆盖；请重新上传核对。"
    row.why_en = "Somebody changed this after the preview; it was not overwritten. Upload the row again to compare."


def undo_run(
    run: ImportRun, importer: Importer, person: Person, context: JobContext | None = None, *, rest: bool = False
) -> dict[str, int]:
    """Puts everything back as it was before the import, as one action; returns how many were undone and kept.

    Raises :class:`UserError` (``imports.changed_since``) with the names of the rows that somebody changed since, unless
    ``rest`` says to undo the others all the same.
    """
    with transaction.atomic():
        claimed = ImportRun.objects.filter(pk=run.pk, state=ImportRun.State.APPLIED).update(
            state=ImportRun.State.UNDONE, undone_at=timezone.now(), fault=None
        )
        if not claimed:
            raise UserError(
                "imports.not_applied",
                f"导入“{run.name}”没有应用，或已经撤销过；请刷新页面查看。",
                f"The import “{run.name}” was not applied, or is undone already; reload the page.",
            )
        counts = {"undone": 0, "kept": 0}
        kept: list[ImportRow] = []
        # The last first: what hangs on an added row was added after it.
        for chunk in _chunks(ImportRow.objects.filter(run=run, state__in=[State.ADDED, State.WRITTEN]), backwards=True):
            if context is not None:
                context.check()
            _undo_chunk(chunk, importer, person)
            for row in chunk:
                counts[row.state] += 1
            kept += [row for row in chunk if row.state == State.KEPT][: NAMED - len(kept)]
            _store(chunk)
        if counts["kept"] and not rest:
            raise _changed_since(counts["kept"], kept)
        run.refresh_from_db()
        run.counts = {**run.counts, **counts}
        run.save(update_fields=["counts"])
        record(
            "import.undone", run, person, unit=run.unit, name=run.name, register=importer.zh, register_en=importer.en,
            **counts,
        )  # fmt: skip
        if context is not None:
            context.check()
    return counts


def _changed_since(number: int, rows: list[ImportRow]) -> UserError:
    names, more = "、".join(row.name for row in rows), " 等" if number > len(rows) else ""
    names_en, more_en = ", ".join(row.name for row in rows), " and others" if number > len(rows) else ""
    return UserError(
        "imports.changed_since",
        f"导入之后有 {number} 条又被改过或已被引用（{names}{more}），撤销会丢掉这些改动，所以没有撤销任何内容；可以选择只撤销其余各条。",
        f"{number} rows were changed or used since the import ({names_en}{more_en}); undoing would lose that, so nothing "
        "was undone. You can undo the rest.",
    )


def _undo_chunk(chunk: list[ImportRow], importer: Importer, person: Person) -> None:
    keys = {row.pk: tuple(row.keys) for row in chunk}
    found = importer.existing(set(keys.values()), person)
    added, written = [], []
    for row in chunk:
        now = found.get(keys[row.pk])
        # A blank cell of a new row may have become what the register takes for blank.
        written_then = {
            key: value for key, value in row.values.items() if row.state == State.WRITTEN or value is not None
        }
        ours = now is not None and str(now.id) == row.object_id and _same(now, written_then)
        if row.state == State.ADDED and now is None:
            row.state = State.UNDONE  # somebody has taken it out already
        elif not ours or now is None or (row.state == State.ADDED and now.version != row.seen):
            _keep(row)
        elif row.state == State.ADDED:
            added.append((row, now))
        else:
            written.append((row, now))
    with remembering():
        for row, now in written:
            importer.check({**now.values, **row.before}, now, person)
    for (row, _now), fault in zip(added, importer.remove_many([now for _row, now in added], person), strict=True):
        if fault is None:
            row.state = State.UNDONE
        else:
            _keep(row, fault)
    pairs = [(now, row.before) for row, now in written]
    for (row, _now), back in zip(written, importer.change_many(pairs, person), strict=True):
        if back is None:
            _keep(row)
        else:
            row.state = State.UNDONE


def _keep(row: ImportRow, fault: UserError | None = None) -> None:
    row.state = State.KEPT
    row.why_zh = fault.zh[:500] if fault else "导入之后又被改过，没有撤销。"
    row.why_en = fault.en[:500] if fault else "It was changed after the import and was not undone."
