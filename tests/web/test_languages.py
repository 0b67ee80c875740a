"""Every word of the interface is there in both languages, and the reader chooses."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.urls import reverse
from django.utils import translation
from tests.web.strings import SOURCE, all_found

from commercebrain.engine.errors import UserError
from commercebrain.web.locale_build import build, messages

CHINESE = re.compile(r"[\u4e00-\u9fff]")


def test_every_message_in_code_and_templates_has_chinese():
    known = {message.english for message in messages()}
    missing = sorted({f"{found.english!r} ({found.place})" for found in all_found() if found.english not in known})
    assert not missing, "no Chinese in web/locale/src/*.zh.yaml for:\n" + "\n".join(missing)


def test_every_plural_in_code_is_the_plural_in_the_language_file():
    known = {message.english: message for message in messages()}
    wrong = [f for f in all_found() if f.plural and f.english in known and known[f.english].plural != f.plural]
    assert not wrong


def test_no_entry_of_the_language_files_is_unused():
    used = {found.english for found in all_found()}
    unused = [f"{m.file}: {m.english!r}" for m in messages() if m.english not in used]
    assert not unused, "\n".join(unused)


def test_translations_keep_the_placeholders_of_the_english():
    place = re.compile(r"%\((\w+)\)s")
    broken = []
    for message in messages():
        allowed = set(place.findall(message.english)) | set(place.findall(message.plural or ""))
        if set(place.findall(message.chinese)) != allowed:
            broken.append(message.english)
    assert not broken


def test_no_chinese_stands_in_a_template():
    offenders = []
    for file in SOURCE.rglob("templates/**/*.html"):
        for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), start=1):
            if CHINESE.search(re.sub(r"\{#.*?#\}", "", line)):
                offenders.append(f"{file.relative_to(SOURCE)}:{number}")
    assert not offenders, "write the English msgid and put the Chinese into a language file:\n" + "\n".join(offenders)


def test_no_script_of_ours_shows_chinese_or_english_of_its_own():
    for file in (SOURCE / "web" / "static" / "js").glob("*.js"):
        code = re.sub(r"/\*.*?\*/|//[^\n]*", "", file.read_text(encoding="utf-8"), flags=re.S)
        assert not CHINESE.search(code), file.name


def test_two_files_that_disagree_are_refused_with_both_named(tmp_path: Path):
    (tmp_path / "a.zh.yaml").write_text("Gap: 差距\n", encoding="utf-8")
    (tmp_path / "b.zh.yaml").write_text("Gap: 缺口\n", encoding="utf-8")
    with pytest.raises(UserError) as fault:
        build(tmp_path, tmp_path / "out")
    assert "a.zh.yaml" in fault.value.en and "b.zh.yaml" in fault.value.en and "差距" in fault.value.zh


@pytest.mark.parametrize("text", ["Gap: 差距\nGap: 差距\n", "yes: 是\n", "Rows: {zh: 行}\n", "Empty: ''\n"])
def test_a_bad_entry_is_a_sentence_that_names_the_file(tmp_path: Path, text: str):
    (tmp_path / "a.zh.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(UserError) as fault:
        build(tmp_path, tmp_path / "out")
    assert "a.zh.yaml" in fault.value.en
    assert not (tmp_path / "out").exists()


def test_plural_messages_are_chosen_in_both_languages():
    with translation.override("zh-hans"):
        assert translation.ngettext("%(n)s row", "%(n)s rows", 5) % {"n": 5} == "共5行"
    with translation.override("en"):
        assert translation.ngettext("%(n)s row", "%(n)s rows", 1) % {"n": 1} == "1 row"


@pytest.mark.django_db
def test_a_stranger_reads_chinese_whatever_the_browser_says(client):
    answer = client.get(reverse("people:sign_in"), headers={"accept-language": "en-US"})
    assert '<html lang="zh-CN">' in answer.text
    assert answer.headers["Content-Language"] == "zh-CN"


@pytest.mark.django_db
def test_the_switch_changes_the_language_and_returns_to_the_page(client):
    answer = client.post(reverse("set_language"), {"language": "en", "next": "/regions/"})
    assert answer.status_code == 302 and answer.url == "/regions/"
    assert '<html lang="en">' in client.get(reverse("people:sign_in")).text


@pytest.mark.django_db
def test_the_switch_does_not_lead_to_another_server(client):
    answer = client.post(reverse("set_language"), {"language": "en", "next": "https://example.com/"})
    assert not answer.url.startswith("https://example.com")


@pytest.mark.django_db
def test_an_english_page_holds_no_chinese_but_names(client, house):
    """Names of people, units and regions have English of their own; only the language switch says 中文."""
    client.force_login(house.people.director, backend="django.contrib.auth.backends.ModelBackend")
    client.post(reverse("set_language"), {"language": "en"})
    for name in ("people:units", "people:persons", "core:events", "core:jobs", "registry:regions", "people:me"):
        body = re.sub(r"<[^>]+>", " ", client.get(reverse(name)).text).replace("中文", "")
        assert not CHINESE.search(body), (name, CHINESE.search(body))
