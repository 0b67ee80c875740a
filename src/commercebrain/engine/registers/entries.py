"""A whole entry: every value read, the rules checked, its key and title made."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

from commercebrain.engine.catalogue import expressions
from commercebrain.engine.catalogue.models import Words
from commercebrain.engine.catalogue.registers import EntryExample, Register
from commercebrain.engine.catalogue.source import Fault
from commercebrain.engine.errors import UserError
from commercebrain.engine.registers.values import Lookups, Syntax, Value, read_value
from commercebrain.engine.units import Unit

if TYPE_CHECKING:
    from commercebrain.engine.catalogue.loader import Catalogue

KEY_PART = "｜"  # joins the parts of a key of several fields


@dataclass(frozen=True, slots=True)
class EntryFault:
    """What is wrong with an entry: the field ("" where it concerns several), and the sentence in both languages."""

    field: str
    code: str
    zh: str
    en: str

    def say(self, language: str = "zh") -> str:
        """The sentence."""
        return self.zh if language.startswith("zh") else self.en


@dataclass(frozen=True)
class ReadEntry:
    """An entry as read: ``data`` to keep, ``key`` and ``title``, faults, and what wants an explanation."""

    data: Mapping[str, Value]
    key: str = ""
    title: str = ""
    faults: tuple[EntryFault, ...] = ()
    to_explain: tuple[Words, ...] = field(default=())


def read_entry(register: Register, row: Mapping[str, object], known: Lookups | None = None) -> ReadEntry:
    """Reads ``row`` (field code → what was typed). All faults are told at once, never only the first."""
    known = known or Syntax()
    data: dict[str, Value] = {}
    faults: list[EntryFault] = []
    from commercebrain.engine.catalogue.source import nearest

    for code in row:
        if code not in register.by_code:
            zh, en = nearest(code, register.by_code)
            faults.append(
                EntryFault(
                    code,
                    "register.unknown_field",
                    f"没有字段“{code}”{zh}",
                    f"There is no field “{code}”{en}",
                )
            )
    for one in register.fields:
        try:
            value = read_value(one, row.get(one.code), known)
        except UserError as fault:
            faults.append(EntryFault(one.code, fault.code, fault.zh, fault.en))
            continue
        if value is None:
            if one.required:
                faults.append(
                    EntryFault(
                        one.code, "register.required", f"“{one.name.zh}”必须填写。", f"{one.name.en} is required."
                    )
                )
            continue
        data[one.code] = value
    broken, to_explain = _checked(register, data)
    keys = [str(data.get(code, "")) for code in register.key_fields]
    return ReadEntry(
        data=data,
        key=KEY_PART.join(keys),
        title=str(data.get(register.title_field, "")),
        faults=(*faults, *broken),
        to_explain=to_explain,
    )


def _checked(register: Register, data: Mapping[str, Value]) -> tuple[list[EntryFault], tuple[Words, ...]]:
    """The rules that the entry breaks: those that stop it, and those that want an explanation."""
    stopped: list[EntryFault] = []
    explain: list[Words] = []
    for check in register.checks:
        expression = expressions.parse(check.rule)
        numbers = _numbers(register, data, own_unit=_has_bare_side(expression))
        if expression.value(numbers) is not False:
            continue
        if check.severity == "stop":
            where = expression.names[0].code if expression.names else ""
            stopped.append(EntryFault(where, "register.check", check.say.zh, check.say.en))
        else:
            explain.append(check.say)
    return stopped, tuple(explain)


def _has_bare_side(expression: expressions.Expression) -> bool:
    """Whether one side of the comparison names no field: its numbers then stand in the field's own unit."""
    from lark import Tree

    sides = [expressions.Expression(expression.text, c) for c in expression.tree.children if isinstance(c, Tree)]
    return not all(side.names for side in sides)


def _numbers(
    register: Register, data: Mapping[str, Value], *, own_unit: bool
) -> Callable[[expressions.Name], Decimal | None]:
    """Fields as numbers: days count from the first, yes is 1, quantities in the first unit of their dimension."""

    def number(name: expressions.Name) -> Decimal | None:
        one, value = register.field(name.code), data.get(name.code)
        if value is None:
            return None
        if one.type == "date":
            return Decimal(date.fromisoformat(str(value)).toordinal())
        if one.type == "boolean":
            return Decimal(int(bool(value)))
        known = Decimal(str(value))
        return known if own_unit or not one.unit else known.scaleb(Unit.parse(one.unit).power)

    return number


def run_examples(catalogue: Catalogue) -> Iterator[Fault]:
    """A fault for every example of a register that is not taken, or not refused, as it says."""
    for code, register in catalogue.registers.items():
        for number, example in enumerate(register.examples):
            if told := judged(example, read_entry(register, example.row)):
                yield catalogue.fault(f"register:{code}", *told, "examples", number)


def judged(example: EntryExample, entry: ReadEntry) -> tuple[str, str] | None:
    """What is wrong with an example, in both languages; None where its row is taken, or refused, as it says."""
    at = [fault.field for fault in entry.faults]
    if example.refused is None and entry.faults:
        first = entry.faults[0]
        return f"示例应被接受，却被拒绝：{first.zh}", f"The example should be taken but is refused: {first.en}"
    if example.refused is not None and example.refused not in at:
        zh = f"示例应因“{example.refused}”被拒绝，实际错误在：{'、'.join(at) or '无'}。"
        return zh, f"The example should be refused for “{example.refused}”; its faults are: {', '.join(at) or 'none'}."
    return None
