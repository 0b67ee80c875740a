"""Is everything there that a running installation needs?"""

from __future__ import annotations

from pathlib import Path

from django.conf import settings
from django.db import DatabaseError, connection

from commercebrain import __version__
from commercebrain.desk.core.jobs import worker_seen

LATE_AFTER = 60.0  # seconds without a sign of life from a worker


def _database() -> str:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
            cursor.fetchone()
    except DatabaseError:
        return "unreachable"
    return "ok"


def _worker() -> str:
    try:
        seen = worker_seen()
    except DatabaseError:
        return "unknown"
    if seen is None:
        return "never seen"
    return "ok" if seen < LATE_AFTER else "late"


def health() -> dict[str, str]:
    """State of the database, the lake and the worker, and the program's version: one word each, no secrets."""
    lake = "ok" if any(Path(settings.LAKE_ROOT).glob("*/_delta_log")) else "empty"
    return {"database": _database(), "lake": lake, "worker": _worker(), "version": __version__}
