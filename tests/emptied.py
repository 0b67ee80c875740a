"""How the tables are emptied after a test with transactions of its own.

Django empties all of some two hundred tables and then makes the types and permissions of every model anew: longer than
most such tests take. Here only what holds rows is emptied, and those two tables stay as the migrations left them.
"""

from __future__ import annotations

from typing import Any

from django.db import transaction

#: What Django makes of the models themselves; nobody's test writes there.
KEPT = frozenset({"django_content_type", "auth_permission"})


def instead_of_djangos_own() -> None:
    """From now on ``flush`` does it this way."""
    from django.core.management.commands import flush
    from django.db.backends.base.operations import BaseDatabaseOperations

    def empty(self: BaseDatabaseOperations, _sql_list: list[str]) -> None:
        _empty(self.connection)

    BaseDatabaseOperations.execute_sql_flush = empty
    # The types and permissions are still there, and so are the triggers: nothing has to follow.
    flush.emit_post_migrate_signal = lambda *_given, **_options: None


def _empty(connection: Any) -> None:
    """Removes all rows but those of the tables kept, whatever triggers say."""
    full = holding_rows(connection)
    if not full:
        return
    with transaction.atomic(using=connection.alias), connection.cursor() as cursor:
        if connection.vendor == "postgresql":  # neither references nor the event log's triggers are looked at
            cursor.execute("SET LOCAL session_replication_role = replica")
            _delete(connection, cursor, full)
        else:
            from commercebrain.desk.core.trail.triggers import lifted

            with lifted(connection):
                _delete(connection, cursor, full)


def holding_rows(connection: Any) -> list[str]:
    """The tables with a row in them, without those kept."""
    tables = set(connection.introspection.django_table_names(only_existing=True, include_views=False)) - KEPT
    quoted = connection.ops.quote_name
    each = (f"SELECT '{table}' WHERE EXISTS (SELECT 1 FROM {quoted(table)})" for table in sorted(tables))
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(each))
        return [table for (table,) in cursor.fetchall()]


def _delete(connection: Any, cursor: Any, tables: list[str]) -> None:
    for table in tables:
        cursor.execute(f"DELETE FROM {connection.ops.quote_name(table)}")
