"""The long rest of the tests: ``python -m tests.run_slow``, on SQLite and, where marked, on PostgreSQL.

Properties are asked again in it, with all their examples: the default run asks for a part of them.
"""

from __future__ import annotations

import os
import subprocess
import sys

from tests.on_postgres import main as on_postgres

NOTHING_COLLECTED = 5


def main() -> int:
    """0 when both passed; a database run without a slow test in it is no fault."""
    os.environ["TESTS"] = "long"
    lite = subprocess.run(
        [sys.executable, "-m", "pytest", "-m", "slow or hypothesis", "-n", "2", "--dist", "loadfile"], check=False
    ).returncode
    full = on_postgres(["-m", "(slow or hypothesis) and database", "-n", "2", "--dist", "loadfile"])
    return int(lite not in (0,) or full not in (0, NOTHING_COLLECTED))


if __name__ == "__main__":
    sys.exit(main())
