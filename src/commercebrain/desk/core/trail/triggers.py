"""Triggers that make the database itself refuse to change or remove events and seals.

Python refuses already; the triggers stop whoever writes SQL, whatever program it comes from. Who may drop triggers can
still get past them: that is what the seals are for. They are set anew after every migration, since SQLite loses a
table's triggers when a migration rebuilds the table.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

TABLES = ("core_event", "core_seal", "core_sealedevent")
FUNCTION = "core_append_only"


def _names(table: str, vendor: str) -> dict[str, str]:
    """Name of each trigger of a table, with the statement that it refuses."""
    kinds = ("update", "delete", "truncate") if vendor == "postgresql" else ("update", "delete")
    return {f"{table}_no_{kind}": kind.upper() for kind in kinds}


def install(connection: Any) -> None:
    """Sets the triggers of every table that is there; those already set stay as they are."""
    present = set(connection.introspection.table_names())
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(
                f"CREATE OR REPLACE FUNCTION {FUNCTION}() RETURNS trigger LANGUAGE plpgsql AS $$ "
                "BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation'; "
                "END $$"
            )
        for table in TABLES:
            if table not in present:
                continue
            for name, kind in _names(table, connection.vendor).items():
                if connection.vendor == "postgresql":
                    each = "STATEMENT" if kind == "TRUNCATE" else "ROW"
                    cursor.execute(
                        f"CREATE OR REPLACE TRIGGER {name} BEFORE {kind} ON {table} "
                        f"FOR EACH {each} EXECUTE FUNCTION {FUNCTION}()"
                    )
                else:
                    cursor.execute(
                        f"CREATE TRIGGER IF NOT EXISTS {name} BEFORE {kind} ON {table} "
                        f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
                    )


def remove(connection: Any) -> None:
    """Takes the triggers away: only for tests, which must empty their tables."""
    present = set(connection.introspection.table_names())
    with connection.cursor() as cursor:
        for table in TABLES:
            for name in _names(table, connection.vendor):
                if table in present:
                    on = f" ON {table}" if connection.vendor == "postgresql" else ""
                    cursor.execute(f"DROP TRIGGER IF EXISTS {name}{on}")


def missing(connection: Any) -> list[str]:
    """Names of triggers that should be there and are not."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SELECT tgname FROM pg_trigger WHERE NOT tgisinternal AND tgenabled <> 'D'")
        else:
            cursor.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")
        found = {name for (name,) in cursor.fetchall()}
    return [name for table in TABLES for name in _names(table, connection.vendor) if name not in found]


@contextmanager
def lifted(connection: Any) -> Iterator[None]:
    """Without the triggers for a moment, as a database administrator could arrange: only for tests."""
    remove(connection)
    try:
        yield
    finally:
        install(connection)
