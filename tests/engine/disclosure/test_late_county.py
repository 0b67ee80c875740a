"""A whole county comes late: what two vintages of a city tell differs by its figures, and these give no firm away."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.engine.disclosure.attack import Attack, Fact, Line, recovered, targets
from tests.engine.disclosure.test_protection import (
    FLOW,
    MONTH,
    TABLES_,
    city,
    contributions,
    groups_of,
    labels_of,
    published,
)

from commercebrain.engine.disclosure import store
from commercebrain.engine.disclosure.month import Contributions
from commercebrain.engine.disclosure.store import MonthProtection, protect_month

SIZES = (3, 5, 4, 3)
LABELS = labels_of(SIZES)
COUNTIES = {"0": "990101", "1": "990102", "2": "990103"}
KEY = ("990100", FLOW)


def of_city(lines: Sequence[Line]) -> Contributions:
    made = contributions(list(lines), LABELS)
    return Contributions(made.codes, {**LABELS, "county": tuple(COUNTIES.values())}, made.firm, made.value)


def parts(lines: Sequence[Line]) -> np.ndarray:
    return np.array([FLOW] * len(lines))


def two_vintages(
    seed: int, lines: Sequence[Line], late: str, *, gone: bool = False
) -> tuple[MonthProtection, MonthProtection]:
    """The city without the county and with it; ``gone``: the other way round."""
    tables, day = TABLES_.model_copy(update={"fine": None, "coarse": None}), date(2025, 1, 28)
    groups, before = groups_of(seed, LABELS), [line for line in lines if line.county != late]
    old, new = (lines, before) if gone else (before, lines)
    first = protect_month(MONTH, of_city(old), parts(old), tables, groups, day)
    return first, protect_month(MONTH, of_city(new), parts(new), tables, groups, day, (first, of_city(old), parts(old)))


def difference(seed: int, lines: list[Line], late: str, *, gone: bool = False) -> Attack:
    """What is told by both vintages, subtracted: facts about the lines of the late county alone."""
    before = [line for line in lines if line.county != late]
    vintages = two_vintages(seed, lines, late, gone=gone)
    first, second = vintages[::-1] if gone else vintages  # the larger is the minuend
    groups = groups_of(seed, LABELS)
    attack = Attack(LABELS, (FLOW,), (MONTH,))
    if KEY not in first.of or KEY not in second.of:
        return attack
    told = [
        published(one.of[KEY], known, LABELS, groups) for one, known in ((first, before), (second, lines))
    ]  # the same sums of cells have the same places in both
    held: list[dict[tuple[int, ...], float]] = [
        {tuple(sorted(places)): value for (places, signs), value in zip(one.rows, one.known, strict=True) if min(signs) > 0}
        for one in told
    ]  # fmt: skip
    for places, value in held[1].items():
        if places in held[0]:
            attack.rows.append((list(places), [1.0] * len(places)))
            attack.known.append(value - held[0][places])
    others = [label for label in LABELS["county"] if label != late]
    for other in others:
        attack.learn(Fact((FLOW,), (MONTH,), (("county", (other,)),), 0.0))
    return attack


def found(seed: int, lines: list[Line], late: str, many: int = 25, *, gone: bool = False) -> int:
    wanted = list(targets([line for line in lines if line.county == late], LABELS))
    wanted = [wanted[i] for i in np.random.default_rng(seed).permutation(len(wanted))[:many]]
    return len(recovered(difference(seed, lines, late, gone=gone), wanted))


@settings(max_examples=8, deadline=None)
@given(
    st.integers(0, 10_000), st.integers(8, 60), st.integers(40, 400), st.sampled_from(["0", "1", "2"]), st.booleans()
)
def test_the_difference_of_two_vintages_gives_no_cell_of_a_late_or_vanished_county_away(
    seed: int, firms: int, many: int, late: str, gone: bool
) -> None:
    assert found(seed, city(seed, firms=firms, lines=many, sizes=SIZES, skew=0.3), late, gone=gone) == 0


@pytest.mark.slow
@settings(max_examples=150, deadline=None)
@given(
    st.integers(0, 10_000), st.integers(8, 90), st.integers(40, 500), st.sampled_from(["0", "1", "2"]), st.booleans()
)
def test_the_difference_of_two_vintages_gives_nothing_away_in_many_cities(
    seed: int, firms: int, many: int, late: str, gone: bool
) -> None:
    assert found(seed, city(seed, firms=firms, lines=many, sizes=SIZES, skew=0.3), late, gone=gone) == 0


def test_a_good_deal_of_the_later_vintage_is_told_and_without_the_rule_it_would_give_cells_away(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    lines = city(11, firms=60, lines=400, sizes=SIZES, skew=0.3)
    _, second = two_vintages(11, lines, "2")
    assert second.of[KEY].whole
    assert sum(int((~hidden).sum()) for hidden in second.of[KEY].cells.values()) > 10
    monkeypatch.setattr(store, "_change", lambda *_: None)
    assert found(11, lines, "2", many=60) > 0


def test_a_late_county_of_two_firms_withholds_the_later_city_whole() -> None:
    lines = city(11, firms=60, lines=400, sizes=SIZES, skew=0.3)
    few: list[Line] = [line for line in lines if line.county != "2"]
    few += [Line(MONTH, FLOW, str(900 + i), "2", "1", "1", "1", 1000) for i in range(2)]
    first, second = two_vintages(11, few, "2")
    assert first.of[KEY].whole
    assert not second.of[KEY].whole


def test_a_sum_over_finer_goods_is_told_only_where_the_late_county_alone_could_be_told_too() -> None:
    """机电产品 and the like are city figures: two vintages tell the late county's by subtraction."""
    goods = ("8501100000", "8507600000", "8517110000", "8541430000", "6101000000")
    told = []
    for few in (False, True):
        rng, lines = np.random.default_rng(3), []
        for county in range(3):
            for firm in range(12):
                for number in range(len(goods)):
                    if not (few and county == 2 and firm and number == 1):  # one firm only for batteries
                        lines.append((county, 100 * county + firm, number, int(rng.integers(900, 1100))))
        rows = np.array(lines)
        codes = {
            "county": rows[:, 0], "country": rows[:, 1] % 2, "mode": rows[:, 1] % 2,
            "hs2": np.where(rows[:, 2] < 4, 1, 0), "hs10": rows[:, 2],
        }  # fmt: skip
        labels = {
            "county": tuple(COUNTIES.values()), "country": ("JPN", "USA"), "mode": ("0110", "1210"),
            "hs2": ("61", "85"), "hs10": goods,
        }  # fmt: skip
        whole = Contributions(codes, labels, rows[:, 1], rows[:, 3])
        before = whole.only(codes["county"] < 2)
        part, day = np.array([FLOW] * len(rows)), date(2025, 1, 28)
        first = protect_month(MONTH, before, part[: len(before.firm)], TABLES_, {}, day)
        earlier = (first, before, part[: len(before.firm)])
        second = protect_month(MONTH, whole, part, TABLES_, {}, day, earlier)
        alone = protect_month(MONTH, whole, part, TABLES_, {}, day)
        told.append((set(second.of[KEY].sums), set(alone.of[KEY].sums)))
    assert told[0][0] == told[0][1] != set()
    battery = {one for one in told[1][1] if "850760" in one}
    assert battery  # the city alone could tell them
    assert not battery & told[1][0]
