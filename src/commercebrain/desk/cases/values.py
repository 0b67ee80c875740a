"""Values of a case: read as registers read theirs, merged into what is kept, and who may enter which."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from commercebrain.desk.registers.lookups import DeskLookups
from commercebrain.engine.cases.gates import Missing
from commercebrain.engine.cases.kinds import CaseField
from commercebrain.engine.cases.reading import read_values
from commercebrain.engine.errors import UserError

Fields = Mapping[str, CaseField]


def unfit(told: Mapping[str, list[tuple[str, str]]], code: str = "cases.unfit") -> UserError:
    """A refusal that names each value at fault: ``fields`` as pages and the API show them."""
    every = [pair for pairs in told.values() for pair in pairs]
    fault = UserError(code, "".join(zh for zh, _en in every), " ".join(en for _zh, en in every))
    fault.fields = dict(told)
    fault.status = 422
    return fault


def lacking(found: Iterable[Missing]) -> UserError:
    """A refusal that names everything that is missing, as the engine says it."""
    told: dict[str, list[tuple[str, str]]] = {}
    for one in found:
        name = one.code if one.firm is None else f"firms.{one.firm}.{one.code}"
        told.setdefault(name, []).append((one.zh, one.en))
    return unfit(told, "cases.missing")


def merged(
    fields: Fields, kept: Mapping[str, Any], typed: Mapping[str, object], person: Any | None, *, by_firm: bool
) -> tuple[dict[str, Any], frozenset[str]]:
    """What is kept with what was typed, and the codes whose value is another now. All faults are told at once.

    A firm's user enters only what the template gives it (``firm_enters``). An empty value takes the field away.
    """
    allowed = {code: one for code, one in fields.items() if one.firm_enters} if by_firm else fields
    read = read_values(allowed, typed, DeskLookups(person))
    if read.faults:
        told: dict[str, list[tuple[str, str]]] = {}
        for fault in read.faults:
            told.setdefault(fault.field, []).append((fault.zh, fault.en))
        raise unfit(told)
    found, changed = dict(kept), set()
    for code, value in read.values.items():
        if value in (None, ""):
            if found.pop(code, None) is not None:
                changed.add(code)
        elif found.get(code) != value:
            found[code] = value
            changed.add(code)
    return found, frozenset(changed)


def shown_to_firm(fields: Fields, values: Mapping[str, Any]) -> dict[str, Any]:
    """The values that a firm's user reads in its own case: none that is internal."""
    return {code: value for code, value in values.items() if code in fields and not fields[code].internal}
