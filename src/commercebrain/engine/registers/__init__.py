"""Entries of declared registers: reading what was typed, checking it, saying it. Pure: knows nobody and keeps nothing."""

from commercebrain.engine.registers.entries import EntryFault, ReadEntry, read_entry, run_examples
from commercebrain.engine.registers.values import Lookups, Syntax, Value, masked, plain, read_value, said

__all__ = [
    "EntryFault",
    "Lookups",
    "ReadEntry",
    "Syntax",
    "Value",
    "masked",
    "plain",
    "read_entry",
    "read_value",
    "run_examples",
    "said",
]
