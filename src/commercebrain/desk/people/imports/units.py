"""Units from a list: offices of a tree, each named by its Chinese name and its region."""

from __future__ import annotations

from collections.abc import Collection
from functools import cached_property
from typing import Any

from django.urls import reverse

from commercebrain.desk.core.imports import Found, ImportColumn, Importer, importer, text
from commercebrain.desk.people.actions import close_unit, create_unit, edit_unit
from commercebrain.desk.people.authority import units_managed_by
from commercebrain.desk.people.models import Person, Unit
from commercebrain.desk.people.scopes import managed_by
from commercebrain.desk.registry.models import Region
from commercebrain.engine.errors import UserError
from commercebrain.engine.lake.cells import Raw, Say, shown
from commercebrain.engine.lake.dataset import fold


class Fault(UserError):  # noqa: N818 - an answer for people
    """A refusal that names its column."""

    def __init__(self, field: str, code: str, zh: str, en: str) -> None:
        super().__init__(code, zh, en)
        self.field = field


@importer
class Units(Importer):
    """Adds units below those that the person manages, and changes their names and places."""

    code = "people.units"
    zh, en = "机构", "Units"
    key = ("name_zh", "region")

    @cached_property
    def columns(self) -> tuple[ImportColumn, ...]:
        """Names, region, and the unit above."""
        above = (
            "系统中已有或本表中列在前面的机构的中文名称",
            "Chinese name of a unit that is here or stands above in the list",
        )
        return (
            ImportColumn("name_zh", "机构名称", "Name in Chinese", required=True, parse=text(80), example="示例区商务局",
                         synonyms=("单位名称", "中文名称", "名称", "单位")),
            ImportColumn("name_en", "英文名称", "Name in English", required=True, parse=text(120),
                         example="Sample District Bureau of Commerce", synonyms=("英文名",)),
            ImportColumn("region", "行政区划", "Region", required=True, parse=self._region, example="990101",
                         synonyms=("地区", "行政区划代码", "区划代码", "所在地区"),
                         note=("六位行政区划代码或地区全称", "six-digit code or full name of the region")),
            ImportColumn("parent", "上级机构", "Unit above", required=True, parse=text(80), example="示例市商务局",
                         synonyms=("上级单位", "上级", "隶属单位"), note=above),
        )  # fmt: skip

    @cached_property
    def _regions(self) -> dict[str, list[str]]:
        known: dict[str, list[str]] = {}
        for code, zh, en in Region.objects.values_list("code", "name_zh", "name_en"):
            for word in {code, fold(zh), fold(en)}:
                known.setdefault(word, []).append(code)
        return known

    def _region(self, raw: Raw) -> Any:
        found = self._regions.get(fold(shown(raw)), [])
        if len(found) > 1:
            return Say(
                f"有 {len(found)} 个同名地区，请写六位代码", f"names {len(found)} regions; write the six-digit code"
            )
        return found[0] if found else Say("不是本系统中的地区", "is no region of this system")

    @cached_property
    def _coming(self) -> set[str]:
        """Names of units that earlier rows of the list will add."""
        return set()

    def address(self) -> str:
        """The tree."""
        return reverse("people:units")

    def allowed(self, person: Person) -> bool:
        """Administrators of units."""
        from commercebrain.desk.core.clock import today

        return not managed_by(person, today()).empty

    def existing(self, keys: Collection[tuple[Any, ...]], person: Person) -> dict[tuple[Any, ...], Found]:
        """Open units with these names and regions; a closed one may be founded anew."""
        names, regions = {key[0] for key in keys}, {key[1] for key in keys}
        rows = Unit.objects.filter(closed_on=None, name_zh__in=names, region__code__in=regions)
        found = {}
        for unit in rows.select_related("region", "parent"):
            values = {
                "name_zh": unit.name_zh,
                "name_en": unit.name_en,
                "region": str(unit.region.code),
                "parent": unit.parent.name_zh if unit.parent else None,
            }
            found[unit.name_zh, str(unit.region.code)] = Found(unit.pk, values, unit.version, unit.name_zh)
        return found

    def _above(self, name: str, person: Person) -> Unit:
        rows = list(units_managed_by(person).filter(name_zh=name, closed_on=None)[:2])
        if len(rows) == 1:
            return rows[0]
        if rows:
            raise Fault(
                "parent",
                "units.parent_ambiguous",
                f"您管理的机构中有多个叫“{name}”，分不清是哪一个；请在页面上逐个维护",
                f"several units that you manage are called “{name}”; enter this one on its page",
            )
        raise Fault(
            "parent",
            "units.parent_unknown",
            f"“{name}”不是您管理的机构，也没有列在本表前面；请核对名称，或由其管理员导入",
            f"“{name}” is no unit that you manage, nor does it stand earlier in the list; check the name",
        )

    def check(self, values: dict[str, Any], found: Found | None, person: Person) -> None:
        """The unit above must be managed by the person, and so must a unit that is changed."""
        if found is not None and not units_managed_by(person).filter(pk=found.id).exists():
            raise Fault(
                "name_zh",
                "units.not_managed",
                f"“{found.name}”不在您管理的范围内，不能修改",
                f"“{found.name}” is not among the units that you manage and cannot be changed",
            )
        above = values.get("parent")
        if above is None and found is not None:
            return  # a root stays a root
        if above not in self._coming:
            self._above(str(above), person)
        self._coming.add(values["name_zh"])

    def create(self, values: dict[str, Any], person: Person) -> Found:
        """Adds the unit by its action."""
        region = Region.objects.get(code=values["region"])
        above = self._above(values["parent"], person)
        unit = create_unit(values["name_zh"], values["name_en"], region, above, by=person)
        unit.refresh_from_db()
        return Found(unit.pk, version=unit.version)

    def change(self, found: Found, values: dict[str, Any], person: Person) -> Found:
        """Changes name or place by its action."""
        unit = Unit.objects.select_related("region", "parent").get(pk=found.id)
        above = unit.parent
        if "parent" in values:
            above = self._above(values["parent"], person) if values["parent"] else None
        changed = edit_unit(
            unit, name_zh=unit.name_zh, name_en=values.get("name_en", unit.name_en), region=unit.region, parent=above,
            by=person, seen=found.version,
        )  # fmt: skip
        changed.refresh_from_db()
        return Found(changed.pk, version=changed.version)

    def remove(self, found: Found, person: Person) -> None:
        """Closes the unit again: what happened is never forgotten, so the row itself stays."""
        close_unit(Unit.objects.get(pk=found.id), None, by=person, seen=found.version)
