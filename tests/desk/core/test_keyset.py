"""Walking a list by keys meets every row exactly once, whatever the order: equal values and missing ones included."""

from __future__ import annotations

from datetime import date

import pytest
from django.db.models import F, Value
from django.db.models.functions import Upper
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.depth import examples

from commercebrain.desk.core import keyset
from commercebrain.desk.core.columns import Column, sort_rows
from commercebrain.desk.core.models import Event
from commercebrain.desk.registry.models import Region
from commercebrain.engine.errors import UserError

pytestmark = [pytest.mark.django_db, pytest.mark.database]


def walk(rows, size, backwards=False):
    """Codes in the order in which the pages show them, going on or going back from the last page."""
    keys = keyset.keys_of(rows)
    assert keys is not None
    pages = [keyset.page(rows, keys, size)]
    while pages[-1].following:
        pages.append(keyset.page(rows, keys, size, after=pages[-1].following))
    if not backwards:
        return [row.pk for page in pages for row in page.rows]
    back = [pages[-1]]
    while back[-1].previous:
        back.append(keyset.page(rows, keys, size, before=back[-1].previous))
    return [row.pk for page in reversed(back) for row in page.rows]


VALUES = st.lists(
    st.tuples(
        st.sampled_from(["", "甲", "乙", "A", "a", "Z'"]),
        st.one_of(st.none(), st.dates(min_value=date(1990, 1, 1))),
        st.sampled_from(["nation", "province", "city"]),
        st.booleans(),
    ),
    min_size=1,
    max_size=12,
)
ORDERS = [
    ("name_en",),
    ("-valid_to", "name_en"),
    ("valid_to",),
    ("level", "-valid_to", "code"),
    ("-parent__name_en", "valid_to"),
    ("parent__valid_to",),
    ("-pk",),
    ("parent",),
]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=examples(50), deadline=None)
@given(values=VALUES, order=st.sampled_from(ORDERS), size=st.integers(1, 5))
def test_every_row_is_met_once_on_the_way_there_and_on_the_way_back(db, values, order, size):
    Region.objects.update(parent=None)
    Region.objects.all().delete()
    above = Region.objects.create(code="990000", name_zh="上", name_en="Up", level="city", synthetic=True)
    for n, (name, until, level, below) in enumerate(values):
        Region.objects.create(
            code=f"99{n + 1:04d}", name_zh=f"区{n}", name_en=name, level=level, valid_to=until, synthetic=True,
            parent=above if below else None,
        )  # fmt: skip
    rows = Region.objects.order_by(*order)
    there = walk(rows, size)
    assert sorted(there) == sorted(rows.values_list("pk", flat=True))
    assert walk(rows, size, backwards=True) == there


@pytest.mark.parametrize("descending", [False, True])
def test_rows_without_a_value_come_last_either_way(regions, descending):
    Region.objects.filter(code="330200").update(valid_to=date(2030, 1, 1))
    rows = sort_rows(Region.objects.all(), Column("to", "To", sort="valid_to"), descending)
    assert walk(rows, 2)[0] == regions["330200"].pk and len(walk(rows, 2)) == len(regions)


def test_a_row_that_comes_in_before_the_place_does_not_shift_the_next_page(regions):
    rows = Region.objects.order_by("code")
    keys = keyset.keys_of(rows)
    first = keyset.page(rows, keys, 2)
    Region.objects.create(code="100001", name_zh="新", name_en="New", level="county")
    second = keyset.page(rows, keys, 2, after=first.following)
    assert [row.code for row in second.rows] == sorted(regions)[2:4]


def test_a_place_whose_rows_are_gone_leads_to_the_first_page(regions):
    rows = Region.objects.order_by("code")
    keys = keyset.keys_of(rows)
    place = keyset.page(rows, keys, 3).following
    gone = rows.filter(code__lt=sorted(regions)[2])
    assert [row.code for row in keyset.page(gone, keys, 3, after=place).rows] == sorted(regions)[:2]


@pytest.mark.parametrize("key", ["x", "é", "W10", "eyJhIjoxfQ", "WyJjb2RlLHBrIiwxXQ", "bnVsbA", "=" * 9])
def test_a_key_that_no_list_has_given_is_refused_with_a_sentence(regions, key):
    rows = Region.objects.order_by("code")
    with pytest.raises(UserError, match="第一页"):
        keyset.page(rows, keyset.keys_of(rows), 2, after=key)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(key=st.text(max_size=40))
def test_no_text_as_a_key_breaks_anything(regions, key):
    rows = Region.objects.order_by("valid_to", "code")
    try:
        keyset.page(rows, keyset.keys_of(rows), 2, after=key)
    except UserError as fault:
        assert fault.code == "list.bad_key"


def test_a_key_of_another_order_is_refused(regions):
    rows = Region.objects.order_by("code")
    place = keyset.page(rows, keyset.keys_of(rows), 2).following
    other = Region.objects.order_by("-code")
    with pytest.raises(UserError):
        keyset.page(other, keyset.keys_of(other), 2, after=place)


def test_an_order_that_no_key_can_hold_is_left_to_page_numbers():
    assert keyset.keys_of(Region.objects.order_by("?")) is None
    assert keyset.keys_of(Region.objects.order_by(Upper("code"))) is None
    assert keyset.keys_of(Region.objects.order_by("code").union(Region.objects.all())) is None
    assert keyset.keys_of(Region.objects.order_by(F("valid_to").desc(nulls_first=True))) is None


def test_annotations_are_keys_too(regions):
    rows = Region.objects.annotate(depth=F("parent__valid_to"), one=Value(1)).order_by("depth", "one")
    assert len(walk(rows, 2)) == len(regions)


def test_the_count_says_when_it_stopped(regions):
    rows = Region.objects.all()
    assert str(keyset.count(rows)) == str(len(regions)) and not keyset.count(rows).more
    some = keyset.count(rows, limit=3)
    assert some.more and str(some) == "3+" and some == 3
    assert str(keyset.Total(10_000, True)) == "10,000+"


def test_a_deep_page_asks_the_database_no_more_than_the_first(regions, django_assert_num_queries):
    rows = Event.objects.order_by("-at", "-id")
    keys = keyset.keys_of(rows)
    with django_assert_num_queries(1):
        keyset.page(rows, keys, 50)


@pytest.mark.parametrize("order", ["name_zh", "-name_zh", "uscc", "established_on"])
def test_many_rows_are_read_in_their_order_and_are_the_same_rows(house, order):
    from commercebrain.desk.registry.models import Enterprise
    from commercebrain.desk.registry.queries import enterprises_visible_to

    for n in range(30):
        Enterprise.objects.create(
            uscc=f"9133020000{n * 7 % 30:08d}", name_zh=f"公司{n % 7}", region=house.regions["330200"],
            established_on=date(2020, 1, 1 + n) if n % 3 else None, unit=(house.units.ningbo, house.units.haishu)[n % 2],
        )  # fmt: skip
    rows = enterprises_visible_to(house.people.planner).order_by(order, "pk")
    keys = keyset.keys_of(rows)
    wanted, found, after = [row.pk for row in rows.order_by(*(key.order(False) for key in keys))], [], ""
    assert len(wanted) == 30
    while True:
        piece = keyset.page(rows, keys, 4, after=after, many=True)
        found += [row.pk for row in piece.rows]
        after = piece.following
        if not after:
            break
    assert found == wanted
    back = keyset.page(
        rows, keys, 4, before=keyset.page(rows, keys, 4, after=keyset.page(rows, keys, 4).following).previous, many=True
    )
    assert [row.pk for row in back.rows] == wanted[:4]


def test_that_there_are_very_many_rows_is_remembered_and_an_exact_number_is_not(house, monkeypatch):
    monkeypatch.setattr(keyset, "_many", {})
    rows = Region.objects.filter(code__startswith="33")
    exact = keyset.count(rows)
    assert not exact.more and not keyset._many
    Region.objects.create(code="339999", name_zh="新区", name_en="", level="county", parent=house.regions["330200"])
    assert keyset.count(rows) == exact + 1
