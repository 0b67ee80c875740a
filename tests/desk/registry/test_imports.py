"""A list of firms taken into the register: entered and changed many at once, refused row by row, undone as one action."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext

from commercebrain.desk.core import fulltext
from commercebrain.desk.core.imports import actions, find_importer
from commercebrain.desk.core.models import Event, ImportRow, ImportRun
from commercebrain.desk.registry.actions import add_contact
from commercebrain.desk.registry.models import Enterprise, Region, Township
from commercebrain.engine.enterprises import uscc

HEAD = ["信用代码", "企业名称", "区县", "乡镇街道", "规模", "成立日期"]
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def jia(house: Any) -> Region:
    city = house.regions["990100"]
    made = Region.objects.create(
        code="990101", name_zh="甲区", name_en="Jia", level="county", parent=city, synthetic=True
    )
    Region.objects.filter(pk=city.pk).update(synthetic=True)
    Township.objects.create(code="990101001", name_zh="甲一街道", name_en="Jia One", region=made, source="test")
    return made


def row(number: int, *more: str, name: str = "") -> list[str]:
    given = more or ("甲区", "甲一街道", "小型", "2020-05-01")
    return [uscc.synthetic("990101", number), name or f"示例{number}号贸易有限公司", *given]


def upload(house: Any, *rows: list[str], head: list[str] = HEAD, by: str = "root") -> ImportRun:
    person = getattr(house.people, by)
    found = find_importer("registry.enterprises", "", person)
    assert found is not None
    text = "\r\n".join(",".join(cells) for cells in [head, *rows])
    run: ImportRun = actions.upload(found, SimpleUploadedFile("企业.csv", text.encode()), person)
    run.refresh_from_db()
    return run


def applied(house: Any, run: ImportRun) -> ImportRun:
    actions.apply(run, house.people.root)
    run.refresh_from_db()
    return run


def undone(house: Any, run: ImportRun, **how: bool) -> ImportRun:
    actions.undo(run, house.people.root, **how)
    run.refresh_from_db()
    return run


@pytest.fixture(autouse=True)
def enterer(house: Any) -> None:
    """Whoever imports here enters for the city of the invented firms."""
    from commercebrain.desk.people.actions import grant
    from commercebrain.desk.people.models import Role

    grant(house.people.root, house.units.sample, Role.objects.get(code="plan_office"))


def test_firms_are_entered_found_and_told_and_taken_out_again(house: Any) -> None:
    run = upload(house, row(1), row(2))
    assert run.counts["new"] == 2, (run.fault, run.counts, list(ImportRow.objects.values_list("why_zh")))
    run = applied(house, run)
    assert (run.state, run.counts["added"]) == ("applied", 2), run.fault
    firm = Enterprise.objects.get(uscc=uscc.synthetic("990101", 1))
    assert (firm.region.code, firm.township.name_zh, firm.size, firm.synthetic) == ("990101", "甲一街道", "small", True)
    assert firm.unit == house.units.sample, "the nearest bureau above the county"
    assert [one.pk for one in fulltext.matching(Enterprise.objects.all(), "示例1号")] == [firm.pk]
    assert Event.objects.filter(verb="enterprise.added", subject_id=str(firm.pk), person=house.people.root).count() == 1
    assert undone(house, run).state == "undone"
    assert not Enterprise.objects.filter(uscc__in=[row(1)[0], row(2)[0]]).exists()
    assert not fulltext.matching(Enterprise.objects.all(), "示例1号").exists()


def test_a_file_that_says_the_same_with_names_instead_of_codes_changes_nothing(house: Any) -> None:
    applied(house, upload(house, row(1), row(2)))
    again = upload(house, row(1), row(2, "990101", "990101001", "small", "2020年5月1日"))
    assert {key: again.counts[key] for key in ("new", "changed", "unchanged", "refused")} == {
        "new": 0, "changed": 0, "unchanged": 2, "refused": 0,
    }  # fmt: skip


def test_own_facts_change_with_an_event_and_come_back_by_undo(house: Any) -> None:
    applied(house, upload(house, row(1), row(2)))
    run = applied(house, upload(house, row(1, "甲区", "", "大型", ""), row(2, "甲区", "清空", "", "")))
    firms = {firm.uscc: firm for firm in Enterprise.objects.all()}
    one, two = firms[row(1)[0]], firms[row(2)[0]]
    assert (one.size, one.version, two.township, two.size) == ("large", 2, None, "small")
    event = Event.objects.get(verb="enterprise.edited", subject_id=str(one.pk))
    assert (event.data["before"], event.data["after"]) == ({"size": "small"}, {"size": "large"})
    undone(house, run)
    one.refresh_from_db()
    two.refresh_from_db()
    assert (one.size, two.township.name_zh) == ("small", "甲一街道")


def test_what_the_register_says_is_not_changed_by_a_file(house: Any) -> None:
    applied(house, upload(house, row(1)))
    run = upload(house, row(1, name="示例改名有限公司"), row(1, "甲区", "", "", "清空"), head=HEAD)
    told = list(ImportRow.objects.filter(run=run).order_by("row").values_list("state", "column"))
    assert told[0] == ("refused", "企业名称") and told[1][0] == "refused"
    emptied = upload(house, row(1, "甲区", "", "", "清空"))
    assert ImportRow.objects.get(run=emptied).state == "refused", "a date of the register is not emptied either"


def test_a_wrong_county_township_or_code_is_refused_beside_its_column(house: Any) -> None:
    bad = [row(1, "火星区", "", "", ""), row(2, "甲区", "乙街道", "", ""), ["9199", "短码公司", "甲区", "", "", ""]]
    told = ImportRow.objects.filter(run=upload(house, *bad)).order_by("row").values_list("state", "column")
    assert list(told) == [("refused", "区县"), ("refused", "乡镇街道"), ("refused", "信用代码")]


def test_undo_keeps_a_firm_that_something_hangs_on(house: Any) -> None:
    run = applied(house, upload(house, row(1), row(2)))
    add_contact(None, Enterprise.objects.get(uscc=row(1)[0]), name="王某")
    run = undone(house, run)
    assert run.state == "applied" and run.fault["code"] == "imports.changed_since"
    run = undone(house, run, rest=True)
    assert run.state == "undone" and [
        firm.uscc for firm in Enterprise.objects.filter(synthetic=True, region__code="990101")
    ] == [row(1)[0]]


def test_a_firm_entered_by_somebody_in_that_very_moment_is_left_alone(house: Any, monkeypatch: Any) -> None:
    from commercebrain.desk.registry.imports import Enterprises

    run = upload(house, row(1), row(2))
    find = Enterprises.existing

    def late(self: Any, keys: Any, person: Any) -> Any:
        found = find(self, keys, person)
        Enterprise.objects.create(
            uscc=row(1)[0], name_zh="快一步公司", region=Region.objects.get(code="990101"), synthetic=True
        )
        return found

    monkeypatch.setattr(Enterprises, "existing", late)
    run = applied(house, run)
    assert (run.counts["added"], run.counts["skipped"]) == (1, 1)
    assert Enterprise.objects.get(uscc=row(1)[0]).name_zh == "快一步公司"


def test_hundreds_of_rows_cost_few_queries(house: Any) -> None:
    run = upload(house, *(row(n) for n in range(300)))
    with CaptureQueriesContext(connection) as few:
        applied(house, run)
    assert len(few) < 150, len(few)  # one query a row would be 300 and more
