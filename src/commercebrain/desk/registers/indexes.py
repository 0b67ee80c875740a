"""Expression indexes of declared fields: made, changed and dropped to fit the declarations.

The name of an index ends in a fingerprint of its definition, so that names alone tell what is there. Each is partial:
an entry of one register costs no other register's index a write.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from django.db import connections

from commercebrain.desk.registers.values import TABLE, sql
from commercebrain.engine.catalogue import Register

MARK = "rx_"


@dataclass(frozen=True)
class Change:
    """What there is to do for one index."""

    name: str
    register: str
    field: str
    make: str = ""  # the statement; empty: it is to go


def wanted(registers: Mapping[str, Register], vendor: str) -> dict[str, Change]:
    """Every index that the declarations ask for, by name."""
    found = {}
    for code, register in registers.items():
        for one in register.fields:
            if one.indexed:
                for change in _of_field(code, one.code, sql(one, vendor, '"data"'), vendor, descending=one.sort):
                    found[change.name] = change
    return found


def _of_field(register: str, field: str, value: str, vendor: str, *, descending: bool) -> Iterator[Change]:
    # Lists put rows without a value last and equal ones by id, either way; walking down needs an index of its own.
    orders = [f"({value}), id"]
    if descending:
        orders.append(f"({value}) DESC{' NULLS LAST' if vendor == 'postgresql' else ''}, id")
    for order in orders:
        rest = f"ON {TABLE} ({order}) WHERE register = '{register}'"
        name = f"{MARK}{register[:20]}_{field[:20]}_{hashlib.sha256(rest.encode()).hexdigest()[:10]}"
        yield Change(name, register, field, f"CREATE INDEX {name} {rest}")


def present(using: str = "default") -> set[str]:
    """The names of the indexes that are there and whole."""
    connection = connections[using]
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(
                "SELECT c.relname FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid "
                "JOIN pg_class t ON t.oid = i.indrelid WHERE t.relname = %s AND i.indisvalid",
                [TABLE],
            )
        else:
            cursor.execute("SELECT name FROM sqlite_master WHERE type = 'index' AND tbl_name = %s", [TABLE])
        return {name for (name,) in cursor.fetchall() if name.startswith(MARK)}


def pending(registers: Mapping[str, Register], using: str = "default") -> list[Change]:
    """What has to be made or dropped, so that the database fits the declarations."""
    asked, there = wanted(registers, connections[using].vendor), present(using)
    made = [change for name, change in asked.items() if name not in there]
    return made + [Change(name, "", "") for name in sorted(there - set(asked))]


def apply(registers: Mapping[str, Register], using: str = "default") -> list[Change]:
    """Makes what is missing and drops what nothing asks for; returns what it did. Again: nothing to do.

    On PostgreSQL outside a transaction the indexes are made while people go on writing; one that a crash left
    half-made is dropped and made anew.
    """
    connection = connections[using]
    done = pending(registers, using)
    aside = connection.vendor == "postgresql" and not connection.in_atomic_block
    how = " CONCURRENTLY" if aside else ""
    with connection.cursor() as cursor:
        for change in done:
            cursor.execute(f"DROP INDEX{how} IF EXISTS {change.name}")
            if change.make:
                cursor.execute(change.make.replace("CREATE INDEX", f"CREATE INDEX{how}", 1))
        if done:
            cursor.execute(f"ANALYZE {TABLE}")
    return done
