"""Sums of an exposure as a reader may be told them: whole for whoever is cleared, else with the unsafe ones withheld."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from commercebrain.desk.core.formatting import percent
from commercebrain.engine.catalogue.models import Words
from commercebrain.engine.exposure.base import TradeBase
from commercebrain.engine.exposure.publish import Published
from commercebrain.engine.exposure.result import Breakdown, Dimension, Exposure, Totals

TEN_THOUSAND = 10_000


@dataclass(frozen=True, slots=True)
class Sum:
    """One category: ``withheld`` where its figures would tell about single firms (then all of them are None)."""

    code: str
    value: int | None
    confirmed: int | None
    duty: float | None
    firms: int | None
    share: float | None
    jobs: int | None
    withheld: bool = False

    @property
    def ten_thousands(self) -> float | None:
        """The value in ten thousands of its unit."""
        return None if self.value is None else self.value / TEN_THOUSAND

    @property
    def share_said(self) -> str:
        """The share as it is written."""
        return percent(self.share)


@dataclass(frozen=True)
class Sums:
    """The sums in all; ``touched``: whether the list hits anything at all. None: withheld or not known.

    ``asked``: whether any firm was asked for foreign codes (else ``confirmed`` is None: what is certain by its digits, in
    ``sure``, nobody has confirmed). ``rated``: whether the list says any rate (else ``duty`` is None)."""

    base: TradeBase
    touched: bool
    value: int | None
    confirmed: int | None
    sure: int | None
    duty: float | None
    share: float | None
    firms: int | None
    counties: int | None
    townships: int | None
    jobs: int | None
    without_jobs: int | None
    by: dict[str, tuple[Sum, ...]]
    notes: tuple[Words, ...] = ()
    asked: bool = False
    rated: bool = True


def asked(found: Exposure) -> bool:
    """Whether firms were asked for the foreign codes of their goods."""
    return found.hits.agreed is not None


def rated(found: Exposure) -> bool:
    """Whether a row of the list says a rate; without one there is no duty, not one of nought."""
    return any(row.rate is not None for row in found.rows)


#: What sums are told by, on pages and through the API.
BY: tuple[Dimension, ...] = ("county", "hs2", "hs6", "partner")


def whole(found: Exposure) -> Sums:
    """All sums, for a reader who is cleared for the firms behind them."""
    by = {dimension: _rows(found, found.by(dimension)) for dimension in BY}
    return _sums(found, found.totals, by, found.notes)


def published(found: Exposure, told: Published) -> Sums:
    """The sums that may be told to a reader without clearance."""
    by = {name: _rows(found, table.table, table.withheld) for name, table in told.tables.items()}
    return _sums(found, told.totals, {name: by.get(name, ()) for name in BY}, told.notes)


def _rows(found: Exposure, table: Breakdown, withheld: Sequence[bool] = ()) -> tuple[Sum, ...]:
    told = []
    for place, code in enumerate(table.codes):
        if withheld and withheld[place]:
            told.append(Sum(code, None, None, None, None, None, None, withheld=True))
            continue
        value = int(table.value[place])
        everything = int(table.all_trade[place]) if table.all_trade is not None else 0
        told.append(
            Sum(
                code, value, None if table.confirmed is None or not asked(found) else int(table.confirmed[place]),
                None if table.duty is None or not rated(found) else float(table.duty[place]),
                int(table.firms[place]), value / everything if everything else None,
                None if table.jobs is None else int(table.jobs[place]),
            )
        )  # fmt: skip
    return tuple(told)


def _sums(found: Exposure, totals: Totals | None, by: dict[str, tuple[Sum, ...]], notes: tuple[Words, ...]) -> Sums:
    if totals is None:  # whether the list hits anything at all would tell something, too
        return Sums(found.base, True, *(None,) * 10, by, notes, asked(found), rated(found))
    return Sums(
        found.base, bool(len(found.firm)), totals.value, totals.confirmed if asked(found) else None, totals.sure,
        totals.duty if rated(found) else None, totals.share, totals.firms, totals.counties, totals.townships, totals.jobs,
        totals.without_jobs, by, notes, asked(found), rated(found),
    )  # fmt: skip
