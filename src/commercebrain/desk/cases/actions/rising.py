"""A case becomes graver while it is worked on."""

from __future__ import annotations

from django.db import transaction

from commercebrain.desk.cases import rates
from commercebrain.desk.cases.models import Case
from commercebrain.desk.cases.telling import told
from commercebrain.desk.core.events import record
from commercebrain.engine.catalogue.models import Words
from commercebrain.engine.rules.kinds import LEVELS

NO_LEVEL = Words(zh="未定级", en="no level")


@transaction.atomic
def rise(pk: int, level: str) -> bool:
    """Raises an open case to a level and tells its unit and officer, once; False where it is over or as grave already.

    It is not claimed: what somebody fills in at that moment is not refused because of it. Clocks and declaration stay.
    """
    row = Case.objects.select_for_update(of=("self",)).select_related("unit", "region", "enterprise").get(pk=pk)
    if row.state != Case.State.OPEN or _place(level) <= _place(row.level):
        return False
    before, row.level = LEVELS.get(row.level, NO_LEVEL), level
    row.save(update_fields=["level", "updated_at"])
    rates.put(row)
    data = {key: value for key, value in told(row).items() if key != "firm"}
    record(
        "case.level_raised", row, None, row.unit, before=before.zh, before_en=before.en, level=LEVELS[level].zh,
        level_en=LEVELS[level].en, persons=[row.officer_id] if row.officer_id else [], **data,
    )  # fmt: skip
    return True


def _place(level: str) -> int:
    """The place of a level from the lowest, 1 on; 0 for none."""
    return list(LEVELS).index(level) + 1 if level in LEVELS else 0
