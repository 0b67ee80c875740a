"""Running the examples that catalogue items carry: each is a small test that a clerk can read.

``given`` holds ``observations`` (a list of rows: period and value, and where wanted unit, growth,
calibre, grade, flag, published, region) or, for a formula, ``figures`` (indicator code, with
``nation.`` or ``province.`` before it where meant, to value). ``ask`` names the ``period`` (2024 where
not given), and may name region, calibre, as_of.
``get`` is the value in the display unit, or ``{missing: flag}``.

For an indicator of records, or a formula over such, ``given`` holds ``lines`` (rows with the columns that matter) and,
where a month without a line has been taken in, ``months``.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any

from commercebrain.engine.catalogue import counted
from commercebrain.engine.catalogue.models import Example, Indicator
from commercebrain.engine.catalogue.source import Fault
from commercebrain.engine.errors import UserError
from commercebrain.engine.observations import Observation

if TYPE_CHECKING:
    from commercebrain.engine.catalogue.loader import Catalogue

_REGION, _PERIOD, _DAY = "990100", "2024", date(2100, 1, 1)
_ROW_KEYS = (
    "period",
    "value",
    "unit",
    "growth",
    "calibre",
    "grade",
    "flag",
    "published",
    "region",
    "bound",
    "source",
)


def run_examples(catalogue: Catalogue) -> Iterator[Fault]:
    """A fault for every example that does not come out as its ``get`` says."""
    for code, one in catalogue.indicators.items():
        for number, example in enumerate(one.examples):
            try:
                wrong = _run(catalogue, one, example)
            except (UserError, ValueError, TypeError, InvalidOperation) as error:
                said = (error.zh, error.en) if isinstance(error, UserError) else (str(error), str(error))
                wrong = (f"示例无法运行：{said[0]}", f"The example cannot be run: {said[1]}")
            if wrong is not None:
                yield catalogue.fault(f"indicator:{code}", *wrong, "examples", number)


def _run(catalogue: Catalogue, one: Indicator, example: Example) -> tuple[str, str] | None:
    from commercebrain.engine.indicators import ALL, Reach, Rows, figure

    ask = example.ask
    if "lines" in example.given:
        return _count(catalogue, one, example)
    rows = [*_observations(one, example.given), *_figures(catalogue, example.given, ask)]
    found = figure(
        Rows(rows),
        catalogue,
        one.code,
        str(ask.get("region", _REGION)),
        str(ask.get("period", _PERIOD)),
        reach=Reach(ALL, "confidential"),
        calibre=str(ask.get("calibre", "")),
        as_of=_date(ask["as_of"]) if "as_of" in ask else _DAY,
    )
    wanted = example.get
    if isinstance(wanted, dict):
        flag = str(wanted.get("missing", ""))
        if found.value is None and found.flag == flag:
            return None
        return (
            f"示例应为无值（{flag}），得到{found.value}（{found.flag}）",
            f"the example should have no value ({flag}), got {found.value} ({found.flag})",
        )
    if found.value is not None and round(found.value, one.decimals) == round(wanted, one.decimals):
        return None
    return (
        f"示例应得{wanted}，得到{found.value}（{found.reason_zh or found.flag}）",
        f"the example should give {wanted}, got {found.value} ({found.reason_en or found.flag})",
    )


def _count(catalogue: Catalogue, one: Indicator, example: Example) -> tuple[str, str] | None:
    lines, months = example.given["lines"], example.given.get("months")
    if unknown := sorted(set(example.given) - {"lines", "months"}):
        raise ValueError(f"unknown key {', '.join(unknown)}")
    known = None if months is None else {int(str(month).replace("-", "")) for month in months}
    found = counted.value(catalogue, one.code, lines, str(example.ask.get("period", _PERIOD)), known)
    if isinstance(example.get, dict):
        if found is None:
            return None
        return f"示例应为无值，得到{found}", f"the example should have no value, got {found}"
    if found is not None and round(found, one.decimals) == round(example.get, one.decimals):
        return None
    return f"示例应得{example.get}，得到{found}", f"the example should give {example.get}, got {found}"


def _observations(one: Indicator, given: dict[str, Any]) -> Iterator[Observation]:
    for row in given.get("observations", ()):
        unknown = sorted(set(row) - set(_ROW_KEYS))
        if unknown:
            raise ValueError(f"unknown key {', '.join(unknown)}")
        growth, value = row.get("growth"), row.get("value")
        published = _date(row.get("published", date(2000, 1, 1)))
        yield Observation(
            indicator=one.code,
            region=str(row.get("region", _REGION)),
            period=str(row["period"]),
            value=None if value is None else Decimal(str(value)),
            unit=str(row.get("unit", one.unit)),
            published=published,
            taken_in=published,
            source=str(row.get("source", "example")),
            calibre=str(row.get("calibre", "")),
            bound=str(row.get("bound", "=")),
            growth=None if growth is None else Decimal(str(growth)),
            flag=str(row.get("flag", "normal")),
            grade=str(row.get("grade", "A")),
        )


def _figures(catalogue: Catalogue, given: dict[str, Any], ask: dict[str, Any]) -> Iterator[Observation]:
    region = str(ask.get("region", _REGION))
    for name, value in given.get("figures", {}).items():
        scope, _, code = str(name).rpartition(".")
        where = {"nation": "100000", "province": region[:2] + "0000"}.get(scope, region)
        yield Observation(
            indicator=code,
            region=where,
            period=str(ask.get("period", _PERIOD)),
            value=Decimal(str(value)),
            unit=catalogue.indicator(code).unit,
            published=date(2000, 1, 1),
            taken_in=date(2000, 1, 1),
            source="example",
        )


def _date(value: object) -> date:
    return value if isinstance(value, date) else date.fromisoformat(str(value))
