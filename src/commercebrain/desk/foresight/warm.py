"""What forecasting and exposure are made of, and the figures, are loaded when a server process starts: no visitor waits for that."""

from __future__ import annotations

import logging
import threading
from contextlib import suppress

import numpy as np
from django.db import connections

from commercebrain.desk.core.catalogue import catalogue
from commercebrain.desk.core.figures import store
from commercebrain.desk.foresight import quality
from commercebrain.desk.lists.exposure import warm as exposure
from commercebrain.engine import outlook
from commercebrain.engine.errors import UserError

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
    """The same in a thread that keeps no visitor waiting; a fault is logged, pages then load what they need themselves.

    The thread is no daemon: a process that ends waits for it. One that is cut off inside DuckDB at the end of the
    interpreter takes the process down with an abort.
    """

    def run() -> None:
        try:
            warm()
            catalogue()
            with suppress(UserError):  # no lake yet
                store()
                quality.warm()
                exposure.warm()
        except Exception:
            logger.exception("forecasting could not be loaded ahead")
        finally:
            connections.close_all()

    thread = threading.Thread(target=run, name="foresight-warm")
    thread.start()
    return thread
