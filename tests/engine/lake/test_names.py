"""The names of the real catalogue: what headings and rows of offices' tables may say."""

from __future__ import annotations

import pytest

from commercebrain.engine.catalogue import load_catalogue
from commercebrain.engine.lake import Lake, Names
from commercebrain.engine.lake.dataset import load_dataset


@pytest.fixture(scope="module")
def names() -> Names:
    return Names.of(load_catalogue())


@pytest.mark.parametrize(
    ("kind", "said", "code"),
    [
        ("indicator", "出口", "export_value"),
        ("indicator", "其中：进口", "import_value"),
        ("indicator", "一、进出口总额（亿元）", "trade_value"),
        ("indicator", "社会消费品零售总额", "retail_sales"),
        ("indicator", "export_value", "export_value"),
        ("region", "宁波", "330200"),
        ("region", "浙江省", "330000"),
        ("region", "鄞州", "330212"),
        ("region", "Ningbo", "330200"),
        ("region", "330600", "330600"),
        ("calibre", "限额以上单位", "above_quota"),
    ],
)
def test_a_name_finds_its_code(names, kind, said, code):
    assert names.find(kind, said) == code


@pytest.mark.parametrize("said", ["机电产品出口", "出口增速排名", "全市", ""])
def test_a_longer_or_empty_name_is_not_taken_for_the_indicator_inside_it(names, said):
    assert names.find("indicator", said) is None


def test_every_word_of_the_dataset_names_an_indicator_of_the_catalogue():
    assert set(load_dataset("observations").indicator_words) <= set(load_catalogue().indicators)


def test_a_lake_without_names_of_its_own_takes_those_of_the_installed_catalogue(tmp_path):
    assert Lake(tmp_path).names.find("region", "绍兴市") == "330600"


def test_the_dataset_quotes_its_source():
    from importlib.resources import files

    for source in load_dataset("observations").source:
        text = (files("commercebrain.catalogue") / "samples" / "plans" / source["doc"]).read_text("utf-8")
        assert source["quote"] in text.replace("\n", "")
