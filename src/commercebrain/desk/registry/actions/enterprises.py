"""Writes of the register of enterprises: entry, the bureau's own facts, contacts, people in charge."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction

from commercebrain.desk.core.clock import today
from commercebrain.desk.core.events import record, record_many
from commercebrain.desk.people.models import Person, Right, Unit
from commercebrain.desk.people.scopes import extent_of
from commercebrain.desk.registry.finding import index_new, keep_found
from commercebrain.desk.registry.models import (
    Enterprise,
    EnterpriseContact,
    EnterpriseOfficer,
    Region,
)
from commercebrain.engine.enterprises import uscc
from commercebrain.engine.errors import UserError

# What the market-supervision register says, and what is the bureau's own.
REGISTER_FACTS = ("name_zh", "uscc", "status", "established_on", "closed_on", "address", "industry", "region")
OWN_FACTS = ("name_en", "township", "size", "tags", "unit")


def must_enter(person: Person | None, enterprise: Enterprise) -> None:
    """``None`` is the system itself; anybody else needs the right to enter in this firm's unit."""
    if person is not None and not Enterprise.objects.enterable_by(person).filter(pk=enterprise.pk).exists():
        raise PermissionDenied


def told(enterprise: Enterprise) -> dict[str, str]:
    """What every event about a firm says of it."""
    return {"name": enterprise.name_zh, "name_en": enterprise.name_en or enterprise.name_zh}


def unit_in_charge(region: Region) -> Unit | None:
    """The county bureau of a region, the nearest one above it where the county has none."""
    here: Region | None = region
    while here is not None:
        unit = Unit.objects.filter(region__code=here.code).order_by("path").first()
        if unit is not None:
            return unit
        here = here.parent
    return None


def checked(values: Mapping[str, Any]) -> dict[str, Any]:
    """The values as they are kept: code cleaned and checked, ``synthetic`` by the code; faults are sentences."""
    kept = {name: value.strip() if isinstance(value, str) else value for name, value in values.items()}
    if "uscc" in kept:
        kept["uscc"] = uscc.check(kept["uscc"])
        kept["synthetic"] = uscc.is_synthetic(kept["uscc"])
    first, last = kept.get("established_on"), kept.get("closed_on")
    if first and last and last < first:
        raise UserError(
            "enterprises.dates",
            f"注销日期 {last} 早于成立日期 {first}，请改正。",
            f"The firm closed on {last}, before it was established on {first}; correct one of them.",
        )
    region = kept.get("region")
    if region is not None and "synthetic" in kept and kept["synthetic"] != region.synthetic:
        raise UserError(
            "enterprises.synthetic_region",
            f"代码 {kept['uscc']} 与地区“{region.name_zh}”不符：虚构企业只能在虚构地区，真实企业只能在真实地区。",
            f"The code {kept['uscc']} does not fit {region.name_en}: invented firms stand in invented regions only, "
            "real ones in real regions.",
        )
    return kept


def taken(code: str) -> UserError:
    """The sentence for a credit code that another row bears."""
    return UserError(
        "enterprises.taken",
        f"统一社会信用代码 {code} 已登记为另一家企业，请先查找并核对。",
        f"The credit code {code} is registered for another enterprise; look that one up first.",
    )


def add_enterprise(person: Person | None, **values: Any) -> Enterprise:
    """Enters a firm. Needs ``uscc``, ``name_zh`` and ``region``; the unit in charge follows from the region.

    Raises :class:`UserError` (``uscc.…``, ``enterprises.dates``, ``enterprises.synthetic_region``,
    ``enterprises.taken``), and ``PermissionDenied`` when the person may not enter in that unit.
    """
    try:
        with transaction.atomic():
            return add_enterprises(person, [values])[0]
    except IntegrityError:
        code = uscc.check(values["uscc"])
        if Enterprise.objects.filter(uscc=code).exists():
            raise taken(code) from None
        raise


def add_enterprises(person: Person | None, rows: Sequence[Mapping[str, Any]]) -> list[Enterprise]:
    """Enters many firms at once, all or none; each row as :func:`add_enterprise` takes it.

    Raises what that raises, but ``IntegrityError`` where a code is registered already.
    """
    extent = None if person is None else extent_of(person, Right.ENTER, today())
    fresh = []
    for values in rows:
        kept = checked(values)
        unit = kept.get("unit") or unit_in_charge(kept["region"])
        if extent is not None and not extent.everything and (unit is None or unit.pk not in extent.units):
            raise PermissionDenied
        fresh.append(Enterprise(**{**kept, "unit": unit}))
    with transaction.atomic():
        made = Enterprise.objects.bulk_create(fresh)
        index_new(made)
        record_many("enterprise.added", ((row, row.unit, {"uscc": row.uscc, **told(row)}) for row in made), person)
    return made


def edit_enterprise(
    person: Person | None, enterprise: Enterprise, values: Mapping[str, Any], seen: int | None
) -> Enterprise:
    """Changes the bureau's own facts (:data:`OWN_FACTS`); others raise :class:`UserError` (``enterprises.register_fact``).

    ``seen`` is the version the editor read; :class:`Conflict` when somebody else was faster.
    """
    must_enter(person, enterprise)
    with transaction.atomic():
        enterprise.claim(seen)
        fresh = Enterprise.objects.select_related("region", "unit").get(pk=enterprise.pk)
        change = _edit(fresh, values)
        if change is not None:
            fresh.save(update_fields=list(change["after"]))
            _edited(person, [(fresh, change)])
    return fresh


def edit_enterprises(
    person: Person | None, edits: Sequence[tuple[int, Mapping[str, Any], int | None]]
) -> list[Enterprise | None]:
    """Changes many firms at once, each ``(id, values, version seen)`` as :func:`edit_enterprise` does, in order.

    None for one that somebody changed since.
    """
    rows = Enterprise.objects if person is None else Enterprise.objects.enterable_by(person)
    with transaction.atomic():
        locked = Enterprise.objects.select_for_update().filter(pk__in=[key for key, _values, _seen in edits])
        versions = dict(locked.order_by("pk").values_list("pk", "version"))
        held = {row.pk: row for row in rows.select_related("region", "township", "unit").filter(pk__in=versions)}
        if versions.keys() - held.keys():
            raise PermissionDenied
        answers: list[Enterprise | None] = []
        changes = []
        for key, values, seen in edits:
            fresh = held.get(key)
            if fresh is None or (seen is not None and fresh.version != seen):
                answers.append(None)
                continue
            change = _edit(fresh, values)
            if change is not None:
                fresh.version += 1
                changes.append((fresh, change))
            answers.append(fresh)
        Enterprise.objects.bulk_update([row for row, _change in changes], [*OWN_FACTS, "version"], batch_size=200)
        _edited(person, changes)
    return answers


def _edit(fresh: Enterprise, values: Mapping[str, Any]) -> dict[str, dict[str, Any]] | None:
    """Sets the values on the row, not saved, and returns what they were and are; none where nothing changes."""
    if wrong := [name for name in values if name not in OWN_FACTS]:
        raise UserError(
            "enterprises.register_fact",
            f"{'、'.join(wrong)} 来自市场监管登记，不能直接修改；请提交变更申请。",
            f"{', '.join(wrong)} come from the market-supervision register and are not edited; ask for a change.",
        )
    kept = checked(values)
    if kept.get("township") is not None and kept["township"].region_id != fresh.region_id:
        raise UserError(
            "enterprises.township",
            f"{kept['township'].name_zh}不在{fresh.region.name_zh}，请改选。",
            f"{kept['township'].name_zh} does not lie in {fresh.region.name_en}; choose another one.",
        )
    changed = {name: value for name, value in kept.items() if getattr(fresh, name) != value}
    if not changed:
        return None
    before = {name: _said(getattr(fresh, name)) for name in changed}
    for name, value in changed.items():
        setattr(fresh, name, value)
    return {"before": before, "after": {name: _said(value) for name, value in changed.items()}}


def _edited(person: Person | None, changes: Sequence[tuple[Enterprise, dict[str, dict[str, Any]]]]) -> None:
    """Brings the search index in step and writes the events of rows that were changed."""
    keep_found([row.pk for row, change in changes if "name_en" in change["after"]])
    rows = ((row, row.unit, {**change, "fields": ", ".join(change["after"]), **told(row)}) for row, change in changes)
    record_many("enterprise.edited", rows, person)


def _said(value: Any) -> Any:
    """A value as an event keeps it."""
    return value if isinstance(value, (list, str, int, type(None))) else str(value)


def add_contact(person: Person | None, enterprise: Enterprise, **values: Any) -> EnterpriseContact:
    """Adds a contact; a new main one takes the place of the old. The event names nobody: it is personal data."""
    must_enter(person, enterprise)
    with transaction.atomic():
        if values.get("main"):
            enterprise.contacts.filter(main=True).update(main=False)
        contact = EnterpriseContact.objects.create(enterprise=enterprise, **values)
        record("enterprise.contact_added", enterprise, person, unit=enterprise.unit, **told(enterprise))
    return contact


def remove_contact(person: Person | None, contact: EnterpriseContact) -> None:
    """Deletes a contact for good, as the law on personal information asks; that it happened stays on record."""
    must_enter(person, contact.enterprise)
    with transaction.atomic():
        enterprise = contact.enterprise
        contact.delete()
        record("enterprise.contact_removed", enterprise, person, unit=enterprise.unit, **told(enterprise))


def put_in_charge(
    person: Person | None, enterprise: Enterprise, officer: Person, line: str = "", starts: date | None = None
) -> EnterpriseOfficer:
    """Makes ``officer`` look after the firm for a line of work from ``starts`` (default: today); twice is once."""
    must_enter(person, enterprise)
    rows = EnterpriseOfficer.objects.filter(enterprise=enterprise, person=officer, line=line, ends=None)
    with transaction.atomic():
        if (there := rows.first()) is not None:
            return there
        made = EnterpriseOfficer.objects.create(
            enterprise=enterprise, person=officer, line=line, starts=starts or today()
        )
        record(
            "enterprise.in_charge", enterprise, person, unit=enterprise.unit, who=officer.name_zh or officer.username,
            who_en=officer.name_en or officer.username, **told(enterprise),
        )  # fmt: skip
    return made


def release(person: Person | None, officer: EnterpriseOfficer) -> None:
    """Ends somebody's charge with yesterday; one that began today is taken away."""
    must_enter(person, officer.enterprise)
    last = today() - timedelta(days=1)
    with transaction.atomic():
        who = officer.person
        if officer.starts and officer.starts > last:
            officer.delete()
        else:
            officer.ends = last
            officer.save(update_fields=["ends"])
        record(
            "enterprise.released", officer.enterprise, person, unit=officer.enterprise.unit,
            who=who.name_zh or who.username, who_en=who.name_en or who.username, **told(officer.enterprise),
        )  # fmt: skip
