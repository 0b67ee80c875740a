"""Which months stand behind each row of an answer: the period arithmetic of every transform, in one place.

A row covers a stretch of months; a transform compares it with other stretches (a year before, the months just before, a
base period). Each row is a :class:`Slot` whose stretches are first and last months as whole numbers, yyyymm. The query
only ever asks whether a month lies between two such numbers, so a gap in the data never shifts a window, and no engine
has to do arithmetic on dates. A stretch counts the months it should have beside those that are known: fewer is
*incomplete*, none is *missing*, and neither is ever zero.

January and February (Spring Festival moves between them) are one row for growth, as Chinese statistics do; single
months only on request.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from commercebrain.engine.errors import UserError
from commercebrain.engine.foresight.months import shift as shift
from commercebrain.engine.indicators.request import Request
from commercebrain.engine.periods import Period

#: (first, last) month, each yyyymm, both inside.
Stretch = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Slot:
    """A row's period and the stretches that its numbers are summed over: ``stretches[0]`` its own, the others bases.

    ``due`` says whether its figures should be there by the day of the question; ``reason`` is set where no number is to
    be given whatever the data say (a single January).
    """

    period: int
    span: int
    stretches: tuple[Stretch, ...]
    due: bool = True
    reason: str = ""

    @property
    def lengths(self) -> tuple[int, ...]:
        """How many months each stretch should have."""
        return tuple(months_between(*stretch) for stretch in self.stretches)


def months_between(first: int, last: int) -> int:
    """How many months there are from ``first`` to ``last``, both inside."""
    return (last // 100 - first // 100) * 12 + last % 100 - first % 100 + 1


def months_in(first: int, last: int) -> Iterator[int]:
    """Every month from ``first`` to ``last``, both inside."""
    while first <= last:
        yield first
        first = shift(first, 1)


def moved(stretch: Stretch, by: int) -> Stretch:
    """The stretch ``by`` months later."""
    return shift(stretch[0], by), shift(stretch[1], by)


def rows(request: Request, *, joint: bool) -> list[tuple[int, int, Stretch]]:
    """The rows that the request asks for: (period, span, own stretch) in order. ``joint``: whether January and February
    are one row (a January without its February stays, and gets no number)."""
    first, last = _month(request.first.first), _month(request.last.last)
    step = request.frequency
    if step == "span":
        return _spans(request)
    if step == "point":
        every = 12 if first % 100 == last % 100 == 12 else 1
        ends = range(0, months_between(first, last), every)
        return [(shift(first, n), 0, (shift(first, n), shift(first, n))) for n in ends]
    length = {"month": 1, "quarter": 3, "half": 6, "year": 12}[step]
    begin = first // 100 * 100 + (first % 100 - 1) // length * length + 1
    found = []
    while begin <= last:
        end = shift(begin, length - 1)
        found.append((end, length, (begin, end)))
        begin = shift(begin, length)
    if step == "month" and joint and not request.single_months:
        return list(_joined(found))
    return found


def _spans(request: Request) -> list[tuple[int, int, Stretch]]:
    periods = [request.first]
    if request.first.kind == request.last.kind == "ytd":
        periods += [request.first.shift_years(n) for n in range(1, request.last.year - request.first.year + 1)]
    elif request.last != request.first:
        periods.append(request.last)
    found = []
    for one in periods:
        stretch = (_month(one.first), _month(one.last))
        found.append((stretch[1], months_between(*stretch), stretch))
    return found


def _joined(found: list[tuple[int, int, Stretch]]) -> Iterator[tuple[int, int, Stretch]]:
    there = {period for period, _, _ in found}
    for period, span, stretch in found:
        if period % 100 == 2:
            yield period, 2, (period - 1, period)
        elif period % 100 != 1 or period + 1 not in there:
            yield period, span, stretch


def slots(
    request: Request, code: str, *, joint: bool, time: str, due: Callable[[int], bool], ratio: bool = False
) -> list[Slot]:
    """The slots of transform ``code``. ``time`` is how values join over time: ``sum``, ``last`` (a state: only the
    stretch's last month counts) or ``none`` (a stretch of several months has no value).

    Raises :class:`UserError` (``transform.not_additive``) where a row would need a sum that has no meaning.
    """
    joined = joint and time == "sum"
    found = []
    for period, span, own in rows(request, joint=joined):
        row_span, stretches = _stretches(request, code, period, span, own)
        if time == "last":
            stretches = tuple((last, last) for _, last in stretches)
        elif time != "sum" and any(a != b for a, b in stretches):
            raise UserError(
                "transform.not_additive",
                "这个指标不能跨月相加，请按月查询。",
                "This indicator does not add up over months; ask for single months.",
            )
        found.append(Slot(period, row_span, stretches, due(period), _fixed(request, code, period, span, joined)))
    return found


def _fixed(request: Request, code: str, period: int, span: int, joined: bool) -> str:
    """A single January, or a March against a single February, gets no growth unless single months are asked for."""
    if not joined or request.single_months or request.frequency != "month" or span != 1:
        return ""
    return "jan_feb_joint" if period % 100 == 1 or (code == "mom" and period % 100 == 3) else ""


def _stretches(request: Request, code: str, period: int, span: int, own: Stretch) -> tuple[int, tuple[Stretch, ...]]:
    length = months_between(*own)
    year = -12 if length <= 12 else -length
    if code in ("ytd", "ytd_yoy"):
        own = (period // 100 * 100 + 1, period)
        span = period % 100
        return span, ((own, moved(own, -12)) if code == "ytd_yoy" else (own,))
    match code:
        case "yoy" | "comparable" | "contribution" | "pull" | "diffusion" | "real":
            return span, (own, moved(own, year))
        case "mom":
            return span, (own, moved(own, -length))
        case "two_year_avg":
            return span, (own, moved(own, year), moved(own, 2 * year))
        case "moving_avg":
            window = request.number("window", 12, least=2, most=120)
            return span, ((shift(period, 1 - window), period),)
        case "index":
            base = Period.parse(request.option("base"))
            return span, (own, (_month(base.first), _month(base.last)))
    return span, (own,)


def _month(month: tuple[int, int]) -> int:
    return month[0] * 100 + month[1]
