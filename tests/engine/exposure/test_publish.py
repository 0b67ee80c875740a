"""What of an exposure may be told without clearance for firms, attacked by subtraction."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from tests.engine.exposure.city import base_of, row
from tests.engine.exposure.test_tiers import ALL_FIRMS, DAY
from tests.engine.rollups.lines import append, draw, months_of, table_at

from commercebrain.engine.disclosure.declared import Rule
from commercebrain.engine.exposure.base import TradeBase
from commercebrain.engine.exposure.compute import exposure
from commercebrain.engine.exposure.lines import customs_base
from commercebrain.engine.exposure.publish import Published, publishable
from commercebrain.engine.exposure.result import Exposure
from commercebrain.engine.working.store import refresh_dataset

RULE = Rule()


def city(seed: int, firms: int = 120) -> tuple[TradeBase, dict[str, tuple[str, str]]]:
    """Lines by chance in six counties, the sixth with two firms only."""
    rng = np.random.default_rng(seed)
    products = ["8471300000", "8501100000", "9503006000", "6109100000"]
    lines = [
        (f"F{rng.integers(firms):03d}", products[rng.integers(4)], ["USA", "DEU", "JPN"][rng.integers(3)], int(rng.integers(50, 150)))
        for _ in range(firms * 12)
    ]  # fmt: skip
    places = {f"F{n:03d}": (f"99010{1 + n % 5 if n > 1 else 6}", "") for n in range(firms)}
    return base_of(lines, dataset="order_lines"), places


def values(told: Published, name: str) -> dict[str, int | None]:
    safe = told.tables[name]
    return {
        code: None if hidden else int(value)
        for code, value, hidden in zip(safe.table.codes, safe.table.value, safe.withheld, strict=True)
    }


def test_a_county_of_two_firms_is_withheld_and_cannot_be_had_by_subtraction() -> None:
    base, places = city(3)
    found = exposure([row("8471", "USA", 10.0), row("8501", "USA", 10.0)], base, places=places)
    told = publishable(found, kept=True)
    assert told.totals is not None
    assert told.totals.value == found.totals.value
    county = values(told, "county")
    hidden = {code for code, value in county.items() if value is None}
    assert "990106" in hidden
    assert len(hidden) >= 2
    assert len(hidden) < len(county)
    pool = [upper for upper, at in zip(found.upper.tolist(), found.county, strict=True) if at in hidden]
    assert len(pool) >= RULE.contributors
    assert 100 * max(pool) <= RULE.share * sum(pool)
    shown = dict(zip(found.by("county").codes, found.by("county").value.tolist(), strict=True))
    assert all(value in (None, shown[code]) for code, value in county.items())
    safe = told.tables["county"]
    assert all(int(safe.table.firms[place]) == 0 for place, gone in enumerate(safe.withheld) if gone)
    assert any("不公布" in note.zh for note in told.notes)


def test_a_list_of_ones_own_tells_nothing() -> None:
    base, places = city(3)
    told = publishable(exposure([row("8471", "USA")], base, places=places))
    assert told.totals is None
    assert told.tables == {}
    assert "自拟" in told.notes[0].zh


def test_a_list_that_hits_two_firms_or_one_giant_is_not_told_at_all() -> None:
    few = base_of([("A", "8471300000", "USA", 5), ("B", "8471300000", "USA", 6), *_others()], dataset="order_lines")
    assert publishable(exposure([row("8471")], few), kept=True).totals is None
    giant = [("A", "8471300000", "USA", 10_000), *((f"S{n}", "8471300000", "USA", 5) for n in range(20)), *_others()]
    assert publishable(exposure([row("8471")], base_of(giant, dataset="order_lines")), kept=True).totals is None


def _others() -> list[tuple[str, str, str, int]]:
    return [(f"O{n}", "9503006000", "USA", 100 + n) for n in range(30)]


def test_what_a_category_leaves_beside_the_list_must_be_safe_too() -> None:
    """All but one firm's trade of the county is listed, and the county's whole is published."""
    lines = [(f"S{n}", "8471300000", "USA", 100) for n in range(12)] + [("LEFT", "9503006000", "USA", 777), *_others()]
    places = {f"S{n}": ("990101", "") for n in range(12)} | {"LEFT": ("990101", "")}
    places |= {f"O{n}": (f"99010{2 + n % 3}", "") for n in range(30)}
    found = exposure([row("8471"), row("9503", "JPN")], base_of(lines, dataset="order_lines"), places=places)
    told = publishable(found, kept=True)
    assert told.totals is None or "county" not in told.tables or values(told, "county")["990101"] is None


def test_the_difference_to_another_version_must_be_safe_too() -> None:
    base, places = city(3)
    lines = exposure([row("8471", "USA"), row("8501", "USA")], base, places=places)
    one_more = base_of_plus(base, places)
    old, new = one_more
    alone, beside = publishable(new, kept=True), publishable(new, kept=True, beside=[old])
    assert alone.totals is not None
    assert beside.totals is None, "the second version differs by one firm's goods"
    assert publishable(lines, kept=True, beside=[lines]).totals is not None


def base_of_plus(base: TradeBase, places: dict[str, tuple[str, str]]) -> tuple[Exposure, Exposure]:
    lines = [
        (base.firms[f], base.products[p], base.countries[c], int(v))
        for f, p, c, v in zip(base.firm, base.product, base.country, base.value, strict=True)
    ]
    more = base_of([*lines, ("F007", "9999999999", "USA", 60)], dataset="order_lines")
    rows = [row("8471", "USA"), row("8501", "USA")]
    return exposure(rows, more, places=places), exposure([*rows, row("9999", "USA")], more, places=places)


def test_who_sees_the_firms_of_a_county_cannot_take_them_from_a_pool() -> None:
    base, places = city(5)
    found = exposure([row("8471", "USA"), row("8501", "USA")], base, places=places)
    told = publishable(found, kept=True, known={"990101", "990102"})
    assert told.totals is not None
    hidden = {code for code, value in values(told, "county").items() if value is None}
    pool = [v for v, at in zip(found.upper.tolist(), found.county, strict=True) if at in hidden - {"990101", "990102"}]
    assert "990106" in hidden
    assert len(pool) >= RULE.contributors
    assert 100 * max(pool) <= RULE.share * sum(pool)


def test_jobs_that_one_firm_makes_up_are_not_told() -> None:
    base, places = city(3)
    rows = [row("8471", "USA"), row("8501", "USA")]
    even = exposure(rows, base, places=places, jobs=dict.fromkeys(places, 40))
    one = exposure(rows, base, places=places, jobs={**dict.fromkeys(places, 1), even.firms[5]: 9000})
    assert publishable(even, kept=True).totals.jobs == even.totals.jobs  # type: ignore[union-attr]
    assert publishable(one, kept=True).totals.jobs is None  # type: ignore[union-attr]


def test_duties_at_two_rates_are_told_only_where_the_goods_at_each_are_safe() -> None:
    """Value and duty are two equations: of two rates they give the goods at each."""
    base, places = city(3)
    one = exposure([row("8471", "USA", 10.0), row("8501", "USA", 10.0)], base, places=places)
    two = exposure([row("8471", "USA", 10.0), row("8501", "USA", 25.0)], base, places=places)
    for found in (one, two):
        assert publishable(found, kept=True).totals.duty == found.totals.duty  # type: ignore[union-attr]
    lines = [(base.firms[f], base.products[p], base.countries[c], int(v))
             for f, p, c, v in zip(base.firm, base.product, base.country, base.value, strict=True)]  # fmt: skip
    lone = base_of([*lines, ("F007", "8502110000", "USA", 90), *((f"F{n:03d}", "8502120000", "USA", 70) for n in range(20, 60))], dataset="order_lines")  # fmt: skip
    rows = [row("8471", "USA", 10.0), row("850211", "USA", 25.0), row("850212", "USA", 10.0)]
    told = publishable(exposure(rows, lone, places=places), kept=True)
    assert told.totals is not None
    assert told.totals.duty is None
    hs2 = told.tables["hs2"]
    assert hs2.table.duty is None or hs2.withheld[hs2.table.codes.index("85")]


def test_the_part_that_is_certain_is_not_told_beside_the_whole() -> None:
    base, places = city(3)
    rows = [row("8471", "USA"), row("85011010", "USA", nomenclature="USHTS")]
    found = exposure(rows, base, places=places, confirmed=[("F009", "8501101000")])
    told = publishable(found, kept=True)
    assert found.totals.confirmed is not None
    assert told.totals is not None
    assert told.totals.confirmed is None
    assert told.totals.sure is None
    assert told.tables["partner"].table.confirmed is None


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two months of 90 firms, and in the second one firm alone that sends one thing to one country."""
    root = tmp_path_factory.mktemp("protected")
    rng = np.random.default_rng(8)
    lone = replace(draw(rng, 1)[0], hs10="8800000001", country="KEN", flow="export", value_cny=4000)
    many = [
        replace(line, hs10="8800000001", country="KEN", flow="export", value_cny=1000 + n)
        for n, line in enumerate(draw(rng, 40, firms=range(40)))
    ]
    months = {month: draw(rng, 800, firms=range(90)) for month in months_of(202505, 2)}
    append(table_at(root), {202505: [*months[202505], *many], 202506: [*months[202506], lone]})
    return root


def test_stored_decisions_are_asked_and_without_them_nothing_is_told(lake: Path) -> None:
    rows = [row("1500000002", ""), row("2201", ""), row("2902", ""), row("4301", "")]
    found = exposure(rows, customs_base(lake, reach=ALL_FIRMS, as_of=DAY))
    assert publishable(found, kept=True).totals is None
    assert "还没有做完" in publishable(found, kept=True, lake_root=lake).notes[0].zh
    refresh_dataset(lake, "declaration_lines", counted=[])
    found = exposure(rows, customs_base(lake, reach=ALL_FIRMS, as_of=DAY))
    told = publishable(found, kept=True, lake_root=lake)
    assert told.totals is not None
    assert told.totals.value == found.totals.value
    # The whole of 88 × KEN is a declared total, one month of which is withheld: its sum over both would be that month.
    aligned = exposure([row("88", "KEN")], customs_base(lake, reach=ALL_FIRMS, as_of=DAY))
    assert aligned.totals.firms >= 40 // 2
    assert publishable(aligned, kept=True, lake_root=lake).totals is None
    mixed = exposure([*rows, row("88", "KEN")], customs_base(lake, reach=ALL_FIRMS, as_of=DAY))
    said = publishable(mixed, kept=True, lake_root=lake)
    if "hs2" in said.tables:
        assert values(said, "hs2")["88"] is None
