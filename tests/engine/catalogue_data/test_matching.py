"""From a promise's words to its indicator: all that is certain, nothing that is not."""

from __future__ import annotations

import csv
import random
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.depth import examples

from commercebrain.engine.catalogue import Catalogue, Indicator, load_catalogue
from commercebrain.engine.indicators.matching import CANDIDATES, match_indicator, plain_name

LABELS = Path(__file__).parent / "expected_matches.csv"
#: The one promise whose words name no indicator with certainty: 服务贸易累计完成 300 亿元 contradicts
#: the yearly 服务贸易进出口额 of the same city, so a person must say what it counts.
UNCERTAIN = {"T017"}


def labels() -> list[dict[str, str]]:
    with LABELS.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@dataclass
class Few:
    """A small catalogue."""

    indicators: dict[str, Indicator]


def test_every_promise_of_the_five_plans_finds_its_indicator_or_a_person(catalogue: Catalogue) -> None:
    rows = labels()
    assert len(rows) == 176
    found = {r["target"]: match_indicator(r["indicator"], r["unit"], r["region"], catalogue) for r in rows}
    wrong = [
        (r["target"], r["indicator"], found[r["target"]])
        for r in rows
        if found[r["target"]].code != (r["code"] or None)
    ]
    assert wrong == []
    assert {target for target, match in found.items() if match.code is None} == UNCERTAIN
    assert "service_trade" in found["T017"].candidates


def test_a_promised_growth_is_a_growth_of_its_indicator(catalogue: Catalogue) -> None:
    how = Counter(match_indicator(r["indicator"], r["unit"], r["region"], catalogue).how for r in labels())
    assert how["growth"] == 5
    assert match_indicator("进口贸易总额较2020年增长倍数", "番", "绍兴市", catalogue).code == "import_value"
    assert match_indicator("规上制造业工业增加值增速", "%", "宁波市", catalogue).code == "manufacturing_va_growth"


@pytest.mark.parametrize(
    ("name", "unit", "code"),
    [
        ("货物贸易进出口额", "亿元", "trade_value"),
        ("服务贸易进出口额", "亿元", "service_trade"),
        ("进出口总额", "亿元", "trade_value"),
        ("出口总额", "亿元", "export_value"),
        ("进口总额", "亿元", "import_value"),
        ("实际利用外资", "亿美元", "fdi_verified"),
        ("合同外资", "亿美元", "fdi_contracted"),
        ("网络零售额", "亿元", "online_retail"),
        ("居民网络消费额", "亿元", "online_consumption"),
        ("实物商品网上零售额", "亿元", "online_retail_goods"),
        ("电子商务交易额", "亿元", "ecommerce_value"),
        ("社会消费品零售总额", "亿元", "retail_sales"),
        ("商品销售额", "亿元", "sales_value"),
        ("跨境电子商务进出口额", "亿美元", "cbec_value"),
        ("跨境网络零售额", "亿元", "cbec_online_retail"),
        ("备案（核准）中方投资额", "亿美元", "odi_filed"),
        ("对外实际投资额", "亿美元", "odi_actual"),
        ("“证照分离”改革全覆盖", "%", "permit_reform_coverage"),
        ("服务贸易", "亿元", "service_trade"),
        ("数字贸易", "亿元", "digital_trade_value"),
        ("数字服务贸易", "亿美元", "digital_service_trade"),
    ],
)
def test_neighbours_that_are_often_confused_stay_apart(catalogue: Catalogue, name: str, unit: str, code: str) -> None:
    assert match_indicator(name, unit, None, catalogue).code == code


@pytest.mark.parametrize(
    ("name", "unit", "how", "candidate"),
    [
        ("贸易额", "亿元", "unknown", None),
        ("利用外资", "亿美元", "unknown", "fdi_verified"),
        ("限额以上社会消费品零售总额", "亿元", "unknown", "retail_sales"),
        ("海运集装箱吞吐量（宁波港域）", "万标箱", "unknown", "container_throughput"),
        ("跨境电商进出口额（海关口径）", "亿元", "unknown", "cbec_customs_mode"),
        ("高新技术产业实际利用外资占比", "%", "unknown", "high_tech_fdi_share"),
        ("新增世界500强项目数量", "个", "unknown", "fortune500_projects"),
        ("外贸出口总额", "%", "unit", "export_value"),
        ("外贸出口总额", "家", "unit", "export_value"),
        ("外贸出口总额", "", "unit", "export_value"),
        ("外贸出口总额", "斗", "unit", "export_value"),
        ("出口占全国份额", "亿元", "unit", "export_share_of_nation"),
        ("一般公共预算收入", "亿元", "unknown", None),
        ("", "亿元", "unknown", None),
    ],
)
def test_what_is_not_certain_goes_to_a_person_with_the_nearest_named(
    catalogue: Catalogue, name: str, unit: str, how: str, candidate: str | None
) -> None:
    match = match_indicator(name, unit, "宁波市", catalogue)
    assert match.code is None
    assert match.how == how
    assert len(match.candidates) <= CANDIDATES
    if candidate is not None:
        assert candidate in match.candidates


def test_another_calibre_named_in_the_document_is_not_the_indicators_own(catalogue: Catalogue) -> None:
    name, unit = "实际利用外资额", "亿美元"
    assert match_indicator(name, unit, "绍兴市", catalogue, calibre="商务部口径").code == "fdi_verified"
    other = match_indicator(name, unit, "绍兴市", catalogue, calibre="企业报到口径")
    assert (other.code, other.how, other.candidates[0]) == (None, "calibre", "fdi_verified")


def test_two_indicators_of_one_name_are_both_listed_and_neither_is_chosen(catalogue: Catalogue) -> None:
    one = catalogue.indicators["online_retail"]
    twin = one.model_copy(update={"code": "online_retail_again"})
    match = match_indicator("网络零售额", "亿元", None, Few({one.code: one, twin.code: twin}))
    assert (match.code, match.how) == (None, "ambiguous")
    assert match.candidates == ("online_retail", "online_retail_again")


def test_the_regions_own_name_in_front_does_not_hide_the_indicator(catalogue: Catalogue) -> None:
    for name in ("宁波市外贸出口总额", "宁波外贸出口总额", "全市外贸出口总额", "外贸 出口总额"):
        assert match_indicator(name, "亿元", "宁波市", catalogue).code == "export_value", name
    assert match_indicator("“浙江制造网上行”活动网上销售额", "亿", "浙江省", catalogue).code == "made_online_sales"


def test_no_two_indicators_share_a_name_or_a_synonym(catalogue: Catalogue) -> None:
    owners: dict[str, set[str]] = {}
    for code, indicator in catalogue.indicators.items():
        for name in (indicator.name.zh, *indicator.synonyms):
            owners.setdefault(plain_name(name), set()).add(code)
    assert {name: codes for name, codes in owners.items() if len(codes) > 1} == {}


CODES = sorted(load_catalogue().indicators)


@given(code=st.sampled_from(CODES), pick=st.integers(0, 50))
@settings(max_examples=examples(200), deadline=None)
def test_every_indicator_is_found_by_each_of_its_own_names(code: str, pick: int) -> None:
    indicator = load_catalogue().indicators[code]
    names = (indicator.name.zh, indicator.name.en, *indicator.synonyms)
    match = match_indicator(names[pick % len(names)], indicator.unit, None, load_catalogue())
    assert match.code == code


@given(
    name=st.text(alphabet="进出口额总外贸资利用实际网络零售商品服务跨境电占比重增速数量省市", max_size=12),
    unit=st.sampled_from(["亿元", "%", "家", "亿美元", ""]),
)
@settings(max_examples=examples(300), deadline=None)
def test_only_a_name_of_the_catalogue_is_ever_matched(name: str, unit: str) -> None:
    catalogue = load_catalogue()
    match = match_indicator(name, unit, None, catalogue)
    if match.code is not None and match.how != "growth":
        indicator = catalogue.indicators[match.code]
        own = {plain_name(n) for n in (indicator.name.zh, *indicator.synonyms)}
        assert plain_name(name) in own or plain_name(name).removeprefix("累计") in own
    assert match == match_indicator(name, unit, None, catalogue)


def test_the_order_of_the_catalogue_changes_nothing(catalogue: Catalogue) -> None:
    items = list(catalogue.indicators.items())
    random.Random(1).shuffle(items)
    asked = [(row["indicator"], row["unit"], row["region"]) for row in labels()]
    # One catalogue after the other: the names of the last one are kept ready.
    shuffled, in_order = ([match_indicator(*one, each) for one in asked] for each in (Few(dict(items)), catalogue))
    assert shuffled == in_order
