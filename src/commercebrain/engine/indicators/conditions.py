"""Which records an indicator takes: the small language of ``where:``.

``flow == 'export' and country in group('asean') and hs2 in ('84', '85')``; ``hs10 startswith '8703'``;
``not (mode == '0110' or value_cny < 1000)``. A column without a value satisfies no comparison, and no negation of one.
Members of a dated group are those on one day for all periods of a question (the last day asked for), so that growth
compares like with like.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from difflib import get_close_matches
from functools import lru_cache
from typing import Any, Protocol

from lark import Lark, Token, Transformer, v_args
from lark.exceptions import UnexpectedInput

from commercebrain.engine.errors import UserError
from commercebrain.engine.indicators.logical import MONTH, Logical

GRAMMAR = r"""
?start: either
either: both ("or" both)*
both: plain ("and" plain)*
?plain: "not" plain -> negation | atom
?atom: NAME COMPARE value -> comparison
    | NAME "in" "(" [value ("," value)* [","]] ")" -> among
    | NAME "not" "in" "(" [value ("," value)* [","]] ")" -> not_among
    | NAME "in" "group" "(" STRING ")" -> in_group
    | NAME "not" "in" "group" "(" STRING ")" -> not_in_group
    | NAME "startswith" STRING -> begins
    | NAME "startswith" "(" STRING ("," STRING)* [","] ")" -> begins
    | "(" either ")"
?value: STRING -> text | SIGNED -> number
NAME: /(?!(?:and|or|not|in|startswith|group)\b)[a-z][a-z0-9_]*/
STRING: /'[^'\n]*'|"[^"\n]*"/
SIGNED: /-?\d+/
COMPARE: "<=" | ">=" | "==" | "!=" | "<" | ">"
%ignore /\s+/
"""


@dataclass(frozen=True, slots=True)
class Members:
    """The members of a group on a day: whole values, and prefixes of values, of ``column``."""

    column: str
    values: frozenset[str] = frozenset()
    prefixes: tuple[str, ...] = ()

    def has(self, value: str) -> bool:
        """Whether ``value`` is a member."""
        return value in self.values or value.startswith(self.prefixes)


@dataclass(frozen=True, slots=True)
class Among:
    """The column's value is one of ``values`` or begins with one of ``prefixes``."""

    column: str
    values: frozenset[str] = frozenset()
    prefixes: tuple[str, ...] = ()

    def has(self, value: str) -> bool:
        """Whether a value satisfies it."""
        return value in self.values or (bool(self.prefixes) and value.startswith(self.prefixes))


@dataclass(frozen=True, slots=True)
class InGroup:
    """The column's value is a member of the group ``name``."""

    column: str
    name: str


@dataclass(frozen=True, slots=True)
class Compared:
    """The number in the column stands in ``operator`` (``==`` … ``>=``) to ``number``."""

    column: str
    operator: str
    number: int


@dataclass(frozen=True, slots=True)
class Not:
    """The negation of a condition."""

    of: Condition


@dataclass(frozen=True, slots=True)
class AllOf:
    """Every one of the conditions; none at all is always true."""

    of: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    """At least one of the conditions; none at all is never true."""

    of: tuple[Condition, ...]


Condition = Among | InGroup | Compared | Not | AllOf | AnyOf
#: The members of a named group on the day of the question.
Groups = Callable[[str], Members]
ALWAYS = AllOf(())


@v_args(inline=True)
class _Build(Transformer[Token, Condition]):
    def text(self, token: Token) -> str:
        return str(token)[1:-1]

    def number(self, token: Token) -> int:
        return int(token)

    def comparison(self, name: Token, operator: Token, value: str | int) -> Condition:
        if isinstance(value, int):
            return Compared(str(name), str(operator), value)
        if operator not in ("==", "!="):
            raise _not_ordered(str(name), value)
        same = Among(str(name), frozenset({value}))
        return same if operator == "==" else Not(same)

    def among(self, name: Token, *values: str | int | None) -> Condition:
        given = [value for value in values if value is not None]
        if given and all(isinstance(value, int) for value in given):
            return AnyOf(tuple(Compared(str(name), "==", int(value)) for value in given))
        return Among(str(name), frozenset(str(value) for value in given))

    def not_among(self, name: Token, *values: str | int | None) -> Condition:
        return Not(self.among(name, *values))

    def in_group(self, name: Token, group: Token) -> Condition:
        return InGroup(str(name), str(group)[1:-1])

    def not_in_group(self, name: Token, group: Token) -> Condition:
        return Not(InGroup(str(name), str(group)[1:-1]))

    def begins(self, name: Token, *prefixes: Token | None) -> Condition:
        return Among(str(name), frozenset(), tuple(sorted(str(p)[1:-1] for p in prefixes if p is not None)))

    def negation(self, of: Condition) -> Condition:
        return Not(of)

    def both(self, *of: Condition) -> Condition:
        return of[0] if len(of) == 1 else AllOf(of)

    def either(self, *of: Condition) -> Condition:
        return of[0] if len(of) == 1 else AnyOf(of)


_PARSER = Lark(GRAMMAR, parser="lalr", maybe_placeholders=True)


@lru_cache(maxsize=1024)
def parse(text: str | None) -> Condition:
    """The condition of a ``where:``; of nothing, :data:`ALWAYS`.

    Raises :class:`UserError` (``condition.unreadable``) with the place where it cannot be read.
    """
    if text is None or not text.strip():
        return ALWAYS
    try:
        tree: Any = _PARSER.parse(text)
    except UnexpectedInput as error:
        column = getattr(error, "column", 0)
        ended = getattr(getattr(error, "token", None), "type", "") == "$END"
        place = column if isinstance(column, int) and column > 0 and not ended else len(text) + 1
        raise UserError(
            "condition.unreadable",
            f"条件“{text}”在第{place}个字符处读不懂；可以写 列 == '值'、列 in ('值', …)、列 in group('组')、"
            "列 startswith '前缀'、数值比较，以及 and、or、not 和括号。",
            f"The condition “{text}” cannot be read at character {place}; it may hold column == 'value', column in "
            "('value', …), column in group('group'), column startswith 'prefix', comparisons of numbers, and, or, not "
            "and parentheses.",
        ) from None
    try:
        built: Condition = _Build().transform(tree)
    except Exception as error:
        inner = getattr(error, "orig_exc", error)
        if isinstance(inner, UserError):
            raise inner from None
        raise
    return built


def atoms(condition: Condition) -> Iterator[Among | InGroup | Compared]:
    """Every comparison in a condition, in order."""
    match condition:
        case Not(of):
            yield from atoms(of)
        case AllOf(several) | AnyOf(several):
            for one in several:
                yield from atoms(one)
        case _:
            yield condition


def named(condition: Condition) -> tuple[str, ...]:
    """The columns that it names, each once, in order of appearance."""
    return tuple(dict.fromkeys(atom.column for atom in atoms(condition)))


class Grouped(Protocol):
    """A declared group, as far as a condition needs to know it."""

    @property
    def column(self) -> str:
        """The column of which it holds values."""
        ...


def check(condition: Condition, columns: Mapping[str, Logical], groups: Mapping[str, Grouped]) -> None:
    """Raises :class:`UserError` (``condition.column``, ``condition.group``, ``condition.number``) where the condition
    names what is not there, or compares text with a number."""
    for atom in atoms(condition):
        column = columns.get(atom.column)
        if column is None:
            zh, en = _nearest(atom.column, columns)
            raise UserError(
                "condition.column",
                f"条件里的“{atom.column}”不是这个数据集的列{zh}。",
                f"“{atom.column}” in the condition is no column of the dataset{en}.",
            )
        if isinstance(atom, InGroup) and atom.name not in groups:
            zh, en = _nearest(atom.name, groups)
            raise UserError("condition.group", f"没有名为“{atom.name}”的分组{zh}。", f"No group “{atom.name}”{en}.")
        if isinstance(atom, InGroup) and groups[atom.name].column != atom.column:
            other = groups[atom.name].column
            raise UserError(
                "condition.group",
                f"分组“{atom.name}”是“{other}”列的分组，不能用于“{atom.column}”列。",
                f"The group “{atom.name}” is one of the column “{other}”, not of “{atom.column}”.",
            )
        if isinstance(atom, Compared) != column.numeric:
            raise UserError(
                "condition.number",
                f"列“{atom.column}”{'是数值，请与不加引号的数比较' if column.numeric else '是代码，值要加引号'}。",
                f"The column “{atom.column}” holds "
                + (
                    "numbers: compare it with a number without quotes." if column.numeric else "codes: quote the value."
                ),
            )


def resolved(condition: Condition, groups: Groups) -> Condition:
    """The condition with every group replaced by its members on the day that ``groups`` stands for."""
    match condition:
        case InGroup(column, name):
            members = groups(name)
            return Among(column, members.values, members.prefixes)
        case Not(of):
            return Not(resolved(of, groups))
        case AllOf(of):
            return AllOf(tuple(resolved(one, groups) for one in of))
        case AnyOf(of):
            return AnyOf(tuple(resolved(one, groups) for one in of))
    return condition


_COMPARE: dict[str, Callable[[int | Decimal, int], bool]] = {
    "==": lambda a, b: a == b,
    "!=": lambda a, b: a != b,
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
}


def holds(condition: Condition, row: Mapping[str, Any], columns: Mapping[str, Logical]) -> bool:
    """Whether a record, given by its stored columns, satisfies a condition without groups (see :func:`resolved`)."""
    return _truth(condition, row, columns) is True


def _truth(condition: Condition, row: Mapping[str, Any], columns: Mapping[str, Logical]) -> bool | None:
    """True, False, or None where a column has no value (as in SQL)."""
    match condition:
        case Among(column):
            value = _value(column, row, columns)
            return None if value is None else condition.has(str(value))
        case Compared(column, operator, number):
            value = _value(column, row, columns)
            return None if value is None else _COMPARE[operator](value, number)
        case Not(of):
            found = _truth(of, row, columns)
            return None if found is None else not found
        case AllOf(of):
            every = [_truth(one, row, columns) for one in of]
            return False if False in every else None if None in every else True
        case AnyOf(of):
            every = [_truth(one, row, columns) for one in of]
            return True if True in every else None if None in every else False
        case InGroup(_, name):
            raise ValueError(f"the group {name} was not resolved")


def _value(name: str, row: Mapping[str, Any], columns: Mapping[str, Logical]) -> Any:
    column = columns[name]
    value = row.get(name, row.get(column.base))
    if value is None:
        return None
    if not column.numeric:
        return column.of(str(value))
    if name in (MONTH, "year"):
        month = int(str(value).replace("-", "")[:6])
        return month // 100 if name == "year" and month > 9999 else month
    return value if isinstance(value, int | Decimal) else Decimal(str(value))


def _nearest(word: str, known: Collection[str]) -> tuple[str, str]:
    close = get_close_matches(word, list(known), n=1, cutoff=0.6)
    return (f"，是否指“{close[0]}”", f"; did you mean “{close[0]}”") if close else ("", "")


def _not_ordered(name: str, value: str) -> UserError:
    return UserError(
        "condition.number",
        f"“{name}”与文字“{value}”不能比大小，大小只能与不加引号的数比。",
        f"“{name}” cannot be put in order with the text “{value}”; greater and less go with numbers without quotes.",
    )
