"""New rows written by a statement that is composed once a process, as the prepared queries are (decision 0014)."""

from __future__ import annotations

from typing import Any

from django.db import DEFAULT_DB_ALIAS, connections, transaction
from django.db.models import Model
from django.db.models.signals import post_save, pre_save
from django.db.models.sql import InsertQuery

from commercebrain.desk.core.statements import cursor_for


def insert(row: Model) -> None:
    """Writes a new row as ``row.save(force_insert=True)`` does: the same columns, the same key, the same faults.

    For models whose own ``save`` does nothing more. What the statement cannot hold (a key given beforehand, a value that
    the database computes, somebody who listens to the saving) goes the usual way.
    """
    connection, model = connections[DEFAULT_DB_ALIAS], type(row)
    if row.pk is None and not (pre_save.has_listeners(model) or post_save.has_listeners(model)):
        row._prepare_related_fields_for_save(operation_name="save")
        made = _made.get((connection.vendor, model))
        if made is None:
            made = _made[connection.vendor, model] = _Insert(model, connection)
        if made.plain and made.run(row, connection):
            return
    row.save(force_insert=True)


class _Insert:
    """How a new row of one model is written to one kind of database."""

    def __init__(self, model: type[Model], connection: Any) -> None:
        meta: Any = model._meta
        self.fields = [one for one in meta.local_concrete_fields if one is not meta.auto_field and not one.generated]
        query = InsertQuery(model)
        query.insert_values(self.fields, [model()])  # an empty row: no value of it can get into the statement
        compiler: Any = query.get_compiler(connection=connection)
        compiler.returning_fields = meta.db_returning_fields
        ((self.sql, values),) = compiler.as_sql()
        self.plain = (
            len(values) == len(self.fields)
            and list(meta.db_returning_fields) == [meta.auto_field]
            and connection.features.can_return_columns_from_insert
            and not (meta.parents or meta.proxy or meta.order_with_respect_to)
            and not any(hasattr(one, "get_placeholder") for one in self.fields)
        )

    def run(self, row: Model, connection: Any) -> bool:
        """Writes the row; whether it could."""
        values = [one.pre_save(row, add=True) for one in self.fields]
        if any(hasattr(value, "resolve_expression") for value in values):
            return False
        given = [one.get_db_prep_save(value, connection) for one, value in zip(self.fields, values, strict=True)]
        with transaction.mark_for_rollback_on_error(using=connection.alias), cursor_for(connection) as cursor:
            cursor.execute(self.sql, given)
            (row.pk,) = connection.ops.fetch_returned_insert_columns(cursor, ())
        row._state.db, row._state.adding = connection.alias, False
        return True


_made: dict[tuple[str, type[Model]], _Insert] = {}
