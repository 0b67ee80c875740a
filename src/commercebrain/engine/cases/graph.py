"""The graph of stages: what can be reached, which stages every way to one must pass, what a condition may speak of."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Literal

from commercebrain.engine.catalogue.models import Words
from commercebrain.engine.catalogue.registers import NUMBERS, RegisterField
from commercebrain.engine.expressions import NUMBER, TRUTH, Function, Type, Vocabulary

if TYPE_CHECKING:
    from commercebrain.engine.cases.kinds import Template

Edges = Mapping[str, frozenset[str]]


def edges(template: Template) -> dict[str, frozenset[str]]:
    """The stages that each stage leads to."""
    return {
        stage: frozenset(one.to for one in template.transitions.values() if stage in one.from_)
        for stage in template.stages
    }


def reached(ways: Edges, start: str) -> frozenset[str]:
    """Every stage that can be reached from ``start``, itself included."""
    found, open_ = {start}, [start]
    while open_:
        for one in ways.get(open_.pop(), frozenset()):
            if one not in found:
                found.add(one)
                open_.append(one)
    return frozenset(found)


def passed(template: Template, stage: str) -> frozenset[str]:
    """The stages that every way from the start to ``stage`` passes, ``stage`` itself included: what their gates ask for is
    there whenever a case stands in ``stage``."""
    return _passed(tuple(sorted(edges(template).items())), template.first, stage)


@lru_cache(maxsize=512)
def _passed(ways: tuple[tuple[str, frozenset[str]], ...], first: str, stage: str) -> frozenset[str]:
    whole = dict(ways)
    sure = {stage, first}
    for other in whole:
        without = {code: found - {other} for code, found in whole.items() if code != other}
        if other not in sure and stage not in reached(without, first):
            sure.add(other)
    return frozenset(sure)


def as_type(one: RegisterField) -> Type:
    """What a field is to a condition. Choices have the order in which they are declared."""
    kinds: dict[str, Any] = {"integer": "number", "decimal": "number", "date": "day", "boolean": "truth"}
    kind: Any = "choice" if one.type == "choice" else kinds.get(one.type, "text")
    return Type(kind, (one.unit or "") if one.type in NUMBERS else "", one.choices, one.type == "choice", one.name)


#: Who moves a case, the levels of signals, and what is known of a case beside its fields.
LEVELS = {
    "note": Words(zh="提示", en="note"),
    "watch": Words(zh="关注", en="watch"),
    "close_watch": Words(zh="重点关注", en="close watch"),
}


def vocabulary(template: Template, *, firms: bool = False) -> Vocabulary:
    """What a condition may speak of: the fields, ``level``; ``firms()`` (how many are named), ``checked()`` and
    ``waiting()`` (follow-ups with and without a result), ``times('transition')``, ``late('clock')``, ``paper('purpose')``
    (there is one, approved where it is meant for abroad). ``firms``: the fields of one firm named as well."""
    names = {code: as_type(one) for code, one in template.by_code.items()}
    if firms:
        names |= {code: as_type(one) for code, one in template.firm_by_code.items()}
    names["level"] = Type("choice", choices=LEVELS, ordered=True, words=Words(zh="级别", en="level"))
    text: tuple[Literal["text"]] = ("text",)
    return Vocabulary(
        names,
        {
            "firms": Function((), NUMBER, words=Words(zh="列名企业数", en="firms named")),
            "checked": Function((), NUMBER, words=Words(zh="已有结果的回访数", en="follow-ups with a result")),
            "waiting": Function((), NUMBER, words=Words(zh="尚无结果的回访数", en="follow-ups without a result")),
            "times": Function(text, NUMBER, tuple(template.transitions), Words(zh="已办次数", en="times taken")),
            "late": Function(text, TRUTH, tuple(template.clocks), Words(zh="已超时", en="past its clock")),
            "paper": Function(text, TRUTH, tuple(template.papers), Words(zh="已有材料", en="paper is there")),
        },
    )
