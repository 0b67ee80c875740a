"""The database can be looked after without the product."""

from __future__ import annotations

import sqlite3

import pytest
from django.db import connection


@pytest.mark.django_db
@pytest.mark.skipif(connection.vendor != "sqlite", reason="a file of SQLite")
def test_any_program_can_check_the_file() -> None:
    """No constraint or index calls a function that only Django brings."""
    connection.ensure_connection()
    plain = sqlite3.connect(connection.settings_dict["NAME"])
    try:
        tables = plain.execute("SELECT count(*) FROM sqlite_master WHERE type = 'table'").fetchone()[0]
        assert tables > 50
        assert plain.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    finally:
        plain.close()
