"""Flash, provisional and final figures of one period: each publication beside the one before it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from commercebrain.engine.observations import Observation
from commercebrain.engine.periods import Period
from commercebrain.engine.units import convert


@dataclass(frozen=True, slots=True)
class Vintage:
    """One publication of a period's figure in ``unit``: how much it differs from the publication before it.

    ``growth`` is the growth printed with it, in per cent; ``change`` and ``growth_change`` (percentage points) are None
    for the first one.
    """

    period: Period
    published: date
    taken_in: date
    flag: str
    source: str
    value: Decimal | None
    growth: Decimal | None
    unit: str
    change: Decimal | None
    growth_change: Decimal | None


def vintages(rows: Iterable[Observation], period: Period, unit: str, source: str | None = None) -> list[Vintage]:
    """The publications of ``period`` among ``rows`` of one indicator and region, the first one first.

    Running totals and January–February are kept as published: only rows of just this period count, never sums or
    differences. ``source`` narrows to one publisher.
    """
    found = sorted(
        (
            row
            for row in rows
            if row.period == period.text and not row.breakdown and not row.calibre and row.adjustment == "none"
            and (source is None or row.source == source)
        ),
        key=lambda row: (row.published, row.taken_in),
    )  # fmt: skip
    made: list[Vintage] = []
    value: Decimal | None = None
    growth: Decimal | None = None
    for row in found:
        now = None if row.value is None else convert(row.value, row.unit, unit)
        made.append(
            Vintage(
                period, row.published, row.taken_in, row.flag, row.source, now, row.growth, unit,
                None if now is None or value is None else now - value,
                None if row.growth is None or growth is None else row.growth - growth,
            )
        )  # fmt: skip
        value, growth = (now if now is not None else value), (row.growth if row.growth is not None else growth)
    return made
