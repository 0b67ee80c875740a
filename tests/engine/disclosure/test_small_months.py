"""However few lines and firms a month has, it is protected, and an intake never fails because it could not be."""

from __future__ import annotations

import logging
from datetime import date
from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from tests.engine.disclosure.attack import DIMS, Line, recovered, targets
from tests.engine.disclosure.small_city import CLEARED, CODE, ask, draw, rows, take_in
from tests.engine.disclosure.test_protection import FLOW, MONTH, TABLES_, contributions, groups_of, labels_of, published

from commercebrain.engine.disclosure import store
from commercebrain.engine.disclosure.groups import published_groups
from commercebrain.engine.disclosure.month import Contributions, protect
from commercebrain.engine.working.store import refresh_dataset

#: What is really traded and grouped: the groups of the catalogue overlap in these.
REAL = {
    "county": ("330602", "330603", "330604", "330624", "330681", "330683"),
    "country": ("AUS", "BRN", "DEU", "FRA", "IND", "JPN", "KOR", "MYS", "NRU", "RUS", "SGP", "THA", "USA", "VNM"),
    "hs2": ("03", "08", "28", "39", "54", "55", "61", "62", "64", "72", "84", "85", "87", "90", "94"),
    "mode": ("0110", "1039", "1210", "9610", "9710", "9810"),
}
GROUPS = published_groups(date(2025, 1, 28))


def month(seed: int, lines: int, firms: int, sizes: tuple[int, int, int, int], skew: float) -> Contributions:
    rng = np.random.default_rng(seed)
    labels = {
        dim: tuple(sorted(rng.choice(REAL[dim], size, replace=False).tolist()))
        for dim, size in zip(DIMS, sizes, strict=True)
    }
    codes = {dim: rng.integers(0, len(of), lines) for dim, of in labels.items()}
    value = rng.lognormal(8, skew, lines).astype(np.int64) * rng.choice([0, 1, 1, 1, 1, -1], lines)
    return Contributions(codes, labels, rng.integers(0, firms, lines), value)


def checked(given_: Contributions) -> bool:
    """Whether anything of the month is told; if nothing, every margin and cell is withheld."""
    made = protect(given_, TABLES_, groups=GROUPS)
    if not made.whole and len(given_.firm):
        assert all(margin.hidden.all() for margin in made.margins.values())
        assert all(hidden.all() for hidden in made.cells.values())
    return made.whole


@settings(max_examples=150, deadline=None)
@given(
    st.integers(0, 100_000),
    st.one_of(st.integers(1, 8), st.integers(1, 200)),
    st.one_of(st.integers(1, 5), st.integers(1, 120)),
    st.tuples(*(st.integers(1, len(REAL[dim])) for dim in DIMS)),
    st.sampled_from([0.3, 1.0, 3.0]),
)
@example(4, 1, 1, (1, 1, 1, 1), 0.3)
def test_every_small_month_is_protected(
    seed: int, lines: int, firms: int, sizes: tuple[int, int, int, int], skew: float
) -> None:
    checked(month(seed, lines, firms, sizes, skew))


def test_where_no_total_is_left_to_give_up_the_groups_are_and_then_everything() -> None:
    """Months in which every total of a table was withheld and a pool was still open."""
    told = {checked(month(seed, 127, 5, (5, 12, 8, 3), 3.0)) for seed in range(150)}
    assert told == {True, False}


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 10_000), st.integers(3, 9), st.integers(4, 40))
def test_what_is_told_of_a_month_of_few_firms_gives_no_cell_away(seed: int, firms: int, many: int) -> None:
    """Firms trade everything with everybody, so cells are unsafe and totals are not."""
    sizes = (2, 5, 5, 2)
    labels, rng = labels_of(sizes), np.random.default_rng(seed)
    lines = [
        Line(MONTH, FLOW, str(int(rng.integers(firms))), *(str(int(rng.integers(n))) for n in sizes), int(rng.lognormal(6, 1)) + 1)
        for _ in range(many)
    ]  # fmt: skip
    groups = groups_of(seed, labels)
    made = protect(contributions(lines, labels), TABLES_, groups=groups)
    assert recovered(published(made, lines, labels, groups), list(targets(lines, labels))[:25]) == []


def broken(*_: object, **__: object) -> None:
    raise RuntimeError("no protection today")


def test_a_month_whose_protection_fails_is_taken_in_and_told_to_the_cleared_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    lines = draw(1)
    first, last = min(line.month for line in lines), max(line.month for line in lines)
    take_in(tmp_path, [line for line in lines if line.month == first], date(2025, 4, 1))
    monkeypatch.setattr(store, "protect", broken)
    with caplog.at_level(logging.ERROR):
        take_in(tmp_path, [line for line in lines if line.month == last], date(2025, 5, 1))
    assert "withheld whole" in caplog.text
    seen = ask(tmp_path, CLEARED, code="customs_export_value", by=("county",))
    told = ask(tmp_path, code="customs_export_value", by=("county",))
    assert seen is not None
    assert told is not None
    assert {row["period"] for row in rows(seen) if row["level"]} == {first, last}
    assert {row["period"] for row in rows(told) if row["reason"] == "suppressed"} == {last}


@pytest.mark.parametrize("part", ["protect", "from_working"])
def test_the_report_of_a_refresh_names_the_months_that_are_withheld(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, part: str
) -> None:
    lines = draw(1)
    records = take_in(tmp_path, [line for line in lines if line.month == 202401], date(2025, 4, 1))
    for file in (tmp_path / "disclosure" / CODE).iterdir():
        file.unlink()
    monkeypatch.setattr(store, part, broken)
    assert refresh_dataset(tmp_path, CODE).untold == (202401,)
    assert store.recompute(records).untold == (() if part == "protect" else (202401,))
    monkeypatch.undo()
    assert refresh_dataset(tmp_path, CODE).untold == ()


def test_a_vintage_that_could_not_be_read_keeps_those_after_it_from_being_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They would be protected without regard to what the earlier one tells once it can be read again."""
    lines = [line for line in draw(1, lines=150) if line.month == 202401]
    take_in(tmp_path, lines, date(2025, 4, 1))
    take_in(tmp_path, lines[:-20], date(2025, 5, 1))
    folder = tmp_path / "disclosure" / CODE
    contents = {file.name: file.read_bytes() for file in folder.iterdir()}
    for file in folder.iterdir():
        file.unlink()
    monkeypatch.setattr(store, "from_parquet", broken)  # the older vintage is read from the record
    assert refresh_dataset(tmp_path, CODE).untold == (202401,)
    assert list(folder.iterdir()) == []
    monkeypatch.undo()
    assert refresh_dataset(tmp_path, CODE).untold == ()
    assert {file.name: file.read_bytes() for file in folder.iterdir()} == contents
