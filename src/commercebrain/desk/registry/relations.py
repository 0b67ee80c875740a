"""What refers to an enterprise, and whether it goes along when two rows turn out to be one firm.

Every foreign key to :class:`Enterprise` in the product stands here; a test finds one that does not. A folder above
this one declares its own with :func:`declare` when it is loaded.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from django.apps import apps
from django.db import models


class Relation(NamedTuple):
    """A field that refers to an enterprise; ``moves`` says whether a merge takes its rows along."""

    model: str
    field: str
    moves: bool


class Named(NamedTuple):
    """Rows that name what they belong to by kind and number (documents, remarks): ``number`` is the field of its id."""

    model: str
    field: str
    kind: str
    number: str


class Along(NamedTuple):
    """What a folder above does besides, when two rows become one firm and when they become two again.

    ``take(kept, merged)`` (keys) is called before the rows are locked; ``merged(kept, gone, person)`` after what refers to
    the firm has moved: the notes that it returns (plain JSON) are kept with the merge. ``undone(kept, gone, person, notes)``
    gets them back after everything that moved has gone back.
    """

    take: Callable[[int, int], None] | None = None
    merged: Callable[[Any, Any, Any], Sequence[Any]] | None = None
    undone: Callable[[Any, Any, Any, Sequence[Any]], None] | None = None


ALONG: dict[str, Along] = {}
RELATIONS: dict[tuple[str, str], Relation] = {}
NAMED = (
    Named("core.Attachment", "subject_type", "registry.enterprise", "subject_id"),
    Named("people.Annotation", "subject_kind", "enterprise", "subject_id"),
)


def declare(model: str, field: str, *, moves: bool) -> None:
    """Declares one relation, ``"registry.EnterpriseContact", "enterprise"``."""
    RELATIONS[model.lower(), field] = Relation(model, field, moves)


def goes_along(
    name: str, *, take: Callable[[int, int], None] | None = None,
    merged: Callable[[Any, Any, Any], Sequence[Any]] | None = None,
    undone: Callable[[Any, Any, Any, Sequence[Any]], None] | None = None,
) -> None:  # fmt: skip
    """Declares what a folder does besides at a merge; ``name`` stands in the journal of the merge."""
    ALONG[name] = Along(take, merged, undone)


for _model in ("EnterpriseName", "EnterpriseFlag", "EnterpriseContact", "EnterpriseOfficer", "EnterpriseChange"):
    declare(f"registry.{_model}", "enterprise", moves=True)
declare("people.Membership", "firm", moves=True)
# A merge tells what was one firm when it was made; an older one stays what it was, so that it can be undone.
declare("registry.EnterpriseMerge", "kept", moves=False)
declare("registry.EnterpriseMerge", "merged", moves=False)
declare("registry.Enterprise", "merged_into", moves=False)


def moving() -> list[tuple[type[models.Model], str]]:
    """The models and fields whose rows a merge takes along."""
    return [(apps.get_model(r.model), r.field) for r in RELATIONS.values() if r.moves]


def named() -> list[tuple[type[models.Model], Named]]:
    """The models whose rows name a firm by kind and number; a merge takes them along too."""
    return [(apps.get_model(one.model), one) for one in NAMED]


def hanging(ids: Sequence[int]) -> set[int]:
    """Those of the firms that anything belongs to by now: their rows are not taken out again."""
    found: set[int] = set()
    for relation in RELATIONS.values():
        rows = apps.get_model(relation.model)._base_manager.filter(**{f"{relation.field}__in": ids})
        found.update(rows.values_list(f"{relation.field}_id", flat=True))
    for model, one in named():
        rows = model._base_manager.filter(**{one.field: one.kind, f"{one.number}__in": [str(pk) for pk in ids]})
        found.update(int(number) for number in rows.values_list(one.number, flat=True))
    return found


def undeclared() -> list[str]:
    """Fields that refer to an enterprise and are not declared."""
    from commercebrain.desk.registry.models import Enterprise

    missing = []
    for model in apps.get_models():
        for field in model._meta.get_fields():
            refers: Any = getattr(field, "related_model", None)
            known = (model._meta.label_lower, field.name) in RELATIONS
            if isinstance(field, models.ForeignKey) and refers is Enterprise and not known:
                missing.append(f"{model._meta.label}.{field.name}")
    return missing
