"""Cursors for statements that are asked in the same words again and again.

PostgreSQL keeps such a statement for a connection: its text is read once, and after a few times so is the plan. Django
itself sends every query anew, with the values written into its text. SQLite's driver keeps statements anyway.
"""

from __future__ import annotations

from functools import cache
from typing import Any


def cursor_for(connection: Any) -> Any:
    """A cursor of Django's connection whose statements the database keeps.

    Not behind a pooler that hands connections out by the transaction, which the settings tell by Django's own
    ``DISABLE_SERVER_SIDE_CURSORS``: a statement that is kept lives in one connection.
    """
    if connection.vendor != "postgresql" or connection.settings_dict.get("DISABLE_SERVER_SIDE_CURSORS"):
        return connection.cursor()
    connection.ensure_connection()
    raw = connection.connection
    if raw.prepare_threshold is None:  # as Django opens it: nothing is kept. Its own cursors keep nothing either way
        raw.prepare_threshold = 5
    return connection._prepare_cursor(_keeping()(raw))


@cache
def _keeping() -> Any:
    from psycopg import Cursor
    from psycopg.types.numeric import Int8

    class Keeping(Cursor[Any]):
        """Values travel beside the statement, and the statement is kept from its first use on.

        Whole numbers all go in one width: left to the driver it depends on the number, and each is a statement more.
        """

        def execute(self, query: Any, params: Any = None, **_how: Any) -> Any:
            given = None if params is None else [Int8(one) if type(one) is int else one for one in params]
            return super().execute(query, given, prepare=True)

    return Keeping
