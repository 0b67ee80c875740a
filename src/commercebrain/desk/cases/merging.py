"""What belongs to a case of a firm when a merge of the firm's row is undone: it goes back with the case.

A case, the firms that it names and its follow-ups move with everything else that refers to a firm; what was planned between
the merge and its undoing was planned for the surviving row, and no journal knows of it.
"""

from __future__ import annotations

from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef, Q

from commercebrain.desk.cases.models import CaseFirm, FollowUp
from commercebrain.desk.people.models import Person
from commercebrain.desk.registry.models import Enterprise


def undone(kept: Enterprise, gone: Enterprise, _person: Person | None, _notes: object) -> None:
    """Gives the follow-ups that came meanwhile to the firm whose case they are of. Called when the rest is back."""

    def names(firm: Enterprise) -> Exists:
        return Exists(CaseFirm.objects.filter(case=OuterRef("case"), enterprise=firm))

    own = Q(case__enterprise=gone) | (Q(case__enterprise=None) & names(gone) & ~names(kept))
    for key in list(FollowUp.objects.filter(own, enterprise=kept).order_by("pk").values_list("pk", flat=True)):
        try:
            with transaction.atomic():
                FollowUp.objects.filter(pk=key).update(enterprise=gone)
        except IntegrityError:  # one for these months has gone back already
            continue
