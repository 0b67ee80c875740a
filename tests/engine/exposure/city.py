"""A city of five firms whose exposure is computed by hand."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any

import numpy as np
from tests.engine.rollups.lines import Line

from commercebrain.engine.exposure.base import Tier, TradeBase, made
from commercebrain.engine.lists.rows import ProductRow

#: firm, product, partner, value in 元
LINES: list[tuple[str, str, str, int]] = [
    ("A", "8471300000", "USA", 1000),
    ("A", "8471300000", "DEU", 500),
    ("A", "8471410000", "USA", 200),
    ("B", "8471300000", "USA", 300),
    ("B", "8501100000", "CAN", 70),
    ("C", "8501109101", "USA", 40),
    ("C", "9503006000", "DEU", 900),
    ("D", "9503006000", "JPN", 5000),
    ("E", "8501200000", "USA", 10),
    ("E", "8501200000", "USA", 20),
]
PLACES = {
    "A": ("990101", "东门街道"),
    "B": ("990101", "西门街道"),
    "C": ("990102", "南塘镇"),
    "D": ("990103", "北山镇"),
    "E": ("990102", ""),
}
JOBS = {"A": 120, "B": 40, "C": 15, "D": 300}


def base_of(lines: Sequence[tuple[str, str, str, int]] = LINES, **facts: Any) -> TradeBase:
    """A base of lines as they come; codes are given in the order of first appearance."""
    firms, products, countries = (list(dict.fromkeys(line[n] for line in lines)) for n in range(3))
    told: dict[str, Any] = {"tier": Tier.CUSTOMS, "span": (202407, 202506), "months": tuple(range(202407, 202413))}
    return made(
        firms=firms,
        products=products,
        countries=countries,
        firm=np.array([firms.index(line[0]) for line in lines], np.int64),
        product=np.array([products.index(line[1]) for line in lines], np.int64),
        country=np.array([countries.index(line[2]) for line in lines], np.int64),
        value=np.array([line[3] for line in lines], np.int64),
        **{**told, **facts},
    )


def row(
    digits: str, partner: str = "USA", rate: float | None = None, nomenclature: str = "CN", **more: Any
) -> ProductRow:
    return ProductRow(digits, nomenclature, "2022", partner, rate, **more)


def shuffled(items: Sequence[Any], seed: int) -> list[Any]:
    out = list(items)
    random.Random(seed).shuffle(out)
    return out


def line(uscc: str, hs10: str, country: str, value: int, flow: str = "export", county: str = "990101") -> Line:
    return Line(uscc, hs10, country, "0110", flow, county, 1000, value, value // 7)
