"""The trade that exposure is computed from is read when a server process starts, so that the first list is answered at once."""

from __future__ import annotations

from pathlib import Path

from django.conf import settings

from commercebrain.desk.core.clock import today
from commercebrain.desk.lists.exposure.answers import SYSTEM
from commercebrain.desk.lists.exposure.reported import employees, orders
from commercebrain.desk.lists.exposure.sight import places
from commercebrain.engine.exposure.best import best_base
from commercebrain.engine.exposure.compute import exposure
from commercebrain.engine.lists.rows import ProductRow


def warm() -> None:
    """Loads the base, and on the very first time compiles what matches a list with it. Raises :class:`UserError` where
    there is no trade yet."""
    day = today()
    base = best_base(Path(settings.LAKE_ROOT), reach=SYSTEM, as_of=day)
    found = exposure(
        [ProductRow(chapter) for chapter in ("84", "94")], base, places=places(), jobs=employees(day) or None
    )
    found.by("county")
    found.by("hs6")
    orders(day)
