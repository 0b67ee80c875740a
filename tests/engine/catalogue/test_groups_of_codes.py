"""Groups of partners, products and modes: who belonged when, and what is wrong in a file named with its line."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from commercebrain.engine.catalogue import Catalogue, load_catalogue
from commercebrain.engine.catalogue.groups import Group

GROUP = """code: close_partners
name: {zh: 近邻, en: Close partners}
definition: {zh: 举例, en: An example}
column: country
values: [JPN, KOR]
dated:
  - {value: VNM, from: 2021-01-01, to: 2021-12-31}
source: {doc: plan.txt}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("groups", "codes"):
        (tmp_path / name).mkdir()
    (tmp_path / "codes" / "countries.csv").write_text(
        "code,name_zh,name_en\nJPN,日本,Japan\nKOR,韩国,Korea\nVNM,越南,Viet Nam\n", encoding="utf-8"
    )
    (tmp_path / "codes" / "products.csv").write_text("code,name_zh,name_en\n85,电机,Electrical\n", encoding="utf-8")
    return tmp_path


def put(folder: Path, text: str) -> Catalogue:
    (folder / "groups" / "close_partners.yaml").write_text(text, encoding="utf-8")
    return load_catalogue(folder)


def test_a_dated_member_belongs_from_its_first_day_through_its_last(folder: Path) -> None:
    group = put(folder, GROUP).groups["close_partners"]
    belongs = {day: "VNM" in group.at(date.fromisoformat(day))[0] for day in
               ("2020-12-31", "2021-01-01", "2021-12-31", "2022-01-01")}  # fmt: skip
    assert list(belongs.values()) == [False, True, True, False]
    assert group.has("JPN", date(1990, 1, 1))


@pytest.mark.parametrize(
    ("before", "after", "line", "said"),
    [
        ("[JPN, KOR]", "[JPN, KRO]", 5, "KOR"),
        ("value: VNM", "value: VMN", 7, "VNM"),
        ("[JPN, KOR]", "[JPN, JPN]", 1, "JPN"),
        ("column: country", "column: county", 4, "country"),
        (", to: 2021-12-31", ", to: 2019-12-31", 7, "before"),
        ("from: 2021-01-01, to: 2021-12-31", "note: {zh: 无, en: none}", 7, "from"),
        ("values: [JPN, KOR]", 'prefixes: ["85"]', 1, "prefixes"),
    ],
)
def test_a_fault_names_the_line(folder: Path, before: str, after: str, line: int, said: str) -> None:
    assert before in GROUP
    found = put(folder, GROUP.replace(before, after, 1)).check()
    assert [fault.line for fault in found] == [line], found
    assert said in found[0].reason_en


def test_a_group_of_products_takes_beginnings_of_codes(folder: Path) -> None:
    text = GROUP.replace("column: country\nvalues: [JPN, KOR]", 'column: hs10\nprefixes: ["8507"]').replace(
        "VNM", '"99"'
    )
    assert [fault.line for fault in put(folder, text).check()] == [7]
    group = put(folder, text.replace('"99"', '"85"')).groups["close_partners"]
    assert group.has("8507600090", date(2024, 1, 1))
    assert not group.has("8542310000", date(2024, 1, 1))
    assert group.has("8542310000", date(2021, 6, 1))


@settings(deadline=None)
@given(st.dates(date(2000, 1, 1), date(2030, 12, 31)))
def test_members_on_a_day_are_the_standing_ones_and_those_whose_time_holds_it(day: date) -> None:
    for group in load_catalogue().groups.values():
        values, prefixes = group.at(day)
        dated = {one.value for one in group.dated if (one.from_ or day) <= day <= (one.to or day)}
        assert {*values, *prefixes} == {*group.values, *group.prefixes, *dated}


def test_unions_have_as_many_members_as_they_say() -> None:
    groups = load_catalogue().groups

    def count(code: str, day: str) -> int:
        values, prefixes = groups[code].at(date.fromisoformat(day))
        return len(values) + len(prefixes)

    assert count("eu27", "2020-01-31") == 28 and count("eu27", "2020-02-01") == 27
    assert count("asean", "2024-12-31") == 10 and count("asean", "2025-12-31") == 11
    assert count("rcep", "2021-06-30") == 14 and count("rcep", "2023-12-31") == 14
    assert count("ceec", "2019-12-31") == 17 and count("ceec", "2023-01-01") == 14
    assert count("belt_road", "2023-06-30") == 152
    assert count("brics", "2023-12-31") == 4 and count("brics", "2025-06-30") == 9
    assert count("g7", "2024-01-01") == 7 and count("latin_america", "2024-01-01") > 40


def test_the_new_three_are_the_three_of_them() -> None:
    groups = load_catalogue().groups
    parts = {*groups["new_energy_vehicles"].prefixes, *groups["solar_cells"].prefixes, "850760"}
    assert set(groups["new_three"].prefixes) == parts


def test_textiles_and_garments_are_apart_and_make_the_whole() -> None:
    groups: dict[str, Group] = dict(load_catalogue().groups)
    textiles, garments = set(groups["textiles"].prefixes), set(groups["garments"].prefixes)
    assert not textiles & garments
    assert textiles | garments == set(groups["textiles_garments"].prefixes)
