"""The largest members of an answer, worked out on its columns, against the plain way."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from django.utils import translation

from commercebrain.desk.figures.explorer.answers import cell
from commercebrain.desk.figures.explorer.largest import largest, remarks
from commercebrain.engine.catalogue import load_catalogue
from commercebrain.engine.indicators.request import Request
from commercebrain.engine.indicators.table import FigureTable


def made(members: int, months: int, *, seed: int = 1, transform: str = "level", by: tuple[str, ...] = ("county", "country")) -> FigureTable:  # fmt: skip
    """An answer in which every third number is absent, and members come in no order."""
    rng = np.random.default_rng(seed)
    codes = [(f"9901{n % 7:02d}", f"C{n:06d}")[: len(by)] for n in rng.permutation(members)]
    rows = members * months
    mask = rng.random(rows) < 0.34
    value = np.ma.MaskedArray(np.where(mask, 0, rng.integers(-50, 50, rows)).astype(np.int64), mask=mask)
    columns: dict[str, Any] = {
        "period": np.repeat([202401 + n for n in range(months)], members).astype(np.int32),
        "span": np.ones(rows, np.int16),
        **{dim: np.array([code[place] for code in codes] * months) for place, dim in enumerate(by)},
        **dict.fromkeys(("value", "level", "base", "whole", "change"), value),
        "reason": np.where(mask, np.where(rng.random(rows) < 0.5, "month_missing", "suppressed"), ""),
        "flag": np.where(rng.random(rows) < 0.5, "normal", "small_base"),
    }
    asked = Request("customs_export_value", "990100", "2024-01", f"2024-{months:02d}", by=by, transform=transform)
    return FigureTable(asked, load_catalogue().indicator("customs_export_value"), "元", columns, "元")


@pytest.mark.parametrize("transform", ["level", "rank"])
@pytest.mark.parametrize("seed", range(4))
def test_the_order_is_that_of_the_last_known_period_then_of_the_codes(seed: int, transform: str) -> None:
    found = made(50, 5, seed=seed, transform=transform)
    of: dict[tuple[str, ...], dict[Any, dict[str, Any]]] = {}
    for row in found.rows():
        of.setdefault((row["county"], row["country"]), {})[row["period"]] = row
    last = max((row["period"] for row in found.rows() if row["value"] is not None), key=lambda one: one.order)
    sign = 1 if transform == "rank" else -1

    def size(item: Any) -> Any:
        value = item[1][last]["value"]
        return (1, 0, item[0]) if value is None else (0, sign * value, item[0])

    plain = sorted(of.items(), key=size)
    got = largest(found, 20, 8, 3)
    assert [codes for codes, _ in got.head] == [codes for codes, _ in plain[:20]]
    assert got.tail is not None and got.tail[0] == plain[-1][0] and got.count == 50 and got.last == last
    assert got.valued == sum(rows[last]["value"] is not None for _, rows in plain)
    assert [rows for _, rows in got.head[:8]] == [rows for _, rows in plain[:8]]
    latest = got.periods[-3:]
    for (_, rows), (_, plainly) in zip(got.head[8:], plain[8:20], strict=True):
        assert rows == {period: plainly[period] for period in latest}
    told: dict[str, int] = {}
    with translation.override("en"):
        for row in found.rows():
            if remark := cell(row, 0).remark:
                told[remark] = told.get(remark, 0) + 1
    assert remarks(found, lambda words: words.say("en")) == told


def test_an_answer_without_a_break_down_or_without_a_row_has_one_member_or_none() -> None:
    one = largest(made(1, 4, by=()), 20, 8, 3)
    assert one.count == 1 and one.head[0][0] == () and len(one.head[0][1]) == 4
    none = largest(made(0, 1), 20, 8, 3)
    assert none.head == () and none.last is None


def test_only_what_a_page_shows_becomes_objects(monkeypatch: pytest.MonkeyPatch) -> None:
    found, made_rows = made(20_000, 12), []
    plain = FigureTable.rows

    def rows(self: FigureTable) -> Any:
        for row in plain(self):
            made_rows.append(row)
            yield row

    monkeypatch.setattr(FigureTable, "rows", rows)
    got = largest(found, 200, 8, 6)
    assert got.count == 20_000 and len(made_rows) <= 8 * 12 + 201 * 6


def test_rows_come_in_batches_and_parts_are_the_same_rows() -> None:
    found = made(3_000, 5)
    rows = list(found.rows())
    assert len(rows) == 15_000 == len(found)
    assert list(found.part(slice(9_990, 10_010)).rows()) == rows[9_990:10_010]
    assert [row["period"] for row in rows] == found.periods()
