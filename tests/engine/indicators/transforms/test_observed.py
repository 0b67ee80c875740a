"""The transforms on published figures: what was published wins, what differs is said, what is missing is named."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from tests.engine.indicators.conftest import make_indicator

from commercebrain.engine.catalogue import Catalogue, load_catalogue
from commercebrain.engine.errors import UserError
from commercebrain.engine.indicators import ALL, Reach, Rows, figure
from commercebrain.engine.indicators.places import children
from commercebrain.engine.indicators.request import Request
from commercebrain.engine.indicators.table import REASONS, FigureTable
from commercebrain.engine.indicators.transforms import TRANSFORMS
from commercebrain.engine.indicators.transforms.observed import observed_table
from commercebrain.engine.indicators.transforms.outside import outside
from commercebrain.engine.observations import Observation
from commercebrain.engine.units import Unit

EVERYTHING = Reach(ALL, "confidential")
DAY = date(2025, 8, 1)
Row = Callable[..., Observation]


@pytest.fixture
def more(catalogue: Catalogue) -> Catalogue:
    extra = [
        make_indicator("producer_prices", unit="%", kind="growth", adds={"time": "none", "place": "none"}),
        make_indicator("usd_rate", unit="元", kind="stock", adds={"time": "mean", "place": "none"}),
    ]
    return Catalogue(indicators={**catalogue.indicators, **{one.code: one for one in extra}})


def ask(
    rows: list[Observation],
    catalogue: Catalogue,
    transform: str,
    period: str,
    *,
    by: str = "",
    region: str = "330200",
    code: str = "trade_value",
    reach: Reach = EVERYTHING,
    **options: str,
) -> FigureTable:
    asked = Request.parse(
        code,
        region=region,
        period=period,
        by=by,
        transform=transform,
        options=[f"{k}={v}" for k, v in options.items()],
        as_of=DAY,
    )
    return observed_table(Rows(rows), catalogue, asked, reach)


def only(table: FigureTable) -> dict[str, Any]:
    (row,) = table.rows()
    return row


def test_the_published_running_total_wins_over_the_summed_months_and_the_difference_is_said(
    ningbo: list[Observation], catalogue: Catalogue
) -> None:
    table = ask(ningbo, catalogue, "ytd", "2024-12")
    assert only(table)["value"] == 14202.5159
    assert table.unit == "亿元"
    assert any("各月数相加为14,221.48" in note.zh for note in table.notes)


def test_growth_of_published_totals_is_the_one_that_figures_give(
    ningbo: list[Observation], catalogue: Catalogue
) -> None:
    table = ask(ningbo, catalogue, "ytd_yoy", "2025-01:2025-06")
    rows = list(table.rows())
    # The growth of running totals begins with January–February: a January alone moves with the Spring Festival.
    assert [row["period"].text for row in rows] == [f"2025-01..{m:02d}" for m in range(2, 7)]
    known = figure(Rows(ningbo), catalogue, "trade_value", "330200", "2025-01..06", reach=EVERYTHING, as_of=DAY)
    assert known.growth_computed is not None
    assert rows[-1]["value"] == pytest.approx(float(known.growth_computed * 100), rel=1e-12)
    assert rows[-1]["level"] == 7217.9698
    assert rows[-1]["base"] == 6811.4476


def test_january_and_february_are_one_row_for_growth_and_single_for_levels(
    ningbo: list[Observation], catalogue: Catalogue
) -> None:
    grown = [row["period"].text for row in ask(ningbo, catalogue, "yoy", "2025-01:2025-03").rows()]
    assert grown == ["2025-01..02", "2025-03"]
    levels = [row["period"].text for row in ask(ningbo, catalogue, "level", "2025-01:2025-03").rows()]
    assert levels == ["2025-01", "2025-02", "2025-03"]
    single = ask(ningbo, catalogue, "yoy", "2025-01:2025-02", single_months="1")
    assert [row["period"].text for row in single.rows()] == ["2025-01", "2025-02"]
    lone = only(ask(ningbo, catalogue, "yoy", "2025-01"))
    assert (lone["value"], lone["reason"]) == (None, "jan_feb_joint")


def test_a_published_growth_wins_over_the_computed_one(row: Row, catalogue: Catalogue) -> None:
    rows = [row("2024", "110", growth=Decimal("12.5")), row("2023", "100")]
    table = ask(rows, catalogue, "yoy", "2024")
    assert only(table)["value"] == 12.5
    assert any("以公布增速为准" in note.zh for note in table.notes)
    comparable = only(ask(rows, catalogue, "comparable", "2024"))
    assert comparable["value"] == 12.5
    assert comparable["base"] == pytest.approx(110 / 1.125)
    assert only(ask(rows[1:], catalogue, "comparable", "2023"))["reason"] == "base_missing"


def test_a_growth_without_a_value_is_still_a_growth(row: Row, catalogue: Catalogue) -> None:
    rows = [row("2024", None, growth=Decimal("7.2"))]
    assert only(ask(rows, catalogue, "yoy", "2024"))["value"] == 7.2
    level = only(ask(rows, catalogue, "level", "2024"))
    assert (level["value"], level["reason"]) == (None, "not_published_separately")


@pytest.mark.parametrize(("base", "reason"), [("0", "base_zero"), ("-3", "base_negative"), (None, "base_missing")])
def test_there_is_no_growth_without_a_base(row: Row, catalogue: Catalogue, base: str | None, reason: str) -> None:
    rows = [row("2024", "5"), *([row("2023", base)] if base else [])]
    found = only(ask(rows, catalogue, "yoy", "2024"))
    assert (found["value"], found["reason"]) == (None, reason)


def test_a_month_that_nobody_published_is_missing_and_one_not_yet_due_says_so(
    ningbo: list[Observation], catalogue: Catalogue
) -> None:
    table = ask(ningbo, catalogue, "level", "2025-06:2025-07")
    assert [row["reason"] for row in table.rows()] == ["", "not_yet_due"]
    gap = [row for row in ningbo if not row.period.startswith("2024-0") or ".." in row.period]
    assert (
        only(ask([r for r in gap if ".." not in r.period], catalogue, "level", "2024-05"))["reason"] == "month_missing"
    )


@pytest.fixture
def counties(row: Row) -> list[Observation]:
    """Three of Shaoxing's six counties and the whole, two years."""
    told = {"330602": (40, 60), "330603": (30, 30), "330604": (20, 10), "330600": (100, 110)}
    return [
        row(year, str(values[n]), region=region)
        for region, values in told.items()
        for n, year in enumerate(("2023", "2024"))
    ]


def test_the_share_of_places_is_of_the_regions_own_figure_and_the_open_part_is_named(
    counties: list[Observation], catalogue: Catalogue
) -> None:
    table = ask(counties, catalogue, "share", "2024", by="region", region="330600")
    found = {row["region"]: row["value"] for row in table.rows()}
    assert list(found) == list(children("330600", DAY))
    assert found["330602"] == pytest.approx(60 / 110 * 100)
    assert found["330624"] is None
    said = " ".join(note.zh for note in table.notes)
    assert "330624、330681、330683没有数据" in said
    assert "各地之和为总数的90.9%" in said


def test_pulls_of_places_and_their_contributions(counties: list[Observation], catalogue: Catalogue) -> None:
    pulls = {
        row["region"]: row["value"]
        for row in ask(counties, catalogue, "pull", "2024", by="region", region="330600").rows()
    }
    assert (pulls["330602"], pulls["330603"], pulls["330604"]) == (20.0, 0.0, -10.0)
    whole = only(ask(counties, catalogue, "yoy", "2024", region="330600"))["value"]
    assert sum(value for value in pulls.values() if value is not None) == whole == 10.0
    parts = ask(counties, catalogue, "contribution", "2024", by="region", region="330600")
    assert [row["value"] for row in parts.rows()][:3] == [200.0, 0.0, -100.0]
    flat = [r for r in counties if r.region != "330600"] + [
        r for r in counties if r.region == "330600" and r.period == "2023"
    ]
    flat.append(
        next(r for r in counties if r.region == "330600" and r.period == "2023").__class__(
            **{**{f: getattr(flat[-1], f) for f in flat[-1].__slots__}, "period": "2024"}
        )
    )
    reasons = {r["reason"] for r in ask(flat, catalogue, "contribution", "2024", by="region", region="330600").rows()}
    assert "change_near_zero" in reasons


def test_places_are_ranked_among_those_that_have_a_figure(counties: list[Observation], catalogue: Catalogue) -> None:
    table = ask(counties, catalogue, "rank", "2024", by="region", region="330600")
    found = {row["region"]: (row["value"], row["whole"], row["reason"]) for row in table.rows()}
    assert found["330602"] == (1, 3.0, "")
    assert found["330604"] == (3, 3.0, "")
    assert found["330681"] == (None, 3.0, "month_missing")


def test_concentration_over_places_needs_every_place(row: Row, catalogue: Catalogue) -> None:
    parts = children("330600", DAY)
    full = [row("2024", str(10 * n), region=part) for n, part in enumerate(parts, start=1)]
    full += [row("2023", "30", region=part) for part in parts]
    total = sum(10 * n for n in range(1, len(parts) + 1))
    found = only(ask(full, catalogue, "hhi", "2024", region="330600"))
    assert found["value"] == pytest.approx(sum((10 * n / total) ** 2 for n in range(1, len(parts) + 1)))
    largest = only(ask(full, catalogue, "crn", "2024", region="330600", n="2"))
    assert largest["value"] == pytest.approx((60 + 50) / total * 100)
    assert only(ask(full, catalogue, "diffusion", "2024", region="330600"))["value"] == pytest.approx(350 / 6)
    assert only(ask(full[1:], catalogue, "hhi", "2024", region="330600"))["reason"] == "month_missing"


def test_two_year_average_moving_average_and_index(row: Row, catalogue: Catalogue) -> None:
    rows = [row("2022", "100"), row("2023", "90"), row("2024", "121")]
    assert only(ask(rows, catalogue, "two_year_avg", "2024"))["value"] == pytest.approx(10.0)
    assert only(ask(rows[1:], catalogue, "two_year_avg", "2024"))["reason"] == "base_missing"
    assert only(ask(rows, catalogue, "index", "2024", base="2022"))["value"] == 121.0
    months = [row(f"2024-{m:02d}", str(m)) for m in (3, 4, 5, 7)]
    assert only(ask(months, catalogue, "moving_avg", "2024-05", window="3"))["value"] == 4.0
    assert only(ask(months, catalogue, "moving_avg", "2024-07", window="3"))["reason"] == "month_missing"
    assert only(ask(months, catalogue, "mom", "2024-05"))["flag"] == "raw"
    assert only(ask(months, catalogue, "mom", "2024-07"))["reason"] == "base_missing"


def test_a_ratio_grows_in_percentage_points(row: Row, catalogue: Catalogue) -> None:
    rows = [
        row(y, v, region=r)
        for y, v, r in (
            ("2023", "30", "330200"),
            ("2024", "40", "330200"),
            ("2023", "100", "100000"),
            ("2024", "100", "100000"),
        )
    ]
    table = ask(rows, catalogue, "yoy", "2024", code="trade_share")
    assert only(table)["value"] == 10.0
    assert table.unit == "百分点"
    with pytest.raises(UserError) as caught:
        ask(rows, catalogue, "share", "2024", code="trade_share", by="region")
    assert caught.value.code == "transform.unsuited"


def test_a_stock_of_a_year_is_the_state_at_its_end(row: Row, catalogue: Catalogue) -> None:
    rows = [row("@2024", "12", indicator="hospitals", unit="家"), row("@2023", "10", indicator="hospitals", unit="家")]
    assert only(ask(rows, catalogue, "yoy", "2024", code="hospitals"))["value"] == 20.0
    assert only(ask(rows, catalogue, "level", "2024-12", code="hospitals"))["value"] == 12.0
    points = ask(rows, catalogue, "level", "@2023:@2024", code="hospitals")
    assert [r["period"].text for r in points.rows()] == ["@2023", "@2024"]


def test_real_growth_and_conversion_use_published_prices_and_rates(row: Row, more: Catalogue) -> None:
    prices = {"indicator": "producer_prices", "unit": "%", "region": "100000"}
    rows = [row("2024", "110"), row("2023", "100"), row("2024", "10", **prices)]
    assert only(ask(rows, more, "real", "2024", prices="producer_prices"))["value"] == pytest.approx(0)
    assert only(ask(rows[:2], more, "real", "2024", prices="producer_prices"))["reason"] == "price_missing"
    rates = {"indicator": "usd_rate", "unit": "元", "region": "100000"}
    rows = [row("2024-05", "72"), row("2024-05", "7.2", **rates)]
    table = ask(rows, more, "convert", "2024-05", currency="USD", rates="usd_rate")
    assert (only(table)["value"], table.unit) == (1e9, "美元")
    assert only(ask(rows[:1], more, "convert", "2024-05", currency="USD", rates="usd_rate"))["reason"] == "rate_missing"
    asked = Request.parse(
        "trade_value",
        region="330200",
        period="2024-05",
        transform="convert",
        options=["currency=USD", "rates=usd_rate"],
    )
    assert outside(Rows(rows), more, asked, EVERYTHING, DAY) == {"rates": {202405: 7.2}}


def test_outside_reach_there_is_a_reason_and_no_number(ningbo: list[Observation], catalogue: Catalogue) -> None:
    nowhere = Reach(frozenset(), "confidential")
    for transform in ("level", "yoy", "ytd_yoy", "mom"):
        found = only(ask(ningbo, catalogue, transform, "2024-05", reach=nowhere))
        assert (found["value"], found["level"], found["base"]) == (None, None, None)
        assert found["reason"] == "out_of_reach"


def test_seasonal_adjustment_of_published_months(row: Row, catalogue: Catalogue) -> None:
    rows = [
        row(f"{year}-{month:02d}", str(100 + (20 if month == 12 else 0)), published=date(2025, 7, 1))
        for year in range(2019, 2025)
        for month in range(1, 13)
    ]
    found = list(ask(rows, catalogue, "seasonal", "2024-11:2024-12").rows())
    assert [r["value"] for r in found] == pytest.approx([102, 102], rel=0.02)
    assert only(ask(rows[-20:], catalogue, "seasonal", "2024-12"))["reason"] == "too_short"


def test_a_table_goes_out_as_csv_json_and_parquet(
    ningbo: list[Observation], catalogue: Catalogue, tmp_path: Any
) -> None:
    import json

    import duckdb

    table = ask(ningbo, catalogue, "yoy", "2024-12:2025-03")
    lines = table.to_csv().splitlines()
    assert lines[0] == "period,value,level,base,whole,change,reason,flag,unit"
    assert lines[1].startswith("2024-12,,")
    assert "base_missing" in lines[1]
    plain = json.loads(table.to_json())
    assert [r["period"] for r in plain["rows"]] == ["2024-12", "2025-01..02", "2025-03"]
    table.to_parquet(tmp_path / "o'ne.parquet")
    with duckdb.connect() as connection:
        got = connection.execute("SELECT period, value, reason FROM read_parquet(?)", [str(tmp_path / "o'ne.parquet")])
        rows = got.fetchall()
    assert rows[0][1:] == (None, "base_missing")
    assert rows[2][1] == pytest.approx(plain["rows"][2]["value"])
    shown = table.in_unit("万元")
    assert next(shown.rows())["level"] == pytest.approx(table.to_dict()["rows"][0]["level"] * 10_000)


def test_a_table_is_shown_in_the_unit_for_readers_and_members_stay_members(
    counties: list[Observation], catalogue: Catalogue
) -> None:
    ranks = ask(counties, catalogue, "rank", "2024", by="region", region="330600").in_unit("元")
    first = next(ranks.rows())
    assert (first["value"], first["level"], first["whole"]) == (1, 6e9, 3.0)
    shown = ask(counties, catalogue, "level", "2024", region="330600", unit="万元").shown()
    assert (only(shown)["value"], shown.unit) == (1_100_000.0, "万元")


def test_every_shipped_indicator_answers_every_transform_with_numbers_or_with_a_sentence() -> None:
    shipped = load_catalogue()
    options = {"base": "2023-03", "prices": "export_value", "currency": "USD", "rates": "export_value"}
    answered = refused = 0
    for indicator in shipped.indicators.values():
        if indicator.measure is not None:
            continue
        for code, one in TRANSFORMS.items():
            asked = Request(
                indicator.code,
                "330600",
                "2024-03",
                "2024-03",
                by=("region",) if one.dimension == "part" else (),
                transform=code,
                as_of=DAY,
                options={name: options[name] for name in one.required},
            )
            try:
                table = observed_table(Rows([]), shipped, asked, EVERYTHING)
            except UserError:
                refused += 1
                continue
            answered += 1
            assert len(table) == (6 if asked.by else 1)
            assert all(row["value"] is None and row["reason"] in REASONS for row in table.rows())
            assert table.unit == "" or Unit.parse(table.unit)
    assert answered > refused > 0
