"""The demonstration's forecasts: of today, and of earlier months as their figures were known then."""

from __future__ import annotations

from collections.abc import Callable

from commercebrain.desk.core.catalogue import catalogue
from commercebrain.desk.core.clock import today
from commercebrain.desk.core.figures import sources
from commercebrain.desk.foresight.actions import current, is_kept, note_kept
from commercebrain.desk.foresight.warm import warm
from commercebrain.engine.outlook import kept

#: Months before today whose forecasts are made up for.
ORIGINS = 12


def play(progress: Callable[[int, int], None]) -> str:
    """Keeps them once for each state of the lake; a second time nothing is computed. It also compiles what forecasting
    is made of, so that no visitor waits for that."""
    now = current()
    if is_kept(now):
        return "+0"
    warm()
    made = kept.backfill(sources(), catalogue(), made_on=today(), origins=ORIGINS, progress=progress)
    made += kept.keep_all(sources(), catalogue(), made_on=today())
    note_kept(now)
    return f"{made.series} 个序列 / series (+{made.rows})"
