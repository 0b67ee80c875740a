"""Fragments of names, old names, codes and initials find their rows, on either database, and nothing else does."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from commercebrain.desk.core import fulltext
from commercebrain.desk.core.models import SearchEntry
from commercebrain.desk.registry.models import Region

pytestmark = [pytest.mark.django_db, pytest.mark.database]
TYPE = "registry.region"


@pytest.fixture
def indexed(regions):
    """The regions, indexed by both names, initials, code; 鄞州 also by its old name."""
    for region in regions.values():
        old = ["鄞县"] if region.code == "330212" else []
        words = [region.name_zh, region.name_en, *fulltext.spelled(region.name_zh), region.code, *old]
        fulltext.index(TYPE, [(region.pk, words)])
    return regions


def found(text: str) -> set[str]:
    return set(fulltext.matching(Region.objects.all(), text).values_list("code", flat=True))


@pytest.mark.parametrize(
    "text",
    [
        "鄞州",
        "州区",
        "鄞州区",
        "鄞县",
        "yzq",
        "yz",
        "330212",
        "0212",
        "Yinzhou",
        "YINZHOU dist",
        "ｙｉｎｚｈｏｕ",
        "鄞",
        "鄞州 3302",
    ],
)
def test_any_fragment_of_a_name_an_old_name_a_code_or_initials_finds(indexed, text):
    assert "330212" in found(text)


@pytest.mark.parametrize("text", ["州鄞", "区鄞州", "330213", "鄞州 3306", "？！", "鄞宁", "%", "_"])
def test_what_does_not_stand_there_is_not_found(indexed, text):
    assert "330212" not in found(text)


def test_an_empty_text_narrows_nothing(indexed):
    assert len(found("  ")) == len(indexed)


def test_scope_and_filters_of_the_query_set_stay(indexed):
    rows = Region.objects.filter(level="city").order_by("-code")
    assert [r.code for r in fulltext.matching(rows, "330")] == ["330600", "330200"]


def test_a_new_text_replaces_the_old_one(indexed):
    region = indexed["330212"]
    fulltext.index(TYPE, [(region.pk, ["奉化区"])])
    assert found("奉化") == {"330212"} and "330212" not in found("鄞州")
    fulltext.remove(TYPE, [region.pk])
    assert found("奉化") == set()
    fulltext.remove(TYPE)
    assert not SearchEntry.objects.exists()


def test_a_text_that_very_many_rows_share_still_finds_all_of_them(indexed, monkeypatch):
    few = found("330")
    monkeypatch.setattr(fulltext, "FEW", 2)
    assert found("330") == few and len(few) == 5


WORDS = st.text(alphabet="宁波市鄞州区商务局abc012 （）Ａ％", max_size=9)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None)
@given(names=st.lists(WORDS, min_size=30, max_size=30), text=WORDS)
def test_the_index_agrees_with_looking_at_every_name(regions, names, text):
    rows = list(regions.values())
    assert len(rows) <= len(names)
    fulltext.index(TYPE, [(row.pk, [name]) for row, name in zip(rows, names, strict=False)])
    parts = fulltext.fragments(text)
    expected = {
        row.code for row, name in zip(rows, names, strict=False) if all(part in fulltext.normal(name) for part in parts)
    }
    if not text.strip():
        expected = {row.code for row in rows}
    elif not parts:
        expected = set()
    assert found(text) == expected
