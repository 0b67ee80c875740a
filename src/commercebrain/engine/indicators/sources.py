"""Where figures come from: observations as they were published, and records in the lake."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from commercebrain.engine.indicators.store import Store


@dataclass(frozen=True)
class Sources:
    """The published observations, and the root of the lake that holds the records."""

    observations: Store
    lake_root: Path
