"""Reach: which regions and which classification a reader may see. The desk derives it from the person."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Final, Literal, Self

Classification = Literal["public", "internal", "confidential"]
_ORDER: Final[dict[str, int]] = {"public": 0, "internal": 1, "confidential": 2}


class Everything(Enum):
    """The one value :data:`ALL`: every region."""

    ALL = "all"


ALL: Final = Everything.ALL
Regions = frozenset[str] | Literal[Everything.ALL]
_NOWHERE: Final[frozenset[str]] = frozenset()


@dataclass(frozen=True, slots=True)
class Reach:
    """What a reader may see. There is no default: who asks for a figure says for whom.

    ``regions`` is a set of region codes or :data:`ALL`; ``classification`` is the highest that may be seen there.
    Outside of ``regions``, ``public`` and ``internal`` are the regions (or :data:`ALL`) of which figures of that
    classification may be seen besides: see :meth:`by_classification`.
    """

    regions: Regions
    classification: Classification
    public: Regions = _NOWHERE
    internal: Regions = _NOWHERE

    @classmethod
    def by_classification(cls, *, public: Regions, internal: Regions, confidential: Regions = _NOWHERE) -> Self:
        """The usual reach of a person: public figures everywhere, internal ones of the own regions, confidential ones
        of the regions for which there is a clearance. A wider set includes what the narrower classifications allow.

        >>> Reach.by_classification(public=ALL, internal=frozenset({"330200"})).sees("330600", "public")
        True
        """
        if confidential is ALL:
            return cls(ALL, "confidential")
        if internal is ALL and not confidential:
            return cls(ALL, "internal")
        if public is ALL and not internal and not confidential:
            return cls(ALL, "public")
        return cls(confidential, "confidential", public=public, internal=internal)

    def sees(self, region: str, classification: Classification) -> bool:
        """Whether a figure of ``region`` with ``classification`` may be shown."""
        level = _ORDER[classification]
        if level <= _ORDER[self.classification] and (self.regions is ALL or region in self.regions):
            return True
        if level <= 1 and (self.internal is ALL or region in self.internal):
            return True
        return level == 0 and (self.public is ALL or region in self.public)
