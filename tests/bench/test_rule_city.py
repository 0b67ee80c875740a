"""The bench of rules keeps firms apart: what a month tells of a firm stands in that firm's row, whatever a month's order."""

from __future__ import annotations

import numpy as np
import pytest
from bench._rule_city import City

from commercebrain.engine.catalogue import load_catalogue
from commercebrain.engine.foresight.months import months_apart


@pytest.mark.slow
def test_a_months_facts_and_signals_stand_in_the_row_of_their_firm() -> None:
    """Frames have the largest firms of their own month first; rows of the bench are the same firm's throughout."""
    city = City(1, firms=400, first=202502, last=202503)
    orders = [city.history[month].frame("firm").keys for month in city.months]
    assert any(order != orders[0] for order in orders), "firms lie in one order: this shows nothing"
    everyone = np.flatnonzero(city.facts.trade_rows >= 0)
    begin = months_apart(city.facts.months.span[0], city.first)
    exported = city.exports_of(everyone)[:, begin : begin + len(city.months)]
    assert np.array_equal(city.told("exports")[everyone], exported)
    rule = load_catalogue().rules["R204"]
    each, union = city.fires([rule])
    gone = city.told("zero_months") >= 2
    assert union.any() and np.array_equal(each["R204"], union)
    assert gone[union].all()
