"""Status words and rates."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commercebrain.engine.clock import BEIJING
from commercebrain.engine.forms.status import (
    WORDS,
    Rates,
    Standing,
    Status,
    is_locked,
    is_on_time,
    rates,
    shown,
    status,
)

OPENS = datetime(2025, 7, 21, tzinfo=BEIJING)
DUE = datetime(2025, 7, 25, 17, tzinfo=BEIJING)
SECOND = timedelta(seconds=1)
STANDINGS = st.builds(Standing, st.sampled_from(Status), st.sampled_from((None, True, False)), st.booleans())


@pytest.mark.parametrize(
    ("state", "now", "word"),
    [
        ("asked", OPENS - SECOND, "未到期"),
        ("asked", OPENS, "待报"),
        ("asked", DUE, "待报"),
        ("asked", DUE + SECOND, "逾期"),
        ("sent", DUE + SECOND, "已报"),
        ("returned", DUE + SECOND, "退回"),
        ("passed", OPENS, "通过"),
        ("excused", DUE + SECOND, "免报"),
    ],
)
def test_the_word_follows_from_state_and_clock(state: str, now: datetime, word: str) -> None:
    assert WORDS[status(state, OPENS, DUE, now)].zh == word


def test_on_time_is_up_to_the_minute_and_a_lock_opens_for_an_exception() -> None:
    assert is_on_time(DUE, DUE)
    assert not is_on_time(DUE + SECOND, DUE)
    assert not is_locked(DUE, DUE - SECOND)
    assert is_locked(DUE, DUE)
    assert not is_locked(DUE, DUE, until=DUE + SECOND)
    assert is_locked(DUE, DUE + SECOND, until=DUE + SECOND)


def test_where_nobody_was_asked_there_is_no_rate() -> None:
    for empty in (rates([]), rates([Standing(Status.EXCUSED), Standing(Status.NOT_YET)])):
        assert empty.asked == 0
        assert empty.rate is None
        assert empty.on_time_rate is None
        assert empty.unchanged_rate is None
    assert shown(None) == "–"


def test_what_was_sent_back_counts_again_when_it_is_corrected() -> None:
    found = rates(
        [
            Standing(Status.PASSED, True, True),
            Standing(Status.FILED, False),
            Standing(Status.RETURNED, True),
            Standing(Status.OVERDUE),
            Standing(Status.EXCUSED),
        ]
    )
    assert found == Rates(asked=4, filed=2, on_time=1, passed=1, returned=1, overdue=1, unchanged=1)
    assert (found.rate, found.on_time_rate, found.unchanged_rate, found.missing) == (0.5, 0.25, 0.5, 2)


@given(st.lists(STANDINGS), st.lists(STANDINGS))
def test_rates_of_parts_add_up_and_stay_between_none_and_all(one: list[Standing], other: list[Standing]) -> None:
    whole = rates([*one, *other])
    assert whole == rates(one) + rates(other)
    for share in (whole.rate, whole.on_time_rate, whole.unchanged_rate):
        assert share is None or 0 <= share <= 1
    assert whole.on_time <= whole.filed <= whole.asked


@given(st.integers(0, 10**6), st.integers(1, 10**6))
def test_only_all_is_shown_as_a_hundred_per_cent_and_only_none_as_zero(filed: int, asked: int) -> None:
    filed = min(filed, asked)
    told = shown(filed / asked)
    assert (told == "100.0%") == (filed == asked)
    assert (told == "0.0%") == (filed == 0)
