"""A demonstration whose preparation was killed half-way is completed by the next run, to the same rows."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path

import pytest
from tests.operations.installations import PATIENCE, cbrain, command, counts, demo_counts, demo_home, environment  # noqa: F401

# The moments that matter: tables made but no person, persons but no figures, in the middle of the plans.
MOMENTS = {"the tables": ("db.sqlite3", 0), "the figures": ("lake/batches", 2), "the plans": ("uploads", 3)}


def reached(home: Path, place: str, most: int) -> bool:
    """Whether more than ``most`` things stand at a place of the installation."""
    path = home / place
    if path.is_file():
        return path.stat().st_size > most
    return sum(1 for file in path.rglob("*") if file.is_file() and not file.name.startswith(".")) > most


@pytest.mark.slow
@pytest.mark.parametrize("moment", MOMENTS)
def test_a_preparation_killed_in_the_middle_is_completed_by_the_next(
    demo_counts: Mapping[str, int],
    tmp_path: Path,
    moment: str,
) -> None:
    home = tmp_path / "home"
    running = subprocess.Popen(
        command("demo", "--prepare-only"), env=environment(home), stdout=subprocess.DEVNULL, cwd=tmp_path,
        start_new_session=True,
    )  # fmt: skip
    place, most = MOMENTS[moment]
    deadline = time.monotonic() + PATIENCE
    while not reached(home, place, most) and running.poll() is None and time.monotonic() < deadline:
        time.sleep(0.02)
    assert running.poll() is None, "it was still preparing"
    os.killpg(running.pid, signal.SIGKILL)
    running.wait()
    assert not (home / "demo_accounts.json").exists() or moment != "the tables"
    cbrain(home, "demo", "--prepare-only", patience=2 * PATIENCE)
    assert counts(home) == demo_counts
