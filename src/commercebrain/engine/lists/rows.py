"""A row of a list of products, as exposure and differences work with it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class ProductRow:
    """What one row of a product list covers.

    ``digits`` of ``nomenclature`` and ``edition``, from ``partner`` (ISO alpha-3 or the code of a country group; "" for
    every country), at ``rate`` per cent in addition (None: no rate said), from ``valid_from`` to ``valid_to``, both days
    included, without the codes of ``excludes``. ``number`` is its line in its list. ``part``: only some of the code's goods
    are meant (“ex 8708”), so that all of them are an upper bound.
    """

    digits: str
    nomenclature: str = ""
    edition: str = ""
    partner: str = ""
    rate: float | None = None
    valid_from: date | None = None
    valid_to: date | None = None
    excludes: tuple[str, ...] = ()
    number: int = 0
    part: bool = False

    def on(self, day: date | None) -> bool:
        """Whether it is in effect on ``day``; always, where no day is asked."""
        if day is None:
            return True
        return (self.valid_from or day) <= day <= (self.valid_to or day)
