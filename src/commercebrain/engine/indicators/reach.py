"""Reach: which regions and which classification a reader may see. The desk derives it from the person."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Final, Literal

Classification = Literal["public", "internal", "confidential"]
_ORDER: Final[dict[str, int]] = {"public": 0, "internal": 1, "confidential": 2}


class Everything(Enum):
    """The one value :data:`ALL`: every region."""

    ALL = "all"


ALL: Final = Everything.ALL


@dataclass(frozen=True, slots=True)
class Reach:
    """What a reader may see. There is no default: who asks for a figure says for whom.

    ``regions`` is a set of region codes or :data:`ALL`; ``classification`` is the highest that may be seen.
    """

    regions: frozenset[str] | Literal[Everything.ALL]
    classification: Classification

    def sees(self, region: str, classification: Classification) -> bool:
        """Whether a figure of ``region`` with ``classification`` may be shown."""
        inside = self.regions is ALL or region in self.regions
        return inside and _ORDER[classification] <= _ORDER[self.classification]
