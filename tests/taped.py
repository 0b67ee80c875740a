"""Rows that hundreds of tests begin with: made by the product's own actions once a process, then written again as they were.

What the actions wrote is kept as statements, with the objects that they gave. It is used where the same things can come
out: on SQLite, within a test's own transaction, on the same day, with the same numbers to come.
"""

from __future__ import annotations

import pickle
import re
from collections.abc import Callable
from itertools import groupby
from typing import Any, TypeVar

from django.db import connection

from commercebrain.desk.core.clock import today

R = TypeVar("R")
WRITES = re.compile(r"\s*(INSERT|UPDATE|DELETE)\b", re.IGNORECASE)
_tapes: dict[Any, tuple[list[tuple[str, list[Any]]], bytes]] = {}


def once(make: Callable[[], R]) -> R:
    """What ``make`` gives, its rows in the database; from the second time on without running it."""
    if connection.vendor != "sqlite" or not connection.in_atomic_block:
        return make()
    with connection.cursor() as cursor:
        cursor.execute("SELECT name, seq FROM sqlite_sequence ORDER BY name")
        key = (make, today(), tuple(cursor.fetchall()))
        if key in _tapes:
            writes, made = _tapes[key]
            for sql, rows in writes:
                cursor.executemany(sql, rows)
            again: R = pickle.loads(made)
            return again
    written: list[tuple[str, Any]] = []

    def listen(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if WRITES.match(sql):
            plain = re.sub(r" RETURNING .*$", "", sql)
            written.extend((plain, tuple(row)) for row in (params if many else [params or ()]))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(listen):
        result = make()
    groups = groupby(written, key=lambda one: one[0])
    _tapes[key] = ([(sql, [row for _sql, row in rows]) for sql, rows in groups], pickle.dumps(result))
    return result
