"""From observations to figures: choosing, deriving, growth, structure; every reader asks :func:`figure`."""

from commercebrain.engine.indicators.figures import Figure, figure, history, series
from commercebrain.engine.indicators.reach import ALL, Reach
from commercebrain.engine.indicators.result import NoValue, Result
from commercebrain.engine.indicators.store import Rows, Snapshot, Store

__all__ = [
    "ALL",
    "Figure",
    "NoValue",
    "Reach",
    "Result",
    "Rows",
    "Snapshot",
    "Store",
    "figure",
    "history",
    "series",
]
