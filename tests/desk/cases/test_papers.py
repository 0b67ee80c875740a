"""Documents of cases: stored once however often they are added, looked at first, out of reach of every other address."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from tests.answers import body
from tests.desk.cases.conftest import warning
from tests.desk.cases.test_scopes import pdf

from commercebrain.desk.cases import actions
from commercebrain.desk.core import attachments
from commercebrain.desk.core.models import Attachment, Event
from commercebrain.engine.errors import UserError

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def uploads(tmp_path: Path, settings: Any) -> Path:
    settings.MEDIA_ROOT = tmp_path / "uploads"
    return settings.MEDIA_ROOT


def test_the_same_file_is_stored_once_under_each_of_its_names(city: SimpleNamespace, uploads: Path) -> None:
    people, case, other = city.people, warning(city), warning(city, city.other)
    one = actions.add_paper(case, people.jia, pdf("走访记录.pdf"), "visit_record")
    again = SimpleUploadedFile("..\\..\\换个名字.pdf", pdf("走访记录.pdf").read())
    two = actions.add_paper(other, people.yi, again, "evidence")
    assert one.attachment.sha256 == two.attachment.sha256 and one.attachment.name != two.attachment.name
    assert two.attachment.name == "换个名字.pdf", "the name is cleaned"
    assert len([path for path in uploads.rglob("*") if path.is_file()]) == 1


def test_what_is_not_what_it_says_or_has_no_purpose_is_refused_and_leaves_nothing(
    city: SimpleNamespace, uploads: Path
) -> None:
    people, case = city.people, warning(city)
    for file, purpose, code in (
        (SimpleUploadedFile("记录.pdf", b"MZ not a pdf"), "visit_record", "uploads.content"),
        (SimpleUploadedFile("记录.exe", b"MZ"), "visit_record", "uploads.kind"),
        (pdf("记录.pdf"), "没有", "cases.no_purpose"),
        (None, "visit_record", "document.none"),
    ):
        with pytest.raises(UserError) as refusal:
            actions.add_paper(case, people.jia, file, purpose)
        assert refusal.value.code == code
    with pytest.raises(UserError):
        actions.add_paper(case, people.yi, pdf("记录.pdf"), "visit_record")
    assert not Attachment.objects.exists() and not list(uploads.rglob("*.pdf"))


def test_no_other_address_hands_out_or_removes_a_paper(city: SimpleNamespace) -> None:
    people, case = city.people, warning(city)
    paper = actions.add_paper(case, people.jia, pdf("走访记录.pdf"), "visit_record")
    assert attachments.in_sight(people.jia, paper.attachment_id) is None
    with pytest.raises(UserError):
        attachments.remove(people.jia, paper.attachment_id)
    with pytest.raises(UserError):
        actions.hand_over_paper(paper, people.yi)
    assert body(actions.hand_over_paper(paper, people.jia)).startswith(b"%PDF")
    assert Event.objects.filter(verb="data.seen", person=people.jia).count() == 1, "who read it is kept"
    with pytest.raises(UserError) as refusal:
        actions.ask_paper(paper, people.jia)
    assert refusal.value.code == "cases.paper_home"


def test_a_refused_paper_may_be_asked_for_again_and_the_refusal_is_kept(city: SimpleNamespace) -> None:
    people = city.people
    case = actions.start("remedy_case", unit=city.jia, region=city.own.region, title="瓷砖案", person=people.jia)
    paper = actions.add_paper(case, people.jia, pdf("答卷.pdf"), "comment")
    with pytest.raises(UserError) as refusal:
        actions.decide_paper(paper, people.jia2, approve=True)
    assert refusal.value.code == "cases.paper_overtaken", "nobody asked yet"
    actions.ask_paper(paper, people.jia)
    with pytest.raises(UserError):
        actions.decide_paper(paper, people.jia2, approve=False)
    assert actions.decide_paper(paper, people.jia2, approve=False, sentence="数据不全").approval == "refused"
    with pytest.raises(UserError):
        actions.hand_over_paper(paper, people.jia, to_send=True)
    assert actions.ask_paper(paper, people.jia).approval == "asked"
    assert actions.decide_paper(paper, people.chief, approve=True).approval == "approved"
    assert body(actions.hand_over_paper(paper, people.jia, to_send=True))
    assert [one.verb for one in Event.objects.filter(verb__startswith="case.paper").order_by("pk")] == [
        "case.paper_added", "case.paper_asked", "case.paper_refused", "case.paper_asked", "case.paper_approved",
        "case.paper_sent",
    ]  # fmt: skip
