"""What firms report of their orders, week by week, and who reports at all: one panel of firms × weeks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from commercebrain.engine.expressions import Column
from commercebrain.engine.lake.opened import reading
from commercebrain.engine.lake.records.schema import record_dataset, record_datasets
from commercebrain.engine.lake.records.table import RecordTable
from commercebrain.engine.rules.facts.series import column
from commercebrain.engine.rules.frame import Coded
from commercebrain.engine.rules.vocabulary import COVER, DIFFICULTIES, TREND

if TYPE_CHECKING:  # only benches and tests draw a city
    from commercebrain.engine.simulate.order_history import OrderHistory

Array = NDArray[Any]
Floats = NDArray[np.float64]
COVERS: Final = tuple(COVER)
TRENDS: Final = tuple(TREND)
NAMES: Final = tuple(DIFFICULTIES)
#: The form whose states of filing count.
FORM: Final = "order_report"
#: Orders are told in ten thousand dollars.
UNIT: Final = 10_000.0
#: A week's reports count from so many days after its Monday: it is due on its Friday and closed on the Monday after.
CLOSED: Final = 7
#: The facts of a firm that come from here, those that are whole numbers or fractions.
NUMBERS: Final = (
    "orders_in_hand", "orders_growth_4", "new_orders", "cancelled_share", "price_lower_share", "missed_in_row",
    "late_in_row", "unchanged_in_row",
)  # fmt: skip
FACTS: Final = (*NUMBERS, "cover", "trend", "difficulties", "reported")


@dataclass
class OrderPanel:
    """Weekly reports of firms; arrays are firms × weeks.

    ``weeks`` are Mondays without gaps. ``cover`` and ``trend`` are places in :data:`COVERS` and :data:`TRENDS`, −1 not
    known; ``orders`` and ``new`` in 万美元, ``cancelled`` and ``price_lower`` as parts, NaN not known; ``difficulties`` has
    a bit for each of :data:`NAMES`; ``first_market`` of each firm, "" not known. ``told`` is the day (ordinal) from which a
    report counts; ``status`` says of which weeks it is known who was asked.
    """

    firms: tuple[str, ...]
    weeks: tuple[date, ...]
    cover: Array
    orders: Floats
    trend: Array
    new: Floats
    cancelled: Floats
    price_lower: Floats
    asked: Array
    filed: Array
    on_time: Array
    unchanged: Array
    difficulties: Array
    told: Array
    status: Array
    first_market: tuple[str, ...] = ()
    synthetic: bool = False

    @cached_property
    def places(self) -> Mapping[str, int]:
        """The row of each firm."""
        return {uscc: place for place, uscc in enumerate(self.firms)}

    @cached_property
    def _closed(self) -> Array:
        return np.array([(monday + timedelta(days=CLOSED)).toordinal() for monday in self.weeks], np.int64)

    def last(self, on: date) -> int:
        """The place of the newest week that was closed by a day; −1 where there is none."""
        return int(np.searchsorted(self._closed, on.toordinal(), side="right")) - 1

    def behind(self, on: date) -> int:
        """How many weeks the states of filing are behind the reports: a round's are known once it is locked."""
        last = self.last(on)
        known = np.flatnonzero(self.status[:, : last + 1].any(axis=0)) if last >= 0 else np.zeros(0, np.int64)
        return last - int(known[-1]) if len(known) else 0

    @cached_property
    def _rows_in_row(self) -> dict[str, Array]:
        """For each week, how many weeks in a row up to it a firm missed, was late, or reported no change."""
        missed = self.asked & ~self.filed & self.status
        late = self.filed & ~self.on_time & self.status
        return {"missed_in_row": _runs(missed), "late_in_row": _runs(late), "unchanged_in_row": _runs(self.unchanged)}

    def number(self, name: str, week: int, on: date) -> Floats:
        """A fact of :data:`NUMBERS` in a week, NaN where it is not known on the day."""
        none = np.full(len(self.firms), np.nan)
        if not 0 <= week < len(self.weeks):
            return none
        if name in ("missed_in_row", "late_in_row"):
            week -= self.behind(on)
            return np.where(self.status[:, week], self._rows_in_row[name][:, week], np.nan) if week >= 0 else none
        there = self._there(week, on)
        if name == "unchanged_in_row":
            return np.where(there, self._rows_in_row[name][:, week], np.nan)
        if name == "orders_growth_4":
            if week < 4:
                return none
            before = self.orders[:, week - 4]
            known = there & self._there(week - 4, on)
            with np.errstate(all="ignore"):
                return np.where(known & (before > 0), self.orders[:, week] / before - 1, np.nan)
        held = {
            "orders_in_hand": self.orders, "new_orders": self.new, "cancelled_share": self.cancelled,
            "price_lower_share": self.price_lower,
        }[name]  # fmt: skip
        return np.where(there, held[:, week], np.nan)

    def codes(self, name: str, week: int, on: date) -> Array:
        """``cover`` or ``trend`` of a week, −1 not known on the day."""
        if not 0 <= week < len(self.weeks):
            return np.full(len(self.firms), -1, np.int8)
        held: Array = self.cover if name == "cover" else self.trend
        return np.where(self._there(week, on), held[:, week], -1)

    def _there(self, week: int, on: date) -> Array:
        found: Array = self.filed[:, week] & (self.told[:, week] <= on.toordinal())
        return found

    # -- as facts of firms

    def column(self, name: str, week: int, on: date, rows: Array) -> Column:
        """A fact of the firms at ``rows`` of this panel (−1: not in it, so not known)."""
        there = rows >= 0
        place = np.maximum(rows, 0)
        if not len(self.firms):
            return Column(np.zeros(len(rows)), np.zeros(len(rows), bool))
        if name in NUMBERS:
            return column(np.where(there, self.number(name, week, on)[place], np.nan))
        if name == "reported":
            week -= self.behind(on)
            if not 0 <= week < len(self.weeks):
                return Column(np.zeros(len(rows), bool), np.zeros(len(rows), bool))
            known = there & (self.asked & self.status)[place, week]
            return Column(self.filed[place, week] & known, known)
        if name == "difficulties":
            return self._ticks(week, on, place, there)
        found = self.coded(name, week, on, rows)
        return found.plain()

    def coded(self, name: str, week: int, on: date, rows: Array) -> Coded:
        """``cover`` or ``trend`` as codes."""
        if not len(self.firms):
            return Coded(np.full(len(rows), -1, np.int8), COVERS if name == "cover" else TRENDS)
        codes = np.where(rows >= 0, self.codes(name, week, on)[np.maximum(rows, 0)], -1)
        return Coded(codes, COVERS if name == "cover" else TRENDS)

    def _ticks(self, week: int, on: date, place: Array, there: Array) -> Column:
        values = np.empty(len(place), object)
        if not 0 <= week < len(self.weeks):
            return Column(values, np.zeros(len(place), bool))
        known = there & self._there(week, on)[place]
        bits = self.difficulties[place, week]
        words = {int(one): tuple(n for k, n in enumerate(NAMES) if int(one) >> k & 1) for one in np.unique(bits)}
        for row in np.flatnonzero(known).tolist():
            values[row] = words[int(bits[row])]
        return Column(values, known)

    # -- where it comes from

    @classmethod
    def from_history(cls, history: OrderHistory) -> OrderPanel:
        """The invented city's reports, as the simulation drew them."""

        def turned(array: Array) -> Array:
            return np.ascontiguousarray(array.T)

        filed = turned(history.filed)
        closed = np.array([(monday + timedelta(days=CLOSED)).toordinal() for monday in history.weeks], np.int64)
        sent = turned(history.sent).astype("datetime64[D]").astype(np.int64) + date(1970, 1, 1).toordinal()
        orders = np.where(filed, turned(history.orders) / UNIT, np.nan)
        bits = np.array([1 << NAMES.index(name) for name in history.difficulty_names], np.int64)
        return cls(
            firms=tuple(history.firms), weeks=tuple(history.weeks), cover=turned(history.cover).astype(np.int8),
            orders=orders, trend=turned(history.trend).astype(np.int8), new=turned(history.new) * orders,
            cancelled=turned(history.cancelled), price_lower=turned(history.price_lower),
            asked=turned(history.asked), filed=filed, on_time=turned(history.on_time),
            unchanged=turned(history.unchanged) > 0,
            difficulties=(history.difficulties * bits).sum(axis=2).T.astype(np.int64),
            told=np.where(filed, np.maximum(sent, closed[None, :]), 0),
            status=np.ones(filed.shape, bool), first_market=tuple(history.first_market), synthetic=True,
        )  # fmt: skip

    @classmethod
    def from_lake(cls, root: Path, as_of: date) -> OrderPanel:
        """What ``order_reports``, ``order_lines`` and ``filing_status`` of a lake hold, as known on a day.

        A report counts from the day it was made, at the earliest when its week was closed: so the panel can be looked at
        as of an earlier day.
        """
        return _Reading(root, as_of).panel()

    @classmethod
    def empty(cls) -> OrderPanel:
        """Nobody reports."""
        none = np.zeros((0, 0))
        bits = np.zeros((0, 0), bool)
        whole = np.zeros((0, 0), np.int64)
        return cls((), (), whole, none, whole, none, none, none, bits, bits, bits, bits, whole, whole, bits)


def _runs(bits: Array) -> Array:
    """How many trues in a row end with each place of a row."""
    out = np.zeros(bits.shape, np.int64)
    state = np.zeros(len(bits), np.int64)
    for week in range(bits.shape[1]):
        state = np.where(bits[:, week], state + 1, 0)
        out[:, week] = state
    return out


def monday_of(text: str) -> date | None:
    """The Monday of an ISO week (2025-W29); none for another text."""
    year, _, week = text.partition("-W")
    try:
        return date.fromisocalendar(int(year), int(week), 1)
    except ValueError:
        return None


class _Reading:
    """Reads a lake's reports into one panel."""

    def __init__(self, root: Path, as_of: date) -> None:
        self.reports, fake = _rows(
            root, "order_reports", as_of,
            "week, uscc, orders_in_hand_usd, cover, trend, unchanged, first_market, difficulties, reported",
        )  # fmt: skip
        self.states, fake_too = _rows(
            root, "filing_status", as_of, "form, term, uscc, asked, filed, on_time, unchanged"
        )
        self.lines, _ = _rows(
            root, "order_lines", as_of, "uscc, month, reported, orders_in_hand_usd, new_orders_usd, price"
        )
        self.synthetic = fake or fake_too

    def panel(self) -> OrderPanel:
        """Everything in its place."""
        reports = [(monday, row) for row in self.reports if (monday := monday_of(row[0])) is not None]
        states = [(monday, row) for row in self.states if row[0] == FORM and (monday := monday_of(row[1])) is not None]
        mondays = {monday for monday, _ in (*reports, *states)}
        if not mondays:
            return OrderPanel.empty()
        first, last = min(mondays), max(mondays)
        weeks = [first + timedelta(weeks=n) for n in range((last - first).days // 7 + 1)]
        firms = sorted({row[1] for _, row in reports} | {row[2] for _, row in states})
        of_firm = {uscc: n for n, uscc in enumerate(firms)}
        shape = (len(firms), len(weeks))
        out = OrderPanel(
            tuple(firms), tuple(weeks), np.full(shape, -1, np.int8), np.full(shape, np.nan), np.full(shape, -1, np.int8),
            np.full(shape, np.nan), np.full(shape, np.nan), np.full(shape, np.nan), np.zeros(shape, bool),
            np.zeros(shape, bool), np.zeros(shape, bool), np.zeros(shape, bool), np.zeros(shape, np.int64),
            np.zeros(shape, np.int64), np.zeros(shape, bool), synthetic=self.synthetic,
        )  # fmt: skip
        market = [""] * len(firms)
        for monday, (_, uscc, hand, cover, trend, unchanged, first_market, difficulties, reported) in reports:
            at = of_firm[uscc], (monday - first).days // 7
            out.filed[at] = out.asked[at] = True
            out.orders[at] = np.nan if hand is None else hand / UNIT
            out.cover[at] = COVERS.index(cover) if cover in COVERS else -1
            out.trend[at] = TRENDS.index(trend) if trend in TRENDS else -1
            out.unchanged[at] = unchanged == "yes"
            ticks = str(difficulties or "").replace(",", "、").split("、")
            out.difficulties[at] = sum(1 << n for n, name in enumerate(NAMES) if name in ticks)
            closed = (monday + timedelta(days=CLOSED)).toordinal()
            out.told[at] = max(closed, reported.toordinal() if reported else closed)
            market[at[0]] = first_market or market[at[0]]
        for monday, (_, _, uscc, asked, filed, on_time, unchanged) in states:
            at = of_firm[uscc], (monday - first).days // 7
            out.status[at] = True
            out.asked[at], out.on_time[at] = bool(asked), bool(on_time)
            out.unchanged[at] |= bool(unchanged)
            if filed and not out.filed[at]:  # filed, and not passed yet: nothing is known of what it says
                out.filed[at], out.told[at] = True, date.max.toordinal()
        out.first_market = tuple(market)
        self._lines(out, of_firm)
        return out

    def _lines(self, out: OrderPanel, of_firm: Mapping[str, int]) -> None:
        """New orders and prices of the lines of a month, for the weeks that end after the day they were reported."""
        sums: dict[tuple[int, date], list[float]] = {}
        for uscc, _, reported, hand, new, price in self.lines:
            if uscc not in of_firm or reported is None:
                continue
            held = sums.setdefault((of_firm[uscc], reported), [0.0, 0.0, 0.0, 0.0])
            held[0] += hand or 0
            held[1] += new or 0
            held[2] += (hand or 0) if price == "lower" else 0
            held[3] += 1 if price else 0
        for (firm, reported), (hand, new, lower, priced) in sorted(sums.items(), key=lambda one: one[0][1]):
            week = (reported - out.weeks[0]).days // 7
            for at in range(max(week, 0), min(week + 5, len(out.weeks))):
                out.new[firm, at] = new / UNIT
                out.price_lower[firm, at] = lower / hand if hand and priced else np.nan


def _rows(root: Path, dataset: str, as_of: date, columns: str) -> tuple[list[tuple[Any, ...]], bool]:
    """Rows known on a day, earlier publications first, so that a later row of a key replaces an earlier one."""
    if dataset not in record_datasets():
        return [], False
    table = RecordTable(root, record_dataset(dataset))
    if not table.exists():
        return [], False
    found: list[tuple[Any, ...]] = []
    versions = sorted(table.months(as_of), key=lambda one: one.rank)
    with reading() as connection:
        for files in _batches(version.files for version in versions):
            # Columns are names of our own, files are bound.
            query = f"SELECT {columns} FROM read_parquet(?, union_by_name=true)"  # noqa: S608
            found += connection.execute(query, [files]).fetchall()
    return found, any(version.synthetic for version in versions)


def _batches(files: Iterable[Sequence[str]]) -> list[list[str]]:
    return [list(some) for some in files]
