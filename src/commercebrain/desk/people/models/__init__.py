"""Who works here: units in a tree with history, persons, roles with scopes, memberships, delegations, annotations."""

from commercebrain.desk.people.models.annotations import Annotation, AnnotationWording
from commercebrain.desk.people.models.persons import Person
from commercebrain.desk.people.models.roles import (
    Delegation,
    DelegationQuerySet,
    Membership,
    MembershipQuerySet,
    Right,
    Role,
    Scope,
)
from commercebrain.desk.people.models.units import Unit, UnitState, UnitStateQuerySet

__all__ = [
    "Annotation",
    "AnnotationWording",
    "Delegation",
    "DelegationQuerySet",
    "Membership",
    "MembershipQuerySet",
    "Person",
    "Right",
    "Role",
    "Scope",
    "Unit",
    "UnitState",
    "UnitStateQuerySet",
]
