"""The questions that every engine must answer alike: shipped indicators × transforms × break-downs, and how answers are
compared: integers equal, ratios within 1e-12 of each other."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import numpy as np

from commercebrain.engine.catalogue import Catalogue, Indicator, load_catalogue
from commercebrain.engine.errors import UserError
from commercebrain.engine.indicators.counting import counted
from commercebrain.engine.indicators.engines import Engine
from commercebrain.engine.indicators.logical import dimensions
from commercebrain.engine.indicators.reach import ALL, Reach
from commercebrain.engine.indicators.request import NOWHERE, Request
from commercebrain.engine.indicators.sources import Sources
from commercebrain.engine.indicators.store import Rows
from commercebrain.engine.indicators.table import FigureTable
from commercebrain.engine.indicators.tables import table
from commercebrain.engine.indicators.transforms import TRANSFORMS

REACH = Reach(ALL, "confidential")
TODAY = date(2025, 7, 21)
WITHIN = 1e-12
#: Break-downs of every dataset that has the columns; "" is the whole region.
BREAKDOWNS = ("", "county", "country", "county,country", "hs2", "mode", "uscc")
#: Transforms that need figures of observations beside (prices, rates); they have tests of their own.
BESIDE = ("real", "convert")
#: What a transform is asked with.
OPTIONS = {"index": {"base": "2023"}, "crn": {"n": "3"}, "moving_avg": {"window": "3"}}


def of_records(catalogue: Catalogue) -> list[Indicator]:
    """Every shipped indicator that is counted from records, formulas too, in the order of their codes."""
    found = [one for one in catalogue.indicators.values() if counted(catalogue, one) is not None]
    return sorted(found, key=lambda one: one.code)


def request(indicator: Indicator, transform: str, by: str, period: str = "2024-01:2024-04") -> Request:
    """One question of the suite."""
    names = tuple(filter(None, by.split(",")))
    if TRANSFORMS[transform].dimension == "part" and not names:
        names = ("county",)
    first, _, last = period.partition(":")
    options = OPTIONS.get(transform, {})
    region = NOWHERE if indicator.code.startswith("us_") else "990100"  # imports of another country have no place here
    return Request(
        indicator.code, region, first, last or first, by=names, transform=transform, options=options, as_of=TODAY
    )


def questions(catalogue: Catalogue, *, each: int) -> Iterator[Request]:
    """For every indicator ``each`` questions, the pairs of transform and break-down taken in turn, so that all pairs are
    asked of one indicator or another. ``each`` 0: every question there is."""
    asked = [code for code in TRANSFORMS if code not in BESIDE]
    turn = itertools.cycle(itertools.product(BREAKDOWNS, asked))
    many = len(BREAKDOWNS) * len(asked)
    for indicator in of_records(catalogue):
        what = counted(catalogue, indicator)
        assert what is not None
        able = {*dimensions(what.dataset), ""}
        taken = 0
        for by, transform in itertools.islice(turn, many):
            if not set(by.split(",")) <= able or not TRANSFORMS[transform].takes(indicator):
                continue
            yield request(indicator, transform, by)
            taken += 1
            if taken == each:
                break


def ask(
    root: Path, asked: Request, engine: Engine, *, rollups: bool = False, catalogue: Catalogue | None = None
) -> FigureTable | str:
    """The answer, or the code of the sentence that says why there is none (every engine must say the same)."""
    sources = Sources(Rows([]), root)
    try:
        return table(sources, catalogue or load_catalogue(), asked, reach=REACH, engine=engine, rollups=rollups)
    except UserError as fault:
        return fault.code


def differences(one: FigureTable | str, other: FigureTable | str) -> list[str]:
    """What differs between two answers to the same question; nothing when they are the same."""
    if isinstance(one, str) or isinstance(other, str):
        told = [answer if isinstance(answer, str) else f"{len(answer)} rows" for answer in (one, other)]
        return [] if told[0] == told[1] else [" and ".join(told)]
    if len(one) != len(other):
        return [f"{len(one)} and {len(other)} rows"]
    found = []
    for name, here in one.columns.items():
        there = other.columns[name]
        if here.dtype.kind == "U":
            same = bool((here == there).all())
        else:
            masks = np.ma.getmaskarray(here), np.ma.getmaskarray(there)
            a, b = np.ma.filled(here, 0), np.ma.filled(there, 0)
            same = bool((masks[0] == masks[1]).all())
            if here.dtype.kind == "i" and there.dtype.kind == "i":
                same = same and bool((a == b).all())
            else:
                same = same and bool((np.abs(a - b) <= WITHIN * np.maximum(np.abs(a), np.abs(b))).all())
        if not same:
            at = int(np.argmax(np.ma.filled(here, 0) != np.ma.filled(there, 0))) if here.dtype.kind != "U" else 0
            found.append(f"{name}: {here[at : at + 3]} and {there[at : at + 3]}")
    return found
