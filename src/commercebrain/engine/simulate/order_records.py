"""Puts the weekly reports of the years before the demonstration into the lake: order reports, and who filed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np

from commercebrain.engine.lake.records.schema import record_dataset
from commercebrain.engine.lake.records.table import Coded, MonthBlock, RecordTable
from commercebrain.engine.simulate.order_history import COVERS, TRENDS, OrderHistory, days_of
from commercebrain.engine.workdays import add_workdays

REPORTS, STATES = "order_reports", "filing_status"
#: Under which name they came, so that they are put in once.
SOURCE = "企业直报（虚构历史）"
#: The newest weeks come in one by one, so that a day of that summer knows what was known on it; earlier ones by the month.
SINGLE = 9
#: The locks of a form, in working days after its due day.
LOCKS = 5


def fill_orders(
    root: Path, told: OrderHistory, counties: Sequence[str], form: str, townships: Callable[[str], str], last: date
) -> int:
    """Fills the lake's reports and states of the weeks up to that of ``last``, marked synthetic, once; the rows written. One that was killed is
    finished by the next.

    A week's reports are published on the Monday after, its states when it was locked; the weeks of a month together once
    its last is, but for the newest, each by itself. ``townships`` gives a firm's township by its credit code ("" for none).
    """
    weeks = [n for n, monday in enumerate(told.weeks) if monday <= last and days_of(monday)]
    places = [townships(uscc) for uscc in told.firms]
    made = 0
    for code, shape in ((REPORTS, _reports), (STATES, _states)):
        table = RecordTable(root, record_dataset(code))
        there = {(version.month, version.published) for version in table.vintages() if version.source == SOURCE}
        together = weeks[:-SINGLE]
        months: dict[int, list[int]] = {}
        for number in together:
            months.setdefault(_month(told, number), []).append(number)
        known = {month: max(_published(told, code, number) for number in mine) for month, mine in months.items()}

        def blocks(
            months: dict[int, list[int]] = months, known: dict[int, date] = known, shape: Any = shape,
            there: set[tuple[int, date]] = there,
        ) -> Iterator[MonthBlock]:  # fmt: skip
            for month, mine in months.items():
                if (month, known[month]) not in there:
                    yield MonthBlock(month, shape(told, mine, counties, places, form))

        common: dict[str, Any] = {"source": SOURCE, "by": "simulate", "synthetic": True}
        for number in weeks[-SINGLE:]:
            day = _published(told, code, number)
            if day <= last + timedelta(weeks=1) and (_month(told, number), day) not in there:
                block = MonthBlock(_month(told, number), shape(told, [number], counties, places, form))
                made += _rows(table.append_months([block], published=day, taken_in=day, **common))
        made += _rows(table.append_months(blocks(), published=known.__getitem__, taken_in=known.__getitem__, **common))
    return made


def _rows(versions: list[Any]) -> int:
    return sum(version.rows for version in versions)


def _due(told: OrderHistory, number: int) -> date:
    return days_of(told.weeks[number])[-1]


def _month(told: OrderHistory, number: int) -> int:
    due = _due(told, number)
    return due.year * 100 + due.month


def _published(told: OrderHistory, code: str, number: int) -> date:
    if code == REPORTS:
        return told.weeks[number] + timedelta(weeks=1)
    return add_workdays(_due(told, number), LOCKS)


def _reports(
    told: OrderHistory, weeks: list[int], counties: Sequence[str], places: list[str], _form: str
) -> dict[str, Any]:
    week, firm = np.nonzero(told.filed[weeks])
    row = np.array(weeks)[week]
    markets = sorted({*told.first_market} - {""})
    market = np.array([markets.index(one) if one else -1 for one in told.first_market])
    names = [
        "、".join(name for name, one in zip(told.difficulty_names, ticks, strict=True) if one)
        for ticks in told.difficulties[row, firm].tolist()
    ]
    words, spoken = np.unique(np.array(names, dtype=object), return_inverse=True)
    return {
        **_common(told, row, firm, counties, places, "week", weeks),
        "reported": told.sent[row, firm].astype("datetime64[D]"),
        "orders_in_hand_usd": told.orders[row, firm],
        "trend": Coded(told.trend[row, firm], list(TRENDS)),
        "cover": Coded(told.cover[row, firm], list(COVERS)),
        "first_market": Coded(market[firm], markets),
        "difficulties": Coded(spoken, words.tolist()),
        "unchanged": Coded((told.unchanged[row, firm] > 0).astype(np.int64), ["no", "yes"]),
    }


def _states(
    told: OrderHistory, weeks: list[int], counties: Sequence[str], places: list[str], form: str
) -> dict[str, Any]:
    week, firm = np.nonzero(told.asked[weeks])
    row = np.array(weeks)[week]
    filed = told.filed[row, firm].astype(np.int64)
    return {
        **_common(told, row, firm, counties, places, "term", weeks),
        "form": Coded(np.zeros(len(row), dtype=np.int64), [form]),
        "asked": np.ones(len(row), dtype=np.int64),
        "filed": filed,
        "on_time": told.on_time[row, firm].astype(np.int64),
        "passed": filed,
        "unchanged": (told.unchanged[row, firm] > 0).astype(np.int64),
    }


def _common(
    told: OrderHistory, row: Any, firm: Any, counties: Sequence[str], places: list[str], name: str, weeks: list[int]
) -> dict[str, Any]:
    periods = told.periods
    order = {number: place for place, number in enumerate(weeks)}
    words, place = np.unique(np.array(places, dtype=object), return_inverse=True)
    return {
        name: Coded(np.array([order[one] for one in row.tolist()]), [periods[one] for one in weeks]),
        "uscc": Coded(firm, told.firms),
        "county": Coded(told.county[firm], list(counties)),
        "township": Coded(place[firm], words.tolist()),
    }
