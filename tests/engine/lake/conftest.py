"""Sheets as people make them, and a lake to take them in."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter

from commercebrain.engine.lake import Lake, Names

TODAY = date(2025, 7, 21)

NAMES = Names(
    indicators={
        "trade_value": ("进出口总额", "进出口", "外贸进出口"),
        "export_value": ("出口额", "出口", "外贸出口"),
        "import_value": ("进口额", "进口"),
        "retail_sales": ("社会消费品零售总额",),
        "export_import_ratio": ("出口与进口比例",),
    },
    regions={
        "100000": ("全国",),
        "330000": ("浙江省",),
        "330200": ("宁波市", "Ningbo"),
        "330203": ("海曙区",),
        "330205": ("江北区",),
        "330206": ("北仑区",),
        "330212": ("鄞州区",),
        "500105": ("江北区",),
        "330225": ("象山县",),
    },
    units={
        "trade_value": "亿元",
        "export_value": "亿元",
        "import_value": "亿元",
        "retail_sales": "亿元",
        "export_import_ratio": ":1",
    },
    calibres={"above_quota": ("限额以上单位",)},
)


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return Lake.create(tmp_path / "lake", NAMES)


@pytest.fixture
def sheet(tmp_path: Path) -> Callable[..., Path]:
    """Write rows to an xlsx (or a csv, by the name) and give its path.

    ``merges`` are ((row, column, row, column), text) from 0; ``errors`` {(row, column): error};
    ``percents``
    the cells that are shown in per cent.
    """

    def write(
        rows: Sequence[Sequence[Any]],
        name: str = "表.xlsx",
        *,
        merges: Sequence[tuple[tuple[int, int, int, int], str]] = (),
        errors: dict[tuple[int, int], str] | None = None,
        percents: Sequence[tuple[int, int]] = (),
        sheet_name: str = "Sheet1",
    ) -> Path:
        path = tmp_path / name
        if path.suffix == ".csv":
            lines = [",".join("" if cell is None else str(cell) for cell in row) for row in rows]
            path.write_text("\n".join(lines) + "\n", encoding="utf-8")
            return path
        with xlsxwriter.Workbook(path, {"strings_to_formulas": False}) as book:
            page = book.add_worksheet(sheet_name)
            day, percent = (
                book.add_format({"num_format": "yyyy-mm-dd"}),
                book.add_format({"num_format": "0.0%"}),
            )
            for (top, left, bottom, right), text in merges:
                page.merge_range(top, left, bottom, right, text)
            for r, row in enumerate(rows):
                for c, cell in enumerate(row):
                    if cell is None or cell == "":
                        continue
                    if isinstance(cell, date | datetime):
                        page.write_datetime(r, c, cell, day)
                    elif isinstance(cell, str):
                        page.write_string(r, c, cell)
                    else:
                        page.write_number(r, c, cell, percent if (r, c) in percents else None)
            for (r, c), error in (errors or {}).items():
                page.write_formula(r, c, "=A1/0", None, error)
        return path

    return write


HEADINGS = ["指标", "地区", "时期", "数值", "单位", "同比增长（%）", "公布日期", "来源", "来源等级"]


def row(
    indicator: Any = "出口额",
    region: Any = "宁波市",
    period: Any = "2024-05",
    value: Any = 812.5,
    unit: Any = "亿元",
    growth: Any = None,
    published: Any = "2024-06-18",
    source: Any = "宁波海关",
    grade: Any = "A",
) -> list[Any]:
    """One row under :data:`HEADINGS`."""
    return [indicator, region, period, value, unit, growth, published, source, grade]
