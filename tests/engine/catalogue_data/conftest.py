"""The project's own tables of official figures, read as the lake reads them."""

from __future__ import annotations

import csv
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

import commercebrain
from commercebrain.engine.catalogue import Catalogue, load_catalogue
from commercebrain.engine.observations import Observation

CATALOGUE = Path(commercebrain.__file__).parent / "catalogue"


def _number(text: str) -> Decimal | None:
    return Decimal(text) if text else None


def read_observations() -> list[Observation]:
    """Every row of ``catalogue/observations``, in file order."""
    rows: list[Observation] = []
    for path in sorted((CATALOGUE / "observations").glob("*.csv")):
        with path.open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                value, growth = _number(row.pop("value")), _number(row.pop("growth"))
                published = date.fromisoformat(row.pop("published"))
                taken_in = date.fromisoformat(row.pop("taken_in"))
                rows.append(Observation(value=value, growth=growth, published=published, taken_in=taken_in, **row))
    return rows


@pytest.fixture(scope="session")
def catalogue() -> Catalogue:
    return load_catalogue()


@pytest.fixture(scope="session")
def official() -> list[Observation]:
    return read_observations()


@pytest.fixture(scope="session")
def regions() -> list[dict[str, str]]:
    with (CATALOGUE / "codes" / "regions.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))
