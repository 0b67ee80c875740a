"""Whom a new version of a list hits that the old one did not."""

from __future__ import annotations

import pytest
from tests.engine.exposure.city import JOBS, LINES, PLACES, base_of, row

from commercebrain.engine.errors import UserError
from commercebrain.engine.exposure.compute import exposure
from commercebrain.engine.exposure.difference import newly_hit


def test_firms_newly_hit_no_longer_hit_and_hit_harder_are_told_apart() -> None:
    base = base_of()
    old = exposure([row("847130", rate=10.0), row("850110", "USA", 10.0)], base, places=PLACES, jobs=JOBS)
    new = exposure(
        [row("847130", rate=25.0), row("847141", rate=25.0), row("8501", "north_america", 10.0, excludes=("85011091",))],
        base, places=PLACES, jobs=JOBS,
    )  # fmt: skip
    found = newly_hit(old, new)
    assert [one.uscc for one in found.new] == ["E"]
    assert [one.uscc for one in found.gone] == ["C"]
    assert [(one.uscc, one.old, one.new) for one in found.harder] == [("A", 1000, 1200), ("B", 300, 370)]
    assert (found.new[0].county, found.new[0].new, found.new[0].jobs) == ("990102", 30, None)
    assert (found.gone[0].old_duty, found.gone[0].new_duty) == (4.0, 0.0)
    assert found.value == 30
    assert found.softer == ()


def test_a_higher_rate_on_the_same_goods_hits_harder_and_a_lower_one_softer() -> None:
    base = base_of()
    low, high = (exposure([row("847130", rate=rate)], base) for rate in (10.0, 25.0))
    assert [one.uscc for one in newly_hit(low, high).harder] == ["A", "B"]
    assert [one.uscc for one in newly_hit(high, low).softer] == ["A", "B"]
    same = newly_hit(low, low)
    assert (same.new, same.gone, same.harder, same.softer, same.unchanged) == ((), (), (), (), 2)


def test_a_firm_counts_as_hit_from_a_share_of_its_trade_on() -> None:
    base = base_of()
    nothing, some = exposure([], base), exposure([row("8501"), row("847130")], base)
    assert [one.uscc for one in newly_hit(nothing, some, least_share=0.5).new] == ["A", "B", "E"]
    assert [one.uscc for one in newly_hit(nothing, some, least_share=0.9).new] == ["E"]
    assert [one.uscc for one in newly_hit(nothing, some, least_value=41).new] == ["A", "B"]


def test_versions_over_different_months_are_not_compared() -> None:
    with pytest.raises(UserError) as fault:
        newly_hit(exposure([], base_of()), exposure([], base_of(LINES, span=(202301, 202312))))
    assert fault.value.code == "exposure.two_bases"
