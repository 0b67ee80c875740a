"""One way to read a number: published first, derived where allowed, never zero for missing, never
beyond reach."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from commercebrain.engine.catalogue import Catalogue
from commercebrain.engine.errors import UserError
from commercebrain.engine.indicators import ALL, Figure, Reach, Rows, Snapshot, figure, history, series
from commercebrain.engine.observations import Observation
from commercebrain.engine.periods import Period

D = Decimal
EVERYTHING = Reach(ALL, "confidential")
JULY = date(2025, 7, 21)


def ask(
    rows: list[Observation], catalogue: Catalogue, period: str, code: str = "trade_value", **more: object
) -> Figure:
    asked: dict[str, object] = {"reach": EVERYTHING, "as_of": JULY} | more
    return figure(Rows(rows), catalogue, code, "330200", period, **asked)  # type: ignore[arg-type]


def test_the_published_total_wins_over_the_summed_months_and_the_difference_is_given(ningbo, catalogue) -> None:
    found = ask(ningbo, catalogue, "2024")
    assert found.unit == "亿元"
    assert round(found.value, 1) == D("14202.5")
    assert round(found.summed, 1) == D("14221.5")
    assert found.flag == "normal"
    assert "14,221.48" in found.note_zh
    assert "18.96" in found.note_en


def test_the_first_half_of_2025_grew_by_six_per_cent(ningbo, catalogue) -> None:
    found = ask(ningbo, catalogue, "2025-01..06")
    assert round(found.value, 1) == D("7218.0")
    assert round(found.growth_computed * 100, 1) == D("6.0")


def test_january_and_february_are_kept_together_as_published(ningbo, catalogue) -> None:
    months = series(Rows(ningbo), catalogue, "trade_value", "330200", reach=EVERYTHING, as_of=JULY, kinds=["month"])
    assert [f.period.text for f in months[:2]] == ["2024-01..02", "2024-03"]
    joint = next(f for f in months if f.period.text == "2025-01..02")
    assert round(joint.growth_computed * 100, 1) == D("7.4")
    single = series(
        Rows(ningbo),
        catalogue,
        "trade_value",
        "330200",
        reach=EVERYTHING,
        as_of=JULY,
        kinds=["month"],
        single_months=True,
    )
    growths = {f.period.text: f.growth_computed for f in single}
    assert round(growths["2025-01"] * 100, 1) == D("18.2")
    assert round(growths["2025-02"] * 100, 1) == D("-7.2")


def test_a_month_that_nobody_published_is_the_difference_of_totals_and_flagged(row, catalogue) -> None:
    rows = [row("2024-01..04", "40"), row("2024-01..05", "52.5")]
    found = ask(rows, catalogue, "2024-05")
    assert (found.value, found.flag) == (D("12.5"), "derived")
    assert "相减" in found.note_zh


def test_a_published_month_is_never_replaced_by_a_difference(row, catalogue) -> None:
    rows = [row("2024-01..04", "40"), row("2024-01..05", "52.5"), row("2024-05", "12")]
    assert ask(rows, catalogue, "2024-05").value == 12


def test_a_total_with_a_missing_month_has_no_value_and_names_the_month(row, catalogue) -> None:
    rows = [row(f"2024-{month:02d}", "10") for month in range(1, 7) if month != 4]
    found = ask(rows, catalogue, "2024-01..06")
    assert found.value is None
    assert found.flag == "missing"
    assert "4月" in found.reason_zh


def test_missing_is_never_zero_and_says_whether_it_is_due(row, catalogue) -> None:
    rows = [row("2024", "100")]
    late, early = ask(rows, catalogue, "2023"), ask(rows, catalogue, "2025-07")
    assert (late.value, late.flag) == (None, "missing")
    assert (early.value, early.flag) == (None, "not_yet_due")


def test_a_published_zero_is_zero(row, catalogue) -> None:
    found = ask([row("2024", "0"), row("2023", "0")], catalogue, "2024")
    assert found.value == 0
    assert found.growth_computed is None


def test_as_of_shows_what_was_known_then(row, catalogue) -> None:
    rows = [row("2024", "100"), row("2024", "101", published=date(2025, 3, 1), flag="revised")]
    assert ask(rows, catalogue, "2024", as_of=date(2025, 2, 1)).value == 100
    assert ask(rows, catalogue, "2024", as_of=date(2025, 3, 1)).value == 101
    assert ask(rows, catalogue, "2024", as_of=date(2024, 1, 1)).value is None


def test_two_sources_of_the_same_standing_disagree_and_are_not_averaged(row, catalogue) -> None:
    rows = [
        row("2024", "100.2", source="one"),
        row("2024", "104.0", source="two", published=date(2025, 2, 1)),
        row("2024", "99", source="press", grade="B"),
    ]
    found = ask(rows, catalogue, "2024")
    assert found.value == 104
    assert [r.source for r in found.disagreements] == ["one"]


def test_grade_a_beats_a_later_grade_b(row, catalogue) -> None:
    rows = [row("2024", "100"), row("2024", "130", source="press", grade="B", published=date(2025, 5, 1))]
    found = ask(rows, catalogue, "2024")
    assert found.value == 100
    assert not found.disagreements


def test_values_equal_inside_their_rounding_do_not_disagree(row, catalogue) -> None:
    rows = [row("2024", "14202.5159", source="one"), row("2024", "1.42", unit="万亿元", source="two")]
    found = ask(rows, catalogue, "2024")
    assert not found.disagreements


def test_an_exact_value_beats_a_later_bound_and_agrees_with_it(row, catalogue) -> None:
    rows = [
        row("2024", "70500"),
        row("2024", "7", unit="万亿元", bound=">", source="x", published=date(2025, 6, 1)),
    ]
    found = ask(rows, catalogue, "2024")
    assert (found.value, found.bound, found.disagreements) == (70500, "=", ())


def test_a_grade_c_figure_waits_for_a_second_source(row, catalogue) -> None:
    found = ask([row("2024", "100", grade="C")], catalogue, "2024")
    assert found.value is None
    assert len(found.waiting) == 1
    assert "C级" in found.reason_zh


def test_calibres_are_never_mixed(row, catalogue) -> None:
    rows = [row("2023", "100"), row("2024", "60", calibre="bulletin_2025")]
    assert ask(rows, catalogue, "2024").value is None
    other = ask(rows, catalogue, "2024", calibre="bulletin_2025")
    assert other.value == 60
    assert other.growth_computed is None
    calibres = [
        f.calibre for f in history(Rows(rows), catalogue, "trade_value", "330200", reach=EVERYTHING, as_of=JULY)
    ]
    assert calibres == ["", "bulletin_2025"]


def test_the_published_growth_is_kept_beside_the_computed_one(row, catalogue) -> None:
    found = ask([row("2023", "100"), row("2024", "107", growth=D("5.0"))], catalogue, "2024")
    assert found.growth == D("0.05")
    assert found.growth_computed == D("0.07")
    assert found.known_growth == D("0.05")
    assert "2.0个百分点" in found.note_zh
    rounded = ask([row("2023", "100"), row("2024", "107.04", growth=D("7.0"))], catalogue, "2024")
    assert rounded.note_zh == ""


def test_a_running_total_that_falls_is_said_to_hold_a_revision(row, catalogue) -> None:
    found = ask([row("2024-01..04", "40"), row("2024-01..05", "39")], catalogue, "2024-05")
    assert (found.value, found.flag) == (-1, "derived")
    assert "修订" in found.note_zh


def test_a_growth_without_a_level_stays_a_growth(row, catalogue) -> None:
    found = ask([row("2023", "100"), row("2024", None, growth=D("5.0"))], catalogue, "2024")
    assert found.value is None
    assert found.growth == D("0.05")
    assert found.flag == "not_published_separately"


def test_outside_the_reach_there_is_a_reason_and_no_value(ningbo, row, catalogue) -> None:
    hidden = ask(ningbo, catalogue, "2024", reach=Reach(frozenset({"330600"}), "confidential"))
    assert (hidden.value, hidden.flag, hidden.sources) == (None, "confidential", ())
    secret = [row("2024", "1", indicator="secret_value")]
    assert ask(secret, catalogue, "2024", "secret_value", reach=Reach(ALL, "internal")).value is None
    assert ask(secret, catalogue, "2024", "secret_value").value == 1


def test_a_formula_does_not_lead_around_the_reach(row, catalogue) -> None:
    rows = [row("2024", "3"), row("2024", "100", region="100000")]
    inside = Reach(frozenset({"330200", "100000"}), "public")
    assert ask(rows, catalogue, "2024", "trade_share", reach=inside).value == 3
    assert ask(rows, catalogue, "2024", "trade_share", reach=Reach(frozenset({"330200"}), "public")).value is None


def test_a_formula_names_the_term_that_is_missing(row, catalogue) -> None:
    found = ask([row("2024", "3", indicator="export_value")], catalogue, "2024", "export_import_ratio")
    assert found.value is None
    assert "import_value" in found.reason_zh


def test_a_formula_over_zero_says_so(row, catalogue) -> None:
    rows = [row("2024", "3", indicator="export_value"), row("2024", "0", indicator="import_value")]
    found = ask(rows, catalogue, "2024", "export_import_ratio")
    assert found.value is None
    assert found.reason_zh == "分母为零"


def test_a_published_ratio_stands_before_the_computed_one(row, catalogue) -> None:
    rows = [
        row("2020", "1.9", indicator="export_import_ratio", unit=":1"),
        row("2020", "6407", indicator="export_value"),
        row("2020", "3380", indicator="import_value"),
    ]
    assert ask(rows, catalogue, "2020", "export_import_ratio").value == D("1.9")


def test_a_stock_filed_under_its_year_is_the_state_at_its_end(row, catalogue) -> None:
    rows = [row("@2024", "3", indicator="hospitals", unit="家")]
    assert ask(rows, catalogue, "2024", "hospitals").value == 3
    assert ask([replace(rows[0], period="2024")], catalogue, "@2024", "hospitals").value == 3


def test_stocks_are_never_summed(row, catalogue) -> None:
    rows = [row(f"2024-{m:02d}", "3", indicator="hospitals", unit="家") for m in range(1, 13)]
    assert ask(rows, catalogue, "2024", "hospitals").value is None


def test_five_years_add_up_and_a_missing_one_is_named(row, catalogue) -> None:
    rows = [row(str(year), "10") for year in range(2021, 2025)]
    assert ask(rows, catalogue, "2021..2024").value == 40
    gap = ask(rows[:2] + rows[3:], catalogue, "2021..2024")
    assert gap.value is None
    assert "2023" in gap.reason_zh


def test_a_gap_between_years_is_shown_as_a_gap(row, catalogue) -> None:
    rows = [row("2021", "10"), row("2024", "13")]
    found = series(Rows(rows), catalogue, "trade_value", "330200", reach=EVERYTHING, as_of=JULY)
    assert [(f.period.text, f.value) for f in found] == [
        ("2021", D(10)),
        ("2022", None),
        ("2023", None),
        ("2024", D(13)),
    ]


def test_an_unknown_indicator_is_told_with_the_nearest_one(catalogue) -> None:
    with pytest.raises(UserError) as caught:
        ask([], catalogue, "2024", "trade_valu")
    assert caught.value.zh == "目录里没有指标“trade_valu”，是否指“trade_value”？"
    with pytest.raises(UserError) as caught:
        ask([], catalogue, "2024", "zzz")
    assert caught.value.say("en") == "The catalogue has no indicator “zzz”."


def test_a_snapshot_answers_like_its_store_and_knows_nothing_later(ningbo, catalogue) -> None:
    snapshot = Snapshot(Rows(ningbo), JULY)
    for period in ("2024", "2025-01..06", "2025-Q2", "2024-H2"):
        direct = ask(ningbo, catalogue, period)
        held = figure(snapshot, catalogue, "trade_value", "330200", period, reach=EVERYTHING, as_of=JULY)
        assert direct == held
        assert figure(snapshot, catalogue, "trade_value", "330200", period, reach=EVERYTHING) == direct
    with pytest.raises(ValueError, match="nothing after"):
        snapshot.observations(date(2026, 1, 1))


@given(st.lists(st.integers(1, 10**6), min_size=12, max_size=12), st.integers(-500, 500))
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_late_edit_of_january_changes_every_later_total_and_nothing_else(row, catalogue, values, edit) -> None:
    rows = [row(f"2024-{m:02d}", str(v)) for m, v in enumerate(values, start=1)]
    late = row("2024-01", str(values[0] + edit), published=date(2025, 4, 1), flag="revised")
    before, after = Rows(rows), Rows([*rows, late])
    for month in range(1, 13):
        period = Period.of_ytd(2024, month)
        old = figure(before, catalogue, "trade_value", "330200", period, reach=EVERYTHING, as_of=JULY)
        new = figure(after, catalogue, "trade_value", "330200", period, reach=EVERYTHING, as_of=JULY)
        assert old.value == sum(values[:month])
        assert new.value == old.value + edit
    for month in range(2, 13):
        asked = Period.of_month(2024, month)
        old = figure(before, catalogue, "trade_value", "330200", asked, reach=EVERYTHING, as_of=JULY)
        assert figure(after, catalogue, "trade_value", "330200", asked, reach=EVERYTHING, as_of=JULY) == old
