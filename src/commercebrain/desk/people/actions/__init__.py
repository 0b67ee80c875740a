"""Writes of units, persons, roles, memberships, delegations and annotations.

Each checks permission, changes rows, writes the event. A ``by`` of none is the system itself (set-up, the demo, the
command line).
"""

from commercebrain.desk.people.actions.annotations import annotate, change_annotation, withdraw_annotation
from commercebrain.desk.people.actions.delegations import delegate, end_delegation
from commercebrain.desk.people.actions.memberships import grant, load_roles, revoke
from commercebrain.desk.people.actions.persons import (
    FIRST_AT_ONCE,
    change_password,
    choose_language,
    create_person,
    edit_person,
    give_first_passwords,
    locked,
    reset_password,
    switch,
    unlock,
)
from commercebrain.desk.people.actions.units import close_unit, create_unit, edit_unit, move_unit

__all__ = [
    "FIRST_AT_ONCE",
    "annotate",
    "change_annotation",
    "change_password",
    "choose_language",
    "close_unit",
    "create_person",
    "create_unit",
    "delegate",
    "edit_person",
    "edit_unit",
    "end_delegation",
    "give_first_passwords",
    "grant",
    "load_roles",
    "locked",
    "move_unit",
    "reset_password",
    "revoke",
    "switch",
    "unlock",
    "withdraw_annotation",
]
