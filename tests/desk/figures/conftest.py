"""A lake of the test's own in which sheets can be taken in, beside the official one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tests.real import browse, figures, live, official_lake  # noqa: F401 - fixtures

from commercebrain.engine.lake import Lake


@pytest.fixture
def own_lake(settings: Any, tmp_path: Path) -> Lake:
    """An empty lake and an empty folder of uploads."""
    settings.LAKE_ROOT = tmp_path / "lake"
    settings.MEDIA_ROOT = tmp_path / "uploads"
    return Lake.create(settings.LAKE_ROOT)
