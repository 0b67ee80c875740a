"""Bringing files of records in through the page: who may, for which regions, and that nobody's lines are replaced."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from tests.house import House

from commercebrain.desk.core.models import Job
from commercebrain.desk.people import actions
from commercebrain.desk.people.models import Person
from commercebrain.desk.registry.models import Region
from commercebrain.engine.enterprises.uscc import synthetic
from commercebrain.engine.indicators.tables import reader_of
from commercebrain.engine.lake import Lake

pytestmark = pytest.mark.django_db
Browse = Callable[..., Client]
HEADINGS = "month,uscc,hs10,country,mode,flow,quantity,value_cny,value_usd,county\n"


def lines(month: str, county: str, value: int, name: str = "报关单.csv") -> SimpleUploadedFile:
    """A small file of declarations."""
    firm = synthetic("990101", 7)
    text = f"{month},{firm},8471300000,USA,0110,export,10,{value},{value // 7},{county}\n"
    text += f"{month},{firm},8471300000,美国,0110,出口,不详,{value},{value // 7},{county}\n"
    return SimpleUploadedFile(name, (HEADINGS + text).encode())


def counties(house: House) -> Region:
    top: Region = house.units.sample.region
    for code in ("990101", "990102"):
        Region.objects.create(code=code, name_zh=code, name_en=code, level="county", parent=top, synthetic=True)
    return top


@pytest.fixture
def planner(house: House, own_lake: Lake) -> Person:
    """Who enters for the whole invented city and is cleared for it."""
    counties(house)
    made: Person = actions.create_person("shigui", None, "示例市规划科", "Planner of the invented city")
    actions.grant(made, house.units.sample, house.roles["plan_office"])
    return made


def send(client: Client, upload: SimpleUploadedFile, dataset: str = "declaration_lines") -> Any:
    return client.post(reverse("web:intake"), {"file": upload, "dataset": dataset})


def test_lines_come_in_with_a_job_and_the_faulty_ones_wait_where_their_sender_sees_them(
    house: House, own_lake: Lake, browse: Browse, planner: Person
) -> None:
    client = browse(planner, "zh-hans")
    assert 'value="declaration_lines"' in client.get(reverse("web:intake")).content.decode()
    send(client, lines("2025-05", "990101", 700))
    job = Job.objects.latest("pk")
    assert job.state == Job.State.DONE, job.result
    [batch] = own_lake.batches()
    assert (batch.dataset, batch.read, batch.accepted, batch.quarantined, batch.by) == (
        "declaration_lines", 2, 1, 1, "shigui",
    )  # fmt: skip
    assert "不详" in client.get(reverse("web:batch", args=[batch.batch])).content.decode()
    reader = reader_of(own_lake.root, "declaration_lines")
    assert reader is not None and list(reader.months) == [202505], "the roll-ups are up to date"


def test_another_reader_with_the_right_to_enter_does_not_see_the_lines_of_firms(
    house: House, own_lake: Lake, browse: Browse, planner: Person
) -> None:
    send(browse(planner), lines("2025-05", "990101", 700))
    [batch] = own_lake.batches()
    other = browse(house.people.clerk)
    assert "报关单.csv" not in other.get(reverse("web:intake")).content.decode()
    assert other.get(reverse("web:batch", args=[batch.batch])).status_code == 404


def test_who_is_not_cleared_for_firms_is_offered_no_records_and_refused(
    house: House, own_lake: Lake, browse: Browse
) -> None:
    client = browse(house.people.clerk)
    assert 'value="declaration_lines"' not in client.get(reverse("web:intake")).content.decode()
    assert send(client, lines("2025-05", "330201", 700)).status_code == 403
    assert not Job.objects.exists() and own_lake.batches() == []


def test_lines_of_a_region_outside_the_scope_bring_nothing_in(
    house: House, own_lake: Lake, browse: Browse, planner: Person
) -> None:
    send(browse(planner, "zh-hans"), lines("2025-05", "330203", 700))
    job = Job.objects.latest("pk")
    assert job.state == Job.State.FAILED and "330203" in str(job.__dict__)
    assert own_lake.batches() == []


def test_a_county_does_not_replace_the_month_of_the_whole_city(
    house: House, own_lake: Lake, browse: Browse, planner: Person
) -> None:
    send(browse(planner), lines("2025-05", "990101", 700))
    region = Region.objects.get(code="990102")
    unit = actions.create_unit("乙区商务局", "Bureau of Yi", region, house.units.sample)
    county: Person = actions.create_person("yiqu", None, "乙区", "Of Yi")
    actions.grant(county, unit, house.roles["plan_office"])
    answer = send(browse(county, "zh-hans"), lines("2025-05", "990102", 900, "乙区.csv"))
    assert answer.status_code == 302 and Job.objects.count() == 2
    assert Job.objects.latest("pk").state == Job.State.FAILED
    assert len(own_lake.batches()) == 1
