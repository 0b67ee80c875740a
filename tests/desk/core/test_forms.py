"""The form page: checks beside fields, a draft that survives, a conflict that is shown and resolved."""

from __future__ import annotations

import re
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from django import forms
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.test import Client
from django.urls import include, path, reverse
from django.utils import timezone

from commercebrain.desk.core import drafts
from commercebrain.desk.core.forms import ChooserField, FormPage, NumberField
from commercebrain.desk.core.models import Draft
from commercebrain.desk.people import actions
from commercebrain.desk.people.models import Unit
from commercebrain.desk.registry.models import Region
from commercebrain.engine.errors import UserError

BACKEND = "django.contrib.auth.backends.ModelBackend"


class UnitForm(forms.Form):
    """A unit, with one field of every kind."""

    name_zh = forms.CharField(label="中文名称", max_length=80, help_text="全称")
    name_en = forms.CharField(label="English name", max_length=120)
    region = ChooserField(Region.objects.all(), label="地区", search_fields=("name_zh", "name_en", "code"))
    since = forms.DateField(label="自", required=False, widget=forms.DateInput)
    area = NumberField(label="面积", unit="平方米", required=False)
    rights = forms.MultipleChoiceField(
        label="权限", choices=[("see", "查看"), ("enter", "填报")], required=False, widget=forms.CheckboxSelectMultiple
    )
    keep = forms.BooleanField(label="保留", required=False)


class UnitFormPage(FormPage):
    """Edits a unit of the person's own area."""

    form_class = UnitForm

    def find(self, request: Any, **kwargs: Any) -> Unit:
        unit = Unit.objects.filter(pk=kwargs["pk"]).first()
        if unit is None:
            raise Http404
        if request.user.username == "nobody":
            raise PermissionDenied
        return unit

    def initial(self, request: Any, thing: Unit) -> dict[str, Any]:
        return {"name_zh": thing.name_zh, "name_en": thing.name_en, "region": thing.region_id}

    def save(self, request: Any, thing: Unit, data: dict[str, Any], version: int | None) -> Unit:
        if data["name_zh"] == "坏":
            fault = UserError("test.bad", "名称不能是“坏”，请另写一个。", "The name cannot be “坏”; write another.")
            fault.field = "name_zh"
            raise fault
        return actions.edit_unit(
            thing, name_zh=data["name_zh"], name_en=data["name_en"], region=data["region"], parent=thing.parent,
            by=None, seen=version,
        )  # fmt: skip

    def done(self, request: Any, thing: Unit) -> str:
        return reverse("people:unit", args=[thing.pk])


urlpatterns = [path("test-form/<int:pk>/", UnitFormPage.as_view()), path("", include("commercebrain.web.urls"))]
pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.desk.core.test_forms")]


def signed_in(person: Any) -> Client:
    client = Client(headers={"accept-language": "zh-hans"})
    client.force_login(person, backend=BACKEND)
    return client


def slips(html: str) -> dict[str, str]:
    """The hidden values of a page."""
    return {name: unescape(value) for name, value in re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', html)}


def opened(client: Client, unit: Unit) -> dict[str, str]:
    page = client.get(f"/test-form/{unit.pk}/").content.decode()
    return {"name_zh": unit.name_zh, "name_en": unit.name_en, "region": str(unit.region_id), **slips(page)}


def test_a_form_shows_its_values_units_and_hints_tied_to_their_fields(house):
    page = signed_in(house.people.admin).get(f"/test-form/{house.units.haishu.pk}/").content.decode()
    assert "面积（平方米）" in page
    assert 'aria-describedby="id_name_zh_helptext"' in page and 'id="id_name_zh_helptext"' in page
    assert 'type="date"' in page and "<legend" in page
    assert "海曙区商务局" in page


def test_what_is_wrong_stands_beside_its_field_and_in_a_summary_that_has_the_focus(house):
    answer = signed_in(house.people.admin).post(f"/test-form/{house.units.haishu.pk}/", {"name_zh": "", "area": "多"})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert 'id="form-faults" autofocus' in page
    assert 'href="#id_name_zh"' in page and 'id="id_name_zh_error"' in page
    assert re.search(r'name="name_zh"[^>]*aria-describedby="[^"]*id_name_zh_error', page)
    assert 'aria-invalid="true"' in page


def test_a_refusal_of_the_action_stands_beside_the_field_it_names(house):
    client = signed_in(house.people.admin)
    data = opened(client, house.units.haishu)
    answer = client.post(f"/test-form/{house.units.haishu.pk}/", {**data, "name_zh": "坏"})
    assert answer.status_code == 422
    assert re.search(r'id="id_name_zh_error".*名称不能是“坏”', answer.content.decode())


def test_a_saved_form_leads_on_and_its_draft_is_gone(house):
    client, unit = signed_in(house.people.admin), house.units.haishu
    data = opened(client, unit)
    client.post(f"/test-form/{unit.pk}/", {**data, "_draft": "keep", "name_zh": "海曙商务"})
    assert Draft.objects.count() == 1
    answer = client.post(f"/test-form/{unit.pk}/", {**data, "name_zh": "海曙商务", "area": "１,２００.5"})
    assert answer.status_code == 302 and answer.url == reverse("people:unit", args=[unit.pk])
    unit.refresh_from_db()
    assert unit.name_zh == "海曙商务"
    assert not Draft.objects.exists()


def test_a_draft_is_offered_taken_and_discarded_and_seen_by_nobody_else(house):
    client, unit = signed_in(house.people.admin), house.units.haishu
    address = f"/test-form/{unit.pk}/"
    typed = {**opened(client, unit), "name_zh": "写了一半", "rights": ["see", "enter"], "since": "2025-0"}
    assert "草稿" in client.post(address, {**typed, "_draft": "keep"}).content.decode()
    page = client.get(address).content.decode()
    assert "draft=1" in page and "写了一半" not in page
    page = client.get(f"{address}?draft=take").content.decode()
    assert "写了一半" in page and page.count("checked") == 2 and 'value="2025-0"' in page
    assert "form-faults" not in page
    assert "写了一半" not in signed_in(house.people.root).get(f"{address}?draft=take").content.decode()
    client.post(address, {"_draft": "discard"})
    assert not Draft.objects.exists()


def test_what_is_typed_while_an_old_draft_is_on_offer_is_kept_beside_it(house):
    client, unit = signed_in(house.people.admin), house.units.haishu
    address = f"/test-form/{unit.pk}/"
    client.post(address, {**opened(client, unit), "name_zh": "上周的稿", "_draft": "keep"})
    client.post(address, {**opened(client, unit), "name_zh": "今天的稿", "_draft": "keep"})
    page = client.get(address).content.decode()
    assert "draft=1" in page and "draft=2" in page
    assert "上周的稿" in client.get(f"{address}?draft=1").content.decode()
    assert "今天的稿" in client.get(f"{address}?draft=2").content.decode()
    assert "今天的稿" in client.get(f"{address}?draft=take").content.decode(), "the latest one"
    client.post(address, {"_draft": "discard", "_place": "2"})
    assert "今天的稿" not in client.get(f"{address}?draft=2").content.decode()
    assert "上周的稿" in client.get(f"{address}?draft=1").content.decode()


def test_saving_removes_the_draft_that_was_saved_and_no_other(house):
    client, unit = signed_in(house.people.admin), house.units.haishu
    address = f"/test-form/{unit.pk}/"
    client.post(address, {**opened(client, unit), "name_zh": "上周的稿", "_draft": "keep"})
    fresh = {**opened(client, unit), "name_zh": "海曙商务"}
    client.post(address, {**fresh, "_draft": "keep"})
    assert client.post(address, fresh).status_code == 302
    assert list(drafts.drafts_of(house.people.admin, address)) == [1]


def test_a_draft_never_holds_passwords_tokens_files_or_what_belongs_to_the_page():
    from django.http import QueryDict

    data = QueryDict("name=a&name=b&password1=x&api_token=y&csrfmiddlewaretoken=z&_ticket=t")
    assert drafts.raw_values(data) == {"name": ["a", "b"]}


def test_a_draft_that_is_too_long_is_refused_in_words(house):
    client, unit = signed_in(house.people.admin), house.units.haishu
    data = {**opened(client, unit), "name_zh": "长" * 70_000, "_draft": "keep"}
    assert "太长" in client.post(f"/test-form/{unit.pk}/", data).content.decode()
    assert not Draft.objects.exists()


def test_a_lost_session_loses_no_input(house):
    client, unit = signed_in(house.people.admin), house.units.haishu
    address = f"/test-form/{unit.pk}/"
    data = {**opened(client, unit), "name_zh": "会话已过期"}
    client.logout()
    answer = client.post(address, data)
    assert answer.status_code == 302 and "draft%3Dtake" in answer.url
    kept = Draft.objects.get()
    assert kept.person == house.people.admin and kept.values["name_zh"] == ["会话已过期"]
    client.force_login(house.people.admin, backend=BACKEND)
    assert "会话已过期" in client.get(f"{address}?draft=take").content.decode()


def test_typing_on_after_the_session_is_lost_is_kept_and_says_so(house):
    client, unit = signed_in(house.people.admin), house.units.haishu
    data = {**opened(client, unit), "name_zh": "继续写", "_draft": "keep"}
    client.logout()
    answer = client.post(f"/test-form/{unit.pk}/", data)
    assert answer.status_code == 401 and answer["Content-Type"].startswith("text/plain")
    assert Draft.objects.get().values["name_zh"] == ["继续写"]


@pytest.mark.parametrize("change", ["forged", "elsewhere", "switched_off"])
def test_a_stranger_cannot_write_drafts_for_others(house, change):
    client, unit = signed_in(house.people.admin), house.units.haishu
    data, address = opened(client, unit), f"/test-form/{unit.pk}/"
    client.logout()
    if change == "forged":
        data["_ticket"] = data["_ticket"][:-3] + "abc"
    elif change == "elsewhere":
        address = f"/test-form/{house.units.ningbo.pk}/"
    else:
        type(house.people.admin).objects.filter(username="admin").update(is_active=False)
    client.post(address, data)
    assert not Draft.objects.exists()


def test_old_drafts_are_removed_and_young_ones_stay(house):
    for n, days in enumerate((1, 29, 31)):
        drafts.keep(house.people.admin.pk, f"/{n}/", {}, {}, None)
        Draft.objects.filter(address=f"/{n}/").update(kept_at=timezone.now() - timedelta(days=days))
    assert drafts.remove_old() == 1
    assert Draft.objects.count() == 2


def test_two_editors_see_both_versions_and_the_later_one_chooses_field_by_field(house):
    unit = house.units.haishu
    address = f"/test-form/{unit.pk}/"
    one, two = signed_in(house.people.admin), signed_in(house.people.root)
    first, second = opened(one, unit), opened(two, unit)
    assert one.post(address, {**first, "name_zh": "甲改的", "name_en": "By one"}).status_code == 302
    answer = two.post(address, {**second, "name_zh": "乙改的"})
    page = answer.content.decode()
    assert answer.status_code == 409
    assert all(text in page for text in ("海曙区商务局", "甲改的", "乙改的", "By one"))
    unit.refresh_from_db()
    assert unit.name_zh == "甲改的"
    chosen = {**slips(page), "_choose_name_zh": "mine", "_choose_name_en": "theirs"}
    assert two.post(address, chosen).status_code == 302
    unit.refresh_from_db()
    assert (unit.name_zh, unit.name_en) == ("乙改的", "By one")


def test_a_third_change_while_choosing_is_a_conflict_again_and_the_choice_is_kept(house):
    unit = house.units.haishu
    address = f"/test-form/{unit.pk}/"
    one, two = signed_in(house.people.admin), signed_in(house.people.root)
    first, second = opened(one, unit), opened(two, unit)
    one.post(address, {**first, "name_zh": "甲一"})
    page = two.post(address, {**second, "name_zh": "乙"}).content.decode()
    unit.refresh_from_db()
    one.post(address, {**opened(one, unit), "name_zh": "甲二"})
    answer = two.post(address, {**slips(page), "_choose_name_zh": "mine"})
    page = answer.content.decode()
    assert answer.status_code == 409 and "甲二" in page and "乙" in page
    assert two.post(address, {**slips(page), "_choose_name_zh": "theirs"}).status_code == 302
    unit.refresh_from_db()
    assert unit.name_zh == "甲二"


def test_a_draft_taken_days_later_still_finds_the_conflict(house):
    unit = house.units.haishu
    address = f"/test-form/{unit.pk}/"
    one, two = signed_in(house.people.admin), signed_in(house.people.root)
    one.post(address, {**opened(one, unit), "name_zh": "旧稿", "_draft": "keep"})
    two.post(address, {**opened(two, unit), "name_zh": "新名"})
    page = one.get(f"{address}?draft=take").content.decode()
    answer = one.post(address, {**opened(one, unit), "name_zh": "旧稿", "_ticket": slips(page)["_ticket"]})
    assert answer.status_code == 409 and "新名" in answer.content.decode()


def test_a_chooser_narrows_by_what_is_typed_and_keeps_what_is_chosen(house):
    client, unit = signed_in(house.people.admin), house.units.haishu
    chosen = house.regions["330203"].pk
    answer = client.get(f"/test-form/{unit.pk}/", {"_choose": "region", "_q": "绍兴", "region": chosen})
    text = answer.content.decode()
    assert "绍兴市" in text and "海曙区" in text and "鄞州区" not in text
    assert f'value="{chosen}" selected' in text


def test_a_chooser_accepts_nothing_outside_of_its_rows(house):
    client, unit = signed_in(house.people.admin), house.units.haishu
    answer = client.post(f"/test-form/{unit.pk}/", {**opened(client, unit), "region": "999999"})
    assert answer.status_code == 422


def test_who_may_not_find_the_thing_is_refused(house):
    assert signed_in(house.people.nobody).get(f"/test-form/{house.units.haishu.pk}/").status_code == 403
    assert signed_in(house.people.admin).get("/test-form/999999/").status_code == 404


def race(house: Any) -> list[int]:
    """Two people save the same row at the same moment; their answers."""
    import threading

    from django.db import connections

    unit = house.units.haishu
    clients = [signed_in(house.people.admin), signed_in(house.people.root)]
    posts = [{**opened(client, unit), "name_zh": f"第{n}人"} for n, client in enumerate(clients)]
    gate, codes = threading.Barrier(2), []

    def save(client: Client, data: dict[str, str]) -> None:
        try:
            gate.wait()
            codes.append(client.post(f"/test-form/{unit.pk}/", data).status_code)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=save, args=pair) for pair in zip(clients, posts, strict=True)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sorted(codes)


@pytest.mark.django_db(transaction=True)
@pytest.mark.database
def test_of_two_who_save_at_the_same_moment_exactly_one_passes(house):
    for _ in range(3):
        assert race(house) == [302, 409]
