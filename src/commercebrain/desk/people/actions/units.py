"""Writes of the tree of units: each leaves the tree of the day before in the history."""

from __future__ import annotations

from datetime import date, timedelta

from django.db import transaction

from commercebrain.desk.core.clock import today
from commercebrain.desk.core.events import record
from commercebrain.desk.people import history
from commercebrain.desk.people.actions.memberships import end, grant
from commercebrain.desk.people.authority import must_manage_region, must_manage_unit, must_not_be_oneself
from commercebrain.desk.people.models import Membership, Person, Unit
from commercebrain.desk.registry.models import Region
from commercebrain.engine.errors import UserError


def create_unit(
    name_zh: str,
    name_en: str,
    region: Region,
    parent: Unit | None = None,
    by: Person | None = None,
    since: date | None = None,
) -> Unit:
    """Adds a unit below ``parent`` (none: a root) and gives it its path; ``since``: the day on which it began."""
    must_manage_unit(by, parent)
    must_manage_region(by, region)
    with transaction.atomic():
        unit = Unit.objects.create(name_zh=name_zh, name_en=name_en, region=region, parent=parent)
        unit.path = f"{parent.path if parent else ''}{unit.pk}/"
        unit.save(update_fields=["path"])
        history.begin(unit, since)
        record("unit.created", unit, by, unit=unit, name=name_zh, name_en=name_en)
    return unit


def move_unit(unit: Unit, parent: Unit | None, by: Person | None = None, seen: int | None = None) -> None:
    """Puts a unit with all below it under another parent from today on.

    Raises :class:`UserError` (``units.circle``) when the new parent stands below the unit itself.
    """
    must_manage_unit(by, unit, parent)
    with transaction.atomic():
        unit = _taken(unit, seen)
        if _place(unit, parent):
            _moved(unit, parent, by)


def edit_unit(
    unit: Unit,
    *,
    name_zh: str,
    name_en: str,
    region: Region,
    parent: Unit | None,
    correction: bool = False,
    by: Person | None = None,
    seen: int | None = None,
) -> Unit:
    """Changes name, region and place of a unit from today on; a ``correction`` says that it was never otherwise."""
    must_manage_unit(by, unit)
    if parent != unit.parent:
        must_manage_unit(by, parent)
    if region.pk != unit.region_id:
        must_manage_region(by, region)
    with transaction.atomic():
        unit = _taken(unit, seen)
        before = (unit.name_zh, unit.name_en, unit.region_id)
        unit.name_zh, unit.name_en, unit.region = name_zh, name_en, region
        if before != (name_zh, name_en, region.pk):
            unit.save(update_fields=["name_zh", "name_en", "region"])
            record(
                "unit.renamed", unit, by, unit=unit, name=name_zh, name_en=name_en, before=before[0],
                before_en=before[1], region=str(region.code),
            )  # fmt: skip
        if unit.parent_id != (parent.pk if parent else None) and _place(unit, parent, correction=correction):
            _moved(unit, parent, by)
        history.remember([unit], today(), correction=correction)
    return unit


def close_unit(unit: Unit, successor: Unit | None, by: Person | None = None, seen: int | None = None) -> Unit:
    """Ends the work of a unit from today on; what it holds stays, and the successor takes it over.

    With a successor its memberships and the units below it go over too. Without one nothing may be left: no role in
    force (``units.has_people``), no open unit below (``units.has_units``).
    """
    must_manage_unit(by, unit, *([successor] if successor else []))
    day = today()
    with transaction.atomic():
        unit = _taken(unit, seen)
        below = list(Unit.objects.filter(parent=unit, closed_on=None))
        held = list(Membership.objects.not_over(day).filter(unit=unit).select_related("person", "role", "unit"))
        if successor is None:
            _must_be_empty(unit, below, held)
        else:
            _must_take_over(unit, successor)
            for child in below:
                child.refresh_from_db()
                _place(child, successor)
            for membership in held:
                must_not_be_oneself(by, membership.person)  # the successor may reach further
                _hand_over(membership, successor, by, day)
            unit.refresh_from_db()
            _place(unit, Unit.objects.get(pk=successor.pk))
        unit.closed_on, unit.successor = day, successor
        unit.save(update_fields=["closed_on", "successor"])
        history.remember([unit], day)
        verb = "unit.merged" if successor else "unit.closed"
        more = {"into": successor.name_zh, "into_en": successor.name_en} if successor else {}
        record(verb, unit, by, unit=unit, name=unit.name_zh, name_en=unit.name_en, **more)
    return unit


def _taken(unit: Unit, seen: int | None) -> Unit:
    """The unit as it stands, with the whole tree locked: two moves at once could close a circle."""
    list(Unit.objects.select_for_update().order_by("pk").values_list("pk", flat=True))
    fresh = Unit.objects.select_related("parent", "region").get(pk=unit.pk)
    fresh.claim(seen)
    if fresh.closed_on is not None:
        raise UserError(
            "units.closed",
            f"“{fresh.name_zh}”已于 {fresh.closed_on} 撤销，不能再修改。",
            f"{fresh.name_en} was closed on {fresh.closed_on} and can no longer be changed.",
        )
    return fresh


def _place(unit: Unit, parent: Unit | None, *, correction: bool = False) -> bool:
    """Gives the unit and all below it their new paths, and the history its row; whether anything changed."""
    if parent is not None and parent.path.startswith(unit.path):
        raise UserError(
            "units.circle",
            f"“{parent.name_zh}”在“{unit.name_zh}”之下，不能作为它的上级；请选择别的上级机构。",
            f"{parent.name_en} stands below {unit.name_en} and cannot be its parent; choose another one.",
        )
    if parent is not None and parent.closed_on is not None:
        raise UserError(
            "units.parent_closed",
            f"“{parent.name_zh}”已撤销，不能作为上级机构；请选择别的上级机构。",
            f"{parent.name_en} is closed and cannot be a parent; choose another one.",
        )
    old, new = unit.path, f"{parent.path if parent else ''}{unit.pk}/"
    if unit.parent_id == (parent.pk if parent else None) and old == new:
        return False
    Unit.objects.filter(pk=unit.pk).update(parent=parent)
    moved = list(Unit.objects.filter(path__startswith=old))
    for below in moved:
        below.path = new + below.path[len(old) :]
    Unit.objects.bulk_update(moved, ["path"])
    unit.parent, unit.path = parent, new
    history.remember(Unit.objects.filter(path__startswith=new), today(), correction=correction)
    return True


def _moved(unit: Unit, parent: Unit | None, by: Person | None) -> None:
    above = {"parent": parent.name_zh if parent else "—", "parent_en": parent.name_en if parent else "—"}
    record("unit.moved", unit, by, unit=unit, name=unit.name_zh, name_en=unit.name_en, **above)


def _must_be_empty(unit: Unit, below: list[Unit], held: list[Membership]) -> None:
    if below:
        names = "、".join(child.name_zh for child in below[:5])
        names_en = ", ".join(child.name_en for child in below[:5])
        raise UserError(
            "units.has_units",
            f"“{unit.name_zh}”之下还有 {len(below)} 个机构（{names}）；请先调整它们，或指定承接机构。",
            f"{len(below)} units stand below {unit.name_en} ({names_en}); move them first, or name a successor.",
        )
    if held:
        names = "、".join(str(membership.person) for membership in held[:5])
        raise UserError(
            "units.has_people",
            f"“{unit.name_zh}”还有 {len(held)} 个在任角色（{names}）；请先收回，或指定承接机构。",
            f"{len(held)} roles are still held in {unit.name_en} ({names}); end them first, or name a successor.",
        )


def _must_take_over(unit: Unit, successor: Unit) -> None:
    if successor.pk == unit.pk or successor.path.startswith(unit.path) or successor.closed_on is not None:
        raise UserError(
            "units.bad_successor",
            f"“{successor.name_zh}”不能承接“{unit.name_zh}”：承接机构必须在用，且不能是它自己或它的下级。",
            f"{successor.name_en} cannot take over {unit.name_en}: a successor is open, and neither the unit itself nor "
            "below it.",
        )


def _hand_over(membership: Membership, successor: Unit, by: Person | None, day: date) -> None:
    """The same role in the successor, from today (or from its coming start) on."""
    chosen, ends = list(membership.chosen.all()), membership.ends
    starts = max(membership.starts, day) if membership.starts else day
    end(membership, by, day - timedelta(days=1))
    grant(
        membership.person, successor, membership.role, None, starts=starts, ends=ends, chosen=chosen,
        firm=membership.firm,
    )  # fmt: skip
