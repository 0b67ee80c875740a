"""One of everything in each of four places, for the permission table: declare here what your addresses take.

A planter gets the house and a place and returns the arguments of addresses there, by ``"view:argument"`` (or by the bare
argument where it means the same everywhere). It writes rows as its area keeps them: internal, held by the place's unit,
entered by ``place.author``. An address whose arguments are the same in all places is asked once.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from commercebrain.desk.people import actions
from commercebrain.desk.people.models import Annotation, Delegation, Person, Right, Unit
from commercebrain.desk.registry.models import Region

#: own: 宁波, where most persons of the house work; lower: 海曙, a county of it; sister: 绍兴; foreign: 南京.
PLACES = {"own": "ningbo", "lower": "haishu", "sister": "shaoxing", "foreign": "nanjing"}
AUTHORS = {"own": "clerk", "lower": "county", "sister": "sister"}


@dataclass(frozen=True)
class Place:
    """Where rows are planted, and by whom."""

    name: str
    unit: Unit
    region: Region
    author: Person


Planter = Callable[[Any, Place], dict[str, Any]]
PLANTERS: list[Planter] = []


def plants(function: Planter) -> Planter:
    """Declares the function below as a planter."""
    PLANTERS.append(function)
    return function


def plant(house: Any) -> dict[str, dict[str, Any]]:
    """Plants everything everywhere; the arguments by place."""
    planted = {}
    everything()
    for name, short in PLACES.items():
        unit = getattr(house.units, short)
        author = getattr(house.people, AUTHORS.get(name, ""), None) or _somebody(house, unit)
        place, values = Place(name, unit, unit.region, author), {}
        for planter in PLANTERS:
            values |= planter(house, place)
        planted[name] = values
    return planted


def everything() -> list[Planter]:
    """All planters, those of reports, warnings and cases last: they stand on what the others planted."""
    import tests.web.planted_work  # noqa: F401 - declares its own

    return PLANTERS


def _somebody(house: Any, unit: Unit) -> Person:
    person = actions.create_person("stranger-there", None, "别处的人", "Somebody elsewhere", home=unit)
    actions.grant(person, unit, house.roles["statistics_clerk"])
    return person


@plants
def everywhere(house: Any, place: Place) -> dict[str, Any]:
    """What means the same in every place."""
    return {
        "indicator": "trade_value",
        "web:system:number": "S001",
        "web:indicator:code": "trade_value",
        "form": "docx",
    }


@plants
def registers(house: Any, place: Place) -> dict[str, Any]:
    """Regions: public, by code."""
    code = place.region.code
    return {"registry:region:code": code, "code": code, "region": code}


@plants
def people(house: Any, place: Place) -> dict[str, Any]:
    """The unit, its author, a membership and a delegation of the author."""
    membership = place.author.memberships.get()
    lent = Delegation.objects.create(
        membership=membership,
        person=house.people.nobody,
        starts="2025-08-01",
        ends="2025-08-02",
        **{right.value: True for right in Right},
    )
    return {
        "people:unit:pk": place.unit.pk,
        "people:person:pk": place.author.pk,
        "people:unit_edit:pk": place.unit.pk,
        "people:unit_close:pk": place.unit.pk,
        "people:person_edit:pk": place.author.pk,
        "people:reset:pk": place.author.pk,
        "people:grant:pk": place.author.pk,
        "people:revoke:pk": membership.pk,
        "people:delegation_end:pk": lent.pk,
    }


@plants
def access(house: Any, place: Place) -> dict[str, Any]:
    """How the author signs in: a session on another computer and a token."""
    from commercebrain.desk.access import tokens
    from commercebrain.desk.access.models import RunningSession

    session = RunningSession.objects.create(
        person=place.author, session_key=f"planted-{place.author.pk}-{place.unit.pk}"
    )
    token = tokens.create(place.author, f"令牌{place.unit.pk}", "read", 30)
    return {
        "access:person:pk": place.author.pk,
        "access:end_session:pk": session.pk,
        "access:token_revoke:pk": token.token.pk,
    }


@plants
def jobs(house: Any, place: Place) -> dict[str, Any]:
    """A job of the author."""
    from commercebrain.desk.core.models import Job

    job = Job.objects.create(kind="test.kind", person=place.author).pk
    return {"core:job:pk": job, "core:cancel_job:pk": job, "core:retry_job:pk": job}


@plants
def plans(house: Any, place: Place) -> dict[str, Any]:
    """A document in review with a finding of each kind, a second document, and a finding of the checks."""
    from tests.web.pages import walk

    from commercebrain.desk.audits.models import Audit, AuditFinding
    from commercebrain.desk.audits.models import Place as Found
    from commercebrain.desk.plans.models import Document, Fact, Finding, Target, Task

    told = {"unit": place.unit, "region": place.region, "uploaded_by": place.author, "state": Document.State.REVIEW}
    quote = "进出口总额2万亿元"
    document = Document.objects.create(name="规划.txt", title="规划", sha256="x", text=quote, **told)
    other = Document.objects.create(name="纲要.txt", title="纲要", sha256="y", text="进出口总额", **told)
    made: dict[str, Any] = {"document": document.pk}
    more = {"indicator_text": "进出口总额", "kind": "level", "region": place.region}
    kinds: list[tuple[str, Any, dict[str, Any]]] = [
        ("target", Target, more), ("fact", Fact, more), ("task", Task, {"title": "任务"}),
    ]  # fmt: skip
    for number, (kind, model, row) in enumerate(kinds):
        finding = Finding.objects.create(
            document=document, kind=kind, seq=number, start=0, end=9, quote=quote, confidence=0.9, row={}
        )
        made[kind] = model.objects.create(document=document, finding=finding, quote=quote, **row).pk
        made["finding"] = finding.pk
    audited = AuditFinding.objects.create(
        audit=Audit.objects.create(business_date="2025-07-21"), fingerprint=f"x{place.name}", check_number="PA101",
        zh="不符", en="no", verdict="contradiction", gravity=4, computation="1 ≠ 2", found_on="2025-07-21",
        quotes=[{"document": document.pk, "quote": "进出口总额", "start": 0, "end": 5}],
    )  # fmt: skip
    Found.objects.create(finding=audited, document=document)
    made["audit"] = audited.pk
    remark = Annotation.objects.create(
        subject_kind="target", subject_id=str(made["target"]), author=house.people.evaluator, text="请说明口径",
        business_date="2025-07-21",
    ).pk  # fmt: skip
    values: dict[str, Any] = {"audits:document:first": document.pk, "audits:pair:first": document.pk}
    values |= {"people:annotation:pk": remark, "people:annotation_withdraw:pk": remark}
    values |= {"people:annotate:kind": "target", "people:annotate:number": made["target"]}
    values |= {"audits:document:second": other.pk, "audits:pair:second": other.pk}
    for address in walk():
        noun = address.pattern.removeprefix("api/").partition("/")[0].removesuffix("s").replace("plan", "document")
        if noun in made:
            for argument in ("pk", "plan", "target", "task"):
                values.setdefault(f"{address.name}:{argument}", made[noun])
    return values


@plants
def notices(house: Any, place: Place) -> dict[str, Any]:
    """A notice and a place of the clerk, a receiving program of the unit with one call."""
    from commercebrain.desk.core.events import record
    from commercebrain.desk.notices.models import Call, Endpoint, Notice, Subscription

    event = record("plan.failed", ("plans.document", "1"), None, unit=place.unit, name="规划.txt")
    endpoint = Endpoint.objects.create(name="邻居", url="http://127.0.0.1/", unit=place.unit, secret="whsec_AAAA")
    call = Call.objects.create(endpoint=endpoint, event=event, state=Call.State.FAILED)
    notice = Notice.objects.create(person=house.people.clerk, event=event, kind="plans")
    followed = Subscription.objects.create(person=house.people.clerk, kind="plans", unit=place.unit)
    return {
        "notices:open:pk": notice.pk,
        "notices:remove_place:pk": followed.pk,
        "notices:endpoint:pk": endpoint.pk,
        "notices:change_secret:pk": endpoint.pk,
        "notices:switch_endpoint:pk": endpoint.pk,
        "notices:call_again:pk": call.pk,
        "notices:confirm:token": "forged",
        "notices:stop:token": "forged",
    }


@plants
def responsibility(house: Any, place: Place) -> dict[str, Any]:
    """A proposal for the target; the unit leads the task, with a sub-task, a request and a wish to move the deadline."""
    from commercebrain.desk.plans.models import Target, Task
    from commercebrain.desk.responsibility.models import Adjustment, Assignment, DeadlineRequest, Need, SubTask

    target = Target.objects.get(document__unit=place.unit)
    task = Task.objects.get(document__unit=place.unit)
    day = "2025-07-21"
    led = Assignment.objects.create(task=task, role="lead", text=place.unit.name_zh, unit=place.unit, since=day)
    change = Adjustment.objects.create(
        target=target, old={}, new_value=1, reason="理由", asked_of="人民政府", proposed_on=day
    )
    wish = DeadlineRequest.objects.create(task=task, new_due="2025-12-31", reason="理由", asked_on=day)
    piece = SubTask.objects.create(task=task, title="子任务", unit=place.unit)
    need = Need.objects.create(task=task, from_unit=place.unit, to_unit=place.unit, text="需要数据", asked_on=day)
    values: dict[str, Any] = {}
    for view in ("breakdown", "nature", "propose"):
        values[f"responsibility:{view}:pk"] = target.pk
    for view in ("adjustment", "approve", "decline", "withdraw", "approval_document"):
        values[f"responsibility:{view}:pk"] = change.pk
    for view in ("update", "reopen", "ask", "assign", "add_subtask", "remark", "ask_deadline"):
        values |= {f"responsibility:{view}:task": task.pk, f"responsibility:{view}:unit": place.unit.pk}
        values[f"responsibility:{view}:month"] = "2025-06"
    values |= {"responsibility:assignment:pk": led.pk, "responsibility:subtask:pk": piece.pk}
    values |= {"responsibility:need:pk": need.pk}
    values |= {f"responsibility:{view}:pk": wish.pk for view in ("decide_deadline", "withdraw_deadline")}
    return values


@plants
def enterprises(house: Any, place: Place) -> dict[str, Any]:
    """A firm of the place's bureau with a contact, somebody in charge, an open request, and a double merged into it."""
    from commercebrain.desk.registry.models import (
        Code,
        Enterprise,
        EnterpriseChange,
        EnterpriseContact,
        EnterpriseMerge,
        EnterpriseOfficer,
        Zone,
    )

    number = {"own": "1", "lower": "2", "sister": "3", "foreign": "4"}[place.name]
    told = {"region": place.region, "unit": place.unit, "name_zh": f"{place.region.name_zh}某公司"}
    firm = Enterprise.objects.create(uscc=f"9133000000000000{number}A", **told)
    double = Enterprise.objects.create(uscc=f"9133000000000000{number}B", merged_into=firm, **told)
    day = "2025-07-21"
    merge = EnterpriseMerge.objects.create(kept=firm, merged=double, day=day, reason="同一家")
    change = EnterpriseChange.objects.create(
        enterprise=firm, changes={"address": ["", "某路1号"]}, reason="迁址", asked_by=None, asked_on=day
    )
    contact = EnterpriseContact.objects.create(enterprise=firm, name="某人")
    officer = EnterpriseOfficer.objects.create(enterprise=firm, person=place.author, starts="2025-01-01")
    zone = Zone.objects.create(
        code=f"zone-{place.name}", name_zh="开发区", name_en="Zone", kind="park", region=place.region, source="测试"
    )
    code = Code.objects.create(
        list="country", edition=place.name, code="AAA", name_zh="某国", level="country or region"
    )
    values: dict[str, Any] = {
        "registry:zone:code": zone.code,
        "registry:code:list": "country",
        "registry:code:pk": code.pk,
    }
    for view in ("enterprise", "enterprise_edit", "change_ask", "contacts", "contact_add", "officer_add", "merging"):
        values[f"registry:{view}:pk"] = firm.pk
    values |= {f"registry:{view}:pk": change.pk for view in ("change", "evidence")}
    values |= {"registry:merge:pk": merge.pk, "registry:contact_remove:pk": contact.pk}
    values |= {"registry:officer_release:pk": officer.pk}
    return values


@plants
def register_entries(house: Any, place: Place) -> dict[str, Any]:
    """An internal entry of a declared register."""
    from commercebrain.desk.registers.models import Entry

    entry = Entry.objects.create(
        register="overseas_zone", key=place.name, title="合作区", unit=place.unit, created_by=place.author,
        data={"name": "合作区", "country": "IDN", "level": "municipal", "contact": "某人"},
    ).pk  # fmt: skip
    values: dict[str, Any] = {}
    for view in ("list", "withdrawn", "new", "entry", "edit", "withdraw", "restore", "reveal"):
        values |= {f"registers:{view}:code": "overseas_zone", f"registers:{view}:pk": entry}
    for operation in ("list_entries", "get_entry"):
        values |= {f"api:{operation}:code": "overseas_zone", f"api:{operation}:entry": entry}
    return values


@plants
def lists(house: Any, place: Place) -> dict[str, Any]:
    """Lists of the unit: one with a version in force and one being drafted, one that waits, one with a condition."""
    from commercebrain.desk.lists.models import Book, ListVersion, Member

    told = {"unit": place.unit, "created_by": place.author}
    codes = {"kind": "tariff_list", "nomenclature": "USHTS", "partner": "USA"}
    book = Book.objects.create(name_zh="关税清单", **codes, **told)
    other = Book.objects.create(name_zh="待批清单", **codes, **told)
    built = Book.objects.create(kind="key_exporters", name_zh="重点出口企业", **told)
    rows = []
    for number, code in enumerate(("84713001", "85011040"), start=1):
        rows.append(
            Member.objects.create(
                book=book, key=f"{code}｜", title=code, code=code, data={"code": code}, added=1,
                removed=2 if number == 2 else None,
            )
        )  # fmt: skip
    ListVersion.objects.create(book=book, number=1, state="approved", effective_on="2025-07-01", document="公告")
    draft = ListVersion.objects.create(book=book, number=2, state="draft")
    Member.objects.create(book=other, key="84713001｜", title="x", code="84713001", data={"code": "84713001"}, added=1)
    waiting = ListVersion.objects.create(
        book=other, number=1, state="proposed", effective_on="2025-07-21", document="公告"
    )
    values: dict[str, Any] = {f"lists:{view}:pk": book.pk for view in ("book", "rows", "edit", "close", "draft")}
    values |= {"lists:build:pk": built.pk, "lists:row:pk": rows[0].pk, "lists:version_rows:version": draft.pk}
    values |= {f"lists:{view}:kind": "tariff_list" for view in ("books", "new")}
    for view in (
        "version",
        "difference",
        "row_new",
        "row_edit",
        "row_remove",
        "row_back",
        "paste",
        "propose",
        "discard",
    ):
        values[f"lists:{view}:pk"] = draft.pk
    values |= {f"lists:{view}:pk": waiting.pk for view in ("decide", "take_back")}
    values |= {f"lists:{view}:row": rows[0].pk for view in ("row_edit", "row_remove")}
    return values | {"lists:row_back:row": rows[1].pk}


@plants
def imports(house: Any, place: Place) -> dict[str, Any]:
    """An import of units whose columns are still to be named, uploaded by the administrator."""
    from commercebrain.desk.core.models import ImportRun

    run = ImportRun.objects.filter(name="机构.csv").first() or ImportRun.objects.create(
        importer="people.units", person=house.people.admin, name="机构.csv", sha256="x", headings=["甲"], mapping=[""],
        business_date="2025-07-21",
    )  # fmt: skip
    names = (
        "import", "import_rows", "import_status", "import_refused", "map_import", "apply_import", "undo_import",
    )  # fmt: skip
    values: dict[str, Any] = {f"core:{name}:pk": run.pk for name in names}
    return {**values, "core:new_import:code": "people.units", "core:import_template:code": "people.units"}


@plants
def views_and_files(house: Any, place: Place) -> dict[str, Any]:
    """A view that the author shares with the unit, a file that the author exported, a document of an entry."""
    from pathlib import Path

    from django.conf import settings
    from django.core.files.base import ContentFile

    from commercebrain.desk.core.models import Attachment, ExportFile, SavedView
    from commercebrain.desk.registers.models import Entry

    view = SavedView.objects.create(
        person=place.author, address="/regions/", list_title="地区", name=place.name, shared_with=place.unit
    )
    path = Path(settings.MEDIA_ROOT) / "exports" / place.name / "list.csv"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("代码", encoding="utf-8")
    made = ExportFile.objects.create(
        person=place.author, file=f"exports/{place.name}/list.csv", name="地区.csv", rows=0, size=6,
        expires_on="2025-07-28",
    )  # fmt: skip
    entry = Entry.objects.get(register="overseas_zone", key=place.name)
    paper = Attachment(
        subject_type="registers.entry", subject_id=str(entry.pk), name="批复.txt", size=6, sha256="0" * 64
    )
    paper.file.save("x.txt", ContentFile("批复"), save=True)
    values: dict[str, Any] = {"core:view:pk": view.pk, "core:export_file:pk": made.pk}
    return values | {f"core:{name}:pk": paper.pk for name in ("document", "remove_document")}


@plants
def rows_of_the_api(house: Any, place: Place) -> dict[str, Any]:
    """What addresses of the API take, by the name of the argument, and a fitting body for each of its writes."""
    from tests.web.api_bodies import bodies, numbers
    from tests.web.pages import walk

    told = numbers(house, place)
    values: dict[str, Any] = {
        f"{address.name}:{argument}": value
        for address in walk()
        if address.name.startswith("api:")
        for argument, value in told.items()
    }
    values["api:decide_version:version_id"] = told["proposal"]
    return values | bodies(house, place, told)


@plants
def bulletins(house: Any, place: Place) -> dict[str, Any]:
    """A bulletin of the place's unit, as an earlier month printed it."""
    from commercebrain.desk.bulletins.models import Bulletin

    cell = {"text": "—", "value": None, "flag": "", "published": None, "reason": None}
    whats = ("month", "month_growth", "ytd", "ytd_growth", "pull", "share")
    line = {"region": place.region.code, "name": "本市", "rank": None, "reported": False} | dict.fromkeys(whats, cell)
    content = {
        "indicator": "export_value", "name": "出口额", "unit": "亿元", "region": place.region.code, "month": "2025-05",
        "ytd": "2025-01..05", "single": True, "as_of": "2025-06-20", "total": line, "lines": [], "rest": None,
        "late": [], "notes": [], "sentences": [[{"text": "5月出口。"}]],
    }  # fmt: skip
    row = Bulletin.objects.create(
        unit=place.unit, region=place.region, indicator="export_value", month="2025-05", year=2025, number=1,
        issued_on="2025-06-20", made_by=place.author, content=content,
    )  # fmt: skip
    return {"bulletins:bulletin:pk": row.pk, "bulletins:docx:pk": row.pk, "bulletins:again:pk": row.pk}
