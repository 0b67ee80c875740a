"""Where figures read observations from, and a snapshot of it for a request that asks for many figures."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from datetime import date
from typing import Protocol

from commercebrain.engine.observations import Observation


class Store(Protocol):
    """Anything that yields the observations known on a date; :class:`commercebrain.engine.lake.Lake` does."""

    def observations(
        self,
        as_of: date | None,
        *,
        indicators: Collection[str] | None = None,
        regions: Collection[str] | None = None,
    ) -> list[Observation]:
        """The rows published and taken in by ``as_of`` (all when None) of these indicators and regions."""
        ...


class Snapshot:
    """The observations of one store on one date, read once and held by indicator and region.

    It is itself a store, so ``figure(Snapshot(lake, as_of), …, as_of=as_of)`` costs no read.
    """

    def __init__(
        self,
        store: Store,
        as_of: date,
        *,
        indicators: Collection[str] | None = None,
        regions: Collection[str] | None = None,
    ) -> None:
        self.as_of = as_of
        self._rows = _grouped(store.observations(as_of, indicators=indicators, regions=regions))

    def observations(
        self,
        as_of: date | None,
        *,
        indicators: Collection[str] | None = None,
        regions: Collection[str] | None = None,
    ) -> list[Observation]:
        """The held rows; a later ``as_of`` than the snapshot's own cannot be answered from it."""
        if as_of is None or as_of > self.as_of:
            raise ValueError(f"this snapshot knows nothing after {self.as_of}")
        if indicators is not None and regions is not None:
            rows = [row for i in indicators for r in regions for row in self._rows.get((i, r), ())]
        else:
            rows = [
                row
                for (i, r), held in self._rows.items()
                if (indicators is None or i in indicators) and (regions is None or r in regions)
                for row in held
            ]
        return rows if as_of == self.as_of else [row for row in rows if known(row, as_of)]


class Rows:
    """A store over rows in memory: for tests, examples and notebooks."""

    def __init__(self, rows: Iterable[Observation]) -> None:
        self._rows = list(rows)

    def observations(
        self,
        as_of: date | None,
        *,
        indicators: Collection[str] | None = None,
        regions: Collection[str] | None = None,
    ) -> list[Observation]:
        """The rows known on ``as_of`` of these indicators and regions."""
        return [
            row
            for row in self._rows
            if (as_of is None or known(row, as_of))
            and (indicators is None or row.indicator in indicators)
            and (regions is None or row.region in regions)
        ]


def known(row: Observation, as_of: date) -> bool:
    """Whether the row was public and taken in by ``as_of``."""
    return row.published <= as_of and row.taken_in <= as_of


def _grouped(rows: Iterable[Observation]) -> dict[tuple[str, str], list[Observation]]:
    grouped: dict[tuple[str, str], list[Observation]] = defaultdict(list)
    for row in rows:
        grouped[row.indicator, row.region].append(row)
    return dict(grouped)
