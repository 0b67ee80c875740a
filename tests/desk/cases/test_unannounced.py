"""A year that the State Council has not announced stops nothing: clocks count its weekends, say so, and are counted anew."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime
from types import SimpleNamespace
from typing import Any

import pytest
from django.utils.translation import override
from tests.desk.cases.conftest import warning

from commercebrain.desk.cases import actions, clocks, pages, queries
from commercebrain.desk.cases.api import clock_out
from commercebrain.desk.cases.models import Clock
from commercebrain.desk.core import workdays as desk
from commercebrain.desk.core.models import Event
from commercebrain.engine import workdays
from commercebrain.engine.clock import BEIJING

pytestmark = pytest.mark.django_db


@pytest.fixture
def announced_until(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """Forgets the notices of later years."""
    known = workdays.notices()

    def forget(year: int) -> None:
        for module in (workdays, clocks):
            monkeypatch.setattr(module, "notices", lambda: replace(known, years=range(2004, year + 1)))

    return forget


def shown(case: Any) -> list[pages.Shown]:
    with override("zh-hans"):
        return [pages.shown_clock(one, [], False) for one in queries.clocks(case)]


def test_a_clock_that_runs_into_it_starts_and_says_that_it_is_preliminary(
    client: Any, city: SimpleNamespace, announced_until: Callable[[int], None]
) -> None:
    announced_until(2024)
    case = warning(city)
    (clock,) = queries.clocks(case)
    assert clock_out(clock, case)["how"]["en"].startswith("the holidays of 2025 are not announced yet")
    client.force_login(city.people.jia, backend="django.contrib.auth.backends.ModelBackend")
    page = client.get(f"/cases/{case.pk}/", HTTP_ACCEPT_LANGUAGE="zh-hans").content.decode()
    assert "（2025年放假安排尚未公布，暂按周末推算）" in page and "个工作日（暂定）" in page
    case = actions.move(case, city.people.jia, "acknowledge")
    assert case.stage == "acknowledged" and Clock.objects.filter(case=case).count() == 2
    client.get("/cases/calendar/")
    announced_until(2026)
    assert clock_out(clock, case)["how"] is None and "暂" not in "".join(one.due + one.words for one in shown(case))


def test_when_it_is_announced_running_clocks_are_counted_anew_once(
    city: SimpleNamespace, announced_until: Callable[[int], None]
) -> None:
    announced_until(2024)
    start = datetime(2025, 9, 30, 10, tzinfo=BEIJING)
    (clock,) = queries.clocks(warning(city))
    (other,) = queries.clocks(warning(city, city.firm(11, city.jia)))
    Clock.objects.filter(pk=clock.pk).update(started_at=start, due_at=datetime(2025, 10, 1, 23, 59, 59, tzinfo=BEIJING))
    assert clocks.recount() == 0, "nothing new is known"
    announced_until(2025)
    before = other.due_at
    assert clocks.recount() == 1
    clock.refresh_from_db()
    other.refresh_from_db()
    assert clock.due_at.astimezone(BEIJING).date() == date(2025, 10, 9), "the days of the National Day are off"
    assert other.due_at == before
    event = Event.objects.get(verb="case.recounted")
    assert event.data["due"] == "2025-10-09 23:59" and clocks.recount() == 0


def test_the_desk_goes_on_counting(announced_until: Callable[[int], None]) -> None:
    announced_until(2024)
    assert desk.is_workday(date(2025, 10, 1)) and not desk.is_workday(date(2025, 10, 4))
    assert desk.add_workdays(date(2025, 7, 18), 1) == date(2025, 7, 21) and desk.workdays_left(date(2025, 7, 25)) == 4


def test_of_a_clock_abroad_it_is_said_whose_holidays_were_counted(city: SimpleNamespace) -> None:
    clock = Clock(calendar="eu27", started_at=datetime(2025, 7, 1, tzinfo=BEIJING), due_at=datetime(2025, 8, 1, tzinfo=BEIJING), case=warning(city), code="answers")  # fmt: skip
    with override("zh-hans"):
        told = pages.shown_clock(clock, [], False)
    assert "（按比利时公众假日推算" in told.elsewhere and "比利时" not in told.due
