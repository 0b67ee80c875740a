"""Accounts come from a list, and their first passwords are shown once to whoever manages them."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from tests.real import browse  # noqa: F401 - fixture

from commercebrain.desk.core.imports import actions, find_importer
from commercebrain.desk.core.models import ImportRow, ImportRun
from commercebrain.desk.people.models import Membership, Person

pytestmark = pytest.mark.django_db
HEAD = ["用户名", "姓名", "单位", "角色"]
NEW = ["wangwu", "王五", "海曙区商务局", "统计科"]


def upload(house: Any, *rows: list[str], by: str = "admin") -> ImportRun:
    text = "\r\n".join(",".join(row) for row in [HEAD, *rows])
    person = getattr(house.people, by)
    found = find_importer("people.persons", "", person)
    assert found is not None
    run: ImportRun = actions.upload(found, SimpleUploadedFile("人员.csv", text.encode()), person)
    run.refresh_from_db()
    return run


def refused(run: ImportRun) -> list[tuple[str, str]]:
    return list(ImportRow.objects.filter(run=run, state="refused").order_by("row").values_list("column", "why_zh"))


@pytest.fixture
def taken_in(house: Any) -> ImportRun:
    role = house.roles["statistics_clerk"].name_zh
    run = upload(house, [*NEW[:3], role], ["ZhaoLiu", "赵六", "宁波市商务局", ""])
    assert run.counts["new"] == 2, refused(run)
    actions.apply(run, house.people.admin)
    run.refresh_from_db()
    assert run.state == "applied", run.fault
    return run


def test_accounts_are_added_with_their_role_and_without_a_password(taken_in: ImportRun, house: Any) -> None:
    person = Person.objects.get(username="wangwu")
    assert (person.name_zh, person.home) == ("王五", house.units.haishu)
    assert not person.has_usable_password()
    held = Membership.objects.get(person=person)
    assert (held.role.code, held.unit) == ("statistics_clerk", house.units.haishu)
    assert Person.objects.get(username="zhaoliu").memberships.count() == 0
    again = upload(house, ["WANGWU", "王五", "海曙区商务局", ""])
    assert again.counts["unchanged"] == 1


def test_first_passwords_are_shown_once_and_work_once(taken_in: ImportRun, house: Any, browse: Any) -> None:
    client, address = browse(house.people.admin), reverse("people:first_passwords")
    assert "wangwu" in client.get(address).content.decode()
    person = Person.objects.get(username="wangwu")
    answer = client.post(address, {"person": [person.pk, house.people.clerk.pk]})
    ((who, password),) = answer.context["given"]
    assert who == person and password in answer.content.decode() and answer["Cache-Control"] == "no-store"
    person.refresh_from_db()
    assert person.check_password(password) and person.must_change_password
    house.people.clerk.refresh_from_db()
    assert house.people.clerk.has_usable_password() and not house.people.clerk.must_change_password
    page = client.get(address).content.decode()
    assert "wangwu" not in page and "zhaoliu" in page and password not in page
    assert browse(house.people.clerk).get(address).status_code == 403


def test_what_an_administrator_may_not_do_is_refused_row_by_row(house: Any) -> None:
    wide = house.roles["super_administrator"].name_zh
    run = upload(
        house,
        ["甲", "甲某", "海曙区商务局", ""],
        ["sunqi", "孙七", "绍兴市商务局", ""],
        ["sunba", "孙八", "海曙区商务局", wide],
        [house.people.sister.username, "别人", "海曙区商务局", ""],
        [house.people.county.username, "改名", "海曙区商务局", wide],
    )
    assert [column for column, _why in refused(run)] == ["用户名", "单位", "角色", "用户名", "角色"], refused(run)
    assert not Person.objects.filter(username__startswith="sun").exists()


def test_undo_switches_off_unused_accounts_and_keeps_those_that_have_a_password(
    taken_in: ImportRun, house: Any
) -> None:
    from commercebrain.desk.people.actions import reset_password

    reset_password(Person.objects.get(username="wangwu"), house.people.admin)
    actions.undo(taken_in, house.people.admin, rest=True)
    taken_in.refresh_from_db()
    assert taken_in.state == "undone", taken_in.fault
    assert Person.objects.get(username="wangwu").is_active
    assert not Person.objects.get(username="zhaoliu").is_active
