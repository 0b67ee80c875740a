"""Sums over goods finer than a chapter: told only where no difference of what is told is a small set of firms."""

from __future__ import annotations

from itertools import product

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from commercebrain.engine.disclosure.declared import Rule
from commercebrain.engine.disclosure.details import admitted, text
from commercebrain.engine.disclosure.margins import protect_margin
from commercebrain.engine.disclosure.primary import add_up, concentration
from commercebrain.engine.indicators.conditions import parse

RULE = Rule()
GOODS, CHAPTERS = 12, 4


@settings(max_examples=150, deadline=None)
@given(seed=st.integers(0, 10_000), firms=st.integers(1, 60), lines=st.integers(1, 300), many=st.integers(1, 6))
def test_every_piece_that_chapters_and_admitted_sums_cut_the_goods_into_is_safe(
    seed: int, firms: int, lines: int, many: int
) -> None:
    rng = np.random.default_rng(seed)
    of = np.sort(rng.integers(0, CHAPTERS, GOODS))
    code, firm = rng.integers(0, GOODS, lines), rng.integers(0, firms, lines)
    value = rng.lognormal(5, 1, lines).astype(np.int64) + 1
    margin = protect_margin(*add_up(of[code], firm, value), CHAPTERS, RULE)
    if margin.open:
        return  # nothing of such a month is told
    sums = [(str(number), rng.random(GOODS) < 0.5) for number in range(many)]
    told = admitted(*add_up(code, firm, value), of, margin, sums, RULE)
    taken = [np.array(members) for name, members in sums if name in told]
    # What a reader can take apart: goods that stand in the same chapter (or pool) and in the same admitted sums.
    names = np.where(margin.pool[of] == -1, of, 100 + margin.pool[of])
    signature = [(int(names[good]), *(bool(members[good]) for members in taken)) for good in range(GOODS)]
    for piece in set(signature):
        inside = np.array([one == piece for one in signature])[code]
        held = concentration(np.zeros(int(inside.sum()), np.int64), firm[inside], value[inside], 1)
        assert not held.unsafe(RULE)[0]
    for pool in np.unique(margin.pool[margin.hidden]):
        pieces = {
            one
            for one, good in product(signature, range(GOODS))
            if margin.pool[of[good]] == pool and one == signature[good]
        }
        traded = {signature[good] for good in np.unique(code) if margin.pool[of[good]] == pool}
        assert len(pieces & traded) <= 1  # no sum takes a part of a pool


def test_a_sum_over_safe_goods_is_told_and_one_that_leaves_a_single_firm_is_not() -> None:
    # Chapter 0: goods 0 (five firms) and 1 (five firms); chapter 1: goods 2 (five firms) and 3 (one firm).
    code = np.array([0] * 5 + [1] * 5 + [2] * 5 + [3])
    firm = np.array([*range(5), *range(5, 10), *range(10, 15), 15])
    value = np.full(16, 100)
    of = np.array([0, 0, 1, 1])
    margin = protect_margin(*add_up(of[code], firm, value), 2, RULE)
    assert not margin.hidden.any()
    sums = [("good 0", np.array([1, 0, 0, 0], bool)), ("good 2", np.array([0, 0, 1, 0], bool))]
    assert admitted(*add_up(code, firm, value), of, margin, sums, RULE) == ("good 0",)


def test_equal_conditions_have_one_text_whatever_the_order_of_their_values() -> None:
    first, second = (parse(f"hs10 in ({one})") for one in ("'8703', '8501'", "'8501', '8703'"))
    assert text(first) == text(second)
    assert text(parse("hs4 == '8703'")) != text(parse("hs10 startswith '8703'"))
