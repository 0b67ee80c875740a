"""The register of regions: dated codes, loaded whole or not at all."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from django.urls import reverse
from django.utils import translation

from commercebrain.desk.core.models import Event
from commercebrain.desk.core.search import search
from commercebrain.desk.registry import actions, queries
from commercebrain.desk.registry.models import Region
from commercebrain.engine.errors import UserError

pytestmark = pytest.mark.django_db
HEAD = "code,name_zh,name_en,level,parent,valid_from,valid_to,synthetic,source\n"


def table(tmp_path: Path, *lines: str) -> Path:
    file = tmp_path / "regions.csv"
    file.write_text(HEAD + "\n".join(lines) + "\n", encoding="utf-8")
    return file


@pytest.fixture
def loaded(db):
    return actions.load_regions()


@pytest.mark.database
def test_the_catalogues_regions_load_and_a_second_time_changes_nothing(loaded):
    assert loaded[0] > 100 and loaded[1] == 0
    assert actions.load_regions() == (0, 0)
    assert Event.objects.filter(verb="regions.loaded").count() == 1
    ningbo = queries.region("330200", date(2025, 7, 21))
    assert (ningbo.name_zh, ningbo.name_en, ningbo.level, ningbo.parent.code) == ("宁波市", "Ningbo", "city", "330000")


def test_hangzhou_has_other_districts_before_and_after_april_2021(loaded):
    def districts(day):
        return set(queries.regions(day).filter(parent__code="330100").values_list("name_zh", flat=True))

    before, after = districts(date(2021, 1, 1)), districts(date(2025, 7, 21))
    assert {"江干区", "下城区"} <= before and "钱塘区" not in before
    assert {"临平区", "钱塘区"} <= after and not {"江干区", "下城区"} & after


def test_invented_regions_are_marked_and_stand_apart(loaded):
    invented = Region.objects.filter(synthetic=True)
    assert invented.count() >= 7
    assert all(region.code >= "990000" for region in invented)
    assert not Region.objects.filter(synthetic=False, code__gte="990000").exists()
    assert not Region.objects.filter(synthetic=False, parent__synthetic=True).exists()


def test_a_changed_name_is_taken_over_and_counted(tmp_path):
    one = "100000,全国,China,nation,,,,0,x"
    assert actions.load_regions(table(tmp_path, one, "330000,浙江,Zhejiang,province,100000,,,0,x")) == (2, 0)
    assert actions.load_regions(table(tmp_path, one, "330000,浙江省,Zhejiang,province,100000,,,0,x")) == (0, 1)


def test_a_child_takes_the_parent_that_is_valid_in_its_own_time(tmp_path):
    actions.load_regions(
        table(
            tmp_path,
            "330100,杭州市,Hangzhou,city,330000,,,0,x",
            "330000,旧省,Old,province,100000,,2020-12-31,0,x",
            "330000,新省,New,province,100000,2021-01-01,,0,x",
            "100000,全国,China,nation,,,,0,x",
        )
    )
    assert Region.objects.get(code="330100").parent.name_zh == "新省"


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("33000,浙江省,Zhejiang,province,,,,0,x", "code"),
        ("330000,浙江省,Zhejiang,shire,,,,0,x", "shire"),
        ("330000,浙江省,Zhejiang,province,,2021-13-01,,0,x", "2021-13-01"),
        ("330000,浙江省,Zhejiang,province,999999,,,0,x", "999999"),
        ("330000,浙江省,Zhejiang,province,,,,1,x", "synthetic"),
        ("990100,示例市,Example,city,,,,0,x", "synthetic"),
    ],
)
def test_a_bad_row_is_named_and_nothing_is_written(tmp_path, line, told):
    with pytest.raises(UserError) as fault:
        actions.load_regions(table(tmp_path, "100000,全国,China,nation,,,,0,x", line))
    assert told in fault.value.zh and told in fault.value.en
    assert fault.value.code == "regions.bad_row" and "3" in fault.value.en
    assert not Region.objects.exists()


def test_a_region_page_tells_what_its_code_has_meant(client, house):
    Region.objects.create(
        code="330600",
        name_zh="绍兴地区",
        name_en="Shaoxing Prefecture",
        level="city",
        valid_from=date(1949, 1, 1),
        valid_to=date(1983, 1, 1),
    )
    client.force_login(house.people.nobody, backend="django.contrib.auth.backends.ModelBackend")
    text = client.get(reverse("registry:region", args=["330600"])).text
    assert "绍兴市的代码是330600，属于浙江省。" in text and "绍兴地区" in text
    assert client.get(reverse("registry:region", args=["000000"])).status_code == 404


@pytest.mark.parametrize(
    ("typed", "first"), [("宁波", "宁波市"), ("nb", "宁波市"), ("ningbo", "宁波市"), ("330200", "宁波市")]
)
def test_regions_are_found_by_name_code_pinyin_and_initials(loaded, house_person, typed, first):
    with translation.override("zh-hans"):
        hits = [hit for hit in search(house_person, typed) if hit.kind == "地区"]
    assert hits[0].title == first


@pytest.fixture
def house_person(db):
    from commercebrain.desk.people.actions import create_person

    return create_person("finder", None, "找")
