"""Taking a case for a change: its row, claimed for the transaction, as it stands now."""

from __future__ import annotations

from commercebrain.desk.cases.models import Case
from commercebrain.desk.cases.refusing import over


def taken(case: Case, seen: int | None = None, *, ended: bool = False) -> Case:
    """The case, claimed: of two who change it at once one goes first, and who saw an older ``seen`` version is told.

    Raises :class:`~commercebrain.desk.core.versioned.Conflict`, and :class:`UserError` (``cases.over``) for a case that
    has ended, unless ``ended`` allows it.
    """
    case.claim(seen)
    row = Case.objects.select_related("unit", "region", "enterprise", "officer").get(pk=case.pk)
    if row.state != Case.State.OPEN and not ended:
        raise over()
    return row
