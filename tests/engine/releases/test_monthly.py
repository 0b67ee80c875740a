"""The monthly bulletin's table, sentences, vintages and changes between issues."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from commercebrain.engine.catalogue import load_catalogue
from commercebrain.engine.errors import UserError
from commercebrain.engine.indicators import ALL, Reach, Rows
from commercebrain.engine.observations import Observation
from commercebrain.engine.periods import Period
from commercebrain.engine.releases import vintages
from commercebrain.engine.releases.issue import changes, freeze, touched
from commercebrain.engine.releases.monthly import MonthlyTable, month_of, monthly_table
from commercebrain.engine.releases.paragraph import Number, plain, sentences

CITY = ("990100", "示例市")
COUNTIES = {"990101": "甲区", "990102": "乙区", "990103": "丙区"}
SEES = Reach(ALL, "internal")
ON = date(2025, 7, 21)


def row(region: str, period: str, value: str | None, published: str = "2025-07-10", **more: object) -> Observation:
    day = date.fromisoformat(published)
    told: dict[str, object] = {
        "indicator": "export_value", "region": region, "period": period,
        "value": None if value is None else Decimal(value), "unit": "亿元", "published": day, "taken_in": day,
        "source": "快报", "flag": "flash",
    }  # fmt: skip
    return Observation(**(told | more))  # type: ignore[arg-type]


def year(region: str, before: str, now: str) -> list[Observation]:
    """Running totals to May and June of both years; the June of both is the difference."""
    return [
        row(region, "2024-01..06", before, "2024-07-18"), row(region, "2024-06", "10", "2024-07-18"),
        row(region, "2025-01..06", now), row(region, "2025-06", "11"),
    ]  # fmt: skip


FULL = [*year("990101", "100", "110"), *year("990102", "60", "57"), *year("990103", "40", "40")]


def made(rows: list[Observation], month: str = "2025-06", on: date = ON) -> MonthlyTable:
    return monthly_table(
        Rows(rows), load_catalogue(), "export_value", CITY, COUNTIES, Period.parse(month), reach=SEES, as_of=on
    )


def text(table: MonthlyTable) -> str:
    return "".join(plain(one) for one in sentences(table, "出口额"))


def test_pulls_are_the_counties_changes_over_the_citys_base_and_add_up_to_its_growth() -> None:
    table = made(FULL)
    assert [line.pull.value for line in table.lines] == [Decimal(5), Decimal("-1.5"), Decimal(0)]
    assert table.total.ytd.value == Decimal(207) and table.total.ytd.flag == "derived"
    assert table.total.ytd_growth.value == Decimal("0.035") and table.rest == 0
    assert [line.rank for line in table.lines] == [1, 3, 2]
    assert table.lines[0].share.value == Decimal(110) / 207
    assert table.total.month_growth.value == Decimal("0.1")


def test_the_three_sentences_say_level_growth_pull_share_and_risk_in_the_words_of_the_trade() -> None:
    one, two, three = (plain(s) for s in sentences(made(FULL), "出口额"))
    assert one == "6月，示例市出口额33.00亿元，同比增长10.0%；1—6月累计207.00亿元，同比增长3.5%。"
    assert two == ("分区县看，已有同比的3个区县中累计增长的有1个；甲区拉动累计增速5.00个百分点；乙区下拉1.50个百分点。")
    assert three == "甲区占全市53.1%，占比最高；乙区累计下降5.0%，增速最低，需重点关注。"
    assert "增长-" not in one + two + three and "增长−" not in one + two + three


def test_a_county_that_did_not_report_has_a_dash_and_there_is_no_total_of_the_others() -> None:
    table = made([r for r in FULL if not (r.region == "990103" and r.period.startswith("2025"))])
    assert [line.name for line in table.late] == ["丙区"]
    late = freeze(table, "出口额")["lines"][2]
    assert late["ytd"]["text"] == late["pull"]["text"] == "—" and late["ytd"]["reason"]["zh"]
    assert table.total.ytd.value is None and table.rest is None
    assert "合计暂缺（有区县未报，不能合计）" in text(table) and "丙区尚未报送" in text(table)
    # what is known of the others is still told: their change over the whole of last year's base
    assert table.lines[0].pull.value == Decimal(5)


def test_a_published_total_counts_and_the_gap_to_the_counties_is_told() -> None:
    table = made([*FULL, row("990100", "2025-01..06", "210"), row("990100", "2024-01..06", "200", "2024-07-18")])
    assert table.total.ytd.value == 210 and table.total.ytd.flag == "flash"
    assert table.rest == Decimal(1) * 5 - Decimal("3.5")
    assert any("3.00亿元" in zh for zh, _en in table.notes)


def test_a_published_total_is_never_held_against_a_sum_of_counties() -> None:
    table = made([*FULL, row("990100", "2025-01..06", "210")])
    assert table.total.ytd_growth.value is None and table.rest is None
    assert all(line.pull.value is None for line in table.lines)
    assert "上年同期数未入库" in text(table)


def test_published_growth_wins_over_the_computed_one() -> None:
    rows = [
        replace(r, growth=Decimal("9.1")) if r.period == "2025-01..06" and r.region == "990101" else r for r in FULL
    ]
    assert made(rows).lines[0].ytd_growth.value == Decimal("0.091")


def test_january_and_february_are_one_figure_and_stay_as_published() -> None:
    rows = [row(c, f"{y}-01..02", str(v), f"{y}-03-18") for c, y, v in
            [("990101", 2024, 10), ("990102", 2024, 10), ("990103", 2024, 20), ("990101", 2025, 12),
             ("990102", 2025, 9), ("990103", 2025, 20)]]  # fmt: skip
    assert month_of("2025-01") == month_of("2025-02") == Period.parse("2025-01..02")
    table = made(rows, "2025-01..02")
    assert not table.single and table.total.ytd.value == 41
    assert text(table).startswith("1—2月，示例市出口额41.00亿元，同比增长2.5%。")


def test_a_quarter_is_no_month_and_a_ratio_has_no_county_bulletin() -> None:
    with pytest.raises(UserError) as fault:
        month_of("2025-Q2")
    assert fault.value.code == "bulletin.not_a_month"
    with pytest.raises(UserError) as fault:
        monthly_table(
            Rows([]), load_catalogue(), "export_import_ratio", CITY, COUNTIES, Period.parse("2025-06"), reach=SEES,
            as_of=ON,
        )  # fmt: skip
    assert fault.value.code == "bulletin.does_not_add"


def test_nothing_outside_the_readers_reach_is_told() -> None:
    table = monthly_table(
        Rows(FULL), load_catalogue(), "export_value", CITY, COUNTIES, Period.parse("2025-06"),
        reach=Reach(frozenset(), "public"), as_of=ON,
    )  # fmt: skip
    assert all(line.ytd.value is None for line in table.lines) and table.total.ytd.value is None


def test_every_number_of_the_sentences_stands_in_the_table() -> None:
    issue = freeze(made(FULL), "出口额")
    lines = {line["region"]: line for line in [*issue["lines"], issue["total"]]}
    numbers = [piece for sentence in issue["sentences"] for piece in sentence if "what" in piece]
    assert len(numbers) == 8
    for piece in numbers:
        assert lines[piece["region"]][piece["what"]]["text"].lstrip("−") == piece["text"]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(1, 10**7), st.integers(0, 10**7)), min_size=3, max_size=3))
def test_pulls_and_the_rest_add_up_to_the_growth_of_the_whole(pairs: list[tuple[int, int]]) -> None:
    rows = [r for c, (a, b) in zip(COUNTIES, pairs, strict=True) for r in year(c, f"{a}.01", str(b))]
    table = made(rows)
    growth = table.total.ytd_growth.value
    assert growth is not None and table.rest is not None
    total = sum((line.pull.value or Decimal(0) for line in table.lines), table.rest)
    assert abs(total - growth * 100) < Decimal("1e-15")
    for sentence in sentences(table, "出口额"):
        assert all(not isinstance(p, Number) or not p.text.startswith("−") for p in sentence)


def test_a_revision_changes_the_numbers_that_rest_on_it_and_names_their_sentences() -> None:
    before = freeze(made(FULL), "出口额")
    revised = [*FULL, row("990102", "2025-01..06", "54", "2025-07-20", flag="revised")]
    assert changes(before, freeze(made(revised, on=date(2025, 7, 19)), "出口额")) == []
    found = changes(before, freeze(made(revised), "出口额"))
    told = {(c.region, c.what): (c.before, c.after) for c in found}
    assert told["990102", "ytd"] == ("57.00", "54.00")
    assert told["990100", "ytd_growth"] == ("3.5", "2.0") and told["990102", "pull"] == ("−1.50", "−3.00")
    assert ("990101", "ytd") not in told and touched(before, found) == {0, 1, 2}


def test_flash_provisional_and_final_are_vintages_of_one_figure() -> None:
    rows = [
        row("990101", "2025-01..06", "110", "2025-07-10", growth=Decimal("10.0")),
        row("990101", "2025-01..06", "112", "2025-07-18", flag="provisional", growth=Decimal("12.0")),
        row("990101", "2025-01..06", "1115000", "2026-01-18", flag="final", unit="万元"),
        row("990101", "2025-06", "11", "2025-07-10"),
    ]
    found = vintages(rows, Period.parse("2025-01..06"), "亿元")
    assert [(v.flag, v.value, v.change) for v in found] == [
        ("flash", Decimal(110), None), ("provisional", Decimal(112), Decimal(2)), ("final", Decimal("111.5"), Decimal("-0.5")),
    ]  # fmt: skip
    assert found[1].growth_change == Decimal(2)
