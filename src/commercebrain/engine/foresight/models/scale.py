"""The scale that series are modelled on: logarithms, moved so far that no month is close to nothing."""

from __future__ import annotations

import numpy as np

from commercebrain.engine.compiled import kernel
from commercebrain.engine.foresight.result import Floats

#: The lowest month, as a part of the median month, after the move. From 0.1 to 1 accuracy hardly differs.
LEAST = 0.3


@kernel(error_model="numpy")
def sign_and_shift(y: Floats) -> tuple[float, float]:
    """(sign, shift) such that ``log(sign·y + shift)`` can be modelled; a shift of 0 and no value: nothing but zeros.

    Series well above zero are not moved: their changes are ratios. Those that touch zero are moved by
    :data:`LEAST` of their median size, those with both signs by more, so that the logarithm comes close to a straight
    line and changes count as differences. Series of losses are turned over.
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
    return sign, max(0.0, LEAST * middle - lowest)
