"""Who made a gap: the members' own gaps, made to add up.

Each member is expected what its own history says, and the whole what the whole's history says; the two seldom agree to
the yuan. The difference is spread over the members in proportion to the variances of their forecasts (reconciliation by
weighted least squares with the total held: Wickramasuriya, Athanasopoulos and Hyndman 2019, JASA 114), so that members
known well move little. What the tables withhold stays one part: the whole less all that may be told, expected to be the
part of the whole that it mostly is. It is made of numbers that the reader may see and of nothing else, so it tells
nothing more.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from commercebrain.engine.catalogue.models import Words
from commercebrain.engine.foresight.judging import judge
from commercebrain.engine.foresight.result import REASONS, Floats, Verdicts
from commercebrain.engine.outlook.anomalies.names import Names
from commercebrain.engine.outlook.anomalies.terms import BreakdownOfGap, Contribution, ContributionKind
from commercebrain.engine.outlook.series import SeriesSet

#: Parts of the whole smaller than this are rounding, not something withheld.
_ROUNDING: Final = 1e-6
OTHERS: Final = Words(zh="其他", en="others")
WITHHELD: Final = Words(zh="其余（未公布或不予显示）", en="the rest (not published or withheld)")
#: Months in which the share of the rest is looked at.
_RECENT: Final = 24


@dataclass(frozen=True)
class Whole:
    """The anomaly that is taken apart: its monthly values up to the judged one (T), its value and its expectation."""

    values: Floats
    value: float
    expected: float


def break_down(whole: Whole, members: SeriesSet, names: Names, *, most: int = 5) -> BreakdownOfGap | None:
    """The parts of ``whole`` along the last dimension of ``members``, the ``most`` largest named; None where no member
    may be told.

    ``members`` hold the same months as ``whole``. The gaps of the parts add up to the gap of the whole.
    """
    told = np.isfinite(members.values[:, -1])
    if not told.any() or not np.isfinite(whole.value):
        return None
    table = members.values[told]
    keys = [key[-1] for key, one in zip(members.keys, told.tolist(), strict=True) if one]
    verdicts = judge(table, members.first)
    expected, variance = _expectations(verdicts, table)
    value = table[:, -1]
    hidden = whole.value - float(value.sum())
    rest = abs(hidden) > _ROUNDING * max(abs(whole.value), 1e-300)
    if rest:
        share = _hidden_share(whole, table)
        ahead = whole.expected - float(expected.sum()) if share is None else share * whole.expected
        value, expected = np.append(value, hidden), np.append(expected, max(ahead, 0.0))
        # Of what is withheld nothing is known but its size: it gives way first.
        variance = np.append(variance, max(float(variance.sum()), (0.2 * max(ahead, 0.0)) ** 2))
    expected = _reconciled(expected, variance, whole.expected)
    gap = value - expected
    total = whole.value - whole.expected
    count = len(keys)
    order = sorted(range(count), key=lambda n: (-gap[n] * np.sign(total), keys[n]))
    named = [n for n in order[:most] if gap[n] * total > 0]
    words = names.of(members.by[-1], [keys[n] for n in named])

    def part(kind: ContributionKind, rows: list[int], code: str, said: Words) -> Contribution:
        made, should = float(value[rows].sum()), float(expected[rows].sum())
        score = float(verdicts.score[rows[0]]) if kind == "member" else float("nan")
        return Contribution(
            kind=kind,
            key=code,
            words=said,
            value=made,
            expected=should,
            gap=made - should,
            share=(made - should) / total if total else 0.0,
            change=(made - should) / should if should > 0 else None,
            score=score if np.isfinite(score) else None,
        )

    parts = [part("member", [n], keys[n], words[keys[n]]) for n in named]
    share = sum(one.share for one in parts)
    others = [n for n in range(count) if n not in set(named)]
    if others:
        parts.append(part("others", others, "", OTHERS))
    if rest:
        parts.append(part("withheld", [count], "", WITHHELD))
    return BreakdownOfGap(members.by[-1], names.dimension(members.by[-1]), tuple(parts), share, count)


def _hidden_share(whole: Whole, table: Floats) -> float | None:
    """What part of the whole the members told now mostly leave: the median of the last two years, a member that was not
    told in a month counting as it usually is; None where no month tells."""
    history, total = table[:, :-1][:, -_RECENT:], whole.values[:-1][-_RECENT:]
    known = np.isfinite(history)
    begun = np.logical_or.accumulate(known, axis=1)
    usual = np.where(known, history, 0.0).sum(axis=1) / np.maximum(known.sum(axis=1), 1)
    filled = np.where(known, history, np.where(begun, usual[:, None], 0.0)).sum(axis=0)
    there = np.isfinite(total) & (total > 0)
    if not there.any():
        return None
    return float(np.clip(np.median(1 - filled[there] / total[there]), 0.0, 1.0))


def _expectations(verdicts: Verdicts, table: Floats) -> tuple[Floats, Floats]:
    """What each part was expected to be, with the variance of that; of a part too young to tell the mean so far."""
    history = table[:, :-1]
    known = np.isfinite(history)
    recent = known.copy()
    recent[:, :-12] = False
    mean = np.where(recent, history, 0.0).sum(axis=1) / np.maximum(recent.sum(axis=1), 1)
    judged = (verdicts.reason == 0) & np.isfinite(verdicts.expected)
    stopped = verdicts.reason == REASONS.index("stopped")
    expected = np.where(judged, verdicts.expected, np.where(stopped, 0.0, mean))
    width = (verdicts.high80 - verdicts.low80) / 2.563
    own = np.where(np.isfinite(width) & judged, width, np.abs(expected))
    return expected, np.where(expected == 0, 0.0, np.maximum(own, 1e-3 * np.abs(expected))) ** 2


def _reconciled(expected: Floats, variance: Floats, total: float) -> Floats:
    """Expectations that add up to ``total``; none is turned from something into less than nothing."""
    out = expected.copy()
    weight = variance.copy()
    for _ in range(len(out)):
        missing = total - float(out.sum())
        if abs(missing) <= 1e-12 * max(abs(total), 1e-300) or weight.sum() <= 0:
            break
        step = missing * weight / weight.sum()
        below = (out + step < 0) & (expected >= 0) & (weight > 0)
        if not below.any():
            return np.asarray(out + step)
        out[below], weight[below] = 0.0, 0.0
    if len(out) and abs(missing := total - float(out.sum())) > 0:
        out += missing / len(out)  # nothing is expected of anybody: what is left is everybody's
    return out
