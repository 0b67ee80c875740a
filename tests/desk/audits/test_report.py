"""The report for the drafting office: both files opened, the words found in them."""

from __future__ import annotations

import io
import re
import zipfile

import docx
import pypdfium2
import pytest
from django.utils import translation
from tests.desk.audits.conftest import PROVINCE, SHAOXING, SHAOXING_TABLE

from commercebrain.desk.audits import actions
from commercebrain.desk.audits.models import AuditFinding
from commercebrain.desk.audits.report import content, to_docx, to_pdf
from commercebrain.desk.audits.report import pdf as pdf_report
from commercebrain.engine.errors import UserError

pytestmark = pytest.mark.django_db


@pytest.fixture
def audited(plan, house):
    """Three audited plans; one contradiction is answered."""
    plans = [plan(SHAOXING, "shaoxing"), plan(SHAOXING_TABLE, "shaoxing"), plan(PROVINCE, "zhejiang")]
    actions.run(plans)
    finding = AuditFinding.objects.get(check_number="PA101", verdict="contradiction")
    actions.answer(house.people.province, finding, "explained", "统计口径已调整", token="")
    return plans


def words_of_docx(data: bytes) -> str:
    return "\n".join(paragraph.text for paragraph in docx.Document(io.BytesIO(data)).paragraphs)


def words_of_pdf(data: bytes) -> str:
    file = pypdfium2.PdfDocument(data)
    return "\n".join(page.get_textpage().get_text_range() for page in file)


def plain(text: str) -> str:
    """Without what typesetting changes: white space, and the dash that stands for the page number."""
    return re.sub(r"\s|—\d+—|\ufffe", "", text)


@pytest.mark.parametrize("form", ["docx", "pdf"])
def test_each_finding_that_asks_stands_in_the_report_with_words_sum_and_answer(audited, house, form):
    with translation.override("zh-hans"):
        told = content(house.people.province, [])
    text = plain(words_of_docx(to_docx(told)) if form == "docx" else words_of_pdf(to_pdf(told)))
    asking = AuditFinding.objects.filter(verdict__in=["contradiction", "conflict", "tension"])
    assert asking.count() > 5
    for finding in asking:
        for quote in finding.quotes:
            assert plain(quote["quote"]) in text, quote["quote"]
        assert plain(finding.computation) in text
        assert plain(finding.zh) in text
    for words in ("规划数据核对意见", "统计口径已调整", "未答复", "制定单位", "2025-07-21"):
        assert words in text
    for finding in AuditFinding.objects.filter(verdict="holds"):
        assert plain(finding.zh) not in text


def test_the_word_file_names_its_chinese_fonts_for_chinese_letters(audited, house):
    with translation.override("zh-hans"):
        data = to_docx(content(house.people.province, []))
    xml = zipfile.ZipFile(io.BytesIO(data)).read("word/document.xml").decode()
    for font in ("方正小标宋简体", "仿宋_GB2312", "黑体"):
        assert f'w:eastAsia="{font}"' in xml
    assert 'w:type="lines"' in xml


def test_the_report_on_two_plans_holds_only_what_is_between_them(audited, house):
    with translation.override("en"):
        told = content(house.people.province, audited[:2])
    text = words_of_docx(to_docx(told))
    assert "‰" in text and "47.4" not in text and "Report on the numbers of the plans" in text
    assert len(told.documents) == 2


def test_words_that_look_like_markup_stay_words(plan, house):
    document = plan(PROVINCE, "ningbo", title="#set page(width: 1cm) *粗* <b>&")
    actions.run([document])
    told = content(house.people.clerk, [document])
    assert "#set page(width: 1cm) *粗* <b>&" in words_of_docx(to_docx(told))
    assert plain("#set page(width: 1cm) *粗* <b>&") in plain(words_of_pdf(to_pdf(told)))


def test_a_report_holds_nothing_that_its_reader_may_not_see(audited, house):
    with translation.override("zh-hans"):
        told = content(house.people.sister, [])
    assert "47.4" not in words_of_docx(to_docx(told))
    assert len(told.documents) == 2


def test_a_server_without_a_chinese_font_says_so_instead_of_printing_boxes(audited, house, monkeypatch):
    monkeypatch.setattr(pdf_report, "_families", lambda: frozenset({"DejaVu Sans"}))
    with pytest.raises(UserError) as fault:
        to_pdf(content(house.people.province, []))
    assert "fonts-noto-cjk" in fault.value.zh


@pytest.mark.parametrize(("form", "begins"), [("docx", b"PK"), ("pdf", b"%PDF")])
def test_both_files_come_by_download(audited, house, sign_in, form, begins):
    answer = sign_in(house.people.province).get(f"/audits/report/{form}/?first={audited[0].pk}")
    assert answer.status_code == 200 and answer.content.startswith(begins)
    assert form in answer["Content-Disposition"]


def test_an_unknown_form_or_plan_is_not_found(audited, house, sign_in):
    client = sign_in(house.people.province)
    assert client.get("/audits/report/exe/").status_code == 404
    assert client.get("/audits/report/pdf/?first=999999").status_code == 404
    assert client.get("/audits/report/pdf/?first=x").status_code == 404
