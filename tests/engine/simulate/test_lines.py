"""Lines cut from the city's trade: any number of them, the same totals."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.depth import examples

from commercebrain.engine.errors import UserError
from commercebrain.engine.lake.records.blocks import check_block, sort_order
from commercebrain.engine.lake.records.schema import record_dataset
from commercebrain.engine.lake.records.table import Coded, MonthBlock
from commercebrain.engine.simulate import blocks
from commercebrain.engine.simulate.lines import cut_month, month_blocks
from commercebrain.engine.simulate.trade import Trade
from commercebrain.engine.simulate.world import month_number

NEWEST = month_number("2025-06")
JUNE = month_number("2024-06")


@pytest.fixture(scope="module")
def trade() -> Trade:
    return Trade(0, 20_000, NEWEST)


@pytest.fixture(scope="module")
def small() -> Trade:
    return Trade(2, 800, NEWEST)


def whole(parts: list[MonthBlock]) -> dict[str, np.ndarray]:
    """All columns of several blocks of a month, codes as numbers."""
    names = parts[0].columns
    pieces = {
        name: [column.codes if isinstance(column := part.columns[name], Coded) else column for part in parts]
        for name in names
    }
    return {name: np.concatenate(found) for name, found in pieces.items()}


def by_county(columns: dict[str, np.ndarray]) -> np.ndarray:
    place = columns["flow"].astype(int) * 6 + columns["county"]
    return np.bincount(place, columns["value_cny"], minlength=12).astype(np.int64)


def of_county(trade: Trade, month: int) -> np.ndarray:
    place = trade.city.flow * 6 + trade.city.firms.county[trade.city.firm]
    return np.bincount(place, trade.values(month), minlength=12).astype(np.int64)


@settings(max_examples=examples(25), deadline=None)
@given(lines=st.integers(48, 60_000), month=st.integers(month_number("2018-01"), month_number("2026-12")))
def test_any_number_of_lines_has_the_same_totals_by_flow_and_county(small: Trade, lines: int, month: int) -> None:
    columns = whole(list(month_blocks(small, month, lines)))
    assert len(columns["value_cny"]) == lines
    assert np.array_equal(by_county(columns), of_county(small, month))
    assert (columns["value_cny"] >= 0).all()
    assert (columns["quantity"] >= 10).all()


def test_with_lines_enough_each_firm_keeps_its_total(trade: Trade) -> None:
    firm = trade.city.firm * 2 + trade.city.flow
    wanted = np.bincount(firm, trade.values(JUNE))
    for lines in (30_000, 90_000):
        assert np.array_equal(np.bincount(firm, cut_month(trade, JUNE, lines).values), wanted)


def test_with_many_lines_streams_keep_theirs_too(trade: Trade) -> None:
    cut = cut_month(trade, JUNE, 1_500_000)
    values = trade.values(JUNE)
    large = values > 1_000_000
    assert np.abs(cut.values[large] / values[large] - 1).max() < 0.05


def test_lines_do_not_depend_on_the_size_of_blocks(small: Trade) -> None:
    one = whole(list(month_blocks(small, JUNE, 40_000)))
    parts = list(month_blocks(small, JUNE, 40_000, chunk=3_000))
    assert len(parts) > 5
    for name, column in whole(parts).items():
        assert np.array_equal(column, one[name]), name


def test_a_seed_gives_the_same_lines_and_another_seed_others() -> None:
    def made(seed: int) -> list[np.ndarray]:
        return [whole([block])["value_cny"] for block in blocks(5_000, seed, "2024-11", "2025-02", firms=400)]

    assert all(np.array_equal(a, b) for a, b in zip(made(4), made(4), strict=True))
    assert not all(len(a) == len(b) and np.array_equal(a, b) for a, b in zip(made(4), made(5), strict=True))


def test_a_seed_gives_the_lines_it_gave_yesterday() -> None:
    """Counts that the demonstration and other tests rest on: a change of the generator must be meant."""
    found = [whole([block]) for block in blocks(5_000, 0, "2025-05", "2025-06", firms=400)]
    assert [len(columns["value_cny"]) for columns in found] == FIXED[0]
    assert [int(columns["value_usd"].sum()) for columns in found] == FIXED[1]
    assert [int(columns["quantity"].sum()) for columns in found] == FIXED[2]


FIXED = ([2457, 2543], [4511952873, 4669341888], [1550370814210, 1461451441380])


def test_blocks_are_as_the_record_wants_them_and_in_its_order(small: Trade) -> None:
    dataset = record_dataset("declaration_lines")
    for block in month_blocks(small, JUNE, 20_000, chunk=6_000):
        check_block(dataset, block)
        assert np.array_equal(sort_order(dataset, block), np.arange(len(block)))


def test_the_lines_asked_for_are_the_lines_made() -> None:
    made = list(blocks(10_001, 1, "2022-12", "2023-03", firms=400))
    assert sum(len(block) for block in made) == 10_001
    assert [block.month for block in made] == [202212, 202301, 202302, 202303]


def test_a_month_is_the_same_in_a_longer_span() -> None:
    short = {b.month: by_county(whole([b])) for b in blocks(4_000, 1, "2024-01", "2024-12", firms=400)}
    long = {b.month: by_county(whole([b])) for b in blocks(9_000, 1, "2022-01", "2024-12", firms=400)}
    for month, totals in short.items():
        assert np.array_equal(totals, long[month])


def test_dollars_follow_the_months_rate(small: Trade) -> None:
    from commercebrain.engine.simulate.world import world

    columns = whole(list(month_blocks(small, JUNE, 5_000)))
    rate = world().usd_rate(JUNE)
    assert np.abs(columns["value_usd"] - columns["value_cny"] / rate).max() <= 0.5 + 1e-6


@pytest.mark.parametrize("lines", [0, 100, 500_000_001])
def test_too_few_or_too_many_lines_are_refused_in_a_sentence(lines: int) -> None:
    with pytest.raises(UserError, match=str(lines)) as fault:
        next(blocks(lines))
    assert fault.value.code == "simulate.lines"


@pytest.mark.slow
def test_memory_does_not_grow_with_the_number_of_lines() -> None:
    """Peak memory of a process that makes a month as of 500 million lines, against one of 300 million."""
    import subprocess
    import sys

    def peak(lines: int) -> int:
        told = (
            "import resource\n"
            "from commercebrain.engine.simulate.lines import month_blocks\n"
            "from commercebrain.engine.simulate.trade import Trade\n"
            f"for block in month_blocks(Trade(0, 20_000, {NEWEST}), {JUNE}, {lines} // 66):\n"
            "    pass\n"
            "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)"
        )
        return int(subprocess.run([sys.executable, "-c", told], capture_output=True, text=True, check=True).stdout)

    assert peak(500_000_000) < 1.15 * peak(300_000_000)
