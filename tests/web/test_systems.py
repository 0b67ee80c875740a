"""规划系统对照: every system that the plans name, each with its state; what works is proved by a test that runs."""

from __future__ import annotations

import re
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse
from tests.house import House
from tests.real import NINGBO_PLAN, SHAOXING_PLAN, SHAOXING_TASKS
from tests.tracked import ROOT

from commercebrain.engine.catalogue import SystemRow, load_catalogue

Browse = Callable[..., Client]


@cache
def rows() -> tuple[SystemRow, ...]:
    return tuple(load_catalogue().systems.values())


@cache
def shown() -> tuple[SystemRow, ...]:
    """The rows that claim to work, wholly or in part."""
    return tuple(row for row in rows() if row.state in ("works", "partly"))


# --- the data -----------------------------------------------------------------------------------------------------
def test_all_183_systems_stand_in_the_table_once() -> None:
    assert [row.id for row in rows()] == [f"S{number:03d}" for number in range(1, 184)]


@pytest.mark.parametrize("row", rows(), ids=lambda row: row.id)
def test_a_state_carries_what_it_asks_for(row: SystemRow) -> None:
    """works and partly: a link and a proof; out of scope: the reason; planned claims nothing."""
    if row.state in ("works", "partly"):
        assert row.link and row.link.startswith("/") and row.proof and row.proof.startswith("tests/")
        assert row.state == "works" or row.note, "what is missing must be said"
    else:
        assert not row.proof
        if row.state == "out-of-scope":
            assert row.reason or row.remark


def test_no_two_rows_share_both_link_and_proof() -> None:
    pairs = Counter((row.link, row.proof) for row in shown())
    assert [pair for pair, count in pairs.items() if count > 1] == []


def test_every_proof_is_a_test_of_the_default_run() -> None:
    proofs = sorted({row.proof for row in shown() if row.proof})
    assert proofs
    missing = [proof for proof in proofs if not (ROOT / proof.split("::")[0]).is_file()]
    assert missing == []
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-o", "addopts=", "--collect-only", "-q", "-m", "not slow", *proofs],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    collected = set(re.findall(r"^(tests/\S+?::\w+)", done.stdout, re.MULTILINE))
    unknown = [proof for proof in proofs if proof.split("[")[0] not in collected]
    assert unknown == [], done.stdout[-2000:] + done.stderr[-1000:]


# --- the pages ----------------------------------------------------------------------------------------------------
@pytest.mark.django_db
def test_the_first_line_counts_each_state_and_the_table_has_every_row(house: House, browse: Browse) -> None:
    page = browse(house.people.director).get(reverse("web:systems")).content.decode()
    count = Counter(row.state for row in rows())
    told = re.search(r'<p class="answer"[^>]*>(.*?)</p>', page, re.S)[1]
    assert [int(n) for n in re.findall(r"\d+", told)] == [
        183, count["works"], count["partly"], count["planned"], count["out-of-scope"],
    ]  # fmt: skip
    assert page.split("<tbody>")[1].split("</tbody>")[0].count("<tr>") == 183


@pytest.mark.django_db
@pytest.mark.parametrize("state", ["works", "partly", "planned", "out-of-scope"])
def test_the_filter_by_state_shows_the_rows_of_that_state(house: House, browse: Browse, state: str) -> None:
    page = browse(house.people.director).get(reverse("web:systems"), {"state": state}).content.decode()
    shown_ids = set(re.findall(r"/systems/(S\d{3})/", page))
    assert shown_ids == {row.id for row in rows() if row.state == state}


@pytest.mark.django_db
def test_the_filters_by_document_and_nature_and_the_search_narrow_the_table(house: House, browse: Browse) -> None:
    client = browse(house.people.director)

    def ids(**asked: str) -> set[str]:
        return set(re.findall(r"/systems/(S\d{3})/", client.get(reverse("web:systems"), asked).content.decode()))

    assert ids(doc=NINGBO_PLAN) == {row.id for row in rows() if any(s.doc == NINGBO_PLAN for s in row.source)}
    assert ids(judgement="physical") == {row.id for row in rows() if row.judgement == "physical"}
    assert ids(q="S001") == {"S001"}
    assert 0 < len(ids(doc=SHAOXING_PLAN, judgement="software")) < 183


@pytest.mark.django_db
def test_a_row_shows_the_words_of_the_document_that_asks_for_it(house: House, browse: Browse) -> None:
    row = rows()[0]
    page = browse(house.people.director).get(reverse("web:system", args=[row.id])).content.decode()
    assert row.source[0].quote in page and load_catalogue().title(row.source[0].doc).en in page
    assert row.source[0].doc not in page
    assert browse(house.people.director).get(reverse("web:system", args=["S999"])).status_code == 404


@pytest.mark.django_db
@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_every_row_opens_in_both_languages(house: House, browse: Browse, language: str) -> None:
    client = browse(house.people.director, language)
    for row in rows():
        answer = client.get(reverse("web:system", args=[row.id]))
        assert answer.status_code == 200, row.id
        assert row.name.say("zh" if language.startswith("zh") else "en")[:6] in answer.content.decode(), row.id


@pytest.mark.slow
@pytest.mark.django_db
def test_every_link_of_a_row_that_works_answers_a_role_that_may_see_it(
    house: House, browse: Browse, live: Callable[..., object], figures: Path
) -> None:
    live(NINGBO_PLAN)
    live(SHAOXING_TASKS, "shaoxing")
    clients = [browse(getattr(house.people, name)) for name in ("director", "planner", "clerk", "admin")]
    dead = []
    for link in sorted({row.link for row in shown() if row.link}):
        if not any(client.get(link).status_code == 200 for client in clients):
            dead.append(link)
    assert dead == []
    assert Client().get("/systems/").status_code == 302
