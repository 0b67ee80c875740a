"""Starting a case: its declaration copied, its number taken, its first clocks running."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import IntegrityError, transaction

from commercebrain.desk.cases import clocks, rates
from commercebrain.desk.cases.assigning import owner_of, works_there
from commercebrain.desk.cases.declared import template as declared_template
from commercebrain.desk.cases.models import Case, CaseFirm, StageChange
from commercebrain.desk.cases.numbering import next_number
from commercebrain.desk.cases.refusing import not_yours, refused
from commercebrain.desk.cases.telling import told
from commercebrain.desk.cases.values import lacking, merged
from commercebrain.desk.core.clock import today
from commercebrain.desk.core.events import record
from commercebrain.desk.forms.moment import now
from commercebrain.desk.people.models import Person, Right, Unit
from commercebrain.desk.people.scopes import extent_of, memberships_held
from commercebrain.desk.registry.models import Enterprise, Region
from commercebrain.engine.cases.gates import missing
from commercebrain.engine.cases.kinds import Template, declaration_of

TITLE = 200
SIGNAL, FIRM, OWNER = "signal", "firm", "owner"


def start(
    template: str,
    *,
    unit: Unit,
    region: Region,
    title: tuple[str, str] | str,
    person: Person | None = None,
    enterprise: Enterprise | None = None,
    origin: str = "",
    level: str = "",
    values: Mapping[str, object] | None = None,
    firms: Sequence[Enterprise] = (),
    synthetic: bool = False,
) -> Case:
    """Starts a case of a declared template and returns it; of one ``origin`` the open one is returned instead of a second.

    ``unit`` is where it begins: who answers is found by the template's ``owner``. ``title`` is (Chinese, English) or one
    text for both. ``person`` (none: the system, for a signal) must be one who may start such a case. ``firms`` are named in
    it besides ``enterprise``. Raises :class:`UserError`: no such template, no right, no title, or values that do not fit.
    """
    declared = declared_template(template)
    if person is not None and not may_start(declared, person, unit, enterprise, origin):
        raise not_yours()
    zh, en = (title, title) if isinstance(title, str) else title
    zh, en = zh.strip()[:TITLE], (en or zh).strip()[:TITLE]
    if not zh:
        raise refused("no_title", "请写明事项的标题。", "Give the case a title.", 400)
    if (earlier := _open_of(template, origin)) is not None:
        return earlier
    by_firm = person is not None and _only_firm(person, unit)
    kept, _changed = merged(declared.by_code, {}, values or {}, person, by_firm=by_firm)
    if person is not None and (lacks := missing(declared, declared.first, kept, [{} for _ in firms])):
        raise lacking(lacks)
    owner = owner_of(declared, unit, region, enterprise)
    try:
        with transaction.atomic():
            return _started(
                declared, owner, region, (zh, en), person, enterprise, origin, level, kept,
                [*firms], synthetic or region.synthetic,
            )  # fmt: skip
    except IntegrityError:
        if origin and (earlier := _open_of(template, origin)) is not None:  # somebody else was quicker
            return earlier
        raise


def may_start(
    declared: Template, person: Person, unit: Unit, enterprise: Enterprise | None = None, origin: str = ""
) -> bool:
    """Whether a person may start a case of a template at a unit: by what the template names under ``starts``."""
    extent = extent_of(person, Right.ENTER, today())
    own = extent.everything or unit.pk in extent.units
    words = set()
    if own:
        words.add(OWNER)
        if origin:
            words.add(SIGNAL)
    if enterprise is not None and enterprise.pk in extent.firms:
        words.add(FIRM)
    if own or unit.path in {row.unit.path for row in memberships_held(person.pk, today())}:
        words |= {row.role.code for row in memberships_held(person.pk, today()) if unit.path.startswith(row.unit.path)}
        words -= {"firm"} if FIRM not in words else set()
    return bool(words & set(declared.starts))


def _open_of(template: str, origin: str) -> Case | None:
    if not origin:
        return None
    return Case.objects.filter(template=template, origin=origin, state=Case.State.OPEN).first()


def _only_firm(person: Person, unit: Unit) -> bool:
    extent = extent_of(person, Right.ENTER, today())
    return bool(extent.firms) and not extent.everything and unit.pk not in extent.units


def _started(
    declared: Template, owner: Unit, region: Region, title: tuple[str, str], person: Person | None,
    enterprise: Enterprise | None, origin: str, level: str, values: dict[str, Any],
    firms: list[Enterprise], synthetic: bool,
) -> Case:  # fmt: skip
    moment, day = now(), today()
    case = Case.objects.create(
        template=declared.code, declaration=declaration_of(declared), number=next_number(owner, declared.prefix, day),
        title_zh=title[0], title_en=title[1], unit=owner, region=region, enterprise=enterprise,
        officer=person if works_there(person, owner) else None, level=level, origin=origin, stage=declared.first,
        values=values, firm_sees=declared.firm_sees, synthetic=synthetic, opened_at=moment, opened_on=day,
        stage_since=moment, opened_by=person,
    )  # fmt: skip
    StageChange.objects.create(case=case, target=declared.first, at=moment, on=day, by=person)
    for firm in {one.pk: one for one in firms}.values():
        CaseFirm.objects.create(case=case, enterprise=firm)
    clocks.hear(case, declared, {}, moment, starts=True)
    rates.put(case)
    record("case.started", case, person, owner, kind=declared.name.zh, kind_en=declared.name.en, **told(case))
    return case
