"""What forecasting is made of is loaded when a server process starts, so that no visitor waits for it."""

from __future__ import annotations

import logging
import threading

import numpy as np

from commercebrain.engine import outlook

logger = logging.getLogger(__name__)
#: Months of the series that is forecast for nothing; a whole number of years, so that every part has something to do.
MONTHS, FIRST = 48, 202001


def warm() -> None:
    """Loads, and on the very first time compiles, everything that a page of foresight calls."""
    months = np.arange(MONTHS, dtype=np.float64)
    values = (100 + months + 10 * np.cos(months * np.pi / 6))[None, :]
    outlook.forecast(values, FIRST)
    outlook.forecast(values, FIRST, cumulative=True)
    outlook.judge(values, FIRST)
    outlook.decompose(values, FIRST)


def warm_in_background() -> threading.Thread:
    """The same in a thread that keeps nobody waiting; a fault is logged, pages then load what they need themselves."""

    def run() -> None:
        try:
            warm()
        except Exception:
            logger.exception("forecasting could not be loaded ahead")

    thread = threading.Thread(target=run, name="foresight-warm", daemon=True)
    thread.start()
    return thread
