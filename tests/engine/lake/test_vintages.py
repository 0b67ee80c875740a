"""What was known when: revisions, back-filled history, the same file twice, corrections."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from commercebrain.engine.errors import UserError
from commercebrain.engine.lake import Lake, export_quarantine
from commercebrain.engine.observations import Observation

from .conftest import HEADINGS, NAMES, TODAY, row


def values(lake: Lake, as_of: date | None) -> list[Decimal | None]:
    return [o.value for o in lake.observations(as_of)]


def test_before_the_first_record_nothing_is_known(lake, sheet):
    assert lake.observations(date(2024, 6, 17)) == []
    lake.intake(sheet([HEADINGS, row()]), taken_in=date(2024, 6, 20))
    assert lake.observations(date(2024, 6, 17)) == []
    assert lake.observations(date(2024, 6, 19)) == [], "published, but not yet taken in"
    assert values(lake, date(2024, 6, 20)) == [Decimal("812.5")]


def test_a_figure_published_after_the_intakes_own_date_waits_for_its_publication(lake, sheet):
    lake.intake(sheet([HEADINGS, row(published="2025-08-18")]), taken_in=TODAY)
    assert lake.observations(TODAY) == []
    assert len(lake.observations(date(2025, 8, 18))) == 1


def test_two_years_of_revisions_filled_in_later_are_known_as_they_were_published(lake, sheet):
    published = {"2023-06-18": 100, "2024-01-20": 101, "2025-01-20": 103.5}
    headings = [*HEADINGS, "入库日期"]
    rows = [[*row(period="2023-05", value=v, published=day), day] for day, v in published.items()]
    lake.intake(sheet([headings, *rows]), taken_in=TODAY)
    assert values(lake, date(2023, 6, 17)) == []
    assert values(lake, date(2023, 12, 31)) == [Decimal(100)]
    assert values(lake, date(2024, 12, 31)) == [Decimal(100), Decimal(101)]
    assert values(lake, TODAY) == [Decimal(100), Decimal(101), Decimal("103.5")]


def test_a_late_edit_of_january_leaves_what_was_known_before_as_it_was(lake, sheet):
    first = [
        row(period="2025-01", value=300, published="2025-03-18"),
        row(period="2025年1-3月", value=900, published="2025-04-18"),
    ]
    lake.intake(sheet([HEADINGS, *first], "三月.xlsx"), taken_in=date(2025, 4, 20))
    before = lake.observations(date(2025, 5, 1))
    late = [row(period="2025-01", value=280, published="2025-05-18")]
    lake.intake(sheet([HEADINGS, *late], "修订.xlsx"), taken_in=date(2025, 5, 20))
    assert lake.observations(date(2025, 5, 1)) == before
    january = [o.value for o in lake.observations(TODAY) if o.period == "2025-01"]
    assert january == [Decimal(300), Decimal(280)]
    assert [o.value for o in lake.observations(TODAY) if o.period == "2025-01..03"] == [Decimal(900)]


def test_the_same_file_twice_changes_nothing(lake, sheet):
    path = sheet([HEADINGS, row(), row(region="桃花源")])
    first = lake.intake(path, taken_in=TODAY)
    versions, rows, bad = lake.versions(), lake.observations(None), lake.quarantine()
    again = lake.intake(path, taken_in=date(2025, 8, 1))
    assert again.already and not first.already
    assert (again.batch, again.read, again.accepted, again.quarantined) == (first.batch, 2, 1, 1)
    assert (lake.versions(), lake.observations(None), lake.quarantine()) == (versions, rows, bad)


def test_the_same_rows_in_another_file_are_counted_as_known(lake, sheet):
    lake.intake(sheet([HEADINGS, row()], "一.xlsx"), taken_in=TODAY)
    report = lake.intake(sheet([HEADINGS, row(), row(period="2024-06")], "二.csv"), taken_in=TODAY)
    assert (report.read, report.unchanged, report.accepted, report.already) == (2, 1, 1, False)
    assert len(lake.observations(None)) == 2


def test_another_value_under_the_same_publication_is_a_contradiction_and_not_an_overwrite(lake, sheet):
    lake.intake(sheet([HEADINGS, row()], "一.xlsx"), taken_in=TODAY)
    report = lake.intake(sheet([HEADINGS, row(value=999)], "二.xlsx"), taken_in=TODAY)
    assert (report.accepted, report.quarantined) == (0, 1)
    assert values(lake, None) == [Decimal("812.5")]
    (fault,) = lake.quarantine()
    assert "812.5" in fault.reason_zh and "999" in fault.reason_zh and fault.row == 2


def test_one_row_twice_in_a_file_counts_once_and_two_values_for_it_contradict(lake, sheet):
    report = lake.intake(sheet([HEADINGS, row(), row(), row(value=5)]), taken_in=TODAY)
    assert (report.read, report.accepted, report.unchanged, report.quarantined) == (3, 1, 1, 1)
    assert lake.quarantine()[0].row == 4


def test_quarantined_rows_corrected_in_the_exported_sheet_come_in(lake, sheet, tmp_path):
    path = sheet(
        [
            HEADINGS,
            row(),
            row(region="桃花源", period="2024-04", value="8l2"),
            row(period="不知道"),
            row(grade="Z"),
        ]
    )
    batch = lake.intake(path, taken_in=TODAY).batch
    out = tmp_path / "隔离.xlsx"
    assert export_quarantine(lake.quarantine(), out) == 4

    from python_calamine import load_workbook

    rows = load_workbook(str(out)).get_sheet_by_index(0).to_python()
    right = {"桃花源": "宁波市", "8l2": "812", "不知道": "2024年1-5月"}
    filled = sheet([rows[0], *([*cells[:9], right.get(str(cells[6]), "")] for cells in rows[1:])], "更正.xlsx")
    report = lake.reimport(batch, filled, taken_in=date(2025, 7, 22))
    assert (report.read, report.accepted, report.quarantined) == (2, 2, 0)
    assert ("330200", "2024-01..05", Decimal("812.5")) in {
        (o.region, o.period, o.value) for o in lake.observations(None)
    }
    assert [q.value for q in lake.quarantine()] == ["Z"]
    assert lake.batches()[-1].parent == batch


def test_a_wrong_correction_stays_in_quarantine_under_its_own_place(lake, sheet):
    batch = lake.intake(sheet([HEADINGS, row(value="abc")]), taken_in=TODAY).batch
    (fault,) = lake.quarantine()
    report = lake.reimport(batch, {fault.id: "仍然不是数"}, taken_in=TODAY)
    assert (report.read, report.accepted, report.quarantined) == (1, 0, 1)
    (left,) = lake.quarantine()
    assert (left.value, left.row, left.file, left.batch) == ("仍然不是数", 2, "表.xlsx", report.batch)
    done = lake.reimport(left.batch, {left.id: "5"}, taken_in=TODAY)
    assert done.accepted == 1 and lake.quarantine() == []


def test_rows_of_an_indicator_added_later_come_in_without_a_correction(lake, sheet):
    batch = lake.intake(sheet([HEADINGS, row(indicator="服务贸易额"), row(value="x")]), taken_in=TODAY).batch
    assert lake.reimport(batch, {}, taken_in=TODAY).read == 0
    from commercebrain.engine.lake import Names

    wider = Names(indicators={**NAMES.indicators, "services_trade": ("服务贸易额",)}, regions=NAMES.regions)
    report = lake.reimport(batch, {}, taken_in=TODAY, names=wider)
    assert (report.read, report.accepted) == (1, 1)
    assert [q.value for q in lake.quarantine()] == ["x"]


def test_two_corrections_of_the_same_row_at_once_take_it_once(lake, sheet, monkeypatch):
    batch = lake.intake(sheet([HEADINGS, row(value="x")]), taken_in=TODAY).batch
    (fault,) = lake.quarantine()
    real = Lake.quarantine
    seen = real(lake, batch)
    lake.reimport(batch, {fault.id: "5"}, taken_in=TODAY)
    # the second one read the quarantine before the first one was written
    answers = iter([seen])
    monkeypatch.setattr(Lake, "quarantine", lambda self, asked=None: next(answers, None) or real(self, asked))
    with pytest.raises(UserError) as refused:
        lake.reimport(batch, {fault.id: "6"}, taken_in=TODAY)
    assert refused.value.code == "reimport.already"
    assert values(lake, None) == [Decimal(5)]


def test_a_correction_for_no_open_row_is_refused(lake, sheet):
    batch = lake.intake(sheet([HEADINGS, row(value="x")]), taken_in=TODAY).batch
    with pytest.raises(UserError) as refused:
        lake.reimport(batch, {"没有这一行": "1"}, taken_in=TODAY)
    assert refused.value.code == "reimport.unknown_row"
    with pytest.raises(UserError):
        lake.reimport("0" * 64, {}, taken_in=TODAY)


def test_a_lake_that_was_never_set_up_says_so(tmp_path):
    with pytest.raises(UserError) as refused:
        Lake(tmp_path / "nowhere").observations(None)
    assert refused.value.code == "lake.not_set_up"


def test_the_digits_printed_are_kept_and_rows_come_back_as_they_went_in(lake, sheet):
    path = sheet([HEADINGS, row(value="500.0", growth="-0.30")])
    lake.intake(path, taken_in=TODAY)
    (found,) = lake.observations(None)
    assert isinstance(found, Observation)
    assert (str(found.value), str(found.growth)) == ("500.0", "-0.30")


def test_rows_can_be_asked_for_by_indicator_and_region(lake, sheet):
    rows = [row(), row(indicator="进口"), row(region="浙江省")]
    lake.intake(sheet([HEADINGS, *rows]), taken_in=TODAY)
    found = lake.observations(None, indicators={"export_value"}, regions={"330000"})
    assert [(o.indicator, o.region) for o in found] == [("export_value", "330000")]
    assert lake.observations(None, indicators=()) == []


def test_a_sheet_without_grade_waits_and_one_without_source_is_its_own(lake, sheet):
    lake.intake(sheet([HEADINGS[:6], row()[:6]], "商务局月报.xlsx"), taken_in=TODAY)
    (found,) = lake.observations(None)
    assert (found.grade, found.live, found.source, found.published) == ("C", False, "商务局月报.xlsx", TODAY)
