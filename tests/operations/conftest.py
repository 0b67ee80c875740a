"""One prepared demonstration for all, and copies of it for tests that change something."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.operations.installations import demo_counts, demo_home  # noqa: F401 - fixtures


@pytest.fixture
def home(demo_home: Path, tmp_path: Path) -> Path:
    """A demonstration of this test's own."""
    copy = tmp_path / "home"
    shutil.copytree(demo_home, copy)
    return copy
