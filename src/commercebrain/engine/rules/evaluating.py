"""All rules over all subjects in one pass: which fire, at which level, which could not be judged.

Conditions run as :mod:`commercebrain.engine.rules.passing` says, exactly as :mod:`commercebrain.engine.expressions` says row
by row; levels and the periods before are asked only of rows that fire (:mod:`commercebrain.engine.rules.settling`). What was
made ready for a set of rules is kept.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Hashable, Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from operator import is_
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from commercebrain.engine.rules import kernels
from commercebrain.engine.rules.compiled import condition
from commercebrain.engine.rules.frame import Frame
from commercebrain.engine.rules.kinds import Rule
from commercebrain.engine.rules.passing import Hits, Plan
from commercebrain.engine.rules.programs import Places
from commercebrain.engine.rules.settling import Prepared, Settled, Settling
from commercebrain.engine.rules.threads import at_once, side_by_side


class Found(NamedTuple):
    """What one rule found: the ``rows`` of its frame that fire and their ``levels``, how many rows were ``unknown``, and how
    many of those that hold were ``held_back`` by ``hold`` and by ``exclusive``."""

    rule: Rule
    frame: Frame
    rows: NDArray[np.intp]
    levels: NDArray[Any]
    unknown: int
    held_back: Mapping[str, int]
    parameters: Mapping[str, Decimal]

    @property
    def keys(self) -> list[str]:
        """The keys of the subjects that fire."""
        return [str(self.frame.keys[row]) for row in self.rows]


def evaluate(
    rules: Sequence[Rule],
    frames: Mapping[str, Frame],
    *,
    parameters: Mapping[str, Mapping[str, Decimal]] | None = None,
    on: date,
) -> list[Found]:
    """What each of ``rules`` that is valid ``on`` that day finds on the frame of its subject; rules without one are left out.

    ``parameters`` by the rule's code replace its own. ``exclusive_of`` looks at the rules given here. Raises
    :class:`UserError` where a parameter does not exist or lies outside its bounds, or where facts are of a wrong type.
    """
    kinds = tuple([(subject, type(one), len(one.keys).bit_length()) for subject, one in frames.items()])
    last = _LAST.get(kinds)
    if (
        parameters or last is None or last.on != on or len(last.rules) != len(rules) or not all(map(is_, last.rules, rules))
    ):  # fmt: skip
        last = _Last(tuple(rules), on, *_planned(rules, frames, parameters or {}, on))
        if not parameters:
            if len(_LAST) >= _MOST_KEPT:
                _LAST.clear()
            _LAST[kinds] = last
    found: list[Found | None] = [None] * last.many
    for subject, places, ready, own, values in last.ready:
        for place, one in zip(places, ready.run(frames[subject], own, values), strict=True):
            found[place] = one
    return [one for one in found if one is not None]


def _planned(
    rules: Sequence[Rule], frames: Mapping[str, Frame], parameters: Mapping[str, Mapping[str, Decimal]], on: date
) -> tuple[int, tuple[_Set, ...]]:
    """How many of ``rules`` are asked, and they made ready, subject by subject."""
    asked = [rule for rule in rules if rule.subject in frames and rule.holds_on(on)]
    out = []
    for subject in dict.fromkeys([rule.subject for rule in asked]):
        places = [place for place, rule in enumerate(asked) if rule.subject == subject]
        these = [asked[place] for place in places]
        values = [rule.values(parameters.get(rule.code)) for rule in these]
        ready = _ready(these, values, frames[subject])
        order = ready.plan.order
        mine, own = [these[one] for one in order], [values[one] for one in order]
        out.append(_Set(subject, [places[one] for one in order], ready, mine, own))
    return len(asked), tuple(out)


class _Ready:
    """Rules of one subject made ready, with the plan of their pass."""

    def __init__(self, rules: Sequence[Rule], values: Sequence[Mapping[str, Decimal]], frame: Frame) -> None:
        places = Places(frame)
        ones = [
            Prepared(
                rule,
                condition(rule, rule.when, own),
                tuple((one.level, condition(rule, one.when, own) if one.when else None) for one in rule.levels),
            )
            for rule, own in zip(rules, values, strict=True)
        ]
        self.plan = Plan([one.wanted for one in ones], frame, places)
        self.settling = Settling([ones[place] for place in self.plan.order], self.plan, places)
        names = [[level for level, _ in ones[place].levels] for place in self.plan.order]
        self.levels = np.array([name for some in names for name in some], object)
        self.first_level = np.cumsum([0, *map(len, names)])[:-1]

    def run(self, frame: Frame, rules: Sequence[Rule], values: Sequence[Mapping[str, Decimal]]) -> Iterator[Found]:
        """What each rule finds; ``rules`` and the values of their parameters come in the order of the plan."""
        places = Places(frame)
        lines, shares = self.settling.look(frame, places), at_once(places.rows)
        hits = Hits.room(shares, len(values), places.rows)
        settled, before = Settled.room(hits), np.zeros_like(hits.counts)
        how = self.plan.unread(lines.here)

        def share(number: int) -> bool:
            self.plan.judge(number, shares, places.rows, lines.here, how, hits)
            if self.plan.asks(number, how, hits).any():
                return False
            before[number] = hits.counts[number]
            return self.settling.run(number, lines, hits, settled)

        self.plan.slowly(frame, how, hits)
        for number, done in enumerate(side_by_side(share, shares)):
            if not done:  # the language asks frames for columns, which only this thread does
                self.plan.ask(number, frame, how, hits)
                before[number] = np.maximum(before[number], hits.counts[number])
                self.settling.run(number, lines, hits, settled, frame)
        return self._found(frame, rules, values, hits, settled, before.sum(axis=0))

    def _found(
        self, frame: Frame, rules: Sequence[Rule], values: Sequence[Mapping[str, Decimal]], hits: Hits, settled: Settled,
        before: NDArray[np.int64],
    ) -> Iterator[Found]:  # fmt: skip
        """The shares put together, rule by rule."""
        left = settled.left.sum(axis=0)
        ends = np.cumsum(left)
        rows, levels = np.empty(int(left.sum()), np.intp), np.empty(int(left.sum()), np.uint8)
        kernels.collect(hits.rows, settled.levels, settled.keep, hits.counts, rows, levels)
        told = self.levels.take(np.repeat(self.first_level, left) + levels)
        held, unknown = hits.counts.sum(axis=0), hits.unknown.sum(axis=0)
        numbers = zip(
            rules, values, unknown.tolist(), before.tolist(), held.tolist(), left.tolist(), ends.tolist(),
            self.settling.excluding, strict=True,
        )  # fmt: skip
        for rule, own, missing, many, held_on, kept, end, excluding in numbers:
            back = {"hold": many - held_on}
            if held_on and excluding:
                back["exclusive"] = held_on - kept
            yield Found(rule, frame, rows[end - kept : end], told[end - kept : end], missing, back, own)


class _Set(NamedTuple):
    """Rules of one subject in the order of their plan, with the values of their parameters; ``places`` among all asked."""

    subject: str
    places: Sequence[int]
    ready: _Ready
    rules: Sequence[Rule]
    values: Sequence[Mapping[str, Decimal]]


class _Last(NamedTuple):
    """What was last evaluated with the values that the rules declare; rules never change. ``many`` were valid on the day."""

    rules: tuple[Rule, ...]
    on: date
    many: int
    ready: tuple[_Set, ...]


_KEPT: OrderedDict[Hashable, _Ready] = OrderedDict()
_LAST: dict[Hashable, _Last] = {}
_MOST_KEPT = 8
_KEEPING = threading.Lock()


def _ready(rules: Sequence[Rule], values: Sequence[Mapping[str, Decimal]], frame: Frame) -> _Ready:
    """Rules made ready: kept by what they say, not by which objects they are, for they may be read anew for each evaluation.

    A plan is right for any frame, and quick for those like the one that it was made for.
    """
    size = len(frame.keys).bit_length()
    key = (frame.subject, type(frame), size, tuple(_said(*one) for one in zip(rules, values, strict=True)))
    with _KEEPING:
        if key in _KEPT:
            _KEPT.move_to_end(key)
            return _KEPT[key]
    made = _Ready(rules, values, frame)
    with _KEEPING:
        _KEPT[key] = made
        while len(_KEPT) > _MOST_KEPT:
            _KEPT.popitem(last=False)
    return made


def _said(rule: Rule, values: Mapping[str, Decimal]) -> Hashable:
    """All of a rule that an evaluation asks."""
    units = tuple([one.unit for one in rule.parameters.values()])
    levels = tuple([(one.level, one.when) for one in rule.levels])
    hold = rule.hold
    return (
        rule.code, rule.when, levels, tuple(values.items()), units, rule.exclusive_of,
        hold and (hold.for_, hold.of),
    )  # fmt: skip
