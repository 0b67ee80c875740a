"""Lists over the database: typed filters, saved views, actions on many rows, exports."""

from __future__ import annotations

import csv
import io
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from django.contrib.messages import get_messages
from django.http import QueryDict
from django.urls import path, reverse
from hypothesis import given
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook
from tests.answers import body

from commercebrain.desk.core import exports, jobs, keyset, saved_views
from commercebrain.desk.core.bulk import BulkAction, Outcome
from commercebrain.desk.core.columns import Column
from commercebrain.desk.core.filters import (
    BadFilterError,
    Choices,
    DateRange,
    Filter,
    NumberRange,
    RegionFilter,
    UnitFilter,
    Words,
    YesNo,
    narrow,
)
from commercebrain.desk.core.lists import ListPage
from commercebrain.desk.core.models import Event, ExportFile, SavedView
from commercebrain.desk.people.models import Membership, Right
from commercebrain.desk.registry.models import Region
from commercebrain.engine.errors import UserError
from commercebrain.web import urls as product

pytestmark = pytest.mark.django_db


def close(request, rows, data):
    """Marks regions as ending; 宁波 refuses."""
    outcome = Outcome()
    for region in rows:
        if region.code == "330200":
            outcome.refuse(region, "它是所在城市")
        else:
            Region.objects.filter(pk=region.pk).update(valid_to=date(2030, 1, 1))
            outcome.done += 1
    return outcome


class Places(ListPage):
    """Regions with every kind of filter."""

    title = "地区表"
    columns = (
        Column("code", "代码", sort="code"),
        Column("name", "名称", "name_zh", sort="name_zh"),
        Column("to", "止", "valid_to", sort="valid_to", hidden=True),
    )
    filters = (
        Filter("level", "层级", Region.Level.choices),
        Choices("levels", "几级", Region.Level.choices, "level"),
        Words("named", "名", lookup="name_zh"),
        NumberRange("number", "号", lookup="id"),
        DateRange("until", "止", lookup="valid_to"),
        RegionFilter("within", "属于", lookup="pk"),
        YesNo("synthetic", "虚构"),
    )
    search_fields = ("code", "name_zh")
    bulk = (
        BulkAction("close", "停用", close),
        BulkAction("ask", "停用并确认", close, confirm="确定吗？"),
        BulkAction("never", "不可用", close, allowed=lambda request: False),
    )
    page_size = 2
    confidential = True

    def rows(self, request):
        return Region.objects.order_by("code")


class Members(ListPage):
    """Memberships, narrowed by unit."""

    title = "任职"
    columns = (Column("who", "人", "person"),)
    filters = (UnitFilter("unit", "单位"),)

    def rows(self, request):
        return Membership.objects.all()


urlpatterns = [
    *product.urlpatterns,
    path("places/", Places.as_view(), name="places"),
    path("members/", Members.as_view(), name="members"),
]


@pytest.fixture(autouse=True)
def _addresses(settings, tmp_path):
    settings.ROOT_URLCONF = __name__
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def as_director(client, house):
    client.force_login(house.people.director, backend="django.contrib.auth.backends.ModelBackend")
    return client


def codes(answer) -> list[str]:
    return [line["row"].code for line in answer.context["lines"]]


# --- filters ---------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("level=province", {"330000"}),
        ("levels=province&levels=nation", {"330000", "100000"}),
        ("named=宁波", {"330200"}),
        ("until_from=2029-01-01&until_to=2031-01-01", {"330600"}),
        ("until_to=2029-01-01", set()),
        ("within=330200", {"330200", "330203", "330212"}),
        ("within=宁波市", {"330200", "330203", "330212"}),
        ("synthetic=yes", set()),
        ("level=city&named=绍兴", {"330600"}),
    ],
)
def test_every_kind_of_filter_narrows(house, query, found):
    Region.objects.filter(code="330600").update(valid_to=date(2030, 1, 1))
    shown = Places().narrow(None, QueryDict(query)).values_list("code", flat=True)
    assert found <= set(shown) and set(shown) & {"330200", "330203", "330212", "330600", "330000", "100000"} == found


def test_numbers_are_read_with_their_separators_and_both_ends_count(house):
    first = Region.objects.order_by("pk").first().pk
    rows = NumberRange("n", "", lookup="id").narrow(Region.objects.all(), (Decimal(first), Decimal(first)))
    assert rows.count() == 1
    assert NumberRange("n", "").read({"n_from": "1,200.5"}) == (Decimal("1200.5"), None)


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("level=nonsense", "没有“nonsense”可选"),
        ("levels=city&levels=x", "没有“x”可选"),
        ("number_from=abc", "不是数字"),
        ("number_from=NaN", "不是数字"),
        ("number_from=5&number_to=4", "请对调"),
        ("until_from=2025-13-01", "不是日期"),
        ("within=999999", "没有代码或名称"),
        ("synthetic=perhaps", "请填是或否"),
        ("level=city&level=province", "只能填一个值"),
    ],
)
def test_a_value_that_cannot_be_read_is_a_sentence_and_shows_no_row(as_director, query, sentence):
    answer = as_director.get(f"/places/?{query}")
    assert answer.status_code == 200 and sentence in answer.text and codes(answer) == []
    with pytest.raises(UserError, match=sentence):
        Places().narrow(None, QueryDict(query))
    assert as_director.get(f"/places/?{query}&export=csv").status_code == 400  # nothing unasked is taken out
    assert as_director.post(f"/places/?{query}", {"bulk": "close", "all": "1"}).status_code == 400


def test_regions_to_choose_are_those_of_the_units_in_ones_sight(rf, house):
    def offered(person):
        request = rf.get("/")
        request.user = person
        return {code for code, _name in RegionFilter("county", "区县", lookup="region").choices(request)}

    assert "330200" in offered(house.people.director) and "330600" not in offered(house.people.director)
    assert offered(house.people.county) == {"330203"}


def test_a_unit_is_chosen_with_those_below_and_only_in_ones_sight(client, house):
    client.force_login(house.people.director, backend="django.contrib.auth.backends.ModelBackend")
    ningbo, haishu = house.units.ningbo, house.units.haishu
    answer = client.get(f"/members/?unit={ningbo.pk}")
    assert {line["row"].unit_id for line in answer.context["lines"]} >= {ningbo.pk, haishu.pk}
    client.force_login(house.people.county, backend="django.contrib.auth.backends.ModelBackend")
    assert "可选" in client.get(f"/members/?unit={house.units.shaoxing.pk}").text
    assert "可选" in client.get("/members/?unit=abc").text


KINDS = (
    Choices("a", "", [("x", "x")]),
    Words("a", ""),
    NumberRange("a", ""),
    DateRange("a", ""),
    YesNo("a", ""),
    Filter("a", "", [("x", "x")]),
)


@given(st.sampled_from(KINDS), st.text(max_size=12), st.text(max_size=12))
def test_no_text_breaks_a_filter(filter_, one, two):
    try:
        filter_.read({"a": one, "a_from": one, "a_to": two})
    except BadFilterError as fault:
        assert str(fault)


@given(st.lists(st.one_of(st.none(), st.dates()), max_size=8), st.dates(), st.dates())
def test_between_two_days_is_what_python_says(days, first, last):
    first, last = min(first, last), max(first, last)
    rows = [{"d": day} for day in days]
    kept = narrow([DateRange("d", "")], rows, {"d_from": first.isoformat(), "d_to": last.isoformat()})
    assert [row["d"] for row in kept] == [day for day in days if day is not None and first <= day <= last]


# --- pages -----------------------------------------------------------------------------------------------------------
def test_pages_go_on_and_back_by_key_and_keep_filters_and_order(as_director):
    first = as_director.get("/places/?levels=county&levels=city&sort=-code")
    assert first.context["pages"]["next"] and "previous" not in first.context["pages"]
    second = as_director.get(
        "/places/?levels=county&levels=city&sort=-code&after=" + first.context["pages"]["next"]["after"]
    )
    assert max(codes(second)) < min(codes(first))
    back = as_director.get(
        "/places/?levels=county&levels=city&sort=-code&before=" + second.context["pages"]["previous"]["before"]
    )
    assert codes(back) == codes(first)
    leads = QueryDict(
        next(part for part in first.text.split('"') if "after=" in part).replace("&amp;", "&").lstrip("?")
    )
    assert leads.getlist("levels") == ["county", "city"] and leads["sort"] == "-code"


def test_an_old_bookmark_shows_the_first_page_and_says_why(as_director):
    answer = as_director.get("/places/?after=xyz")
    assert answer.status_code == 200 and "请回到第一页" in answer.text and len(codes(answer)) == 2


def test_a_long_list_says_that_it_was_counted_no_further(as_director, monkeypatch):
    monkeypatch.setattr(keyset.count, "__defaults__", (3,))
    assert "共3+行，未继续计数" in as_director.get("/places/").text


# --- saved views -----------------------------------------------------------------------------------------------------
def kept(client, **given):
    given = {
        "address": "/places/",
        "title": "地区表",
        "query": "level=city&sort=-code&after=zzz",
        "name": "城市",
        **given,
    }
    return client.post(reverse("core:save_view"), given)


def test_a_view_opens_the_list_as_it_was(as_director):
    assert kept(as_director, query="level=city&sort=-code&after=zzz&columns=code").status_code == 302
    view = SavedView.objects.get()
    assert view.query == "level=city&sort=-code&columns=code"
    answer = as_director.get(f"/places/?open={view.pk}", follow=True)
    assert codes(answer) == sorted(Region.objects.filter(level="city").values_list("code", flat=True), reverse=True)[:2]
    assert [column.key for column in answer.context["columns"]] == ["code"] and "城市" in answer.text
    kept(as_director, query="level=province")  # the same name again replaces it
    assert SavedView.objects.get().query == "level=province"


def test_a_list_opens_with_ones_default_view_until_one_shows_all(as_director):
    kept(as_director, default="1")
    assert "level=city" in as_director.get("/places/")["Location"]
    assert as_director.get("/places/?view=").status_code == 200
    view = SavedView.objects.get()
    as_director.post(reverse("core:view", args=[view.pk]), {"do": "no_default"})
    assert as_director.get("/places/").status_code == 200


def test_a_shared_view_reaches_the_units_below_and_only_its_owner_changes_it(client, house):
    people, log_in = house.people, "django.contrib.auth.backends.ModelBackend"
    client.force_login(people.planner, backend=log_in)
    kept(client, unit=house.units.ningbo.pk)
    view = SavedView.objects.get()
    page = reverse("core:view", args=[view.pk])
    client.force_login(people.county, backend=log_in)
    assert "城市" in client.get("/places/").text and "城市" in client.get(reverse("core:views")).text
    assert client.get(page).status_code == 200
    assert client.post(page, {"do": "delete"}).status_code == 403
    assert client.post(page, {"do": "change", "name": "x"}).status_code == 403
    client.post(page, {"do": "default"})  # but anybody may begin with it
    assert client.get("/places/").status_code == 302
    client.force_login(people.sister, backend=log_in)
    assert client.get(page).status_code == 404 and client.get("/places/?view=").context["views"] == []
    assert client.get(f"/places/?open={view.pk}", follow=True).context["view"] == ""
    client.force_login(people.planner, backend=log_in)
    client.post(page, {"do": "change", "name": "大城市", "unit": ""})
    assert SavedView.objects.get().name == "大城市" and SavedView.objects.get().shared_with is None
    client.post(page, {"do": "delete"})
    assert not SavedView.objects.exists()


@pytest.mark.parametrize(
    "given", [{"address": "/nowhere/"}, {"address": "/jobs/1/"}, {"name": " "}, {"name": "x" * 81}, {"unit": "999999"}]
)
def test_what_cannot_be_a_view_is_refused(as_director, given):
    assert kept(as_director, **given).status_code == 400 and not SavedView.objects.exists()


def test_nobody_shares_with_a_unit_that_is_not_the_own(house):
    with pytest.raises(UserError, match="自己任职"):
        saved_views.save(house.people.county, "/places/", "", "", "x", house.units.shaoxing.pk)


# --- actions on many rows --------------------------------------------------------------------------------------------
def test_the_ticked_rows_are_done_and_the_refused_ones_told_with_their_reason(as_director, house):
    chosen = [house.regions["330200"].pk, house.regions["330203"].pk]
    answer = as_director.post("/places/?level=", {"bulk": "close", "row": [*chosen, "x" * 3][:2]})
    assert answer.status_code == 302 and answer["Location"] == "/places/?level="
    told = [str(message) for message in get_messages(answer.wsgi_request)]
    assert told[0] == "停用：已处理1行。" and "宁波市" in told[1] and "它是所在城市" in told[1]
    assert list(Region.objects.filter(valid_to__isnull=False).values_list("code", flat=True)) == ["330203"]


def test_all_means_all_that_the_filters_leave_and_not_one_more(as_director):
    as_director.post("/places/?level=county", {"bulk": "close", "all": "1"})
    assert set(Region.objects.filter(valid_to__isnull=False).values_list("level", flat=True)) == {"county"}


def test_ids_outside_of_the_list_choose_nothing(as_director, house):
    sent = {"bulk": "close", "row": [house.regions["330203"].pk]}
    assert as_director.post("/places/?level=city", sent).status_code == 400
    assert as_director.post("/places/", {"bulk": "close", "row": ["x", "' OR 1=1"]}).status_code == 400
    assert as_director.post("/places/", {"bulk": "never", "all": "1"}).status_code == 400
    assert as_director.post("/places/", {}).status_code == 400
    assert not Region.objects.filter(valid_to__isnull=False).exists()


def test_an_action_with_a_question_asks_first(as_director, house):
    sent = {"bulk": "ask", "row": [house.regions["330203"].pk]}
    answer = as_director.post("/places/", sent)
    assert answer.status_code == 200 and "确定吗？" in answer.text and "涉及1行" in answer.text
    assert not Region.objects.filter(valid_to__isnull=False).exists()
    as_director.post("/places/", {**sent, "confirmed": "1"})
    assert Region.objects.filter(valid_to__isnull=False).count() == 1


def test_rows_that_one_may_see_but_not_change_are_left_as_they_are(rf, house):
    from django.contrib.messages.storage.fallback import FallbackStorage

    from commercebrain.desk.core.bulk import perform

    for unit in (house.units.ningbo, house.units.haishu):
        Event.objects.create(verb="x.y", unit=unit, business_date=date(2025, 7, 21), subject_type="a", subject_id="1")
    met = []

    def run(request, rows, data):
        met.extend(row.unit for row in rows)
        return Outcome(len(met))

    request = rf.post("/", {"bulk": "x", "all": "1"})
    request.user, request.session = house.people.county, {}
    request._messages = FallbackStorage(request)
    perform(request, "", [BulkAction("x", "做", run, right=Right.ENTER)], Event.objects.filter(verb="x.y"))
    assert met == [house.units.haishu]
    assert "1行未处理" in [str(m) for m in request._messages][1]


def test_a_list_without_such_actions_takes_no_post(as_director):
    assert as_director.post(reverse("registry:regions"), {}).status_code == 405


# --- exports ---------------------------------------------------------------------------------------------------------
def test_what_is_seen_is_exported_and_told_in_the_event_log(as_director, house):
    answer = as_director.get("/places/?level=city&sort=-code&columns=code&columns=to&export=csv")
    rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
    wanted = sorted(Region.objects.filter(level="city").values_list("code", flat=True), reverse=True)
    assert rows[0] == ["代码", "止"] and [row[0] for row in rows[1:-1]] == wanted
    assert "请勿外传" in rows[-1][0] and "测试director" in rows[-1][0]  # a confidential list says who and when
    event = Event.objects.get(verb="list.exported")
    assert event.data["count"] == len(wanted) and event.person == house.people.director


def test_a_long_list_is_written_by_a_job_for_its_owner_alone(as_director, house, settings, client):
    settings.EXPORT_AT_ONCE = 1
    asks = as_director.get("/places/?level=city&sort=-code&columns=code&export=xlsx")
    assert asks.status_code == 200 and "生成文件" in asks.text and not ExportFile.objects.exists()
    sent = {"address": "/places/", "query": asks.context["query"], "kind": "xlsx"}
    leads = as_director.post(reverse("core:export"), sent)["Location"]
    made = ExportFile.objects.get()
    assert reverse("core:export_file", args=[made.pk]) in as_director.get(leads).text
    got = as_director.get(reverse("core:export_file", args=[made.pk]))
    content = body(got)
    sheet = CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0).to_python()
    wanted = sorted(Region.objects.filter(level="city").values_list("code", flat=True), reverse=True)
    assert [row[0] for row in sheet[:-1]] == ["代码", *wanted] and made.rows == len(wanted)
    assert Event.objects.filter(verb="list.exported", person=house.people.director).count() == 1
    client.force_login(house.people.admin, backend="django.contrib.auth.backends.ModelBackend")
    assert client.get(reverse("core:export_file", args=[made.pk])).status_code == 404


def test_an_expired_file_can_no_longer_be_fetched_and_is_removed(as_director, settings):
    sent = {"address": "/places/", "query": "", "kind": "csv"}
    as_director.post(reverse("core:export"), sent)
    made = ExportFile.objects.get()
    path = Path(settings.MEDIA_ROOT) / made.file
    assert path.exists() and exports.remove_expired()["removed"] == 0 and path.exists()
    ExportFile.objects.update(expires_on=date(2025, 7, 20))
    assert as_director.get(reverse("core:export_file", args=[made.pk])).status_code == 404
    assert exports.remove_expired()["removed"] == 1 and not path.parent.exists()


def test_a_cancelled_export_leaves_nothing_behind(as_director, settings, monkeypatch):
    def stop(self, *args, **kwargs):
        raise jobs.Cancelled

    monkeypatch.setattr(jobs.JobContext, "progress", stop)
    as_director.post(reverse("core:export"), {"address": "/places/", "query": "", "kind": "xlsx"})
    assert not ExportFile.objects.exists()
    assert not [path for path in Path(settings.MEDIA_ROOT).rglob("*") if path.is_file()]


@pytest.mark.parametrize(
    "sent",
    [
        {"address": "/nowhere/", "kind": "csv"},
        {"address": "/jobs/1/", "kind": "csv"},
        {"address": "/places/", "kind": "pdf"},
        {},
    ],
)
def test_what_cannot_be_exported_is_refused(as_director, sent):
    assert as_director.post(reverse("core:export"), sent).status_code == 400


def test_an_export_by_a_job_shows_only_what_its_person_may_see(client, house, settings):
    client.force_login(house.people.nobody, backend="django.contrib.auth.backends.ModelBackend")
    client.post(reverse("core:export"), {"address": reverse("people:persons"), "query": "", "kind": "csv"})
    made = ExportFile.objects.filter(person=house.people.nobody).first()
    assert made is None or made.rows == len(client.get(reverse("people:persons")).context["lines"])
