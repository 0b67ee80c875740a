"""Runs pytest with the arguments given, on a PostgreSQL started for it: ``python -m tests.on_postgres -m database``."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.postgres import NoPostgresError, cluster

ROOT = Path(__file__).parents[1]
#: How a file says that a test of its own also runs here.
MARK = "mark.database"


def marked_files() -> list[str]:
    """The files with a test for PostgreSQL in them, from the root: reading all the others in vain takes longer than many
    of these tests."""
    files = sorted((ROOT / "tests").rglob("test_*.py"))
    return [str(file.relative_to(ROOT)) for file in files if MARK in file.read_text(encoding="utf-8")]


def chosen(arguments: list[str]) -> list[str]:
    """What pytest is asked: as given where a file is named, else the marked files alone."""
    return (
        arguments if any((ROOT / one.split("::")[0]).exists() for one in arguments) else [*arguments, *marked_files()]
    )


def missed_on_postgres(items: list[pytest.Item]) -> None:
    """Refuses a test marked for PostgreSQL whose file does not say so in those words: it would never run there."""
    files = {item.path for item in items if item.get_closest_marker("database")}
    missed = sorted(file.name for file in files if MARK not in file.read_text(encoding="utf-8"))
    if missed:
        raise pytest.UsageError(f"marked for PostgreSQL without the words “{MARK}” in the file: {', '.join(missed)}")


def main(arguments: list[str]) -> int:
    """pytest's exit code; 0 with a plain message where PostgreSQL is missing, except that CI then fails."""
    try:
        with cluster() as address:
            command = [sys.executable, "-m", "pytest", *chosen(arguments)]
            return subprocess.run(command, env={**os.environ, "DATABASE_URL": address}, check=False).returncode
    except NoPostgresError as missing:
        print(f"skipped on PostgreSQL: {missing}")
        return 1 if os.environ.get("CI") == "true" else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
