"""The trade that a trade-remedy case cost, on its page and in the API: within the reader's reach, or what is missing."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.urls import reverse
from tests.desk.cases.conftest import warning
from tests.desk.cases.test_following import LINES, lake, ship  # noqa: F401 - fixture
from tests.engine.indicators.city import block, months

from commercebrain.desk.cases import actions
from commercebrain.desk.cases.api import case_detail
from commercebrain.desk.cases.lost import lost_out
from commercebrain.desk.cases.models import Case
from commercebrain.engine.disclosure.store import recompute
from commercebrain.engine.enterprises.uscc import synthetic
from commercebrain.engine.lake import Lake
from commercebrain.engine.lake.records.schema import record_dataset
from commercebrain.engine.lake.records.table import RecordTable

pytestmark = pytest.mark.django_db
VALUES = {
    "authority": "USA",
    "remedy": "anti_dumping",
    "product": "示例",
    "products": "847130",
    "initiated_on": "2025-03-10",
}


def remedy(city: SimpleNamespace, **values: str) -> Case:
    return actions.start(
        "remedy_case", unit=city.section, region=city.top.region, title="反倾销调查", person=city.people.trade, values=values
    )  # fmt: skip


def page(client: Any, person: Any, case: Case) -> str:
    client.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
    answer = client.get(reverse("cases:case", args=[case.pk]), HTTP_ACCEPT_LANGUAGE="zh-hans")
    assert answer.status_code == 200
    return str(answer.content.decode())


def test_the_page_and_the_api_tell_what_was_lost_since_the_initiation(
    client: Any, city: SimpleNamespace, lake: Path
) -> None:  # fmt: skip
    ship(lake, 202503, 202506, 400_000, date(2025, 7, 21))
    case = remedy(city, **VALUES)
    told = lost_out(case, city.people.chief)
    assert told is not None and not told["withheld"] and told["method"] == "forecast" and told["synthetic"]
    assert told["actual"] == 4 * 400_005, "both firms' exports of the goods to the market"
    assert 2_200_000 < told["lost"] < 2_600_000 and told["low80"] <= told["lost"] <= told["high80"]
    assert [one["month"] for one in told["months"]][::15] == ["2024-03", "2025-06"]
    assert told["months"][0]["expected"] is None and told["months"][0]["actual"] == 1_000_005
    text = page(client, city.people.chief, case)
    assert 'id="lost-trade"' in text and told["sentence"]["zh"] in text and "40.00" in text
    assert lost_out(remedy(city, **{**VALUES, "products": "010121"}), city.people.chief)["actual"] == 0  # type: ignore[index]


def test_who_is_not_cleared_is_told_that_it_is_withheld_and_a_firm_sees_nothing_of_it(
    client: Any, city: SimpleNamespace, lake: Path
) -> None:  # fmt: skip
    case = remedy(city, **VALUES)
    told = lost_out(case, city.people.trade)
    assert told == {"missing": (), "fault": None, "withheld": True, "months": []}
    text = page(client, city.people.trade, case)
    assert 'id="lost-trade"' in text and "100.00" not in text and "您没有企业级海关数据的查看权限" in text
    actions.name_firms(case, None, [city.own])
    assert 'id="lost-trade"' not in page(client, city.people.firm, case)
    assert case_detail(case, city.people.firm)["lost_trade"] is None


def test_a_case_without_its_fields_says_what_is_missing_and_other_cases_have_none(
    client: Any, city: SimpleNamespace, lake: Path
) -> None:  # fmt: skip
    case = remedy(city, authority="USA")
    told = lost_out(case, city.people.chief)
    assert told is not None and told["missing"] == ("products", "initiated_on")
    assert "涉案税号, 立案日期" in page(client, city.people.chief, case)
    assert lost_out(warning(city), city.people.chief) is None


def many(root: Path, first: int, last: int, amounts: dict[str, tuple[int, ...]], day: date) -> None:
    """Lines of five firms or fewer by goods: of each firm an amount a month, to the United States."""
    dataset, blocks = record_dataset(LINES), []
    for month in months(first, last):
        rows = [
            {
                "month": month, "uscc": synthetic("990100", number), "hs10": goods, "country": "USA", "mode": "0110",
                "flow": "export", "quantity": 1, "value_cny": amount, "value_usd": amount // 7, "county": "990101",
            }
            for goods, values in amounts.items()
            for number, amount in enumerate(values)
        ]  # fmt: skip
        blocks.append(block(dataset, month, rows))
    records = RecordTable(root, dataset)
    records.append_months(blocks, published=day, taken_in=day, source="海关", synthetic=True)
    recompute(records)


def test_who_is_not_cleared_is_told_the_whole_chapter_to_the_market_named_as_such(
    client: Any, city: SimpleNamespace, tmp_path: Path, settings: Any
) -> None:
    settings.LAKE_ROOT = tmp_path / "lake"
    Lake.create(settings.LAKE_ROOT)
    goods, near = "8471300000", "8473309000"
    many(settings.LAKE_ROOT, 202401, 202502, {goods: (300_000,), near: (300_000,) * 5}, date(2025, 7, 20))
    many(settings.LAKE_ROOT, 202503, 202506, {near: (250_000,) * 5}, date(2025, 7, 20))
    case = remedy(city, **VALUES)
    own, whole = (lost_out(case, who) for who in (city.people.chief, city.people.trade))
    assert own is not None and (own["goods"], own["whole_chapters"], own["actual"]) == (("847130",), False, 0)
    assert whole is not None and (whole["goods"], whole["whole_chapters"]) == (("84",), True)
    assert whole["actual"] == 4 * 5 * 250_000 and whole["lost"] > own["lost"] > 0
    assert whole["sentence"]["zh"].startswith("第84章整章（宽于涉案商品）对该市场：")
    text = page(client, city.people.trade, case)
    assert whole["sentence"]["zh"] in text and "不等于涉案损失" in text and "30.00" not in text
    assert own["sentence"]["zh"] not in text and "第84章整章" not in page(client, city.people.chief, case)


def test_where_the_chapter_tells_about_a_firm_too_it_is_withheld_as_well(
    city: SimpleNamespace, tmp_path: Path, settings: Any
) -> None:
    settings.LAKE_ROOT = tmp_path / "lake"
    Lake.create(settings.LAKE_ROOT)
    goods, near = "8471300000", "8473309000"
    before, since = {goods: (9_000_000,), near: (50_000,) * 5}, {goods: (50_000,), near: (50_000,) * 5}
    many(settings.LAKE_ROOT, 202401, 202402, before, date(2025, 7, 20))
    many(settings.LAKE_ROOT, 202403, 202506, since, date(2025, 7, 20))
    case = remedy(city, **VALUES)
    told = lost_out(case, city.people.trade)
    assert told is not None and told["whole_chapters"] and told["actual"] == 4 * 300_000
    assert told["months"][0]["actual"] == 300_000
    assert "只有12个月" in told["how"]["zh"], "what is withheld is no history"
    many(settings.LAKE_ROOT, 202506, 202506, before, date(2025, 7, 21))
    told = lost_out(case, city.people.trade)
    assert told == {"missing": (), "fault": None, "withheld": True, "months": []}
