"""Printed numbers as intervals, and verdicts that follow from them."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commercebrain.engine.planaudit.interval import Interval, Printed, grade, printed

values = st.floats(min_value=0.1, max_value=1e6, allow_nan=False)
intervals = st.tuples(values, values).map(lambda pair: Interval(min(pair), max(pair)))


def plain(text: str, **words: bool) -> Printed:
    said = {"exact": False, "about": False, "above": False, "firm": False} | words
    return printed(text, 1.0, **said)


def total(numbers: Sequence[Interval]) -> tuple[Interval, Interval]:
    return numbers[0] + numbers[1], numbers[2]


@pytest.mark.parametrize(
    ("text", "words", "low", "high"),
    [
        ("84.4", {}, 84.35, 84.45),
        ("1,023", {}, 1022.5, 1023.5),
        ("3", {"about": True}, 1.5, 4.5),
        ("8", {"about": True, "firm": True}, 7.5, 8.5),
        ("1459", {"exact": True}, 1459, 1459),
        ("66.0", {"above": True}, 66.0, 66.1),
        ("1400", {"above": True}, 1400, 1500),
    ],
)
def test_a_printed_number_stands_for_what_rounds_to_it(
    text: str, words: dict[str, bool], low: float, high: float
) -> None:
    found = plain(text, **words).interval()
    assert (found.low, found.high) == pytest.approx((low, high))


@pytest.mark.parametrize(
    ("parts", "whole", "verdict"),
    [
        (("2386.36", "191.92"), "2578.28", "holds"),
        (("1003.04", "804.36"), "1807.39", "rounding"),
        (("1003.04", "804.36"), "1807.44", "off"),
        (("18", "38.9"), "56.9", "holds"),
        (("18", "38.9"), "59.9", "off"),
    ],
)
def test_a_sum_holds_is_off_by_rounding_or_off(parts: tuple[str, str], whole: str, verdict: str) -> None:
    assert grade([plain(part) for part in (*parts, whole)], total) == verdict


def test_things_counted_one_by_one_have_no_rounding() -> None:
    assert grade([plain(n, exact=True) for n in ("196", "1261", "1459")], total) == "off"
    assert grade([plain(n, exact=True) for n in ("196", "1261", "1457")], total) == "holds"


@given(intervals, intervals, st.floats(0, 1), st.floats(0, 1))
def test_results_lie_inside_the_result_of_the_intervals(a: Interval, b: Interval, s: float, t: float) -> None:
    x, y = a.low + s * (a.high - a.low), b.low + t * (b.high - b.low)
    for result, interval in ((x + y, a + b), (x - y, a - b), (x * y, a * b), (x / y, a / b), (x**0.2, a.power(0.2))):
        slack = 1e-9 * max(abs(interval.low), abs(interval.high), 1)
        assert interval.low - slack <= result <= interval.high + slack


@given(intervals, intervals)
def test_meeting_is_mutual_and_an_interval_meets_itself(a: Interval, b: Interval) -> None:
    assert a.meets(b) == b.meets(a)
    assert a.meets(a)


@given(values, st.integers(0, 3), values)
def test_a_sum_printed_from_its_parts_is_never_off(x: float, decimals: int, y: float) -> None:
    a, b = f"{x:.{decimals}f}", f"{y:.{decimals}f}"
    whole = f"{x + y:.{decimals}f}"
    assert grade([plain(a), plain(b), plain(whole)], total) in ("holds", "rounding")


def test_division_by_something_that_may_be_zero_says_nothing() -> None:
    assert (Interval(1, 2) / Interval(-1, 1)).meets(Interval(1e9, 1e9))
