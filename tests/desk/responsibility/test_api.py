"""The API tells the same rows as the pages, within the same scope."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest
from django.test import Client

from commercebrain.desk.responsibility import actions

pytestmark = pytest.mark.django_db


def test_parts_updates_adjustments_and_work_come_through_the_api_within_scope(
    world: SimpleNamespace, empty_lake: Any, browse: Callable[..., Client]
) -> None:
    people, units = world.house.people, world.house.units
    actions.allocate(people.planner, world.target, {("330203", 2025): Decimal(4000), ("330212", 2025): Decimal(9)})
    actions.propose(people.planner, world.target, value=Decimal(9000), reason="外部", asked_of="市人民政府")
    actions.save_update(people.clerk, world.task, units.ningbo, date(2025, 7, 1), light="green", done="走访")

    def items(who: str, what: str) -> list[dict[str, Any]]:
        answer = browse(getattr(people, who)).get(f"/api/{what}")
        assert answer.status_code == 200, answer.content
        rows: list[dict[str, Any]] = answer.json()["items"]
        return rows

    assert [row["value"] for row in items("planner", "allocations")] == [4000, 9]
    assert [row["region"] for row in items("county", "allocations")] == ["330203"]
    assert items("planner", "adjustments")[0]["state"] == "proposed" and not items("county", "adjustments")
    assert items("county", "updates")[0]["month"] == "2025-07" and not items("sister", "updates")
    assert {row["kind"] for row in items("clerk", "work")} >= {"Missing update", "Adjustment"}
    assert not items("nobody", "work") and items("planner", "needs") == []
