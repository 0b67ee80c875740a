"""Rows that the API is asked about in each place, and bodies that fit its writes there."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.core.files.uploadedfile import SimpleUploadedFile

from commercebrain.desk.audits.models import AuditFinding
from commercebrain.desk.core.models import ImportRun, Job
from commercebrain.desk.lists.models import Book, ListVersion
from commercebrain.desk.people.models import Annotation
from commercebrain.desk.plans.models import Target, Task
from commercebrain.desk.registers.models import Entry
from commercebrain.desk.registry.models import Enterprise, EnterpriseChange
from commercebrain.desk.responsibility.models import Adjustment, Assignment, Need

if TYPE_CHECKING:
    from tests.web.planted import Place


def numbers(house: Any, place: Place) -> dict[str, Any]:
    """The rows of a place by the argument that names them; makes those that no page needs."""
    firm = Enterprise.objects.filter(unit=place.unit, merged_into=None).order_by("pk")[0]
    target = Target.objects.filter(document__unit=place.unit).order_by("pk")[0]
    task = Task.objects.filter(document__unit=place.unit).order_by("pk")[0]
    Target.objects.filter(pk=target.pk).update(value=Decimal(2), unit_text="万亿元", target_year=2025)
    Assignment.objects.get_or_create(
        task=task, role="lead", text=place.unit.name_zh, defaults={"unit": place.unit, "since": "2025-01-01"}
    )
    adjustment = Adjustment.objects.get(target=target, state="proposed")
    need = Need.objects.filter(task=task, state="open").order_by("pk")[0]
    return {
        "plan": target.document_id, "target": target.pk, "task": task.pk, "adjustment": adjustment.pk, "need": need.pk,
        "enterprise": firm.pk, "change": EnterpriseChange.objects.filter(enterprise=firm)[0].pk,
        "finding": AuditFinding.objects.get(fingerprint=f"x{place.name}").pk,
        "annotation": Annotation.objects.get(subject_kind="target", subject_id=str(target.pk)).pk,
        "job": Job.objects.filter(person=place.author).order_by("pk")[0].pk,
        "run": ImportRun.objects.get(name="机构.csv").pk,
        "unit": place.unit.pk, "person": place.author.pk, "region": place.region.code, "zone": f"zone-{place.name}",
        "list": "countries", "code": "overseas_zone",
        "entry": Entry.objects.get(register="overseas_zone", key=place.name).pk,
        "list_id": Book.objects.get(unit=place.unit, name_zh="关税清单").pk,
        "version_id": ListVersion.objects.get(book__unit=place.unit, state="draft").pk,
        "proposal": ListVersion.objects.get(book__unit=place.unit, state="proposed").pk,
    }  # fmt: skip


def bodies(house: Any, place: Place, told: dict[str, Any]) -> dict[str, Any]:
    """A body that fits each write of the API, by ``"view METHOD:body"``; a form with a file where it takes one."""
    unit, county = told["unit"], house.regions["330203"].code
    version = {"version": 1}
    reason = {"reason": "核对", **version}
    return {
        f"api:{view}:body": body
        for view, body in {
            "annotations POST": {"subject_kind": "target", "subject_id": str(told["target"]), "text": "请说明口径"},
            "annotation PATCH": {"text": "请说明口径和来源", **version},
            "withdraw_annotation POST": reason,
            "jobs POST": {"kind": "audits.run", "document": told["plan"]},
            "enterprises POST": {"uscc": "91330203MA2AF0000L", "name_zh": "新公司", "region": county},
            "enterprise PATCH": {"tags": ["外贸"], **version},
            "ask_for_change POST": {"uscc": "913302030000000000", "reason": "登记机关通知"},
            "approve_change POST": version, "reject_change POST": {"note": "不符", **version},
            "list_entries POST": {"data": {"name": f"新区{place.name}", "country": "IDN", "level": "municipal"}, "unit": unit},
            "get_entry PATCH": {"data": {"level": "provincial"}, **version},
            "withdraw_entry POST": reason, "restore_entry POST": reason,
            "write_allocations POST": {"values": [{"region": "000000", "year": 2025, "value": 1}], **version},
            "propose_adjustment POST": {"value": 4, "reason": "外部变化", "asked_of": "市人民政府"},
            "approve_adjustment POST": {
                "number": "甬政发〔2025〕5号", "approved_on": "2025-07-18",
                "document": SimpleUploadedFile("批文.pdf", b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\n%%EOF\n"),
            },
            "decline_adjustment POST": {"note": "不予同意"}, "withdraw_adjustment POST": {"note": ""},
            "write_update POST": {"unit": unit, "month": "2025-07", "light": "green", "done": "走访12家"},
            "ask_need POST": {"unit": unit, "to_unit": unit, "text": "请提供名单"},
            "answer_need POST": {"text": "已发送"},
            "imports POST": {"importer": "people.units", "file": SimpleUploadedFile("机构.csv", "中文名称\n某局\n".encode())},
            "map_import POST": {"mapping": ["name_zh"]}, "undo_import POST": {},
            "read_notices POST": {},
            "exposure POST": {"codes": ["8471.30"]},
            "lists POST": {"kind": "tariff_list", "name_zh": f"新清单{place.name}", "unit": unit, "nomenclature": "CN"},
            "list_versions POST": {},
            "version_rows POST": {"rows": [{"data": {"code": "94016140", "rate": 10}}]},
            "take_version_rows POST": {"keys": ["84713001｜"], "reason": "已排除"},
            "propose_version POST": {"document": "公告", "effective_on": "2025-07-21", **version},
            "decide_version POST": {"approve": True, **version},
        }.items()
    }  # fmt: skip
