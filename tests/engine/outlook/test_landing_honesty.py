"""Whether landings keep what they say: told in the middle of years that are long over, beside what came.

The rival is the landing as it was before months were forecast (:mod:`.plain_landing`), on the very same cases.
"""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from pathlib import Path
from statistics import NormalDist, mean

import numpy as np
import pytest
from numpy.typing import NDArray
from tests.engine.outlook import plain_landing
from tests.engine.outlook.ningbo_promises import NINGBO, PROMISES, known, official

from commercebrain.engine.indicators import Snapshot
from commercebrain.engine.lake import Lake
from commercebrain.engine.outlook import Settings, assess, landing
from commercebrain.engine.outlook.distribution import Distribution
from commercebrain.engine.outlook.evidence import Evidence

SHARED = Path(__file__).parents[4] / "shared" / "data"
USA = SHARED / "trade_series" / "us_imports_by_country_hs2_monthly_2013_2021.csv"
EXPORTS = SHARED / "trade_series" / "us_exports_to_china_hs4_monthly_2013_2020.csv"
CHINA = SHARED / "macro" / "china_exports_imports_monthly_1983_2013.csv"
LEVELS = (0.025, 0.1, 0.25, 0.5, 0.75, 0.9, 0.975)
#: The smallest series looked at: 100 million dollars a year.
LEAST = 1e8
Years = NDArray[np.float64]
D = Decimal


@dataclass
class Score:
    """How a method did: hits of its bands, interval score and pinball loss as parts of the true value."""

    inside80: list[bool] = field(default_factory=list)
    inside95: list[bool] = field(default_factory=list)
    interval: list[float] = field(default_factory=list)
    pinball: list[float] = field(default_factory=list)

    def add(self, found: Distribution, truth: float) -> None:
        low, high = (float(found.at(z)) for z in (-landing.Z80, landing.Z80))
        self.inside80.append(low <= truth <= high)
        self.inside95.append(float(found.at(-landing.Z95)) <= truth <= float(found.at(landing.Z95)))
        missed = max(low - truth, 0.0) + max(truth - high, 0.0)
        # A case counts for at most 20 times its true value: one exploded band must not decide.
        self.interval.append(min((high - low + 10 * missed) / truth, 20.0))
        told = [(level, truth - float(found.at(NormalDist().inv_cdf(level)))) for level in LEVELS]
        self.pinball.append(min(mean(max(level * gap, (level - 1) * gap) for level, gap in told) / truth, 2.0))


def evidence(years: Years, first: int, now: int, month: int, back: int) -> Evidence:
    """What is known when ``month`` of year number ``now`` has come in, with ``back`` full years before it."""
    full: dict[int, Decimal] = {}
    running: dict[tuple[int, int], Decimal] = {}
    months: dict[tuple[int, int], Decimal] = {}
    for year in range(max(now - back, 0), now + 1):
        total = D(0)
        for number in range(1, (month if year == now else 12) + 1):
            months[first + year, number] = D(repr(float(years[year, number - 1])))
            total += months[first + year, number]
            running[first + year, number] = total
        if year < now:
            full[first + year] = total
    rates = {year: value / full[year - 1] - 1 for year, value in full.items() if year - 1 in full}
    return Evidence(full, running, months, {}, {}, rates, {}, {}, (), (), ())


def american() -> Iterator[tuple[tuple[str, str], Years]]:
    if not USA.exists():
        pytest.skip("needs ../shared/data/trade_series, which is not here")
    found: dict[tuple[str, str], dict[str, float]] = defaultdict(dict)
    with USA.open(encoding="utf-8") as lines:
        for row in csv.DictReader(lines):
            found[row["partner"], row["hs2"]][row["month"]] = float(row["value_usd"])
    labels = [f"{year}-{month:02d}" for year in range(2013, 2021) for month in range(1, 13)]
    for key, months in sorted(found.items()):
        values = np.array([months.get(label, np.nan) for label in labels]).reshape(8, 12)
        if (values > 0).all() and values.sum() > 8 * LEAST:
            yield key, values


def exported() -> Iterator[Years]:
    """United States exports to China by heading: the measured constants never saw them."""
    if not EXPORTS.exists():
        pytest.skip("needs ../shared/data/trade_series, which is not here")
    found: dict[str, dict[str, float]] = defaultdict(dict)
    with EXPORTS.open(encoding="utf-8") as lines:
        for row in csv.DictReader(lines):
            found[row["hs4"]][row["month"]] = float(row["value_usd"])
    labels = [f"{year}-{month:02d}" for year in range(2013, 2020) for month in range(1, 13)]
    for _, months in sorted(found.items()):
        values = np.array([months.get(label, np.nan) for label in labels]).reshape(7, 12)
        if (values > 0).all() and values.sum() > 7 * LEAST:
            yield values


def chinese() -> Iterator[Years]:
    if not CHINA.exists():
        pytest.skip("needs ../shared/data/macro, which is not here")
    with CHINA.open(encoding="utf-8") as lines:
        rows = [row for row in csv.DictReader(lines) if "1990" <= row["month"][:4] <= "2013"]
    for flow in ("exports", "imports"):
        values = np.array([float(row[flow]) for row in rows])
        yield values[: len(values) // 12 * 12].reshape(-1, 12)


def scores(series: list[Years], month: int, back: int, ahead: int = 0) -> tuple[Score, Score]:
    """Of the landing and of its rival, over every year of every series."""
    ours, rival = Score(), Score()
    for years in series:
        for now in range(back, len(years) - ahead):
            seen = evidence(years, 2000, now, month, back)
            told = landing.forecast(seen, 2000 + now + ahead, additive=False, settings=Settings())
            plain = plain_landing.forecast(
                seen, 2000 + now + ahead, additive=False, settings=Settings(floor_growth=0.10)
            )
            assert told is not None
            if plain is None:  # one year before this one gives the plain method no growth to go by
                continue
            truth = float(years[now + ahead].sum())
            ours.add(told, truth)
            rival.add(plain, truth)
    return ours, rival


@pytest.mark.slow
@pytest.mark.parametrize("back", [1, 2, 4])
@pytest.mark.parametrize("month", [3, 6, 9])
def test_bands_told_within_a_year_hold_and_score_better_than_the_plain_ones(month: int, back: int) -> None:
    known_series = list(american())
    chapters = [years for (_, chapter), years in known_series if chapter != "00"][::6]
    # Headings of exports to one country are far noisier than any region's total, and no constant was measured on them.
    cases = (
        ("imports", chapters, 0.66, 1.0, 1.0),
        ("exports", list(exported())[::2], 0.54, 1.05, 1.3),
        ("China", list(chinese()), 0.66, 1.0, 1.0),
    )
    for name, series, least, interval, pinball in cases:
        ours, rival = scores(series, month, back)
        told = [mean(x) for x in (ours.inside80, ours.inside95, rival.inside80)]
        told += [mean(x) for x in (ours.interval, rival.interval, ours.pinball, rival.pinball)]
        print(f"\n{name}, month {month}, {back} years, {len(ours.interval)} cases:", *(f"{x:.4f}" for x in told))
        assert least <= mean(ours.inside80) <= 0.92
        assert mean(ours.inside95) >= least + 0.2
        assert mean(ours.interval) < interval * mean(rival.interval)
        assert mean(ours.pinball) < pinball * mean(rival.pinball)


@pytest.mark.slow
@pytest.mark.parametrize("back", [2, 3, 4])
def test_the_year_after_is_told_better_than_by_the_plain_average_growth(back: int) -> None:
    known_series = list(american())
    chapters = [years for (_, chapter), years in known_series if chapter != "00"][::6]
    ours, rival = scores([*chapters, *chinese()], 6, back, ahead=1)
    print(
        back, len(ours.interval), mean(ours.inside80), mean(rival.inside80), mean(ours.interval), mean(rival.interval)
    )
    assert 0.65 <= mean(ours.inside80) <= 0.95
    assert mean(ours.interval) < mean(rival.interval)
    assert mean(ours.pinball) < mean(rival.pinball)


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return official(tmp_path_factory.mktemp("official") / "lake")


def test_what_was_told_of_ningbo_in_july_2025_held_when_the_year_was_out(lake: Path) -> None:
    # 14,562 亿元, the statistical bulletin of 2025, published in 2026.
    snapshot = Snapshot(Lake(lake), date(2025, 7, 21))
    series, helped_by = known(snapshot, "trade_value")(date(2025, 7, 21))
    found = assess(PROMISES[0].terms, series, on=date(2025, 7, 21), helped_by=helped_by).landing
    assert found is not None
    assert found.low80 < 14562 < found.high80


@pytest.mark.parametrize("region", ["100000", "330000", "330100", NINGBO, "330700"])
@pytest.mark.parametrize("code", ["trade_value", "export_value", "import_value"])
def test_years_told_from_july_on_lie_within_the_wide_bands(lake: Path, region: str, code: str) -> None:
    from tests.engine.outlook.ningbo_promises import PUBLIC, catalogue

    from commercebrain.engine.indicators import history
    from commercebrain.engine.outlook import TargetTerms
    from commercebrain.engine.outlook.parts_and_peers import beside

    day, end = date(2024, 8, 20), date(2025, 2, 1)
    snapshot = Snapshot(Lake(lake), end)

    def ask(name: str, place: str, on: date = day):  # type: ignore[no-untyped-def]
        return history(snapshot, catalogue(), name, place, reach=PUBLIC, as_of=on)

    series = ask(code, region)
    full = {f.period.year: f for f in ask(code, region, end) if f.period.kind == "year" and f.value is not None}
    if not any(f.period.kind == "year" and f.value is not None for f in series):
        pytest.skip("no full year was known in 2024, so nothing was told")
    terms = TargetTerms(kind="level", direction="up", value=D(1), unit=full[2024].unit, target_year=2024)
    helped_by = beside(snapshot, catalogue(), code, region, day, ask)
    from commercebrain.engine.outlook.evidence import beside as joined
    from commercebrain.engine.outlook.evidence import gather

    found = landing.forecast(
        joined(gather(series, terms, day), helped_by, terms, day), 2024, additive=False, settings=Settings()
    )
    assert found is not None
    assert full[2024].value is not None
    assert found.at(-landing.Z95) < full[2024].value < found.at(landing.Z95)
