"""Writes of the registers: each checks permission, changes rows, writes the event. One module a subject."""

from commercebrain.desk.registry.actions.codes import Loaded, load_folder, load_profile, load_registers
from commercebrain.desk.registry.actions.enterprises import (
    add_contact,
    add_enterprise,
    edit_enterprise,
    put_in_charge,
    release,
    remove_contact,
)
from commercebrain.desk.registry.actions.merges import merge, split, undo_merge
from commercebrain.desk.registry.actions.regions import load_regions
from commercebrain.desk.registry.actions.requests import ask_for_change, decide_change, withdraw_change
from commercebrain.desk.registry.actions.simulation import simulate_enterprises

__all__ = [
    "Loaded",
    "add_contact",
    "add_enterprise",
    "ask_for_change",
    "decide_change",
    "edit_enterprise",
    "load_folder",
    "load_profile",
    "load_regions",
    "load_registers",
    "merge",
    "put_in_charge",
    "release",
    "remove_contact",
    "simulate_enterprises",
    "split",
    "undo_merge",
    "withdraw_change",
]
