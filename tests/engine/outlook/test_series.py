"""From figures to arrays: every number as every other reader sees it, NaN where nothing is known."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest
from tests.engine.indicators import city

from commercebrain.engine.catalogue import Catalogue, Indicator, load_catalogue
from commercebrain.engine.errors import UserError
from commercebrain.engine.indicators.reach import ALL, Reach
from commercebrain.engine.indicators.sources import Sources
from commercebrain.engine.indicators.store import Rows
from commercebrain.engine.observations import Observation
from commercebrain.engine.outlook import series as module
from commercebrain.engine.outlook.series import SeriesSet, series_set
from commercebrain.engine.working.store import refresh_dataset

EVERYTHING = Reach(ALL, "confidential")
LATE = date(2025, 7, 21)
EXPORTS = "customs_export_value"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("city")


@pytest.fixture(scope="module")
def lines(home: Path) -> list[city.Line]:
    made = city.build(home, count=200, first=202201, last=202406)
    refresh_dataset(home, "declaration_lines")
    return made


def of_records(home: Path, **more: object) -> SeriesSet:
    asked: dict[str, object] = {"as_of": LATE, "reach": EVERYTHING} | more
    return series_set(Sources(Rows([]), home), load_catalogue(), EXPORTS, "990100", **asked)  # type: ignore[arg-type]


def expected_of(lines: list[city.Line], column: str) -> dict[tuple[str, int], int]:
    found: dict[tuple[str, int], int] = defaultdict(int)
    for line in lines:
        if line["flow"] == "export":
            found[line[column], line["month"]] += line["value_cny"]
    return found


def test_the_array_holds_the_sums_of_the_lines_by_key_and_month(home: Path, lines: list[city.Line]) -> None:
    found = of_records(home, by=("county",), last=202406, months=30)
    expected = expected_of(lines, "county")
    assert (found.first, found.last, found.unit, found.synthetic) == (202201, 202406, "亿元", True)
    assert sorted(found.keys) == [(code,) for code in city.COUNTIES]
    for row, (county,) in enumerate(found.keys):
        for at, month in enumerate(found.labels()):
            if month == city.MISSING:
                assert np.isnan(found.values[row, at])
            else:
                assert found.values[row, at] == pytest.approx(expected[county, month] / 1e8, rel=1e-12)


def test_without_a_last_month_the_series_ends_with_the_newest_month_known(home: Path, lines: list[city.Line]) -> None:
    assert of_records(home, months=12).last == 202406
    assert of_records(home, months=12, as_of=date(2024, 3, 20)).last == 202402
    assert of_records(home, months=12).by == () and of_records(home, months=12).keys == [()]


def test_a_month_sent_twice_counts_once_in_the_vintage_of_the_day(home: Path, lines: list[city.Line]) -> None:
    first = city.make_lines(city.RESTATED, 200, 7)
    second = [line for line in lines if line["month"] == city.RESTATED]
    told = []
    for day in (date(2024, 2, 1), LATE):
        found = of_records(home, as_of=day, last=city.RESTATED, months=3)
        told.append(found.values[0, -1] * 1e8)
    sums = [sum(n["value_cny"] for n in some if n["flow"] == "export") for some in (first, second)]
    assert told == pytest.approx(sums, rel=1e-12)


def test_two_lines_of_one_published_month_are_one_figure_and_the_later_publication_wins(
    monthly: Callable[..., Observation], catalogue: Catalogue, tmp_path: Path
) -> None:
    rows = [
        monthly("2025-04", "100", published=date(2025, 5, 18)),
        monthly("2025-04", "103", published=date(2025, 6, 18), flag="revised"),
        monthly("2025-05", "110", published=date(2025, 6, 18)),
    ]
    told = [observed(catalogue, rows, tmp_path, as_of=day, months=2) for day in (date(2025, 6, 1), LATE)]
    assert [one.values[0].tolist() for one in told] == [[pytest.approx(np.nan, nan_ok=True), 100.0], [103.0, 110.0]]


def test_before_its_first_line_a_series_is_unknown_and_after_it_a_month_without_lines_is_zero(tmp_path: Path) -> None:
    for month in (202401, 202402, 202403, 202404):
        made = city.make_lines(month, 5, 1)
        for line in made:
            line |= {"flow": "export", "county": "990101"}
        if month in (202402, 202404):
            made[0] |= {"county": "990102", "value_cny": 5_000_000}
        city.write(tmp_path, made)
    found = of_records(tmp_path, by=("county",), months=4)
    row = found.keys.index(("990102",))
    assert np.isnan(found.values[row, 0])
    assert found.values[row, 1:].tolist() == [0.05, 0.0, 0.05]


def test_asked_in_pieces_the_answer_is_the_same(
    home: Path, lines: list[city.Line], monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = of_records(home, by=("uscc",), months=30)
    monkeypatch.setattr(module, "AT_ONCE", 150)
    pieces = of_records(home, by=("uscc",), months=30)
    order = [pieces.keys.index(key) for key in whole.keys]
    np.testing.assert_array_equal(whole.values, pieces.values[order])
    assert len(pieces) == len(whole)


def test_outside_the_reach_there_is_no_number_and_a_note_says_so(home: Path, lines: list[city.Line]) -> None:
    own = Reach(frozenset({"990101"}), "confidential")
    found = series_set(Sources(Rows([]), home), load_catalogue(), EXPORTS, "990102", months=6, as_of=LATE, reach=own)
    assert np.isnan(found.values).all()
    assert any("outside what you may see" in note.en for note in found.notes)


def test_withheld_cells_are_unknown_and_counted_in_a_note(home: Path, lines: list[city.Line]) -> None:
    clerk = Reach(ALL, "internal")
    open_, masked = (of_records(home, by=("country",), months=12, reach=one) for one in (EVERYTHING, clerk))
    shown = dict(zip(masked.keys, masked.values, strict=True))
    gone = 0
    for key, row in zip(open_.keys, open_.values, strict=True):
        mine = shown[key]
        same = np.isfinite(mine)
        np.testing.assert_array_equal(mine[same], row[same])
        gone += int((np.isfinite(row) & ~same).sum())
    assert gone > 0
    assert any("withheld" in note.en for note in masked.notes)


# -- published figures


@pytest.fixture
def catalogue() -> Catalogue:
    one = Indicator.model_validate(
        {
            "code": "trade_value", "name": {"zh": "进出口", "en": "Trade"}, "definition": {"zh": "进出口", "en": "Trade"},
            "unit": "亿元", "kind": "annual_flow", "adds": {"time": "sum", "place": "sum"}, "better": "higher",
            "area": "trade", "source": [{"doc": "plan.txt", "clause": "一"}], "dataset": "observations", "lag_days": 20,
        }
    )  # fmt: skip
    return Catalogue(indicators={"trade_value": one})


@pytest.fixture
def monthly() -> Callable[..., Observation]:
    def make(period: str, value: str, **more: object) -> Observation:
        published = more.pop("published", date(2025, 1, 18))
        fields: dict[str, object] = {
            "indicator": "trade_value", "region": "330200", "period": period, "value": Decimal(value),
            "unit": "亿元", "published": published, "taken_in": published, "source": "customs",
        }  # fmt: skip
        return Observation(**(fields | more))  # type: ignore[arg-type]

    return make


def observed(catalogue: Catalogue, rows: list[Observation], home: Path, **more: object) -> SeriesSet:
    asked: dict[str, object] = {"as_of": LATE, "reach": EVERYTHING} | more
    return series_set(Sources(Rows(rows), home), catalogue, "trade_value", "330200", **asked)  # type: ignore[arg-type]


def test_a_month_that_was_not_published_is_the_difference_of_running_totals(
    monthly: Callable[..., Observation], catalogue: Catalogue, tmp_path: Path
) -> None:
    rows = [monthly("2024-01..03", "30"), monthly("2024-01..04", "42"), monthly("2024-05", "11")]
    found = observed(catalogue, rows, tmp_path, last=202405, months=5)
    assert np.isnan(found.values[0, :3]).all()
    assert found.values[0, 3:].tolist() == [12.0, 11.0]
    assert any("derived" in note.en for note in found.notes)


def test_january_and_february_published_together_are_never_split(
    monthly: Callable[..., Observation], catalogue: Catalogue, tmp_path: Path
) -> None:
    rows = [monthly("2024-01..02", "21"), monthly("2024-03", "12"), monthly("2025-01", "9"), monthly("2025-02", "8")]
    found = observed(catalogue, rows, tmp_path, last=202503, months=15)
    assert np.isnan(found.values[0, :2]).all()
    assert found.values[0, 12:14].tolist() == [9.0, 8.0]
    assert found.joined[0, 1] == 21.0 and np.isfinite(found.joined).sum() == 1
    assert any("only together" in note.en for note in found.notes)


def test_the_series_of_an_indicator_without_figures_is_unknown_throughout(catalogue: Catalogue, tmp_path: Path) -> None:
    found = observed(catalogue, [], tmp_path, months=24)
    assert (found.last, len(found)) == (202506, 1)
    assert np.isnan(found.values).all()


def test_a_length_or_a_month_that_cannot_be_is_told_in_a_sentence(catalogue: Catalogue, tmp_path: Path) -> None:
    for more, code in (({"months": 0}, "series.months"), ({"last": 202513}, "series.month")):
        with pytest.raises(UserError) as fault:
            observed(catalogue, [], tmp_path, **more)
        assert fault.value.code == code
