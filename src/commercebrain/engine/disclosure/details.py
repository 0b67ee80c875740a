"""Sums over goods finer than a chapter (机电产品, 新三样): which of the catalogue's may be told for the whole city.

They overlap with chapters and with each other, so a difference of two may be a small set of goods. One after the other is
admitted if every piece into which chapters and admitted sums then cut the goods keeps the rule as an aggregate of its
firms: whatever can be had by adding and subtracting is made of such pieces. Tables by county, country or mode hold
nothing below chapters, so money can still be moved within them without changing these sums.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from functools import lru_cache

import numpy as np

from commercebrain.engine.catalogue.loader import load_catalogue
from commercebrain.engine.disclosure.declared import Rule
from commercebrain.engine.disclosure.margins import SHOWN, Margin
from commercebrain.engine.disclosure.primary import Bools, Ints, concentration
from commercebrain.engine.indicators.conditions import (
    AllOf,
    Among,
    AnyOf,
    Condition,
    Members,
    Not,
    named,
    parse,
    resolved,
)
from commercebrain.engine.indicators.logical import Logical, columns
from commercebrain.engine.lake.records.schema import record_dataset


def text(condition: Condition) -> str:
    """A condition as a text that is the same for equal conditions."""
    match condition:
        case Among(column, values, prefixes):
            return f"{column}[{','.join(sorted(values))}|{','.join(sorted(prefixes))}]"
        case Not(of):
            return f"not({text(of)})"
        case AllOf(of):
            return f"all({';'.join(sorted(map(text, of)))})"
        case AnyOf(of):
            return f"any({';'.join(sorted(map(text, of)))})"
    return repr(condition)


def holds(condition: Condition, label: str, logical: Mapping[str, Logical]) -> bool:
    """Whether a category satisfies a condition on its column, or on one derived from it."""
    match condition:
        case Among(column):
            return condition.has(logical[column].of(label))
        case Not(of):
            return not holds(of, label, logical)
        case AllOf(of):
            return all(holds(one, label, logical) for one in of)
        case AnyOf(of):
            return any(holds(one, label, logical) for one in of)
    return False


def conjuncts(condition: Condition) -> list[Condition]:
    """The parts of a condition that must all hold."""
    if isinstance(condition, AllOf):
        return [part for one in condition.of for part in conjuncts(one)]
    return [condition]


@lru_cache(maxsize=8)
def asked_sums(dataset: str, column: str, day: date) -> tuple[tuple[str, Condition], ...]:
    """The conditions on ``column`` (or what derives from it) of the catalogue's indicators of a dataset, with the groups'
    members of ``day``: (text, condition), in the order of the catalogue."""
    catalogue = load_catalogue()
    logical = columns(record_dataset(dataset))
    found: dict[str, Condition] = {}
    for indicator in catalogue.indicators.values():
        if indicator.dataset != dataset or not indicator.where:
            continue
        whole = resolved(
            parse(indicator.where), lambda name: Members(catalogue.groups[name].column, *catalogue.groups[name].at(day))
        )
        for one in conjuncts(whole):
            if {logical[name].base for name in named(one)} == {column}:
                found.setdefault(text(one), one)
    return tuple(found.items())


@lru_cache(maxsize=64)
def _members(dataset: str, column: str, day: date, labels: tuple[str, ...]) -> tuple[tuple[str, Bools], ...]:
    logical = columns(record_dataset(dataset))
    return tuple(
        (told, np.array([holds(one, label, logical) for label in labels], dtype=bool))
        for told, one in asked_sums(dataset, column, day)
    )


def members_of(dataset: str, column: str, day: date, labels: Sequence[str]) -> tuple[tuple[str, Bools], ...]:
    """The sums that may be asked for: their texts, and which of ``labels`` each takes."""
    return _members(dataset, column, day, tuple(labels))


def admitted(
    code: Ints, firm: Ints, value: Ints, of: Ints, margin: Margin, sums: Sequence[tuple[str, Bools]], rule: Rule
) -> tuple[str, ...]:
    """The texts of the ``sums`` that may be told, from contributions by fine category; ``of`` is the coarse category
    (chapter) of each fine one, ``margin`` what may be told of these."""
    # The pieces known so far: shown chapters, and the pools of those that are not.
    shown = margin.pool[of] == SHOWN
    pieces = np.where(shown, of, len(margin.pool) + margin.pool[of] - margin.pool.min(initial=0))
    traded = np.zeros(len(of), bool)
    traded[code] = True
    told = []
    for name, members in sums:
        cut = np.unique(pieces * 2 + members, return_inverse=True)[1].reshape(-1)
        split = np.unique(pieces[traded & members & ~shown])
        if np.isin(pieces[traded & ~members], split).any():
            continue  # it takes a part of a pool
        if not concentration(cut[code], firm, value, int(cut.max(initial=-1)) + 1).unsafe(rule).any():
            pieces = cut
            told.append(name)
    return tuple(told)
