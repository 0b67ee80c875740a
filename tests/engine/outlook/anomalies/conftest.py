"""A small invented city with three years of months, whose last month knows a fall in one county."""

from __future__ import annotations

import pytest

from commercebrain.engine.catalogue import Catalogue, load_catalogue
from commercebrain.engine.indicators.reach import ALL, Reach
from commercebrain.engine.indicators.sources import Sources
from commercebrain.engine.indicators.store import Rows
from commercebrain.engine.simulate.write import simulate

CITY = "990100"
EXPORTS = "customs_export_value"
EVERYTHING = Reach(ALL, "confidential")
#: Who has no clearance for firms: declared tables only.
UNCLEARED = Reach.by_classification(public=ALL, internal=frozenset({CITY}))


@pytest.fixture(scope="package")
def city(tmp_path_factory: pytest.TempPathFactory) -> Sources:
    root = tmp_path_factory.mktemp("city")
    simulate(root, 50_000, 0, "2022-07", "2025-06", 500)
    return Sources(Rows([]), root)


@pytest.fixture(scope="package")
def catalogue() -> Catalogue:
    return load_catalogue()
