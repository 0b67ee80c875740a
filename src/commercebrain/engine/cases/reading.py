"""Values of a case from what somebody typed: the reader is that of registers, every fault is told at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from commercebrain.engine.cases.kinds import CaseField
from commercebrain.engine.catalogue.source import nearest
from commercebrain.engine.errors import UserError
from commercebrain.engine.registers.entries import EntryFault
from commercebrain.engine.registers.values import Lookups, Syntax, Value, read_value

#: The years of the dates of a case: a slip of the pen further off is no day that a clock can run from.
FIRST_YEAR: Final = 1950
LAST_YEAR: Final = 2199


@dataclass(frozen=True)
class ReadValues:
    """What was read: ``values`` to keep by code (None empties a field), and the faults."""

    values: Mapping[str, Value]
    faults: tuple[EntryFault, ...] = ()


def read_values(
    fields: Mapping[str, CaseField], typed: Mapping[str, object], known: Lookups | None = None
) -> ReadValues:
    """Reads what was typed for some of the ``fields`` (of a template: ``by_code``, of its firms: ``firm_by_code``). What was
    not typed is not in the answer; an unknown code is a fault with the nearest one."""
    known = known or Syntax()
    values: dict[str, Value] = {}
    faults: list[EntryFault] = []
    for code, raw in typed.items():
        if code not in fields:
            zh, en = nearest(code, fields)
            faults.append(
                EntryFault(code, "case.unknown_field", f"没有字段“{code}”{zh}", f"There is no field “{code}”{en}")
            )
            continue
        try:
            value = read_value(fields[code], raw, known)
            _near(fields[code], value)
        except UserError as fault:
            faults.append(EntryFault(code, fault.code, fault.zh, fault.en))
        else:
            values[code] = value
    return ReadValues(values, tuple(faults))


def _near(field: CaseField, value: Value) -> None:
    if field.type == "date" and value and not FIRST_YEAR <= int(str(value)[:4]) <= LAST_YEAR:
        raise UserError(
            "case.far_date",
            f"“{field.name.zh}”的日期须在{FIRST_YEAR}年至{LAST_YEAR}年之间，填的是{value}。",
            f"“{field.name.en}” must lie in the years {FIRST_YEAR} to {LAST_YEAR}; {value} was given.",
        )
