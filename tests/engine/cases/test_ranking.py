"""The ranking of counties: every point by its declared rule, nothing without an approval, nothing for logging in."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from commercebrain.engine.cases.ranking import Measured, RankingOf, as_json, score
from commercebrain.engine.catalogue import load_catalogue

SHIPPED = Path(__file__).parents[3] / "src/commercebrain/catalogue/rankings/response.yaml"
ITEMS = ["filed", "filed_on_time", "answered", "answered_on_time", "time_to_act", "recovered"]


@pytest.fixture(scope="module")
def ranking() -> RankingOf:
    return load_catalogue().rankings["response"]


def test_every_point_says_its_rule_and_its_events(ranking: RankingOf) -> None:
    row = score(ranking, {"990101": {"answered": Measured(Decimal(90), 10, ("YJ-1", "YJ-2"))}})[0]
    by = {one.item.code: one for one in row.items}
    assert by["answered"].points == Decimal("15.00")
    assert "100" in by["answered"].why.zh and "30" in by["answered"].why.zh
    assert by["answered"].measured.which == ("YJ-1", "YJ-2")
    assert by["filed"].points is None and "不计分" in by["filed"].why.zh
    assert (row.total, row.place) == (Decimal("50.00"), 1)
    assert as_json([row])[0]["total"] == "50.00"


def test_without_an_approval_and_a_plan_nobody_gets_points(ranking: RankingOf) -> None:
    bare = ranking.model_copy(update={"approval": " ", "plan": ""})
    row = score(bare, {"990101": {"answered": Measured(Decimal(100), 10)}})[0]
    assert (row.total, row.place) == (None, None)
    assert all(one.points is None and "批准文号" in one.why.zh for one in row.items)
    planned = ranking.model_copy(update={"approval": "", "plan": "考核计划〔2025〕1号"})
    assert score(planned, {"990101": {"answered": Measured(Decimal(100), 10)}})[0].total == 100


def test_an_item_of_too_few_events_neither_gives_nor_takes(ranking: RankingOf) -> None:
    told = {"answered": Measured(Decimal(100), 9), "recovered": Measured(Decimal(0), 4)}
    assert score(ranking, {"990101": told})[0].total == 100


def test_points_for_logging_in_are_a_fault(tmp_path: Path) -> None:
    data = yaml.safe_load(SHIPPED.read_text(encoding="utf-8"))
    data["items"][0]["name"] = {"zh": "登录次数", "en": "Log-ins"}
    data["examples"] = []
    (tmp_path / "rankings").mkdir()
    (tmp_path / "rankings" / "r.yaml").write_text(yaml.safe_dump(data, allow_unicode=True), encoding="utf-8")
    assert any("give no points" in fault.reason_en for fault in load_catalogue(tmp_path).check())


VALUES = st.one_of(st.none(), st.decimals(0, 100, places=2))
COUNTIES = st.dictionaries(
    st.sampled_from([f"99010{n}" for n in range(1, 7)]), st.dictionaries(st.sampled_from(ITEMS), VALUES), min_size=1
)


@settings(max_examples=80, deadline=None)
@given(COUNTIES)
def test_totals_stay_within_a_hundred_and_equal_totals_share_a_place(
    given_: dict[str, dict[str, Decimal | None]],
) -> None:
    one = load_catalogue().rankings["response"]
    rows = score(
        one, {key: {item: Measured(value, 9) for item, value in found.items()} for key, found in given_.items()}
    )
    placed = [row for row in rows if row.place is not None]
    assert [row.total is not None for row in rows] == sorted((row.total is not None for row in rows), reverse=True)
    for row in placed:
        assert row.total is not None and 0 <= row.total <= 100
        assert row.place == 1 + sum(other.total > row.total for other in placed if other.total is not None)
    for row in rows:
        assert sum((one.points for one in row.items if one.points is not None), Decimal(0)) == row.points


@settings(max_examples=80, deadline=None)
@given(st.sampled_from(ITEMS), st.decimals(0, 100, places=2), st.decimals(0, 100, places=2))
def test_a_better_figure_never_gives_fewer_points(item: str, one: Decimal, other: Decimal) -> None:
    declared = next(each for each in load_catalogue().rankings["response"].items if each.code == item)
    worse, better = sorted((one, other), reverse=declared.full_at < declared.none_at)
    assert declared.score(worse) <= declared.score(better)
