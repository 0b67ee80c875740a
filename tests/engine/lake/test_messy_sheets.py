"""Sheets as offices send them come out as the figures that they print, or as a sentence that says where and
why."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from commercebrain.engine.errors import UserError
from commercebrain.engine.lake import Lake, SheetMapping

from .conftest import HEADINGS, TODAY, row


def figures(lake: Lake) -> dict[tuple[str, str, str], tuple[Decimal | None, str, Decimal | None]]:
    return {(o.indicator, o.region, o.period): (o.value, o.unit, o.growth) for o in lake.observations(None)}


def reasons(lake: Lake) -> list[tuple[int, str, str]]:
    return [(q.row, q.column, q.reason_zh) for q in lake.quarantine()]


def test_three_merged_rows_of_headings_give_month_total_and_growth_of_each_indicator(lake, sheet):
    path = sheet(
        [
            ["2024年1-5月各县市区外贸进出口情况"],
            ["单位：亿元"],
            [],
            [],
            [],
            ["", "绝对值", "同比±%", "绝对值", "同比±%", "绝对值", "同比±%", "绝对值", "同比±%"],
            ["海曙区", 10.5, 1.2, 50.25, -3.4, 4, 5, 20, 6],
            ["鄞州区", 20, 2, 90, 3, "—", "—", 33.3, 0],
            ["注：本表数据来自宁波海关，最终以海关公布为准。"],
        ],
        merges=[
            ((3, 0, 5, 0), "县（市、区）"),
            ((3, 1, 3, 4), "出口"),
            ((3, 5, 3, 8), "进口"),
            ((4, 1, 4, 2), "本月"),
            ((4, 3, 4, 4), "1—5月累计"),
            ((4, 5, 4, 6), "本月"),
            ((4, 7, 4, 8), "1—5月累计"),
        ],
    )
    report = lake.intake(path, taken_in=TODAY)
    assert (report.read, report.accepted, report.quarantined) == (8, 8, 0)
    known = figures(lake)
    assert known["export_value", "330203", "2024-05"] == (Decimal("10.5"), "亿元", Decimal("1.2"))
    assert known["export_value", "330203", "2024-01..05"] == (Decimal("50.25"), "亿元", Decimal("-3.4"))
    assert known["import_value", "330212", "2024-01..05"] == (Decimal("33.3"), "亿元", Decimal(0))
    assert known["import_value", "330212", "2024-05"] == (None, "亿元", None)
    missing = [o for o in lake.observations(None) if o.flag == "missing"]
    assert [(o.indicator, o.region, o.period) for o in missing] == [("import_value", "330212", "2024-05")]
    (told,) = report.sheets
    assert told.layout == "wide" and told.header_rows == (4, 6)
    assert any(line.startswith("9: 注：") for line in told.skipped)


def test_headings_centred_over_blank_cells_of_a_csv_are_spread_like_merged_ones(lake, sheet):
    path = sheet(
        [
            ["地区", "出口", "", "进口", ""],
            ["", "绝对值（亿元）", "同比（%）", "绝对值（亿元）", "同比（%）"],
            ["宁波市", "8,305.3", "10.1", "3,897.2", "-1.9"],
        ],
        "2024年1-6月.csv",
    )
    # the comma is the csv's own delimiter, so the numbers are quoted as Excel would
    path.write_text(path.read_text("utf-8").replace("8,305.3", '"8,305.3"').replace("3,897.2", '"3，897.2"'), "utf-8")
    lake.intake(path, taken_in=TODAY, defaults={"period": "2024年1-6月"})
    assert figures(lake) == {
        ("export_value", "330200", "2024-01..06"): (Decimal("8305.3"), "亿元", Decimal("10.1")),
        ("import_value", "330200", "2024-01..06"): (Decimal("3897.2"), "亿元", Decimal("-1.9")),
    }


def test_rows_of_indicators_and_columns_of_years_are_read(lake, sheet):
    path = sheet(
        [
            ["指标", "单位", "2022年", "2023年", "2024年"],
            ["一、对外贸易"],
            ["进出口总额", "亿元", 12671.3, 12779.3, 14202.5],
            ["  其中：出口", "亿元", 8230.6, 8289.2, None],
        ]
    )
    report = lake.intake(path, taken_in=TODAY, defaults={"region": "宁波市", "grade": "A"})
    known = figures(lake)
    assert known["trade_value", "330200", "2024"] == (Decimal("14202.5"), "亿元", None)
    assert known["export_value", "330200", "2023"] == (Decimal("8289.2"), "亿元", None)
    assert len(known) == 5
    assert report.sheets[0].blank_cells == 1
    assert any("一、对外贸易" in line for line in report.sheets[0].skipped)


def test_rows_of_periods_and_columns_of_indicators_are_read_with_the_region_of_the_title(lake, sheet):
    path = sheet(
        [
            ["宁波市外贸进出口分月情况（单位：万元）"],
            ["时间", "进出口", "出口", "进口"],
            ["2024年1-2月", 22000000, 14000000, 8000000],
            [date(2024, 3, 1), 11000000, 7000000, 4000000],
            ["202404", 11500000, 7200000, 4300000],
            ["２０２４年５月", "１２，０００，０００", "7 500 000", "4500000"],
        ]
    )
    lake.intake(path, taken_in=TODAY)
    known = figures(lake)
    assert {period for _, _, period in known} == {"2024-01..02", "2024-03", "2024-04", "2024-05"}
    assert known["trade_value", "330200", "2024-05"] == (Decimal(12000000), "万元", None)
    assert known["export_value", "330200", "2024-05"] == (Decimal(7500000), "万元", None)


def test_text_numbers_thousands_separators_and_full_width_digits_are_the_same_number(lake, sheet):
    written = ["1234.5", "1,234.5", "1，234.5", "１２３４．５", " 1234.5 ", "1234.5亿元", "1 234.5", 1234.5]
    rows = [
        row(period=f"2024-{month:02d}", value=value, published="2025-01-18") for month, value in enumerate(written, 1)
    ]
    report = lake.intake(sheet([HEADINGS, *rows]), taken_in=TODAY)
    assert report.quarantined == 0
    assert {o.value for o in lake.observations(None)} == {Decimal("1234.5")}


@pytest.mark.parametrize("mark", ["—", "——", "-", "…", "……", "空", "/", ""])
def test_a_mark_of_absence_is_missing_and_never_zero(lake, sheet, mark):
    lake.intake(sheet([HEADINGS, row(value=mark)]), taken_in=TODAY)
    (found,) = lake.observations(None)
    assert (found.value, found.flag) == (None, "missing")


def test_zero_is_a_value(lake, sheet):
    lake.intake(sheet([HEADINGS, row(value=0)]), taken_in=TODAY)
    (found,) = lake.observations(None)
    assert (found.value, found.flag) == (Decimal(0), "normal")


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("1,23", "逗号不在千分位上"),
        ("1.2E+05", "科学计数法"),
        ("12345①", "脚注"),
        ("约莫三成", "不是数"),
        (date(2024, 5, 1), "当成了日期"),
        ("1234.5万美元", "对不上"),
        ("123456789012345678901", "位数过多"),
    ],
)
def test_a_value_that_could_be_read_wrongly_goes_to_quarantine_with_its_place(lake, sheet, value, said):
    report = lake.intake(sheet([HEADINGS, row(), row(period="2024-06", value=value)]), taken_in=TODAY)
    assert (report.read, report.accepted, report.quarantined) == (2, 1, 1)
    (fault,) = [q for q in lake.quarantine() if said in q.reason_zh] or [None]
    assert fault is not None, [q.reason_zh for q in lake.quarantine()]
    assert (fault.sheet, fault.row) == ("Sheet1", 3)
    assert fault.column.startswith(("D 数值", "E 单位"))
    assert fault.reason_en


@pytest.mark.parametrize("error", ["#REF!", "#DIV/0!", "#VALUE!", "#N/A", "#NAME?"])
def test_a_formula_error_is_quarantined_and_not_read_as_a_blank(lake, sheet, error):
    path = sheet([HEADINGS, row(), row(period="2024-06", value=None)], errors={(2, 3): error})
    report = lake.intake(path, taken_in=TODAY)
    assert (report.accepted, report.quarantined) == (1, 1)
    ((number, column, why),) = reasons(lake)
    assert (number, column) == (3, "D 数值") and error in why


def test_formula_errors_in_a_wide_sheet_are_quarantined_cell_by_cell(lake, sheet):
    path = sheet(
        [["地区", "2023年", "2024年"], ["宁波市", 1, None], ["浙江省", None, 4]],
        errors={(1, 2): "#DIV/0!", (2, 1): "#REF!"},
    )
    report = lake.intake(path, taken_in=TODAY, defaults={"indicator": "export_value", "unit": "亿元"})
    assert (report.read, report.accepted, report.quarantined) == (4, 2, 2)
    assert [(q.row, q.column, q.value) for q in lake.quarantine()] == [
        (2, "C 2024年", "#DIV/0!"),
        (3, "B 2023年", "#REF!"),
    ]


def test_cells_shown_in_per_cent_are_read_as_shown(lake, sheet):
    path = sheet([HEADINGS, row(growth=0.053)], percents=[(1, 5)])
    lake.intake(path, taken_in=TODAY)
    assert [o.growth for o in lake.observations(None)] == [Decimal("5.3")]


def test_two_columns_that_say_the_same_are_refused_with_both_named(lake, sheet):
    path = sheet([[*HEADINGS, "数值（亿元）"], [*row(), 813]])
    with pytest.raises(UserError) as refused:
        lake.intake(path, taken_in=TODAY)
    assert refused.value.code == "intake.duplicate_columns"
    assert "D“数值”" in refused.value.zh and "J“数值（亿元）”" in refused.value.zh
    assert lake.batches() == [] and lake.observations(None) == []


def test_repeated_headings_blank_rows_and_notes_are_left_out_and_named(lake, sheet):
    path = sheet(
        [
            ["宁波市商务局月报"],
            [],
            HEADINGS,
            row(),
            [],
            HEADINGS,
            row(period="2024-06"),
            ["注：2024年数据为快报数。"],
            ["数据来源：宁波海关"],
        ]
    )
    report = lake.intake(path, taken_in=TODAY)
    assert (report.read, report.accepted) == (2, 2)
    assert [line.split(":")[0] for line in report.sheets[0].skipped] == ["1", "6", "8", "9"]


def test_regions_merged_down_several_rows_are_filled(lake, sheet):
    path = sheet(
        [["地区", "指标", "2023年", "2024年"], ["", "出口", 1, 2], ["", "进口", 3, 4]],
        merges=[((1, 0, 2, 0), "宁波市")],
    )
    lake.intake(path, taken_in=TODAY, defaults={"unit": "亿元"})
    assert figures(lake)["import_value", "330200", "2024"][0] == Decimal(4)


def test_an_unknown_part_of_a_heading_never_passes_as_the_total(lake, sheet):
    path = sheet(
        [["地区", "出口", ""], ["", "总额", "其中：机电产品"], ["宁波市", 100, 60]],
        merges=[((0, 1, 0, 2), "出口"), ((0, 0, 1, 0), "地区")],
    )
    report = lake.intake(path, taken_in=TODAY, defaults={"period": "2024", "unit": "亿元"})
    assert (report.accepted, report.quarantined) == (1, 1)
    assert figures(lake) == {("export_value", "330200", "2024"): (Decimal(100), "亿元", None)}
    assert "机电产品" in reasons(lake)[0][2]


def test_a_region_name_that_two_places_share_is_not_guessed(lake, sheet):
    lake.intake(sheet([HEADINGS, row(region="江北区"), row(region="330205")]), taken_in=TODAY)
    assert [o.region for o in lake.observations(None)] == ["330205"]
    assert "330205、500105" in reasons(lake)[0][2]


def test_an_unknown_indicator_names_the_nearest(lake, sheet):
    lake.intake(sheet([HEADINGS, row(indicator="社会消费品零售额")]), taken_in=TODAY)
    assert "社会消费品零售总额" in reasons(lake)[0][2]


def test_a_number_like_2024_1_may_be_january_or_october_and_is_asked_about(lake, sheet):
    lake.intake(
        sheet([HEADINGS, row(period=2024.1), row(period="2024.1"), row(period=2024.5), row(period=202406.0)]),
        taken_in=TODAY,
    )
    assert {o.period for o in lake.observations(None)} == {"2024-05", "2024-06"}
    assert [number for number, _, why in reasons(lake) if "1月还是10月" in why] == [2, 3]


def test_a_credit_code_kept_as_a_number_is_flagged(lake, sheet):
    lake.intake(sheet([HEADINGS, row(source=913302001440000000.0)]), taken_in=TODAY)
    assert "超过15位的数字已经丢失" in reasons(lake)[0][2]


def test_bounds_printed_beside_a_number_are_kept(lake, sheet):
    rows = [
        row(period="2022", value="突破7万亿元", unit=None),
        row(period="2023", value="约500"),
        row(period="2024", value="300以上", published="2025-01-20"),
    ]
    lake.intake(sheet([HEADINGS, *rows]), taken_in=TODAY)
    assert [(o.bound, o.value, o.unit) for o in lake.observations(None)] == [
        (">", Decimal(7), "万亿元"),
        ("~", Decimal(500), "亿元"),
        (">=", Decimal(300), "亿元"),
    ]


def test_every_fault_of_a_row_is_told_at_once(lake, sheet):
    lake.intake(sheet([HEADINGS, row(region="桃花源", value="abc", published="昨天", grade="Z")]), taken_in=TODAY)
    assert {q.field for q in lake.quarantine()} == {"region", "value", "published", "grade"}
    assert len({q.record for q in lake.quarantine()}) == 1


def test_a_mapping_explains_what_the_sheet_does_not(lake, sheet):
    path = sheet(
        [["单位", "甲", "乙", "丙"], ["全市", 10, 1.5, "x"], ["海曙", 4, 2.5, "y"]],
    )
    mapping = SheetMapping(
        header_rows=(1, 1),
        columns={
            "A": "region",
            "甲": {"indicator": "retail_sales", "unit": "亿元"},
            "乙": {"indicator": "retail_sales", "measure": "growth"},
        },
        ignore=("D",),
        defaults={"period": "2024年1-5月"},
        names={"region": {"全市": "330200"}},
    )
    report = lake.intake(path, taken_in=TODAY, mapping=mapping)
    assert figures(lake) == {
        ("retail_sales", "330200", "2024-01..05"): (Decimal(10), "亿元", Decimal("1.5")),
        ("retail_sales", "330203", "2024-01..05"): (Decimal(4), "亿元", Decimal("2.5")),
    }
    assert "D 丙" in report.sheets[0].skipped


def test_last_years_column_beside_this_years_is_left_out_and_named(lake, sheet):
    path = sheet([["地区", "出口", "上年同期", "排名"], ["宁波市", 100, 90, 1]])
    report = lake.intake(path, taken_in=TODAY, defaults={"period": "2024", "unit": "亿元"})
    assert report.accepted == 1
    assert {"C 上年同期", "D 排名"} <= set(report.sheets[0].skipped)


def test_a_cover_sheet_beside_the_table_is_named_as_not_read(lake, tmp_path):
    import xlsxwriter

    path = tmp_path / "book.xlsx"
    with xlsxwriter.Workbook(path) as book:
        book.add_worksheet("封面").write_column(0, 0, ["宁波市商务局", "二〇二四年六月"])
        page = book.add_worksheet("数据")
        for number, cells in enumerate([HEADINGS, row()]):
            page.write_row(number, 0, cells)
        book.add_worksheet("底稿").hide()
    report = lake.intake(path, taken_in=TODAY)
    assert report.accepted == 1
    assert [(s.name, bool(s.layout)) for s in report.sheets] == [
        ("封面", False),
        ("数据", True),
        ("底稿", False),
    ]
    assert all(s.reason_zh and s.reason_en for s in report.sheets if not s.layout)


def test_a_plain_ratio_needs_no_unit_but_money_does(lake, sheet):
    lake.intake(
        sheet([HEADINGS, row(indicator="export_import_ratio", value=1.9, unit=None), row(unit=None)]),
        taken_in=TODAY,
    )
    assert [o.indicator for o in lake.observations(None)] == ["export_import_ratio"]
    assert reasons(lake) == [(3, "E 单位", "没有写单位")]


def test_an_unknown_calibre_is_not_taken_as_a_new_one(lake, sheet):
    path = sheet([[*HEADINGS, "口径"], [*row(), "限额以上单位"], [*row(period="2024-06"), "某种口径"]])
    lake.intake(path, taken_in=TODAY)
    assert [o.calibre for o in lake.observations(None)] == ["above_quota"]
    assert "口径" in reasons(lake)[0][2]


def test_months_that_the_spreadsheet_turned_into_dates_are_read_in_headings_too(lake, sheet):
    path = sheet([["地区", date(2024, 4, 1), date(2024, 5, 1)], ["宁波市", 1.5, 2.5]])
    lake.intake(path, taken_in=TODAY, defaults={"indicator": "出口", "unit": "亿元"})
    assert {p for _, _, p in figures(lake)} == {"2024-04", "2024-05"}


def test_a_formula_that_was_never_computed_is_not_a_blank(lake, sheet, tmp_path):
    import zipfile

    path = sheet([HEADINGS, row(), row(period="2024-06", value=None)], errors={(2, 3): "0"})
    bare = tmp_path / "未算.xlsx"
    with zipfile.ZipFile(path) as whole, zipfile.ZipFile(bare, "w") as copy:
        for name in whole.namelist():
            copy.writestr(name, whole.read(name).replace(b"</f><v>0</v>", b"</f>"))
    report = lake.intake(bare, taken_in=TODAY)
    assert (report.accepted, report.quarantined) == (1, 1)
    assert reasons(lake)[0][:2] == (3, "D 数值")


def test_a_unit_line_that_names_money_and_per_cent_gives_the_money_to_the_values(lake, sheet):
    path = sheet([["单位：亿元、%"], ["地区", "出口", "同比"], ["宁波市", 100, 5.5]])
    lake.intake(path, taken_in=TODAY, defaults={"period": "2024"})
    assert figures(lake) == {("export_value", "330200", "2024"): (Decimal(100), "亿元", Decimal("5.5"))}


def test_what_the_sheet_does_not_say_of_itself_is_named_in_the_report(lake, sheet):
    report = lake.intake(sheet([HEADINGS[:6], row()[:6]], "月报.xlsx"), taken_in=TODAY)
    assert report.sheets[0].assumed == ("published=2025-07-21", "source=月报.xlsx", "grade=C")


def test_two_periods_above_the_headings_are_not_chosen_between(lake, sheet):
    path = sheet([["2024年1-5月宁波市外贸情况"], ["制表日期：2024年6月"], ["指标", "数值（亿元）"], ["出口", 5]])
    lake.intake(path, taken_in=TODAY)
    assert lake.observations(None) == []
    assert any("没有写时期" in why for _, _, why in reasons(lake))


def test_the_sheets_tab_gives_the_period_where_nothing_else_does(lake, sheet):
    path = sheet([["指标", "数值（亿元）"], ["出口", 5]], sheet_name="2024年5月")
    lake.intake(path, taken_in=TODAY, defaults={"region": "宁波市"})
    assert set(figures(lake)) == {("export_value", "330200", "2024-05")}


def test_read_is_always_the_sum_of_taken_known_and_quarantined(lake, sheet):
    rows = [row(), row(), row(region="?"), row(period="2024-06", value="x"), row(value=1), row(period="2023")]
    report = lake.intake(sheet([HEADINGS, *rows]), taken_in=TODAY)
    assert report.read == report.accepted + report.unchanged + report.quarantined == 6


SERIES = Path(__file__).parents[4] / "shared" / "data" / "trade_series" / "gacc_region_monthly_2024_2025.csv"


@pytest.mark.skipif(not SERIES.is_file(), reason="the customs series (../shared/data/trade_series) is not here")
def test_the_customs_monthly_series_is_read_through_a_mapping(lake):
    mapping = SheetMapping(
        columns={
            "total_10k_cny": {"indicator": "trade_value", "unit": "万元"},
            "export_10k_cny": {"indicator": "export_value", "unit": "万元"},
            "import_10k_cny": {"indicator": "import_value", "unit": "万元"},
        },
        ignore=("region", "H", "I", "G", "total_yoy", "export_yoy", "import_yoy"),
        defaults={"grade": "A", "source": "海关总署"},
    )
    report = lake.intake(SERIES, taken_in=TODAY, mapping=mapping)
    # 全国, 浙江, 宁波 are known here; 杭州 and 金华 are not among the names of these tests
    assert (report.read, report.accepted, report.quarantined) == (90 * 3, 54 * 3, 36 * 3)
    assert figures(lake)["trade_value", "100000", "2024-01"][0] == Decimal(376356483)


def test_a_bare_growth_column_belongs_to_the_figure_on_its_left(lake, sheet):
    path = sheet(
        [
            ["2024年1-5月各地外贸（亿元）"],
            ["地区", "出口", "同比%", "位次", "进口", "同比%"],
            ["宁波市", 100, 5.5, 1, 50, -2],
        ]
    )
    report = lake.intake(path, taken_in=TODAY)
    assert report.quarantined == 0
    assert figures(lake) == {
        ("export_value", "330200", "2024-01..05"): (Decimal(100), "亿元", Decimal("5.5")),
        ("import_value", "330200", "2024-01..05"): (Decimal(50), "亿元", Decimal(-2)),
    }


def test_month_and_running_total_of_each_indicator_row_keep_their_own_growth(lake, sheet):
    path = sheet(
        [
            ["2024年5月宁波市主要指标"],
            ["指标", "单位", "5月", "同比（%）", "1-5月", "同比（%）"],
            ["出口", "亿元", 7, 1.5, 33, "下降"],
            ["进口", "万美元", 8, -1, 34, 4],
        ]
    )
    report = lake.intake(path, taken_in=TODAY)
    assert (report.read, report.accepted, report.quarantined) == (4, 1, 3)
    assert figures(lake) == {("export_value", "330200", "2024-05"): (Decimal(7), "亿元", Decimal("1.5"))}
    assert {q.field for q in lake.quarantine()} == {"growth", "unit"}


@pytest.mark.parametrize(
    ("said", "growth"), [("下降3.2%", "-3.2"), ("增长 12.5", "12.5"), ("-1.2％", "-1.2"), ("+4", "4")]
)
def test_a_growth_told_in_words_keeps_its_direction(lake, sheet, said, growth):
    lake.intake(sheet([HEADINGS, row(growth=said)]), taken_in=TODAY)
    assert [o.growth for o in lake.observations(None)] == [Decimal(growth)]


@pytest.mark.parametrize("said", ["下降-3.2", "下降", "增长较快", "5.3‰"])
def test_a_growth_of_no_clear_direction_or_unit_is_quarantined(lake, sheet, said):
    lake.intake(sheet([HEADINGS, row(growth=said)]), taken_in=TODAY)
    assert lake.observations(None) == []
    assert [q.field for q in lake.quarantine()] == ["growth"]


def test_headings_in_two_languages_one_above_the_other_are_one(lake, sheet):
    english = ["indicator", "region", "period", "value", "unit", "growth", "published", "source", "grade"]
    report = lake.intake(sheet([HEADINGS, english, row()]), taken_in=TODAY)
    assert (report.read, report.accepted) == (1, 1)


def test_headings_split_over_two_rows_are_joined(lake, sheet):
    path = sheet([["指标", "地区", "时期", "数", "单位"], ["名称", "名称", "", "值", ""], row()[:5]])
    assert lake.intake(path, taken_in=TODAY).accepted == 1


def test_growth_of_the_running_total_is_not_given_to_the_month(lake, sheet):
    path = sheet(
        [
            ["2024年5月宁波市外贸（亿元）"],
            ["指标", "本月", "当月同比", "本年累计", "累计同比"],
            ["出口", 7, 1.5, 33, 9.9],
        ]
    )
    lake.intake(path, taken_in=TODAY)
    assert figures(lake) == {
        ("export_value", "330200", "2024-05"): (Decimal(7), "亿元", Decimal("1.5")),
        ("export_value", "330200", "2024-01..05"): (Decimal(33), "亿元", Decimal("9.9")),
    }


def test_growth_of_a_running_total_whose_end_nobody_tells_is_quarantined(lake, sheet):
    path = sheet([["指标", "2024年5月", "累计同比"], ["出口", 7, 9.9]])
    lake.intake(path, taken_in=TODAY, defaults={"region": "宁波市", "unit": "亿元"})
    assert figures(lake) == {("export_value", "330200", "2024-05"): (Decimal(7), "亿元", None)}
    assert len({q.record for q in lake.quarantine()}) == 1
    assert "C 累计同比" in [q.column for q in lake.quarantine()]
