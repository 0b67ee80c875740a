"""Makes, in the demonstration, one of everything that only work brings about, so that every kind of page can be opened.

The rows are made by the same actions that the pages call; the code runs inside the installation (``inside``), the
answer is a table: view, or view and state → the account that looks, and the address.
"""

from __future__ import annotations

import csv
import io
from datetime import timedelta
from typing import Any

Addresses = dict[str, tuple[str, str]]

CODE = """
from tests.browser.prepared import prepare
answer = prepare()
"""


def prepare() -> Addresses:
    """Makes the rows; idempotent is not asked: it is called once for a copy of the demonstration."""
    from tests.browser import prepared_cases as cases
    from tests.browser import prepared_reporting as reporting
    from tests.browser import prepared_warnings as warnings

    found: Addresses = {}
    _colleagues()
    for make in (
        _people, _imports, _firms, _registers, _responsibility, reporting.books, reporting.exposure, reporting.reports,
        warnings.warnings, cases.cases, cases.ranking, _notices, _lists, _plans,
    ):  # fmt: skip
        found |= make()
    return found


def account(username: str) -> Any:
    """The person with a user name."""
    from commercebrain.desk.people.models import Person

    return Person.objects.get(username=username)


def _work() -> None:
    """Does what is queued, as the worker would; the worker of the site is not running yet."""
    from commercebrain.desk.core.jobs.running import run_job
    from commercebrain.desk.core.models import Job

    for number in Job.objects.filter(state=Job.State.QUEUED).order_by("pk").values_list("pk", flat=True):
        run_job.func(number)


def _colleagues() -> None:
    """More accounts with the password of the demonstration: who approves in the invented city, and new colleagues."""
    from pathlib import Path

    from django.conf import settings

    from commercebrain.desk.people import actions
    from commercebrain.desk.people.models import Role, Unit
    from commercebrain.operations.demo import password

    word = password(Path(settings.HOME))
    unit = Unit.objects.get(name_zh="示例市商务局")
    for username, zh, en in (
        ("zhuren", "示例市综合科（演示）", "Shili general office (demo)"),
        ("xinren", "新同事（演示）", "New colleague (demo)"),
        ("yingwen", "外语人员（演示）", "English reader (demo)"),
    ):
        person = actions.create_person(username, word, zh, en, home=unit)
        actions.grant(person, unit, Role.objects.get(code="plan_office"))


def _people() -> Addresses:
    from commercebrain.desk.access import tokens
    from commercebrain.desk.core.clock import today
    from commercebrain.desk.people import actions
    from commercebrain.desk.people.models import Membership, Right
    from commercebrain.desk.people.subjects import find_subject
    from commercebrain.desk.plans.models import Target

    shili, jiaqu, pinggu = account("shili"), account("jiaqu"), account("pinggu")
    held = Membership.objects.get(person=shili)
    actions.delegate(
        held, jiaqu, today(), today() + timedelta(days=14), [Right.SEE, Right.FIND], by=shili, reason="出差期间代为查看"
    )
    target = Target.objects.visible_to(pinggu).order_by("pk")[0]
    subject = find_subject(pinggu, "target", str(target.pk))
    assert subject is not None
    remark = actions.annotate(subject, "请说明该指标的统计口径与数据来源。", pinggu)
    tokens.create(account("tongji"), "报表程序", "read", 90)
    who = account("tongji")
    unit, who = who.memberships.get().unit_id, who.pk
    return {
        "people:delegations": ("shili", "/delegations/"),
        "people:annotation": ("pinggu", f"/annotations/{remark.pk}/"),
        "people:annotation_withdraw": ("pinggu", f"/annotations/{remark.pk}/withdraw/"),
        "people:annotate": ("pinggu", f"/annotations/new/target/{target.pk}/"),
        "people:unit": ("admin", f"/units/{unit}/"),
        "people:unit_edit": ("admin", f"/units/{unit}/edit/"),
        "people:unit_close": ("admin", f"/units/{unit}/close/"),
        "people:person": ("admin", f"/persons/{who}/"),
        "people:person_edit": ("admin", f"/persons/{who}/edit/"),
        "people:grant": ("admin", f"/persons/{who}/grant/"),
        "access:person": ("admin", f"/persons/{who}/access/"),
        "access:security a token": ("tongji", "/accounts/security/"),
    }


UNITS = ["机构名称", "英文名称", "行政区划", "上级机构"]
GIVEN = [
    ["宁波市商务局外资处", "Foreign Investment Section, Ningbo", "330200", "宁波市商务局"],
    ["宁波市商务局统计科", "Statistics Section, renamed", "330200", "宁波市商务局"],
    ["某处", "A section", "000000", "宁波市商务局"],
]


def table(headings: list[str], rows: list[list[str]]) -> bytes:
    """A csv file as a spreadsheet program writes it."""
    out = io.StringIO()
    csv.writer(out).writerows([headings, *rows])
    return b"\xef\xbb\xbf" + out.getvalue().encode()


def _imports() -> Addresses:
    from django.core.files.uploadedfile import SimpleUploadedFile

    from commercebrain.desk.core.imports import actions
    from commercebrain.desk.core.imports.declaring import find_importer
    from commercebrain.desk.core.models import ImportRun

    admin = account("admin")
    importer = find_importer("people.units", "", admin)
    assert importer is not None

    def uploaded(name: str, headings: list[str], rows: list[list[str]]) -> ImportRun:
        run = actions.upload(importer, SimpleUploadedFile(name, table(headings, rows)), admin)
        _work()
        run.refresh_from_db()
        return run

    mapping = uploaded("列名不同.csv", ["甲", "乙", "丙", "丁"], GIVEN)
    ready = uploaded("待应用.csv", UNITS, GIVEN)
    applied = uploaded("已应用.csv", UNITS, [["宁波市商务局自贸处", "Free Trade Section", "330200", "宁波市商务局"]])
    actions.apply(applied, admin)
    undone = uploaded("已撤销.csv", UNITS, [["宁波市商务局内贸处", "Domestic Trade Section", "330200", "宁波市商务局"]])
    actions.apply(undone, admin)
    _work()
    undone.refresh_from_db()
    actions.undo(undone, admin)
    _work()
    running = uploaded("比对中.csv", UNITS, GIVEN)
    actions.compare(running, importer, admin)
    return {
        "core:import mapping": ("admin", f"/imports/{mapping.pk}/"),
        "core:import": ("admin", f"/imports/{ready.pk}/"),
        "core:import applied": ("admin", f"/imports/{applied.pk}/"),
        "core:import undone": ("admin", f"/imports/{undone.pk}/"),
        "core:import running": ("admin", f"/imports/{running.pk}/"),
        "core:import_rows": ("admin", f"/imports/{ready.pk}/rows/"),
        "core:new_import": ("admin", "/imports/new/people.units/"),
    }


def _firms() -> Addresses:
    from commercebrain.desk.registry.actions import enterprises, merges, requests
    from commercebrain.desk.registry.models import Code, Enterprise, Zone

    jiaqu, shili = account("jiaqu"), account("shili")
    own = Enterprise.objects.enterable_by(jiaqu).filter(status="existing").order_by("pk")
    firm, other, double = own[0], own[1], own[2]
    change = requests.ask_for_change(jiaqu, firm, {"address": "示例市甲区外贸路18号"}, "登记机关已变更住所")
    enterprises.put_in_charge(jiaqu, firm, jiaqu)
    merge = merges.merge(shili, other, double, "同一家企业登记了两次")
    code = Code.objects.filter(list="country").order_by("pk")[0]
    trade = Code.objects.filter(list="product").order_by("pk")[0]
    pages = {
        "registry:enterprise": f"/enterprises/{firm.pk}/",
        "registry:enterprise documents": f"/enterprises/{firm.pk}/?tab=documents",
        "registry:enterprise history": f"/enterprises/{other.pk}/?tab=history",
        "registry:enterprise_add": "/enterprises/new/",
        "registry:enterprise_edit": f"/enterprises/{firm.pk}/edit/",
        "registry:change_ask": f"/enterprises/{other.pk}/change/",
        "registry:changes": "/enterprises/changes/",
        "registry:contacts": f"/enterprises/{firm.pk}/contacts/",
        "registry:contact_add": f"/enterprises/{firm.pk}/contacts/new/",
        "registry:officer_add": f"/enterprises/{firm.pk}/officers/new/",
    }
    zone = Zone.objects.order_by("pk")[0]
    return {name: ("jiaqu", address) for name, address in pages.items()} | {
        "registry:change": ("shili", f"/enterprises/changes/{change.pk}/"),
        "registry:merges": ("shili", "/enterprises/merges/"),
        "registry:merge": ("shili", f"/enterprises/merges/{merge.pk}/"),
        "registry:merging": ("shili", f"/enterprises/{firm.pk}/merge/"),
        "registry:code": ("juzhang", f"/codes/country/{code.pk}/"),
        "registry:code of a product": ("juzhang", f"/codes/product/{trade.pk}/"),
        "registry:zone": ("juzhang", f"/zones/{zone.code}/"),
    }


def _registers() -> Addresses:
    from commercebrain.desk.registers import actions
    from commercebrain.desk.registers.declared import registers

    shili = account("shili")
    register = registers()["warning_point"]
    unit = shili.memberships.get().unit
    row = {"kind": "行业协会型", "level": "省级", "person": "某人", "phone": "0575-85000000"}
    entry = actions.create(register, shili, {"name": "示例行业协会预警点", **row}, unit=unit)
    gone = actions.create(register, shili, {"name": "示例纺织预警点", **row}, unit=unit)
    actions.withdraw(gone, register, shili, None, "登记有误")
    at = "/registers/warning_point/"
    return {
        "registers:registers": ("shili", "/registers/"),
        "registers:list": ("shili", at),
        "registers:list of the city": ("juzhang", "/registers/cooperation_park/"),
        "registers:withdrawn": ("shili", f"{at}withdrawn/"),
        "registers:new": ("shili", f"{at}new/"),
        "registers:entry": ("shili", f"{at}{entry.pk}/"),
        "registers:edit": ("shili", f"{at}{entry.pk}/edit/"),
        "registers:withdraw": ("shili", f"{at}{entry.pk}/withdraw/"),
        "registers:restore": ("shili", f"{at}{gone.pk}/restore/"),
        "registers:reveal": ("shili", f"{at}{entry.pk}/reveal/"),
    }


def _responsibility() -> Addresses:
    from commercebrain.desk.core.clock import today
    from commercebrain.desk.plans.models import Target, Task
    from commercebrain.desk.responsibility.actions import tasks, updates
    from commercebrain.desk.responsibility.models import Adjustment, Assignment

    shili, jiaqu = account("shili"), account("jiaqu")
    unit = shili.memberships.get().unit
    led = Assignment.objects.filter(unit=unit, role="lead", task__in=Task.objects.enterable_by(shili)).order_by("pk")
    task = led[0].task
    piece = tasks.save_subtask(shili, task, title="摸清企业名单", unit=unit)
    need = updates.ask(shili, task, unit, jiaqu.memberships.get().unit, "请提供本区企业名单")
    wish = tasks.ask_deadline(shili, task, today().replace(year=today().year + 1), "土地指标尚未落实")
    change = Adjustment.objects.get(state="proposed")
    target = Target.objects.enterable_by(shili).exclude(pk=change.target_id).order_by("pk")[0]
    months = f"/tasks/{task.pk}/updates/{unit.pk}"
    pages = {
        "task": f"/tasks/{task.pk}/",
        "breakdown": f"/targets/{target.pk}/breakdown/",
        "nature": f"/targets/{target.pk}/nature/",
        "propose": f"/targets/{target.pk}/adjust/",
        "adjustment": f"/adjustments/{change.pk}/",
        "update": f"{months}/2025-07/",
        "ask": f"/tasks/{task.pk}/needs/{unit.pk}/",
        "assign": f"/tasks/{task.pk}/assign/",
        "add_subtask": f"/tasks/{task.pk}/subtask/",
        "subtask": f"/subtasks/{piece.pk}/",
        "ask_deadline": f"/tasks/{led[1].task_id}/deadline/",
        "assignment": f"/assignments/{led[0].pk}/",
        "needs": "/needs/",
    }
    found = {f"responsibility:{name}": ("shili", address) for name, address in pages.items()}
    return found | {
        "responsibility:approve": ("zhuren", f"/adjustments/{change.pk}/approve/"),
        "responsibility:reopen": ("zhuren", f"{months}/2025-03/reopen/"),
        "responsibility:decide_deadline": ("zhuren", f"/deadlines/{wish.pk}/"),
        "responsibility:need": ("jiaqu", f"/needs/{need.pk}/"),
    }


def _notices() -> Addresses:
    from commercebrain.desk.core.models import Event
    from commercebrain.desk.notices.dispatch import dispatch
    from commercebrain.desk.notices.models import Call, Endpoint
    from commercebrain.desk.notices.sending import stop_token

    admin, jiaqu = account("admin"), account("jiaqu")
    unit = admin.memberships.get().unit
    endpoint = Endpoint.objects.create(
        name="电子政务平台", url="https://platform.example/commerce", unit=unit, secret="whsec_AAAA", made_by=admin
    )
    for event, state in zip(Event.objects.order_by("-pk")[:2], (Call.State.FAILED, Call.State.DONE), strict=True):
        Call.objects.create(endpoint=endpoint, event=event, state=state)
    dispatch()
    return {
        "notices:notices": ("jiaqu", "/notices/"),
        "notices:settings": ("jiaqu", "/notices/settings/"),
        "notices:stop": ("", f"/notices/stop/{stop_token(jiaqu, 'plans')}/"),
        "notices:endpoints": ("admin", "/receivers/"),
        "notices:new_endpoint": ("admin", "/receivers/new/"),
        "notices:endpoint": ("admin", f"/receivers/{endpoint.pk}/"),
    }


def _lists() -> Addresses:
    from commercebrain.desk.core.models import Job, SavedView

    shili = account("shili")
    view = SavedView.objects.create(
        person=shili, address="/enterprises/", list_title="企业", name="存续的大型企业", query="status=existing&size=large",
        shared_with=shili.memberships.get().unit,
    )  # fmt: skip
    done = Job.objects.filter(state=Job.State.DONE).order_by("pk")[0]
    return {
        "core:views": ("shili", "/views/"),
        "core:view": ("shili", f"/views/{view.pk}/"),
        "core:job": ("admin", f"/jobs/{done.pk}/"),
        "core:schedule": ("admin", "/jobs/schedule/"),
        "core:chain": ("admin", "/events/chain/"),
    }


def _plans() -> Addresses:
    from commercebrain.desk.audits.models import AuditFinding
    from commercebrain.desk.plans.models import Document

    first, second = Document.objects.order_by("pk").values_list("pk", flat=True)[:2]
    between = AuditFinding.objects.order_by("pk")[0]
    return {
        "plans:upload": ("guihua", "/plans/upload/"),
        "audits:document": ("guihua", f"/audits/documents/{first}/"),
        "audits:pair": ("guihua", f"/audits/documents/{first}/{second}/"),
        "audits:finding": ("guihua", f"/audits/findings/{between.pk}/"),
        "web:batch": ("tongji", "/intake/ tbody a[href^='/intake/']"),
    }
