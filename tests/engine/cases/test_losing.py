"""What a trade-remedy case cost: what was expected without it, and what of it was lost."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from commercebrain.engine.cases.losing import Goods, expectation
from commercebrain.engine.cases.remedies import Expected, lost_trade
from commercebrain.engine.catalogue import load_catalogue
from commercebrain.engine.foresight.months import months_from

D = Decimal


def test_expected_is_forecast_from_the_months_before_the_initiation_alone() -> None:
    before = {month: D(1_000_000 + 40_000 * (month % 100)) for month in months_from(202201, 36)}
    fallen = expectation({**before, 202501: D(5), 202502: D(5), 202503: D(5)}, 202501, 202503)
    risen = expectation({**before, 202501: D(9_000_000), 202503: D(0)}, 202501, 202503)
    assert fallen == risen, "what came since the initiation tells nothing of what was expected"
    assert (fallen.method, fallen.history, list(fallen.months)) == ("forecast", 36, ["2025-01", "2025-02", "2025-03"])
    mids = [one.mid for one in fallen.months.values()]
    assert all(D(900_000) < one < D(1_400_000) for one in mids)
    assert fallen.whole is not None and abs(fallen.whole.mid - sum(mids)) <= 3
    assert fallen.whole.low < fallen.whole.mid < fallen.whole.high


def test_with_too_little_history_the_same_months_of_the_year_before_stand_for_it() -> None:
    before = {month: D(month % 100) for month in months_from(202407, 6)}
    told = expectation(before, 202501, 202608)
    assert (told.method, told.history, told.whole) == ("year_before", 6, None)
    assert {k: v.mid for k, v in told.months.items()} == {
        **{f"2025-{m:02d}": D(m) for m in range(7, 13)}, "2026-07": D(7), "2026-08": D(8),
    }  # fmt: skip
    assert expectation({}, 202501, 202503).method == "none"


def test_the_interval_of_the_sum_counts_only_where_no_month_is_missing() -> None:
    expected, whole = {f"2025-0{m}": Expected(D(100), D(80), D(120)) for m in (1, 2)}, Expected(D(200), D(170), D(230))
    both = lost_trade({"2025-01": D(50), "2025-02": D(60)}, expected, "2025-01", whole=whole)
    assert (both.lost, both.low, both.high, both.of_sum) == (D(90), D(60), D(120), True)
    one = lost_trade({"2025-01": D(50)}, expected, "2025-01", whole=whole)
    assert (one.lost, one.low, one.high, one.of_sum, one.unknown) == (D(50), D(30), D(70), False, ("2025-02",))


def test_a_gain_is_told_as_one_and_an_interval_around_nought_as_uncertain() -> None:
    more = lost_trade(
        {"2025-01": D(1_500_000)}, {"2025-01": Expected(D(1_000_000), D(800_000), D(1_200_000))}, "2025-01"
    )
    assert (more.gap, more.lost, more.low) == (D(-500_000), D(0), D(-700_000))
    assert "比预期多50.00万元（50.0%），没有损失" in more.words.zh and "50.00 万元 more than expected" in more.words.en
    near = lost_trade({"2025-01": D(950_000)}, {"2025-01": Expected(D(1_000_000), D(800_000), D(1_200_000))}, "2025-01")
    assert "−15.00至25.00万元" in near.words.zh and "不能断定有损失" in near.words.zh


def test_goods_are_counted_by_six_digits_and_a_group_by_its_members_of_the_day() -> None:
    goods = Goods.of("69072100 6908 690890 690721", "eu27", "990100", date(2025, 7, 1), load_catalogue())
    assert (goods.codes, goods.wider, goods.since) == (("690721", "6908"), True, 202507)
    assert len(goods.countries) == 27 and "DEU" in goods.countries
    plain = Goods.of("690721", "USA", "990100", date(2025, 7, 1), load_catalogue())
    assert (plain.codes, plain.countries, plain.wider) == (("690721",), ("USA",), False)
