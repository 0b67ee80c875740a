"""Every address of the product, asked as every kind of person, against one readable table."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from django.test import Client
from tests.house import PERSONS
from tests.web.pages import BACKEND, Address, arguments, walk

from commercebrain.desk.audits.models import Audit, AuditFinding, Place
from commercebrain.desk.core.models import Job
from commercebrain.desk.plans.models import Document, Fact, Finding, Target, Task

TABLE: dict[str, dict[str, Any]] = yaml.safe_load(
    (Path(__file__).parent / "permissions.yaml").read_text(encoding="utf-8")
)
WHO = ["stranger", *(username for username, _role, _unit in PERSONS)]
MEANING = {
    "open": {200},
    "hidden": {404},
    "refused": {403},
    "moved": {302},
    "post-only": {405},
    "asked-again": {400, 409, 422},
}


def rows(house: Any) -> dict[str, Any]:
    """One of everything, in 宁波市商务局, internal, by the clerk; and how the addresses call it."""
    unit, region, clerk = house.units.ningbo, house.regions["330200"], house.people.clerk
    document = Document.objects.create(
        name="规划.txt", title="规划", unit=unit, region=region, sha256="x", uploaded_by=clerk, text="进出口总额2万亿元",
        state=Document.State.REVIEW,
    )  # fmt: skip
    made: dict[str, Any] = {"document": document.pk}
    for number, (kind, model, more) in enumerate(
        [
            ("target", Target, {"indicator_text": "进出口总额", "kind": "level", "region": region}),
            ("fact", Fact, {"indicator_text": "进出口总额", "kind": "level", "region": region}),
            ("task", Task, {"title": "任务"}),
        ]
    ):
        finding = Finding.objects.create(
            document=document, kind=kind, seq=number, start=0, end=9, quote="进出口总额2万亿元", confidence=0.9, row={}
        )
        made[kind] = model.objects.create(document=document, finding=finding, quote=finding.quote, **more).pk
        made["finding"] = finding.pk
    other = Document.objects.create(
        name="纲要.txt",
        title="纲要",
        unit=unit,
        region=region,
        sha256="y",
        text="进出口总额",
        state=Document.State.REVIEW,
    )
    audited = AuditFinding.objects.create(
        audit=Audit.objects.create(business_date="2025-07-21"), fingerprint="x", check_number="PA101", zh="不符", en="no",
        verdict="contradiction", gravity=4, computation="1 ≠ 2", found_on="2025-07-21",
        quotes=[{"document": document.pk, "quote": "进出口总额", "start": 0, "end": 5}],
    )  # fmt: skip
    Place.objects.create(finding=audited, document=document)
    made["audit"] = audited.pk
    made["job"] = Job.objects.create(kind="test.kind", person=clerk).pk
    values: dict[str, Any] = {
        **arguments(house),
        "core:job:pk": made["job"],
        "core:cancel_job:pk": made["job"],
        "form": "docx",
    }
    for name in ("document", "pair"):
        values |= {f"audits:{name}:first": document.pk, f"audits:{name}:second": other.pk}
    for address in walk():
        noun = address.pattern.removeprefix("api/").partition("/")[0].removesuffix("s").replace("plan", "document")
        if noun in made:
            for argument in ("pk", "plan", "target", "task"):
                values.setdefault(f"{address.name}:{argument}", made[noun])
    return values


def expected(row: dict[str, Any], who: str) -> str:
    """What the table says for one person."""
    return str(row.get(who, row.get("everyone", "open")))


def named() -> dict[str, Address]:
    """Every address by its view's name."""
    return {address.name: address for address in walk()}


def test_every_address_has_a_row_and_every_row_an_address():
    rows_of = {name.removesuffix(" POST") for name in TABLE}
    missing = set(named()) - rows_of
    assert not missing, f"addresses without a row in tests/web/permissions.yaml: {sorted(missing)}"
    gone = rows_of - set(named())
    assert not gone, f"rows of tests/web/permissions.yaml without an address: {sorted(gone)}"


def test_the_table_speaks_only_of_known_people_and_answers():
    for name, row in TABLE.items():
        assert set(row) - {"everyone"} <= set(WHO), name
        assert set(row.values()) <= {*MEANING, "sign-in"}, name


@pytest.mark.django_db
@pytest.mark.database
@pytest.mark.parametrize("who", WHO)
def test_each_person_opens_what_the_table_says_and_nothing_else(house, empty_lake, who):
    values, addresses = rows(house), named()
    wrong = []
    for name, row in TABLE.items():
        address = addresses[name.removesuffix(" POST")]
        got, want = ask(house, who, address, values, name.endswith(" POST")), expected(row, who)
        if got != want:
            wrong.append(f"{name} ({address.fill(values)}): {got}, the table says {want}")
    assert not wrong, f"as {who}:\n" + "\n".join(wrong)


@pytest.mark.django_db
@pytest.mark.parametrize("who", ["stranger", "nobody", "evaluator", "province"])
def test_an_address_that_takes_a_post_has_a_row_for_it(house, empty_lake, who):
    values = rows(house)
    wrong = []
    for name, address in named().items():
        if f"{name} POST" in TABLE:
            continue
        got = ask(house, who, address, values, True)
        if got not in {"post-only", expected(TABLE[name], who)}:
            wrong.append(f"{name}: {got}")
    assert not wrong, f"as {who}:\n" + "\n".join(wrong)


@pytest.mark.django_db
def test_no_address_but_those_marked_open_answers_a_stranger(house, empty_lake):
    values = rows(house)
    for name, address in named().items():
        row = TABLE.get(name) or TABLE.get(f"{name} POST") or {"everyone": "sign-in"}
        if expected(row, "stranger") in {"open", "moved"}:
            continue
        assert ask(house, "stranger", address, values, False) in {"sign-in", "post-only"}, name


def ask(house: Any, who: str, address: Address, values: dict[str, Any], post: bool) -> str:
    """The word of the table for what the server answers this person."""
    client = Client()
    if who != "stranger":
        client.force_login(getattr(house.people, who), backend=BACKEND)
    place = address.fill(values)
    answer = client.post(place) if post else client.get(place)
    if answer.status_code == 401 or (answer.status_code == 302 and answer.url.startswith("/accounts/sign-in/?")):
        return "sign-in"
    return next((word for word, codes in MEANING.items() if answer.status_code in codes), str(answer.status_code))
