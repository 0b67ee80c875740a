"""What is declared of the invented city (``catalogue/simulation/*.yaml``), read once."""

from __future__ import annotations

import calendar
import csv
import re
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from commercebrain.engine.errors import UserError
from commercebrain.engine.yaml_text import read_yaml

FLOWS = ("export", "import")
FLOW_INDEX = {"export": 0, "import": 1}


def month_number(text: str | int) -> int:
    """A month as a running number (months since year 0): from "2024-05", 202405 or "202405".

    Raises :class:`UserError` (``simulate.month``) for anything else.
    """
    if found := re.fullmatch(r"([12]\d{3})-?(0[1-9]|1[0-2])", str(text).strip(), re.ASCII):
        return int(found[1]) * 12 + int(found[2]) - 1
    raise UserError(
        "simulate.month",
        f"“{text}”不是月份，请写成 2025-06 这样的形式。",
        f"“{text}” is not a month; write it like 2025-06.",
    )


def yyyymm(number: int) -> int:
    """The month of a running number as yyyymm."""
    return number // 12 * 100 + number % 12 + 1


@dataclass(frozen=True)
class World:
    """The declarations, each as its file has it."""

    city: dict[str, Any]
    partners: dict[str, Any]
    trades: dict[str, Any]
    products: dict[str, Any]
    shocks: dict[str, Any]
    registry: dict[str, Any]
    countries: tuple[str, ...]

    @property
    def counties(self) -> list[str]:
        """Codes of the counties in order."""
        return [row["code"] for row in self.registry["counties"]]

    @property
    def years(self) -> tuple[int, int]:
        """The first and the last year of which totals are declared."""
        known = [self.city["base"]["year"], *self.city["growth"]]
        return min(known), max(known)

    def span(self, first: str | int = "", last: str | int = "") -> tuple[int, int]:
        """The months from first to last as running numbers; the default span where nothing is given.

        Raises :class:`UserError` (``simulate.span``) when they are in the wrong order or no totals are declared.
        """
        usual = self.city["default_span"]
        begin, end = month_number(first or usual[0]), month_number(last or usual[1])
        low, high = self.years
        if begin > end or begin // 12 < low or end // 12 > high:
            raise UserError(
                "simulate.span",
                f"示例市的月份应在{low}年1月至{high}年12月之间，且起始月不晚于截止月；给的是{yyyymm(begin)}至{yyyymm(end)}。",
                f"Months of the invented city lie between {low}-01 and {high}-12, the first not after the last; "
                f"given were {yyyymm(begin)} to {yyyymm(end)}.",
            )
        return begin, end

    def yearly_total(self, flow: str, year: int) -> int:
        """What the city trades in a year, in yuan: declared for the base year, by declared growth around it."""
        base = self.city["base"]
        total = int(base[flow])
        for step in range(base["year"] + 1, year + 1):
            total = round(total * (1 + self.city["growth"][step][flow] / 100))
        for step in range(base["year"] - 1, year - 1, -1):
            total = round(total / (1 + self.city["growth"][step][flow] / 100))
        return total

    def profile(self, flow: str, year: int) -> NDArray[np.float64]:
        """Shares of a year's twelve months: season, and the Spring Festival where it lies that year. They sum to 1."""
        weights = np.array(self.city["season"][flow]) * [self.festival(year, month) for month in range(1, 13)]
        return np.asarray(weights / weights.sum(), dtype=np.float64)

    def festival(self, year: int, month: int) -> float:
        """What part of a usual month's trade the days of this month carry; 1 away from the Spring Festival."""
        told = self.city["festival"]
        length = told["before"] + told["after"]
        rush = told["dip"] * length * told["ahead"] / told["rush"]
        days = calendar.monthrange(year, month)[1]
        carried = float(days)
        for new_year in self.city["new_year"]:
            start = new_year - timedelta(days=told["before"])
            for step in range(-told["rush"], length):
                day: date = start + timedelta(days=step)
                if (day.year, day.month) == (year, month):
                    carried += rush if step < 0 else -told["dip"]
        return carried / days

    def usd_rate(self, month: int) -> float:
        """Yuan for a US dollar in a month (a running number), on the line through the middles of the years."""
        years = sorted(self.city["usd"])
        middles = [year * 12 + 5.5 for year in years]
        return float(np.interp(month, middles, [self.city["usd"][year] for year in years]))


def _read(folder: Traversable, name: str) -> dict[str, Any]:
    told: dict[str, Any] = read_yaml((folder / name).read_text(encoding="utf-8"))
    return told


@lru_cache(maxsize=1)
def world() -> World:
    """The declared world."""
    catalogue = files("commercebrain.catalogue")
    here = catalogue / "simulation"
    with (catalogue / "codes" / "countries.csv").open(encoding="utf-8") as lines:
        countries = tuple(row["code"] for row in csv.DictReader(lines))
    return World(
        city=_read(here, "city.yaml"),
        partners=_read(here, "partners.yaml"),
        trades=_read(here, "trades.yaml"),
        products=_read(here, "products.yaml"),
        shocks=_read(here, "shocks.yaml"),
        registry=_read(catalogue / "registry", "simulation.yaml"),
        countries=countries,
    )
