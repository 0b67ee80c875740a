"""A firm's own course beside that of firms like it, without telling anything of a single one.

Amounts are compared as indices: each firm's value against its own mean over the periods shown (100), so that no level of
anybody is told. Of the peers only the middle is given, and that not as one firm's own figure: it is the mean of the three
(of an even number: four) in the middle, in whole points. No smallest, no largest, no spread. With fewer peers than the
form declares (five at least) in a period, nothing is given for it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from commercebrain.engine.catalogue.models import Words
from commercebrain.engine.errors import UserError
from commercebrain.engine.forms.kinds import FormKind, Question

LEAST = 5
Series = Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Point:
    """One period. ``own`` is the firm's answer as kept; ``own_index`` and ``peers`` are indices (100: the own mean), or of
    an ordered choice the places of the codes from 0. None where there is none, or too few peers."""

    period: str
    own: Any
    own_index: float | None
    peers: float | None
    count: int


@dataclass(frozen=True)
class Trend:
    """The course of one question. ``enough``: in at least one period there are peers enough; ``said`` is its sentence."""

    question: Question
    points: tuple[Point, ...]
    least: int
    said: Words

    @property
    def enough(self) -> bool:
        """Whether anything can be told of the peers."""
        return any(point.peers is not None for point in self.points)


def middle(values: Iterable[float], least: int = LEAST) -> float | None:
    """The mean of the three values in the middle (four of an even number); None of fewer than ``least``, or than five."""
    ordered = sorted(values)
    if len(ordered) < max(least, LEAST):
        return None
    half, wide = len(ordered) // 2, 1 if len(ordered) % 2 else 2
    around = ordered[half - wide : half + wide + (len(ordered) % 2)]
    return sum(around) / len(around)


def trend(form: FormKind, field: str, own: Series, others: Iterable[Series], periods: Sequence[str]) -> Trend:
    """The course of the question ``field`` over ``periods`` (in order): the firm's own answers by period, beside those of
    its peers.

    Raises :class:`UserError` (``form.no_trend``) for a question that is neither a number nor an ordered choice.
    """
    one = form.by_code[field]
    if one.type not in ("integer", "decimal") and not (one.type == "choice" and one.ordered):
        raise UserError(
            "form.no_trend",
            f"“{one.short.zh}”不是数值或有序选项，没有走势。",
            f"{one.short.en} is neither a number nor an ordered choice; it has no trend.",
        )
    mine = _course(one, own, periods)
    theirs = [_course(one, series, periods) for series in others]
    points = []
    for place, period in enumerate(periods):
        there = [value for course in theirs if (value := course[place]) is not None]
        between = middle(there, form.peers)
        rounded = None if between is None else float(round(between))
        points.append(Point(period, own.get(period, {}).get(field), mine[place], rounded, len(there)))
    least = max(form.peers, LEAST)
    return Trend(one, tuple(points), least, _said(one, points, least))


def _course(one: Question, series: Series, periods: Sequence[str]) -> list[float | None]:
    """Indices (or places) by period."""
    raw = [series.get(period, {}).get(one.field) for period in periods]
    if one.type == "choice":
        return [
            None if value is None or (rank := one.as_type.rank(str(value))) is None else float(rank) for value in raw
        ]
    numbers = [_number(value) for value in raw]
    known = [value for value in numbers if value is not None]
    mean = sum(known) / len(known) if known else 0.0
    if mean <= 0:
        return [None] * len(numbers)
    return [None if value is None else 100 * value / mean for value in numbers]


def _number(value: Any) -> float | None:
    try:
        return None if value is None else float(Decimal(str(value)))
    except InvalidOperation:
        return None


def _said(one: Question, points: Sequence[Point], least: int) -> Words:
    name = one.short
    last = next((point for point in reversed(points) if point.own_index is not None), None)
    if last is None:
        return Words(zh=f"{name.zh}还没有走势。", en=f"{name.en}: no course yet.")
    if last.peers is None:
        return Words(
            zh=f"{name.zh}：同类企业本期填报的不足{least}家，不显示同行走势。",
            en=f"{name.en}: fewer than {least} firms like yours have reported this time; their course is not shown.",
        )
    if one.type == "choice":
        words = list(one.choices.values())
        own, other = words[int(last.own_index or 0)], words[int(last.peers)]
        return Words(
            zh=f"{name.zh}：本企业{own.zh}，同行（{last.count}家）居中的是{other.zh}。",
            en=f"{name.en}: yours {own.en}; in the middle of {last.count} firms like yours {other.en}.",
        )
    mine, theirs = round(last.own_index or 0) - 100, round(last.peers) - 100
    told = sum(point.own_index is not None for point in points)
    return Words(
        zh=f"{name.zh}：本期比自己{told}期的平均{_by(mine, True)}，同行（{last.count}家）居中的{_by(theirs, True)}。",
        en=f"{name.en}: {_by(mine, False)} your own mean of {told} periods; the middle of {last.count} firms like "
        f"yours {_by(theirs, False)} theirs.",
    )


def _by(points: int, chinese: bool) -> str:
    if points == 0:
        return "持平" if chinese else "at"
    if chinese:
        return f"{'高' if points > 0 else '低'}{abs(points)}%"
    return f"{abs(points)}% {'above' if points > 0 else 'below'}"
