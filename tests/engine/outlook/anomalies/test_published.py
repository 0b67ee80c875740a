"""Published figures: the same verdicts where no records are held, and parts that were not published told as the rest."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest
from tests.engine.outlook.anomalies.conftest import EVERYTHING

from commercebrain.engine.catalogue import Catalogue
from commercebrain.engine.indicators.sources import Sources
from commercebrain.engine.indicators.store import Rows
from commercebrain.engine.observations import Observation
from commercebrain.engine.outlook.anomalies import Found, anomalies

COUNTIES = ("990101", "990102", "990103", "990104", "990105", "990106")
DAY = date(2025, 7, 21)


def published(silent: str = "") -> list[Observation]:
    """Monthly exports of a city and its counties from 2022 on; one county falls to a third in the last month."""
    rng = np.random.default_rng(11)
    rows = []
    for n in range(42):
        period = f"{2022 + n // 12}-{n % 12 + 1:02d}"
        parts = {code: 10.0 * (k + 1) * np.exp(0.05 * rng.standard_normal()) for k, code in enumerate(COUNTIES)}
        if n == 41:
            parts["990104"] *= 0.35
        for region, value in (*parts.items(), ("990100", sum(parts.values()))):
            if region != silent:
                on = date(2022 + (n + 1) // 12, (n + 1) % 12 + 1, 18)
                rows.append(Observation(
                    indicator="export_value", region=region, period=period, unit="亿元", source="customs",
                    value=Decimal(f"{value:.4f}"), published=on, taken_in=on,
                ))  # fmt: skip
    return rows


def ask(rows: list[Observation], catalogue: Catalogue, home: Path, by: tuple[str, ...] = ()) -> Found:
    sources = Sources(Rows(rows), home)
    return anomalies(sources, catalogue, "export_value", "990100", by, reach=EVERYTHING, as_of=DAY)


def test_the_county_that_fell_made_the_gap_of_the_city(catalogue: Catalogue, tmp_path: Path) -> None:
    found = ask(published(), catalogue, tmp_path)
    (city,) = found.anomalies
    assert (city.kind, found.month) == ("drop", 202506)
    (made,) = city.breakdowns
    first = made.parts[0]
    assert (made.dimension, first.key, first.words.zh) == ("region", "990104", "丁市")
    assert first.share == pytest.approx(1.0, abs=0.5)
    assert sum(part.gap for part in made.parts) == pytest.approx(city.gap)
    assert "丁市" in city.sentence.zh and "Ding City" in city.sentence.en


def test_of_the_counties_only_the_one_that_fell_is_told(catalogue: Catalogue, tmp_path: Path) -> None:
    found = ask(published(), catalogue, tmp_path, ("region",))
    assert found.anomalies[0].key == ("990104",) and found.anomalies[0].rank == 0
    assert found.anomalies[0].change == pytest.approx(-0.65, abs=0.08)


def test_a_county_that_does_not_publish_is_the_rest(catalogue: Catalogue, tmp_path: Path) -> None:
    (city,) = ask(published(silent="990104"), catalogue, tmp_path).anomalies
    (made,) = city.breakdowns
    (rest,) = [part for part in made.parts if part.kind == "withheld"]
    assert rest.share > 0.6 and rest.key == "" and "未公布" in rest.words.zh
    assert sum(part.gap for part in made.parts) == pytest.approx(city.gap)
    assert "未公布或不予显示的其余部分占" in city.sentence.zh
