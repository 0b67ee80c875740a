"""The observation: one published value of one indicator, with its source and vintage.

A revision is a new observation with a later ``published``; nothing is ever overwritten.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from commercebrain.engine.periods import Period

#: How sure and how final a value is. One list for the whole product.
FLAGS: tuple[str, ...] = (
    "normal",
    "flash",
    "provisional",
    "final",
    "revised",
    "estimated",
    "derived",
    "not_published_separately",
    "not_yet_due",
    "missing",
    "confidential",
)
#: How the published value stands to the true one: "突破7万亿元" is ``>``, "约" is ``~``.
BOUNDS: tuple[str, ...] = ("=", ">", ">=", "<", "<=", "~")
#: A government page; B press that quotes officials; C a repost. C waits for a second source.
GRADES: tuple[str, ...] = ("A", "B", "C")
LIVE_GRADES: frozenset[str] = frozenset({"A", "B"})
ADJUSTMENTS: tuple[str, ...] = ("none", "seasonal")


@dataclass(frozen=True, slots=True)
class Observation:
    """One row of the dataset ``observations``.

    ``value`` is as published, in ``unit``; ``growth`` is the published year-on-year growth in per cent
    (6.0 is 6 %). Either may be None. ``period`` is a canonical text of
    :class:`commercebrain.engine.periods.Period`, ``calibre`` is ``""`` where the figure has the
    indicator's own declared calibre, ``breakdown`` is ``""`` for the total.
    """

    indicator: str
    region: str
    period: str
    value: Decimal | None
    unit: str
    published: date
    taken_in: date
    source: str
    calibre: str = ""
    adjustment: str = "none"
    breakdown: str = ""
    bound: str = "="
    growth: Decimal | None = None
    flag: str = "normal"
    address: str = ""
    grade: str = "A"
    note: str = ""
    batch: str = ""

    @property
    def when(self) -> Period:
        """The period as a :class:`Period`."""
        return Period.parse(self.period)

    @property
    def live(self) -> bool:
        """Whether the grade lets the row be used; grade C waits for a second source."""
        return self.grade in LIVE_GRADES

    @property
    def key(self) -> tuple[str, str, str, str, str, str, str, date]:
        """What makes a row the same row: a second one with this key is the same publication."""
        return (
            self.indicator,
            self.region,
            self.period,
            self.calibre,
            self.adjustment,
            self.breakdown,
            self.source,
            self.published,
        )
