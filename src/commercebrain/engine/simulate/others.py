"""Small data sets of the invented city beside its trade, after the recipes of ``catalogue/simulation/others.yaml``."""

from __future__ import annotations

import calendar
from collections.abc import Callable, Iterator
from datetime import date
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from commercebrain.engine.lake.records.schema import RecordDataset, record_dataset
from commercebrain.engine.lake.records.table import Coded, MonthBlock, RecordTable
from commercebrain.engine.simulate.city import City, Floats, Ints, city, generator
from commercebrain.engine.simulate.orders import order_blocks, reported_on
from commercebrain.engine.simulate.trade import Trade, trade_of
from commercebrain.engine.simulate.world import month_number, world, yyyymm
from commercebrain.engine.simulate.write import Progress, released
from commercebrain.engine.yaml_text import read_yaml


@lru_cache(maxsize=1)
def recipes() -> dict[str, Any]:
    """The declared recipes."""
    text = (files("commercebrain.catalogue") / "simulation" / "others.yaml").read_text(encoding="utf-8")
    told: dict[str, Any] = read_yaml(text)
    return told


def simulate_others(
    root: Path, seed: int = 0, first: str | int = "", last: str | int = "", firms: int = 20_000, *,
    progress: Progress | None = None,
) -> dict[str, int]:  # fmt: skip
    """Fill the small data sets of the lake at ``root``, marked synthetic: rows made by data set.

    A data set that has invented rows already is left alone. ``progress`` is told of each data set that is done. All that a data set gets counts, or nothing of it.
    """
    begin, end = world().span(first, last)
    made: dict[str, int] = {}
    orders = recipes()["orders"]
    told = recipes()["datasets"]
    for number, code in enumerate((*told, orders["dataset"]), 1):
        if code in told:
            made[code] = _fill(root, code, lambda: _Recipe(code, told[code], seed, firms).blocks(begin, end))  # noqa: B023
        else:
            made[code] = _fill(root, code, lambda: order_blocks(trade_of(seed, firms, end), orders, begin, end))
        if progress is not None:
            progress(number, len(told) + 1, code)
    return made


def append_others(root: Path, seed: int, firms: int, trade: Trade, month: int) -> dict[str, int]:
    """One month more (a running number) of the small data sets that have invented rows; one that has it is left alone."""
    orders, told = recipes()["orders"], recipes()["datasets"]
    made: dict[str, int] = {}
    for code in (*told, orders["dataset"]):
        table = RecordTable(root, record_dataset(code))
        # Orders are told in the month itself, so what firms report later in the month replaces them.
        published = released if code in told else reported_on
        ours = {one.month for one in table.vintages() if one.synthetic and one.taken_in == released(one.month)}
        if not ours or yyyymm(month) in ours:
            continue
        if code in told:
            blocks = list(_Recipe(code, told[code], seed, firms).blocks(month, month))
        else:  # the month before tells how orders went since
            blocks = list(order_blocks(trade, orders, month - 1, month))[-1:]
        versions = table.append_months(
            blocks, published=published, taken_in=released, source=table.dataset.provider, by="simulate", synthetic=True
        )
        made[code] = sum(version.rows for version in versions)
    return made


def _fill(root: Path, code: str, blocks: Callable[[], Iterator[MonthBlock]]) -> int:
    table = RecordTable(root, record_dataset(code))
    if any(version.synthetic for version in table.vintages()):
        return 0
    versions = table.append_months(
        blocks(), published=released, taken_in=released, source=table.dataset.provider, by="simulate", synthetic=True
    )
    return sum(version.rows for version in versions)


class _Recipe:
    """One data set's rows."""

    def __init__(self, code: str, recipe: dict[str, Any], seed: int, firms: int) -> None:
        self.dataset: RecordDataset = record_dataset(code)
        self.recipe, self.seed = recipe, seed
        self.city: City = city(seed, firms)
        self.tag = 100 + list(recipes()["datasets"]).index(code)
        self.names = {row["code"]: row["zh"] for row in world().registry["counties"]}

    def blocks(self, begin: int, end: int) -> Iterator[MonthBlock]:
        """A block for each delivery between two months (running numbers)."""
        start = month_number(self.recipe.get("from", recipes()["from"]))
        followed = None if "fresh" in self.recipe else self._things(self.recipe["series"], 0)
        for month in range(max(begin, start), end + 1):
            if (month - start) % self.recipe.get("months", 1) == 0:
                things = followed or self._things(self.recipe["fresh"], month)
                yield self._block(month, things)

    def _things(self, count: int, month: int) -> dict[str, Any]:
        """What is followed: each column that stays, as codes; and a size of its own for each column with sizes."""
        chance = generator(self.seed, self.tag, 1, month)
        found: dict[str, Any] = {}
        owners: Ints | None = None
        if firm := self.recipe.get("firm"):
            owners = chance.choice(self._firms(firm), count)
            known, place = np.unique(owners, return_inverse=True)
            found["uscc"] = Coded(place, [self.city.firms.uscc[firm] for firm in known])
            found["county"] = Coded(self.city.firms.county[owners], self.city.counties)
        elif "county" in self.recipe["pick"]:
            shares = np.array([row["share"] for row in world().registry["counties"]])
            found["county"] = Coded(chance.choice(len(shares), count, p=shares / shares.sum()), self.city.counties)
        for name, told in self.recipe["pick"].items():
            if name != "county":
                found[name] = self._picked(told, count, month, found, owners, chance)
        # A thing is there once: the same combination drawn twice would be two rows with one key.
        codes = np.stack([column.codes for column in found.values()])
        kept = np.sort(np.unique(codes, axis=1, return_index=True)[1]) if month == 0 else np.arange(count)
        found = {name: Coded(column.codes[kept], column.values) for name, column in found.items()}
        spreads = {name: told.get("spread", 0.0) for name, told in self.recipe["sizes"].items()}
        sizes = {name: np.exp(spread * chance.standard_normal(len(kept))) for name, spread in spreads.items()}
        return {"columns": found, "sizes": sizes, "count": len(kept)}

    def _firms(self, told: dict[str, Any]) -> NDArray[np.intp]:
        """The largest firms of some industries that exist throughout."""
        firms = self.city.firms
        low, high = (year * 12 for year in world().years)
        wanted = (firms.opens <= low + 24) & (firms.closes >= high)
        if told["industries"]:
            wanted &= np.isin(firms.trade, [self.city.trades.index(code) for code in told["industries"]])
        fit = np.flatnonzero(wanted)
        return fit[np.argsort(firms.rank[fit])][: told["count"]]

    def _picked(
        self, told: dict[str, Any], count: int, month: int, found: dict[str, Coded], owners: Ints | None,
        chance: np.random.Generator,
    ) -> Coded:  # fmt: skip
        if "text" in told:
            numbers = np.arange(count) + 1 if not told["count"] else chance.integers(1, told["count"] + 1, count)
            if month and not told["count"]:
                numbers = month * 1000 + numbers  # names of what is new this month
            places = found.get("county")
            words = [
                told["text"].format(number=number, county=self.names[places.values[place]] if places else "")
                for number, place in zip(numbers.tolist(), places.codes.tolist() if places else numbers, strict=True)
            ]
            values, codes = np.unique(np.array(words, dtype=object), return_inverse=True)
            return Coded(codes, values.tolist())
        if "firm" in told:
            assert owners is not None  # noqa: S101 - a recipe that asks for its firm's industry names firms
            return Coded(self.city.firms.trade[owners], self.city.trades)
        weights: dict[str, float] = (
            world().partners[told["partner"]] if "partner" in told else told.get("weights", told)
        )
        share = np.array(list(weights.values()), dtype=np.float64)
        return Coded(chance.choice(len(share), count, p=share / share.sum()), list(weights))

    def _block(self, month: int, things: dict[str, Any]) -> MonthBlock:
        days = list(range(0, calendar.monthrange(month // 12, month % 12 + 1)[1], self.recipe.get("every", 99)))
        repeat = np.tile(np.arange(things["count"]), len(days))
        chance = generator(self.seed, self.tag, 2, month)
        columns: dict[str, Any] = {
            name: Coded(column.codes[repeat], column.values) for name, column in things["columns"].items()
        }
        period = self.dataset.period
        if self.dataset.columns[period].type == "date":
            columns[period] = self._days(month, days, repeat, chance)
        for name, weights in self.recipe.get("vary", {}).items():
            share = np.array(list(weights.values()), dtype=np.float64)
            columns[name] = Coded(chance.choice(len(share), len(repeat), p=share / share.sum()), list(weights))
        exact: dict[str, Floats] = {}
        for name, told in self.recipe["sizes"].items():
            exact[name] = self._sizes(told, month, things, repeat, name, exact, columns, chance)
            unit = 10 ** self.dataset.columns[name].scale
            columns[name] = np.maximum(1, np.rint(exact[name] * unit)).astype(np.int64)
        return MonthBlock(yyyymm(month), columns)

    def _days(self, month: int, days: list[int], repeat: Ints, chance: np.random.Generator) -> NDArray[np.datetime64]:
        first = np.datetime64(date(month // 12, month % 12 + 1, 1), "D")
        if "every" in self.recipe:
            return first + np.repeat(np.array(days), len(repeat) // len(days)).astype("timedelta64[D]")
        return first + chance.integers(0, 28, len(repeat)).astype("timedelta64[D]")

    def _sizes(
        self, told: dict[str, Any], month: int, things: dict[str, Any], repeat: Ints, name: str,
        exact: dict[str, Floats], columns: dict[str, Any], chance: np.random.Generator,
    ) -> Floats:  # fmt: skip
        noise = np.exp(told.get("noise", 0.0) * chance.standard_normal(len(repeat)))
        if "of" in told:
            return np.asarray(exact[told["of"]] / told["per"] * noise, dtype=np.float64)
        base = month_number(f"{recipes()['base_year']}-07")
        grown = (1 + told.get("growth", 0.0) / 100) ** ((month - base) / 12)
        size = things["sizes"][name][repeat] * noise * grown
        if "total" in told:
            season = recipes()["season"][told["season"]]
            return np.asarray(size * told["total"] * season[month % 12] / sum(season) / size.sum() * grown)
        if "by" in told:
            for column, heights in told["by"].items():
                size *= np.array([heights[value] for value in columns[column].values])[columns[column].codes]
            return np.asarray(size, dtype=np.float64)
        return np.asarray(size * told["level"], dtype=np.float64)
