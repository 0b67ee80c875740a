"""What firms have said of themselves, read from the lake: persons employed, orders in hand, codes of their goods abroad.

The newest that was passed counts, as known on the day asked for. What a firm did not report is missing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.conf import settings

from commercebrain.engine.exposure.foreign import ForeignCode
from commercebrain.engine.indicators.vintages import state
from commercebrain.engine.lake.opened import reading
from commercebrain.engine.lake.records.schema import record_dataset, record_datasets
from commercebrain.engine.lake.records.table import RecordTable

BASICS, ORDERS, FOREIGN = "firm_basics", "order_reports", "foreign_codes"
#: How many months back a report of orders still says something of today.
FRESH = 3


@dataclass(frozen=True, slots=True)
class Orders:
    """A firm's newest report of orders: its week, the orders in hand (US dollars), months of work as the form's code."""

    week: str
    in_hand: int | None
    cover: str
    trend: str


def employees(on: date) -> Mapping[str, int]:
    """Persons employed by credit code: of each firm the newest year that it reported."""
    return _employees(str(settings.LAKE_ROOT), _state(BASICS), on)


def orders(on: date) -> Mapping[str, Orders]:
    """The newest report of orders by credit code, of the last three months."""
    return _orders(str(settings.LAKE_ROOT), _state(ORDERS), on)


def foreign_codes(on: date) -> tuple[ForeignCode, ...]:
    """The codes abroad that firms have confirmed for their goods: of each firm those of its newest report."""
    return _foreign(str(settings.LAKE_ROOT), _state(FOREIGN), on)


def _state(dataset: str) -> tuple[int, ...]:
    return state(Path(settings.LAKE_ROOT), dataset) if dataset in record_datasets() else ()


def _rows(root: str, dataset: str, on: date, columns: str, since: int = 0) -> list[tuple[Any, ...]]:
    """Rows known on a day, the older before the newer, so that a later one of the same key replaces an earlier one."""
    if dataset not in record_datasets():
        return []
    table = RecordTable(Path(root), record_dataset(dataset))
    if not table.exists():
        return []
    found: list[tuple[Any, ...]] = []
    versions = sorted((v for v in table.months(on) if v.month >= since), key=lambda v: (v.month, v.rank))
    with reading() as connection:
        for version in versions:
            # Columns are names of our own, files are bound.
            query = f"SELECT {columns} FROM read_parquet(?)"  # noqa: S608
            found += connection.execute(query, [list(version.files)]).fetchall()
    return found


@lru_cache(maxsize=4)
def _employees(root: str, _state: tuple[int, ...], on: date) -> Mapping[str, int]:
    return {code: int(many) for code, many in _rows(root, BASICS, on, "uscc, employees") if many is not None}


@lru_cache(maxsize=4)
def _orders(root: str, _state: tuple[int, ...], on: date) -> Mapping[str, Orders]:
    months = on.year * 12 + on.month - 1 - FRESH
    since = months // 12 * 100 + months % 12 + 1
    found: dict[str, Orders] = {}
    for code, week, in_hand, cover, trend in _rows(
        root, ORDERS, on, "uscc, week, orders_in_hand_usd, cover, trend", since
    ):
        if code not in found or week >= found[code].week:
            found[code] = Orders(week, in_hand, cover or "", trend or "")
    return found


@lru_cache(maxsize=4)
def _foreign(root: str, _state: tuple[int, ...], on: date) -> tuple[ForeignCode, ...]:
    newest: dict[str, tuple[date, str]] = {}
    found: dict[str, set[ForeignCode]] = {}
    columns = "uscc, reported, term, hs10, country, nomenclature, foreign_code"
    for uscc, reported, term, product, market, nomenclature, code in _rows(root, FOREIGN, on, columns):
        told = (reported, term)
        if told > newest.get(uscc, (date.min, "")):
            newest[uscc], found[uscc] = told, set()
        if told == newest[uscc]:
            found[uscc].add(ForeignCode(uscc, product, market, nomenclature, code))
    return tuple(one for codes in found.values() for one in codes)
