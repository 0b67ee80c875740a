"""The real check of lists against trade: what is known of the Section 301 lists comes out of the product's own matcher."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest
from bench._section301_picture import picture

from bench import _section301 as study

pytestmark = pytest.mark.skipif(not study.present(), reason="the lists and series of ../shared/data are not here")


@pytest.fixture(scope="module")
def chapters() -> study.Chapters:
    return study.chapters()


def test_six_digits_overstate_the_lists_as_found_by_hand() -> None:
    told = {one.list: one for one in study.covered()}
    assert round(told["1"].overstated, 2) == 1.77
    assert round(told["3"].overstated, 2) == 1.19
    assert round(told["4A"].overstated, 2) == 1.50
    assert told["1"].lines == 860 and told["1"].exact == pytest.approx(26.80e9, rel=1e-3)


def test_what_stands_under_a_duty_grows_with_every_list_and_the_duty_with_every_rate() -> None:
    told = study.standing()
    assert [one.day for one in told] == [
        date(2018, 7, 6), date(2018, 8, 23), date(2018, 9, 24), date(2019, 5, 10), date(2019, 9, 1), date(2020, 2, 14),
    ]  # fmt: skip
    by_day = {one.day: one for one in told}
    raised, before = by_day[date(2019, 5, 10)], by_day[date(2018, 9, 24)]
    assert raised.value == before.value, "raising a rate brings in no goods"
    assert raised.duty > 1.5 * before.duty
    lowered, higher = by_day[date(2020, 2, 14)], by_day[date(2019, 9, 1)]
    assert lowered.value == higher.value and lowered.duty < higher.duty
    assert by_day[date(2018, 7, 6)].duty == pytest.approx(0.25 * by_day[date(2018, 7, 6)].value)


def test_chapters_on_list_3_lost_beside_the_others_and_two_years_before_nothing_is_told_apart(
    chapters: study.Chapters,
) -> None:
    told = {one.name: one for one in study.answers(chapters)}
    effect = told["lists 1–3, first year"].against_others["3"]
    assert effect.told_apart and effect.percent[0] < -10
    for name in ("placebo for lists 1–3", "placebo for list 4A"):
        assert not any(one.told_apart for one in told[name].against_others.values())


def test_the_series_are_of_goods_by_chapter_without_the_total(chapters: study.Chapters) -> None:
    assert "00" not in chapters.codes and chapters.months[0] == 201301
    assert ((chapters.doses >= 0) & (chapters.doses <= 1)).all()
    assert np.isfinite(study.index(chapters, chapters.china, study.groups(chapters)["3"])[11:]).all()


def test_the_picture_says_the_figures_that_it_shows(chapters: study.Chapters) -> None:
    text = picture(study.covered(), chapters, study.answers(chapters))
    assert "×1.77" in text and "95%区间" in text and text.startswith("<svg")
