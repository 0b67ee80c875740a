"""Taking in plans: nothing doubled, nothing lost, a sentence for what cannot be read."""

from __future__ import annotations

import hashlib
import io
import threading
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pypdfium2
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from tests.house import House

from commercebrain.desk.core.jobs import Cancelled
from commercebrain.desk.core.models import Event, Job
from commercebrain.desk.plans import actions
from commercebrain.desk.plans.actions.permission import NotPermitted
from commercebrain.desk.plans.models import Document, Finding
from commercebrain.engine.errors import UserError

PLANS = Path(__file__).parents[3] / "src/commercebrain/catalogue/samples/plans"
NINGBO = PLANS / "001_028b0ab762920143.txt"
SHORT = (
    "示例市商务发展“十四五”规划\n\n示政发〔2021〕5号\n\n2021年6月1日\n\n一、主要目标\n\n"
    "到2025年，全市进出口总额达到3000亿元，社会消费品零售总额突破2000亿元。\n"
)


@pytest.mark.django_db
def test_title_number_and_day_are_read_from_the_head(house: House, tmp_path: Path) -> None:
    path = tmp_path / "plan.txt"
    path.write_text(SHORT, encoding="utf-8")
    document = actions.import_document(path, unit=house.units.ningbo, person=None)
    actions.read_document(document)
    assert (document.title, document.number) == ("示例市商务发展“十四五”规划", "示政发〔2021〕5号")
    assert document.issued_on.isoformat() == "2021-06-01"
    assert document.state == Document.State.REVIEW and document.text == SHORT


@pytest.mark.django_db
def test_every_found_row_stands_where_it_says(house: House) -> None:
    document = actions.import_document(NINGBO, unit=house.units.ningbo, person=None)
    count = actions.read_document(document)
    assert count == document.findings.count() > 50
    for row in document.findings.all():
        assert document.text[row.start : row.end].replace("\n", "") == row.quote.replace("\n", "")
    assert not document.findings.exclude(state=Finding.State.WAITING).exists()


@pytest.mark.django_db
def test_the_same_file_again_is_the_same_document(house: House) -> None:
    first = actions.import_document(NINGBO, unit=house.units.ningbo, person=None)
    again = actions.import_document(NINGBO, unit=house.units.ningbo, person=house.people.planner)
    assert first.pk == again.pk and Document.objects.count() == 1
    assert Event.objects.filter(verb="plan.imported").count() == 1
    elsewhere = actions.import_document(NINGBO, unit=house.units.shaoxing, person=None)
    assert elsewhere.pk != first.pk


@pytest.mark.django_db
def test_a_reviewed_document_is_not_read_over(house: House, tmp_path: Path) -> None:
    path = tmp_path / "plan.txt"
    path.write_text(SHORT, encoding="utf-8")
    document = actions.import_document(path, unit=house.units.ningbo, person=None)
    actions.read_document(document)
    actions.accept(None, document, [document.findings.first().pk])
    with pytest.raises(UserError) as fault:
        actions.read_document(document)
    assert fault.value.code == "plans.reviewed_already"
    assert document.findings.filter(state=Finding.State.ACCEPTED).count() == 1


def _truncated_docx() -> bytes:
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w") as archive:
        archive.writestr("word/document.xml", "<w:document/>" * 200)
    return whole.getvalue()[:200]


def _scanned_pdf() -> bytes:
    """A page without any text, as a scanner makes it."""
    document = pypdfium2.PdfDocument.new()
    document.new_page(300, 400)
    whole = io.BytesIO()
    document.save(whole)
    return whole.getvalue()


BAD = {
    "scan.pdf": _scanned_pdf(),
    "blank.txt": b"  \n \n",
    "cut.pdf": b"%PDF-1.7\n1 0 obj\n<< /Type /Catalog",
}
NO_DOCUMENT = {
    "empty.txt": b"",
    "encrypted.docx": bytes.fromhex("d0cf11e0a1b11ae1") + b"\0" * 600,
    "cut.docx": _truncated_docx(),
    "what.bin": bytes(range(256)) * 8,
    "macros.docm": b"PK",
}


@pytest.mark.django_db
@pytest.mark.parametrize("name", sorted(NO_DOCUMENT))
def test_a_file_that_is_not_what_it_says_is_refused_beside_its_field_and_nothing_is_kept(
    house: House, sign_in: Callable[..., Client], name: str
) -> None:
    upload = SimpleUploadedFile(name, NO_DOCUMENT[name])
    answer = sign_in(house.people.planner).post(
        "/plans/upload/", {"file": upload, "unit": house.units.ningbo.pk, "classification": "internal"}
    )
    assert answer.status_code == 400 and f"“{name}”" in answer.content.decode()
    assert not Document.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize("name", sorted(BAD))
def test_a_bad_document_keeps_its_sentence_and_can_be_read_again(
    house: House, sign_in: Callable[..., Client], name: str
) -> None:
    client = sign_in(house.people.planner)
    upload = SimpleUploadedFile(name, BAD[name])
    answer = client.post(
        "/plans/upload/", {"file": upload, "unit": house.units.ningbo.pk, "classification": "internal"}
    )
    assert answer.status_code == 302
    document = Document.objects.get()
    assert document.state == Document.State.FAILED and name in document.fault_en and name in document.fault_zh
    assert Job.objects.get().state == Job.State.FAILED
    page = client.get(answer.url).content.decode()
    assert document.fault_en.split("“")[0] in page and "Read again" in page
    assert not Finding.objects.exists()
    assert client.post(f"/plans/{document.pk}/read/").status_code == 302


@pytest.mark.django_db
def test_a_huge_upload_is_refused_before_it_is_kept(house: House, sign_in: Callable[..., Client]) -> None:
    class Huge(io.BytesIO):
        name, size = "huge.pdf", 200_000_000

        def read(self, *_: Any) -> bytes:
            raise AssertionError("it must not be read")

    with pytest.raises(UserError) as fault:
        actions.import_document(Huge(), unit=house.units.ningbo, person=house.people.planner)
    assert fault.value.code == "document.too_large" and "200 MB" in fault.value.zh
    assert not Document.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize("who", ["sister", "nobody", "evaluator", "it"])
def test_nobody_takes_in_plans_for_a_unit_that_is_not_theirs(house: House, who: str) -> None:
    with pytest.raises(NotPermitted):
        actions.import_document(NINGBO, unit=house.units.ningbo, person=getattr(house.people, who))
    assert not Document.objects.exists()


@pytest.mark.django_db
def test_upload_reads_in_the_background_and_leads_to_the_review(house: House, sign_in: Callable[..., Client]) -> None:
    client = sign_in(house.people.planner)
    upload = SimpleUploadedFile("../../plan.txt", SHORT.encode())
    answer = client.post(
        "/plans/upload/", {"file": upload, "unit": house.units.ningbo.pk, "classification": "internal"}
    )
    document = Document.objects.get()
    assert answer.url == f"/plans/{document.pk}/" and document.name == "plan.txt"
    assert hashlib.sha256(SHORT.encode()).hexdigest() == document.sha256
    assert Job.objects.get(kind="plans.read").state == Job.State.DONE
    page = client.get(answer.url).content.decode()
    assert "进出口总额" in page and "awaiting review" in page
    status = client.get(f"/plans/{document.pk}/status/")
    assert status["HX-Redirect"] == f"/plans/{document.pk}/"


@pytest.mark.django_db
def test_import_goes_on_after_a_bad_file(house: House, tmp_path: Path) -> None:
    bad, good = tmp_path / "bad.txt", tmp_path / "good.txt"
    bad.write_bytes(b"")
    good.write_text(SHORT, encoding="utf-8")
    first, second = actions.import_plans([bad, good], house.units.ningbo)
    assert first.fault is not None and second.rows > 0
    (third,) = actions.import_plans([good], house.units.ningbo)
    assert third.already and third.rows == second.rows


@pytest.mark.database
@pytest.mark.django_db(transaction=True)
def test_the_same_file_from_two_at_once_is_one_document(house: House) -> None:
    found: list[int] = []
    start = threading.Barrier(2)

    def bring() -> None:
        try:
            start.wait()
            found.append(actions.import_document(NINGBO, unit=house.units.ningbo, person=None).pk)
        finally:
            connection.close()

    threads = [threading.Thread(target=bring) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 2 and len(set(found)) == 1 and Document.objects.count() == 1


@pytest.mark.django_db
def test_a_reading_that_is_cancelled_leaves_nothing_half_done(house: House, tmp_path: Path) -> None:
    path = tmp_path / "plan.txt"
    path.write_text(SHORT, encoding="utf-8")
    document = actions.import_document(path, unit=house.units.ningbo, person=None)

    def stop(done: int, total: int, zh: str, en: str) -> None:
        if done == 3:
            raise Cancelled

    with pytest.raises(Cancelled):
        actions.read_document(document, None, stop)
    document.refresh_from_db()
    assert document.state == Document.State.WAITING and not document.findings.exists() and not document.text
    assert actions.read_document(document) > 0


@pytest.mark.django_db
def test_a_reading_whose_worker_died_can_be_started_again_and_a_running_one_cannot(
    house: House, tmp_path: Path
) -> None:
    path = tmp_path / "plan.txt"
    path.write_text(SHORT, encoding="utf-8")
    document = actions.import_document(path, unit=house.units.ningbo, person=None)
    job = Job.objects.create(kind="plans.read", state=Job.State.RUNNING)
    Document.objects.filter(pk=document.pk).update(state=Document.State.READING, job=job)
    document.refresh_from_db()
    with pytest.raises(UserError) as fault:
        actions.start_reading(document, house.people.planner)
    assert fault.value.code == "plans.being_read"
    with pytest.raises(UserError):
        actions.read_document(document)
    Job.objects.filter(pk=job.pk).update(state=Job.State.FAILED)
    document.refresh_from_db()
    actions.start_reading(document, house.people.planner)
    document.refresh_from_db()
    assert document.state == Document.State.REVIEW
