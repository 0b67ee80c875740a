"""From the lake to what just broke: who made it adds up, what may not be seen is not, and the sentence says it."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

import numpy as np
import pytest
from tests.engine.outlook.anomalies.conftest import CITY, EVERYTHING, EXPORTS, UNCLEARED

from commercebrain.engine.catalogue import Catalogue
from commercebrain.engine.catalogue.models import Words
from commercebrain.engine.errors import CancelledError, UserError
from commercebrain.engine.indicators.reach import Reach
from commercebrain.engine.indicators.sources import Sources
from commercebrain.engine.outlook.anomalies import Found, anomalies
from commercebrain.engine.outlook.series import series_set

DAY = date(2025, 7, 21)


def ask(city: Sources, catalogue: Catalogue, by: tuple[str, ...], reach: Reach = EVERYTHING, **more: Any) -> Found:
    return anomalies(city, catalogue, EXPORTS, CITY, by, reach=reach, as_of=DAY, **more)


@pytest.fixture(scope="module")
def counties(city: Sources, catalogue: Catalogue) -> Found:
    return ask(city, catalogue, ("county",), level=0.5)


def test_the_county_in_which_exports_were_made_to_fall_is_found_with_its_expectation(counties: Found) -> None:
    assert (counties.month, counties.judged, counties.synthetic) == (202506, 6, True)
    first = next(one for one in counties.anomalies if one.key == ("990105",))
    assert first.kind == "drop"
    assert first.low95 <= first.low80 < first.expected < first.high80 <= first.high95
    assert first.gap == pytest.approx(first.value - first.expected)
    assert first.names[0].zh == "戊市"
    assert counties.expected_false == pytest.approx(3.0)


def test_the_figures_are_those_of_the_table(city: Sources, catalogue: Catalogue, counties: Found) -> None:
    plain = series_set(
        city, catalogue, EXPORTS, CITY, by=("county",), last=202506, months=13, as_of=DAY, reach=EVERYTHING
    )
    for one in counties.anomalies:
        row = plain.values[plain.keys.index(one.key)]
        assert (plain.unit, one.unit, one.decimals) == ("亿元", "万元", 0), (
            "a part is told in a smaller unit than the whole"
        )
        assert one.value == pytest.approx(row[-1] * 10_000)
        assert one.year_on_year == pytest.approx(row[-1] / row[0] - 1)


def test_who_made_the_gap_adds_up_to_it_along_every_dimension(counties: Found) -> None:
    for one in counties.anomalies:
        assert {made.dimension for made in one.breakdowns} == {"hs2", "country", "uscc"}
        for made in one.breakdowns:
            assert sum(part.gap for part in made.parts) == pytest.approx(one.gap, rel=1e-9, abs=1e-9)
            assert sum(part.value for part in made.parts) == pytest.approx(one.value, rel=1e-9)
            assert sum(part.share for part in made.parts) == pytest.approx(1.0)
            named = [part for part in made.parts if part.kind == "member"]
            assert made.named_share == pytest.approx(sum(part.share for part in named))
            assert [part.share for part in named] == sorted((part.share for part in named), reverse=True)
            assert not [part for part in made.parts if part.kind == "withheld"]


def test_who_has_no_clearance_sees_no_firm_and_what_is_withheld_stays_one_part(
    city: Sources, catalogue: Catalogue
) -> None:
    found = ask(city, catalogue, ("county",), UNCLEARED, level=0.5)
    assert found.anomalies and any("企业" in note.zh for note in found.notes)
    seen = {}
    for one in found.anomalies:
        assert {made.dimension for made in one.breakdowns} <= {"hs2", "country"}
        for made in one.breakdowns:
            assert sum(part.gap for part in made.parts) == pytest.approx(one.gap, rel=1e-9, abs=1e-9)
            hidden = [part for part in made.parts if part.kind == "withheld"]
            assert len(hidden) <= 1
            seen[one.key, made.dimension] = (made, hidden)
    assert any(hidden for _, hidden in seen.values())
    # What may be told of members is what the tables tell, and the rest is the total less that: nothing else.
    for (key, dimension), (made, hidden) in seen.items():
        table = series_set(
            city, catalogue, EXPORTS, CITY, by=(dimension,), where={"county": key}, last=202506, as_of=DAY,
            reach=UNCLEARED,
        )  # fmt: skip
        told = {
            one[0]: 10_000 * float(v) for one, v in zip(table.keys, table.values[:, -1], strict=True) if np.isfinite(v)
        }
        assert made.members == len(told)
        assert all(told[part.key] == pytest.approx(part.value) for part in made.parts if part.kind == "member")
        if hidden:
            whole = sum(part.value for part in made.parts)
            assert hidden[0].value == pytest.approx(whole - sum(told.values()), rel=1e-6, abs=1e-9)
            assert hidden[0].score is None


def test_firms_without_clearance_are_refused_as_everywhere(city: Sources, catalogue: Catalogue) -> None:
    with pytest.raises(UserError) as fault:
        ask(city, catalogue, ("uscc",), UNCLEARED)
    assert fault.value.code == "table.not_declared"


def test_whoever_cancels_gets_no_half_answer(city: Sources, catalogue: Catalogue) -> None:
    asked = []
    ask(city, catalogue, ("county",), level=0.5, cancelled=lambda: bool(asked.append(1)))
    last, asked = len(asked), []

    def at_last() -> bool:
        asked.append(1)
        return len(asked) == last

    with pytest.raises(CancelledError):
        ask(city, catalogue, ("county",), level=0.5, cancelled=at_last)


def test_out_of_reach_there_is_nothing_to_judge(city: Sources, catalogue: Catalogue) -> None:
    nobody = Reach.by_classification(public=frozenset(), internal=frozenset())
    try:
        found = ask(city, catalogue, ("county",), nobody)
    except UserError as fault:
        assert fault.code == "table.not_declared"
    else:
        assert not found.anomalies and not found.judged


def test_firms_are_judged_among_their_like_and_named_by_who_may_know(city: Sources, catalogue: Catalogue) -> None:
    def namer(dimension: str, codes: tuple[str, ...]) -> dict[str, Words]:
        return {code: Words(zh=f"企业{code[-3:]}", en=f"Firm {code[-3:]}") for code in codes if dimension == "uscc"}

    found = ask(city, catalogue, ("uscc",), namer=namer, explained=1)
    assert found.judged > 100 and found.unjudged["too_short"] > 0
    assert found.anomalies[0].names[0].zh.startswith("企业")
    groups = [one.peers for one in found.anomalies if one.peers is not None]
    assert groups and all("登记" in group.words.zh for group in groups)
    assert [one.rank for one in found.anomalies] == sorted(one.rank for one in found.anomalies)
    assert not any(one.breakdowns for one in found.anomalies[1:])


def test_the_smallest_size_is_the_askers(city: Sources, catalogue: Catalogue) -> None:
    every, large = (ask(city, catalogue, ("country",), least=least, explain=()) for least in (0.0, 1.0))
    assert large.judged < every.judged and large.unjudged["too_small"] > 0
    assert every.unjudged.get("too_small", 0) == 0


def test_another_month_is_judged_from_what_was_before_it(city: Sources, catalogue: Catalogue) -> None:
    found = ask(city, catalogue, ("hs2",), month=202502, level=0.5, explain=())
    assert found.month == 202502
    assert all(one.joint is not None for one in found.anomalies if one.year_on_year is not None)
    assert any("1—2月合计" in one.sentence.zh for one in found.anomalies)


def test_the_same_goods_in_other_counties_are_the_peers_of_a_cell(city: Sources, catalogue: Catalogue) -> None:
    found = ask(city, catalogue, ("county", "hs2"), explain=(), level=0.8, least=0.1)
    words = [one.peers.words.zh for one in found.anomalies if one.peers is not None]
    assert words and all(re.fullmatch(r"同为“.+”的各县（市、区）", text) for text in words)


def test_the_sentence_never_says_that_something_grew_by_less_than_nothing(
    city: Sources, catalogue: Catalogue, counties: Found
) -> None:
    others = ask(city, catalogue, ("country",), level=0.5, explain=())
    for one in (*counties.anomalies, *others.anomalies):
        assert not re.search(r"增长[-−]|下降[-−]|up −|down −|nan|inf|None", one.sentence.zh + one.sentence.en)
        assert re.match(r"2025年6月，示例市报关出口额（.+）[\d.,]+万元，较预期[高低][\d.,]+%（预期", one.sentence.zh)
        word = "下降" if (one.year_on_year or 0) < -0.001 else "增长"
        if one.year_on_year is not None and abs(one.year_on_year) > 0.001:
            assert f"同比{word}{abs(one.year_on_year) * 100:,.1f}%" in one.sentence.zh
    assert "占缺口" in counties.anomalies[0].sentence.zh and "of the gap" in counties.anomalies[0].sentence.en


def test_the_whole_city_is_one_series(city: Sources, catalogue: Catalogue) -> None:
    found = ask(city, catalogue, (), level=0.01)
    assert found.judged == 1 and [one.key for one in found.anomalies] == [()]
    assert {made.dimension for made in found.anomalies[0].breakdowns} == {"county", "hs2", "country", "uscc"}
