"""Whose a row was before rows of firms became one: records that went out under a firm's code go on under that code."""

from __future__ import annotations

from collections.abc import Mapping

from django.db import models

from commercebrain.desk.registry.models import Enterprise, EnterpriseMerge

PIECE = 500


def before_merges(model: type[models.Model], firms: Mapping[int, int | None]) -> dict[int, Enterprise]:
    """By key of a row the firm that it belonged to first; only rows that moved with merges that stand. ``firms``: by key of
    the row the firm that it belongs to now."""
    found: dict[int, Enterprise] = {}
    at = {row: firm for row, firm in firms.items() if firm is not None}
    while at:
        earlier: dict[int, int] = {}
        for done in _into(sorted(set(at.values()))):
            moved = {entry[2] for entry in done.journal if entry[0] == model._meta.label}
            for row, firm in at.items():
                if firm == done.kept_id and row in moved:
                    found[row], earlier[row] = done.merged, done.merged_id
        at = earlier
    return found


def _into(kept: list[int]) -> list[EnterpriseMerge]:
    rows: list[EnterpriseMerge] = []
    for start in range(0, len(kept), PIECE):
        wanted = EnterpriseMerge.objects.filter(kept__in=kept[start : start + PIECE], undone_on=None)
        rows += wanted.select_related("merged")
    return rows
