"""A declared field as the database computes it: one expression, the same in indexes, filters and orders.

Field codes are checked on loading (``[a-z][a-z0-9_]*``), so they stand in the SQL as they are: a bound parameter would
keep the database from seeing that an index of the same expression serves.
"""

from __future__ import annotations

import re
from typing import Any

from django.db.models import BooleanField, CharField, DecimalField, Expression, Field, IntegerField

from commercebrain.engine.catalogue import RegisterField

SAFE = re.compile(r"^[a-z][a-z0-9_]*$")
TABLE = "registers_entry"
PREFIX = "f_"  # of the name under which a query set knows a field


def sql(one: RegisterField, vendor: str, column: str = f'"{TABLE}"."data"') -> str:
    """The field's value in the database's words: a number for numbers, 1 or 0 for yes and no, else text."""
    if not SAFE.match(one.code):
        raise ValueError(one.code)
    if vendor == "postgresql":
        text = f"({column} ->> '{one.code}')"
        cast = {"integer": "numeric", "decimal": "numeric", "boolean": "boolean::int"}.get(one.type)
        return f"({text}::{cast})" if cast else text
    value = f"json_extract({column}, '$.{one.code}')"
    return f"CAST({value} AS NUMERIC)" if one.type in ("integer", "decimal", "boolean") else value


class FieldValue(Expression):
    """A declared field in a query set: ``rows.annotate(f_area=FieldValue(field)).filter(f_area__gte=100)``.

    Whole numbers are compared as decimals too, so that “from 100.5” means what it says; yes is 1 and no is 0.
    """

    def __init__(self, one: RegisterField) -> None:
        self.one = one
        number = DecimalField(max_digits=30, decimal_places=6)
        kinds: dict[str, Field[Any, Any]] = {"integer": number, "decimal": number, "boolean": IntegerField()}
        super().__init__(output_field=kinds.get(one.type, CharField()))

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, list[Any]]:
        """The expression; the table is never aliased, since entries are asked for alone."""
        return sql(self.one, connection.vendor), []


class OfRegister(Expression):
    """Whether an entry is of one register, written so that the partial indexes of that register serve."""

    conditional = True

    def __init__(self, code: str) -> None:
        if not SAFE.match(code):
            raise ValueError(code)
        self.code = code
        super().__init__(output_field=BooleanField())

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, list[Any]]:
        """The comparison with the code as it stands."""
        return f'"{TABLE}"."register" = \'{self.code}\'', []
