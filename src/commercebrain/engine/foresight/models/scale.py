"""The scale that series are modelled on: logarithms, moved so far that no month is close to nothing."""

from __future__ import annotations

import numpy as np

from commercebrain.engine.compiled import kernel
from commercebrain.engine.foresight.result import Floats

#: The lowest month, as a part of the median month, after the move. From 0.1 to 1 accuracy hardly differs.
LEAST = 0.3
#: How far above 0, in parts of its own size, the lowest month is at least after the move: a median of next to nothing would
#: be lost in the sum with it. And the same where there is no size to take a part of.
CLEAR, TINY = 1e-9, 1e-300


@kernel(error_model="numpy")
def sign_and_shift(y: Floats) -> tuple[float, float]:
    """(sign, shift) such that ``log(sign·y + shift)`` can be modelled; a shift of 0 and no value: nothing but zeros.

    Series well above zero are not moved: their changes are ratios. Those that touch zero are moved by
    :data:`LEAST` of their median size, those with both signs by more, so that the logarithm comes close to a straight
    line and changes count as differences. Series of losses are turned over. Every month of a series that is not nothing but
    zeros has a logarithm after the move.
    """
    n = y.shape[0]
    sizes = np.empty(n)
    known = 0
    total = 0.0
    for t in range(n):
        total += y[t]
        if y[t] != 0.0:
            sizes[known] = abs(y[t])
            known += 1
    if known == 0:
        return 1.0, 0.0
    middle = np.median(sizes[:known])
    sign = -1.0 if total < 0.0 else 1.0
    lowest = np.inf
    for t in range(n):
        lowest = min(lowest, sign * y[t])
    shift = max(0.0, LEAST * middle - lowest)
    if lowest <= 0.0:
        shift = max(shift, -lowest * (1.0 + CLEAR), TINY)
    return sign, shift
