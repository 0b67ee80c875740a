"""Two rows that are one firm become one, and can become two again exactly as they were."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from django.apps import apps
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, models, transaction
from django.utils import timezone

from commercebrain.desk.core.clock import today
from commercebrain.desk.core.events import record
from commercebrain.desk.people.models import Person
from commercebrain.desk.registry.actions.enterprises import add_enterprise, told
from commercebrain.desk.registry.finding import keep_found
from commercebrain.desk.registry.models import Enterprise, EnterpriseMerge, EnterpriseName
from commercebrain.desk.registry.queries.enterprises import of_the_bureau
from commercebrain.desk.registry.relations import ALONG, moving, named
from commercebrain.engine.errors import UserError


def _must_decide(person: Person | None, *enterprises: Enterprise) -> None:
    if person is not None and not all(of_the_bureau(person, enterprise) for enterprise in enterprises):
        raise PermissionDenied


def _locked(*keys: int) -> list[Enterprise]:
    """The rows, locked in one order whoever asks, in the order asked for."""
    # Their keys stay: who only writes something that names one of them does not wait.
    held = Enterprise.objects.select_for_update(no_key=True).filter(pk__in=keys).order_by("pk")
    rows = {row.pk: row for row in held}
    return [rows[key] for key in keys]


def merge(
    person: Person | None,
    kept: Enterprise,
    merged: Enterprise,
    reason: str,
    score: float | None = None,
    explanation: Sequence[dict[str, str]] = (),
) -> EnterpriseMerge:
    """Makes ``merged`` a part of ``kept``: what refers to it goes along, its address leads to ``kept``.

    Nothing of ``merged`` is lost: its row stays as it was, and the merge lists what moved. Raises :class:`UserError`:
    ``merges.same``, ``merges.gone`` (one is already part of another), ``merges.synthetic``, ``merges.no_reason``.
    """
    _must_decide(person, kept, merged)
    if kept.pk == merged.pk:
        raise UserError("merges.same", "请选择另一家企业。", "Choose another enterprise.")
    if not reason.strip():
        raise UserError("merges.no_reason", "请写明合并的理由。", "Say why the two are one firm.")
    with transaction.atomic():
        _take(kept.pk, merged.pk)
        kept, merged = _locked(kept.pk, merged.pk)
        for row in (kept, merged):
            if row.merged_into_id is not None:
                raise UserError(
                    "merges.gone",
                    f"“{row.name_zh}”已并入另一条记录，请从那一条开始。",
                    f"{row} has already become part of another row; begin from that one.",
                )
        if kept.synthetic != merged.synthetic:
            raise UserError(
                "merges.synthetic",
                "虚构企业与真实企业不能合并。",
                "An invented enterprise and a real one cannot be one firm.",
            )
        journal: list[list[Any]] = []
        for model, field in moving():
            journal += _move(model, field, model._default_manager.filter(**{field: merged}), kept)
        for model, one in named():
            rows = model._default_manager.filter(**{one.field: one.kind, one.number: str(merged.pk)})
            journal += _move(model, one.number, rows, str(kept.pk))
        for code, along in ALONG.items():
            if along.merged is not None:
                journal += [["@", code, note] for note in along.merged(kept, merged, person)]
        for name, kind in _names_of(kept, merged):
            made = EnterpriseName.objects.create(enterprise=kept, kind=kind, name=name, source=f"merged {merged.uscc}")
            journal.append(["+", made._meta.label, made.pk])
        merged.claim(None)
        kept.claim(None)
        Enterprise.objects.filter(pk=merged.pk).update(merged_into=kept)
        done = EnterpriseMerge.objects.create(
            kept=kept, merged=merged, day=today(), person=person, reason=reason.strip(), score=score,
            explanation=list(explanation), journal=journal,
        )  # fmt: skip
        keep_found([kept.pk, merged.pk])
        record(
            "enterprise.merged", kept, person, unit=kept.unit, other=merged.name_zh,
            other_en=merged.name_en or merged.name_zh, other_uscc=merged.uscc, merge=done.pk, **told(kept),
        )  # fmt: skip
    return done


def _names_of(kept: Enterprise, merged: Enterprise) -> Iterable[tuple[str, str]]:
    """Names by which the merged row was known and the kept one is not, so that it is still found by them."""
    known = {kept.name_zh, kept.name_en, *kept.names.values_list("name", flat=True)}
    if merged.name_zh not in known:
        yield merged.name_zh, EnterpriseName.Kind.SHORT
    if merged.name_en and merged.name_en not in known:
        yield merged.name_en, EnterpriseName.Kind.ENGLISH


def _move(model: type[models.Model], field: str, rows: Any, to: Enterprise | str) -> list[list[Any]]:
    """Moves rows to another firm one by one; a row that the other already has stays where it is."""
    moved = []
    fresh = _now(model)
    for key in rows.order_by("pk").values_list("pk", flat=True):
        try:
            with transaction.atomic():
                model._default_manager.filter(pk=key).update(**{field: to}, **fresh)
        except IntegrityError:
            continue
        moved.append([model._meta.label, field, key])
    return moved


def _now(model: type[models.Model]) -> dict[str, Any]:
    """What a row that moves bears besides, so that feeds tell of it."""
    return {"updated_at": timezone.now()} if any(one.name == "updated_at" for one in model._meta.fields) else {}


def _take(kept: int, merged: int) -> None:
    for along in ALONG.values():
        if along.take is not None:
            along.take(kept, merged)


def undo_merge(person: Person | None, done: EnterpriseMerge) -> Enterprise:
    """Makes two of one again: all that moved goes back, what came afterwards stays; returns the row set free.

    Raises :class:`UserError`: ``merges.undone`` (already), ``merges.later_first`` (the kept row has itself been merged
    since; undo that one first).
    """
    _must_decide(person, done.kept, done.merged)
    with transaction.atomic():
        _take(done.kept_id, done.merged_id)
        done = EnterpriseMerge.objects.select_for_update().get(pk=done.pk)
        kept, merged = _locked(done.kept_id, done.merged_id)
        if done.undone_on is not None:
            raise UserError("merges.undone", "这次合并已经撤销。", "This merge has already been undone.")
        if kept.merged_into_id is not None:
            raise UserError(
                "merges.later_first",
                f"“{kept.name_zh}”后来又并入了另一条记录，请先撤销那一次合并。",
                f"{kept} was itself merged later; undo that merge first.",
            )
        Enterprise.objects.filter(pk=merged.pk).update(merged_into=None)
        for entry in done.journal:
            if entry[0] == "@":
                continue
            if entry[0] == "+":
                apps.get_model(entry[1])._default_manager.filter(pk=entry[2]).delete()
                continue
            label, field, key = entry
            model = apps.get_model(label)
            by_number = any(model is other and field == one.number for other, one in named())
            there, back = (str(kept.pk), str(merged.pk)) if by_number else (kept, merged)
            model._default_manager.filter(pk=key, **{field: there}).update(**{field: back}, **_now(model))
        for code, along in ALONG.items():
            if along.undone is not None:
                notes = [entry[2] for entry in done.journal if entry[0] == "@" and entry[1] == code]
                along.undone(kept, merged, person, notes)
        merged.claim(None)
        kept.claim(None)
        done.undone_on, done.undone_by = today(), person
        done.save(update_fields=["undone_on", "undone_by"])
        keep_found([kept.pk, merged.pk])
        record(
            "enterprise.merge_undone", kept, person, unit=kept.unit, other=merged.name_zh,
            other_en=merged.name_en or merged.name_zh, other_uscc=merged.uscc, merge=done.pk, **told(kept),
        )  # fmt: skip
        merged.refresh_from_db()
    return merged


def split(
    person: Person | None, enterprise: Enterprise, rows: Sequence[models.Model], reason: str, **values: Any
) -> Enterprise:
    """Takes a second firm out of a row that held two: enters it with ``values`` and gives it ``rows``.

    Every one of ``rows`` must belong to ``enterprise`` by a declared relation that moves.
    """
    _must_decide(person, enterprise)
    if not reason.strip():
        raise UserError("merges.no_reason", "请写明拆分的理由。", "Say why one row holds two firms.")
    fields = dict(moving())
    with transaction.atomic():
        _locked(enterprise.pk)
        made = add_enterprise(person, **{"region": enterprise.region, **values})
        for row in rows:
            field = fields.get(type(row))
            if field is None or getattr(row, f"{field}_id") != enterprise.pk:
                raise UserError(
                    "merges.not_its_row", f"“{row}”不属于这家企业。", f"“{row}” does not belong to this enterprise."
                )
            type(row)._default_manager.filter(pk=row.pk).update(**{field: made})
        enterprise.claim(None)
        keep_found([enterprise.pk, made.pk])
        record(
            "enterprise.split", enterprise, person, unit=enterprise.unit, other=made.name_zh,
            other_en=made.name_en or made.name_zh, reason=reason.strip(), **told(enterprise),
        )  # fmt: skip
    return made
