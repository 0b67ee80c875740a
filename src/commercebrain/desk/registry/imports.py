"""Taking a list of enterprises into the register.

New firms are entered; of firms that are there only the bureau's own facts are changed. A file that says otherwise than the
register about a name, a status, an address or an industry is refused row by row: such facts change by request.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date
from functools import cached_property
from typing import Any

from django.db import IntegrityError, transaction
from django.urls import reverse

from commercebrain.desk.core import fulltext
from commercebrain.desk.core.clock import today
from commercebrain.desk.core.imports import Found, ImportColumn, Importer, choice, day, importer, text
from commercebrain.desk.people.models import Person, Right, Unit
from commercebrain.desk.people.scopes import extent_of
from commercebrain.desk.registry import relations
from commercebrain.desk.registry.actions.enterprises import (
    add_enterprises,
    checked,
    edit_enterprises,
    unit_in_charge,
)
from commercebrain.desk.registry.finding import SUBJECT
from commercebrain.desk.registry.models import Enterprise, Region, Township
from commercebrain.engine.enterprises import uscc
from commercebrain.engine.errors import UserError
from commercebrain.engine.lake.cells import Raw, Say, shown
from commercebrain.engine.lake.dataset import fold

FACTS = ("name_zh", "status", "established_on", "closed_on", "address", "industry", "region")
DATES = ("established_on", "closed_on")


def credit_code(raw: Raw) -> Any:
    """A credit code, checked."""
    said = text(40)(raw)
    if not isinstance(said, str):
        return said
    try:
        return uscc.check(said)
    except UserError as fault:
        return Say(fault.zh.rstrip("。"), fault.en.rstrip("."))


def industry(raw: Raw) -> Any:
    """Four digits."""
    said = text(20)(raw)
    if isinstance(said, str) and not (len(said) == 4 and said.isascii() and said.isdigit()):
        return Say("不是四位行业代码", "is not an industry code of four digits")
    return said


def _labels(choices: Any, english: dict[str, str], chinese: dict[str, str]) -> dict[str, tuple[str, ...]]:
    return {value: (chinese[value], english[value]) for value in choices.values}


STATUS = _labels(
    Enterprise.Status,
    {"existing": "in business", "revoked": "licence revoked", "closed": "deregistered", "moved": "moved away"},
    {"existing": "存续", "revoked": "吊销", "closed": "注销", "moved": "迁出"},
)
SIZE = _labels(
    Enterprise.Size,
    {"large": "large", "medium": "medium", "small": "small", "micro": "micro"},
    {"large": "大型", "medium": "中型", "small": "小型", "micro": "微型"},
)


@importer
class Enterprises(Importer):
    """Enterprises by their credit codes."""

    code = "registry.enterprises"
    zh, en = "企业", "Enterprises"
    key = ("uscc",)

    @cached_property
    def columns(self) -> tuple[ImportColumn, ...]:
        """The facts of the register and the bureau's own; county and township by code or name."""
        return (
            ImportColumn("uscc", "统一社会信用代码", "Credit code", required=True, parse=credit_code, synonyms=("信用代码", "社会信用代码", "USCC")),
            ImportColumn("name_zh", "企业名称", "Name in Chinese", required=True, parse=text(120), synonyms=("单位名称", "公司名称", "名称")),
            ImportColumn("name_en", "英文名称", "Name in English", parse=text(200)),
            ImportColumn("region", "区县", "County", required=True, parse=self._county, synonyms=("所属区县", "地区", "行政区划代码"), note=("名称或六位代码", "name or code of six digits")),
            ImportColumn("township", "乡镇街道", "Township", parse=self._town, synonyms=("街道", "镇街")),
            ImportColumn("address", "地址", "Address", parse=text(200), synonyms=("住所", "注册地址")),
            ImportColumn("industry", "行业代码", "Industry code", parse=industry, synonyms=("国民经济行业代码",)),
            ImportColumn("size", "规模", "Size", parse=choice(SIZE), choices=tuple(zh for zh, _en in SIZE.values())),
            ImportColumn("status", "登记状态", "Status", parse=choice(STATUS), choices=tuple(zh for zh, _en in STATUS.values()), synonyms=("经营状态",)),
            ImportColumn("established_on", "成立日期", "Established", parse=day),
            ImportColumn("closed_on", "注销日期", "Closed", parse=day),
        )  # fmt: skip

    # What every row is held against is read once for the whole list.

    @cached_property
    def _counties(self) -> dict[str, Region]:
        """The counties in force by code."""
        rows = Region.objects.filter(valid_to=None, level=Region.Level.COUNTY).select_related("parent")
        return {str(region.code): region for region in rows}

    @cached_property
    def _county_codes(self) -> dict[str, list[str]]:
        known: dict[str, list[str]] = {}
        for code, region in self._counties.items():
            for word in {code, fold(region.name_zh), fold(region.name_en)}:
                known.setdefault(word, []).append(code)
        return known

    @cached_property
    def _townships(self) -> dict[tuple[int, str], Township]:
        """By county and Chinese name."""
        return {(town.region_id, town.name_zh): town for town in Township.objects.all()}

    @cached_property
    def _town_names(self) -> dict[str, str]:
        return {str(town.code): town.name_zh for town in self._townships.values()}

    @cached_property
    def _units(self) -> dict[str, Unit | None]:
        return {}

    @cached_property
    def _ours(self) -> set[int]:
        """The firms met so far that the person may change."""
        return set()

    def _county(self, raw: Raw) -> Any:
        said = shown(raw).strip()
        found = self._county_codes.get(fold(said), [])
        if len(found) > 1:
            return Say(f"有 {len(found)} 个同名区县，请写代码", f"names {len(found)} counties; write the code")
        return found[0] if found else Say("不是现行区县的名称或代码", "is no name or code of a county in force")

    def _town(self, raw: Raw) -> Any:
        said = text(60)(raw)
        return self._town_names.get(said, said) if isinstance(said, str) else said

    def _in_charge(self, region: Region) -> Unit | None:
        if region.code not in self._units:
            self._units[region.code] = unit_in_charge(region)
        return self._units[region.code]

    def address(self) -> str:
        """The list of firms."""
        return reverse("registry:enterprises")

    def allowed(self, person: Person) -> bool:
        """Whoever enters something for a unit."""
        extent = extent_of(person, Right.ENTER, today())
        return extent.everything or bool(extent.units)

    def existing(self, keys: Collection[tuple[Any, ...]], person: Person) -> dict[tuple[Any, ...], Found]:
        """Firms by code, in or out of sight: what is told of those out of sight is decided in ``check``."""
        rows = Enterprise.objects.select_related("region", "township").filter(uscc__in=[key[0] for key in keys])
        found = {(row.uscc,): _found(row) for row in rows}
        mine = Enterprise.objects.enterable_by(person).filter(
            pk__in=[one.id for one in found.values()], merged_into=None
        )
        self._ours.update(mine.values_list("pk", flat=True))
        return found

    def check(self, values: dict[str, Any], found: Found | None, person: Person) -> None:
        """Scope, register facts of firms that are there, township within the county."""
        if found is None:
            self._may_add(values, person)
        elif found.id not in self._ours:
            raise _on("uscc", "enterprises.not_yours", "这家企业不由您的单位管理", "this enterprise is not your unit's")
        else:
            for name in FACTS:
                held = found.values.get(name)
                if values.get(name) != held:
                    raise _on(
                        name, "enterprises.register_fact",
                        f"登记事项与登记册不同（登记册为“{held or ''}”），请在企业页面申请变更",
                        f"the register says “{held or ''}”; ask for a change on the firm's page",
                    )  # fmt: skip
        if values.get("township"):
            self._township(values)

    def _may_add(self, values: dict[str, Any], person: Person) -> None:
        region = self._counties[values["region"]]
        unit, extent = self._in_charge(region), extent_of(person, Right.ENTER, today())
        if not extent.everything and (unit is None or unit.pk not in extent.units):
            raise _on(
                "region", "enterprises.not_your_county", "这个区县不由您的单位负责", "this county is not your unit's"
            )
        checked({"uscc": values["uscc"], "region": region, **{name: _day(values.get(name)) for name in DATES}})

    def _township(self, values: dict[str, Any]) -> Township:
        region = self._counties.get(values["region"]) or Region.objects.filter(code=values["region"]).latest("pk")
        found = self._townships.get((region.pk, values["township"]))
        if found is None:
            raise _on(
                "township", "enterprises.township",
                f"{region.name_zh}没有“{values['township']}”", f"{region.name_en} has no “{values['township']}”",
            )  # fmt: skip
        return found

    def create_many(self, rows: Sequence[dict[str, Any]], person: Person) -> list[Found | None]:
        """Enters firms together; one by one only where somebody entered one of them in this very moment."""
        given = [self._given(values) for values in rows]
        try:
            with transaction.atomic():
                return [_found(row) for row in add_enterprises(person, given)]
        except IntegrityError:
            if len(given) == 1:
                return [None]
        return [found for values in rows for found in self.create_many([values], person)]

    def _given(self, values: dict[str, Any]) -> dict[str, Any]:
        region = self._counties[values["region"]]
        given = {name: value for name, value in values.items() if value is not None}
        given |= {"region": region, "unit": self._in_charge(region)} | {name: _day(values.get(name)) for name in DATES}
        if given.get("township"):
            given["township"] = self._township(values)
        return given

    def change_many(self, rows: Sequence[tuple[Found, dict[str, Any]]], person: Person) -> list[Found | None]:
        """Changes the bureau's own facts of firms; none for one that moved on."""
        edits = []
        for found, values in rows:
            own = {name: value or "" for name, value in values.items() if name in ("name_en", "size")}
            if "township" in values:
                whole = {**found.values, **values}
                own["township"] = self._township(whole) if values["township"] else None
            edits.append((int(found.id), own, found.version))
        return [None if row is None else _found(row) for row in edit_enterprises(person, edits)]

    def remove_many(self, rows: Sequence[Found], person: Person) -> list[UserError | None]:
        """Takes out firms that the import added, but those that something hangs on by now."""
        ids = [int(found.id) for found in rows]
        kept = relations.hanging(ids)
        free = [pk for pk in ids if pk not in kept]
        Enterprise.objects.filter(pk__in=free).delete()
        fulltext.remove(SUBJECT, free)
        return [_in_use(found) if int(found.id) in kept else None for found in rows]


def _in_use(found: Found) -> UserError:
    return UserError(
        "enterprises.in_use",
        f"“{found.name}”已有联系人、申请、文件或其他内容，不能撤销登记。",
        f"{found.name} has contacts, requests, documents or other rows by now and stays.",
    )


def _on(column: str, kind: str, zh: str, en: str) -> UserError:
    fault = UserError(kind, zh, en)
    fault.field = column
    return fault


def _day(value: str | None) -> date | None:
    return date.fromisoformat(value) if value else None


def _found(row: Enterprise) -> Found:
    values: dict[str, Any] = {
        name: getattr(row, name) or None
        for name in ("uscc", "name_zh", "name_en", "address", "industry", "size", "status")
    }
    values |= {name: str(getattr(row, name)) if getattr(row, name) else None for name in DATES}
    values |= {"region": row.region.code, "township": row.township.name_zh if row.township else None}
    return Found(row.pk, values, row.version, row.name_zh)
