"""Outbound projects as they were filed and made, and how many people firms employ, from the lake."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from commercebrain.engine.expressions import Column
from commercebrain.engine.indicators.vintages import state
from commercebrain.engine.lake.records.schema import record_datasets
from commercebrain.engine.rules.facts.orders import _rows
from commercebrain.engine.rules.facts.position import FactFrame
from commercebrain.engine.rules.facts.series import column
from commercebrain.engine.rules.frame import About

DATASET, BASICS = "odi_projects", "firm_basics"


@dataclass(frozen=True, slots=True)
class Filed:
    """A filing or payment of a project; money in US dollars."""

    filed: date
    uscc: str
    project: str
    country: str
    industry: str
    way: str
    asked: int
    made: int
    county: str


def projects(root: Path | None, on: date) -> tuple[Filed, ...] | None:
    """All filings and payments known on a day, oldest first; None where there is no such data."""
    if root is None or DATASET not in record_datasets():
        return None
    return _projects(str(root), state(root, DATASET), on)


@lru_cache(maxsize=32)
def _projects(root: str, _state: tuple[int, ...], on: date) -> tuple[Filed, ...] | None:
    columns = "filed, uscc, project, country, industry, way, filed_usd, made_usd, county"
    rows, _ = _rows(Path(root), DATASET, on, columns)
    newest: dict[tuple[str, date, str], Filed] = {}
    for filed, uscc, project, country, industry, way, asked, made, county in rows:
        newest[uscc, filed, project] = Filed(
            filed, uscc, project, country, industry or "", way, asked or 0, made or 0, county
        )
    return tuple(sorted(newest.values(), key=lambda one: (one.filed, one.uscc, one.project))) if newest else None


def employment(root: Path | None, on: date) -> tuple[Mapping[str, int], Mapping[str, int]] | None:
    """Employees by firm in the newest year known on a day and in the year before; None where one of them is not known."""
    if root is None or BASICS not in record_datasets():
        return None
    return _employment(str(root), state(root, BASICS), on)


@lru_cache(maxsize=32)
def _employment(
    root: str, _state: tuple[int, ...], on: date
) -> tuple[Mapping[str, int], Mapping[str, int]] | None:  # fmt: skip
    rows, _ = _rows(Path(root), BASICS, on, "uscc, month, employees")
    years: dict[int, dict[str, int]] = {}
    for uscc, month, many in rows:
        if many is not None:
            years.setdefault(int(month) // 100, {})[uscc] = int(many)
    last = max(years, default=0)
    return (years[last], years[last - 1]) if last - 1 in years else None


class ProjectFrame(FactFrame):
    """The frame of outbound projects; keys are ``credit code|project``."""

    subject = "project"

    def subjects(self) -> Sequence[str]:
        """Projects of the counties that are looked at."""
        held = [one for one in projects(self.facts.root, self.facts.on) or () if self.facts.sees(one.county)]
        by: dict[str, list[Filed]] = {}
        for one in held:
            by.setdefault(f"{one.uscc}|{one.project}", []).append(one)
        self._rows = by
        return sorted(by)

    def value(self, name: str, argument: str | None) -> Column | None:
        """A fact of projects, from what was filed up to the frame's day."""
        rows = [[one for one in self._rows[key] if one.filed <= self.at.day] for key in self.keys]
        if name == "list" and argument is not None:
            markets = self.facts.exposures.market_on(argument, [self._rows[key][-1].country for key in self.keys])
            listed = self.facts.lists.listed.get(argument)
            if markets is None and listed is None:
                return None
            firm = np.array([key.split("|")[0] in (listed or ()) for key in self.keys], bool)
            return Column(firm if markets is None else firm | markets, np.ones(len(self.keys), bool))
        if name in ("invested", "filed"):
            of = "made" if name == "invested" else "asked"
            return column(np.array([sum(getattr(x, of) for x in one) if one else np.nan for one in rows], float))
        if name == "months_without_progress":
            day = self.at.day
            return column(np.array([_months(self._moved(one), day) for one in rows], float))
        if name in ("country", "industry", "way", "county"):
            return Column.of([getattr(one[-1], name) or None if one else None for one in rows])
        return None

    def about(self, row: int) -> About:
        """The project, its investor and where it goes."""
        last = self._rows[self.keys[row]][-1]
        return About(
            name=self.facts.name_of(last.project), uscc=last.uscc, county=last.county, region=last.county,
            county_name=self.facts.name_of(last.county), country=last.country, project=last.project,
        )  # fmt: skip

    @staticmethod
    def _moved(rows: Sequence[Filed]) -> date | None:
        """The last day on which money was made, else the first filing."""
        made = [one.filed for one in rows if one.made > 0]
        return max(made) if made else min((one.filed for one in rows), default=None)


def _months(since: date | None, day: date) -> Any:
    return np.nan if since is None else (day.year - since.year) * 12 + day.month - since.month
