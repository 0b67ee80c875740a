"""Rhythms: what is written, what is meant, slots without a gap and without a double."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commercebrain.engine.errors import UserError
from commercebrain.engine.rhythm import parse_rhythm

TEXTS = st.one_of(
    st.builds("hour {}".format, st.integers(0, 59)),
    st.builds(
        "{} {:02}:{:02}".format,
        st.one_of(
            st.sampled_from(["day", "workday", "month last"]),
            st.builds("week {}".format, st.integers(1, 7)),
            st.builds("month {}".format, st.integers(1, 28)),
        ),
        st.integers(0, 23),
        st.integers(0, 59),
    ),
)
MOMENTS = st.datetimes(datetime.fromisoformat("2023-01-02"), datetime.fromisoformat("2024-06-30"))


@pytest.mark.parametrize(
    ("text", "after", "expected"),
    [
        ("day 03:00", "2025-07-21 03:00", "2025-07-22 03:00"),
        ("workday 08:30", "2025-09-30 09:00", "2025-10-09 08:30"),  # National Day and Mid-Autumn: 1 to 8 October
        ("workday 08:30", "2025-09-27 09:00", "2025-09-28 08:30"),  # a Sunday on which offices work
        ("week 1 07:00", "2025-07-21 07:00", "2025-07-28 07:00"),
        ("month last 18:00", "2024-02-01 00:00", "2024-02-29 18:00"),
        ("month 5 06:00", "2025-07-05 06:00", "2025-08-05 06:00"),
        ("hour 15", "2025-07-21 23:15", "2025-07-22 00:15"),
    ],
)
def test_the_next_slot_is_the_one_that_the_calendar_gives(text, after, expected):
    assert parse_rhythm(text).following(datetime.fromisoformat(after)) == datetime.fromisoformat(expected)


@given(text=TEXTS)
def test_a_rhythm_is_written_as_it_was_read_and_told_in_both_languages(text):
    rhythm = parse_rhythm(text)
    assert str(rhythm) == text and parse_rhythm(str(rhythm)) == rhythm
    assert rhythm.zh.startswith("每") and rhythm.en


@given(
    text=TEXTS,
    after=MOMENTS,
    first=st.timedeltas(timedelta(0), timedelta(40)),
    second=st.timedeltas(timedelta(0), timedelta(40)),
)
def test_two_spans_one_after_another_have_the_slots_of_the_whole(text, after, first, second):
    rhythm = parse_rhythm(text)
    middle, last = after + first, after + first + second
    whole = list(rhythm.slots(after, last))
    assert whole == [*rhythm.slots(after, middle), *rhythm.slots(middle, last)]
    assert whole == sorted(set(whole)) and all(after < slot <= last for slot in whole)


@pytest.mark.parametrize("text", ["", "day", "day 3:00", "day 25:00", "week 8 03:00", "week last 03:00", "month 31 03:00",
                                  "hour 60", "year 1 03:00", "day 03:00 x"])  # fmt: skip
def test_what_is_no_rhythm_is_refused_with_a_sentence(text):
    with pytest.raises(UserError, match="not a rhythm"):
        parse_rhythm(text)
