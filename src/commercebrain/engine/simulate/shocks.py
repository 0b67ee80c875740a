"""What is done to the city's trade on purpose, and the key that says so."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from commercebrain.engine.simulate.city import City, generator
from commercebrain.engine.simulate.world import FLOW_INDEX, month_number, world, yyyymm


@dataclass(frozen=True)
class Shock:
    """A factor on some streams for some months. ``first`` is a running month; ``subject`` says whom it is done to."""

    code: str
    kind: str  # drop, surge, stop, product_market, market, county
    subject: dict[str, Any]
    flow: str  # export, import, or "" for both
    first: int
    factors: tuple[float, ...]
    name: dict[str, str]

    def factor(self, month: int) -> float:
        """What the streams are multiplied by in a month; 1 outside the shock. A stop lasts."""
        place = month - self.first
        if place < 0:
            return 1.0
        if self.kind == "stop":
            return self.factors[0]
        return self.factors[place] if place < len(self.factors) else 1.0

    def streams(self, city: City) -> NDArray[np.bool_]:
        """Which streams it is done to."""
        hit = np.ones(len(city), dtype=bool)
        if self.flow:
            hit &= city.flow == FLOW_INDEX[self.flow]
        if "uscc" in self.subject:
            hit &= city.firm == city.firms.uscc.index(self.subject["uscc"])
        if self.subject.get("countries"):
            hit &= np.isin(city.country, [city.countries.index(code) for code in self.subject["countries"]])
        if self.subject.get("hs"):
            starts = tuple(self.subject["hs"])
            lines = np.array([code.startswith(starts) for code in city.hs10])
            hit &= lines[city.product]
        if self.subject.get("counties"):
            counties = [city.counties.index(code) for code in self.subject["counties"]]
            hit &= np.isin(city.firms.county[city.firm], counties)
        return hit


def shocks_of(city: City, newest: int) -> list[Shock]:
    """The shocks of a city, those of the last month (``newest``, a running number) included. The same for a seed.

    A firm has at most one of its own.
    """
    told = world().shocks
    found = _declared(told["wider"])
    taken: set[int] = set()
    for number, row in enumerate(told["firms"]):
        for drawn, (count, span) in enumerate(
            ((row["count"], (month_number(row["first"]), month_number(row["last"]))), (row["newest"], (newest, newest)))
        ):
            chance = generator(city.seed, 5, number, drawn)
            for firm, first, length in _drawn(city, row, count, span, taken, chance):
                factors = (row["factor"],) * (length or 1)
                uscc = city.firms.uscc[firm]
                found.append(Shock(
                    code=f"{row['kind']}_{yyyymm(first)}_{uscc[-5:]}_{city.firms.rank[firm]}", kind=row["kind"],
                    subject={"uscc": uscc, "rank": int(city.firms.rank[firm])}, flow="export", first=first,
                    factors=factors, name=_NAMES[row["kind"]],
                ))  # fmt: skip
    return found


def later_shocks() -> list[Shock]:
    """What comes after the demonstration's day: shocks that no year was settled with."""
    return _declared(world().shocks["later"])


def _declared(rows: list[dict[str, Any]]) -> list[Shock]:
    return [
        Shock(
            code=row["code"], kind=row["kind"], flow=row["flow"], first=month_number(row["first"]),
            factors=tuple(row["factors"]), name=row["name"],
            subject={key: row[key] for key in ("countries", "hs", "counties") if row.get(key)} or {"all": True},
        )
        for row in rows
    ]  # fmt: skip


_NAMES = {
    "drop": {"zh": "企业出口骤降", "en": "A firm's exports drop"},
    "surge": {"zh": "企业出口骤增", "en": "A firm's exports surge"},
    "stop": {"zh": "企业停止出口", "en": "A firm stops exporting"},
}


def _drawn(
    city: City, row: dict[str, Any], count: int, span: tuple[int, int], taken: set[int], chance: np.random.Generator
) -> list[tuple[int, int, int]]:
    """Firm, first month and length for ``count`` firms of the ranks that exist throughout and have no shock yet."""
    exporters = np.zeros(len(city.firms.uscc), dtype=bool)
    exporters[np.unique(city.firm[city.flow == 0])] = True
    low, high = row["ranks"]
    found: list[tuple[int, int, int]] = []
    order = chance.permutation(len(exporters))
    for firm in order[(city.firms.rank[order] >= low) & (city.firms.rank[order] <= high) & exporters[order]].tolist():
        if len(found) == count:
            break
        first = int(chance.integers(span[0], span[1] + 1))
        length = int(chance.integers(row["months"][0], row["months"][1] + 1)) if row["months"] else 0
        # A year before and after, so that the shock can be told from entry and exit.
        if firm in taken or city.firms.opens[firm] > first - 18 or city.firms.closes[firm] < first + 12:
            continue
        taken.add(firm)
        found.append((firm, first, length))
    return found
