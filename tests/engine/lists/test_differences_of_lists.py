"""Two versions of a list set side by side: what came, went, changed, and what is covered that was not."""

from __future__ import annotations

from datetime import date

from hypothesis import given
from hypothesis import strategies as st
from tests.engine.lists.test_product_codes import codes

from commercebrain.engine.catalogue import load_catalogue
from commercebrain.engine.lists import ListRow, Matcher, ProductRow, difference


def row(digits: str, rate: float | None = 25.0, **more: object) -> ProductRow:
    return ProductRow(digits, "USHTS", "2018", "USA", rate, **more)  # type: ignore[arg-type]


def test_rows_come_go_change_and_stay_however_they_are_numbered() -> None:
    old = [row("85011010", number=1), row("85012000", number=2), row("87082900", 10.0, number=3)]
    new = [row("87082900", number=7), row("85011010", number=8), row("94036000", number=9)]
    told = difference(old, new)
    assert [one.digits for one in told.added] == ["94036000"]
    assert [one.digits for one in told.removed] == ["85012000"]
    assert [(a.rate, b.rate) for a, b in told.changed] == [(10.0, 25.0)]
    assert [one.digits for one in told.unchanged] == ["85011010"]
    assert [one.digits for one in told.newly_covered] == ["94036000"]
    assert [one.digits for one in told.no_longer] == ["85012000"]


def test_a_row_within_what_was_covered_already_is_added_but_covers_nothing_newly() -> None:
    told = difference([row("8501")], [row("8501"), row("85011010")])
    assert [one.digits for one in told.added] == ["85011010"]
    assert told.newly_covered == () and told.no_longer == ()
    wider = difference([row("85011010")], [row("8501")])
    assert [one.digits for one in wider.newly_covered] == ["8501"] and wider.no_longer == ()


def test_a_row_that_splits_into_finer_ones_loses_the_rest_only() -> None:
    told = difference([row("850110")], [row("85011010"), row("85011020")])
    assert told.newly_covered == ()
    assert [one.digits for one in told.no_longer] == ["850110"]


def test_what_was_excepted_and_is_no_longer_is_newly_covered() -> None:
    old = [row("8501", excludes=("85011010", "85012000"))]
    told = difference(old, [row("8501", excludes=("85012000",))])
    assert len(told.changed) == 1
    assert [one.digits for one in told.newly_covered] == ["85011010"]
    back = difference([row("8501")], old)
    assert [one.digits for one in back.no_longer] == ["85011010", "85012000"]
    assert [one.digits for one in difference(old, [*old, row("85011010")]).newly_covered] == ["85011010"]


def test_another_partner_is_another_row_and_a_group_holds_its_members() -> None:
    groups = load_catalogue().groups
    all_of_it, union, germany = (ProductRow("8501", "HS", "2022", one) for one in ("", "eu27", "DEU"))
    day = date(2024, 1, 1)
    assert difference([union], [union, germany], groups, day).newly_covered == ()
    assert difference([germany], [germany, union], groups, day).newly_covered == (union,)
    assert difference([all_of_it], [union], groups, day).newly_covered == ()
    assert difference([union], [germany], groups, day).no_longer == (union,)
    britain = ProductRow("8501", "HS", "2022", "GBR")
    assert difference([union], [britain], groups, day).newly_covered == (britain,)


def test_a_rate_that_rises_in_steps_is_compared_step_by_step() -> None:
    steps = [
        row("8501", 10.0, valid_from=date(2018, 9, 24), valid_to=date(2019, 5, 9)),
        row("8501", valid_from=date(2019, 5, 10)),
    ]
    later = [steps[0], row("8501", 30.0, valid_from=date(2019, 5, 10))]
    told = difference(steps, later)
    assert told.unchanged == (steps[0],)
    assert [(a.rate, b.rate) for a, b in told.changed] == [(25.0, 30.0)]
    assert told.added == told.removed == told.newly_covered == ()


def test_lists_of_other_things_are_compared_by_their_keys() -> None:
    old = [ListRow("91A", {"grade": "a"}), ListRow("91B", {"grade": "a"}), ListRow("91C")]
    new = [ListRow("91B", {"grade": "b"}, number=1), ListRow("91C", number=2), ListRow("91D")]
    told = difference(old, new)
    assert [one.key for one in told.added] == ["91D"]
    assert [one.key for one in told.removed] == ["91A"]
    assert [(a.data, b.data) for a, b in told.changed] == [({"grade": "a"}, {"grade": "b"})]
    assert [one.key for one in told.unchanged] == ["91C"]
    assert told.newly_covered == ()


ROWS = st.lists(
    st.builds(
        lambda digits, rate, out: ProductRow(digits, "CN", "2022", "USA", rate, excludes=tuple(out)),
        codes(lengths=(2, 4, 6, 8)), st.sampled_from([10.0, 25.0]), st.lists(codes(lengths=(6, 8)), max_size=1),
    ),
    max_size=6,
)  # fmt: skip


@given(ROWS, ROWS)
def test_each_row_has_one_fate_and_the_other_way_round_tells_the_mirror(
    old: list[ProductRow], new: list[ProductRow]
) -> None:
    told, back = difference(old, new), difference(new, old)
    assert len(told.added) + len(told.changed) + len(told.unchanged) == len(new)
    assert len(told.removed) + len(told.changed) + len(told.unchanged) == len(old)
    assert sorted(map(repr, told.added)) == sorted(map(repr, back.removed))
    assert told.newly_covered == back.no_longer
    assert difference(new, new).added == difference(new, new).newly_covered == ()


@given(ROWS, ROWS, st.lists(codes(lengths=(10,)), min_size=1, max_size=20))
def test_every_code_that_is_newly_covered_lies_within_a_row_that_says_so(
    old: list[ProductRow], new: list[ProductRow], trade: list[str]
) -> None:
    trade = [
        *trade,
        *(f"{one.digits:0<10}" for one in (*old, *new)),
        *(f"{x:0<10}" for one in old for x in one.excludes),
    ]

    def covered(rows: list[ProductRow]) -> set[str]:
        return {trade[code] for code in Matcher(rows, ("CN", "2022"), trade).upper.code}

    fresh = covered(new) - covered(old)
    assert fresh <= covered(list(difference(old, new).newly_covered))


def test_editions_built_on_one_hs_edition_hold_the_same_codes() -> None:
    older, newer = (ProductRow("85011010", "USHTS", edition, "USA", 25.0) for edition in ("2022", "2025"))
    told = difference([older], [newer])
    assert told.unchanged == (newer,) and not told.newly_covered and not told.no_longer
    rebuilt = difference([ProductRow("85011010", "USHTS", "2021", "USA", 25.0)], [newer])
    assert rebuilt.newly_covered == (newer,) and len(rebuilt.removed) == 1


def test_what_lapsed_and_comes_back_later_is_newly_covered_and_what_goes_on_is_not() -> None:
    lapsed = row("8501", valid_from=date(2018, 7, 6), valid_to=date(2019, 6, 30))
    back, goes_on = (row("85011010", valid_from=day) for day in (date(2025, 4, 9), date(2019, 7, 1)))
    assert difference([lapsed], [lapsed, back]).newly_covered == (back,)
    assert difference([lapsed], [lapsed, goes_on]).newly_covered == ()


def test_the_whole_of_a_code_is_newly_covered_where_a_part_stood_before() -> None:
    part, whole = row("8708", part=True), row("8708")
    told = difference([part], [whole])
    assert told.changed == ((part, whole),) and told.newly_covered == (whole,) and not told.no_longer
