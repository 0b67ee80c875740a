"""Runs pytest with the arguments given, on a PostgreSQL started for it: ``python -m tests.on_postgres -m database``."""

from __future__ import annotations

import os
import subprocess
import sys

from tests.postgres import NoPostgresError, cluster


def main(arguments: list[str]) -> int:
    """pytest's exit code; 0 with a plain message where PostgreSQL is missing, except that CI then fails."""
    try:
        with cluster() as address:
            command = [sys.executable, "-m", "pytest", *arguments]
            return subprocess.run(command, env={**os.environ, "DATABASE_URL": address}, check=False).returncode
    except NoPostgresError as missing:
        print(f"skipped on PostgreSQL: {missing}")
        return 1 if os.environ.get("CI") == "true" else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
