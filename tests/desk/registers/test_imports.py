"""A list taken into a declared register: by its columns' names, within scope, undone as one action."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext

from commercebrain.desk.core import fulltext
from commercebrain.desk.core.imports import actions, find_importer
from commercebrain.desk.core.models import Event, ImportRow, ImportRun
from commercebrain.desk.registers import actions as entries
from commercebrain.desk.registers.models import Entry
from commercebrain.engine.catalogue import Register

pytestmark = pytest.mark.django_db
HEAD = ["名称", "类型", "所在区县", "摊位数", "开街日期", "联系电话", "负责单位"]
NEW = ["月湖夜市", "夜市", "海曙区", "120", "2025年5月1日", "0574-87654321", "宁波市商务局"]
CHANGED = ["南塘老街", "示范街", "330203", "80", "2024/5/1", "", "宁波市商务局"]


def upload(house: Any, *rows: list[str], by: str = "planner", head: list[str] = HEAD) -> ImportRun:
    text = "\r\n".join(",".join(row) for row in [head, *rows])
    person = getattr(house.people, by)
    found = find_importer("registers.entry", "night_market", person)
    assert found is not None
    run: ImportRun = actions.upload(found, SimpleUploadedFile("夜市.csv", text.encode()), person)
    run.refresh_from_db()
    return run


@pytest.fixture
def street(night_market: Register, house: Any) -> Entry:
    row = {"name": "南塘老街", "kind": "street", "stalls": 70, "phone": "0574-11111111"}
    return entries.create(night_market, house.people.planner, row, unit=house.units.ningbo)


def test_new_and_changed_rows_are_written_and_blank_cells_leave_what_is_there(street: Entry, house: Any) -> None:
    run = upload(house, NEW, CHANGED)
    actions.apply(run, house.people.planner)
    run.refresh_from_db()
    assert (run.state, run.counts["added"], run.counts["written"]) == ("applied", 1, 1), run.counts
    market = Entry.objects.get(key="月湖夜市")
    assert market.data == {
        "name": "月湖夜市", "kind": "market", "county": "330203", "stalls": 120, "opened": "2025-05-01",
        "phone": "0574-87654321",
    }  # fmt: skip
    assert market.unit == house.units.ningbo
    street.refresh_from_db()
    assert (street.data["stalls"], street.data["phone"]) == (80, "0574-11111111")
    assert Event.objects.filter(verb="data.seen_for").exists(), "that personal values were compared is kept"


def test_undo_withdraws_what_was_added_and_puts_back_what_was_changed(street: Entry, house: Any) -> None:
    run = upload(house, NEW, CHANGED)
    actions.apply(run, house.people.planner)
    run.refresh_from_db()
    actions.undo(run, house.people.planner)
    street.refresh_from_db()
    assert street.data == {"name": "南塘老街", "kind": "street", "stalls": 70, "phone": "0574-11111111"}
    assert Entry.objects.get(key="月湖夜市").withdrawn, "nothing leaves without trace"
    again = upload(house, [*NEW[:3], "121", *NEW[4:]])
    actions.apply(again, house.people.planner)
    market = Entry.objects.get(key="月湖夜市")
    assert not market.withdrawn and market.data["stalls"] == 121


def test_rows_that_cannot_be_taken_are_named_with_their_column(street: Entry, house: Any) -> None:
    bad = [
        ["甲街", "广场", "海曙区", "1", "", "", "宁波市商务局"],
        ["乙街", "夜市", "火星区", "1", "", "", "宁波市商务局"],
        ["丙街", "夜市", "海曙区", "一百", "", "", "宁波市商务局"],
        ["丁街", "夜市", "海曙区", "1", "", "", "绍兴市商务局"],
    ]
    run = upload(house, *bad)
    refused = {row.row: (row.column, row.why_zh) for row in ImportRow.objects.filter(run=run, state="refused")}
    assert len(refused) == 4, refused
    told = [refused[n][0] for n in sorted(refused)]
    assert told == ["类型", "所在区县", "摊位数", "负责单位"] or told == ["kind", "county", "stalls", "unit"]
    assert not Entry.objects.exclude(pk=street.pk).exists()


def test_a_county_cannot_change_the_rows_of_the_city_by_a_file(street: Entry, house: Any) -> None:
    run = upload(house, CHANGED, by="county")
    assert ImportRow.objects.get(run=run).state == "refused"
    street.refresh_from_db()
    assert street.data["stalls"] == 70


def test_the_pages_lead_from_the_list_to_the_upload(street: Entry, house: Any, browse: Any) -> None:
    client = browse(house.people.planner)
    page = client.get("/registers/night_market/").content.decode()
    assert "/imports/new/registers.entry/?target=night_market" in page
    assert client.get("/imports/new/registers.entry/?target=night_market").status_code == 200
    assert client.get("/imports/new/registers.entry/?target=nothing").status_code == 404
    assert client.get("/imports/template/registers.entry/?target=night_market").status_code == 200


def test_hundreds_of_rows_cost_few_queries_and_each_has_its_event(night_market: Register, house: Any) -> None:
    rows = [[f"夜市{n}号", "夜市", "海曙区", str(n), "", "", "宁波市商务局"] for n in range(300)]
    run = upload(house, *rows)
    with CaptureQueriesContext(connection) as few:
        actions.apply(run, house.people.planner)
    run.refresh_from_db()
    assert run.counts["added"] == 300
    assert len(few) < 150, len(few)  # one query a row would be 300 and more
    assert Event.objects.filter(verb="register.entry_created", person=house.people.planner).count() == 300
    assert fulltext.matching(Entry.objects.all(), "夜市299号").count() == 1


def test_an_entry_made_by_somebody_in_that_very_moment_is_left_alone(
    night_market: Register, house: Any, monkeypatch: Any
) -> None:
    run = upload(house, NEW, [*["望湖夜市"], *NEW[1:]])
    make = entries.create_many

    def late(register: Register, person: Any, rows: Any, known: Any) -> Any:
        entries.create(register, house.people.planner, {"name": NEW[0], "kind": "market"}, unit=house.units.ningbo)
        return make(register, person, rows, known)

    monkeypatch.setattr(entries, "create_many", late)
    actions.apply(run, house.people.planner)
    run.refresh_from_db()
    # What was made within the attempt went with it; the rows then come in one by one.
    assert (run.state, run.counts["added"]) == ("applied", 2)
    assert Entry.objects.count() == 2
