"""The benchmarks' harness: fair pairs, honest intervals, figures that say when they do not hold."""

from __future__ import annotations

import json
import math
import subprocess
import sys

import pytest
from bench.__main__ import load, names, page
from bench.harness import ROOT, Figure, bootstrap_interval, growth_exponent, interleaved_pairs, machine
from hypothesis import given
from hypothesis import strategies as st


def test_the_two_things_take_turns_at_going_first() -> None:
    calls: list[str] = []

    def thing(name: str, seconds: float) -> float:
        calls.append(name)
        return seconds

    pairs = interleaved_pairs(lambda: thing("a", 1.0), lambda: thing("b", 2.0), pairs=4, warm=1)
    assert pairs == [(1.0, 2.0)] * 4
    assert "".join(calls) == "ab" + "abbaabba"


@given(st.lists(st.floats(0.01, 100), min_size=1, max_size=30))
def test_the_median_lies_within_its_interval_and_the_interval_within_the_values(values: list[float]) -> None:
    median, low, high = bootstrap_interval(values, draws=200)
    assert min(values) <= low <= median <= high <= max(values)
    assert bootstrap_interval(values, draws=200) == (median, low, high)


@given(st.floats(0.2, 3), st.floats(1e-6, 10))
def test_the_exponent_of_a_power_law_is_its_power(power: float, factor: float) -> None:
    sizes = [1e3, 1e4, 1e5]
    assert math.isclose(growth_exponent(sizes, [factor * n**power for n in sizes]), power, rel_tol=1e-6)


def test_growth_without_two_sizes_is_refused() -> None:
    with pytest.raises(ValueError, match="two at least"):
        growth_exponent([1], [1])


@pytest.mark.parametrize(
    ("got", "better", "ok"),
    [(0.96, "higher", True), (0.95, "higher", True), (0.94, "higher", False), (0.94, "lower", True), (None, "higher", False),
     (math.nan, "lower", False)],
)  # fmt: skip
def test_a_figure_holds_when_it_is_what_it_must_be(got: float | None, better: str, ok: bool) -> None:
    figure = Figure("f", got, 0.95, 1.0, better, "how", {"n": 3})  # type: ignore[arg-type]
    assert figure.ok is ok
    said = json.loads(figure.line())
    assert list(said) == ["figure", "got", "must", "aim", "better", "ok", "inputs", "method"]
    assert said["ok"] is ok


def test_the_page_says_what_was_not_measured() -> None:
    figure = Figure("reading_speed_ratio", None, 1, 5, "higher", "no environment")
    text = page({"plan-reading": [figure]})
    assert "| `reading_speed_ratio` | not measured | 1 | 5 | higher | no |" in text and "no environment" in text


def test_every_bench_is_found_by_its_name() -> None:
    assert "plan-reading" in names()
    for name in names():
        assert load(name).TITLE and isinstance(load(name).QUICK, bool) and callable(load(name).figures)


def test_an_unknown_bench_is_named_and_nothing_is_printed() -> None:
    done = subprocess.run([sys.executable, "-m", "bench", "no-such"], cwd=ROOT, capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (2, "")
    assert "no-such" in done.stderr and "plan-reading" in done.stderr


def test_the_machine_is_described() -> None:
    assert machine()["cores"] >= 1


def test_a_page_keeps_what_was_not_measured_this_time() -> None:
    one = Figure("a", 1.0, 2, 1, "lower", "how a was measured")
    first = page({"plan-audit": [one], "plan-reading": [one]})
    second = page({"plan-reading": [Figure("b", 3.0, 4, 3, "lower", "how b was measured")]}, first)
    assert second.index("## plan-audit") < second.index("## plan-reading")
    assert "how a was measured" in second and second.count("## ") == 2 and "`b`" in second
    assert page({"plan-audit": [one], "plan-reading": [one]}, second) == first
