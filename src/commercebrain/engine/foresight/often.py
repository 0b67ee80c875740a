"""How often a series has a month without trade, and how likely as many of them in a row are as there are now.

A month without trade is judged by its rarity, for a small firm has one now and then. Three in a row are another matter:
each by itself is as usual as ever, together they hardly ever happen. So what is asked of a month without trade is how
likely the whole run that it ends would have been, as known before the run began; what the run itself has taught would
excuse it. A run goes on more easily than it begins where the series' own runs did (:data:`LEANS`). How often a firm
pauses is itself only estimated, so the months of the run count as they come, as in Pólya's urn: of firms that pause by
chance, 5 % to 60 % of their months, 1.7–2.8 % end a run that is called rarer than 2.5 %.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from commercebrain.engine.foresight.result import Bits, Floats

#: Months in which zeros are counted, and how much more a zero in the same calendar month counts.
RECENT: Final = 24
SAME_MONTH: Final = 4.0
#: The calendar months of so many years are looked at, and no longer run is told from one of so many months.
YEARS: Final = 3
LONGEST: Final = 12
#: Before a run a month without trade is never taken for impossible: so many of them are added to one more month.
SEEN: Final = 0.5
#: As many months of its own runs weighs the belief that a run goes on as it began.
LEANS: Final = 4.0


@dataclass(frozen=True)
class Often:
    """How often ``S`` series have a month with something in it.

    ``rare``: there were months without. ``nothing``: how likely one is now. ``run``: how likely as many of them in a row
    are as end with the last month; ``nothing`` where that one has something in it.
    """

    rare: Bits
    nothing: Floats
    run: Floats


def often(table: Floats) -> Often:
    """Of the last month of ``table`` (S × T, NaN missing), from the months before it since the first figure: those of the
    last two years and the same calendar months of the last three."""
    months = table.shape[1]
    history = table[:, :-1]
    active = np.nan_to_num(history) != 0
    begun = np.logical_or.accumulate(active, axis=1) & ~np.isnan(history)
    zero = begun & (history == 0)
    recent = slice(max(months - 1 - RECENT, 0), None)
    same = slice(months - 13, None, -12) if months > 12 else slice(0, 0)
    zeros = zero[:, recent].sum(axis=1) + SAME_MONTH * zero[:, same][:, :YEARS].sum(axis=1)
    of = begun[:, recent].sum(axis=1) + SAME_MONTH * begun[:, same][:, :YEARS].sum(axis=1)
    signed = np.nanmin(history, axis=1, initial=0.0, where=~np.isnan(history)) < 0
    rare = zero.any(axis=1) & ~signed
    nothing = np.where(rare, zeros / np.maximum(of, 1.0), 0.0)
    run = nothing.copy()
    ended = np.flatnonzero(rare & (table[:, -1] == 0)) if months else np.zeros(0, np.intp)
    if len(ended):
        run[ended] = _runs(zero[ended], begun[ended])
    return Often(rare, nothing, run)


def _runs(zero: Bits, begun: Bits) -> Floats:
    """How likely the run of months without is that ends with the month after these S × T."""
    count, months = zero.shape
    rows = np.arange(count)
    backwards = np.concatenate([zero[:, ::-1][:, : LONGEST - 1], np.zeros((count, 1), np.bool_)], axis=1)
    length = 1 + np.argmin(backwards, axis=1)  # the judged month included
    start = months + 1 - length
    far = np.maximum(start - RECENT, 0)
    lately, known = (_between(one, far, start) for one in (zero, begun))
    after = begun[:, 1:] & zero[:, :-1]  # months that follow one without, and those of them that are without themselves
    pairs = np.maximum(start - 1, 0)
    stayed, could = (_between(one, np.zeros_like(far), pairs) for one in (after & zero[:, 1:], after))
    found = np.ones(count)
    for place in range(int(length.max())):  # the run's months, the first one first
        month = start + place
        same_zero, same_of = np.zeros(count), np.zeros(count)
        for year in range(1, YEARS + 1):
            at = month - 12 * year
            there = (at >= 0) & (at < start)
            same_zero += there & zero[rows, np.maximum(at, 0)]
            same_of += there & begun[rows, np.maximum(at, 0)]
        usual = (lately + place + SAME_MONTH * same_zero + SEEN) / (known + place + SAME_MONTH * same_of + 1.0)
        goes_on = (stayed + LEANS * usual) / (could + LEANS)
        found *= np.where(place >= length, 1.0, usual if place == 0 else goes_on)
    return found


def _between(marks: Bits, first: NDArray[np.int64], end: NDArray[np.int64]) -> NDArray[np.int64]:
    """How many marks of each row lie from column ``first`` to before column ``end``."""
    sums = np.zeros((marks.shape[0], marks.shape[1] + 1), np.int64)
    np.cumsum(marks, axis=1, out=sums[:, 1:])
    rows = np.arange(len(marks))
    return np.asarray(sums[rows, end] - sums[rows, first])
