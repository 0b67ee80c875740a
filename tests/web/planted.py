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
from commercebrain.desk.people.models import Delegation, Person, Right, Unit
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
    for name, short in PLACES.items():
        unit = getattr(house.units, short)
        author = getattr(house.people, AUTHORS.get(name, ""), None) or _somebody(house, unit)
        place, values = Place(name, unit, unit.region, author), {}
        for planter in PLANTERS:
            values |= planter(house, place)
        planted[name] = values
    return planted


def _somebody(house: Any, unit: Unit) -> Person:
    person = actions.create_person("stranger-there", None, "别处的人", "Somebody elsewhere", home=unit)
    actions.grant(person, unit, house.roles["statistics_clerk"])
    return person


@plants
def everywhere(house: Any, place: Place) -> dict[str, Any]:
    """What means the same in every place."""
    return {"indicator": "trade_value", "web:system:number": "S001", "form": "docx"}


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
    values: dict[str, Any] = {"audits:document:first": document.pk, "audits:pair:first": document.pk}
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
