"""What the founding documents ask for and these pages do."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from tests.house import House

from commercebrain.desk.people.models import Person
from commercebrain.engine.lake import Lake
from commercebrain.engine.simulate.others import simulate_others

pytestmark = pytest.mark.django_db
Browse = Callable[..., Client]


def test_s022_what_is_unusual_in_trade_is_found_with_who_made_it(browse: Browse, cleared: Person) -> None:
    client = browse(cleared)
    question = {"code": "customs_export_value", "region": "990100", "by": "hs2"}
    rows = client.get("/api/anomalies", question).json()["items"]
    listed = client.get(reverse("foresight:anomalies"), question).content.decode()
    assert rows and all(row["names"][0]["en"].split(";")[0] in listed for row in rows[:3])
    key = rows[0]["dimensions"]["hs2"]
    text = client.get(reverse("foresight:anomaly", args=["customs_export_value", "990100"]), {"by": "hs2", "key": key})
    assert text.status_code == 200 and "Who made the gap: by" in text.content.decode()


def test_s088_the_sales_of_sample_shops_are_expected_and_judged(
    browse: Browse, house: House, cleared: Person, settings: Any, tmp_path: Path
) -> None:
    settings.LAKE_ROOT = tmp_path / "shops"
    Lake.create(settings.LAKE_ROOT)
    simulate_others(settings.LAKE_ROOT, 3, firms=60)
    [one] = browse(cleared).get("/api/outlook/sample_sales", {"region": "990100"}).json()["items"]
    assert one["latest"]["expected"] > 0 and len(one["ahead"]) == 6 and one["synthetic"]
