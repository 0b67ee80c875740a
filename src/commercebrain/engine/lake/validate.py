"""One record of a sheet → one observation, or every fault of it with the cell and the reason."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from commercebrain.engine.errors import UserError
from commercebrain.engine.lake.cells import (
    Number,
    Raw,
    Say,
    is_blank,
    plain,
    read_date,
    read_number,
    read_period_text,
    read_text,
    shown,
)
from commercebrain.engine.lake.dataset import Dataset
from commercebrain.engine.lake.names import Names
from commercebrain.engine.lake.sheets import Record
from commercebrain.engine.lake.workbook import letter
from commercebrain.engine.observations import Observation
from commercebrain.engine.periods import Period
from commercebrain.engine.units import Unit, compatible

#: Flags that say there is no figure; one with a value contradicts itself.
_EMPTY_FLAGS = frozenset({"missing", "not_yet_due", "not_published_separately"})


@dataclass(frozen=True, slots=True)
class Fault:
    """Why a record cannot be taken: the field, the column as Excel shows it, what stood there, and the
    reason."""

    field: str
    column: str
    value: str
    zh: str
    en: str


class Reader:
    """Validates the records of one intake.

    ``taken_in`` is the business date of the intake; a row published later is dated on its own publication,
    so that no figure is known before it was public. ``overrides`` maps words to codes for this file alone.
    """

    def __init__(
        self,
        dataset: Dataset,
        names: Names,
        *,
        taken_in: date,
        overrides: dict[str, dict[str, str]] | None = None,
    ) -> None:
        self.dataset = dataset
        self.names = names
        self.taken_in = taken_in
        self.overrides = overrides or {}
        self._marks = frozenset(plain(mark) for mark in dataset.missing_marks)

    def read(self, record: Record, batch: str) -> Observation | list[Fault]:
        """The observation that ``record`` is, or all that is wrong with it."""
        faults: list[Fault] = []
        if record.fault is not None:
            faults.append(_fault(record, record.fault[0], Say(*record.fault[1:])))

        def take(name: str, read: Callable[[Raw], Any], fallback: Any) -> Any:
            if any(fault.field == name for fault in faults):
                return fallback
            try:
                result = read(record.fields.get(name))
            except UserError as error:
                result = Say(error.zh, error.en)
            if isinstance(result, Say):
                faults.append(_fault(record, name, result))
                return fallback
            return result

        indicator: str = take("indicator", lambda raw: self._name("indicator", raw), "")
        region: str = take("region", lambda raw: self._name("region", raw), "")
        period: Period | None = take("period", _period, None)
        value: Number = take("value", self._number, Number(None))
        growth: Number = take("growth", self._growth, Number(None))
        unit: str = take("unit", lambda raw: self._unit(raw, value, indicator), "")
        chosen = {n: take(n, self._choice(n), "") for n in ("adjustment", "bound", "flag", "grade")}
        texts = {n: take(n, read_text, "") for n in ("breakdown", "source", "address", "note")}
        texts["calibre"] = take("calibre", lambda raw: "" if is_blank(raw) else self._name("calibre", raw), "")
        published: date | None = take("published", _day("公布日期", "published date"), None)
        taken_in: date | None = take("taken_in", lambda raw: None if is_blank(raw) else read_date(raw), None)

        def add(name: str, zh: str, en: str) -> None:
            if not any(fault.field == name for fault in faults):
                faults.append(_fault(record, name, Say(zh, en)))

        if growth.unit not in ("", "%"):
            add(
                "growth",
                f"同比增长的单位应是%，不是“{growth.unit}”",
                f"the growth must be in %, not “{growth.unit}”",
            )
        if not texts["source"]:
            add("source", "没有写来源", "names no source")
        flag, bound = chosen["flag"], chosen["bound"]
        if value.value is not None and flag in _EMPTY_FLAGS:
            add(
                "flag",
                f"标志“{flag}”说没有数，却填了数值",
                f"the flag “{flag}” says there is no figure, yet one is given",
            )
        if value.value is None and growth.value is None and flag == "normal":
            flag = "missing"
        if value.bound and bound not in ("=", value.bound):
            add(
                "bound",
                f"界限列写“{bound}”，数值里却是“{value.bound}”",
                f"the bound is “{bound}” but the value says “{value.bound}”",
            )
        if published is not None and period is not None and published < period.start and flag not in _EMPTY_FLAGS:
            add(
                "published",
                f"公布日期早于时期 {period.text} 的开始",
                f"the published date is before the period {period.text} begins",
            )
        if published is not None and taken_in is not None and taken_in < published:
            add("taken_in", "入库日期早于公布日期", "taken in before it was published")
        if faults or published is None or period is None:
            return faults
        return Observation(
            indicator=indicator,
            region=region,
            period=period.text,
            value=_tidy(value.value),
            unit=unit,
            published=published,
            taken_in=taken_in or max(published, self.taken_in),
            growth=_tidy(growth.value),
            flag=flag,
            bound=value.bound or bound,
            adjustment=chosen["adjustment"],
            grade=chosen["grade"],
            batch=batch,
            **texts,
        )

    def _name(self, kind: str, raw: Raw) -> str | Say:
        text = read_text(raw)
        if isinstance(text, Say):
            return text
        return self.names.read(kind, self.overrides.get(kind, {}).get(text, text))

    def _number(self, raw: Raw) -> Number | Say:
        return read_number(
            raw,
            missing_marks=self._marks,
            bounds_before=self.dataset.bounds_before,
            bounds_after=self.dataset.bounds_after,
        )

    def _growth(self, raw: Raw) -> Number | Say:
        """A growth, where 下降3.2% is -3.2; a word and a sign together are not read."""
        text = plain(raw) if isinstance(raw, str) else ""
        for word, sign in sorted(self.dataset.growth_words.items(), key=lambda pair: -len(pair[0])):
            if not text.startswith(word):
                continue
            rest = text.removeprefix(word).strip()
            if rest[:1] in ("+", "-"):
                return Say("方向有字又有正负号，分不清", "tells its direction by a word and by a sign")
            read = self._number(rest)
            if isinstance(read, Say) or read.value is None:
                return Say("不是数", "is not a number")
            return Number(-read.value if sign == "-" else read.value, read.unit)
        return self._number(raw)

    def _unit(self, raw: Raw, value: Number, indicator: str) -> str | Say:
        given = read_text(raw)
        if isinstance(given, Say):
            return given
        declared = self.names.units.get(indicator)
        unit = value.unit or given
        if value.unit and given and not compatible(value.unit, given):
            return Say(
                f"数值里的单位“{value.unit}”与列的单位“{given}”对不上",
                f"the unit “{value.unit}” in the cell does not fit the column's unit “{given}”",
            )
        if not unit:
            if value.value is None:
                return declared or ""
            if declared is not None and compatible(declared, "") and declared not in ("%", "‰"):
                return ""  # a plain ratio such as 1.9 : 1 is printed without a unit
            return Say("没有写单位", "gives no unit")
        Unit.parse(unit)
        if declared is not None and not compatible(unit, declared):
            return Say(
                f"单位“{unit}”与指标的单位“{declared}”量的不是同一种东西",
                f"the unit “{unit}” does not measure what the indicator's unit “{declared}” does",
            )
        return unit

    def _choice(self, name: str) -> Callable[[Raw], str | Say]:
        column = self.dataset.columns[name]

        def read(raw: Raw) -> str | Say:
            if is_blank(raw):
                return column.default or ""
            code = column.choose(shown(raw))
            if code is not None:
                return code
            allowed = "、".join(column.of)
            return Say(f"不在可选的值里（{allowed}）", f"is none of the allowed values ({allowed})")

        return read


def _period(raw: Raw) -> Period | Say:
    if is_blank(raw):
        return Say("没有写时期", "gives no period")
    text = read_period_text(raw)
    return text if isinstance(text, Say) else Period.parse(text)


def _day(zh: str, en: str) -> Callable[[Raw], date | Say]:
    def read(raw: Raw) -> date | Say:
        return Say(f"没有写{zh}", f"gives no {en}") if is_blank(raw) else read_date(raw)

    return read


def _tidy(value: Decimal | None) -> Decimal | None:
    """The value without an exponent, its printed digits kept: 500.0 says more than 500."""
    return None if value is None else Decimal(f"{value:f}") if value else abs(Decimal(f"{value:f}"))


def _fault(record: Record, name: str, why: Say) -> Fault:
    column = record.columns.get(name)
    where = "" if column is None else f"{letter(column)} {record.headings.get(name, '')}".strip()
    return Fault(name, where, shown(record.fields.get(name)), why.zh, why.en)


# -- a record as text, so that it can be corrected and read again ----------------------------------


def pack(record: Record) -> str:
    """The record as JSON, each cell with its type, so that reading it again is reading the same cell."""

    def cell(raw: Raw) -> object:
        if isinstance(raw, datetime):
            return {"datetime": raw.isoformat()}
        if isinstance(raw, date):
            return {"date": raw.isoformat()}
        return shown(raw) if isinstance(raw, Decimal | time | timedelta) else raw

    return json.dumps(
        {
            "row": record.row,
            "fields": {name: cell(raw) for name, raw in record.fields.items()},
            "columns": record.columns,
            "headings": record.headings,
            "fault": record.fault,
        },
        ensure_ascii=False,
        sort_keys=True,
    )


def unpack(text: str) -> Record:
    """The record that :func:`pack` wrote."""
    held = json.loads(text)

    def cell(packed: Any) -> Raw:
        if isinstance(packed, dict):
            kind, value = next(iter(packed.items()))
            return datetime.fromisoformat(value) if kind == "datetime" else date.fromisoformat(value)
        raw: Raw = packed
        return raw

    return Record(
        row=held["row"],
        fields={name: cell(raw) for name, raw in held["fields"].items()},
        columns=held["columns"],
        headings=held["headings"],
        fault=tuple(held["fault"]) if held["fault"] else None,
    )
