"""Forecasts are kept once, whole, with the day whose knowledge they are of, and scored when the truth is there."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from datetime import date
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from tests.engine.indicators import city
from typer.testing import CliRunner

import commercebrain
from commercebrain.cli import app
from commercebrain.engine.catalogue import load_catalogue
from commercebrain.engine.errors import CancelledError, UserError
from commercebrain.engine.foresight.forecasting import forecast
from commercebrain.engine.foresight.result import Floats
from commercebrain.engine.indicators.reach import ALL, Reach
from commercebrain.engine.indicators.sources import Sources
from commercebrain.engine.indicators.store import Rows
from commercebrain.engine.outlook.kept import (
    ForecastTable,
    ForesightPlan,
    backfill,
    foresight_plan,
    keep,
    keep_all,
    kept_forecasts,
    scores,
)
from commercebrain.engine.outlook.kept import store as store_module
from commercebrain.engine.outlook.kept.keeping import fingerprint, naive_and_scale
from commercebrain.engine.outlook.kept.scoring import measures
from commercebrain.engine.outlook.series import series_set
from commercebrain.engine.working.store import refresh_dataset

EVERYTHING = Reach(ALL, "confidential")
TODAY = date(2024, 7, 21)
PLAN = ForesightPlan.model_validate(
    {
        "months": 30,
        "horizon": 3,
        "kept": [{"indicator": "customs_export_value"}, {"indicator": "customs_export_value", "by": ["county"]}],
    }
)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A city whose month 2023-11 was restated on 1 March 2024, with forecasts of five earlier months."""
    home = tmp_path_factory.mktemp("city")
    city.build(home, count=150, first=202201, last=202406)
    refresh_dataset(home, "declaration_lines")
    ForecastTable(home).store.create()
    backfill(sources(home), load_catalogue(), PLAN, made_on=TODAY, origins=6)
    return home


def sources(home: Path) -> Sources:
    return Sources(Rows([]), home)


def test_a_forecast_is_kept_with_what_it_was_of_and_the_day_whose_knowledge_it_is(made: Path) -> None:
    rows = ForecastTable(made).rows(indicator="customs_export_value", by=()).columns
    first = series_set(
        sources(made), load_catalogue(), "customs_export_value", "990100", months=30, as_of=date(2024, 1, 21),
        reach=EVERYTHING,
    )  # fmt: skip
    mine = rows["origin"] == first.last
    told = forecast(first.values, first.first, 3)
    assert rows["point"][mine].tolist() == told.point[0].tolist()
    assert rows["low95"][mine].tolist() == told.low95[0].tolist()
    assert rows["target"][mine].tolist() == [202401, 202402, 202403]
    assert {str(day) for day in rows["as_of"][mine]} == {"2024-01-21"} or rows["as_of"].dtype.kind == "M"
    assert rows["naive"][mine].tolist() == first.values[0, -12:-9].tolist()
    assert set(rows["unit"].tolist()) == {"亿元"} and set(rows["synthetic"].tolist()) == {1}


def test_the_same_forecast_is_kept_once_and_a_revision_makes_another(made: Path) -> None:
    before = len(ForecastTable(made).rows())
    again = backfill(sources(made), load_catalogue(), PLAN, made_on=date(2024, 7, 21), origins=6)
    assert again.rows == 0 and again.series == 6 * 5 and len(ForecastTable(made).rows()) == before
    asked = {"months": 26, "last": 202312, "reach": EVERYTHING}
    pair = [
        series_set(sources(made), load_catalogue(), "customs_export_value", "990100", as_of=day, **asked)  # type: ignore[arg-type]
        for day in (date(2024, 2, 1), date(2024, 4, 1))
    ]
    told = [(one, forecast(one.values, one.first, 3)) for one in pair]
    assert keep(made, told, made_on=TODAY) == 6
    assert keep(made, told, made_on=TODAY) == 0


def test_a_writer_that_dies_before_the_commit_leaves_nothing_to_be_seen(
    made: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = len(ForecastTable(made).rows())

    def killed(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(store_module, "write_deltalake", killed)
        with pytest.raises(KeyboardInterrupt):
            keep_all(sources(made), load_catalogue(), PLAN, made_on=TODAY)
    assert len(ForecastTable(made).rows()) == before
    assert keep_all(sources(made), load_catalogue(), PLAN, made_on=TODAY).rows == 15


def test_nothing_is_kept_as_if_known_on_a_day_to_come(made: Path) -> None:
    with pytest.raises(UserError) as fault:
        keep_all(sources(made), load_catalogue(), PLAN, made_on=TODAY, as_of=date(2024, 7, 22))
    assert fault.value.code == "as_of.future"


def test_whoever_cancels_keeps_nothing_of_the_run(tmp_path: Path) -> None:
    city.build(tmp_path, count=20, first=202301, last=202406)
    with pytest.raises(CancelledError):
        keep_all(sources(tmp_path), load_catalogue(), PLAN, made_on=TODAY, cancelled=lambda: True)
    assert not ForecastTable(tmp_path).exists() and len(ForecastTable(tmp_path).rows()) == 0


def test_many_small_files_become_few_and_no_row_is_lost(made: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from deltalake import DeltaTable

    monkeypatch.setattr(store_module, "MOST_FILES", 2)
    one = series_set(sources(made), load_catalogue(), "customs_import_value", "990100", months=30, reach=EVERYTHING)
    before = len(ForecastTable(made).rows())
    for horizon in (1, 2, 4, 5):
        assert keep(made, [(one, forecast(one.values, one.first, horizon))], made_on=TODAY) == horizon
    assert len(DeltaTable(str(ForecastTable(made).path)).file_uris()) <= 3
    assert len(ForecastTable(made).rows()) == before + 12


def test_scores_are_the_measures_of_the_forecasts_against_the_figures(made: Path) -> None:
    held = kept_forecasts(
        sources(made), load_catalogue(), "customs_export_value", "990100", as_of=TODAY, reach=EVERYTHING
    )
    known = np.isfinite(held.latest)
    actual, columns = held.latest[known], {name: column[known] for name, column in held.rows.columns.items()}
    point, naive = columns["point"].astype(float), columns["naive"].astype(float)
    told = {one.horizon: one for one in scores_of(made)}
    whole = told[0]
    assert whole.n == known.sum() == sum(one.n for horizon, one in told.items() if horizon)
    assert whole.smape == pytest.approx(np.mean(200 * np.abs(point - actual) / (np.abs(point) + np.abs(actual))))
    assert whole.mase == pytest.approx(np.mean(np.abs(point - actual) / columns["scale"].astype(float)))
    assert whole.bias == pytest.approx(np.mean(point - actual) / np.mean(np.abs(actual)))
    known_naive = np.isfinite(naive)
    assert whole.naive_mase == pytest.approx(
        np.mean((np.abs(naive - actual) / columns["scale"].astype(float))[known_naive])
    )
    inside = (columns["low80"].astype(float) <= actual) & (actual <= columns["high80"].astype(float))
    assert whole.coverage80 == pytest.approx(inside.mean())
    assert whole.later == whole.n, "all were made afterwards, from old data"


def scores_of(home: Path, **more: object) -> list:  # type: ignore[type-arg]
    asked: dict[str, object] = {"as_of": TODAY, "by": (), "indicator": "customs_export_value", "reach": EVERYTHING}
    return scores(sources(home), load_catalogue(), **(asked | more))  # type: ignore[arg-type]


def test_where_nothing_was_kept_there_are_no_scores(tmp_path: Path, made: Path) -> None:
    assert scores_of(tmp_path) == []
    shutil.copytree(made, tmp_path / "home")
    day_before_all = date(2019, 1, 1)
    assert scores_of(tmp_path / "home", as_of=day_before_all) == []


def test_a_forecast_made_from_data_that_were_revised_since_is_counted(made: Path) -> None:
    whole = scores_of(made)[-1]
    held = kept_forecasts(
        sources(made), load_catalogue(), "customs_export_value", "990100", as_of=TODAY, reach=EVERYTHING
    )
    days = np.array([str(day)[:10] for day in held.rows.columns["as_of"]])
    expected = days < "2024-03-01"
    assert 0 < whole.revised < whole.n
    assert held.revised.tolist() == expected.tolist()


def test_a_month_that_was_restated_has_two_truths(tmp_path: Path) -> None:
    city.build(tmp_path, count=150, first=202201, last=202406)
    backfill(sources(tmp_path), load_catalogue(), PLAN, made_on=date(2024, 1, 21), origins=2)
    held = kept_forecasts(
        sources(tmp_path), load_catalogue(), "customs_export_value", "990100", as_of=TODAY, reach=EVERYTHING
    )
    at = held.rows.columns["target"] == city.RESTATED
    assert at.any()
    lines = [city.make_lines(city.RESTATED, 150, 7), city.make_lines(city.RESTATED, 200, 8)]
    sums = [sum(n["value_cny"] for n in some if n["flow"] == "export") / 1e8 for some in lines]
    assert held.first[at][0] == pytest.approx(sums[0]) and held.latest[at][0] == pytest.approx(sums[1])
    assert (held.first[~at] == held.latest[~at])[np.isfinite(held.latest[~at])].all()


def test_who_may_not_see_the_figures_sees_neither_forecasts_nor_scores(made: Path) -> None:
    stranger = Reach(frozenset({"990200"}), "confidential")
    assert scores_of(made, reach=stranger, by=None) == []
    county = Reach.by_classification(public=ALL, internal=frozenset({"990101"}))
    held = kept_forecasts(
        sources(made), load_catalogue(), "customs_export_value", "990100", by=("county",), as_of=TODAY, reach=county
    )
    assert {json.loads(key)[0] for key in held.rows.columns["key"].tolist()} <= {"990101"}


def test_truth_is_what_was_known_on_the_day_of_the_question(made: Path) -> None:
    early, late = (scores_of(made, as_of=day) for day in (date(2024, 3, 21), TODAY))
    assert 0 < early[-1].n < late[-1].n


def test_the_naive_forecast_is_the_same_month_a_year_before_and_the_scale_its_usual_miss() -> None:
    values = np.arange(30.0)[None, :]
    naive, scale = naive_and_scale(values, 14)
    assert naive[0].tolist() == [*range(18, 30), 18.0, 19.0]
    assert scale.tolist() == [12.0]
    short, none = naive_and_scale(values[:, :5], 3)
    assert np.isnan(short).all() and np.isnan(none).all()


def test_months_before_the_first_figure_do_not_make_another_history() -> None:
    told = np.array([np.nan, np.nan, 1.0, 2.0, np.nan, 3.0])
    padded = np.array([0.0, np.nan, np.nan, 1.0, 2.0, np.nan, 3.0])
    assert fingerprint(told) == fingerprint(padded) != fingerprint(told[:-1])


def test_what_is_kept_is_declared_and_every_name_in_it_exists(tmp_path: Path) -> None:
    plan = foresight_plan()
    plan.check(load_catalogue())
    assert plan.horizon >= 1 and any(one.by for one in plan.kept)
    bad = plan.model_copy(update={"kept": (plan.kept[0].model_copy(update={"by": ("contry",)}),)})
    with pytest.raises(UserError) as fault:
        bad.check(load_catalogue())
    assert fault.value.code == "foresight.dimension" and "contry" in fault.value.zh
    wrong = tmp_path / "foresight.yaml"
    wrong.write_text("kept: [{indicator: x, leats: 3}]", encoding="utf-8")
    with pytest.raises(UserError) as fault:
        foresight_plan(wrong)
    assert fault.value.code == "foresight.invalid" and "leats" in fault.value.zh


def test_a_set_that_cannot_be_asked_for_is_told_and_the_others_are_kept(tmp_path: Path) -> None:
    city.build(tmp_path, count=20, first=202301, last=202406)
    broken = {"indicator": "customs_export_value", "by": ["no_such"], "regions": ["990100"]}
    plan = ForesightPlan.model_validate({"horizon": 2, "kept": [broken, {"indicator": "customs_export_value"}]})
    report = keep_all(sources(tmp_path), load_catalogue(), plan, made_on=TODAY)
    assert [(code, region) for code, region, _ in report.failed] == [("customs_export_value", "990100")]
    assert report.rows == 2


def test_the_progress_of_a_run_ends_with_all_of_it(tmp_path: Path) -> None:
    city.build(tmp_path, count=20, first=202301, last=202406)
    told: list[tuple[int, int]] = []
    note: Callable[[int, int], None] = lambda done, every: told.append((done, every))  # noqa: E731
    backfill(sources(tmp_path), load_catalogue(), PLAN, made_on=TODAY, origins=3, progress=note)
    assert told == [(n, 6) for n in range(1, 7)]


@given(
    actual=arrays(np.float64, 12, elements=st.floats(1, 1e6)),
    miss=arrays(np.float64, 12, elements=st.floats(-0.5, 0.5)),
    times=st.sampled_from([1e-4, 3.0, 1e4]),
)
def test_measures_do_not_depend_on_the_unit_and_a_perfect_forecast_misses_by_nothing(
    actual: Floats, miss: Floats, times: float
) -> None:
    def measured(point: Floats, by: float) -> dict[str, float]:
        told = dict.fromkeys(("point", "low80", "high80", "low95", "high95"), point * by)
        return measures({**told, "naive": actual[::-1] * by, "scale": np.full(12, 2.0 * by)}, actual * by)

    one, other = measured(actual * (1 + miss), 1.0), measured(actual * (1 + miss), times)
    for name in ("smape", "mase", "bias", "naive_smape", "naive_mase"):
        assert one[name] == pytest.approx(other[name], rel=1e-6, abs=1e-9)
    assert 0 <= one["smape"] <= 200 and one["mase"] >= 0
    perfect = measured(actual, 1.0)
    assert (perfect["smape"], perfect["mase"], perfect["bias"], perfect["coverage80"]) == (0, 0, 0, 1)


def test_the_check_of_the_catalogue_names_what_is_wrong_with_the_declaration(tmp_path: Path) -> None:
    shutil.copytree(Path(commercebrain.__file__).parent / "catalogue", tmp_path / "catalogue")
    place = tmp_path / "catalogue" / "foresight.yaml"
    assert CliRunner().invoke(app, ["catalogue", "check", str(place.parent)]).exit_code == 0
    place.write_text("kept: [{indicator: customs_export_value, by: [contry]}]", encoding="utf-8")
    done = CliRunner().invoke(app, ["catalogue", "check", str(place.parent)])
    assert done.exit_code == 1 and "contry" in done.stdout
