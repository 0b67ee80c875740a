"""Taking a list of enterprises into the register.

New firms are entered; of firms that are there only the bureau's own facts are changed. A file that says otherwise than the
register about a name, a status, an address or an industry is refused row by row: such facts change by request.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from typing import Any

from django.db.models import ProtectedError
from django.urls import reverse

from commercebrain.desk.core import fulltext
from commercebrain.desk.core.clock import today
from commercebrain.desk.core.imports import Found, ImportColumn, Importer, choice, day, importer, text
from commercebrain.desk.people.models import Person, Right
from commercebrain.desk.people.scopes import extent_of
from commercebrain.desk.registry.actions.enterprises import add_enterprise, checked, edit_enterprise, unit_in_charge
from commercebrain.desk.registry.finding import SUBJECT
from commercebrain.desk.registry.models import Enterprise, Region, Township
from commercebrain.engine.enterprises import uscc
from commercebrain.engine.errors import UserError
from commercebrain.engine.lake.cells import Raw, Say

FACTS = ("name_zh", "status", "established_on", "closed_on", "address", "industry", "region")
DATES = ("established_on", "closed_on")


def code(raw: Raw) -> Any:
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
    columns = (
        ImportColumn("uscc", "统一社会信用代码", "Credit code", required=True, parse=code, synonyms=("信用代码", "社会信用代码", "USCC")),
        ImportColumn("name_zh", "企业名称", "Name in Chinese", required=True, parse=text(120), synonyms=("单位名称", "公司名称", "名称")),
        ImportColumn("name_en", "英文名称", "Name in English", parse=text(200)),
        ImportColumn("region", "区县", "County", required=True, synonyms=("所属区县", "地区", "行政区划代码"), note=("名称或六位代码", "name or code of six digits")),
        ImportColumn("township", "乡镇街道", "Township", synonyms=("街道", "镇街")),
        ImportColumn("address", "地址", "Address", parse=text(200), synonyms=("住所", "注册地址")),
        ImportColumn("industry", "行业代码", "Industry code", parse=industry, synonyms=("国民经济行业代码",)),
        ImportColumn("size", "规模", "Size", parse=choice(SIZE), choices=tuple(zh for zh, _en in SIZE.values())),
        ImportColumn("status", "登记状态", "Status", parse=choice(STATUS), choices=tuple(zh for zh, _en in STATUS.values()), synonyms=("经营状态",)),
        ImportColumn("established_on", "成立日期", "Established", parse=day),
        ImportColumn("closed_on", "注销日期", "Closed", parse=day),
    )  # fmt: skip

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
        return {(row.uscc,): _found(row) for row in rows}

    def check(self, values: dict[str, Any], found: Found | None, person: Person) -> None:
        """Scope, register facts of firms that are there, township within the county."""
        region = _region(values.get("region") or (found.values["region"] if found else ""))
        if found is None:
            self._may_add(region, values, person)
        else:
            if not Enterprise.objects.enterable_by(person).filter(pk=found.id, merged_into=None).exists():
                raise _on(
                    "uscc", "enterprises.not_yours", "这家企业不由您的单位管理", "this enterprise is not your unit's"
                )
            for name in FACTS:
                said, held = values.get(name), found.values.get(name)
                if said is not None and (region.code if name == "region" else said) != held:
                    raise _on(
                        name, "enterprises.register_fact",
                        f"登记事项与登记册不同（登记册为“{held or ''}”），请在企业页面申请变更",
                        f"the register says “{held or ''}”; ask for a change on the firm's page",
                    )  # fmt: skip
        if values.get("township"):
            _township(values["township"], region)

    def _may_add(self, region: Region, values: dict[str, Any], person: Person) -> None:
        unit, extent = unit_in_charge(region), extent_of(person, Right.ENTER, today())
        if not extent.everything and (unit is None or unit.pk not in extent.units):
            raise _on(
                "region", "enterprises.not_your_county", "这个区县不由您的单位负责", "this county is not your unit's"
            )
        checked({"uscc": values["uscc"], "region": region, **{name: _day(values.get(name)) for name in DATES}})

    def create(self, values: dict[str, Any], person: Person) -> Found:
        """Enters one firm."""
        region = _region(values["region"])
        given = {name: value for name, value in values.items() if value is not None}
        given |= {"region": region} | {name: _day(values.get(name)) for name in DATES}
        if given.get("township"):
            given["township"] = _township(given["township"], region)
        return _found(add_enterprise(person, **given))

    def change(self, found: Found, values: dict[str, Any], person: Person) -> Found:
        """Changes the bureau's own facts of one firm."""
        row = Enterprise.objects.select_related("region").get(pk=found.id)
        own = {name: value or "" for name, value in values.items() if name in ("name_en", "size")}
        if "township" in values:
            own["township"] = _township(values["township"], row.region) if values["township"] else None
        return _found(edit_enterprise(person, row, own, found.version))

    def remove(self, found: Found, person: Person) -> None:
        """Takes out a firm that the import added, unless something hangs on it by now."""
        row = Enterprise.objects.get(pk=found.id)
        hanging = row.change_requests.exists() or row.merges.exists() or row.contacts.exists() or row.officers.exists()
        try:
            if hanging:
                raise ProtectedError("", set())
            row.delete()
        except ProtectedError:
            raise UserError(
                "enterprises.in_use",
                f"“{row.name_zh}”已有联系人、申请或其他内容，不能撤销登记。",
                f"{row} has contacts, requests or other rows by now and stays.",
            ) from None
        fulltext.remove(SUBJECT, [int(found.id)])


def _on(column: str, kind: str, zh: str, en: str) -> UserError:
    fault = UserError(kind, zh, en)
    fault.field = column  # type: ignore[attr-defined]
    return fault


def _day(value: str | None) -> date | None:
    return date.fromisoformat(value) if value else None


def _region(value: str) -> Region:
    """A county in force by its code or its Chinese or English name."""
    rows = Region.objects.filter(valid_to=None, level=Region.Level.COUNTY)
    for field in ("code", "name_zh", "name_en"):
        found = list(rows.filter(**{field: value})[:2])
        if len(found) == 1:
            return found[0]
        if found:
            raise _on(
                "region",
                "enterprises.region",
                f"有多个区县叫“{value}”，请写代码",
                f"several counties are called “{value}”; write the code",
            )
    raise _on("region", "enterprises.region", f"没有名为“{value}”的现行区县", f"there is no county “{value}” in force")


def _township(value: str, region: Region) -> Township:
    found = (
        Township.objects.filter(region=region, name_zh=value).first()
        or Township.objects.filter(region=region, code=value).first()
    )
    if found is None:
        raise _on(
            "township", "enterprises.township", f"{region.name_zh}没有“{value}”", f"{region.name_en} has no “{value}”"
        )  # fmt: skip
    return found


def _found(row: Enterprise) -> Found:
    values: dict[str, Any] = {
        name: getattr(row, name) or None
        for name in ("uscc", "name_zh", "name_en", "address", "industry", "size", "status")
    }
    values |= {name: str(getattr(row, name)) if getattr(row, name) else None for name in DATES}
    values |= {"region": row.region.code, "township": row.township.name_zh if row.township else None}
    return Found(row.pk, values, row.version, row.name_zh)
