"""The three tiers: what each is computed from, and which of them may be used."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.engine.exposure.city import row
from tests.engine.rollups.lines import Line, append, draw, flatten, months_of, table_at

from commercebrain.engine.errors import UserError
from commercebrain.engine.exposure import declared
from commercebrain.engine.exposure.base import Tier, TradeBase
from commercebrain.engine.exposure.best import best_base
from commercebrain.engine.exposure.compute import exposure
from commercebrain.engine.exposure.declared import line_sources, unlawful
from commercebrain.engine.exposure.difference import before_after
from commercebrain.engine.exposure.lines import NotAvailableError, customs_base, reported_base
from commercebrain.engine.exposure.shares import Share, shares_base
from commercebrain.engine.indicators.reach import ALL, Reach
from commercebrain.engine.lake.records.schema import record_dataset
from commercebrain.engine.lake.records.table import Coded, MonthBlock, RecordTable
from commercebrain.engine.rollups.panel import months_back
from commercebrain.engine.working.store import Working

ALL_FIRMS = Reach(ALL, "confidential")
DAY = date(2025, 7, 21)
ROWS = [row("1500", "USA", 25.0), row("22", "DEU", 10.0), row("0801010001", "VNM", 7.5), row("43", "", 5.0)]


@pytest.fixture(scope="module")
def months() -> dict[int, list[Line]]:
    rng = np.random.default_rng(11)
    return {month: draw(rng, 150) for month in months_of(202303, 28)}


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory, months: dict[int, list[Line]]) -> Path:
    root = tmp_path_factory.mktemp("lake")
    table = table_at(root)
    append(table, months)
    Working(root).refresh(table, counted=[])
    return root


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory, months: dict[int, list[Line]]) -> Path:
    root = tmp_path_factory.mktemp("bare")
    append(table_at(root), months)
    return root


def by_hand(months: dict[int, list[Line]], first: int, last: int, flow: str = "export") -> dict[str, int]:
    found: dict[str, int] = defaultdict(int)
    for month, line in flatten(months):
        if first <= month <= last and line.flow == flow:
            for one in ROWS:
                if line.hs10.startswith(one.digits) and one.partner in ("", line.country):
                    found[line.uscc] += line.value_cny
                    break
    return dict(found)


def firms(base: TradeBase) -> dict[str, int]:
    found = exposure(ROWS, base)
    return dict(zip(found.firms, found.upper.tolist(), strict=True))


@pytest.mark.parametrize(
    ("first", "last"), [(202407, 202506), (202307, 202406), (202401, 202412), (202311, 202402), (202506, 202506)]
)
def test_customs_lines_of_any_months_come_to_the_same_from_rollups_and_from_the_record(
    lake: Path, bare: Path, months: dict[int, list[Line]], first: int, last: int
) -> None:
    expected = by_hand(months, first, last)
    assert expected
    for root in (lake, bare):
        base = customs_base(root, reach=ALL_FIRMS, as_of=DAY, span=(first, last))
        assert firms(base) == expected
        total: dict[str, int] = defaultdict(int)
        for month, line in flatten(months):
            if first <= month <= last and line.flow == "export":
                total[line.uscc] += line.value_cny
        assert {one: traded for one, traded in zip(base.firms, base.total.tolist(), strict=True) if traded} == dict(
            total
        )
        assert base.tier == Tier.CUSTOMS
        assert base.synthetic
        assert base.span == (first, last)


def test_without_a_span_the_last_twelve_months_known_on_the_day_count(
    lake: Path, months: dict[int, list[Line]]
) -> None:
    assert customs_base(lake, reach=ALL_FIRMS, as_of=DAY).span == (202407, 202506)
    assert firms(customs_base(lake, reach=ALL_FIRMS, as_of=DAY)) == by_hand(months, 202407, 202506)
    assert firms(customs_base(lake, reach=ALL_FIRMS, as_of=DAY, flow="import")) == by_hand(
        months, 202407, 202506, "import"
    )
    with pytest.raises(NotAvailableError, match="holds nothing"):
        customs_base(lake, reach=ALL_FIRMS, as_of=date(2020, 1, 1))


def test_an_earlier_day_is_answered_by_what_was_known_then(tmp_path: Path) -> None:
    first = {month: draw(np.random.default_rng(1), 80) for month in months_of(202501, 3)}
    later = {202503: draw(np.random.default_rng(2), 80)}
    table = table_at(tmp_path)
    append(table, first, date(2025, 4, 20))
    append(table, later, date(2025, 5, 20))
    Working(tmp_path).refresh(table, counted=[])
    then = customs_base(tmp_path, reach=ALL_FIRMS, as_of=date(2025, 4, 30))
    now = customs_base(tmp_path, reach=ALL_FIRMS, as_of=date(2025, 5, 30))
    assert firms(then) == by_hand(first, 202404, 202503)
    assert firms(now) == by_hand({**first, **later}, 202404, 202503)
    assert firms(then) != firms(now)


def test_a_reader_of_one_county_gets_the_firms_of_that_county(lake: Path) -> None:
    whole = customs_base(lake, reach=ALL_FIRMS, as_of=DAY)
    part = customs_base(lake, reach=Reach(frozenset({"990103"}), "confidential"), as_of=DAY)
    own = {one for one, county in zip(whole.firms, whole.county, strict=True) if county == "990103"}
    assert own
    assert firms(part) == {one: value for one, value in firms(whole).items() if one in own}
    assert part.all_trade < whole.all_trade
    same = customs_base(lake, reach=ALL_FIRMS, as_of=DAY, region="990103")
    assert firms(same) == firms(part)
    with pytest.raises(NotAvailableError, match="no firms of 330200"):
        customs_base(lake, reach=ALL_FIRMS, as_of=DAY, region="330200")


def test_without_clearance_for_firms_no_tier_is_had_and_every_reason_is_told(lake: Path) -> None:
    with pytest.raises(UserError) as fault:
        best_base(lake, reach=Reach(ALL, "internal"), as_of=DAY)
    assert fault.value.code == "exposure.no_tier"
    assert "企业级数据权限" in fault.value.zh
    assert "B档" in fault.value.zh
    assert "C档" in fault.value.zh


# -- what firms report


def report(
    root: Path, month: int, lines: list[tuple[str, str, str, int, str]], day: date, *, told: bool = False
) -> None:
    """Takes lines in on ``day``; ``told``: they say themselves that they were reported on it."""

    def coded(place: int) -> Coded:
        values = sorted({str(line[place]) for line in lines})
        return Coded(np.array([values.index(str(line[place])) for line in lines], np.int32), values)

    columns: dict[str, Any] = {
        "uscc": coded(0), "hs10": coded(1), "country": coded(2), "county": coded(4),
        "orders_in_hand_usd": np.array([line[3] for line in lines], np.int64),
    }  # fmt: skip
    if told:
        columns["reported"] = np.full(len(lines), np.datetime64(day, "D"))
    table = RecordTable(root, record_dataset("order_lines"))
    table.append_months(
        [MonthBlock(month, columns)], published=day, taken_in=day + timedelta(days=1), source="test", synthetic=True
    )


A, B = "9199" + "0" * 13 + "1", "9199" + "0" * 13 + "2"


@pytest.fixture(scope="module")
def reports(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("reports")
    report(
        root, 202504, [(A, "847130", "USA", 999, "990101"), (B, "8501100000", "DEU", 70, "990102")], date(2025, 5, 1)
    )
    report(root, 202505, [(A, "847130", "USA", 50, "990101"), (A, "950300", "USA", 30, "990101")], date(2025, 6, 1))
    report(root, 202505, [(A, "847130", "USA", 40, "990101")], date(2025, 6, 9))
    return root


def test_of_orders_in_hand_each_firms_newest_month_and_latest_report_count(reports: Path) -> None:
    base = reported_base(reports, reach=ALL_FIRMS, as_of=DAY)
    found = exposure([row("847130", "USA", 10.0), row("8501", "DEU")], base)
    assert dict(zip(found.firms, found.upper.tolist(), strict=True)) == {B: 70, A: 40}
    assert dict(zip(found.firms, found.total.tolist(), strict=True)) == {B: 70, A: 70}
    assert (base.tier, base.unit) == (Tier.FIRM_GOODS, "美元")
    in_yuan = reported_base(reports, reach=ALL_FIRMS, as_of=DAY, rates={202503: 7.0, 202504: 7.25, 202508: 9.0})
    assert in_yuan.unit == "元"
    assert in_yuan.all_trade == round(40 * 7.25) + round(30 * 7.25) + round(70 * 7.25)
    assert "7.25" in in_yuan.note.zh  # type: ignore[union-attr]
    before = reported_base(reports, reach=ALL_FIRMS, as_of=date(2025, 6, 5))
    assert exposure([row("847130")], before).totals.value == 50


def test_a_line_that_the_newest_report_of_a_month_no_longer_has_does_not_count(tmp_path: Path) -> None:
    first = [
        (A, "847130", "USA", 50, "990101"),
        (A, "950300", "USA", 30, "990101"),
        (B, "8501100000", "DEU", 7, "990102"),
    ]
    report(tmp_path, 202505, first, date(2025, 5, 9), told=True)
    report(tmp_path, 202505, [(A, "847130", "USA", 40, "990101")], date(2025, 5, 16), told=True)
    base = reported_base(tmp_path, reach=ALL_FIRMS, as_of=DAY)
    assert dict(zip(base.firms, base.total.tolist(), strict=True)) == {A: 40, B: 7}


def test_the_best_tier_that_there_is_is_taken_and_why_not_a_better_one(reports: Path, lake: Path) -> None:
    base = best_base(reports, reach=ALL_FIRMS, as_of=DAY)
    assert base.tier == Tier.FIRM_GOODS
    assert [one.tier for one in base.refused] == [Tier.CUSTOMS]
    assert "没有数据" in base.refused[0].why.zh
    assert any("没有数据" in note.zh for note in exposure([row("8471")], base).notes)
    assert best_base(lake, reach=ALL_FIRMS, as_of=DAY).tier == Tier.CUSTOMS
    with pytest.raises(UserError, match="B档"):
        best_base(lake, reach=ALL_FIRMS, as_of=DAY, tier=Tier.FIRM_GOODS)


def test_an_agreement_that_is_absent_or_has_ended_excludes_a_tier(lake: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    dataset = record_dataset("declaration_lines")
    assert unlawful(dataset, DAY) is None
    ended = dataset.model_copy(update={"expires": "2025-06-30"})
    assert "2025-06-30" in unlawful(ended, DAY).zh  # type: ignore[union-attr]
    assert unlawful(ended, date(2025, 6, 30)) is None
    assert "协议" in unlawful(dataset.model_copy(update={"agreement": " "}), DAY).zh  # type: ignore[union-attr]
    assert "不是日期" in unlawful(dataset.model_copy(update={"expires": "明年"}), DAY).zh  # type: ignore[union-attr]
    assert "目的" in unlawful(dataset.model_copy(update={"purpose": ""}), DAY).zh  # type: ignore[union-attr]

    def expired(code: str) -> Any:
        return ended if code == "declaration_lines" else record_dataset(code)

    monkeypatch.setattr(declared, "record_dataset", expired)
    base = best_base(
        lake,
        reach=ALL_FIRMS,
        as_of=DAY,
        shares=lambda: shares_base({A: 100}, [Share(A, 1, "8471", "USA")], span=(202401, 202412)),
    )
    assert base.tier == Tier.SHARES
    assert [one.tier for one in base.refused] == [Tier.CUSTOMS, Tier.FIRM_GOODS]
    assert "到期" in base.refused[0].why.zh
    # An answer as of a day on which the agreement still held is a use of today all the same.
    with pytest.raises(UserError, match="到期"):
        best_base(lake, reach=ALL_FIRMS, as_of=date(2025, 6, 1), tier=Tier.CUSTOMS)


def test_every_declared_source_names_columns_that_are_there() -> None:
    assert [one.tier for one in line_sources()] == [Tier.CUSTOMS, Tier.FIRM_GOODS]
    told = line_sources()[0].model_dump()
    with pytest.raises(ValueError, match="no column"):
        declared.LineSource.model_validate({**told, "value": "gold"})


# -- shares of order forms


def test_a_firms_total_is_shared_out_by_what_its_form_says() -> None:
    shares = [
        Share("A", 0.6, country="USA"), Share("A", 0.2, country="DEU"), Share("A", 0.5, product="847130"),
        Share("A", 0.5, product="950300"), Share("B", 0.9, country="USA"), Share("C", 0.8, "847130", "USA"),
        Share("C", 0.8, "950300", "USA"),
    ]  # fmt: skip
    totals = {"A": 1000, "B": 400, "C": 500, "D": 90}
    base = shares_base(totals, shares, span=(202407, 202506), county={"A": "990101"})
    found = exposure([row("847130", "USA", 10.0)], base)
    assert dict(zip(found.firms, found.upper.tolist(), strict=True)) == {"A": 300, "C": 250}
    assert found.totals.all_trade == 1990
    assert found.tier == Tier.SHARES
    assert found.county == ("990101", "")
    untold = 100 * (1990 - 800 - 500) / 1990
    assert f"{untold:.1f} %" in found.notes[0].zh, "of B the goods, of D anything, of A a fifth is not said"


def test_no_shares_come_to_nothing_and_no_error() -> None:
    found = exposure([row("84")], shares_base({}, [], span=(202407, 202506)))
    assert found.totals.value == 0


# -- before and after a day


def test_before_and_after_a_day_compare_a_months_value(lake: Path, months: dict[int, list[Line]]) -> None:
    def base_of(span: tuple[int, int]) -> TradeBase:
        return best_base(lake, reach=ALL_FIRMS, as_of=DAY, span=span)

    found = before_after(ROWS, base_of, date(2025, 4, 9))
    assert found.before is not None
    assert found.after is not None
    assert found.before.span == (202404, 202503)
    assert found.after.base.months == (202504, 202505, 202506)
    old, new = sum(by_hand(months, 202404, 202503).values()), sum(by_hand(months, 202504, 202603).values())
    assert found.per_month == (old / 12, new / 3)
    assert found.change == pytest.approx(new / 3 / (old / 12) - 1)
    assert any("3 个月" in note.zh for note in found.after.notes)
    assert found.year_before is not None
    assert found.year_before.span == (202404, 202406)
    assert found.on_year == pytest.approx(new / sum(by_hand(months, 202404, 202406).values()) - 1)
    assert before_after(ROWS, base_of, date(2023, 6, 1)).on_year is None
    alone = before_after(ROWS, base_of, date(2025, 7, 1))
    assert alone.after is None
    assert alone.change is None
    with pytest.raises(UserError, match="没有数据"):
        before_after(ROWS, base_of, date(2019, 7, 1))


def test_orders_in_hand_before_and_after_a_day_are_not_divided_by_months(tmp_path: Path) -> None:
    for month in months_of(202404, 14):
        held = [(A, "847130", "USA", 60 if month >= 202504 else 100, "990101")]
        report(tmp_path, month, held, date(2024, 5, 1) + timedelta(days=30 * (month % 100 + month // 100 * 12 - 24292)))
    found = before_after(
        [row("847130")], lambda span: reported_base(tmp_path, reach=ALL_FIRMS, as_of=DAY, span=span), date(2025, 4, 9)
    )
    assert found.after is not None and found.after.base.months == (202504, 202505)
    assert found.per_month == (100, 60)
    assert found.change == pytest.approx(-0.4)


def test_sides_of_two_tiers_are_not_compared(lake: Path) -> None:
    def base_of(span: tuple[int, int]) -> TradeBase:
        if span[0] > 202501:
            return shares_base({A: 1}, [], span=span)
        return customs_base(lake, reach=ALL_FIRMS, as_of=DAY, span=span)

    with pytest.raises(UserError) as fault:
        before_after(ROWS, base_of, date(2025, 4, 9))
    assert fault.value.code == "exposure.two_tiers"


def test_months_back_is_what_spans_count_with() -> None:
    assert months_back(202504, -11) == 202603
