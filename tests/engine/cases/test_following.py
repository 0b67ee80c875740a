"""After the measure: which months are looked at, what they say, helped beside unhelped firms, what a remedy case cost."""

from __future__ import annotations

import math
from datetime import date, datetime, timedelta
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from commercebrain.engine.cases.following import Foreseen, foreseen, judge, overall, spans
from commercebrain.engine.cases.helping import FACTOR, LEAST_PAIRS, Firm, pairs, recovery
from commercebrain.engine.cases.kinds import Bounds
from commercebrain.engine.cases.remedies import Expected, costs, lost_trade, responding
from commercebrain.engine.cases.response import Ran, numbers, response_clocks, times
from commercebrain.engine.catalogue import load_catalogue
from commercebrain.engine.clock import BEIJING

D = Decimal


def test_full_months_after_the_measure_are_looked_at_with_the_same_months_a_year_before() -> None:
    one, three = spans(date(2025, 7, 24), (1, 3))
    assert (one.first, one.last, one.before) == ("2025-08", "2025-08", ((2024, 8),))
    assert (three.first, three.last) == ("2025-08", "2025-10")
    assert three.before == ((2024, 8), (2024, 9), (2024, 10))
    # Customs lines of a month come on the twentieth of the next, or the working day after it.
    assert (one.due_on, three.due_on) == (date(2025, 9, 22), date(2025, 11, 20))


def test_a_measure_at_the_end_of_the_year_is_followed_into_the_next() -> None:
    (three,) = spans(date(2024, 11, 30), (3,))
    assert (three.first, three.last, three.before) == ("2024-12", "2025-02", ((2023, 12), (2024, 1), (2024, 2)))


@pytest.mark.parametrize(
    ("before", "after", "expected", "last", "told"),
    [
        ("100", "95", None, True, "recovered"),
        ("100", "80", None, True, "not_recovered"),
        ("100", "80", None, False, "too_early"),
        ("100", "95", "120", True, "not_recovered"),  # what was expected counts, where it is known
        ("100", "80", "85", False, "recovered"),
        ("100", None, "85", True, "no_figures"),
        (None, "80", None, True, "no_figures"),
        ("0", "80", None, True, "no_figures"),
        ("100", "0", None, True, "not_recovered"),
    ],
)
def test_a_follow_up_says_what_the_figures_say(
    before: str | None, after: str | None, expected: str | None, last: bool, told: str
) -> None:
    def number(text: str | None) -> Decimal | None:
        return None if text is None else D(text)

    assert judge(number(before), number(after), number(expected), Bounds(), last=last) == told


@pytest.mark.parametrize(
    ("results", "told"),
    [
        ({}, "too_early"),
        ({1: "too_early"}, "too_early"),
        ({1: "recovered"}, "recovered"),
        ({1: "recovered", 3: "not_recovered"}, "not_recovered"),
        ({1: "too_early", 3: "recovered"}, "recovered"),
        ({1: "no_figures", 3: "no_figures"}, "no_figures"),
        ({1: "no_figures"}, "too_early"),
    ],
)
def test_the_latest_definite_result_is_that_of_the_case(results: dict[int, str], told: str) -> None:
    assert overall(results, (1, 3)) == told


# -- helped and unhelped


def firms(prefix: str, count: int, change: float, seed: int, **like: str) -> list[Firm]:
    drawn = np.random.default_rng(seed)
    kind = {"tier": "a", "size": "small", "industry": "17", "level": "watch", **like}
    return [
        Firm(f"{prefix}{n:03d}", **kind, before=(before := float(drawn.uniform(90, 110))),
             after=before * math.exp(change + float(drawn.normal(0, 0.1))), recovered=change > -0.1)
        for n in range(count)
    ]  # fmt: skip


def test_help_that_worked_is_told_with_its_interval_beside_similar_firms() -> None:
    found = recovery(firms("h", 30, -0.05, 1), firms("u", 60, -0.35, 2))
    assert len(found.pairs) == 30
    assert found.effect is not None and found.effect.told_apart
    low, mid, high = found.effect.low, found.effect.estimate, found.effect.high
    assert low < 0.3 < high and abs(mid - 0.3) < 0.1
    assert found.rate == 1.0
    assert "30家" in found.words.zh and "并非随机" in found.words.zh


def test_no_effect_is_not_told_as_one() -> None:
    found = recovery(firms("h", 40, -0.2, 3), firms("u", 80, -0.2, 4))
    assert found.effect is not None and not found.effect.told_apart
    assert "含零" in found.words.zh and "nought" in found.words.en


def test_without_a_pair_nothing_is_counted() -> None:
    found = recovery(firms("h", 3, 0.0, 5), [])
    assert found.pairs == () and "没有可以相比" in found.words.zh and "0" not in found.words.en


def test_fewer_than_twenty_pairs_are_too_few_to_tell() -> None:
    found = recovery(firms("h", LEAST_PAIRS - 1, 0.0, 5), firms("u", 60, -0.3, 6))
    assert found.effect is None
    assert "19对" in found.words.zh and "too few to tell" in found.words.en


def test_firms_of_another_kind_are_never_compared() -> None:
    helped = firms("h", 25, 0.0, 7)
    for other in ({"tier": "b"}, {"size": "large"}, {"industry": "18"}, {"level": "note"}):
        assert recovery(helped, firms("u", 60, -0.3, 8, **other)).pairs == ()


def test_a_firm_that_stopped_selling_is_not_left_out() -> None:
    gone = Firm("g", "a", "small", "17", "watch", 100, 0, False)
    assert math.isfinite(gone.change)
    assert recovery([gone], firms("u", 3, 0.0, 9)).pairs


AMOUNTS = st.one_of(st.just(0.0), st.floats(1, 1e9))
FIRMS = st.builds(
    Firm, key=st.text("abcdef", min_size=3, max_size=3), tier=st.sampled_from("ab"), size=st.sampled_from(["small", "large"]),
    industry=st.just("17"), level=st.just("watch"), before=AMOUNTS, after=AMOUNTS,
)  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(st.lists(FIRMS, max_size=12, unique_by=lambda one: one.key), st.lists(FIRMS, max_size=20, unique_by=lambda one: one.key), st.randoms())  # fmt: skip
def test_pairs_are_alike_used_once_and_do_not_hang_on_the_order(
    helped: list[Firm], pool: list[Firm], rnd: object
) -> None:
    found = pairs(helped, pool)
    others = [other.key for _, other in found]
    assert len(set(others)) == len(others)
    assert not {one.key for one in helped if one.before > 0} & set(others)
    for one, other in found:
        assert one.like == other.like
        assert 1 / FACTOR - 1e-9 <= one.before / other.before <= FACTOR + 1e-9
    mixed, mixed_pool = list(helped), list(pool)
    rnd.shuffle(mixed)  # type: ignore[attr-defined]
    rnd.shuffle(mixed_pool)  # type: ignore[attr-defined]
    assert pairs(mixed, mixed_pool) == found


# -- remedy cases


def test_the_responding_rate_is_of_the_firms_named() -> None:
    told = responding([{"responds": "yes"}, {"responds": "no"}, {"responds": "undecided"}, {}])
    assert (told.named, told.responding, told.undecided, told.rate) == (4, 1, 2, D("25.00"))
    assert responding([]).rate is None


def test_costs_and_subsidies_are_added_and_who_has_not_said_is_not_nought() -> None:
    told = costs([{"response_cost": "120.50", "response_subsidy": "40"}, {"response_cost": "79.50"}, {}])
    assert (told.cost, told.subsidy, told.told, told.share) == (D("200.00"), D("40"), 2, D("20.00"))


def test_lost_trade_is_expected_less_actual_over_known_months_only() -> None:
    expected = {f"2025-{m:02d}": Expected(D(100), D(90), D(115)) for m in range(1, 7)}
    values = {"2025-02": D(100), "2025-03": D(60), "2025-04": D(50), "2025-05": None}
    told = lost_trade(values, expected, "2025-03")
    assert told.months == ("2025-03", "2025-04")
    assert told.unknown == ("2025-05", "2025-06")
    assert (told.lost, told.low, told.high) == (D(90), D(70), D(120))
    assert "45.0%" in told.words.zh and "2025-05" in told.words.zh
    assert lost_trade({}, expected, "2025-03").months == ()


def test_more_than_expected_is_no_loss() -> None:
    assert lost_trade({"2025-03": D(150)}, {"2025-03": D(100)}, "2025-03").lost == 0


# -- how a case was answered


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=BEIJING)


OPENED = moment("2025-07-21 09:00")
ACK, CONTACT = Ran("acknowledge", moment("2025-07-22 23:59:59")), Ran("contact", moment("2025-07-25 23:59:59"))


def counted(now: str, **given: object) -> dict[str, int | None]:
    one = load_catalogue().templates["warning_response"]
    whole = {"entered": {"opened": OPENED}, "values": {}, "clocks": [ACK], "results": [], "opened_at": OPENED}
    return numbers(one, now=moment(now), **{**whole, **given})  # type: ignore[arg-type]


def test_the_clocks_of_the_answer_are_those_up_to_the_contact() -> None:
    assert response_clocks(load_catalogue().templates["warning_response"]) == ("acknowledge", "contact")
    assert response_clocks(load_catalogue().templates["firm_request"]) == ("accept",)


def test_a_response_is_not_due_before_its_clock_has_run_out() -> None:
    assert (counted("2025-07-22 10:00")["due"], counted("2025-07-23 10:00")["due"]) == (0, 1)
    assert counted("2025-07-23 10:00")["responded"] == 0


def test_contact_in_time_is_a_response_on_time_and_a_late_acknowledgement_is_not() -> None:
    entered = {"opened": OPENED, "acknowledged": moment("2025-07-22 10:00"), "contacted": moment("2025-07-24 10:00")}
    met = [
        Ran("acknowledge", ACK.due_at, entered["acknowledged"]),
        Ran("contact", CONTACT.due_at, entered["contacted"]),
    ]
    told = counted("2025-09-01 09:00", entered=entered, clocks=met)
    assert (told["due"], told["responded"], told["on_time"], told["acknowledge_days"]) == (1, 1, 1, 1)
    late = [Ran("acknowledge", ACK.due_at, ACK.due_at + timedelta(hours=10)), met[1]]
    told = counted("2025-09-01 09:00", entered=entered, clocks=late)
    assert (told["responded"], told["on_time"]) == (1, 0)


def test_the_measure_and_the_follow_up_count_when_they_are_there() -> None:
    told = counted("2025-12-01 09:00", values={"measure_done": "2025-08-04"}, results=["too_early", "recovered"],
                   closed_at=moment("2025-11-24 10:00"))  # fmt: skip
    assert (told["acted"], told["act_days"], told["followed"], told["recovered"], told["closed"]) == (1, 10, 1, 1, 1)
    assert counted("2025-12-01 09:00", results=["too_early"])["followed"] == 0
    assert (told["named"], told["responding"]) == (None, None)


def test_times_are_told_by_their_middle_and_their_mean() -> None:
    told = times([1, None, 2, 9])
    assert (told.count, told.median, told.mean) == (3, 2.0, 4.0)
    assert times([None]).median is None


# --- what was to be expected had nothing been done ----------------------------------------------------------------------
def series(first: int, values: list[int | None]) -> dict[int, Decimal | None]:
    """Monthly values from a month (yyyymm) on."""
    months = [first // 100 * 12 + first % 100 - 1 + n for n in range(len(values))]
    return {
        month // 12 * 100 + month % 12 + 1: None if one is None else D(one)
        for month, one in zip(months, values, strict=True)
    }


def test_the_months_of_the_span_alone_are_summed_though_the_forecast_begins_earlier() -> None:
    told = foreseen(series(202307, [100] * 24), "2025-09", "2025-11")  # known to 2025-06: July and August lie between
    assert (told.method, told.history) == ("forecast", 24) and told.value == pytest.approx(D(300), abs=D(6))


def test_with_too_few_months_the_same_months_a_year_before_are_expected_and_without_them_nothing() -> None:
    few = series(202408, [10, 20, 30, 40, 50, 60, 70, 80, 90, 95, 99])
    assert foreseen(few, "2025-08", "2025-10") == Foreseen(D(60), "year_before", 11)
    assert foreseen(few, "2025-07", "2025-08") == Foreseen(None, "none", 11), "July of the year before is not known"
    assert foreseen({}, "2025-08", "2025-08") == Foreseen(None, "none", 0)


@settings(max_examples=20, deadline=None)
@given(
    st.lists(st.integers(0, 10**9), min_size=3, max_size=3), st.lists(st.integers(0, 10**6), min_size=16, max_size=20)
)
def test_what_came_in_the_span_or_later_never_moves_what_was_expected_of_it(
    later: list[int], before: list[int]
) -> None:
    known = series(202401, [*before])
    last = max(known)
    begin = last + 1 if last % 100 < 12 else last + 89
    text = f"{begin // 100}-{begin % 100:02d}"
    assert foreseen({**known, **series(begin, [*later])}, text, text) == foreseen(known, text, text)
