"""An ordinary series, and a look whether a forecast is in order."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from commercebrain.engine.foresight.result import Floats, Forecast


def ordinary(months: int, seed: int = 1) -> Floats:
    """A firm like many: growth, a season, noise."""
    rng = np.random.default_rng(seed)
    t = np.arange(months)
    season = np.exp(0.25 * np.sin(2 * np.pi * t / 12))
    return np.asarray(100.0 * 1.004**t * season * np.exp(rng.normal(0, 0.1, months)), dtype=np.float64)


def whole(found: Forecast) -> Forecast:
    """``found``, after a look that it is a forecast in order."""
    for series in range(len(found.point)):
        bands = (found.low95, found.low80, found.point, found.high80, found.high95)
        rows = [table[series] for table in bands]
        why = found.why(series)
        if why == "":
            assert all(np.isfinite(row).all() for row in rows)
            assert all((below <= above).all() for below, above in pairwise(rows))
        elif why == "stopped":
            assert (rows[2] == 0).all()
            assert all(np.isnan(row).all() for n, row in enumerate(rows) if n != 2)
        else:
            assert all(np.isnan(row).all() for row in rows)
    return found
