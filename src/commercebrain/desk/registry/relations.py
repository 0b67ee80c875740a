"""What refers to an enterprise, and whether it goes along when two rows turn out to be one firm.

Every foreign key to :class:`Enterprise` in the product stands here; a test finds one that does not. A folder above
this one declares its own with :func:`declare` when it is loaded.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from django.apps import apps
from django.db import models


class Relation(NamedTuple):
    """A field that refers to an enterprise; ``moves`` says whether a merge takes its rows along."""

    model: str
    field: str
    moves: bool


RELATIONS: dict[tuple[str, str], Relation] = {}


def declare(model: str, field: str, *, moves: bool) -> None:
    """Declares one relation, ``"registry.EnterpriseContact", "enterprise"``."""
    RELATIONS[model.lower(), field] = Relation(model, field, moves)


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
