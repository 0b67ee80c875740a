"""Everything that can be asked without clearance, put together, tells nothing about a single firm."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from functools import partial
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from tests.engine.disclosure.attack import Attack, Line, matching, recovered, targets
from tests.engine.disclosure.small_city import (
    CLEARED,
    CODE,
    FLOWS,
    LABELS,
    MONTHS,
    ask,
    draw,
    everything,
    rows,
    take_in,
)

from commercebrain.engine.disclosure import store
from commercebrain.engine.disclosure.declared import declared_tables
from commercebrain.engine.disclosure.month import protect
from commercebrain.engine.disclosure.store import Protections, recompute, vintages

TABLES = declared_tables()[CODE]


def knowledge(root: Path, lines: list[Line], *, brief: bool) -> Attack:
    months = sorted({line.month for line in lines})
    attack = Attack(LABELS, FLOWS, months)
    for found, told in everything(root, brief=brief, months=months):
        if not told.months:
            continue
        true = sum(
            line.value
            for line in matching(lines, dict(told.chosen))
            if line.flow in told.flows and line.month in told.months
        )
        assert told.value == pytest.approx(true, rel=1e-9), (found.request, told)
        attack.learn(told)
    return attack


@pytest.mark.parametrize(
    ("seed", "brief"),
    [(1, True), *(pytest.param(seed, False, marks=pytest.mark.slow) for seed in (2, 3))],
)
def test_all_answers_together_give_no_unsafe_cell_away(tmp_path: Path, seed: int, brief: bool) -> None:
    lines = draw(seed)
    take_in(tmp_path, lines, date(2025, 5, 1))
    attack = knowledge(tmp_path, lines, brief=brief)
    assert len(attack.known) > 500  # a good deal is told
    wanted = list(targets(lines, LABELS))
    assert len(wanted) > 100
    chosen = np.random.default_rng(seed).permutation(len(wanted))[: 30 if brief else 150]
    assert recovered(attack, [wanted[i] for i in chosen]) == []


def test_the_attack_finds_cells_where_complementary_suppression_is_left_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store, "protect", partial(protect, complementary=False))
    lines = [line for line in draw(1) if line.month == MONTHS[0]]
    take_in(tmp_path, lines, date(2025, 5, 1))
    assert recovered(knowledge(tmp_path, lines, brief=True), list(targets(lines, LABELS))[:40]) != []


def test_single_firms_finer_goods_and_comparisons_of_firms_cannot_be_asked_for(tmp_path: Path) -> None:
    take_in(tmp_path, draw(1), date(2025, 5, 1))
    for refused in (
        {"by": ("uscc",)},
        {"by": ("hs10",)},
        {"by": ("hs4",)},
        {"by": ("county", "country", "mode")},
        {"where": {"uscc": ("919901010000000001",)}},
        {"where": {"hs10": ("6101000000",)}},
        {"by": ("county",), "where": {"country": ("USA",), "mode": ("0110",)}},
        {"by": ("county",), "transform": "comparable"},
        {"by": ("county",), "transform": "hhi"},
        {"by": ("county",), "transform": "crn", "options": {"n": "3"}},
        {"code": "customs_export_new_three", "by": ("county",)},
        {"code": "customs_export_new_three", "region": "990101"},
    ):
        asked = {"code": "customs_export_value", **refused}
        assert ask(tmp_path, **asked) is None, refused
        assert refused.get("transform") == "hhi" or ask(tmp_path, CLEARED, **asked) is not None, refused


def test_what_compares_all_members_is_withheld_where_one_of_them_is(tmp_path: Path) -> None:
    take_in(tmp_path, draw(1), date(2025, 5, 1))
    level = ask(tmp_path, code="customs_export_value", by=("county", "country"))
    assert level is not None
    hidden = {str(row["period"]) for row in rows(level) if row["reason"] == "suppressed"}
    assert hidden
    for parts in (
        {"by": ("county",), "transform": "hhi", "options": {"of": "country"}},
        {"by": ("county",), "transform": "crn", "options": {"of": "country", "n": "2"}},
        {"by": ("county", "country"), "transform": "rank"},
    ):
        found = ask(tmp_path, code="customs_export_value", **parts)
        assert found is not None
        told = {str(row["period"]) for row in rows(found) if row["value"] is not None}
        assert not told & hidden, parts


@pytest.mark.parametrize("by", [("country",), ("county", "country"), ("country", "mode")])
def test_a_filter_on_what_is_ranked_or_compared_tells_nothing_that_is_withheld_without_it(
    tmp_path: Path, by: tuple[str, ...]
) -> None:
    """Ranks of the told members, asked for one by one, would say between which of them a withheld one lies."""
    take_in(tmp_path, draw(1), date(2025, 5, 1))

    def told(**parts: object) -> dict[tuple[object, ...], object]:
        found = ask(tmp_path, code="customs_export_value", by=by, **parts)
        assert found is not None, parts
        return {
            (row["period"], *(row[name] for name in by)): row["value"]
            for row in rows(found)
            if row["value"] is not None
        }

    level = ask(tmp_path, code="customs_export_value", by=by)
    assert level is not None
    hidden = {row["period"] for row in rows(level) if row["reason"] == "suppressed"}
    assert hidden
    of = by[-1]
    for parts in (
        {"transform": "rank"},
        {"transform": "rank", "options": {"of": of}},
        {"transform": "share"},
        {"transform": "pull"},
        {"transform": "yoy"},
        {"transform": "index", "options": {"base": "2024-01"}},
    ):
        every = told(**parts)
        for label in LABELS[of]:
            kept = told(**parts, where={of: (label,)})
            assert kept.items() <= every.items(), (parts, label)
            if parts["transform"] == "rank":
                assert not {key[0] for key in kept} & hidden, (parts, label)


def test_concentration_and_diffusion_under_a_filter_need_every_member_that_is_taken(tmp_path: Path) -> None:
    take_in(tmp_path, draw(1), date(2025, 5, 1))
    code = "customs_export_value"
    level = ask(tmp_path, code=code, by=("county", "country"))
    assert level is not None
    hidden = {(row["period"], row["county"], row["country"]) for row in rows(level) if row["reason"] == "suppressed"}
    assert hidden
    asked = 0
    for pair in pairwise(LABELS["country"]):
        for parts in (
            {"transform": "hhi", "options": {"of": "country"}},
            {"transform": "crn", "options": {"of": "country", "n": "1"}},
            {"transform": "diffusion", "options": {"of": "country"}},
        ):
            found = ask(tmp_path, code=code, by=("county",), where={"country": pair}, **parts)
            if found is None:
                continue
            asked += 1
            for row in rows(found):
                if row["value"] is not None:
                    assert not {(row["period"], row["county"], one) for one in pair} & hidden, (parts, pair)
    assert asked


def test_a_withheld_row_holds_no_number_at_all_and_says_why(tmp_path: Path) -> None:
    take_in(tmp_path, draw(1), date(2025, 5, 1))
    found = ask(tmp_path, code="customs_export_value", by=("country", "hs2"), transform="yoy")
    assert found is not None
    withheld = [row for row in rows(found) if row["reason"] == "suppressed"]
    assert withheld
    for row in withheld:
        assert row["flag"] == "suppressed"
        assert all(row[name] is None for name in ("value", "level", "base", "whole", "change"))
    data = np.ma.getdata(found.columns["level"])[found.columns["reason"] == "suppressed"]
    assert (data == 0).all()  # nothing is left below the mask


def test_whoever_is_cleared_sees_every_cell(tmp_path: Path) -> None:
    take_in(tmp_path, draw(1), date(2025, 5, 1))
    found = ask(tmp_path, CLEARED, code="customs_export_value", by=("county", "country"))
    assert found is not None
    assert not (found.columns["reason"] == "suppressed").any()


def test_a_month_without_its_protection_tells_nothing(tmp_path: Path) -> None:
    take_in(tmp_path, draw(1), date(2025, 5, 1))
    for file in (tmp_path / "disclosure" / CODE).glob("202403-*"):
        file.unlink()
    found = ask(tmp_path, code="customs_export_value", by=("county",))
    assert found is not None
    for row in rows(found):
        assert (row["reason"] == "suppressed") == (row["period"] == 202403)


def test_a_refresh_protects_new_months_only_and_a_rebuild_gives_the_same(tmp_path: Path) -> None:
    lines = draw(1)
    records = take_in(tmp_path, [line for line in lines if line.month < 202503], date(2025, 4, 1))
    folder = tmp_path / "disclosure" / CODE
    before = {file.name: file.stat().st_mtime_ns for file in folder.iterdir()}
    take_in(tmp_path, [line for line in lines if line.month == 202503], date(2025, 5, 1))
    after = {file.name: file.stat().st_mtime_ns for file in folder.iterdir()}
    assert len(after) == len(before) + 1
    assert all(after[name] == stamp for name, stamp in before.items())
    contents = {file.name: file.read_bytes() for file in folder.iterdir()}
    for file in folder.iterdir():
        file.unlink()
    assert recompute(records).months == MONTHS
    assert {file.name: file.read_bytes() for file in folder.iterdir()} == contents


def test_a_later_vintage_withholds_what_an_earlier_one_withheld(tmp_path: Path) -> None:
    """The older totals and the newer details of cells that did not change cannot be put together."""
    months = MONTHS[:1]
    lines = draw(7, months)
    take_in(tmp_path, lines, date(2025, 3, 1))
    county = [line for line in draw(8, months, lines=200) if line.county == LABELS["county"][0]]
    records = take_in(tmp_path, [*lines, *county], date(2025, 5, 1))  # a late county's lines make cells safe
    kept = Protections(tmp_path, TABLES)
    first, second = (kept.month(months[0], batches) for batches in vintages(records.vintages())[months[0]])
    assert first is not None
    assert second is not None
    assert first.of.keys() == second.of.keys()
    for key, protected in first.of.items():
        for dim, margin in protected.margins.items():
            gone = {first.labels[dim][i] for i in np.flatnonzero(margin.hidden)}
            assert gone <= {second.labels[dim][i] for i in np.flatnonzero(second.of[key].margins[dim].hidden)}
        for table in TABLES.double:
            pairs = [
                {
                    (vintage.labels[table.by[0]][i], vintage.labels[table.by[1]][j])
                    for i, j in np.argwhere(vintage.of[key].cells[table.code])
                }
                for vintage in (first, second)
            ]
            assert pairs[0] <= pairs[1], (key, table.code)


@pytest.mark.slow
def test_answers_about_two_vintages_together_give_no_unsafe_cell_away(tmp_path: Path) -> None:
    """Only one county's lines change; the attacker knows which, and knows that all others are the same in both."""
    month, late = MONTHS[0], LABELS["county"][2]
    lines = draw(5, [month], lines=200)
    take_in(tmp_path, lines, date(2025, 3, 1))
    more = [line for line in draw(6, [month], lines=60) if line.county == late]
    take_in(tmp_path, [*lines, *more], date(2025, 5, 1))
    first, second = 1, 2  # the two vintages as two months of one system
    attack = Attack(LABELS, FLOWS, (first, second))
    learned = []
    for name, known in ((first, {"as_of": date(2025, 4, 1)}), (second, {})):
        before = len(attack.known)
        for _, fact in everything(tmp_path, brief=True, months=[month], **known):
            if fact.months:
                attack.learn(replace(fact, months=(name,)))
        learned.append(len(attack.known) - before)
    assert min(learned) > 30
    attack.same(first, second, "county", [county for county in LABELS["county"] if county != late])
    wanted = [(replace(fact, months=(first,)), need) for fact, need in targets(lines, LABELS)]
    wanted += [(replace(fact, months=(second,)), need) for fact, need in targets([*lines, *more], LABELS)]
    assert recovered(attack, [wanted[i] for i in np.random.default_rng(1).permutation(len(wanted))[:60]]) == []
