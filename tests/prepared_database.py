"""A database with all migrations applied, made once and copied by every process of the tests that runs on SQLite.

Migrating from nothing takes longer than most folders of tests, and even to find that nothing is to be migrated takes half
of that: what is kept is named by all that a migration may read, and made anew when that changes.
"""

from __future__ import annotations

import fcntl
import gc
import hashlib
import shutil
import sqlite3
from pathlib import Path
from typing import Any

from django.conf import settings

ROOT = Path(__file__).parents[1]
PLACE = ROOT / ".pytest_cache" / "database"


def version() -> str:
    """Changes with whatever a migration may read: the desk's code, the settings, the locked libraries."""
    told = hashlib.sha256()
    source = ROOT / "src" / "commercebrain"
    for path in sorted([*source.glob("desk/**/*.py"), source / "web/settings.py", ROOT / "requirements.txt"]):
        told.update(str(path.relative_to(ROOT)).encode() + b"\0" + path.read_bytes())
    return told.hexdigest()[:24]


def begin_with_it() -> None:
    """From now on a test database on SQLite is a copy of the prepared one.

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
        if self.connection.vendor != "sqlite":
            return create(self, *given, **options)
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
        self.connection.close()
        settings.DATABASES[self.connection.alias]["NAME"] = self.connection.settings_dict["NAME"] = name
        self.connection.ensure_connection()
        return name

    BaseDatabaseCreation.create_test_db = from_prepared


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
