"""The level of a case follows its signals upwards, is told once, stands in its history, and never falls by itself."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from tests.desk.warnings.conftest import MONDAY, declared, of_firms
from tests.house import House

from commercebrain.desk.cases import actions as cases
from commercebrain.desk.cases.models import Case
from commercebrain.desk.core.models import Event
from commercebrain.desk.forms.models import Outgoing
from commercebrain.desk.notices.dispatch import dispatch
from commercebrain.desk.notices.models import Notice
from commercebrain.desk.warnings import rising
from commercebrain.desk.warnings.actions import signals as acts
from commercebrain.desk.warnings.models import Signal

pytestmark = pytest.mark.django_db


@pytest.fixture
def case(in_use: Any, firms: Any, run: Any, house: House) -> Case:
    """A case that a person opened for a signal of the middle level."""
    in_use(declared("R900", case="warning_response"))
    run(of_firms(firms, [-0.5, 0, 0]))
    return acts.open_case(Signal.objects.get(), house.people.county)


def rises() -> list[Event]:
    return list(Event.objects.filter(verb="case.level_raised").order_by("pk"))


def after(days: int) -> Any:
    return MONDAY + timedelta(days=days)


def test_a_case_rises_with_its_signal_is_told_once_and_does_not_fall_with_it(
    case: Case, firms: Any, run: Any, house: House
) -> None:
    assert case.level == "watch" and not rises()
    before = case.declaration, case.version, list(case.clocks.values_list("code", "due_at"))
    for day, growth in ((1, -0.8), (2, -0.8), (3, -0.5), (4, -0.9)):
        run(of_firms(firms, [growth, 0, 0]), on=after(day))
        case.refresh_from_db()
        assert case.level == "close_watch", day
    assert (case.declaration, case.version, list(case.clocks.values_list("code", "due_at"))) == before
    (event,) = rises()
    assert (event.subject_type, event.subject_id, event.unit) == ("cases.case", str(case.pk), case.unit)
    assert (event.data["before"], event.data["level"]) == ("关注", "重点关注")
    assert "firm" not in event.data and event.data["persons"] == [house.people.county.pk]
    line = Outgoing.objects.filter(row__case=case.number).order_by("-pk")[0].row
    assert line["level"] == "close_watch", "rates count it where it is now"


def test_its_holder_hears_of_it_in_one_notice_and_its_history_says_so(
    client: Any, case: Case, firms: Any, run: Any, house: House
) -> None:
    dispatch()
    for day in (1, 2):
        run(of_firms(firms, [-0.8, 0, 0]), on=after(day))
        dispatch()
    assert Notice.objects.filter(person=house.people.county, event__in=rises(), in_app=True).count() == 1
    client.force_login(house.people.county, backend="django.contrib.auth.backends.ModelBackend")
    page = client.get(f"/cases/{case.pk}/?tab=history", HTTP_ACCEPT_LANGUAGE="zh-hans").content.decode()
    assert page.count("的级别由关注升为重点关注") == 1


def test_a_graver_signal_that_joins_raises_it_and_one_as_grave_does_not(
    case: Case, in_use: Any, firms: Any, run: Any, house: House
) -> None:
    for number, levels in ((2, "watch"), (3, "close_watch")):
        in_use(declared(f"R90{number}", case="warning_response", opens="by_person", levels=[{"level": levels}]))
    run(of_firms(firms, [-0.5, 0, 0]), on=after(1))
    for rule, wanted, times in (("R902", "watch", 0), ("R903", "close_watch", 1)):
        held = acts.open_case(Signal.objects.get(rule=rule), house.people.county)
        assert (held, held.level, len(rises())) == (case, wanted, times)


def test_a_case_begun_by_hand_takes_the_level_of_the_signal_that_joins_it(
    in_use: Any, firms: Any, run: Any, house: House
) -> None:
    by_hand = cases.start(
        "warning_response", unit=house.units.haishu, region=house.units.haishu.region, title="走访", enterprise=firms[0],
        person=house.people.county,
    )  # fmt: skip
    in_use(declared("R900", case="warning_response"))
    run(of_firms(firms, [-0.8, 0, 0]))
    by_hand.refresh_from_db()
    assert by_hand.level == "close_watch" and rises()[0].data["before"] == "未定级"


def test_on_a_day_off_it_waits_until_the_rise_is_told(case: Case, firms: Any, run: Any) -> None:
    run(of_firms(firms, [-0.8, 0, 0]), on=after(5))
    case.refresh_from_db()
    assert Signal.objects.get().level == "close_watch" and case.level == "watch" and not rises()
    run(of_firms(firms, [-0.8, 0, 0]), on=after(7))
    case.refresh_from_db()
    assert case.level == "close_watch" and len(rises()) == 1


def test_what_a_break_left_undone_the_next_evaluation_does(
    case: Case, firms: Any, run: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as broken:
        broken.setattr(rising, "follow_of", lambda _bureau: 0)
        run(of_firms(firms, [-0.8, 0, 0]), on=after(1))
    assert not rises()
    run(of_firms(firms, [-0.8, 0, 0]), on=after(1))
    assert len(rises()) == 1


def test_a_case_that_is_over_does_not_rise(case: Case, house: House) -> None:
    cases.withdraw(case, house.people.county, "重复")
    assert not cases.rise(case.pk, "close_watch") and not rises()
