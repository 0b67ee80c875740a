"""A database with all migrations applied, made once and copied by every process of the tests.

Migrating from nothing takes longer than most folders of tests, and even to find that nothing is to be migrated takes half
of that. On SQLite what is kept outlives the run: it is named by all that a migration may read, and made anew when that
changes. On PostgreSQL it lives as long as the cluster of the run: the processes that start together migrate once.
"""

from __future__ import annotations

import fcntl
import gc
import hashlib
import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.conf import settings

ROOT = Path(__file__).parents[1]
PLACE = ROOT / ".pytest_cache" / "database"
#: The same within a cluster of PostgreSQL, and the number of the lock that its processes take there.
TEMPLATE, LOCK = "prepared_for_tests", 20_250_721


def version() -> str:
    """Changes with whatever a migration may read: the desk's code, the settings, the locked libraries."""
    told = hashlib.sha256()
    source = ROOT / "src" / "commercebrain"
    for path in sorted([*source.glob("desk/**/*.py"), source / "web/settings.py", ROOT / "requirements.txt"]):
        told.update(str(path.relative_to(ROOT)).encode() + b"\0" + path.read_bytes())
    return told.hexdigest()[:24]


def begin_with_it() -> None:
    """From now on a test database is a copy of the prepared one.

    Of two processes that find none the first makes it and the other waits.
    """
    from django.db.backends.base.creation import BaseDatabaseCreation

    migrated = BaseDatabaseCreation.create_test_db

    def create(self: BaseDatabaseCreation, *given: Any, **options: Any) -> str:
        gc.disable()  # as in an installation: the models of every migration stay until the last one
        try:
            return str(migrated(self, *given, **options))
        finally:
            gc.enable()

    def from_prepared(self: BaseDatabaseCreation, *given: Any, **options: Any) -> str:
        if self.connection.vendor == "postgresql":
            return _from_template(self, lambda: create(self, *given, **options))
        PLACE.mkdir(parents=True, exist_ok=True)
        kept = PLACE / f"{version()}.sqlite3"
        name = str(self._get_test_db_name())
        with (PLACE / "lock").open("w") as gate:
            fcntl.flock(gate, fcntl.LOCK_EX)
            if not kept.exists():
                create(self, *given, **options)
                _keep(name, kept)
                return name
            shutil.copyfile(kept, name)
        _begin(self, name)
        return name

    BaseDatabaseCreation.create_test_db = from_prepared


def _from_template(creation: Any, create: Callable[[], str]) -> str:
    """The test database on PostgreSQL: copied from the template, which is the first one made on its cluster."""
    name = str(creation._get_test_db_name())
    with creation._nodb_cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [LOCK])  # let go with the connection
        cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [TEMPLATE])
        if cursor.fetchone() is None:
            create()
            creation.connection.close()  # a database that somebody is connected to is not copied
            cursor.execute(f'CREATE DATABASE "{TEMPLATE}" TEMPLATE "{name}"')
        else:
            cursor.execute(f'DROP DATABASE IF EXISTS "{name}"')
            cursor.execute(f'CREATE DATABASE "{name}" TEMPLATE "{TEMPLATE}"')
    _begin(creation, name)
    return name


def _begin(creation: Any, name: str) -> None:
    """From now on the connection is to the database of this name."""
    creation.connection.close()
    settings.DATABASES[creation.connection.alias]["NAME"] = creation.connection.settings_dict["NAME"] = name
    creation.connection.ensure_connection()


def _keep(database: str, kept: Path) -> None:
    """Keeps what was made as the only one."""
    for old in PLACE.glob("*.sqlite3"):
        old.unlink()
    half = kept.with_suffix(".half")
    half.unlink(missing_ok=True)
    connection = sqlite3.connect(database)
    connection.execute("VACUUM INTO ?", [str(half)])
    connection.close()
    half.rename(kept)
