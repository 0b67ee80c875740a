"""Details: tabs that are read when they are opened, the history of a thing, its documents within its scope."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import path, reverse
from tests.answers import body

from commercebrain.desk.core import attachments, tabs
from commercebrain.desk.core.columns import Column
from commercebrain.desk.core.details import DetailPage, Field
from commercebrain.desk.core.events import record
from commercebrain.desk.core.lists import ListPage
from commercebrain.desk.core.models import Attachment, Event
from commercebrain.desk.core.tabs import ListTab
from commercebrain.desk.registry.models import Enterprise
from commercebrain.web import urls as product

pytestmark = pytest.mark.django_db


class Parts(ListPage):
    """The other firms of the same bureau."""

    title = "同辖企业"
    columns = (Column("name", "名称", "name_zh", sort="name_zh"),)
    search_fields = ("name_zh",)
    page_size = 1

    def rows(self, request):
        return Enterprise.objects.visible_to(request.user).filter(unit=self.within.unit).order_by("pk")


class FirmPage(DetailPage):
    """A firm with all kinds of tabs."""

    documents = True

    def find(self, request, **kwargs):
        return Enterprise.objects.visible_to(request.user).filter(pk=kwargs["pk"]).first()

    def fields(self, request, thing):
        return [Field("代码", thing.uscc)]

    def tabs(self, request, thing):
        return [ListTab("parts", "同辖", Parts)]


urlpatterns = [*product.urlpatterns, path("firm/<int:pk>/", FirmPage.as_view(), name="firm")]


@pytest.fixture
def firm(house, settings, tmp_path):
    settings.ROOT_URLCONF, settings.MEDIA_ROOT = __name__, tmp_path
    given = {"region": house.regions["330203"], "unit": house.units.haishu}
    Enterprise.objects.create(uscc="91330200000000002B", name_zh="乙公司", **given)
    return Enterprise.objects.create(uscc="91330200000000001A", name_zh="甲公司", **given)


def as_(client, person):
    client.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
    return client


def test_a_tab_is_read_when_it_is_opened(client, house, firm):
    as_(client, house.people.county)
    first = client.get(f"/firm/{firm.pk}/")
    assert firm.uscc in first.text and "乙公司" not in first.text and "?tab=parts" in first.text
    tab = client.get(f"/firm/{firm.pk}/?tab=parts")
    assert firm.uscc not in tab.text and "乙公司" in tab.text
    assert client.get(f"/firm/{firm.pk}/?tab=nonsense").status_code == 200


def test_a_list_in_a_tab_pages_and_filters_within_the_tab(client, house, firm):
    as_(client, house.people.county)
    address = f"/firm/{firm.pk}/?tab=parts&sort=name"
    leads = next(part for part in client.get(address).text.split('"') if "after=" in part).replace("&amp;", "&")
    assert "tab=parts" in leads
    part = client.get(f"/firm/{firm.pk}/{leads}", headers={"hx-request": "true", "hx-target": "list"}).text
    assert "<html" not in part and 'name="tab" value="parts"' in part
    assert "没有符合条件" in client.get(f"/firm/{firm.pk}/?tab=parts&q=zzz").text


def test_the_history_tells_what_happened_and_not_who_looked(client, house, firm):
    record("document.added", firm, house.people.county, house.units.haishu, name="批复.pdf")
    record("data.seen", firm, house.people.director, what="甲公司", what_en="A", count=1)
    text = as_(client, house.people.county).get(f"/firm/{firm.pk}/?tab=history").text
    assert "上传了文档“批复.pdf”" in text and "测试director" not in text


def test_another_folder_can_add_a_tab(client, house, firm, monkeypatch):
    monkeypatch.setattr(tabs, "PROVIDERS", [])
    tabs.register(lambda thing: isinstance(thing, Enterprise), lambda request, thing: ListTab("more", "更多", Parts))
    tabs.register(lambda thing: False, lambda request, thing: ListTab("never", "不会有", Parts))
    text = as_(client, house.people.county).get(f"/firm/{firm.pk}/").text
    assert "更多" in text and "不会有" not in text


def put(client, firm, file, **more):
    sent = {"subject_type": "registry.enterprise", "subject_id": firm.pk, "back": f"/firm/{firm.pk}/", **more}
    return client.post(reverse("core:add_document"), {**sent, "file": file} if file else sent)


def text_file():
    return SimpleUploadedFile("批复.txt", "同意。".encode())


def test_a_document_is_kept_with_its_checksum_fetched_whole_and_removed_with_a_trace(client, house, firm):
    as_(client, house.people.county)
    answer = put(client, firm, text_file())
    assert answer.status_code == 302 and answer["Location"] == f"/firm/{firm.pk}/?tab=documents"
    row = Attachment.objects.get()
    assert row.sha256 == hashlib.sha256("同意。".encode()).hexdigest() and row.person == house.people.county
    shown = client.get(f"/firm/{firm.pk}/?tab=documents").text
    assert "批复.txt" in shown and row.sha256[:12] in shown and "移除" in shown
    got = client.get(reverse("core:document", args=[row.pk]))
    assert body(got) == "同意。".encode() and "attachment" in got["Content-Disposition"]
    path_ = Path(row.file.path)
    client.post(reverse("core:remove_document", args=[row.pk]), {"back": "https://elsewhere.example/"})
    row.refresh_from_db()
    assert row.removed_by == house.people.county and row.file.name
    assert client.get(reverse("core:document", args=[row.pk])).status_code == 404
    assert list(Event.objects.filter(subject_type="registry.enterprise").values_list("verb", flat=True)) == [
        "document.removed",
        "document.added",
    ]
    assert path_.name.startswith(row.sha256[:16])


def test_who_sees_a_thing_reads_its_documents_and_only_who_may_change_it_changes_them(client, house, firm):
    put(as_(client, house.people.county), firm, text_file())
    row = Attachment.objects.get()
    fetch, remove = reverse("core:document", args=[row.pk]), reverse("core:remove_document", args=[row.pk])
    as_(client, house.people.evaluator)  # sees 宁波 and below, enters nothing
    assert client.get(fetch).status_code == 200
    assert client.post(remove).status_code == 403 and put(client, firm, text_file()).status_code == 403
    assert "添加文档" not in client.get(f"/firm/{firm.pk}/?tab=documents").text
    as_(client, house.people.sister)
    assert client.get(fetch).status_code == 404 and client.post(remove).status_code == 404
    assert put(client, firm, text_file()).status_code == 403
    assert Attachment.objects.filter(removed_at=None).count() == 1


@pytest.mark.parametrize(
    ("more", "file"),
    [
        ({}, None),
        ({}, SimpleUploadedFile("x.exe", b"MZ")),
        ({}, SimpleUploadedFile("x.pdf", b"MZ not a pdf")),
        ({}, SimpleUploadedFile("x.txt", b"")),
    ],
)
def test_a_file_that_is_not_what_it_says_is_refused_and_nothing_kept(client, house, firm, more, file, settings):
    assert put(as_(client, house.people.county), firm, file, **more).status_code == 400
    assert not Attachment.objects.exists() and not [p for p in Path(settings.MEDIA_ROOT).rglob("*") if p.is_file()]


@pytest.mark.parametrize(
    ("kind", "key"),
    [
        ("registry.enterprise", "x"),
        ("no.model", "1"),
        ("people.person", "1"),
        ("", ""),
        ("registry.enterprise", "9" * 30),
    ],
)
def test_what_has_no_scope_or_is_not_there_has_no_documents(house, kind, key):
    assert attachments.subject(kind, key, house.people.root, "see") is None
