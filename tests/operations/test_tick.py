"""The business date moves forward only, and the log says so."""

from __future__ import annotations

from datetime import date

import pytest

from commercebrain.desk.core.clock import pinned, today
from commercebrain.desk.core.events import sentence
from commercebrain.desk.core.models import Event
from commercebrain.engine.errors import UserError
from commercebrain.operations.tick import tick

pytestmark = pytest.mark.django_db


def test_a_tick_without_a_date_moves_to_the_next_day() -> None:
    assert tick() == (date(2025, 7, 21), date(2025, 7, 22))
    assert today() == date(2025, 7, 22)
    assert tick() == (date(2025, 7, 22), date(2025, 7, 23))


def test_a_tick_to_a_date_moves_there_and_stands_still_until_the_next() -> None:
    assert tick(date(2025, 10, 20)) == (date(2025, 7, 21), date(2025, 10, 20))
    assert today() == date(2025, 10, 20) and pinned()


def test_time_does_not_run_backwards_and_nothing_is_changed_by_the_try() -> None:
    tick(date(2025, 8, 1))
    events = Event.objects.count()
    with pytest.raises(UserError) as told:
        tick(date(2025, 7, 31))
    assert told.value.code == "tick.backwards"
    assert "2025-08-01" in told.value.zh and "2025-07-31" in told.value.en
    assert today() == date(2025, 8, 1) and Event.objects.count() == events


def test_a_tick_to_the_same_day_is_allowed() -> None:
    assert tick(date(2025, 7, 21)) == (date(2025, 7, 21), date(2025, 7, 21))


def test_every_move_is_an_event_with_both_dates_under_the_new_date() -> None:
    tick(date(2025, 9, 1))
    event = Event.objects.get(verb="clock.moved")
    assert event.business_date == date(2025, 9, 1) and event.person is None
    assert "2025-07-21" in sentence(event) and "2025-09-01" in sentence(event)
