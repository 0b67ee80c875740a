"""How an answer moved: from nothing but what was known on each day; and whose figures help a landing."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from tests.engine.outlook.ningbo_promises import (
    LAST,
    NINGBO,
    PICTURE,
    PROMISES,
    catalogue,
    known,
    moved,
    official,
    picture,
    table,
)

from commercebrain.engine.catalogue.expressions import Name
from commercebrain.engine.indicators import Snapshot
from commercebrain.engine.lake import Lake
from commercebrain.engine.outlook.history import Answer, answers_over_time, by_month
from commercebrain.engine.outlook.parts_and_peers import peers_of, quotient

PAGE = PICTURE.parents[1] / "explanation" / "where-a-promise-lands.md"


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return official(tmp_path_factory.mktemp("official") / "lake")


@pytest.fixture(scope="module")
def answers(lake: Path) -> dict[str, list[Answer]]:
    return {promise.code: moved(lake, promise) for promise in PROMISES}


def test_every_month_of_2024_and_2025_that_came_out_has_its_answer(answers: dict[str, list[Answer]]) -> None:
    # January comes out together with February.
    for rows in answers.values():
        told = [one.through.last for one in rows if one.through is not None]
        assert told == [(2024, m) for m in range(2, 13)] + [(2025, m) for m in range(2, 7)]
        assert all(one.assessment.landing is not None and one.assessment.chance is not None for one in rows)


def test_an_earlier_answer_is_the_one_of_a_lake_that_ends_on_that_day(
    lake: Path, answers: dict[str, list[Answer]]
) -> None:
    promise, day = PROMISES[0], date(2024, 10, 18)
    early = known(Snapshot(Lake(lake), day), promise.code)
    found = answers_over_time(promise.terms, early, [day])[0]
    kept = next(one for one in answers[promise.code] if one.day == day)
    assert found.assessment.landing == kept.assessment.landing
    assert found.through == kept.through


def test_the_answers_narrow_and_the_promise_was_out_of_reach_from_the_spring_of_2024(
    answers: dict[str, list[Answer]],
) -> None:
    rows = answers["trade_value"]
    first, last = rows[0].assessment.landing, rows[-1].assessment.landing
    assert first is not None
    assert last is not None
    assert last.high80 - last.low80 < (first.high80 - first.low80) / 3
    assert {one.assessment.state for one in rows[1:]} == {"off_path"}
    assert {one.assessment.state for one in answers["trade_share_of_nation"][-6:]} == {"on_path"}
    assert {one.assessment.state for one in answers["export_import_ratio"][2:]} == {"off_path"}


def test_the_docs_show_what_the_engine_answers(answers: dict[str, list[Answer]]) -> None:
    assert PICTURE.read_text(encoding="utf-8") == picture(answers), "write it anew: see ningbo_promises.py"
    assert table(answers) in PAGE.read_text(encoding="utf-8"), "write it anew: see ningbo_promises.py"


def test_of_two_answers_with_the_same_figures_the_later_counts(lake: Path) -> None:
    asked = known(Snapshot(Lake(lake), LAST), PROMISES[0].code)
    found = by_month(answers_over_time(PROMISES[0].terms, asked, [date(2025, 7, 20), date(2025, 7, 19)]))
    assert [one.day for one in found] == [date(2025, 7, 20)]


def test_a_quotient_is_one_indicator_over_another_and_nothing_else() -> None:
    indicators = catalogue().indicators
    assert quotient(indicators["trade_share_of_nation"]) == (Name("trade_value"), Name("trade_value", "nation"))
    assert quotient(indicators["export_import_ratio"]) == (Name("export_value"), Name("import_value"))
    assert quotient(indicators["trade_value"]) is None


def test_peers_are_real_with_real_and_invented_with_invented_and_of_one_level_where_there_are_two() -> None:
    known_ = {"100000", "330000", "330100", "330700", "330203", "990100", "990101", "990102"}
    assert peers_of(NINGBO, known_ | {NINGBO}) == ("330100", "330700")
    assert peers_of(NINGBO, {"100000", "330000", "330100"}) == ("330000", "330100")
    assert peers_of("990103", known_) == ("990101", "990102")
    assert peers_of("990100", {"990100", "330100"}) == ()
