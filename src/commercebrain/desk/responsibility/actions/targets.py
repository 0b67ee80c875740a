"""Writes about targets: their nature, their parts, the adjustments that the issuing organ approves."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import transaction

from commercebrain.desk.core.clock import today
from commercebrain.desk.core.events import record
from commercebrain.desk.people.models import Person
from commercebrain.desk.plans.actions.permission import check_row
from commercebrain.desk.plans.models import Nature, Target
from commercebrain.desk.plans.outlook import terms_of
from commercebrain.desk.responsibility.models import Adjustment, Allocation
from commercebrain.desk.responsibility.permission import check_other
from commercebrain.desk.responsibility.steps import ADJUSTMENT, take
from commercebrain.engine.documents import document_number
from commercebrain.engine.errors import UserError
from commercebrain.engine.outlook.breakdown import turns_back

Cell = tuple[str, int]  # region code, year


def set_nature(
    person: Person | None, target: Target, nature: str, clause: str, reason: str, version: int | None = None
) -> Target:
    """Says whether ``target`` is binding or expected, with the clause and the reason; "" goes back to the plan's word.

    Raises :class:`UserError` (``targets.nature_reason``) without clause and reason.
    """
    check_row(person, target)
    clause, reason = clause.strip()[:300], reason.strip()
    if nature and not (nature in Nature.values and clause and reason):
        raise UserError(
            "targets.nature_reason",
            "认定为约束性或预期性须写明依据的条款和理由。",
            "Say on which clause and why the target is binding or expected.",
        )
    with transaction.atomic():
        target.claim(version)
        before = target.nature
        target.nature_set, target.nature_clause, target.nature_reason = nature, clause, reason
        target.save(update_fields=["nature_set", "nature_clause", "nature_reason"])
        record(
            "target.nature_set", target, person, target.document.unit,
            name=target.indicator_text, before=before, after=target.nature, clause=clause, reason=reason,
            nature={"binding": "约束性", "expected": "预期性"}.get(target.nature, "未注明"),
            nature_en=target.nature or "not said",
        )  # fmt: skip
    return target


def _cells(target: Target, values: Mapping[Cell, Decimal | None]) -> dict[Cell, Decimal | None]:
    last = target.in_force(today()).target_year or 2100
    for code, year in values:
        if not (target.base_year or 1990) < year <= last:
            raise UserError(
                "breakdown.year",
                f"{code} 的年份 {year} 不在基期之后、目标年（{last}）之前，请改正。",
                f"The year {year} of {code} is not after the base and up to the target year ({last}); correct it.",
            )
    return dict(values)


def allocate(
    person: Person | None,
    target: Target,
    values: Mapping[Cell, Decimal | None],
    *,
    reason: str = "",
    seen: int | None = None,
) -> int:
    """Writes the parts of ``target``: (region code, year) → value in the target's unit, None takes a part away.

    Cells that are not in ``values`` stay. Returns how many changed; all or none are written. Raises ``Conflict`` when
    the target has moved on since version ``seen``, :class:`UserError` for a region that is no part of the target's,
    a year outside it, or a path that turns back without a reason.
    """
    check_row(person, target)
    if target.region is None:
        raise UserError(
            "breakdown.no_region",
            "目标没有对应的行政区划，不能分解到区县。",
            "The target has no administrative region, so it has no counties to be broken down to.",
        )
    wanted = _cells(target, values)
    places = {region.code: region for region in target.region.children.valid_on(today())}
    if unknown := sorted({code for code, _ in wanted} - set(places)):
        raise UserError(
            "breakdown.not_below",
            f"{'、'.join(unknown)} 不是{target.region.name_zh}下辖的区县，请改正。",
            f"{', '.join(unknown)} is no part of {target.region.name_en}; correct it.",
        )
    with transaction.atomic():
        target.claim(seen)
        held = {(row.region.code, row.year): row for row in target.allocations.select_related("region")}
        _check_paths(target, held, wanted, places, reason)
        changed = []
        for (code, year), value in wanted.items():
            row = held.get((code, year))
            if (row.value if row else None) == value:
                continue
            changed.append([code, year, row.value if row else None, value])
            if row is None:
                row = Allocation(target=target, region=places[code], year=year)
            if value is None:
                row.delete()
                continue
            row.value, row.unit_text, row.entered_by, row.entered_on = value, target.unit_text, person, today()
            row.reason = reason.strip() or row.reason
            row.version += 1 if row.pk else 0
            row.save()
        if changed:
            record(
                "target.broken_down", target, person, target.document.unit,
                name=target.indicator_text, count=len(changed), changed=changed, reason=reason.strip(),
            )  # fmt: skip
    return len(changed)


def _check_paths(
    target: Target,
    held: dict[Cell, Allocation],
    wanted: dict[Cell, Decimal | None],
    places: dict[str, Any],
    reason: str,
) -> None:
    whole = {**{cell: row.value for cell, row in held.items()}, **wanted}
    terms = terms_of(target)
    for code in {code for code, _ in wanted}:
        path = {year: value for (place, year), value in whole.items() if place == code and value is not None}
        back = turns_back(path, terms.kind, terms.direction)
        if back and not reason.strip():
            name = places[code]
            years = "、".join(map(str, back))
            raise UserError(
                "breakdown.turns_back",
                f"{name.name_zh}在 {years} 年的分解值与目标方向相反；确需如此，请写明理由。",
                f"The path of {name.name_en} turns back in {', '.join(map(str, back))}; if that is meant, say why.",
            )


def in_force(target: Target) -> dict[str, Any]:
    """What is in force today, as a proposal keeps it."""
    live = target.in_force(today())
    return {
        "value": None if live.value is None else str(live.value),
        "value_high": None if live.value_high is None else str(live.value_high),
        "target_year": live.target_year,
        "schedule": live.schedule,
    }


def propose(
    person: Person | None,
    target: Target,
    *,
    reason: str,
    asked_of: str,
    value: Decimal | None = None,
    value_high: Decimal | None = None,
    year: int | None = None,
    schedule: dict[int, Decimal] | None = None,
    evidence: str = "",
) -> Adjustment:
    """Proposes a change of ``target`` to the issuing organ ``asked_of``; what is None stays as it is.

    Raises :class:`UserError` when nothing would change, a reason is missing, or a proposal is open already.
    """
    check_row(person, target)
    old = in_force(target)
    if value is not None and old["value"] is not None and value == Decimal(old["value"]) and value_high is None:
        value = None
    year = None if year == old["target_year"] else year
    if value is None and year is None and schedule is None:
        raise UserError(
            "adjustments.nothing",
            "没有提出任何变动：请填写新的目标值、年份或分年进度。",
            "Nothing would change: enter a new value, year or schedule.",
        )
    if not reason.strip() or not asked_of.strip():
        raise UserError(
            "adjustments.no_reason",
            "请写明调整的理由和报请的制定机关。",
            "Say why the target should change and which organ is asked.",
        )
    with transaction.atomic():
        target.claim(None)
        if target.adjustments.filter(state="proposed").exists():
            raise UserError(
                "adjustments.open_already",
                "这项目标已有一份待审定的调整申请，请先办结或撤回。",
                "A proposal for this target is open already; have it decided or withdraw it first.",
            )
        made = Adjustment.objects.create(
            target=target, old=old, new_value=value, new_value_high=value_high, new_year=year,
            new_schedule=None if schedule is None else {str(y): str(v) for y, v in sorted(schedule.items())},
            reason=reason.strip(), evidence=evidence.strip(), asked_of=asked_of.strip()[:80],
            proposed_by=person, proposed_on=today(),
        )  # fmt: skip
        record(
            "adjustment.proposed", made, person, target.document.unit,
            name=target.indicator_text, organ=made.asked_of, reason=made.reason, target=target.pk,
        )  # fmt: skip
    return made


def approve(
    person: Person | None,
    adjustment: Adjustment,
    *,
    number: str,
    approved_on: date,
    document: Any,
    effective_on: date | None = None,
) -> Adjustment:
    """Records the issuing organ's approval: the adjusted value counts from ``effective_on`` (default: that day).

    ``document`` is the approving document as a file with a name. Raises ``NotPermitted`` for the proposer (two persons
    are needed), :class:`UserError` for an implausible number, a day in the future or no document.
    """
    check_row(person, adjustment)
    check_other(person, adjustment.proposed_by)
    proper = document_number(number, approved_on)
    effective = effective_on or approved_on
    if approved_on > today() or effective < approved_on:
        raise UserError(
            "adjustments.dates",
            f"批准日期 {approved_on} 不能晚于今天，生效日期 {effective} 不能早于批准日期。",
            f"The approval ({approved_on}) cannot lie after today, nor take effect ({effective}) before it was given.",
        )
    if not document:
        raise UserError(
            "adjustments.no_document",
            "请上传批准文件；没有批准文件的调整不能生效。",
            "Attach the approving document; without it an adjustment cannot take effect.",
        )
    with transaction.atomic():
        take(
            adjustment, ADJUSTMENT, "approve", approval_number=proper, approved_on=approved_on, effective_on=effective,
            document=_kept(adjustment, document), document_name=str(document.name)[-200:],
            closed_by=person, closed_on=today(),
        )  # fmt: skip
        adjustment.target.claim(None)
        record(
            "adjustment.approved", adjustment, person, adjustment.target.document.unit,
            name=adjustment.target.indicator_text, number=proper, day=effective, target=adjustment.target_id,
        )  # fmt: skip
    return adjustment


def _kept(adjustment: Adjustment, document: Any) -> str:
    """Stores the file and returns where it is kept."""
    field = Adjustment._meta.get_field("document")
    name = field.generate_filename(adjustment, document.name)
    return str(field.storage.save(name, document, max_length=field.max_length))


def decline(person: Person | None, adjustment: Adjustment, note: str) -> Adjustment:
    """Records that the issuing organ declined, with its words; not by the proposer."""
    check_row(person, adjustment)
    check_other(person, adjustment.proposed_by)
    if not note.strip():
        raise UserError("adjustments.no_note", "请写明不予批准的意见。", "Give the organ's reason for declining.")
    return _close(person, adjustment, "decline", note)


def withdraw(person: Person | None, adjustment: Adjustment, note: str = "") -> Adjustment:
    """Takes an open proposal back; it stays in the history."""
    check_row(person, adjustment)
    return _close(person, adjustment, "withdraw", note)


def _close(person: Person | None, adjustment: Adjustment, step: str, note: str) -> Adjustment:
    with transaction.atomic():
        take(adjustment, ADJUSTMENT, step, closed_by=person, closed_on=today(), closing_note=note.strip())
        verb = "adjustment.declined" if step == "decline" else "adjustment.withdrawn"
        record(
            verb, adjustment, person, adjustment.target.document.unit,
            name=adjustment.target.indicator_text, note=note.strip(), target=adjustment.target_id,
        )  # fmt: skip
    return adjustment
