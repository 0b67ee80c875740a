"""A sheet of the invented city to try the bulletin with: six counties, as counties send it, marked as synthetic."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable, Mapping
from decimal import ROUND_HALF_UP, Decimal

import xlsxwriter

from commercebrain.engine.periods import Period

CENT = Decimal("0.01")
#: Invented: each county's yearly exports (100 million yuan), its growth a year, and the shape of a year.
YEARLY = {
    "990101": (620, "0.062"), "990102": (525, "0.031"), "990103": (406, "-0.024"), "990104": (358, "0.084"),
    "990105": (310, "-0.071"), "990106": (167, "0.015"),
}  # fmt: skip
SEASON = (84, 62, 78, 82, 86, 88, 90, 91, 88, 84, 83, 84)
BASE_YEAR = 2024
SOURCE = "示例市合成演示数据（虚构）"
NOTE = "本表为合成演示数据，示例市及其区县均为虚构，不对应任何真实地区"


def invented(county: str, year: int, month: int) -> Decimal:
    """The invented exports of a county in a month, in 亿元 with two decimals; the same whenever it is asked."""
    yearly, growth = YEARLY[county]
    wave = Decimal(1) + Decimal((int(county) * 7 + year * 13 + month * 29) % 11 - 5) / 200
    level = Decimal(yearly) * (1 + Decimal(growth)) ** (year - BASE_YEAR)
    return (level * SEASON[month - 1] / sum(SEASON) * wave).quantize(CENT, ROUND_HALF_UP)


Value = Callable[[str, int, int], Decimal]


def declared(levels: Mapping[tuple[str, int], Decimal]) -> Value:
    """The months of a county's declaration lines (county, yyyymm → yuan) in 亿元 with two decimals, else the invented ones."""

    def value(county: str, year: int, month: int) -> Decimal:
        yuan = levels.get((county, year * 100 + month))
        return invented(county, year, month) if yuan is None else yuan.scaleb(-8).quantize(CENT, ROUND_HALF_UP)

    return value


def total(county: str, year: int, month: int, value: Value = invented) -> Decimal:
    """The running total from January."""
    return sum((value(county, year, n) for n in range(1, month + 1)), Decimal(0))


def sheet(
    city: str, counties: Mapping[str, str], month: Period, silent: Iterable[str] = (), value: Value = invented
) -> bytes:
    """The counties' exports of ``month`` as an xlsx: title over merged cells, this month and year to date with their
    growth; the counties named in ``silent`` have sent nothing."""
    year, number = month.last
    late = set(silent)
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True}) as book:
        page = book.add_worksheet(f"{number}月")
        head = book.add_format({"bold": True, "align": "center", "border": 1})
        page.merge_range(0, 0, 0, 4, f"{city}各区县{year}年{number}月出口情况表", head)
        page.write(1, 0, "【合成演示数据】")
        page.write(1, 4, "单位：亿元、%")
        for column, text in enumerate(["区县", "本月", "同比", "累计", "同比"]):
            page.write(2, column, text, head)
        page.set_column(0, 4, 12)
        for line, (code, name) in enumerate(sorted(counties.items()), 3):
            page.write(line, 0, name)
            for column, told in enumerate(_row(code, year, number, value), 1):
                page.write(line, column, "—" if code in late else told)
        page.write(len(counties) + 3, 0, f"注：{NOTE}")
    return buffer.getvalue()


def _row(code: str, year: int, month: int, value: Value) -> list[float]:
    now, before = value(code, year, month), value(code, year - 1, month)
    sums = total(code, year, month, value), total(code, year - 1, month, value)
    return [float(now), _growth(now, before), float(sums[0]), _growth(*sums)]


def _growth(now: Decimal, before: Decimal) -> float:
    return float(((now / before - 1) * 100).quantize(Decimal("0.1"), ROUND_HALF_UP))


def history(counties: Mapping[str, str], first: int, until: Period, value: Value = invented) -> list[list[str]]:
    """Rows of observations (with a heading) of the months from January of ``first`` up to ``until``: what the bulletin
    compares with. January and February come as one."""
    rows = [["指标", "地区", "时期", "数值", "单位", "公布日期", "来源", "来源等级", "数据标志", "备注"]]
    for code in sorted(counties):
        for year in range(first, until.last[0] + 1):
            for month in range(2, 13):
                if (year, month) > until.last:
                    break
                after = (year + month // 12, month % 12 + 1)
                said = f"{after[0]}-{after[1]:02d}-12"
                more = ["亿元", said, SOURCE, "A", "快报" if year == until.last[0] else "最终数", NOTE]
                ytd = Period.of_ytd(year, month)
                if month > 2:
                    rows.append(["export_value", code, f"{year}-{month:02d}", str(value(code, year, month)), *more])
                rows.append(["export_value", code, ytd.text, str(total(code, year, month, value)), *more])
    return rows
