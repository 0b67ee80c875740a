"""Township offices from a list: which unit looks at the reports of a township first."""

from __future__ import annotations

from collections.abc import Collection
from functools import cached_property
from typing import Any

from django.urls import reverse

from commercebrain.desk.core.clock import today
from commercebrain.desk.core.imports import Found, ImportColumn, Importer, importer, text
from commercebrain.desk.forms import offices
from commercebrain.desk.forms.models import TownshipOffice
from commercebrain.desk.people.authority import units_managed_by
from commercebrain.desk.people.models import Person, Unit
from commercebrain.desk.people.scopes import managed_by
from commercebrain.desk.registry.models import Township
from commercebrain.engine.errors import UserError
from commercebrain.engine.lake.cells import Raw, Say, shown
from commercebrain.engine.lake.dataset import fold


@importer
class TownshipOffices(Importer):
    """Names the offices of townships among the units that the person manages."""

    code = "forms.township_offices"
    zh, en = "乡镇街道审核单位", "Township offices"
    key = ("township",)

    @cached_property
    def columns(self) -> tuple[ImportColumn, ...]:
        """The township and its unit."""
        return (
            ImportColumn("township", "乡镇街道", "Township", required=True, parse=self._township, example="990101001",
                         synonyms=("乡镇", "街道", "乡镇街道代码", "乡镇代码"),
                         note=("九位统计代码，或不重名的全称", "nine-digit code, or a full name that is there once")),
            ImportColumn("unit", "审核单位", "Office", required=True, parse=text(80), example="东门街道办事处",
                         synonyms=("单位", "机构", "机构名称"),
                         note=("系统中已有的机构的中文名称", "Chinese name of a unit that is here")),
        )  # fmt: skip

    @cached_property
    def _townships(self) -> dict[str, list[str]]:
        known: dict[str, list[str]] = {}
        for code, name in Township.objects.values_list("code", "name_zh"):
            for word in {code, fold(name)}:
                known.setdefault(word, []).append(code)
        return known

    def _township(self, raw: Raw) -> Any:
        found = self._townships.get(fold(shown(raw)), [])
        if len(found) > 1:
            return Say(
                f"有 {len(found)} 个同名的乡镇街道，请写九位代码",
                f"names {len(found)} townships; write the nine-digit code",
            )
        return found[0] if found else Say("不是本系统中的乡镇街道", "is no township of this system")

    def address(self) -> str:
        """The townships."""
        return reverse("registry:townships")

    def allowed(self, person: Person) -> bool:
        """Administrators of units."""
        return not managed_by(person, today()).empty

    def existing(self, keys: Collection[tuple[Any, ...]], person: Person) -> dict[tuple[Any, ...], Found]:
        """The offices that townships have."""
        rows = TownshipOffice.objects.filter(township__code__in={key[0] for key in keys})
        return {
            (row.township.code,): Found(
                row.pk, {"township": row.township.code, "unit": row.unit.name_zh}, None, row.township.name_zh
            )
            for row in rows.select_related("township", "unit")
        }

    @staticmethod
    def _unit(name: str, person: Person) -> Unit:
        rows = list(units_managed_by(person).filter(name_zh=name, closed_on=None).select_related("region")[:2])
        if len(rows) == 1:
            return rows[0]
        several = "您管理的机构中有多个叫" if rows else "您管理的机构中没有"
        fault = UserError(
            "offices.unit_unknown",
            f"{several}“{name}”，请核对名称或先导入机构。",
            f"{'Several units' if rows else 'No unit'} that you manage {'are' if rows else 'is'} called “{name}”.",
        )
        fault.field = "unit"
        raise fault

    def check(self, values: dict[str, Any], found: Found | None, person: Person) -> None:
        """Both must be the person's to manage, and lie in one county."""
        offices.must_fit(person, self._place(values["township"]), self._unit(values["unit"], person))

    @staticmethod
    def _place(code: str) -> Township:
        return Township.objects.select_related("region").get(code=code)

    def create(self, values: dict[str, Any], person: Person) -> Found:
        """Names the office by its action."""
        row = offices.name_office(person, self._place(values["township"]), self._unit(values["unit"], person))
        return Found(row.pk)

    def change(self, found: Found, values: dict[str, Any], person: Person) -> Found:
        """Names another office in its place."""
        row = TownshipOffice.objects.select_related("township__region").get(pk=found.id)
        return Found(offices.name_office(person, row.township, self._unit(values["unit"], person)).pk)

    def remove(self, found: Found, person: Person) -> None:
        """Takes the office away again."""
        row = TownshipOffice.objects.select_related("township__region", "unit__region").get(pk=found.id)
        offices.end_office(person, row)
