"""The official figures: each with its source, in a known unit and calibre, and no trap stepped into."""

from __future__ import annotations

import csv
import json
from collections import Counter
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
import yaml

import commercebrain
from commercebrain.engine.catalogue import Catalogue
from commercebrain.engine.indicators import ALL, Reach, Rows, figure
from commercebrain.engine.indicators.calibres import calibre_names, calibre_words
from commercebrain.engine.lake.lake import Lake
from commercebrain.engine.lake.names import Names
from commercebrain.engine.observations import BOUNDS, FLAGS, GRADES, Observation
from commercebrain.engine.periods import Period
from commercebrain.engine.units import Unit

CATALOGUE = Path(commercebrain.__file__).parent / "catalogue"
GOLD = Path(__file__).parents[2] / "gold"
DEMO_DAY = date(2025, 7, 21)
LATER = date(2026, 6, 1)
PUBLIC = Reach(ALL, "public")
NINGBO, ZHEJIANG, SHAOXING = "330200", "330000", "330600"


def of(rows: list[Observation], indicator: str, region: str, period: str) -> list[Observation]:
    return [r for r in rows if (r.indicator, r.region, r.period) == (indicator, region, period)]


def test_the_catalogue_loads_without_a_fault(catalogue: Catalogue) -> None:
    mine = ("indicators/", "areas.yaml", "systems.yaml")
    assert [f.say("en") for f in catalogue.check() if f.file.startswith(mine)] == []
    assert len(catalogue.indicators) > 100


def test_every_table_has_the_columns_of_the_dataset(catalogue: Catalogue) -> None:
    wanted = [c for c in catalogue.datasets["observations"].columns if c != "batch"]
    for path in (CATALOGUE / "observations").glob("*.csv"):
        with path.open(encoding="utf-8", newline="") as file:
            assert sorted(next(csv.reader(file))) == sorted(wanted), path.name


def test_every_row_is_in_known_words(
    official: list[Observation], catalogue: Catalogue, regions: list[dict[str, str]]
) -> None:
    calibres = yaml.safe_load((CATALOGUE / "codes" / "calibres.yaml").read_text(encoding="utf-8"))
    codes = {r["code"] for r in regions if not r["synthetic"]}
    for row in official:
        assert row.indicator in catalogue.indicators, row
        assert row.region in codes, row
        assert Period.parse(row.period).text == row.period, row
        assert row.calibre == "" or row.calibre in calibres, row
        assert row.bound in BOUNDS and row.flag in FLAGS and row.grade in GRADES, row
        assert row.adjustment == "none" and row.breakdown == "" and row.source, row
        assert row.value is not None or row.growth is not None, row
        assert {"zh", "en"} == set(calibres.get(row.calibre, {"zh": "", "en": ""})), row


def test_every_unit_measures_what_the_indicator_measures(official: list[Observation], catalogue: Catalogue) -> None:
    """Dollars and yuan are never one series: no rate of exchange is invented."""
    for row in official:
        declared = catalogue.indicators[row.indicator].unit
        assert Unit.parse(row.unit).dimension == Unit.parse(declared).dimension, row


def test_every_table_goes_into_the_lake_with_nothing_left_in_quarantine(
    official: list[Observation], catalogue: Catalogue, tmp_path: Path
) -> None:
    lake = Lake.create(tmp_path / "lake", Names.of(catalogue))
    reports = [lake.intake(path, taken_in=DEMO_DAY) for path in sorted((CATALOGUE / "observations").glob("*.csv"))]
    assert [r.quarantined for r in reports] == [0, 0, 0, 0]
    assert sum(r.accepted for r in reports) == len(official)
    known = lake.observations(DEMO_DAY)
    assert {replace(row, batch="") for row in known} == {r for r in official if r.taken_in <= DEMO_DAY}


def test_a_publication_is_there_once(official: list[Observation]) -> None:
    assert [key for key, n in Counter(row.key for row in official).items() if n > 1] == []


def test_nothing_is_public_before_it_happened_or_known_before_it_is_public(
    official: list[Observation],
) -> None:
    for row in official:
        assert row.published <= row.taken_in, row
        begun = row.when.is_state or row.calibre == "new_in_year"
        assert row.published > (row.when.start if begun else row.when.end), row


def test_a_guessed_release_day_says_so(official: list[Observation]) -> None:
    customs = [r for r in official if r.source.startswith("海关总署")]
    assert len(customs) == 510
    assert all("发布日期按惯例推定" in r.note for r in customs)
    assert {r.published for r in customs if r.period in ("2025-06", "2025-01..06")} == {date(2025, 7, 18)}


def test_the_plans_bases_are_the_words_of_the_plans(official: list[Observation]) -> None:
    """Every base year's value is a number that the labelled facts of the five documents hold."""
    facts = [json.loads(line) for line in (GOLD / "facts.jsonl").read_text(encoding="utf-8").splitlines()]
    said = {(Decimal(str(f["value"])), f["unit"].replace(" ", "")) for f in facts}
    with (CATALOGUE / "observations" / "plans.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) >= 70
    for row in rows:
        if "“零”的突破" not in row["note"]:
            assert (Decimal(row["value"]), row["unit"]) in said, row
        assert row["grade"] == "A"


def test_exports_and_imports_add_up_to_customs_total_to_the_last_printed_digit(
    official: list[Observation],
) -> None:
    customs = {(r.indicator, r.region, r.period): r.value for r in official if r.source.startswith("海关总署")}
    places = {(region, period) for _, region, period in customs}
    assert {region for region, _ in places} == {"100000", ZHEJIANG, NINGBO, "330100", "330700"}
    assert len(places) == 5 * (18 + 16)
    for region, period in places:
        total, out, into = (customs[code, region, period] for code in ("trade_value", "export_value", "import_value"))
        assert total is not None and out is not None and into is not None
        assert abs(total - out - into) <= 1, (region, period)


def test_what_is_worked_out_is_flagged_as_derived(official: list[Observation]) -> None:
    worked_out = [r for r in official if "推算" in r.note or ("相加" in r.note and r.indicator == "trade_value")]
    assert len(worked_out) >= 8
    assert {r.flag for r in worked_out} == {"derived"}


@pytest.mark.parametrize(
    ("indicator", "region", "period", "calibre"),
    [
        ("online_retail", NINGBO, "2025", "bulletin_2025"),
        ("online_retail", SHAOXING, "2025", "bulletin_2025"),
        ("sales_value", NINGBO, "2024-01..05", "above_quota"),
        ("cbec_value", ZHEJIANG, "2022", "commerce_monitoring"),
        ("fdi_verified", SHAOXING, "2016..2020", "mixed_2016_2020"),
        ("fdi_verified", NINGBO, "2023", "unstated"),
        ("manufacturing_va_growth", NINGBO, "2023", "all_industry_above_scale"),
        ("container_throughput", NINGBO, "2024-01..05", "ningbo_port_area"),
        ("crude_refining_capacity", NINGBO, "@2025", "citywide"),
        ("fortune500_projects", NINGBO, "2021", "new_in_year"),
        ("future_factories", ZHEJIANG, "2023", "new_in_year"),
        ("new_materials_output", NINGBO, "2024", "above_scale"),
        ("pm25", SHAOXING, "2021", "national_stations"),
        ("pm25", SHAOXING, "2021-01..06", "all_stations"),
    ],
)
def test_a_figure_of_another_calibre_never_answers_for_the_promise(
    official: list[Observation], catalogue: Catalogue, indicator: str, region: str, period: str, calibre: str
) -> None:
    assert {r.calibre for r in of(official, indicator, region, period)} == {calibre}
    asked = figure(Rows(official), catalogue, indicator, region, period, reach=PUBLIC, as_of=LATER)
    assert asked.value is None and asked.reason_zh


def test_two_series_of_cross_border_trade_stay_two_indicators(official: list[Observation]) -> None:
    assert {r.value for r in of(official, "cbec_customs_mode", ZHEJIANG, "2025-01..08")} == {Decimal("2305.3")}
    assert of(official, "cbec_value", ZHEJIANG, "2025-01..08") == []


def test_a_share_of_one_place_is_a_lower_bound(official: list[Observation]) -> None:
    rows = [r for r in official if r.indicator == "market_procurement_export_share" and "义乌" in r.note]
    assert len(rows) == 5
    assert {(r.bound, r.flag) for r in rows} == {(">=", "derived")}


def test_more_than_seven_trillion_is_a_bound_and_not_seven_trillion(official: list[Observation]) -> None:
    (row,) = of(official, "sales_value", NINGBO, "2025")
    assert (row.value, row.bound) == (Decimal(70000), ">")


def test_a_source_that_prints_growth_alone_yields_growth_and_no_level(
    official: list[Observation], catalogue: Catalogue
) -> None:
    found = figure(Rows(official), catalogue, "retail_sales", NINGBO, "2023", reach=PUBLIC, as_of=LATER)
    assert found.value is None
    assert found.growth == Decimal("0.065")


def test_grade_c_waits_and_is_not_the_answer(official: list[Observation], catalogue: Catalogue) -> None:
    found = figure(Rows(official), catalogue, "retail_sales", NINGBO, "2025", reach=PUBLIC, as_of=LATER)
    assert found.value is None
    assert [(r.value, r.grade) for r in found.waiting] == [(Decimal(5703), "C")]


def test_rounded_and_exact_totals_of_one_year_are_shown_side_by_side(
    official: list[Observation], catalogue: Catalogue
) -> None:
    found = figure(Rows(official), catalogue, "trade_value", NINGBO, "2022", reach=PUBLIC, as_of=LATER)
    told = {found.value, *(r.value for r in found.disagreements)}
    assert told <= {Decimal("12671.3"), Decimal(12700)} and found.value in told


def test_zhejiangs_online_retail_of_2025_stands_below_its_2020_in_spite_of_growth(
    official: list[Observation], catalogue: Catalogue
) -> None:
    """The break that forbids a verdict: the rows say it themselves."""
    ask = {"reach": PUBLIC, "as_of": LATER}
    base = figure(Rows(official), catalogue, "online_retail", ZHEJIANG, "2020", **ask)  # type: ignore[arg-type]
    now = figure(Rows(official), catalogue, "online_retail", ZHEJIANG, "2025", **ask)  # type: ignore[arg-type]
    assert base.value == Decimal(22600) and now.value == Decimal(21000)
    assert now.growth is not None and now.growth > 0


def test_on_the_demos_day_nothing_later_is_known(official: list[Observation], catalogue: Catalogue) -> None:
    later = {r.period for r in official if r.published > DEMO_DAY}
    assert "2025" in later and "2025-01..11" in later
    for indicator, region in (
        ("online_retail", ZHEJIANG),
        ("sales_value", NINGBO),
        ("container_throughput", NINGBO),
    ):
        found = figure(Rows(official), catalogue, indicator, region, "2025", reach=PUBLIC, as_of=DEMO_DAY)
        assert found.value is None and not found.sources
    assert max(r.published for r in official if r.published <= DEMO_DAY) == date(2025, 7, 18)


def test_no_figure_of_the_invented_city_is_among_the_official_ones(official: list[Observation]) -> None:
    assert not any(row.region.startswith("99") for row in official)


def test_every_other_calibre_has_a_name_in_both_languages(official: list[Observation]) -> None:
    used = {row.calibre for row in official} - {""}
    assert used == set(calibre_names())
    for code in used:
        words = calibre_words(code)
        assert (words.zh != code and words.en.isascii()) or "’" in words.en, code
    assert calibre_words("").zh == "指标自身口径"
