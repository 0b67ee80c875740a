"""A request has one canonical form; a wrong one is told with what to write instead."""

from __future__ import annotations

import pickle
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commercebrain.engine.errors import UserError
from commercebrain.engine.indicators.request import OPTIONS, Request
from commercebrain.engine.indicators.transforms import TRANSFORMS
from commercebrain.engine.periods import Period

names = st.from_regex(r"[a-z][a-z0-9_]{0,10}", fullmatch=True)
values = st.text(st.characters(exclude_categories=("Cs", "Cc", "Zs", "Zl", "Zp")), min_size=1, max_size=8)
months = st.builds(Period.of_month, st.integers(2015, 2030), st.integers(1, 12))
years = st.builds(Period.of_year, st.integers(2015, 2030))


@st.composite
def requests(draw: st.DrawFn) -> Request:
    first, last = sorted(draw(st.tuples(months, months) | st.tuples(years, years)), key=lambda p: p.order)
    return Request(
        code=draw(names),
        region=draw(st.sampled_from(["990100", "330600"])),
        first=first,
        last=last,
        by=draw(st.lists(names, max_size=3)),
        transform=draw(st.sampled_from(list(TRANSFORMS))),
        where=draw(st.dictionaries(names, st.lists(values, max_size=3), max_size=3)),
        calibre=draw(st.just("") | names),
        as_of=draw(st.none() | st.dates(date(2020, 1, 1))),
        options=draw(
            st.dictionaries(
                st.sampled_from([o for o in OPTIONS if o not in ("frequency", "method")]), values, max_size=3
            )
        ),
    )


@given(requests())
def test_the_canonical_form_reads_back_as_the_same_request(request: Request) -> None:
    again = Request.from_query(request.canonical())
    assert again == request
    assert hash(again) == hash(request)
    assert again.canonical() == request.canonical()
    assert pickle.loads(pickle.dumps(request)) == request


def test_the_order_in_which_filters_were_typed_makes_no_difference() -> None:
    one = Request.parse("x", region="990100", period="2024", where=["country=USA,CAN", "mode=0110"], options=["n=5"])
    other = Request.parse("x", region="990100", period="2024", where=["mode=0110", "country=CAN,USA"], options=["n=5"])
    assert one == other
    assert list(one.canonical()) == ["code", "region", "period", "where.country", "where.mode", "option.n"]


@pytest.mark.parametrize(
    ("period", "frequency"),
    [
        ("2024-01:2025-06", "month"),
        ("2024", "year"),
        ("2020:2024", "year"),
        ("2024-Q1:2025-Q2", "quarter"),
        ("2024-01..03:2025-Q2", "quarter"),
        ("2023-01..06:2025-01..06", "span"),
        ("2021..2025", "span"),
        ("@2023:@2024", "point"),
        ("2023-H2", "half"),
        ("2024-01..02:2025-05", "month"),
    ],
)
def test_how_the_periods_are_written_says_what_a_row_covers(period: str, frequency: str) -> None:
    assert Request.parse("x", region="990100", period=period).frequency == frequency


@pytest.mark.parametrize(
    ("piece", "code"),
    [
        ({"period": "2025-01:2024-01"}, "request.period_order"),
        ({"period": "1950-01:2024-01"}, "request.too_many_periods"),
        ({"period": "soon"}, "period.unreadable"),
        ({"period": ""}, "request.incomplete"),
        ({"region": " "}, "request.incomplete"),
        ({"where": ["country"]}, "request.piece"),
        ({"where": ["country="]}, "request.piece"),
        ({"options": ["colour=red"]}, "request.unknown_option"),
        ({"options": ["frequency=weekly"]}, "request.unknown_frequency"),
        ({"options": ["method=x11"]}, "request.unknown_method"),
        ({"as_of": "yesterday"}, "request.as_of"),
    ],
)
def test_a_wrong_piece_is_told_with_what_to_write(piece: dict[str, object], code: str) -> None:
    told = {"region": "990100", "period": "2024-01:2025-06"} | piece
    with pytest.raises(UserError) as caught:
        Request.parse("x", **told)  # type: ignore[arg-type]
    assert caught.value.code == code
    assert caught.value.zh
    assert caught.value.en


def test_an_unknown_word_names_the_nearest_one() -> None:
    request = Request.parse("x", region="990100", period="2024", by="contry", transform="yoyo")
    with pytest.raises(UserError, match="“yoy”"):
        request.check(["county", "country"], TRANSFORMS)
    with pytest.raises(UserError, match="“country”"):
        request.with_(transform="yoy").check(["county", "country"], TRANSFORMS)
    request.with_(transform="yoy", by=("country",)).check(["county", "country"], TRANSFORMS)


def test_an_option_that_must_be_a_number_says_so() -> None:
    request = Request.parse("x", region="990100", period="2024", options=["n=many"])
    with pytest.raises(UserError) as caught:
        request.number("n", 3)
    assert caught.value.code == "request.option_number"
    assert request.number("window", 12) == 12
