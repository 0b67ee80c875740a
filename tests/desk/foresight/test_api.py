"""The same answers through the API: one series, every member, how good forecasts were; bad input gets a sentence."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from tests.house import House

from commercebrain.desk.core.models import Event
from commercebrain.desk.people.models import Person

pytestmark = pytest.mark.django_db
Browse = Callable[..., Client]
EXPORTS = "/api/outlook/customs_export_value"


def items(client: Client, address: str, **query: Any) -> list[dict[str, Any]]:
    found = client.get(address, query)
    assert found.status_code == 200, found.content
    rows: list[dict[str, Any]] = found.json()["items"]
    return rows


def test_one_series_has_its_months_ahead_and_their_sum(browse: Browse, cleared: Person) -> None:
    [one] = items(browse(cleared), EXPORTS, region="990100", horizon=3)
    assert [each["month"] for each in one["ahead"]] == ["2025-07", "2025-08", "2025-09"]
    assert one["total"]["point"] == pytest.approx(sum(each["point"] for each in one["ahead"]), rel=1e-6)
    width = one["total"]["high80"] - one["total"]["low80"]
    assert width < sum(each["high80"] - each["low80"] for each in one["ahead"])
    assert one["synthetic"] and one["unit"] == "亿元" and one["dimensions"] == {}
    assert one["latest"]["month"] == "2025-06" and one["as_of"] == "2025-07-21"


def test_every_member_of_a_break_down_comes_in_pages(browse: Browse, cleared: Person) -> None:
    client = browse(cleared)
    rows = items(client, EXPORTS, region="990100", by="county")
    assert [row["dimensions"]["county"] for row in rows] == [f"99010{n}" for n in range(1, 7)]
    second = client.get(EXPORTS, {"region": "990100", "by": "county", "limit": 2, "offset": 2}).json()
    assert second["count"] == 6 and second["items"] == rows[2:4]
    assert all(row["total"] is None for row in rows)


def test_the_page_and_the_api_give_the_same_number(browse: Browse, cleared: Person) -> None:
    [one] = items(browse(cleared), EXPORTS, region="990100", where="county=990101")
    text = browse(cleared).get("/outlook/customs_export_value/990100/", {"where.county": "990101"}).content.decode()
    assert f"{one['ahead'][0]['point']:,.2f}" in text


@pytest.mark.parametrize(
    "query",
    [{}, {"region": "990100", "horizon": "0"}, {"region": "990100", "horizon": "40"}, {"region": "990100", "by": "planet"},
     {"region": "990100", "horizon": "six"}, {"region": "990100", "horizon": "-1"}, {"region": "990100", "horizon": "1e1"},
     {"region": "990100", "by": "county,"*40}, {"region": "990100", "by": "county,planet"}, {"region": "990100", "by": "县"},
     {"region": "990100", "where": "country="}, {"region": "990100", "where": "=USA"},
     {"region": "990100", "where": "planet=Mars"}, {"region": "990100", "where": "country=Atlantis"},
     {"region": "990100", "where": "x" * 3000}, {"region": "990100", "as_of": "soon"}, {"region": "990100", "limit": "-1"},
     {"region": "990100", "limit": "100000"}, {"region": "990100\x00"},
     {"region": "990100", "where": "nonsense"}, {"region": "990100", "as_of": "2099-01-01"}, {"region": "abc"}],
)  # fmt: skip
def test_what_cannot_be_asked_is_refused_with_a_sentence(
    browse: Browse, cleared: Person, query: dict[str, str]
) -> None:
    found = browse(cleared).get(EXPORTS, query)
    assert found.status_code in (400, 404, 422), found.content
    assert found.json()["detail"]


def test_an_unknown_indicator_is_refused(browse: Browse, cleared: Person) -> None:
    assert browse(cleared).get("/api/outlook/no_such_thing", {"region": "990100"}).status_code in (400, 404, 422)


def test_single_firms_are_for_who_is_cleared(browse: Browse, cleared: Person, uncleared: Person, house: House) -> None:
    question = {"region": "990100", "by": "uscc", "limit": 5}
    assert browse(uncleared).get(EXPORTS, question).status_code in (400, 403)
    assert len(items(browse(cleared), EXPORTS, **question)) == 5
    assert Event.objects.filter(verb="data.seen", person=cleared).count() == 1


def test_who_sees_nothing_is_told_no_number(browse: Browse, house: House, city: Any) -> None:
    rows = items(browse(house.people.nobody), EXPORTS, region="990100")
    assert all(row["latest"]["value"] is None and row["ahead"] == [] and row["total"] is None for row in rows)


def test_what_one_reader_was_told_is_not_told_to_the_next(
    browse: Browse, cleared: Person, uncleared: Person, house: House
) -> None:
    """Answers are kept for the next reader of the same reach, and only for that one."""
    firms = {"region": "990100", "by": "uscc", "limit": 5}
    for address, question in ((EXPORTS, firms), ("/api/anomalies", firms | {"code": "customs_export_value"})):
        assert browse(cleared).get(address, question).status_code == 200
        for other in (uncleared, house.people.nobody):
            refused = browse(other).get(address, question)
            assert refused.status_code in (400, 403), (address, other, refused.content[:300])
    for question in ({"region": "990100"}, {"region": "990100", "by": "county"}):
        assert items(browse(cleared), EXPORTS, **question)[0]["latest"]["value"] is not None
        for row in items(browse(house.people.nobody), EXPORTS, **question):
            assert row["latest"]["value"] is None and row["ahead"] == []
